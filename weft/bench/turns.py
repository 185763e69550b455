"""When the model speaks, waits, stops and goes on. Each case begins with a fresh stream.

pause_take_over_rate       share of pauses of 2 to 12 slots inside an unfinished utterance in which
                           the model says a word or emits a control token before the user is heard
                           again.
response_delay_slots       slots from the one in which the user's last word is complete to the
                           model's first word or control token; a reply in the second silent slot
                           is 2. No reply within 25 slots counts as 25, and so does one that begins
                           before the user has finished: it is not a reply.
stop_within_2_slots        share of barge-ins after which the model falls silent within two slots,
                           counted from the first slot in which the heard words cannot be a
                           backchannel any more. Silent means two slots in a row without a word, so
                           that a stumble is no stop. Half of the barge-ins are short ("hold on"),
                           half are whole questions. A reference that was not spoken at all when
                           the user wanted to interrupt it counts as not stopped.
backchannel_continue_rate  share of backchannels over which the reference goes on, never silent for
                           more than two slots, to its end.
timed_within_1_slot        through the whole path, on virtual time: repeated and single timed
                           requests, and how many of the due times had the first word of what was
                           to be said within one slot. An onset too many counts as a miss:
                           hits / (due times + onsets that were not due).

In the parts with a reference, rows are offered by the session's own floor tracker and scheduler.

`--spoken`: the user speaks aloud (see `_aloud`), and what counts is sound. A word is complete when
its sound ends, and the model is silent in slots in which its voice is; rows come at the pace of the
voice. The same cases in text, by the text-only model, are shown beside.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from weft.background_agents.providers.local import LocalAgent
from weft.background_agents.queues.memory import MemoryQueue
from weft.background_agents.types import BackgroundAgent
from weft.bench import _held_out
from weft.bench._beside_text import Rate, beside_text
from weft.bench._report import Asked, Report, aside, at_least, at_most, setting
from weft.bench._talk import Moment, Talk, acted
from weft.bench._users import IN_TEXT, LEAD_IN_SLOTS, Medium, first_index, last_index
from weft.bench._whole_path import KeptRecord, hold
from weft.clock import Clock, VirtualClock
from weft.interaction_model.model_stream import load_stream
from weft.interaction_model.training.hearing import HeardWord, cut_points
from weft.interaction_model.training.language import backchannels, references
from weft.interaction_model.training.language.utterance import choose
from weft.interaction_model.types import SLOT_S, InteractionModel
from weft.meaning import SentenceMeaning
from weft.orchestrator.config import SessionConfig
from weft.orchestrator.events import Delegated, Heard, WeaveStarted
from weft.orchestrator.metrics import percentile
from weft.orchestrator.ports import Meaning
from weft.progress import Tick, no_tick, progress
from weft.tools.builtin import builtin_tools
from weft.tools.registry import Registry

DEFAULT_SIZE = 200
REPLY_LIMIT_SLOTS = 25
_STOP_SLOTS = 2
_SILENT_SLOTS = 2
_ROWS_BEFORE = (2, 8)
"""Rows that were said before the user begins to speak over them, at least and at most."""
_WATCHED_SLOTS = 6
_TIMED_SHARE = 8
"""One conversation with a timed request for so many cases of each other part."""
_BEATS = 6
_PERIODS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 8: "eight", 10: "ten"}
_REPEATED = (
    "every {n} seconds say {phrase}",
    "say {phrase} every {n} seconds",
    "please say {phrase} every {n} seconds",
    "could you say {phrase} every {n} seconds",
    "keep saying {phrase} every {n} seconds",
)
_RATES = (
    Rate("pause_take_over_rate", better="low"),
    Rate("stop_within_2_slots"),
    Rate("backchannel_continue_rate"),
    Rate("timed_within_1_slot"),
)
_SINGLE = ("in {n} seconds say {phrase}", "say {phrase} in {n} seconds")

Agents = Callable[[Clock], Sequence[BackgroundAgent]]
"""Makes the agents of one conversation on its clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """So many of so many; nothing of nothing is 0."""

    count: int
    of: int

    @property
    def rate(self) -> float:
        """The share, 0 … 1."""
        return self.count / max(1, self.of)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """Due times and onsets of the timed requests."""

    due: int
    hit: int
    extra: int

    @property
    def rate(self) -> float:
        """Hits by due times and onsets that were not due."""
        return self.hit / max(1, self.due + self.extra)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turns:
    """What was measured."""

    take_overs: Share
    delays_slots: tuple[int, ...]
    unanswered: int
    too_early: int
    stops: Share
    stops_from_first_word: Share
    continued: Share
    timed: Timed

    def delay_slots(self, percent: float) -> float:
        """Give a percentile of the response delays."""
        return percentile(sorted(self.delays_slots), percent)


def report(asked: Asked) -> Report:
    """Measure; `size` is the number of cases in each part."""
    if asked.spoken:
        return beside_text(asked, _report, load_stream, _RATES)
    return _report(asked, load_stream(asked.weights), IN_TEXT)


def _report(asked: Asked, model: InteractionModel, medium: Medium) -> Report:
    size = asked.size or DEFAULT_SIZE
    meaning = SentenceMeaning(inline=True)
    meaning.load()
    registry = Registry(builtin_tools())

    def agents(clock: Clock) -> Sequence[BackgroundAgent]:
        return [LocalAgent(registry, meaning, None, clock)]

    with progress("cases", 4 * size + _timed_size(size)) as tick:
        found = measure(
            model, meaning, agents, seed=asked.seed, size=size, medium=medium, tick=tick
        )
    p50, p95 = found.delay_slots(50), found.delay_slots(95)
    return Report(
        title="Turns: speaking, waiting, stopping, going on",
        numbers={
            "pause_take_over_rate": round(found.take_overs.rate, 4),
            "response_delay_slots_p50": p50,
            "response_delay_slots_p95": p95,
            "stop_within_2_slots": round(found.stops.rate, 4),
            "backchannel_continue_rate": round(found.continued.rate, 4),
            "timed_within_1_slot": round(found.timed.rate, 4),
        },
        lines=[
            at_most("take-over in a pause inside a turn", found.take_overs.rate, 0.05),
            at_most("response delay p50, micro-turns", p50, 2, "g"),
            aside("response delay p95, micro-turns", f"{p95:g}"),
            aside("  no reply within 25", f"{found.unanswered} of {len(found.delays_slots)}"),
            aside(
                "  began before the user had finished",
                f"{found.too_early} of {len(found.delays_slots)}",
            ),
            at_least("stop within 2 micro-turns at a barge-in", found.stops.rate, 0.95),
            aside("  counted from its first word", f"{found.stops_from_first_word.rate:.3f}"),
            at_least("go on at a backchannel", found.continued.rate, 0.95),
            at_least("timed speech within 1 micro-turn", found.timed.rate, 0.95),
            aside(
                "  due, hit, not due",
                f"{found.timed.due}, {found.timed.hit}, {found.timed.extra}",
            ),
        ],
        setting=setting(
            asked,
            sizes=f"{size} cases a part, {_timed_size(size)} timed requests",
        ),
    )


def measure(
    model: InteractionModel,
    meaning: Meaning,
    agents: Agents,
    *,
    seed: int,
    size: int,
    medium: Medium = IN_TEXT,
    tick: Tick = no_tick,
) -> Turns:
    """Run `size` cases of each part on the stream as it is now, and leave it so."""
    fresh = model.snapshot()

    def cases(part: str, count: int) -> list[random.Random]:
        return [random.Random(f"{seed}/{part}/{number}") for number in range(count)]

    def afterwards() -> None:
        model.restore(fresh)
        medium.begin()
        tick()

    taken_over = 0
    for rng in cases("pause", size):
        taken_over += takes_over(model, rng, medium)
        afterwards()
    delays: list[int | None] = []
    early = 0
    for rng in cases("reply", size):
        delay = reply_delay_slots(model, rng, medium)
        early += delay is not None and delay <= 0
        delays.append(delay)
        afterwards()
    stops: list[tuple[int, int]] = []
    for rng in cases("barge-in", size):
        stop = stop_slots(model, rng, medium)
        stops += [] if stop is None else [stop]
        afterwards()
    continued: list[bool] = []
    for rng in cases("backchannel", size):
        went_on = goes_on(model, rng, medium)
        continued += [] if went_on is None else [went_on]
        afterwards()
    timed: list[Timed] = []
    for rng in cases("timed", _timed_size(size)):
        timed.append(timed_speech(model, meaning, agents, rng, medium))
        afterwards()
    return Turns(
        take_overs=Share(count=taken_over, of=size),
        delays_slots=tuple(d if d is not None and d > 0 else REPLY_LIMIT_SLOTS for d in delays),
        unanswered=sum(delay is None for delay in delays),
        too_early=early,
        stops=Share(count=sum(after <= _STOP_SLOTS for after, _ in stops), of=size),
        stops_from_first_word=Share(count=sum(after <= _STOP_SLOTS for _, after in stops), of=size),
        continued=Share(count=sum(continued), of=size),
        timed=Timed(
            due=sum(each.due for each in timed),
            hit=sum(each.hit for each in timed),
            extra=sum(each.extra for each in timed),
        ),
    )


# The user speaks and the model listens


def takes_over(model: InteractionModel, rng: random.Random, medium: Medium = IN_TEXT) -> bool:
    """Say half of an utterance, pause, and look whether the model uses the pause."""
    before, after = _with_pause(rng, medium)
    resumed = first_index(after)
    talked = False
    for index in range(resumed):
        said = model.step(medium.hear(before, index), None)
        talked = talked or (index > last_index(before) and acted(said))
    return talked


def reply_delay_slots(
    model: InteractionModel, rng: random.Random, medium: Medium = IN_TEXT
) -> int | None:
    """Say a whole utterance and wait; slots to the reply, 0 if it came too early, None for none."""
    sample = rng.choice(
        (_held_out.question, _held_out.request, _held_out.talk, _held_out.statement)
    )
    utterance = sample(rng)
    while not utterance.reply:
        utterance = sample(rng)
    words = medium.lay_out(rng, medium.wording(rng, utterance.text), LEAD_IN_SLOTS)
    end = last_index(words)
    for index in range(end + REPLY_LIMIT_SLOTS + 1):
        if acted(model.step(medium.hear(words, index), None)):
            return max(0, index - end)
    return None


def _with_pause(
    rng: random.Random, medium: Medium = IN_TEXT
) -> tuple[tuple[HeardWord, ...], tuple[HeardWord, ...]]:
    """Lay an utterance out in two parts, with 2 to 12 silent slots where it hangs."""
    points: list[int] = []
    while not points:
        sample = rng.choice(
            (_held_out.question, _held_out.request, _held_out.talk, _held_out.statement)
        )
        words = medium.wording(rng, sample(rng).text).split()
        points = cut_points(words)
    cut = rng.choice(points)
    return medium.lay_out_in_two(rng, " ".join(words[:cut]), " ".join(words[cut:]), LEAD_IN_SLOTS)


# The model speaks and the user speaks over it


def stop_slots(
    model: InteractionModel, rng: random.Random, medium: Medium = IN_TEXT
) -> tuple[int, int] | None:
    """Barge in; slots in which words were still said, counted two ways.

    First from the slot in which the words cannot be a backchannel, then from the first word. None
    when the model did not say enough of the reference to be interrupted.
    """
    talk = Talk(model, medium)
    if not _speak_reference(talk, rng, medium):
        return None
    text = (
        backchannels.sample_barge_in(rng, "held_out")
        if rng.random() < 0.5
        else _held_out.question(rng).text
    )
    words = medium.lay_out(rng, medium.wording(rng, text), talk.index)
    clear = _clear_index(words)
    while clear is None:  # Words that only ever look like a backchannel take nothing.
        text = medium.wording(rng, _held_out.question(rng).text)
        words = medium.lay_out(rng, text, talk.index)
        clear = _clear_index(words)
    first_word = min(word.slot for word in words)
    moments: list[Moment] = []
    while talk.index <= clear + _WATCHED_SLOTS:
        moments.append(talk.live_through(words))
    silent = _silent_from(moments, clear)
    silent_early = _silent_from(moments, first_word)
    return max(0, silent - clear), max(0, silent_early - first_word)


def goes_on(model: InteractionModel, rng: random.Random, medium: Medium = IN_TEXT) -> bool | None:
    """Say a backchannel; whether the reference goes on to its end, None if it never began."""
    talk = Talk(model, medium)
    if not _speak_reference(talk, rng, medium):
        return None
    text = choose(rng, backchannels.USER_BACKCHANNELS, "held_out")
    words = medium.lay_out(rng, medium.wording(rng, text), talk.index)
    silent_slots = 0
    while talk.index < medium.longest_talk_slots:
        moment = talk.live_through(words)
        silent_slots = 0 if moment.audible else silent_slots + 1
        if any(isinstance(event, Heard) for event in moment.events):
            return True
        if silent_slots > _SILENT_SLOTS:
            return False
    return False


def _speak_reference(talk: Talk, rng: random.Random, medium: Medium) -> bool:
    """Let the model speak some rows of a long reference; say whether it is speaking now."""
    for _ in range(LEAD_IN_SLOTS):
        talk.live_through()
    talk.owe(_held_out.long_reference(rng))
    wanted, said = rng.randint(*_ROWS_BEFORE), 0
    for _ in range(wanted * medium.most_slots_a_row + _WATCHED_SLOTS):
        moment = talk.live_through()
        said += moment.said.reference_followed
        if said == wanted:
            return True
    return False


def _clear_index(words: Sequence[HeardWord]) -> int | None:
    """Give the slot in which the words heard so far can no longer be a backchannel."""
    for slot in sorted({word.slot for word in words}):
        heard = " ".join(word.word for word in words if word.slot <= slot)
        if not backchannels.may_be_backchannel(backchannels.plain(heard)):
            return slot
    return None


def _silent_from(moments: Sequence[Moment], index: int) -> int:
    """Give the first slot from `index` on that begins two silent ones; after the last if none."""
    later = [moment for moment in moments if moment.said.index >= index]
    for moment, following in pairwise(later):
        if not moment.audible and not following.audible:
            return moment.said.index
    return moments[-1].said.index + 1


# On time


def timed_speech(
    model: InteractionModel,
    meaning: Meaning,
    agents: Agents,
    rng: random.Random,
    medium: Medium = IN_TEXT,
) -> Timed:
    """Ask for something to be said at a time, and count when it is."""
    repeated = rng.random() < 0.8
    period_s = rng.choice(sorted(_PERIODS))
    phrase = references.sample_echo_phrase(rng, "held_out")
    template = rng.choice(_REPEATED if repeated else _SINGLE)
    request = template.format(n=_PERIODS[period_s], phrase=phrase)
    period = round(period_s / SLOT_S)
    beats = _BEATS if repeated else 1
    clock = VirtualClock()
    record = KeptRecord()
    # The hand-over takes some slots, a beat may be one late: half a period more is enough.
    listen_slots = REPLY_LIMIT_SLOTS + round((beats + 0.5) * period)
    words = medium.lay_out(rng, request, LEAD_IN_SLOTS)
    listener = medium.listen(words, clock, over=lambda: False, listen_slots=listen_slots)
    hold(
        model=model,
        channel=listener,
        queue=MemoryQueue(clock),
        agents=agents(clock),
        meaning=meaning,
        clock=clock,
        record=record,
        config=SessionConfig(),
    )
    asked = [event.index for event in record.events if isinstance(event, Delegated)]
    woven = [event.index for event in record.events if isinstance(event, WeaveStarted)]
    onsets = medium.audible_from(listener, woven)
    begun = asked[0] if asked else last_index(words) + 2
    due = [begun + beat * period for beat in range(1, beats + 1)]
    if repeated:
        # The session listens on for as long as a late hand-over may need; later beats are due too.
        ended = record.slots[-1].said.index if record.slots else 0
        due = list(range(begun + period, ended, period))
    return match_onsets(due, onsets)


def match_onsets(due: Sequence[int], onsets: Sequence[int]) -> Timed:
    """Match onsets to due slots, each to one, within one slot."""
    left = sorted(onsets)
    hit = 0
    for slot in sorted(due):
        near = [onset for onset in left if abs(onset - slot) <= 1]
        if near:
            left.remove(min(near, key=lambda onset: abs(onset - slot)))
            hit += 1
    return Timed(due=len(due), hit=hit, extra=len(left))


def _timed_size(size: int) -> int:
    return max(1, size // _TIMED_SHARE)
