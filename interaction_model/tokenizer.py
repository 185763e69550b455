"""Words to token ids and back: byte-level BPE, so that anything can be spelled.

Control items are ids below `FIRST_TEXT_ID` and have no spelling: no text, typed or referred to, can
ever become one of them.
"""

import functools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from weft.interaction_model.types import ControlToken

FIRST_TEXT_ID = 8


class Special(IntEnum):
    """Vocabulary items that are not text."""

    SILENCE = 0  # ends the slot's said positions
    DELEGATE = 1
    REVISE = 2
    DISMISS = 3
    ACTIVE = 4  # heard: the user is in the middle of a word
    NOTHING = 5  # heard: the user is quiet
    PAD = 6  # fills a reference row that has fewer tokens than a slot
    RESERVED = 7


CONTROL_IDS = {
    ControlToken.DELEGATE: int(Special.DELEGATE),
    ControlToken.REVISE: int(Special.REVISE),
    ControlToken.DISMISS: int(Special.DISMISS),
}
CONTROL_OF_ID = {token_id: control for control, token_id in CONTROL_IDS.items()}


@dataclass(frozen=True, slots=True)
class HeardToken:
    """A token on the heard side; the last one of a word also names the word."""

    token: int
    word: str = ""
    """The word that is complete with this token: its vector is added here, if it has one."""


class WordTokenizer:
    """Encode whole words with their leading space, and decode ids to bytes.

    Words heard may have further ids of their own, from `vocabulary_size` on; they are never said.
    """

    def __init__(self, tokenizer: Tokenizer, whole_words: Sequence[str] = ()) -> None:
        """Wrap a trained byte-level BPE; each of `whole_words` is heard as one token."""
        self._tokenizer = tokenizer
        self._byte_of_char = {char: byte for byte, char in _byte_alphabet().items()}
        self.vocabulary_size = tokenizer.get_vocab_size() + FIRST_TEXT_ID
        self._whole_words = tuple(whole_words)
        self._whole_ids = {w: self.vocabulary_size + n for n, w in enumerate(self._whole_words)}
        self._word_ids = functools.lru_cache(maxsize=65_536)(self._encode_word)

    @classmethod
    def load(cls, path: Path, whole_words: Sequence[str] = ()) -> "WordTokenizer":
        """Read a `tokenizer.json`."""
        return cls(Tokenizer.from_file(str(path)), whole_words)

    def hearing_whole(self, words: Sequence[str]) -> "WordTokenizer":
        """The same tokenizer, that hears each of these words as one token."""
        return WordTokenizer(self._tokenizer, words)

    @classmethod
    def train(cls, texts: Iterable[str], vocabulary_size: int) -> "WordTokenizer":
        """Learn the merges from texts; digits stay single and punctuation stays apart."""
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [
                pre_tokenizers.Split(Regex(r" ?\d| ?[^\s\w]"), "isolated"),
                pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
            ]
        )
        tokenizer.decoder = decoders.ByteLevel()
        trainer = trainers.BpeTrainer(
            vocab_size=vocabulary_size - FIRST_TEXT_ID,
            initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
            show_progress=False,
        )
        tokenizer.train_from_iterator((f" {word}" for t in texts for word in t.split()), trainer)
        return cls(tokenizer)

    def save(self, path: Path) -> None:
        """Write a `tokenizer.json`."""
        self._tokenizer.save(str(path))

    def word(self, word: str) -> tuple[int, ...]:
        """Token ids of one word without spaces inside, spoken after a space."""
        return self._word_ids(word)

    def _encode_word(self, word: str) -> tuple[int, ...]:
        # Half a surrogate pair can be written in JSON, but it has no bytes to be spelled with.
        word = word.encode("utf-8", errors="replace").decode("utf-8")
        ids = self._tokenizer.encode(f" {word}", add_special_tokens=False).ids
        return tuple(i + FIRST_TEXT_ID for i in ids)

    def words(self, text: str) -> list[tuple[int, ...]]:
        """Token ids of each word of a text."""
        return [self.word(word) for word in text.split()]

    def heard(self, word: str) -> Iterator[HeardToken]:
        """Tokens of one word as they are heard, the last of them with the word itself."""
        if (whole := self._whole_ids.get(word)) is not None:
            yield HeardToken(whole, word)
            return
        *begun, last = self.word(word)
        yield from map(HeardToken, begun)
        yield HeardToken(last, word)

    def bytes_of(self, token_ids: Iterable[int]) -> bytes:
        """UTF-8 bytes of text tokens; control items have none."""
        return b"".join(self._spelling(each) for each in token_ids if each >= FIRST_TEXT_ID)

    def _spelling(self, token_id: int) -> bytes:
        if token_id >= self.vocabulary_size:
            return f" {self._whole_words[token_id - self.vocabulary_size]}".encode()
        piece = self._tokenizer.id_to_token(token_id - FIRST_TEXT_ID) or ""
        return bytes(self._byte_of_char[char] for char in piece)

    def text_of(self, token_ids: Iterable[int]) -> str:
        """Text of token ids, with its leading space."""
        return self.bytes_of(token_ids).decode("utf-8", errors="replace")


def pack_words(
    words: Sequence[tuple[int, ...]], capacity: int, first_capacity: int | None = None
) -> Iterator[tuple[int, ...]]:
    """Fill slots of `capacity` tokens with whole words; only a word longer than a slot is divided.

    `first_capacity` is what the first slot has left after a control token.
    """
    room = capacity if first_capacity is None else first_capacity
    slot: list[int] = []
    for word in words:
        if len(slot) + len(word) > room and slot:
            yield tuple(slot)
            slot, room = [], capacity
        rest = list(word)
        while len(slot) + len(rest) > room:
            cut = room - len(slot)
            yield tuple(slot + rest[:cut])
            slot, rest, room = [], rest[cut:], capacity
        slot += rest
    if slot:
        yield tuple(slot)


def _byte_alphabet() -> dict[int, str]:
    """The printable stand-in of every byte in byte-level BPE (GPT-2, Radford et al. 2019)."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    table = {byte: chr(byte) for byte in printable}
    others = (byte for byte in range(256) if byte not in table)
    return table | {byte: chr(256 + n) for n, byte in enumerate(others)}
