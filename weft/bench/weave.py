"""Whether results survive a conversation: none lost, said twice, stale, invented or talked over.

Conversations run through the whole path (session, queue, worker, agents), two situations in each:
results arrive while the user speaks, while the model speaks, while both are silent, after a
barge-in, over a backchannel, after a correction, after a change of topic, after the user has
withdrawn the request; the same request comes again, under a new id. The agents take a random time,
comment, and fail. What the queue delivers comes twice, late, out of the order of its attempts, and
mixed with updates of nobody's. The verdict is the auditor's (`weft.orchestrator.audit` defines each
count), which reads the events and knows nothing of the scheduler.

latency_slots   from the first slot in which a result could be said (it is ready and the floor is
                free) to its first row.

`--spoken`: the user speaks aloud and listens to a voice (see `_aloud`), in a session in sound.
Talked over is then who sounds over whom; everything else is counted as in text, of the words that
were sounded. The same conversations in text are shown beside.
"""

import os
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from typing import Protocol

from weft.bench import _held_out
from weft.bench._background import SeededAgent, UnreliableQueue
from weft.bench._beside_text import Rate, beside_text
from weft.bench._report import Asked, Line, Report, aside, at_most, setting
from weft.bench._users import IN_TEXT, Medium
from weft.bench._whole_path import KeptRecord, hold
from weft.clock import VirtualClock
from weft.interaction_model.model_stream import load_stream
from weft.interaction_model.training.hearing import written
from weft.interaction_model.training.language import backchannels, corrections
from weft.interaction_model.training.language.utterance import choose
from weft.interaction_model.types import InteractionModel, MicroTurnInput
from weft.meaning import SentenceMeaning
from weft.orchestrator.audit import Audit, audit
from weft.orchestrator.channels.simulated import (
    Backchannel,
    BargeIn,
    Say,
    Step,
    Wait,
)
from weft.orchestrator.config import SessionConfig
from weft.orchestrator.events import AnyEvent
from weft.orchestrator.metrics import percentile
from weft.orchestrator.ports import Meaning
from weft.orchestrator.record import RecordedSlot
from weft.progress import Tick, no_tick, progress

DEFAULT_SIZE = 200
"""A conversation takes 2 to 3 s of one core; the goal is set over 1,000: `--size 1000`."""
_WORTH_A_PROCESS = 50
"""Fewer conversations are sooner held here than elsewhere: a process takes 10 s to begin."""
SITUATIONS_EACH = 2
_SHOWN_FAULTS = 20
_FAULTS = ("lost", "said_twice", "talked_over_user", "stale_said", "invented")
RATES = (
    Rate("results", of="conversations"),  # who hands nothing over does nothing wrong with it
    *(Rate(name, better="low", of="results") for name in _FAULTS),
)
_LONGEST_TAIL_S = 45.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One conversation and the auditor's verdict."""

    number: int
    situations: tuple[str, ...]
    verdict: Audit

    @property
    def faults(self) -> int:
        """How much went wrong."""
        v = self.verdict
        return v.lost + v.said_twice + v.talked_over_user + v.stale_said + v.invented


@dataclass(frozen=True, slots=True, kw_only=True)
class Weave:
    """What was measured."""

    held: tuple[Held, ...]

    def total(self, name: str) -> int:
        """Add one of the auditor's counts up over all conversations."""
        return sum(int(getattr(each.verdict, name)) for each in self.held)

    def latency_slots(self, percent: float) -> float:
        """Give a percentile of the latencies of all results that were said."""
        found = sorted(slots for each in self.held for slots in each.verdict.latencies_slots)
        return percentile(found, percent)


def report(asked: Asked) -> Report:
    """Measure; `size` is the number of conversations."""
    if asked.spoken:
        return beside_text(asked, _report, load_stream, RATES)
    return _report(asked, load_stream(asked.weights), IN_TEXT)


def _report(asked: Asked, model: InteractionModel, medium: Medium) -> Report:
    size = asked.size or DEFAULT_SIZE
    processes = min(os.cpu_count() or 1, size // _WORTH_A_PROCESS)
    with progress("conversations", size) as tick:
        if processes > 1:
            found = measure_apart(asked, size=size, processes=processes, tick=tick)
        else:
            meaning = _meaning()
            found = measure(model, meaning, seed=asked.seed, size=size, medium=medium, tick=tick)
    return _reported(asked, found)


def _reported(asked: Asked, found: Weave) -> Report:
    size = len(found.held)
    p50, p99 = found.latency_slots(50), found.latency_slots(99)
    numbers: dict[str, object] = {"conversations": size, "results": found.total("results")}
    numbers |= {name: found.total(name) for name in _FAULTS}
    numbers |= {"latency_slots_p50": p50, "latency_slots_p99": p99}
    return Report(
        title="Weave: what becomes of results",
        numbers=numbers,
        lines=[
            *(at_most(name.replace("_", " "), found.total(name), 0, "d") for name in _FAULTS),
            at_most("latency p50, micro-turns", p50, 1, "g"),
            aside("latency p99, micro-turns", f"{p99:g}"),
            *_fates(found),
            *_situations(found),
            *_where(found),
        ],
        setting=setting(
            asked,
            sizes=f"{size} conversations, {found.total('results')} results",
        ),
    )


def measure(
    model: InteractionModel,
    meaning: Meaning,
    *,
    seed: int,
    size: int,
    medium: Medium = IN_TEXT,
    tick: Tick = no_tick,
) -> Weave:
    """Hold `size` conversations, each on the stream as it is now, and leave it so."""
    fresh = model.snapshot()
    held = []
    for number in range(size):
        rng = random.Random(f"{seed}/{number}")
        held.append(converse(model, meaning, rng, number, medium))
        model.restore(fresh)
        medium.begin()
        tick()
    return Weave(held=tuple(held))


def measure_apart(asked: Asked, *, size: int, processes: int, tick: Tick = no_tick) -> Weave:
    """Measure in several processes; each conversation is the same as it is in one."""
    with ProcessPoolExecutor(
        processes, mp_context=get_context("spawn"), initializer=_begin_apart, initargs=(asked,)
    ) as pool:
        held = []
        for each in pool.map(_converse_apart, range(size), chunksize=2):
            held.append(each)
            tick()
    return Weave(held=tuple(held))


_apart: dict[str, Callable[[int], Held]] = {}
"""What a process of `measure_apart` does with the number of a conversation; set when it begins."""


def _begin_apart(asked: Asked) -> None:
    meaning = _meaning()
    model: InteractionModel
    medium: Medium
    if asked.spoken:
        from weft.bench._aloud import open_aloud

        model, medium = open_aloud(asked.weights)
    else:
        model, medium = load_stream(asked.weights), IN_TEXT
    fresh = model.snapshot()

    def hold_one(number: int) -> Held:
        model.restore(fresh)
        medium.begin()
        rng = random.Random(f"{asked.seed}/{number}")
        return converse(model, meaning, rng, number, medium)

    _apart["converse"] = hold_one


def _converse_apart(number: int) -> Held:
    return _apart["converse"](number)


def _meaning() -> SentenceMeaning:
    meaning = SentenceMeaning(inline=True)
    meaning.load()
    return meaning


def converse(
    model: InteractionModel,
    meaning: Meaning,
    rng: random.Random,
    number: int = 0,
    medium: Medium = IN_TEXT,
) -> Held:
    """Hold one conversation and audit it."""
    clock = VirtualClock()
    chosen = tuple(rng.choice(tuple(SITUATIONS)) for _ in range(SITUATIONS_EACH))
    script = [step for name in chosen for step in SITUATIONS[name](rng, medium.wording)]
    config = SessionConfig()
    conversing = medium.converse(
        script, clock, seed=rng.randrange(1 << 30), tail_s=1.0, longest_s=_LONGEST_TAIL_S
    )
    user = conversing.user

    def observe(slot: RecordedSlot) -> None:
        for event in slot.events:
            user.saw(event)

    record = KeptRecord(observe)
    hold(
        model=model,
        channel=conversing.channel,
        queue=UnreliableQueue(clock, random.Random(rng.random())),
        agents=[SeededAgent(clock, random.Random(rng.random()), _sentences(script))],
        meaning=meaning,
        clock=clock,
        record=record,
        config=config,
    )

    def audited(events: Sequence[AnyEvent], heard: Sequence[MicroTurnInput]) -> Audit:
        return audit(
            events,
            heard=heard,
            backchannel_slots=user.backchannel_slots,
            asides=(config.floor_request,),
            may_be_backchannel=backchannels.may_be_backchannel,
        )

    verdict = audited(record.events, record.heard)
    bystander = conversing.standing_by(record.events)
    if bystander is not None:
        talked_over = audited(bystander.events, bystander.heard).talked_over_user
        verdict = replace(verdict, talked_over_user=talked_over)
    return Held(number=number, situations=chosen, verdict=verdict)


# What the user does

Wording = Callable[[random.Random, str], str]
"""How a user has a text; see `Medium.wording`."""


class Situation(Protocol):
    """Makes the script of a user who brings a situation about."""

    def __call__(self, rng: random.Random, wording: Wording = written) -> list[Step]:
        """Draw one."""
        ...


def _ask(rng: random.Random, wording: Wording) -> Say:
    text = wording(rng, _held_out.short_question(rng, 12))
    return Say(text=text, after=rng.uniform(0.4, 2.0))


def _tell(rng: random.Random, wording: Wording) -> str:
    sample = rng.choice((_held_out.talk, _held_out.statement))
    return wording(rng, sample(rng).text)


def _both_silent(rng: random.Random, wording: Wording = written) -> list[Step]:
    return [_ask(rng, wording), Wait(until="answered")]


def _user_speaking(rng: random.Random, wording: Wording = written) -> list[Step]:
    keep_on = tuple(_tell(rng, wording) for _ in range(4))
    going_on = Say(text=_tell(rng, wording), after="handed_over", keep_on=keep_on, patience_s=4.0)
    return [_ask(rng, wording), going_on, Wait(until="answered")]


def _model_speaking(rng: random.Random, wording: Wording = written) -> list[Step]:
    second = Say(text=_ask(rng, wording).text, after=rng.uniform(0.6, 4.0))
    return [_ask(rng, wording), second, Wait(until="answered", times=2)]


def _barge_in(rng: random.Random, wording: Wording = written) -> list[Step]:
    short = backchannels.sample_barge_in(rng, "held_out")
    text = rng.choice((short, _ask(rng, wording).text))
    barge_in = BargeIn(text=text, after_words=rng.randint(2, 9))
    return [_ask(rng, wording), barge_in, Wait(until="answered")]


def _backchannel(rng: random.Random, wording: Wording = written) -> list[Step]:
    text = choose(rng, backchannels.USER_BACKCHANNELS, "held_out")
    listening = Backchannel(text=text, after_words=rng.randint(2, 9))
    return [_ask(rng, wording), listening, Wait(until="answered")]


def _correction(rng: random.Random, wording: Wording = written) -> list[Step]:
    text = wording(rng, corrections.sample_correction(rng, "held_out").text)
    return [_ask(rng, wording), Say(text=text, after=rng.uniform(0.4, 7.0)), Wait(until="answered")]


def _withdrawal(rng: random.Random, wording: Wording = written) -> list[Step]:
    text = wording(rng, corrections.sample_dismissal(rng, "held_out").text)
    return [_ask(rng, wording), Say(text=text, after=rng.uniform(0.4, 5.0)), Wait(until=4.0)]


def _topic_change(rng: random.Random, wording: Wording = written) -> list[Step]:
    away = [
        Say(text=_tell(rng, wording), after=rng.uniform(0.6, 4.0)),
        Say(text=_ask(rng, wording).text),
    ]
    return [_ask(rng, wording), *away, Wait(until="answered", times=2)]


def _same_again(rng: random.Random, wording: Wording = written) -> list[Step]:
    first = _ask(rng, wording)
    return [
        first,
        Wait(until="answered"),
        Say(text=first.text),
        Wait(until="answered", patience_s=8),
    ]


def _same_while_open(rng: random.Random, wording: Wording = written) -> list[Step]:
    first = _ask(rng, wording)
    return [first, Say(text=first.text, after=rng.uniform(0.6, 4.0)), Wait(until="answered")]


SITUATIONS: Mapping[str, Situation] = {
    "both silent": _both_silent,
    "user speaking": _user_speaking,
    "model speaking": _model_speaking,
    "barge-in": _barge_in,
    "backchannel": _backchannel,
    "correction": _correction,
    "withdrawal": _withdrawal,
    "topic change": _topic_change,
    "same request again": _same_again,
    "same request while open": _same_while_open,
}
"""The situations, and how the user brings each about."""


def _sentences(script: list[Step]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(step.text for step in script if isinstance(step, Say | BargeIn)))


# What is shown besides


def _fates(found: Weave) -> list[Line]:
    """Count what became of the results."""
    fates = Counter(
        f"{result.kind} {result.fate}" + (f", {result.reason}" if result.reason else "")
        for each in found.held
        for result in each.verdict.fates
    )
    return [aside(f"  {fate}", count) for fate, count in sorted(fates.items())]


def _situations(found: Weave) -> list[Line]:
    """Count the situations, and those conversations with one in which something went wrong."""
    lines = []
    for name in SITUATIONS:
        having = [each for each in found.held if name in each.situations]
        wrong = sum(each.faults > 0 for each in having)
        lines.append(aside(f"  conversations with: {name}", f"{len(having)}, {wrong} with a fault"))
    return lines


def _where(found: Weave) -> list[Line]:
    """Name some conversations in which something went wrong, so that they can be held again."""
    wrong = [each for each in found.held if each.faults][:_SHOWN_FAULTS]
    return [aside(f"  fault in number {each.number}", ", ".join(each.situations)) for each in wrong]
