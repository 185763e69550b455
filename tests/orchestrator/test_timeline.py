"""A session is drawn as strips: who spoke when, what was under way, and the words below."""

import random
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from rich.text import Text

from tests.fakes.held import objects_held
from weft.interaction_model.types import (
    Floor,
    FloorProbabilities,
    MicroTurnInput,
    MicroTurnOutput,
)
from weft.orchestrator.channels.pacing import TimedWord, heard_in_slot, time_words
from weft.orchestrator.events import (
    Delegated,
    Dismissed,
    FloorChanged,
    Heard,
    ModelSpoke,
    ResultReady,
    SlotMissed,
    Superseded,
    UserSpoke,
    WeaveCut,
)
from weft.orchestrator.timeline import GUTTER, Timeline, legend, slots_per_strip


def floor(state: Floor) -> FloorProbabilities:
    chances = {each.value: float(each is state) for each in Floor}
    return FloorProbabilities(**chances)


def slot(
    timeline: Timeline,
    index: int,
    *,
    heard: str = "",
    active: bool = False,
    said: str = "",
    state: Floor = Floor.GAP,
) -> None:
    timeline.add_slot(
        MicroTurnInput(index=index, text=heard, user_active=active),
        MicroTurnOutput(index=index, text=said, floor=floor(state)),
    )


def asked(index: int, delegation_id: str = "d1", request: str = "the capital?") -> Delegated:
    return Delegated(
        index=index, delegation_id=delegation_id, revision=0, request=request, by="token"
    )


def ready(index: int, result_id: str = "r1", *, failure: bool = False) -> ResultReady:
    return ResultReady(
        index=index,
        delegation_id="d1",
        result_id=result_id,
        kind="failure" if failure else "result",
        text="Oslo",
    )


def lane(strip: Text, name: str) -> str:
    """Give the cells of a lane in a strip."""
    row = next(line for line in strip.plain.splitlines() if line.strip().startswith(name))
    return row[GUTTER:]


def test_one_column_is_one_micro_turn() -> None:
    timeline = Timeline()
    slot(timeline, 0)
    slot(timeline, 1, active=True)
    slot(timeline, 2, heard="What")
    slot(timeline, 3, state=Floor.PAUSE)
    slot(timeline, 4, heard="now?")
    slot(timeline, 5)
    slot(timeline, 6, said=" Let me")
    strip = timeline.strip(0, 100)
    assert lane(strip, "you") == " ▄█·█"
    assert lane(strip, "weft") == "      █"
    assert "What now?" in strip.plain
    assert "Let me" in strip.plain


def test_the_life_of_a_delegation_is_one_row() -> None:
    timeline = Timeline()
    for index in range(16):
        slot(timeline, index)
    for event in (
        asked(1),
        ready(5),
        ModelSpoke(index=8, text="It is", delegation_id="d1"),
        WeaveCut(index=9, delegation_id="d1", result_id="r1", heard="It is", owed="Oslo."),
        ModelSpoke(index=12, text="Oslo.", delegation_id="d1"),
        Heard(index=13, delegation_id="d1", result_id="r1", text="It is Oslo."),
    ):
        timeline.add_event(event)
    strip = timeline.strip(0, 100)
    assert lane(strip, "agents") == " ◆───●╌╌▓╌╌╌▓✔"
    assert lane(strip, "weft") == "        ▓✖  ▓"
    assert "the capital?" in strip.plain


def test_work_under_way_goes_on_to_the_newest_slot() -> None:
    timeline = Timeline()
    timeline.add_event(asked(1))
    slot(timeline, 6)
    assert lane(timeline.strip(0, 100), "agents") == " ◆─────"


def test_failures_supersession_and_dismissal_have_their_marks() -> None:
    timeline = Timeline()
    timeline.add_event(asked(0))
    timeline.add_event(ready(3, failure=True))
    timeline.add_event(Dismissed(index=6, delegation_id="d1", result_id="r1", reason="old"))
    assert lane(timeline.strip(0, 100), "agents") == "◆──▲╌╌⊘"
    timeline = Timeline()
    timeline.add_event(asked(0))
    timeline.add_event(Superseded(index=4, delegation_id="d1", revision=0))
    assert lane(timeline.strip(0, 100), "agents").startswith("◆───⊘")


def test_a_correction_is_the_same_row_again() -> None:
    timeline = Timeline()
    timeline.add_event(asked(0))
    timeline.add_event(Superseded(index=4, delegation_id="d1", revision=0))
    timeline.add_event(asked(4, request="the currency?"))
    slot(timeline, 6)
    strip = timeline.strip(0, 100)
    assert lane(strip, "agents") == "◆───◆──"
    assert "the capital? → the currency?" in strip.plain


def test_delegations_at_the_same_time_have_rows_of_their_own() -> None:
    timeline = Timeline()
    timeline.add_event(asked(0))
    timeline.add_event(asked(2, "d2", "the weather?"))
    slot(timeline, 5)
    assert timeline.strip(0, 100).plain.count("◆") == 2
    assert lane(timeline.strip(0, 100), "agents").count("◆") == 1


def test_time_is_marked_every_five_seconds_and_goes_on_in_the_next_strip() -> None:
    timeline = Timeline()
    slot(timeline, 100, said="late")
    first, second = timeline.strips(100)
    ruler = first.plain.splitlines()[0]
    assert [ruler.index(f"╷{s} s") - GUTTER for s in (0, 5, 10, 15)] == [0, 25, 50, 75]
    assert "╷20 s" in second.plain.splitlines()[0]
    assert lane(second, "weft").index("█") == 100 - slots_per_strip(100)


def test_a_missed_slot_is_marked_on_the_ruler() -> None:
    timeline = Timeline()
    timeline.add_event(SlotMissed(index=7, late_ms=30.0))
    assert timeline.strip(0, 100).plain.splitlines()[0][GUTTER + 7] == "!"


def test_missed_slots_leave_the_time_readable_and_make_it_red() -> None:
    timeline = Timeline()
    for index in range(24, 29):
        timeline.add_event(SlotMissed(index=index, late_ms=30.0))
    strip = timeline.strip(0, 100)
    ruler = strip.plain.splitlines()[0][GUTTER:]
    assert ruler.startswith("╷0 s")
    assert "!╷5 s" in ruler
    red = {strip.plain[span.start : span.end] for span in strip.spans if span.style == "bright_red"}
    assert "╷" in red


def test_events_alone_are_enough_to_draw() -> None:
    timeline = Timeline()
    for event in (
        UserSpoke(index=0, text="so"),
        FloorChanged(index=1, floor=Floor.PAUSE),
        FloorChanged(index=4, floor=Floor.GAP),
        ModelSpoke(index=6, text="yes"),
    ):
        timeline.add_event(event)
    strip = timeline.strip(0, 100)
    assert lane(strip, "you") == "█···"
    assert lane(strip, "weft") == "      █"


@pytest.mark.parametrize("width", [60, 80, 100, 120])
@pytest.mark.parametrize("seed", range(4))
def test_every_word_is_drawn_and_no_line_is_too_wide(width: int, seed: int) -> None:
    rng = random.Random(seed)
    timeline = Timeline()
    texts = ["one two threeeeeee four five", "extraordinarily", "six seven eight nine ten eleven"]
    at_s = 0.4
    words: list[TimedWord] = []
    for number in range(8):
        timed = time_words(f"{texts[number % 3]} w{number}", at_s, rng)
        words += timed
        at_s = timed[-1].end_s + rng.uniform(0.2, 3.0)
    for index in range(round(at_s * 5) + 1):
        timeline.add_slot(
            heard_in_slot(words, index),
            MicroTurnOutput(index=index, text="", floor=floor(Floor.GAP)),
        )
    plain = "\n".join(strip.plain for strip in timeline.strips(width))
    assert max(map(len, plain.splitlines())) <= width
    drawn = plain.split()
    for number in range(8):
        assert f"w{number}" in drawn
    assert drawn.count("threeeeeee") == 3


PERIOD = 30
"""Slots of one round of the conversation below: a question, an answer, a beat of a timer."""
SHORT = 450
"""Whole rounds, whole strips of 90 slots, and whole steps of the ruler."""


def live_through(timeline: Timeline, first: int, rounds: int) -> None:
    """Let the same happen again and again, while a timer beats from the beginning on."""
    for begin in range(first, first + rounds * PERIOD, PERIOD):
        asked_id, answer_id, beat_id = f"d{begin}", f"r{begin}", f"beat{begin}"
        for index in range(begin, begin + PERIOD):
            slot(
                timeline,
                index,
                heard="word" if index - begin < 4 else "",
                said=" word" if 9 < index - begin < 14 else "",
                state=Floor.PAUSE if index - begin == 4 else Floor.GAP,
            )
        for event in (
            FloorChanged(index=begin + 4, floor=Floor.PAUSE),
            FloorChanged(index=begin + 6, floor=Floor.GAP),
            asked(begin + 6, asked_id),
            ready_of("timer", begin + 7, beat_id),
            ready_of(asked_id, begin + 9, answer_id),
            ModelSpoke(index=begin + 12, text=" word", delegation_id=asked_id),
            Heard(index=begin + 14, delegation_id=asked_id, result_id=answer_id, text="word"),
            Heard(index=begin + 16, delegation_id="timer", result_id=beat_id, text="word"),
        ):
            timeline.add_event(event)


def ready_of(delegation_id: str, index: int, result_id: str) -> ResultReady:
    return ResultReady(
        index=index, delegation_id=delegation_id, result_id=result_id, kind="result", text="word"
    )


def bytecodes(work: Callable[[], object]) -> int:
    """Count the steps that the interpreter makes: what something costs, whatever the machine."""
    count = 0

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal count
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        count += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def test_a_strip_of_a_long_conversation_costs_no_more_than_one_of_a_short() -> None:
    costs = []
    for slots in (SHORT, 20 * SHORT):
        timeline = Timeline()
        timeline.add_event(asked(0, "timer", "every six seconds say word"))
        live_through(timeline, 0, slots // PERIOD)
        newest = slots // slots_per_strip(100)

        def one_more_round(timeline: Timeline = timeline, newest: int = newest) -> None:
            live_through(timeline, timeline.slots, 1)
            timeline.strip(newest, 100)
            timeline.is_silent(newest, 100)

        costs.append(bytecodes(one_more_round))
    short, long = costs
    # A longer number on the ruler is a few steps more.
    assert long < 1.01 * short


def test_an_empty_session_can_be_drawn() -> None:
    (strip,) = Timeline().strips(80)
    assert "you" in strip.plain
    assert Timeline().is_silent(0, 80)


def test_the_legend_explains_every_mark_within_the_width() -> None:
    for width in (60, 100):
        text = legend(width).plain
        assert all(mark in text for mark in "█▄·◆─●╌▓✔✖▲⊘!")
        assert max(map(len, text.splitlines())) <= width


def lively_strip(timeline: Timeline, number: int) -> None:
    """Live through one strip of 90 slots with some of everything."""
    first = number * 90
    for index in range(first, first + 90):
        state = Floor.PAUSE if index % 7 == 0 else Floor.GAP
        heard, said = ("word" if index % 3 == 0 else ""), (" so" if index % 3 == 1 else "")
        slot(timeline, index, heard=heard, said=said, active=index % 5 == 0, state=state)
        timeline.add_event(SlotMissed(index=index, late_ms=1.0))
        if index % 20 == 0:
            timeline.add_event(asked(index) if index == 0 else ready(index, f"r{index}"))
            text = ModelSpoke(index=index, text=" so", delegation_id="d1", unverified=False)
            timeline.add_event(text)
        if index % 20 == 10:
            result_id = f"r{index - 10}"
            timeline.add_event(
                Heard(index=index, delegation_id="d1", result_id=result_id, text="Oslo")
            )


def test_what_is_forgotten_changes_nothing_of_what_comes_after_it() -> None:
    whole, forgetting = Timeline(), Timeline()
    for number in range(6):
        lively_strip(whole, number)
        lively_strip(forgetting, number)
        forgetting.forget_before((number - 2) * 90)
    width = GUTTER + 90
    for number in range(4, 6):
        assert forgetting.strip(number, width) == whole.strip(number, width)
    assert forgetting.is_silent(0, width)


def test_a_long_conversation_of_which_the_beginning_is_forgotten_keeps_no_more() -> None:
    timeline, held = Timeline(), []
    for number in range(30):
        lively_strip(timeline, number)
        timeline.forget_before((number - 2) * 90)
        held.append(objects_held(timeline))
    assert held[29] < held[5] * 1.1
