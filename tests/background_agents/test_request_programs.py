"""What a request holds, the programs over it, and what may come next in one."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.background_agents.request_parser.grammar import allowed
from weft.background_agents.request_parser.program import (
    FIXED,
    POINTERS,
    TOOLS,
    Call,
    NotACall,
    Program,
    Token,
    call_of,
)
from weft.background_agents.request_parser.sentence import read_sentence
from weft.tools.builtin import builtin_tools

REQUESTS = (
    "set a timer for ten minutes",
    "switch sides, every 45 seconds, eight times",
    "how many grams are in three and a half ounces",
    "is Kathmandu ahead of New York City and by what",
    "four kids want three cookies each, so that's how many",
    "hello",
    "what is minus 7 to the power of 2, the average of 1, 2 and 3?",
    "?!",
)


def program(written: str) -> Program:
    """Read a program from words like "timer duration@3 done no_message"."""
    tokens = []
    for word in written.split():
        name, _, at = word.replace("_", " ").partition("@")
        tokens.append(Token(name, int(at)) if at else Token(name))
    return tuple(tokens)


def test_finds_numbers_lengths_of_time_units_and_places() -> None:
    sentence = read_sentence("In an hour and a half, two pounds in grams; Tokyo's time")

    assert [piece.word for piece in sentence.pieces[:3]] == ["in", "an", "hour"]
    assert sentence.numbers == {4: Fraction(1, 2), 6: Fraction(2)}
    assert sentence.durations_s[1] == 5400
    assert sentence.durations_s[2] == 3600
    assert {unit.one for unit in sentence.units.values()} >= {"pound", "gram"}
    assert list(sentence.places.values()) == [(11,)]


def test_reads_numbers_that_are_no_cardinals() -> None:
    assert read_sentence("eight nines").numbers == {0: 8, 1: 9}
    assert read_sentence("ten to the ninth").numbers[3] == 9
    assert read_sentence("hourly").durations_s == {0: 3600}


@pytest.mark.parametrize(
    ("request_", "written", "call"),
    [
        ("tell me a joke", "none", None),
        (
            "four kids want 3 cookies each and 2 more",
            "arithmetic number@0 number@3 * number@7 + done",
            Call("arithmetic", {"expression": "(4 * 3) + 2"}),
        ),
        (
            "3 eighty for bread",
            "arithmetic number@0 number@1 cents done",
            Call("arithmetic", {"expression": "3.8"}),
        ),
        (
            "the average of 1, 2 and 6",
            "arithmetic list number@3 number@5 number@7 average done",
            Call("arithmetic", {"expression": "average(1, 2, 6)"}),
        ),
        (
            "20 percent off 50",
            "arithmetic number@3 =1 number@0 percent - * done",
            Call("arithmetic", {"expression": "50 * (1 - percent(20))"}),
        ),
        (
            "grams in two ounces",
            "units number@2 done unit@3 unit@0",
            Call("units", {"value": 2.0, "unit_from": "ounce", "unit_to": "gram"}),
        ),
        (
            "six foot 2 for a european",
            "units number@0 =12 * number@2 + done unit:inch unit:centimeter",
            Call("units", {"value": 74.0, "unit_from": "inch", "unit_to": "centimeter"}),
        ),
        ("what time is it", "time done", Call("time", {"place": "", "asked": "time"})),
        (
            "the date in New York and Tokyo",
            "date first@3 last@4 first@6 last@6 done",
            Call("time", {"place": "new york and tokyo", "asked": "date"}),
        ),
        (
            "is Delhi ahead of Rome",
            "difference first@1 last@1 first@4 last@4 done",
            Call("time", {"place": "delhi", "asked": "difference", "compared_with": "rome"}),
        ),
        (
            "nudge me in ten minutes to call my mother",
            "timer duration@3 done first@6 last@8",
            Call(
                "timer", {"seconds": 600.0, "message": "This is your reminder to call your mother"}
            ),
        ),
        ("ten minutes", "timer duration@0 done no_message", Call("timer", {"seconds": 600.0})),
        (
            "pasta timer 9 minutes",
            "timer duration@2 done first@0 last@0",
            Call("timer", {"seconds": 540.0, "message": "Time is up for the pasta"}),
        ),
        (
            "every minute for half an hour say I am calm",
            "repeat duration@1 done first@7 last@9 duration@3 duration@1 / done",
            Call("repeat", {"every_seconds": 60.0, "message": "I am calm", "times": 30}),
        ),
        (
            "twice a day the drops",
            "repeat duration@1 =2 / done first@4 last@4 always",
            Call("repeat", {"every_seconds": 43200.0, "message": "Drops"}),
        ),
    ],
)
def test_a_program_stands_for_a_call(request_: str, written: str, call: Call | None) -> None:
    assert call_of(program(written), read_sentence(request_)) == call


@pytest.mark.parametrize(
    "written",
    [
        "timer number@0 number@1 - done no_message",  # 3 - 80: nobody waits for less than nothing
        "timer number@0 =0.1 =0.1 - / done no_message",
        "repeat number@1 sqrt done first@2 last@2 always",
        "difference done",
        "arithmetic number@0 number@1 + number@0 cents done",
    ],
)
def test_some_programs_stand_for_no_call(written: str) -> None:
    with pytest.raises(NotACall):
        call_of(program(written), read_sentence("3 eighty for bread"))


def test_no_two_tokens_are_alike() -> None:
    assert len(set(FIXED)) == len(FIXED)
    assert not set(FIXED) & set(POINTERS)
    assert {"time", "date", "difference"} < set(TOOLS)


@given(st.sampled_from(REQUESTS), st.data())
def test_whatever_the_grammar_allows_ends_and_is_a_call_or_none(
    request_: str, data: st.DataObject
) -> None:
    sentence = read_sentence(request_)
    tools = {tool.name: tool for tool in builtin_tools()}
    written: Program = ()
    while following := allowed(written, sentence):
        ends = [token for token in following if token.name == "done"]
        choices = ends if ends and len(written) > 20 else following
        written = (*written, data.draw(st.sampled_from(choices)))
        assert len(written) < 90
        if written[-1].name in ("unit",) and not sentence.units:
            pytest.fail("points at a unit that is not there")
    try:
        call = call_of(written, sentence)
    except NotACall:
        return
    assert call is None or call.tool in tools


@given(st.text(max_size=80))
def test_any_text_can_be_read(text: str) -> None:
    sentence = read_sentence(text)
    assert set(sentence.numbers) | set(sentence.durations_s) <= set(range(len(sentence.pieces)))
    assert allowed((), sentence)
