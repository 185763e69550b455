"""Whether an utterance asks for something that has to be found out or done.

A small network over sentence embeddings; it does not know where the embeddings come from.
"""

# Lists of words read best as text.
# ruff: noqa: SIM905

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

Embed = Callable[[list[str]], NDArray[np.float32]]
"""Texts to unit-length rows [texts, width]."""

SHIPPED_NETWORK = "request_network.safetensors"
"""The network fitted to all-MiniLM-L6-v2 by `weft train --request-detector`."""

_OPENING_WORDS = 4
_FORM_WEIGHT = 0.5
_RIDGE = 1.0
_LEANING = 0.2
_STEEPNESS = 6.0


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Layers of weights [seen, given] and biases [given], with rectifiers in between."""

    layers: tuple[tuple[NDArray[np.float32], NDArray[np.float32]], ...]

    def probabilities(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the probability of a request for each row of [2 × width + form marks + 1]."""
        seen: NDArray[np.floating] = features
        for number, (weights, biases) in enumerate(self.layers):
            seen = (np.maximum(seen, 0.0) if number else seen) @ weights + biases
        return np.asarray(1.0 / (1.0 + np.exp(-seen[:, 0])))

    def save(self, file: Path, facts: dict[str, str]) -> None:
        """Write the network, with facts about how it was made."""
        tensors: dict[str, NDArray[np.float32]] = {}
        for number, (weights, biases) in enumerate(self.layers):
            tensors |= {f"{number}.weights": weights, f"{number}.biases": biases}
        save_file(tensors, file, metadata=facts)


class RequestDetector:
    """A network over embeddings that tells requests from small talk and statements.

    An embedding is mostly about the topic, so the form is seen beside it: the embedding of the
    opening words, and marks for how a clause begins (a question word, an auxiliary, an order, a
    subject).
    """

    def __init__(self, embed: Embed, network: Network) -> None:
        """Take a network that was fitted to the same embeddings."""
        self._embed = embed
        self._network = network

    def probability(self, request: str) -> float:
        """The highest probability among the clauses, because talk may come before what is asked."""
        features = _features(self._embed, _clauses(request))
        return float(self._network.probabilities(features).max())


def fit_linear(embed: Embed, requests: Sequence[str], others: Sequence[str]) -> Network:
    """Fit one layer by ridge regression; both kinds of example count the same in sum."""
    seen, wanted = examples(embed, requests, others)
    signs = np.where(wanted, 1.0, -1.0)
    weight = np.where(wanted, 0.5 / wanted.sum(), 0.5 / (~wanted).sum()) * len(wanted)
    gram = (seen * weight[:, None]).T @ seen + _RIDGE * np.eye(seen.shape[1])
    layer = np.linalg.solve(gram, (seen * weight[:, None]).T @ signs)
    weights = (_STEEPNESS * layer[:, None]).astype(np.float32)
    return Network(((weights, np.array([_STEEPNESS * _LEANING], dtype=np.float32)),))


def examples(
    embed: Embed, requests: Sequence[str], others: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Give the features of each text, once, [texts, features], and whether it is a request."""
    asking = list(dict.fromkeys(map(_plain, requests)))
    telling = list(dict.fromkeys(map(_plain, others)))
    wanted = np.array([True] * len(asking) + [False] * len(telling))
    return _features(embed, [*asking, *telling]), wanted


def shipped_network() -> Network:
    """Read the network that belongs to the default sentence model."""
    with as_file(files("weft") / SHIPPED_NETWORK) as file:
        tensors = load_file(file)
    numbers = range(len(tensors) // 2)
    return Network(tuple((tensors[f"{n}.weights"], tensors[f"{n}.biases"]) for n in numbers))


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
