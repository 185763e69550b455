"""A streaming recogniser as the ears of a session: `ears: sherpa`."""

import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from weft.interaction_model.adapters.sherpa import (
    RecognizedToken,
    Recognizer,
    check_recognizer,
    find_transducer,
    open_recognizer,
)
from weft.interaction_model.types import (
    SLOT_S,
    MicroTurnInput,
    Senses,
    TranscribedWord,
)

_TOKEN_S = 0.04
"""A token lasts at least one frame of the recogniser."""
_RESTART_S = 2.0
"""After so long without a word the stream begins anew, in a slot that is quiet."""
_QUIET = 0.01
_BYTES = re.compile(r"(?:<0x[0-9A-F]{2}>)+")


class SherpaEarsOptions(BaseModel):
    """What `ears: {name: sherpa, options: …}` takes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path = Field(
        description="A streaming transducer: tokens.txt, encoder, decoder and joiner (.onnx)."
    )
    int8: bool = Field(default=False, description="Take the 8-bit networks where there are both.")
    threads: int = Field(default=1, ge=1, description="Threads of the recogniser.")
    settle_s: float = Field(
        default=0.6, ge=0.2, le=2, description="A word that nothing follows for so long is whole."
    )


def check_sherpa_ears(options: SherpaEarsOptions) -> None:
    """Look whether the files are there. Raises InputError."""
    find_transducer(options.folder, int8=options.int8)


def sherpa_ears(options: SherpaEarsOptions) -> "RecognizerEars":
    """Load the recogniser, twice. Raises InputError when it cannot be loaded."""
    files = find_transducer(options.folder, int8=options.int8)
    check_recognizer(files, threads=options.threads)
    recognizer = open_recognizer(files, threads=options.threads)
    return RecognizerEars(recognizer, settle_s=options.settle_s)


class RecognizerEars:
    """Whole words out of a recogniser's tokens (Ears, see `weft.orchestrator.sound_ports`).

    A word is whole when the next one has begun, or when nothing has followed it for `settle_s`;
    it is heard in that slot, with the times at which it was sounded.
    """

    def __init__(self, recognizer: Recognizer, *, settle_s: float) -> None:
        """Begin with a new stream of the recogniser."""
        self._recognizer = recognizer
        self._settle_slots = max(1, math.ceil(settle_s / SLOT_S - 1e-6))
        self._next_index = -1
        self._stream = recognizer.begin()
        self._began_s = 0.0
        """Media time at which the stream began."""
        self._seen = 0
        """Tokens that the stream has given."""
        self._taken = 0
        """Those of them that words were made of."""
        self._still_slots = 0
        """For so long no token has come."""

    def perceive(self, senses: Senses) -> MicroTurnInput:
        """Hear a slot; where slots were left out, the recogniser begins anew."""
        if senses.index != self._next_index:
            self._restart(senses.index)
        self._next_index = senses.index + 1
        self._stream.add(np.ascontiguousarray(senses.samples, np.float32))
        tokens = self._stream.tokens()
        self._still_slots = 0 if len(tokens) > self._seen else self._still_slots + 1
        self._seen = len(tokens)
        words = _grouped(tokens[self._taken :])
        is_settled = self._still_slots >= self._settle_slots
        whole = len(words) if is_settled else max(0, len(words) - 1)
        self._taken += sum(len(word) for word in words[:whole])
        heard = tuple(filter(_has_text, self._timed(words, whole, senses.index)))
        if self._still_slots * SLOT_S >= _RESTART_S and np.abs(senses.samples).max() < _QUIET:
            self._restart(self._next_index)
        return MicroTurnInput(
            index=senses.index,
            text=" ".join(word.text for word in heard),
            user_active=whole < len(words) and not heard,
            transcribed=heard,
        )

    def _restart(self, index: int) -> None:
        """Begin a stream with slot `index`; an older one would grow with the session."""
        self._stream = self._recognizer.begin()
        self._began_s = index * SLOT_S
        self._seen = self._taken = self._still_slots = 0

    def _timed(
        self, words: Sequence[Sequence[RecognizedToken]], whole: int, index: int
    ) -> Iterator[TranscribedWord]:
        """Give the whole words their media time, none beyond the slot or into the next word."""
        now_s = (index + 1) * SLOT_S
        for place in range(whole):
            word = words[place]
            start_s = min(now_s, self._began_s + word[0].time_s)
            follows = words[place + 1][0].time_s if place + 1 < len(words) else math.inf
            end_s = min(now_s, self._began_s + min(follows, word[-1].time_s + _TOKEN_S))
            mean = sum(token.log_probability for token in word) / len(word)
            yield TranscribedWord(
                text=_written(word),
                start_s=start_s,
                end_s=max(start_s, end_s),
                confidence=min(1.0, math.exp(min(0.0, mean))),
            )


def _grouped(tokens: Sequence[RecognizedToken]) -> list[list[RecognizedToken]]:
    """Put tokens together to words; one that begins with a space begins a word."""
    words: list[list[RecognizedToken]] = []
    for token in tokens:
        if not words or token.text.startswith(" "):
            words.append([])
        words[-1].append(token)
    return words


def _written(word: Sequence[RecognizedToken]) -> str:
    """Write a word; recognisers that know only capitals mean none, but for the word I."""
    text = _BYTES.sub(_characters, "".join(token.text for token in word)).strip()
    if not text.isupper():
        return text
    text = text.lower()
    return text.capitalize() if text == "i" or text.startswith("i'") else text


def _characters(found: re.Match[str]) -> str:
    """Read signs that are spelt as bytes."""
    return bytes.fromhex(found[0].replace("<0x", "").replace(">", "")).decode(errors="ignore")


def _has_text(word: TranscribedWord) -> bool:
    return bool(word.text)
