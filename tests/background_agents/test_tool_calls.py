"""Streamed tool calls from servers that are right, and from those that are not."""

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.background_agents.providers.tool_calls import CallPiece, ToolCallAccumulator


def collected(*pieces: CallPiece) -> list[tuple[str, str, str]]:
    numbers = itertools.count(1)
    accumulator = ToolCallAccumulator(lambda: f"new{next(numbers)}")
    for piece in pieces:
        accumulator.add(piece)
    return [(call.call_id, call.name, call.arguments) for call in accumulator.calls()]


def piece(
    index: int | None = None,
    call_id: str | None = None,
    name: str | None = None,
    arguments: str | dict[str, object] | None = None,
) -> CallPiece:
    return CallPiece(index=index, call_id=call_id, name=name, arguments=arguments)


PARIS, ROME = '{"city": "Paris"}', '{"city": "Rome"}'
CASES = {
    "one call in pieces": (
        [
            piece(0, "a", "time", ""),
            piece(0, None, None, '{"city": '),
            piece(0, None, None, '"Paris"}'),
        ],
        [("a", "time", PARIS)],
    ),
    "no index, arguments whole": (
        [piece(None, "a", "time", PARIS), piece(None, "b", "time", ROME)],
        [("a", "time", PARIS), ("b", "time", ROME)],
    ),
    "index always zero, other ids": (
        [piece(0, "a", "time", PARIS), piece(0, "b", "time", ROME)],
        [("a", "time", PARIS), ("b", "time", ROME)],
    ),
    "index always zero, no ids": (
        [piece(0, None, "time", PARIS), piece(0, None, "time", ROME)],
        [("new1", "time", PARIS), ("new2", "time", ROME)],
    ),
    "id None after the first piece": (
        [piece(0, "a", "time", None), piece(0, None, "", PARIS)],
        [("a", "time", PARIS)],
    ),
    "empty id in later pieces": (
        [piece(0, "a", "time", '{"city"'), piece(0, "", None, ': "Paris"}')],
        [("a", "time", PARIS)],
    ),
    "wrong index in later pieces": (
        [piece(0, "a", "time", '{"city"'), piece(1, None, None, ': "Paris"}')],
        [("a", "time", PARIS)],
    ),
    "neither index nor id in later pieces": (
        [piece(None, "a", "time", '{"city"'), piece(None, None, None, ': "Paris"}')],
        [("a", "time", PARIS)],
    ),
    "name in every piece": (
        [piece(0, "a", "time", '{"city"'), piece(0, "a", "time", ': "Paris"}')],
        [("a", "time", PARIS)],
    ),
    "arguments sent twice": (
        [piece(0, "a", "time", PARIS), piece(0, None, None, PARIS)],
        [("a", "time", PARIS)],
    ),
    "arguments as an object": ([piece(0, "a", "time", {"city": "Paris"})], [("a", "time", PARIS)]),
    "no arguments": ([piece(0, "a", "time", None)], [("a", "time", "{}")]),
    "no id at all": ([piece(0, None, "time", PARIS)], [("new1", "time", PARIS)]),
    "the same id for two calls": (
        [piece(0, "a", "time", PARIS), piece(1, "a", "time", ROME)],
        [("a", "time", PARIS), ("new1", "time", ROME)],
    ),
    "leaked template tags": (
        [piece(0, "a", "functions.time<|channel|>commentary", PARIS)],
        [("a", "time", PARIS)],
    ),
    "two calls side by side": (
        [
            piece(0, "a", "time", '{"city"'),
            piece(1, "b", "time", '{"city"'),
            piece(0, None, None, ': "Paris"}'),
            piece(1, None, None, ': "Rome"}'),
        ],
        [("a", "time", PARIS), ("b", "time", ROME)],
    ),
    "an empty piece": ([piece()], []),
}


@pytest.mark.parametrize("name", CASES)
def test_calls_come_out_whole(name: str) -> None:
    pieces, expected = CASES[name]
    assert collected(*pieces) == expected


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["time", "weather", "units"]),
            st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=8), max_size=3),
        ),
        min_size=1,
        max_size=4,
    ),
    st.lists(st.integers(1, 7), min_size=1, max_size=12),
    st.booleans(),
)
def test_however_the_arguments_are_cut_they_come_back_whole(
    calls: list[tuple[str, dict[str, object]]], cuts: list[int], with_index: bool
) -> None:
    pieces = []
    for number, (name, values) in enumerate(calls):
        index = number if with_index else None
        pieces.append(piece(index, f"id{number}", name, ""))
        text, lengths = json.dumps(values), itertools.cycle(cuts)
        while text:
            length = next(lengths)
            pieces.append(piece(index, None, None, text[:length]))
            text = text[length:]
    found = collected(*pieces)
    assert [(name, json.loads(arguments)) for _, name, arguments in found] == calls


@given(
    st.lists(
        st.builds(
            CallPiece,
            index=st.none() | st.integers(0, 2),
            call_id=st.none() | st.sampled_from(["", "a", "b"]),
            name=st.none() | st.sampled_from(["", "time", "units"]),
            arguments=st.none() | st.text(max_size=6) | st.just({"city": "Paris"}),
        ),
        max_size=12,
    )
)
def test_no_sequence_of_pieces_breaks_it_and_ids_stay_distinct(pieces: list[CallPiece]) -> None:
    found = collected(*pieces)
    assert len({call_id for call_id, _, _ in found}) == len(found)
    assert all(arguments for _, _, arguments in found)
