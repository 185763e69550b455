"""Meaning without a model: texts that share words are alike."""

import re
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from weft.meaning import SentenceMeaning, Vectors

_FUNCTION_WORDS = frozenset(
    re.findall(r"\S+", "i i'm am is are a an the my to in do what you about")
)
_ASKS = frozenset({"what", "what's", "who", "when", "where", "why", "how", "which", "remind"})


class WordsEmbedder:
    """Each word that carries meaning has its place in the row, of `width`."""

    def __init__(self, width: int = 1024, name: str = "words") -> None:
        self._width = width
        self._name = name
        self.asked: list[str] = []
        self.embedded_anew: list[str] = []

    async def embedded(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        return _rows(texts, self._width)

    async def embedded_once(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.embedded_anew += texts
        return _rows(texts, self._width)

    def fingerprint(self) -> str:
        return self._name


class WordsMeaning(SentenceMeaning):
    """Sentence meaning as a whole conversation needs it, made of shared words."""

    def __init__(self) -> None:
        super().__init__(inline=True)

    def load(self) -> None:
        """There is nothing to load."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        return _rows(texts, 1024)

    def embed_kept(self, texts: Sequence[str]) -> Vectors:
        return _rows(texts, 1024)

    def embed_once(self, texts: Sequence[str]) -> Vectors:
        return _rows(texts, 1024)

    def fingerprint(self) -> str:
        return "words"

    async def needs_delegation(self, request: str) -> float:
        return 0.9 if _ASKS & set(request.lower().split()) else 0.1


def _rows(texts: Sequence[str], width: int) -> NDArray[np.float32]:
    rows = np.zeros((len(texts), width), dtype=np.float32)
    for row, text in zip(rows, texts, strict=True):
        for word in re.findall(r"[\w']+", text.lower()):
            if word not in _FUNCTION_WORDS:
                row[zlib.crc32(word.encode()) % width] = 1.0
        row /= max(float(np.linalg.norm(row)), 1e-9)
    return rows
