"""The route bench: which calls mean the same, and what a file of requests may hold."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from weft.bench.route import REQUESTS, Case, measure, read_requests, same_call
from weft.errors import InputError
from weft.meaning import SentenceMeaning
from weft.tools.builtin import builtin_tools
from weft.tools.registry import Registry

pytestmark = pytest.mark.anyio

TOOLS = Registry(builtin_tools())


@pytest.mark.parametrize(
    ("tool", "wanted", "given", "same"),
    [
        ("arithmetic", {"expression": "9*47"}, {"expression": "47 * 9"}, True),
        ("arithmetic", {"expression": "9*47"}, {"expression": "9 + 47"}, False),
        (
            "units",
            {"value": 74, "unit_from": "inch", "unit_to": "centimetre"},
            {"value": 6.1666666667, "unit_from": "feet", "unit_to": "centimeters"},
            True,
        ),
        (
            "units",
            {"value": 1, "unit_from": "mile", "unit_to": "yard"},
            {"value": 1, "unit_from": "mile", "unit_to": "kilometer"},
            False,
        ),
        ("time", {"place": "Honolulu"}, {"place": "honolulu", "asked": "time"}, True),
        ("time", {"place": "Honolulu"}, {"place": "", "asked": "time"}, False),
        (
            "time",
            {"place": "lima", "asked": "difference", "compared_with": "oslo"},
            {"place": "oslo", "asked": "difference", "compared_with": "lima"},
            True,
        ),
        (
            "timer",
            {"seconds": 60, "message": "move the car"},
            {"seconds": 60.0, "message": "This is your reminder to move the car"},
            True,
        ),
        ("timer", {"seconds": 60}, {"seconds": 60.0, "message": "Move the car"}, False),
    ],
)
def test_calls_that_mean_the_same_are_the_same(
    tool: str, wanted: Mapping[str, object], given: Mapping[str, object], same: bool
) -> None:
    assert same_call(TOOLS.get(tool), wanted, given) is same


async def test_a_right_call_and_an_honest_unknown_count() -> None:
    cases = [
        Case(text="what is twelve times three", tool="arithmetic", arguments={"expression": "36"}),
        Case(text="what is twelve times three", tool="arithmetic", arguments={"expression": "35"}),
        Case(text="who wrote Hamlet?", tool=None),
        Case(text="what is two plus two", tool=None),
    ]
    found = await measure(TOOLS, SentenceMeaning(inline=True), cases)
    assert [outcome.right for outcome in found.outcomes] == [True, False, True, False]
    assert (found.right_tool_and_arguments, found.honest_unknown) == (0.5, 0.5)


def test_the_shipped_requests_can_be_read() -> None:
    cases = read_requests(REQUESTS, TOOLS)
    assert {case.tool for case in cases} == {
        "arithmetic", "units", "time", "timer", "repeat", None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "is not JSON"),
        ('{"tool": null}', '"text" should be words'),
        ('{"text": "a", "tool": "hammer"}', '"tool" should be null or one of arithmetic'),
        ('{"text": "a"}', '"tool" should be null'),
        ('{"text": "a", "tool": "timer", "arguments": {"seconds": -1}}', "seconds"),
    ],
)
def test_a_line_that_cannot_be_used_is_named(tmp_path: Path, line: str, reason: str) -> None:
    file = tmp_path / "requests.jsonl"
    file.write_text('{"text": "hello", "tool": null}\n' + line)
    with pytest.raises(InputError, match=rf"requests\.jsonl:2: .*{reason}"):
        read_requests(file, TOOLS)
