"""The bench of seeing, on models that know, that are late, and that say nothing."""

import numpy as np
import pytest

from tests.bench.policies import Silent
from weft.bench import see
from weft.bench.see import Filmed, See, TimedWord, held_out, measure, overlap, pauc
from weft.interaction_model.training import filming
from weft.interaction_model.training.scenes import KINDS, Kind
from weft.interaction_model.types import (
    SLOT_S,
    SLOT_SAMPLES,
    MicroTurnInput,
    MicroTurnOutput,
    Row,
    Senses,
)


class _Watcher(Silent):
    """Says what an ideal model says of each scene, so many slots late."""

    def __init__(self, scenes: list[Filmed], late_slots: int = 0) -> None:
        self._waiting = list(scenes)
        self._said: tuple[str, ...] = ()
        self._late_slots = late_slots

    def perceive(self, senses: Senses) -> MicroTurnInput:
        assert senses.samples.shape == (SLOT_SAMPLES,)
        assert senses.frame is not None
        assert senses.frame.dtype == np.uint8
        if senses.index == 0:
            self._said = self._waiting.pop(0).scene.said
        return MicroTurnInput(index=senses.index)

    def step(self, heard: MicroTurnInput, row: Row | None) -> MicroTurnOutput:
        at = heard.index - self._late_slots
        text = self._said[at] if at >= 0 else ""
        floor = super().step(heard, row).floor
        return MicroTurnOutput(index=heard.index, text=text, floor=floor)


class _Mute(_Watcher):
    def step(self, heard: MicroTurnInput, row: Row | None) -> MicroTurnOutput:
        return Silent.step(self, heard, row)


class _Counter(_Watcher):
    """Says a number in every slot, whatever is asked."""

    def step(self, heard: MicroTurnInput, row: Row | None) -> MicroTurnOutput:
        floor = super().step(heard, row).floor
        return MicroTurnOutput(index=heard.index, text=" fifty", floor=floor)


@pytest.fixture(scope="module")
def scenes() -> list[Filmed]:
    asked: list[tuple[Kind, bool]] = [(kind, True) for _ in range(3) for kind in KINDS]
    return list(held_out(0, [*asked, ("count", False)]))


def _measured(model: _Watcher, scenes: list[Filmed]) -> See:
    return measure(model, scenes)


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def test_who_says_the_right_thing_at_once_reaches_the_goals(scenes: list[Filmed]) -> None:
    found = _measured(_Watcher(scenes), scenes)
    assert found.within_1 == [True] * 3
    assert found.exact == [True] * 3
    assert _mean(found.overlaps) >= 0.8
    assert _mean(found.pauc) >= 80
    assert found.right == [True] * 6
    assert found.false_alarms == [False]


def test_silence_counts_nothing_and_scores_25(scenes: list[Filmed]) -> None:
    found = _measured(_Mute(scenes), scenes)
    assert found.within_1 == [False] * 3
    assert found.overlaps == [0.0] * 3
    assert found.pauc == found.pauc_at_0 == [25.0] * 6
    assert found.false_alarms == [False]


def test_who_is_late_loses_by_how_late(scenes: list[Filmed]) -> None:
    at_once, late, later = (_measured(_Watcher(scenes, n), scenes) for n in (0, 5, 15))
    assert _mean(at_once.overlaps) > _mean(late.overlaps) > _mean(later.overlaps)
    assert _mean(at_once.pauc) > _mean(late.pauc) > _mean(later.pauc)
    assert _mean(late.pauc_at_0) < _mean(late.pauc), "omega 0 is harder on it"
    assert late.right == [True] * 6


def test_who_says_numbers_all_the_time_is_wrong_everywhere(scenes: list[Filmed]) -> None:
    found = _measured(_Counter(scenes), scenes)
    assert found.within_1 == [False] * 3
    assert _mean(found.overlaps) == 0
    assert max(found.pauc) < 15, "worse than silence"
    assert found.false_alarms == [True]


def test_the_request_is_spoken_before_there_is_anything_to_see(scenes: list[Filmed]) -> None:
    for filmed in scenes:
        loud = np.abs(filmed.samples.reshape(-1, SLOT_SAMPLES)).max(axis=1) > 0.02
        if not filmed.scene.asked:
            assert not loud.any()
            continue
        last = int(np.flatnonzero(loud)[-1])
        assert abs(last - filmed.scene.asked_slot) <= 1
        assert not filmed.scene.said[last]
    assert [str(one.scene.request) for one in scenes] == [
        one.scene.request
        for one in held_out(0, [(one.scene.kind, one.scene.asked) for one in scenes])
    ]


@pytest.mark.parametrize(
    ("moment", "expected"),
    [(0, 1.0), (0.4, 0.985), (1, 0.9625), (2, 0.925), (5, 0.8125), (10, 0.625)],
)
def test_pauc_of_a_right_reply(moment: float, expected: float) -> None:
    assert pauc((0, 10), [(moment, 2)], 0.5) == pytest.approx(expected)
    assert pauc((30, 40), [(30 + moment, 2)], 0.5) == pytest.approx(expected)


def test_pauc_of_wrong_and_mended_replies() -> None:
    assert pauc((0, 10), [], 0.5) == pauc((0, 10), [], 0.0) == 0.25
    assert pauc((0, 10), [(1, 0)], 0.5) == pytest.approx(0.0125)
    assert pauc((0, 10), [(1, 0), (4, 2)], 0.5) == pytest.approx(0.8125)
    assert pauc((0, 10), [(10, 2)], 0.0) == pytest.approx(0.25)


def test_counting_twice_and_naming_too_early_are_told(scenes: list[Filmed]) -> None:
    count = next(one.scene for one in scenes if one.scene.kind == "count" and one.scene.asked)
    appear = next(one.scene for one in scenes if one.scene.kind == "appear")
    assert isinstance(appear.truth, filming.Sighting)
    named, visible = appear.truth.keywords[0], int(appear.truth.from_s / SLOT_S)
    after = count.asked_slot + 1
    found = See()
    see.score(found, count, [TimedWord("one", after), TimedWord("two", after + 5)])
    see.score(found, count, [TimedWord("one", after), TimedWord("one", after + 5)])
    see.score(found, appear, [TimedWord(named, visible + 2)])
    see.score(found, appear, [TimedWord(named, appear.asked_slot + 1)])
    see.score(found, appear, [TimedWord(named, visible + 2), TimedWord(named, visible + 9)])
    assert found.counted_twice == [False, True]
    assert found.too_early == [False, True, False]
    assert found.named_twice == [False, False, True]


def test_a_reply_is_scored_by_all_that_was_said_in_the_span() -> None:
    sighting = filming.Sighting(1.0, 20.0, ("red", "ball"))

    def replies(*said: tuple[str, int]) -> list[tuple[float, int]]:
        words = [TimedWord(text, n) for text, n in said]
        return [(round(moment, 6), scored) for moment, scored in see.replies_of(words, sighting)]

    assert replies(("now", 5), ("red", 6), ("ball", 7)) == [(1.6, 2)]
    assert replies(("ball", 5), ("red", 20)) == [(1.2, 1), (4.2, 2)]
    assert replies(("blue", 5), ("ball", 6)) == [(1.4, 0)]
    assert replies(("okay", 6)) == [(1.4, 0)]
    assert replies(("red", 2), ("ball", 3)) == [], "before it could be seen"
    assert replies(("red", 60), ("ball", 61)) == [], "more than ten seconds later"


def test_overlap_by_hand() -> None:
    truth = filming.Stretch(4.0, 8.0)

    def of(*said: tuple[str, float]) -> float:
        words = [TimedWord(text, round(s / 0.2) - 1) for text, s in said]
        return overlap(words, truth, 20.0)

    assert of(("start", 4.0), ("stop", 8.0)) == pytest.approx(1.0)
    assert of(("start", 5.0), ("stop", 9.0)) == pytest.approx(0.6)
    assert of(("start", 4.0)) == pytest.approx(0.25), "without a stop it goes on to the end"
    assert of(("stop", 8.0)) == 0.0
    assert of(("stop", 3.0), ("start", 4.0), ("stop", 8.0)) == pytest.approx(1.0)
    assert of(("start", 9.0), ("stop", 10.0)) == 0.0


def test_the_last_number_after_the_last_but_one_repetition_counts() -> None:
    words = [TimedWord(text, n) for n, text in enumerate(["one", "two", "okay", "3", "four"])]
    assert see.last_number(words, 0.5) == 4
    assert see.last_number(words[:2], 0.5) is None
    assert see.last_number(words[:3], 0.1) == 2


def test_words_divided_over_slots_are_one_word() -> None:
    words = see.timed_words([(3, " Now, the yel"), (4, "low"), (6, " ball.")])
    assert words == tuple(
        TimedWord(text, n) for text, n in (("now", 3), ("the", 3), ("yellow", 4), ("ball", 6))
    )
