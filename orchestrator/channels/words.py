"""A timed transcript as the user, and what the model said in the same format (Full-Duplex-Bench).

One JSON object: `{"text": "…", "chunks": [{"text": "word", "timestamp": [0.2, 0.5]}]}`, times in s.
"""

import json
import math
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from pathlib import Path

from weft.clock import Clock
from weft.errors import InputError
from weft.interaction_model.types import SLOT_S, MicroTurnInput, MicroTurnOutput
from weft.orchestrator.channels.crank import slots
from weft.orchestrator.channels.pacing import (
    TimedWord,
    first_slot,
    heard_in_slot,
    heard_slot,
    time_slot_words,
)

_OVERLAP_TOLERANCE_S = 1e-6
_LONGEST_S = 86_400.0
"""Nobody talks for longer than a day; such a time was not meant in seconds."""


def read_words(path: Path) -> tuple[TimedWord, ...]:
    """Read a words file; InputError names the file, the entry's number (from 1) and the reason."""
    words = parse_words(_read_json(path), source=str(path))
    if not words:
        raise InputError(f"{path}: has no chunks, so there is nothing that the user says")
    return words


def parse_words(document: object, *, source: str = "words") -> tuple[TimedWord, ...]:
    """Check a document of the format and give its words; a chunk of several words is shared out."""
    if not isinstance(document, dict) or not isinstance(document.get("chunks"), list):
        raise InputError(
            f'{source}: must be an object {{"text", "chunks": [{{"text", "timestamp"}}]}}'
        )
    words: list[TimedWord] = []
    previous: tuple[float, float] | None = None
    for number, chunk in enumerate(document["chunks"], start=1):
        text, start_s, end_s = _read_chunk(chunk, f"{source}: entry {number}")
        if previous is not None:
            _check_order(f"{source}: entry {number} ({text!r})", number, previous, start_s, end_s)
        previous = (start_s, end_s)
        words.extend(_share_out(text, start_s, end_s))
    return tuple(words)


def said_transcript(outputs: Iterable[MicroTurnOutput]) -> dict[str, object]:
    """Give what the model said, in the format of a words file."""
    return transcript_document(time_slot_words([(said.index, said.text) for said in outputs]))


def transcript_document(words: Sequence[TimedWord]) -> dict[str, object]:
    """Write timed words as a document of the format."""
    return {
        "text": " ".join(word.text for word in words),
        "chunks": [{"text": word.text, "timestamp": [word.start_s, word.end_s]} for word in words],
    }


class WordsChannel:
    """A channel whose user is a timed transcript; it leaves some time after the last word."""

    def __init__(
        self,
        words: Sequence[TimedWord],
        clock: Clock,
        *,
        tail_s: float = 8.0,
        longest_tail_s: float = 60.0,
        still_owed: Callable[[], bool] = lambda: False,
        first_index: int = 0,
    ) -> None:
        """Stay `tail_s` after the last word, or `longest_tail_s` while `still_owed`.

        The times of the words count from the beginning of slot `first_index`, which comes first.
        """
        self._first_index = first_index
        begin_s = first_index * SLOT_S
        self._words = [
            TimedWord(text=w.text, start_s=begin_s + w.start_s, end_s=begin_s + w.end_s)
            for w in words
        ]
        self._clock = clock
        self._tail_s = tail_s
        self._longest_tail_s = longest_tail_s
        self._still_owed = still_owed
        self._heard_index = first_index - 1

    async def micro_turns(self) -> AsyncIterator[MicroTurnInput]:
        """Yield one input per slot until the words are over and nothing more is expected."""
        begin_s = self._first_index * SLOT_S
        last_end_s = self._words[-1].end_s if self._words else begin_s
        under_way = 0
        async for index in slots(self._clock, self._first_index):
            while under_way < len(self._words) and heard_slot(self._words[under_way]) < index:
                under_way += 1
            ahead = under_way
            while ahead < len(self._words) and first_slot(self._words[ahead]) <= index:
                ahead += 1
            heard = heard_in_slot(self._words[under_way:ahead], index)
            waited_s = heard.start_s - last_end_s
            wanted = waited_s < self._tail_s or self._still_owed()
            if not wanted or waited_s >= self._longest_tail_s:
                return
            yield heard

    async def send(self, said: MicroTurnOutput) -> None:
        """Take a slot as played: text is read as it appears."""
        self._heard_index = said.index

    def heard_index(self) -> int:
        """Give the last slot that was sent."""
        return self._heard_index


def _read_json(path: Path) -> object:
    """Read a file of the user's as JSON."""
    try:
        document: object = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is not text in UTF-8; save it as such") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: is not a JSON file: {error}") from error
    return document


def _read_chunk(chunk: object, where: str) -> tuple[str, float, float]:
    """Check the types and values of one entry by itself."""
    if not isinstance(chunk, dict):
        raise InputError(f"{where}: must be an object with text and timestamp, not {chunk!r}")
    text, timestamp = chunk.get("text"), chunk.get("timestamp")
    if not isinstance(text, str):
        raise InputError(f"{where}: text must be a string, not {text!r}")
    if not text.strip():
        raise InputError(f"{where}: text is empty")
    where = f"{where} ({text.strip()!r})"
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InputError(
            f"{where}: text has half a surrogate pair, which stands for no character; "
            "write both halves, or the character itself"
        ) from None
    if not isinstance(timestamp, list) or len(timestamp) != 2:
        raise InputError(f"{where}: timestamp must be [start_s, end_s], not {timestamp!r}")
    start_s, end_s = (_read_seconds(value, where) for value in timestamp)
    if start_s < 0:
        raise InputError(f"{where}: starts at {start_s} s, before the beginning")
    if end_s < start_s:
        raise InputError(f"{where}: ends at {end_s} s, before it starts at {start_s} s")
    return text.strip(), start_s, end_s


def _read_seconds(value: object, where: str) -> float:
    """Check one time."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(f"{where}: times must be numbers of seconds, not {value!r}")
    try:
        seconds = float(value)
    except OverflowError:
        seconds = math.inf
    if not math.isfinite(seconds):
        raise InputError(f"{where}: times must be finite, not {value!r}")
    if seconds > _LONGEST_S:
        raise InputError(f"{where}: times are in seconds; {value!r} is more than a day")
    return seconds


def _check_order(
    where: str, number: int, previous: tuple[float, float], start_s: float, end_s: float
) -> None:
    """Check that an entry comes after the one before it."""
    before_start_s, before_end_s = previous
    if start_s < before_start_s:
        raise InputError(
            f"{where}: is not in order: starts at {start_s} s, "
            f"before entry {number - 1} at {before_start_s} s"
        )
    if start_s < before_end_s - _OVERLAP_TOLERANCE_S:
        raise InputError(
            f"{where}: overlaps entry {number - 1}: [{start_s}, {end_s}] s begins "
            f"before {before_end_s} s"
        )


def _share_out(text: str, start_s: float, end_s: float) -> list[TimedWord]:
    """Share the time of an entry evenly among its words."""
    pieces = text.split()
    share_s = (end_s - start_s) / len(pieces)
    return [
        TimedWord(
            text=piece, start_s=start_s + place * share_s, end_s=start_s + (place + 1) * share_s
        )
        for place, piece in enumerate(pieces)
    ]
