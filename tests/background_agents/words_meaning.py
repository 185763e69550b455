"""An embedder without a model: texts that share words are alike."""

import re
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_FUNCTION_WORDS = frozenset(
    re.findall(r"\S+", "i i'm am is are a an the my to in do what you about")
)


class WordsEmbedder:
    """Each word that carries meaning has its place in the row, of `width`."""

    def __init__(self, width: int = 1024) -> None:
        self._width = width
        self.asked: list[str] = []

    async def embedded(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        rows = np.zeros((len(texts), self._width), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in re.findall(r"[\w']+", text.lower()):
                if word not in _FUNCTION_WORDS:
                    row[zlib.crc32(word.encode()) % self._width] = 1.0
            row /= max(float(np.linalg.norm(row)), 1e-9)
        return rows
