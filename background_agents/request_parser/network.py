"""The network of the parser: how likely each next token of a program is, in plain numpy.

A transformer of two layers reads the pieces of a sentence, each as what the sentence model saw at
its words and what can be read there; another of two layers writes the program, and points into the
sentence (Vinyals et al. 2015, "Pointer Networks"). Fitted in torch by `weft.parser_training`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import log10

import numpy as np
from numpy.typing import NDArray

from weft.background_agents.request_parser.program import FIXED, POINTERS, Token
from weft.background_agents.request_parser.sentence import Sentence

Array = NDArray[np.float32]

MARKS = 14
"""What can be read at a piece, as numbers between -1 and 1."""
_EPSILON = 1e-5


@dataclass(frozen=True, slots=True)
class Sizes:
    """Of the network."""

    seen: int = 384
    """Width of what the sentence model sees."""
    width: int = 192
    heads: int = 4
    hidden: int = 384
    layers: int = 2
    longest: int = 96
    """Most pieces of a sentence, and most tokens of a program."""


def marks_of(sentence: Sentence) -> Array:
    """Give what can be read at each piece, [pieces, MARKS]."""
    rows = np.zeros((len(sentence.pieces), MARKS), dtype=np.float32)
    inside_place = {
        at for first, lasts in sentence.places.items() for at in range(first, lasts[-1] + 1)
    }
    for at, piece in enumerate(sentence.pieces):
        number = sentence.numbers.get(at)
        rows[at] = (
            number is not None,
            isinstance(piece.value, Fraction),
            number is not None and number.denominator != 1,
            number is not None and 0 < number < 1,
            _size(number),
            number == 1,
            number is not None and 1900 <= number <= 2100,
            sentence.text[piece.start : piece.end][:1].isdigit(),
            at in sentence.durations_s,
            at in sentence.durations_s and number is not None,
            at in sentence.units,
            at in sentence.places,
            at in inside_place,
            piece.is_sign,
        )
    return rows


def _size(number: Fraction | None) -> float:
    return 0.0 if not number else max(-1.0, min(1.0, log10(abs(float(number))) / 6))


class Network:
    """Computes from tensors by name, as torch names them."""

    def __init__(self, tensors: Mapping[str, Array], sizes: Sizes) -> None:
        self._tensors = tensors
        self.sizes = sizes

    def memory(self, seen: Array, marks: Array) -> Array:
        """Read a sentence, [pieces, seen] and [pieces, MARKS] to [pieces, width]."""
        inputs = self._linear("take_in", np.concatenate([seen, marks], axis=1))
        rows = inputs + self._tensors["places"][: len(inputs)]
        for layer in range(self.sizes.layers):
            rows = self._attend(f"reading.{layer}.look", rows, rows, causal=False)
            rows = self._think(f"reading.{layer}.think", rows)
        return self._norm("read", rows)

    def log_probabilities(self, memory: Array, program: Sequence[Token]) -> Array:
        """Give how likely each next token is, [len(FIXED) + len(POINTERS) × pieces]."""
        rows = np.stack([self._tensors["begin"], *(self._given(t, memory) for t in program)])
        rows = rows + self._tensors["steps"][: len(rows)]
        for layer in range(self.sizes.layers):
            rows = self._attend(f"writing.{layer}.look", rows, rows, causal=True)
            rows = self._attend(f"writing.{layer}.read", rows, memory, causal=False)
            rows = self._think(f"writing.{layer}.think", rows)
        last = self._norm("written", rows)[-1]
        fixed = self._linear("fixed", last)
        pointed = self._linear("point", last).reshape(len(POINTERS), -1) @ memory.T
        scores = np.concatenate([fixed, (pointed / np.sqrt(self.sizes.width)).ravel()])
        shifted = scores - scores.max()
        return np.asarray(shifted - np.log(np.exp(shifted).sum()), dtype=np.float32)

    def _given(self, token: Token, memory: Array) -> Array:
        """Give what the writing part sees of a token it has written."""
        if token.at < 0:
            return np.asarray(self._tensors["tokens"][FIXED.index(token.name)])
        kind = self._tensors["tokens"][len(FIXED) + POINTERS.index(token.name)]
        return np.asarray(kind + self._linear("pointed", memory[token.at]))

    def _linear(self, name: str, rows: Array) -> Array:
        return np.asarray(rows @ self._tensors[f"{name}.weight"].T + self._tensors[f"{name}.bias"])

    def _norm(self, name: str, rows: Array) -> Array:
        centred = rows - rows.mean(axis=-1, keepdims=True)
        scale = 1.0 / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + _EPSILON)
        weight, bias = self._tensors[f"{name}.weight"], self._tensors[f"{name}.bias"]
        return np.asarray(centred * scale * weight + bias)

    def _attend(self, name: str, rows: Array, others: Array, *, causal: bool) -> Array:
        heads = self.sizes.heads
        normal = self._norm(f"{name}.norm", rows)
        looked_at = normal if others is rows else others
        asks = self._linear(f"{name}.ask", normal).reshape(len(rows), heads, -1)
        keys = self._linear(f"{name}.key", looked_at).reshape(len(others), heads, -1)
        values = self._linear(f"{name}.value", looked_at).reshape(len(others), heads, -1)
        scores = np.einsum("qhd,khd->hqk", asks, keys) / np.sqrt(asks.shape[-1])
        if causal:
            scores = np.where(np.tri(len(rows), dtype=bool), scores, -np.inf)
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        scores /= scores.sum(axis=-1, keepdims=True)
        found = np.einsum("hqk,khd->qhd", scores, values).reshape(len(rows), -1)
        return np.asarray(rows + self._linear(f"{name}.give", found))

    def _think(self, name: str, rows: Array) -> Array:
        inside = np.maximum(self._linear(f"{name}.up", self._norm(f"{name}.norm", rows)), 0.0)
        return np.asarray(rows + self._linear(f"{name}.down", inside))


def place_of(token: Token, pieces: int) -> int:
    """Give where a token's probability stands."""
    if token.at < 0:
        return FIXED.index(token.name)
    return len(FIXED) + POINTERS.index(token.name) * pieces + token.at
