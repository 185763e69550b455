"""The turns bench on models that never, always, or rightly speak."""

import random
import re
from collections.abc import AsyncIterator, Sequence

from tests.bench.policies import Babbler, Silent, attentive, hands_everything_over
from tests.fakes.meaning import FakeMeaning
from weft.background_agents.types import BackgroundAgent, ContextPackage, Finding, UpdateKind
from weft.bench import turns
from weft.clock import Clock
from weft.interaction_model.training.hearing import HeardWord
from weft.interaction_model.types import MicroTurnInput, MicroTurnOutput, ReferenceRows, Row

_SECONDS = {word: seconds for seconds, word in turns._PERIODS.items()}
_REPEATED = re.compile(r"every (\w+) seconds", re.IGNORECASE)
_SINGLE = re.compile(r"in (\w+) seconds", re.IGNORECASE)


class _Metronome:
    """An agent that is on time."""

    name = "metronome"

    def __init__(self, clock: Clock, late_s: float = 0.0) -> None:
        self._clock = clock
        self._late_s = late_s

    async def start(self) -> None:
        pass

    async def answer(self, package: ContextPackage) -> AsyncIterator[Finding]:
        repeated = _REPEATED.search(package.request)
        asked = repeated or _SINGLE.search(package.request)
        assert asked is not None, package.request
        for beat in range(1, 100 if repeated else 2):
            due_s = package.submitted_s + beat * _SECONDS[asked[1].lower()] + self._late_s
            await self._clock.sleep_until_s(due_s)
            yield Finding(kind=UpdateKind.RESULT, text="Breathe.", sources=("timer",))


def _on_time(clock: Clock) -> Sequence[BackgroundAgent]:
    return [_Metronome(clock)]


def _late(clock: Clock) -> Sequence[BackgroundAgent]:
    return [_Metronome(clock, late_s=0.6)]


class _NeverStops(Silent):
    """Says every row it is offered, and never yields."""

    def step(self, heard: MicroTurnInput, row: Row | None) -> MicroTurnOutput:
        said = super().step(heard, row)
        if row is None:
            return said
        return MicroTurnOutput(
            index=said.index,
            text=row.text,
            floor=Babbler().step(heard, row).floor,
            reference_followed=True,
        )

    def encode(self, text: str) -> ReferenceRows:
        return attentive().encode(text)


def test_a_silent_model_takes_nothing_over_and_never_answers() -> None:
    found = turns.measure(Silent(), FakeMeaning(), _on_time, seed=0, size=3)
    assert found.take_overs.rate == 0
    assert found.delay_slots(50) == turns.REPLY_LIMIT_SLOTS
    assert found.unanswered == 3
    assert found.stops.rate == 0, "what is not spoken cannot be stopped"
    assert found.continued.rate == 0
    assert found.timed.rate == 0


def test_a_model_that_always_talks_takes_every_pause_and_never_stops() -> None:
    found = turns.measure(Babbler(), FakeMeaning(), _on_time, seed=0, size=3)
    assert found.take_overs.rate == 1
    assert found.delay_slots(50) == turns.REPLY_LIMIT_SLOTS, "speaking at once is not a reply"
    assert found.too_early == 3
    assert found.stops.rate == 0
    assert found.continued.rate == 0
    assert found.timed.hit == 0


def test_an_attentive_model_waits_answers_stops_and_is_on_time() -> None:
    found = turns.measure(hands_everything_over(), FakeMeaning(), _on_time, seed=0, size=8)
    assert found.take_overs.rate == 0
    assert found.delay_slots(50) == 2
    assert found.stops.rate == 1
    assert found.timed.rate == 1
    assert found.timed.due >= 6


def test_an_agent_that_is_three_slots_late_makes_every_due_time_missed() -> None:
    found = turns.timed_speech(hands_everything_over(), FakeMeaning(), _late, random.Random("late"))
    assert found.hit == 0
    assert found.rate == 0


def test_a_model_that_goes_on_at_everything_continues_but_does_not_stop() -> None:
    rngs = [random.Random(n) for n in range(4)]
    assert all(turns.goes_on(_NeverStops(), rng) for rng in rngs)
    stops = [turns.stop_slots(_NeverStops(), rng) for rng in rngs]
    assert all(stop is not None and min(stop) > 2 for stop in stops)


def test_onsets_are_matched_one_to_one_and_extra_ones_count() -> None:
    assert turns.match_onsets([10, 20, 30], [10, 21, 29]).rate == 1
    assert turns.match_onsets([10, 20], [10, 22]).rate == 1 / 3
    assert turns.match_onsets([10], [9, 10, 11]) == turns.Timed(due=1, hit=1, extra=2)
    assert turns.match_onsets([10, 11], [10]) == turns.Timed(due=2, hit=1, extra=0)


def test_a_barge_in_counts_from_the_word_that_cannot_be_a_backchannel() -> None:
    words = [HeardWord("yeah", 4, 0), HeardWord("but", 6, 0), HeardWord("wait", 7, 0)]
    assert turns._clear_index(words) == 6
    assert turns._clear_index(words[:1]) is None


def test_a_pause_lies_after_a_word_on_which_no_utterance_ends() -> None:
    for number in range(30):
        before, after = turns._with_pause(random.Random(number))
        silent_slots = min(w.slot - w.active_slots for w in after) - before[-1].slot - 1
        assert silent_slots >= 2
