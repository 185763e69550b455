"""The record of a whole session as JSON lines: a header, one line a micro-turn, and an end.

Every line is flushed when its slot is over, so whatever ends the program, the record is complete up
to the last slot. A record holds the conversation itself; it is only written where the user says.
It also holds what a slot was lived through with, so that another process can go on from its end.
"""

import json
import logging
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol, TextIO, get_args

from pydantic import TypeAdapter, ValidationError

from weft.errors import InputError
from weft.interaction_model.types import SLOT_S, Floor, MicroTurnInput, MicroTurnOutput, Row
from weft.orchestrator.arrivals import Arrivals
from weft.orchestrator.config import SessionConfig
from weft.orchestrator.events import AnyEvent
from weft.orchestrator.playback import Playback

logger = logging.getLogger(__name__)

RECORD_VERSION = 2
READ_VERSIONS = (1, 2)
"""Records of the first can be looked at, but hold too little to go on from."""

_EVENTS = {kind.__name__: TypeAdapter(kind) for kind in get_args(AnyEvent)}
_HEARD = TypeAdapter(MicroTurnInput)
_SAID = TypeAdapter(MicroTurnOutput)
_ARRIVED = TypeAdapter(Arrivals | None)
_PLAYBACK = TypeAdapter(Playback | None)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRow:
    """A row that was offered, without its vector."""

    text: str
    last: bool
    absent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedSlot:
    """One micro-turn: what came in, what was offered, what went out, and what happened."""

    heard: MicroTurnInput
    row: RecordedRow | None
    floor: Floor
    """Who held the floor before the model's step."""
    said: MicroTurnOutput
    step_ms: float
    events: tuple[AnyEvent, ...] = ()
    heard_index: int = -1
    """How far playback had come by the end of it."""
    arrived: Arrivals | None = None
    """None in a record of the first version."""
    playback: Playback | None = None
    """How the voice stood at the end of it; None in a session without sound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordHeader:
    """What a record was made with."""

    version: int
    session_id: str
    config_digest: str
    slot_s: float
    user_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRecord:
    """A record that was read back."""

    header: RecordHeader
    slots: tuple[RecordedSlot, ...]
    end: tuple[AnyEvent, ...]
    """Events after the last slot; empty when the program ended without saying so."""
    epoch: int = 0
    """How often another process has begun to go on with it."""

    @property
    def next_index(self) -> int:
        """The micro-turn with which a session that goes on begins."""
        return self.slots[-1].heard.index + 1 if self.slots else 0

    @property
    def events(self) -> tuple[AnyEvent, ...]:
        """All events in order."""
        return tuple(event for slot in self.slots for event in slot.events) + self.end


# Made once: making one takes longer than reading a hundred slots with it.
_ROW = TypeAdapter(RecordedRow | None)


class Record(Protocol):
    """Where a session writes what happens; must not wait."""

    def begin(self, session_id: str, config: SessionConfig, *, user_id: str | None = None) -> None:
        """Say what session this is."""
        ...

    def go_on(self, epoch: int) -> None:
        """Say that the `epoch`-th process after the first goes on with it."""
        ...

    def add(self, slot: RecordedSlot) -> None:
        """Write one micro-turn."""
        ...

    def end(self, events: Sequence[AnyEvent]) -> None:
        """Write what happened after the last slot, if anything, and close."""
        ...


class NoRecord:
    """A record that keeps nothing: the default, because a conversation is private."""

    def begin(self, session_id: str, config: SessionConfig, *, user_id: str | None = None) -> None:
        """Do nothing."""

    def go_on(self, epoch: int) -> None:
        """Do nothing."""

    def add(self, slot: RecordedSlot) -> None:
        """Do nothing."""

    def end(self, events: Sequence[AnyEvent]) -> None:
        """Do nothing."""


class FileRecord:
    """A record in a file."""

    def __init__(self, path: Path, *, goes_on: bool = False) -> None:
        """Open `path` for writing, over what was there; raises InputError when that cannot be.

        With `goes_on` what was there stays, but for a last line that was cut off.
        """
        self._path = path
        self._failed = False
        try:
            if goes_on:
                os.truncate(path, path.read_bytes().rfind(b"\n") + 1)
            else:
                path.write_bytes(b"")
            # At the end whoever else writes; half a surrogate pair has no bytes and becomes a "?".
            self._file: TextIO = path.open("a", encoding="utf-8", errors="replace")
        except OSError as error:
            raise InputError(f"cannot write a record to {str(path)!r}: {error.strerror}") from error

    def begin(self, session_id: str, config: SessionConfig, *, user_id: str | None = None) -> None:
        """Write the header."""
        header = RecordHeader(
            version=RECORD_VERSION,
            session_id=session_id,
            config_digest=config.digest,
            slot_s=SLOT_S,
            user_id=user_id,
        )
        self._write({"header": asdict(header)})

    def go_on(self, epoch: int) -> None:
        """Write that another process has begun; before it has lived through a slot."""
        self._write({"resumed": epoch})

    def add(self, slot: RecordedSlot) -> None:
        """Write one micro-turn."""
        self._write(
            {
                "slot": slot.heard.index,
                "heard": asdict(slot.heard),
                "row": asdict(slot.row) if slot.row else None,
                "floor": slot.floor.value,
                "said": asdict(slot.said),
                "step_ms": round(slot.step_ms, 3),
                "events": [_event_line(event) for event in slot.events],
                "heard_index": slot.heard_index,
                "arrived": _arrivals_line(slot.arrived),
                **({"playback": asdict(slot.playback)} if slot.playback else {}),
            }
        )

    def end(self, events: Sequence[AnyEvent]) -> None:
        """Write what happened after the last slot, if anything, and close the file."""
        if events:
            self._write({"end": [_event_line(event) for event in events]})
        # What could not be written is tried once more by closing.
        with suppress(OSError):
            self._file.close()

    def _write(self, line: dict[str, object]) -> None:
        """Write a line; a disk that takes no more ends the record and not the conversation."""
        if self._failed:
            return
        try:
            self._file.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
            self._file.flush()
        except OSError as error:
            self._failed = True
            logger.error("the record %s ends here: %s", self._path, error.strerror or error)


def recorded_row(row: Row | None) -> RecordedRow | None:
    """Give what a record keeps of a row."""
    return RecordedRow(text=row.text, last=row.last, absent=row.absent) if row else None


def read_record(path: Path) -> SessionRecord:
    """Read a record back; a last line that was cut off by the end of the program is left out.

    Raises InputError with the number of a line that is not part of a record.
    """
    try:
        # Bytes: the cut may be inside a character, and U+2028 inside a text ends no line.
        *lines, unfinished = path.read_bytes().split(b"\n")
    except OSError as error:
        raise InputError(f"cannot read the record {str(path)!r}: {error}") from error
    header: RecordHeader | None = None
    slots: list[RecordedSlot] = []
    end: tuple[AnyEvent, ...] = ()
    epoch = 0
    for number, line in enumerate(lines, start=1):
        try:
            value = json.loads(line)
            if number == 1:
                header = _read_header(value)
            elif "resumed" in value:
                epoch = int(value["resumed"])
            elif "end" in value:
                end = _read_events(value["end"])
            else:
                slot = _read_slot(value)
                if slots and slot.heard.index <= slots[-1].heard.index:
                    continue  # By a process that slept while another went on.
                slots.append(slot)
                end = ()  # It was not the end: another process has gone on.
        except (ValueError, KeyError, TypeError, ValidationError) as error:
            raise InputError(f"{path}:{number}: not a line of a weft record ({error})") from error
    if header is None:
        what = "its only line is unfinished" if unfinished else "empty"
        raise InputError(f"{path}: {what}; a weft record begins with a header line")
    return SessionRecord(header=header, slots=tuple(slots), end=end, epoch=epoch)


def _event_line(event: AnyEvent) -> dict[str, object]:
    name = type(event).__name__
    return {"event": name, **_EVENTS[name].dump_python(event)}


def _arrivals_line(arrived: Arrivals | None) -> dict[str, object] | None:
    if arrived is None:
        return None
    values = _ARRIVED.dump_python(arrived)
    # Most slots have hardly any.
    return {name: value for name, value in values.items() if value is not None and value != ()}


def _read_header(value: dict[str, dict[str, object]]) -> RecordHeader:
    header = TypeAdapter(RecordHeader).validate_python(value["header"])
    if header.version not in READ_VERSIONS:
        raise ValueError(f"version is {header.version!r}; this weft reads {READ_VERSIONS}")
    return header


def _read_slot(value: dict[str, object]) -> RecordedSlot:
    return RecordedSlot(
        heard=_HEARD.validate_python(value["heard"]),
        row=_ROW.validate_python(value["row"]),
        floor=Floor(str(value["floor"])),
        said=_SAID.validate_python(value["said"]),
        step_ms=float(str(value["step_ms"])),
        events=_read_events(value["events"]),
        heard_index=int(str(value.get("heard_index", -1))),
        arrived=_ARRIVED.validate_python(value.get("arrived")),
        playback=_PLAYBACK.validate_python(value.get("playback")),
    )


def _read_events(values: object) -> tuple[AnyEvent, ...]:
    if not isinstance(values, Sequence):
        raise TypeError("events are not a list")
    events = []
    for value in values:
        fields = dict(value)
        events.append(_EVENTS[fields.pop("event")].validate_python(fields))
    return tuple(events)
