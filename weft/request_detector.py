"""Whether an utterance asks for something that has to be found out or done.

A linear layer over sentence embeddings; it does not know where the embeddings come from.
"""

# Lists of words read best as text.
# ruff: noqa: SIM905

import json
import re
from collections.abc import Callable, Sequence
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

Embed = Callable[[list[str]], NDArray[np.float32]]
"""Texts to unit-length rows [texts, width]."""

Layer = NDArray[np.float64]
"""Weights of the features, [2 × width + form marks + 1]."""

SHIPPED_LAYER = "request_layer.json"
"""The layer fitted to all-MiniLM-L6-v2 by `weft train --request-detector`."""

_OPENING_WORDS = 4
_FORM_WEIGHT = 0.5
_RIDGE = 1.0
_LEANING = 0.2
_STEEPNESS = 6.0


class RequestDetector:
    """A linear layer over embeddings that tells requests from small talk and statements.

    An embedding is mostly about the topic, so the form is seen beside it: the embedding of the
    opening words, and marks for how a clause begins (a question word, an auxiliary, an order, a
    subject).
    """

    def __init__(self, embed: Embed, layer: Layer) -> None:
        """Take a layer that was fitted to the same embeddings."""
        self._embed = embed
        self._layer = layer

    def probability(self, request: str) -> float:
        """The highest probability among the clauses, because talk may come before what is asked."""
        scores = _features(self._embed, _clauses(request)) @ self._layer
        return float(1.0 / (1.0 + np.exp(-_STEEPNESS * (scores.max() + _LEANING))))


def fit_layer(embed: Embed, requests: Sequence[str], others: Sequence[str]) -> Layer:
    """Fit the layer by ridge regression; both kinds of example count the same in sum."""
    texts = [*requests, *others]
    wanted = np.array([1.0] * len(requests) + [-1.0] * len(others))
    weight = np.where(wanted > 0, 0.5 / len(requests), 0.5 / len(others)) * len(texts)
    seen = _features(embed, [_plain(text) for text in texts])
    gram = (seen * weight[:, None]).T @ seen + _RIDGE * np.eye(seen.shape[1])
    layer: Layer = np.linalg.solve(gram, (seen * weight[:, None]).T @ wanted)
    return layer


def shipped_layer() -> Layer:
    """Read the layer that belongs to the default sentence model."""
    fitted = json.loads((files("weft") / SHIPPED_LAYER).read_text(encoding="utf-8"))
    return np.array(fitted["layer"], dtype=np.float64)


def _features(embed: Embed, clauses: list[str]) -> NDArray[np.float64]:
    """What the layer sees of plain clauses, [clauses, features]."""
    openings = [" ".join(clause.split()[:_OPENING_WORDS]) for clause in clauses]
    vectors = embed([*clauses, *openings]).astype(np.float64)
    whole, opening = np.split(vectors, 2)
    forms = _FORM_WEIGHT * np.array([_form(clause) for clause in clauses])
    return np.hstack([whole, opening, forms, np.ones((len(clauses), 1))])


def _plain(text: str) -> str:
    """Lower case without punctuation: speech has none, and typing must mean the same."""
    kept = "".join(c if c.isalnum() or c in "'-" else " " for c in text.lower().replace("’", "'"))
    words = kept.split()
    while len(words) > 1 and words[0] in _OPENERS:
        del words[0]
    return " ".join(words)


def _clauses(text: str) -> list[str]:
    """The whole utterance and each of its clauses, plain."""
    parts = [text, *re.split(r"[?!;:,]|\.\s", text)]
    return list(dict.fromkeys(plain for part in parts if (plain := _plain(part))))


def _form(clause: str) -> list[float]:
    """How a plain clause begins and whom it is about, as marks of 0 or 1."""
    words = clause.split()
    first = words[0].split("'")[0]
    second = words[1] if len(words) > 1 else ""
    auxiliary = first in _AUXILIARIES
    return [
        float(first in _QUESTION_WORDS and len(words) > 2),
        float(auxiliary and second not in {"you", "i", "we"}),
        float(auxiliary and second in {"i", "we"}),
        float(auxiliary and second == "you"),
        float(auxiliary and second == "you" and _ASKING.search(clause) is not None),
        float(first in _ORDERS and len(words) > 1),
        float(first in _SUBJECTS),
        float(_ASKING.search(clause) is not None),
        float(re.search(r"\b(you|your|yourself)\b", clause) is not None),
        float(re.search(r"\b(me|for me|please)\b", clause) is not None),
    ]


_OPENERS = frozenset(
    "ah actually and alright anyway basically but cool er good great haha hey hi hm hmm "
    "hello listen now oh ok okay please right say so sorry then thanks uh um wait well wow "
    "yes yeah no".split()
)
_QUESTION_WORDS = frozenset(
    "what which who whose whom when where why how what's who's where's when's how's whether".split()
)
_AUXILIARIES = frozenset(
    "is are was were am do does did can could will would should shall may might must has "
    "have had isn aren wasn don doesn didn can't won".split()
)
_ORDERS = frozenset(
    "add arrange ask book bring buy calculate call cancel change check choose close compare "
    "compute convert count create define delete describe dim divide draft email explain "
    "fetch figure find fix get give help increase keep let list locate look lower make "
    "measure message move multiply name note open order pause pick plan play prepare put "
    "raise read recommend remember remind remove repeat research reserve ring run save "
    "schedule search see send set show shut snooze solve spell start stop subtract suggest "
    "summarise summarize switch take teach tell text time track translate turn unlock "
    "update use wake warm watch work write".split()
)
_SUBJECTS = frozenset(
    "i i'm i've i'd my we we're we've our he she they it it's his her their the this that "
    "that's there there's these those a an you you're your everybody everyone somebody "
    "someone nobody".split()
)
_ASKING = re.compile(
    r"\b(know|tell me|find out|look up|check|wonder|wondering|idea|forgot what|need to know|"
    r"explain|remind|let me know|any chance|would be (great|nice|good) if you|can you|could you|"
    r"would you|will you|are you able|need you to|want you to|do you know|"
    r"remember (what|who|when|where|how))\b"
)
