"""What became of each delegation, from a session's events: marks and stretches of time; pure.

For a picture of the whole. What is drawn while the conversation goes on is in `timeline.py`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from weft.orchestrator.events import (
    AnyEvent,
    Delegated,
    Dismissed,
    Heard,
    ResultReady,
    Superseded,
    WeaveCut,
)


class Happening(StrEnum):
    """What is marked on a delegation's line."""

    ASKED = "asked"
    READY = "ready"
    FAILED = "failed"
    BARGE_IN = "barge-in"
    HEARD = "heard"
    ENDED = "ended"  # superseded or dismissed


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened to a delegation, in the micro-turn in which it did."""

    index: int
    happening: Happening


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """A delegation from its first request to the last that was heard of it."""

    delegation_id: str
    request: str
    """As it was asked first, and each correction after an arrow."""
    marks: tuple[Mark, ...]
    waits: tuple[tuple[int, int], ...]
    """(from, to): the micro-turns in which a result was owed."""
    last_index: int

    @property
    def first_index(self) -> int:
        """The micro-turn in which it was asked."""
        return self.marks[0].index


@dataclass(slots=True)
class _Known:
    requests: list[str] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    owed: dict[str, int] = field(default_factory=dict)
    """Since when each result that is owed is."""
    waits: list[tuple[int, int]] = field(default_factory=list)
    at_work: bool = True

    def settle(self, index: int, result_id: str | None) -> None:
        """Close what was owed: one result, or all of them."""
        for owed in [result_id] if result_id is not None else list(self.owed):
            if owed in self.owed:
                self.waits.append((self.owed.pop(owed), index))

    def mark(self, index: int, happening: Happening) -> None:
        """Mark a micro-turn; that it was superseded by what it was asked then says nothing more."""
        ended = Mark(index, Happening.ENDED)
        if happening is Happening.ASKED and ended in self.marks:
            self.marks.remove(ended)
        if happening is not Happening.ENDED or Mark(index, Happening.ASKED) not in self.marks:
            self.marks.append(Mark(index, happening))


def lives(events: Iterable[AnyEvent]) -> tuple[Life, ...]:
    """Give the delegations of a session in the order in which they were asked first."""
    known: dict[str, _Known] = {}
    now = 0
    for event in events:
        now = max(now, event.index)
        match event:
            case Delegated():
                each = known.setdefault(event.delegation_id, _Known())
                each.requests.append(event.request)
                each.at_work = True
                each.mark(event.index, Happening.ASKED)
            case ResultReady() | WeaveCut() | Heard() | Superseded() | Dismissed():
                if event.delegation_id in known:
                    _tell(known[event.delegation_id], event)
            case _:
                pass
    return tuple(_life(delegation_id, each, now) for delegation_id, each in known.items())


def _tell(known: _Known, event: ResultReady | WeaveCut | Heard | Superseded | Dismissed) -> None:
    match event:
        case ResultReady():
            failed = event.kind in ("failure", "refusal")
            known.mark(event.index, Happening.FAILED if failed else Happening.READY)
            known.owed[event.result_id] = event.index
            known.at_work = False
        case WeaveCut():
            known.mark(event.index, Happening.BARGE_IN)
        case Heard():
            known.settle(event.index, event.result_id)
            known.mark(event.index, Happening.HEARD)
        case Superseded() | Dismissed():
            known.settle(event.index, event.result_id)
            known.mark(event.index, Happening.ENDED)
            known.at_work = known.at_work and event.result_id is not None


def _life(delegation_id: str, known: _Known, now: int) -> Life:
    known.settle(now, None)
    last_index = max([mark.index for mark in known.marks] + [end for _, end in known.waits])
    return Life(
        delegation_id=delegation_id,
        request=" → ".join(known.requests),
        marks=tuple(known.marks),
        waits=tuple(known.waits),
        last_index=now if known.at_work else last_index,
    )
