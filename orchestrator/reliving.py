"""What of a record another process goes on from: the micro-turns as the user has heard them. Pure.

What was sent to be played and had not been heard when a process ended was never said: its slots are
relived with a silent model, so that those words are owed again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from weft.errors import InputError
from weft.orchestrator.arrivals import Arrivals
from weft.orchestrator.events import AnyEvent, ResultReady, SlotMissed
from weft.orchestrator.outgoing import Refusals
from weft.orchestrator.record import RecordedSlot, SessionRecord


@dataclass(frozen=True, slots=True)
class PastSlot:
    """One micro-turn as it is to be relived."""

    slot: RecordedSlot
    arrived: Arrivals
    was_heard: bool
    """Whether the user has heard what was said in it; else `slot` is that nothing was said."""


def past_slots(past: SessionRecord) -> Iterator[PastSlot]:
    """Give the micro-turns of a record; raises InputError when it holds too little for that."""
    for stretch in _stretches(past.slots):
        heard_index = stretch[-1].heard_index
        for slot in stretch:
            if slot.playback is not None:
                raise InputError(
                    "this record is of a session in sound, which cannot be gone on from: what the "
                    "model has heard is in no record; begin a new one (`weft replay` draws it)"
                )
            if slot.arrived is None:
                raise InputError(
                    "this record was made by an older weft, and holds too little to go on from; "
                    "`weft replay` draws it"
                )
            was_heard = slot.heard.index <= heard_index
            yield PastSlot(slot if was_heard else _silent(slot), slot.arrived, was_heard)


def refusals(events: Sequence[AnyEvent]) -> Refusals:
    """Read which packages of a slot were declined, and in which words."""
    spoken: dict[tuple[str, int], str] = {}
    for event in events:
        if isinstance(event, ResultReady) and event.kind == "refusal":
            delegation, revision, cause = event.result_id.rsplit(".", 2)
            if cause == "refused":
                spoken[delegation, int(revision)] = event.text
    return spoken


def check_same(past: PastSlot, events: Sequence[AnyEvent]) -> None:
    """Raise InputError when something else than recorded has come of a slot."""
    # How late a slot was is no part of the conversation.
    recorded = [each for each in past.slot.events if not isinstance(each, SlotMissed)]
    if past.was_heard and list(events) != recorded:
        raise InputError(
            f"slot {past.slot.heard.index} of the record comes out differently now: go on with the "
            "weft, the configuration and the weights with which it was made"
        )


def _stretches(slots: Sequence[RecordedSlot]) -> Iterator[Sequence[RecordedSlot]]:
    """Cut the slots of a session where another process went on with it."""
    begin = 0
    for place, slot in enumerate(slots):
        moved = slot.arrived is not None and slot.arrived.resumed is not None
        if moved and place > begin:
            yield slots[begin:place]
            begin = place
    if slots:
        yield slots[begin:]


def _silent(slot: RecordedSlot) -> RecordedSlot:
    said = replace(slot.said, text="", token_ids=(), reference_followed=False)
    return replace(slot, said=said)
