"""The notation of the grammars, and how it becomes text.

Tables are written as text: phrases between bars, words between blanks. In a template `(a/b/)` is a
choice and `{name}` a slot that takes a word of a list.
"""

import itertools
import random
import re
from collections.abc import Sequence

from weft.interaction_model.training.language.utterance import Split, choose

FEW_WORDS = 50
"""A shorter word list has too few held-out words to evaluate with those alone."""

_CHOICE = re.compile(r"\(([^()]*)\)")
_SLOT = re.compile(r"\{(\w+)\}")
_ARTICLE = re.compile(r"\b([Aa]) (?=[aeioAEIO]|um)")


def phrases(text: str) -> tuple[str, ...]:
    """Split a table of phrases at its bars, without doubles and in order."""
    return tuple(dict.fromkeys(" ".join(part.split()) for part in text.split("|")))


def words(text: str) -> tuple[str, ...]:
    """Split a table of words at its blanks, without doubles and in order."""
    return tuple(dict.fromkeys(text.split()))


def expanded(templates: Sequence[str]) -> tuple[str, ...]:
    """Write out every way of choosing in each template, each text once."""
    texts: dict[str, None] = {}
    for template in templates:
        # Split at a pattern with one group, the odd parts are what stood in parentheses.
        parts = [
            part.split("/") if place % 2 else [part]
            for place, part in enumerate(_CHOICE.split(template))
        ]
        texts.update(dict.fromkeys("".join(chosen) for chosen in itertools.product(*parts)))
    return tuple(texts)


def chosen(rng: random.Random, template: str) -> str:
    """Resolve the choices of a template."""
    return _CHOICE.sub(lambda found: rng.choice(found[1].split("/")), template)


def fill(template: str, slots: dict[str, tuple[str, ...]], rng: random.Random, split: Split) -> str:
    """Resolve the choices and slots of a template, with words of the split.

    Raises KeyError for a slot that has no word list.
    """
    text = _SLOT.sub(lambda found: _word(rng, slots[found[1]], split), chosen(rng, template))
    text = _ARTICLE.sub(r"\1n ", text)
    return " ".join(text.split()).replace(" ?", "?").replace(" ,", ",")


def trimming(rng: random.Random, items: Sequence[str], split: Split) -> str:
    """Pick an opener or a closing word: training sees its share of the list, evaluation all of it.

    Only the template makes an utterance unseen; a handful of held-out trimmings would repeat.
    """
    return choose(rng, items, split) if split == "train" else rng.choice(items)


def written(text: str) -> str:
    """Give an utterance a capital, the model's name its own, and a final mark."""
    text = re.sub(r"\bweft\b", "Weft", text)
    text = text[0].upper() + text[1:]
    return text if text[-1] in ".?!" else f"{text}."


def _word(rng: random.Random, items: Sequence[str], split: Split) -> str:
    if len(items) < FEW_WORDS:
        return trimming(rng, items, split)
    return choose(rng, items, split)
