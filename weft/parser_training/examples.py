"""The labelled requests that the parser learns from, as programs."""

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from weft.background_agents.request_parser.program import NONE, Token
from weft.background_agents.request_parser.sentence import read_sentence
from weft.interaction_model.training.hearing import written
from weft.interaction_model.training.language import small_talk, statements
from weft.parser_training.variation import Example, varied, word_before
from weft.parser_training.writing import NotWritten, write_program


@dataclass(frozen=True, slots=True)
class Labelled:
    """What somebody says, and the call that answers it."""

    text: str
    tool: str | None
    arguments: Mapping[str, object]


def written_examples(labelled: Iterable[Labelled]) -> tuple[list[Example], list[Labelled]]:
    """Write the programs of labelled requests; gives those that cannot be written apart."""
    examples: list[Example] = []
    others: list[Labelled] = []
    for each in labelled:
        sentence = read_sentence(each.text)
        try:
            program = write_program(sentence, each.tool, each.arguments)
            examples.append(Example(sentence, program))
        except NotWritten:
            others.append(each)
    return examples, others


def talk(rng: random.Random, count: int) -> list[Example]:
    """Draw what is no request at all, from the training split of the grammars."""
    drawn: list[Example] = []
    while len(drawn) < count:
        sample = rng.choice((small_talk.sample, statements.sample))
        utterance = sample(rng, "train")
        if utterance.control != "delegate":
            sentence = read_sentence(written(rng, utterance.text))
            drawn.append(Example(sentence, (Token(NONE),)))
    return drawn


class Drawing:
    """Draws every labelled request in one way or another, and some talk that asks for nothing."""

    def __init__(self, examples: Sequence[Example], rng: random.Random, talked: int) -> None:
        """Keep the examples; each epoch has `talked` sentences of talk beside them."""
        self._examples = examples
        self._rng = rng
        self._talked = talked
        self._messages = _messages(examples)

    def epoch(self) -> list[Example]:
        """Draw an epoch: a quarter of the requests as they were written."""
        drawn = talk(self._rng, self._talked)
        for example in self._examples:
            other = None
            if self._rng.random() > AS_WRITTEN:
                other = varied(self._rng, example, self._messages)
            drawn.append(other or example)
        return drawn


AS_WRITTEN = 0.25


def _messages(examples: Iterable[Example]) -> dict[str, list[str]]:
    """Sort the messages of timers by the word before them."""
    found: dict[str, list[str]] = defaultdict(list)
    for example in examples:
        ends = [token.at for token in example.program if token.name in ("first", "last")]
        if example.program[0].name in ("timer", "repeat") and len(ends) == 2:
            first, last = ends
            words = example.sentence.words(first, last)
            found[word_before(example.sentence, first)].append(words)
    return dict(found)
