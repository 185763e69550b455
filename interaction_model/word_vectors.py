"""What a word means, roughly, before any training here: a static vector for each word heard.

A byte-level piece says how a word is spelled, so of a word that no training sentence had the model
would know no more than that. The table is made ahead of time (`training.word_table`) and lies
beside the weights: WordPiece entries (whole words first, pieces for the rest) and a quantised row
for each.
"""

import functools
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
from torch import Tensor

from weft.interaction_model.weights_folder import WORD_PIECES, WORD_ROWS

_UNKNOWN = "[UNK]"
_CACHED_WORDS = 8_192


class WordVectors:
    """The table: a word's vector is the mean of the rows of its pieces."""

    def __init__(self, pieces: Tokenizer, codes: Tensor, scales: Tensor) -> None:
        """Take the entries, their rows as int8 [entries, dims], and each row's scale [entries]."""
        if len(codes) != pieces.get_vocab_size() - 1 or len(codes) != len(scales):
            raise ValueError(
                f"{len(codes)} rows and {len(scales)} scales "
                f"for {pieces.get_vocab_size() - 1} entries"
            )
        self._pieces, self._codes, self._scales = pieces, codes, scales
        self.of = functools.lru_cache(maxsize=_CACHED_WORDS)(self._of)

    @classmethod
    def quantised(cls, entries: Sequence[str], rows: Tensor) -> "WordVectors":
        """Quantise rows [entries, dims] to int8, each with a scale of its own."""
        scales = rows.abs().amax(dim=1).clamp(min=1e-8) / 127
        codes = (rows / scales[:, None]).round().to(torch.int8)
        return cls(_word_pieces(entries), codes, scales)

    @classmethod
    def load(cls, folder: Path) -> "WordVectors":
        """Read the table's two files from a weights folder."""
        rows = load_file(folder / WORD_ROWS)
        return cls(Tokenizer.from_file(str(folder / WORD_PIECES)), rows["codes"], rows["scales"])

    def save(self, folder: Path) -> None:
        """Write the table's two files into a weights folder."""
        save_file({"codes": self._codes, "scales": self._scales}, folder / WORD_ROWS)
        self._pieces.save(str(folder / WORD_PIECES), pretty=False)

    @property
    def dims(self) -> int:
        """Dimensions of a vector."""
        return self._codes.shape[1]

    def _of(self, word: str) -> Tensor | None:
        """Vector [dims] of a word as it was heard; None for what has no entry (signs, emoji)."""
        # Half a surrogate pair can be written in JSON, but it has no bytes to be looked up with.
        word = word.encode("utf-8", errors="replace").decode("utf-8")
        ids = self._pieces.encode(word, add_special_tokens=False).ids
        known = [i for i in ids if i < len(self._codes)]
        if not known:
            return None
        return (self._codes[known].float() * self._scales[known, None]).mean(dim=0)


def _word_pieces(entries: Sequence[str]) -> Tokenizer:
    """A WordPiece over these entries, row by row; case, accents and punctuation do not count.

    It has no special tokens that a text could spell, and what is unknown comes after the last row.
    """
    vocabulary = {entry: row for row, entry in enumerate([*entries, _UNKNOWN])}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token=_UNKNOWN))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True, strip_accents=True)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Punctuation("removed")]
    )
    return tokenizer
