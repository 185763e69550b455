"""An auditor of whole sessions: pure, and independent of the scheduler's own bookkeeping.

It reads the events of a session (and, if given, what was heard slot by slot) and compares, word by
word, the texts that were owed (`ResultReady`) with the words that were said for them (`ModelSpoke`
with a delegation id). Words are compared without case and outer punctuation. Definitions:

results            number of `ResultReady` events.
heard              results that are confirmed (`Heard`) AND all of whose words were said. A word
                   that the model got wrong counts as said here, and as invented below.
lost               results that are neither heard, nor dismissed or superseded with a reason, when
                   the record ends. A confirmation without the words does not save a result.
said_twice         words of a result said again after they had been said. The first part of a word
                   that was cut in the middle may be said again.
talked_over_user   answers begun in a slot in which the user spoke or was active, answers resumed
                   after a break in such a slot, and barge-ins into which an answer was woven on for
                   more than two slots. A barge-in begins with the slot of the first word by which
                   it can be told from a backchannel ("stop" in "all right, stop"); words that end
                   before that ("absolutely", said by way of an answer) take no floor. A run of user
                   activity is a backchannel when its slots are in `backchannel_slots`, or all its
                   words are in `BACKCHANNELS`; an answer may go on, or resume, but not begin
                   during one.
stale_said         rows (slots) of a result said after it was superseded or dismissed. What happens
                   to it before the model speaks in a slot counts from that slot on.
invented           words said for a delegation that are in none of its texts at that place. Failures
                   are told in the model's own words and are not compared.
missed_slots       number of `SlotMissed` events.

Words that the voice of a session in sound never sounded (`SpeechCut`) were not said.

How words are compared is in `audited`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from weft.interaction_model.types import MicroTurnInput
from weft.orchestrator.audited import (
    AuditedResult,
    Comparison,
    Fate,
    bare,
    without_unsounded,
)
from weft.orchestrator.channels.pacing import SlotWord, words_of_slots
from weft.orchestrator.events import (
    AnyEvent,
    Delegated,
    Dismissed,
    Heard,
    ModelSpoke,
    ResultReady,
    SlotMissed,
    Superseded,
    UserSpoke,
    WeaveStarted,
)

BACKCHANNELS = frozenset(
    {
        "ah", "aha", "alright", "cool", "great", "hm", "hmm", "i", "mhm", "mm", "mm-hm", "mm-hmm",
        "mmhm", "nice", "oh", "ok", "okay", "right", "see", "sure", "uh-huh", "uhuh", "wow", "yeah",
        "yep", "yes",
    }
)  # fmt: skip
"""Words by which a listener shows to be listening; used when the truth is not passed in."""

STOP_WITHIN_SLOTS = 2
"""Slots for which an answer may still be heard after a barge-in began."""

_RUN_GAP_SLOTS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """The counts of one session, defined in the module's docstring, and each result's fate."""

    delegations: int
    results: int
    heard: int
    lost: int
    said_twice: int
    talked_over_user: int
    stale_said: int
    invented: int
    missed_slots: int
    fates: tuple[AuditedResult, ...]
    unanswered: tuple[tuple[Delegated, str], ...]
    """Requests to which nothing came back, with what became of them."""

    @property
    def latencies_slots(self) -> tuple[int, ...]:
        """For each result that was said: slots from when it was ready and the floor free to its
        first word."""
        return tuple(
            said.said_index - max(said.ready_index, said.pause_began_index)
            for said in self.fates
            if said.said_index is not None and said.pause_began_index is not None
        )


def audit(
    events: Iterable[AnyEvent],
    *,
    heard: Sequence[MicroTurnInput] | None = None,
    backchannel_slots: Iterable[int] = (),
    asides: Iterable[str] = (),
    may_be_backchannel: Callable[[str], bool] | None = None,
) -> Audit:
    """Audit one session's events, in the order in which they happened.

    Without `heard`, the user counts as active only in the slots of `UserSpoke`. `backchannel_slots`
    are the slots in which the user is known only to have listened. `asides` are sentences that the
    session weaves by itself and owes nobody, such as its request for the floor.
    `may_be_backchannel` says of the first words of a turn (lower case, no punctuation) whether they
    may still turn out to be one; by default those do that are all in `BACKCHANNELS`.
    """
    record = without_unsounded(events)
    delegations = {event.delegation_id for event in record if isinstance(event, Delegated)}
    results, dropped = _fates(record)
    aside_words = [tuple(filter(None, map(bare, aside.split()))) for aside in asides]
    said_twice = invented = 0
    stale_slots: set[tuple[str, int]] = set()
    begun_slots: set[int] = set()
    resumed_slots: set[int] = set()
    woven_slots: set[int] = set()
    for delegation_id in sorted({result.delegation_id for result in results} | delegations):
        of_delegation = [r for r in results if r.delegation_id == delegation_id]
        said = [
            (event.index, event.text)
            for event in record
            if isinstance(event, ModelSpoke) and event.delegation_id == delegation_id
        ]
        woven_slots.update(index for index, text in said if text.strip())
        comparison = Comparison(of_delegation)
        for word in _without_asides(words_of_slots(said), aside_words):
            comparison.take(word)
        said_twice += comparison.said_twice
        invented += comparison.invented
        begun_slots |= comparison.begun_slots
        resumed_slots |= comparison.resumed_slots
        stale_slots.update((delegation_id, index) for index in comparison.stale_slots)
    _settle(results, record, dropped)
    return Audit(
        delegations=len(delegations),
        results=len(results),
        heard=sum(result.fate == "heard" for result in results),
        lost=sum(result.fate == "lost" for result in results),
        said_twice=said_twice,
        talked_over_user=_talked_over(
            record,
            heard,
            frozenset(backchannel_slots),
            may_be_backchannel or _all_backchannels,
            begun_slots=begun_slots,
            resumed_slots=resumed_slots,
            woven_slots=woven_slots,
        ),
        stale_said=len(stale_slots),
        invented=invented,
        missed_slots=sum(isinstance(event, SlotMissed) for event in record),
        fates=tuple(results),
        unanswered=_unanswered(record),
    )


def _without_asides(words: Sequence[SlotWord], asides: Sequence[tuple[str, ...]]) -> list[SlotWord]:
    """Leave out asides, also one that was cut, where they are said after a break.

    A voice takes its time: in sound there are breaks inside of an aside as well.
    """
    runs = _unbroken(words)
    ends = list(accumulate(map(len, runs)))
    begins = {end - len(run) for run, end in zip(runs, ends, strict=True)}
    said = [bare(word.text) for word in words]
    kept: list[SlotWord] = []
    place = 0
    while place < len(words):
        lengths = (
            length
            for aside in asides
            for length in range(len(aside), 1, -1)
            if place in begins
            and tuple(said[place : place + length]) == aside[:length]
            and (length == len(aside) or place + length in ends)
        )
        length = next(lengths, 0)
        kept.extend(words[place : place + 1] if length == 0 else ())
        place += max(1, length)
    return kept


def _unbroken(words: Sequence[SlotWord]) -> list[list[SlotWord]]:
    """Group words that were said in slots next to each other."""
    runs: list[list[SlotWord]] = []
    for word in words:
        if runs and word.first_index - runs[-1][-1].last_index <= 1:
            runs[-1].append(word)
        else:
            runs.append([word])
    return runs


def _fates(record: Sequence[AnyEvent]) -> tuple[list[AuditedResult], set[str]]:
    """Collect the results with all that is told about them, and those that were dropped."""
    results: list[AuditedResult] = []
    asked: dict[str, Delegated] = {}
    dropped: set[str] = set()
    spoke_index = -1
    for event in record:
        match event:
            case ModelSpoke():
                spoke_index = event.index
            case Delegated():
                asked[event.delegation_id] = event
            case ResultReady():
                request = asked.get(event.delegation_id)
                results.append(
                    AuditedResult(
                        delegation_id=event.delegation_id,
                        result_id=event.result_id,
                        kind=event.kind,
                        text=event.text,
                        request=request.request if request else "",
                        delegated_index=request.index if request else None,
                        ready_index=event.index,
                        words=tuple(filter(None, map(bare, event.text.split()))),
                    )
                )
            case WeaveStarted():
                for result in results:
                    if result.result_id == event.result_id and result.pause_began_index is None:
                        result.pause_began_index = event.pause_began_index
            case Heard():
                for result in results:
                    if result.result_id == event.result_id and result.heard_index is None:
                        result.heard_index = event.index
            case Superseded():
                reason = "something newer took its place"
                _end(results, dropped, event, "superseded", reason, spoke_index=spoke_index)
            case Dismissed():
                _end(results, dropped, event, "dismissed", event.reason, spoke_index=spoke_index)
            case _:
                pass
    return results, dropped


def _end(
    results: Sequence[AuditedResult],
    dropped: set[str],
    event: Superseded | Dismissed,
    fate: Fate,
    reason: str,
    *,
    spoke_index: int,
) -> None:
    """Mark the results that an event takes out of what is owed: one, or all of a delegation."""
    for result in results:
        named = (
            result.delegation_id == event.delegation_id
            and event.result_id in (None, result.result_id)
            and result.heard_index is None
        )
        if named and result.ended_index is None:
            result.ended_index = event.index
            result.ended_before_speech = spoke_index < event.index
            result.reason = reason
            if reason.strip():
                result.fate = fate
                dropped.add(result.result_id)


def _unanswered(record: Sequence[AnyEvent]) -> tuple[tuple[Delegated, str], ...]:
    """Find the revisions of requests to which nothing came back."""
    waiting: dict[str, Delegated] = {}
    found: list[tuple[Delegated, str]] = []
    for event in record:
        match event:
            case Delegated():
                if event.delegation_id in waiting:
                    found.append((waiting[event.delegation_id], "superseded"))
                waiting[event.delegation_id] = event
            case ResultReady():
                waiting.pop(event.delegation_id, None)
            case Dismissed(result_id=None) if event.delegation_id in waiting:
                found.append((waiting.pop(event.delegation_id), f"dismissed: {event.reason}"))
            case _:
                pass
    return (*found, *((asked, "under way") for asked in waiting.values()))


def _settle(
    results: Sequence[AuditedResult], record: Sequence[AnyEvent], dropped: set[str]
) -> None:
    """Call heard what was confirmed and really said."""
    confirmed = {event.result_id for event in record if isinstance(event, Heard)}
    own_words = [e.index for e in record if isinstance(e, ModelSpoke) and e.delegation_id is None]
    for result in results:
        if result.kind == "failure" and result.said_index is None:
            last_index = result.heard_index if result.heard_index is not None else -1
            told = [i for i in own_words if result.ready_index <= i <= last_index]
            result.said_index = told[0] if told else None
        if result.result_id not in dropped and result.result_id in confirmed and result.said_whole:
            result.fate = "heard"


def _talked_over(
    record: Sequence[AnyEvent],
    heard: Sequence[MicroTurnInput] | None,
    backchannel_slots: frozenset[int],
    may_be_backchannel: Callable[[str], bool],
    *,
    begun_slots: set[int],
    resumed_slots: set[int],
    woven_slots: set[int],
) -> int:
    """Count answers begun while the user was active, and barge-ins that were woven into."""
    spoken: dict[int, str] = {
        event.index: event.text for event in record if isinstance(event, UserSpoke)
    }
    active = set(spoken)
    if heard is not None:
        active |= {slot.index for slot in heard if slot.user_active or slot.text.strip()}
        spoken |= {slot.index: slot.text for slot in heard if slot.text.strip()}
    wanting_floor = active - backchannel_slots
    count = 0
    for run in _runs(active):
        words = [bare(word) for index in run for word in spoken.get(index, "").split()]
        known = any(index in backchannel_slots for index in run)
        listening = known and not wanting_floor.intersection(run)
        listening = listening or (bool(words) and all(word in BACKCHANNELS for word in words))
        count += len(begun_slots.intersection(run))
        if listening or begun_slots.intersection(run):
            continue
        barged_in = _barged_in(run, spoken, may_be_backchannel)
        if barged_in is None:
            continue
        resumed = resumed_slots.intersection(run)
        went_on = sum(index in woven_slots for index in range(barged_in, run[-1] + 1))
        while barged_in + went_on in woven_slots and barged_in + went_on > run[-1]:
            went_on += 1
        count += len(resumed) or went_on > STOP_WITHIN_SLOTS
    return count


def _barged_in(
    run: Sequence[int], spoken: dict[int, str], may_be_backchannel: Callable[[str], bool]
) -> int | None:
    """Give the slot of the first word by which a run of activity is more than a backchannel.

    None if nobody could tell by any of its words; without words it is more from its first slot on.
    """
    words: list[str] = []
    for index in run:
        for word in spoken.get(index, "").split():
            words.append(bare(word))
            if not may_be_backchannel(" ".join(words)):
                return index
    return None if words else run[0]


def _all_backchannels(said: str) -> bool:
    return all(word in BACKCHANNELS for word in said.split())


def _runs(active: set[int]) -> list[list[int]]:
    """Group the user's active slots: short silences between words do not end a run."""
    runs: list[list[int]] = []
    for index in sorted(active):
        if runs and index - runs[-1][-1] <= _RUN_GAP_SLOTS:
            runs[-1].append(index)
        else:
            runs.append([index])
    return runs
