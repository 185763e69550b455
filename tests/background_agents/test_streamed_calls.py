"""Streamed replies and their tool calls, from servers that are right and those that are not."""

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.background_agents.providers.streamed_calls import (
    CallPiece,
    ReplyPiece,
    StreamedReply,
    ToolCallAccumulator,
    read_piece,
    written_calls,
)
from weft.background_agents.types import TokenUse


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
    "two calls side by side under one index": (
        [
            piece(0, "a", "time", '{"city"'),
            piece(0, "b", "time", '{"city"'),
            piece(0, "a", None, ': "Paris"}'),
            piece(0, "b", None, ': "Rome"}'),
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


Calls = list[tuple[str, dict[str, object]]]
CALLS = st.lists(
    st.tuples(
        st.sampled_from(["time", "weather", "units"]),
        st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=8), max_size=3),
    ),
    max_size=3,
)


@given(CALLS, st.text(max_size=30), st.text(max_size=30), st.data())
def test_however_a_reply_is_cut_and_mixed_it_comes_back_the_same(
    calls: Calls, text: str, reasoning: str, data: st.DataObject
) -> None:
    """Text, reasoning and calls arrive as parallel streams, each in order, cut and mixed freely."""
    streams = [
        [ReplyPiece(text=part) for part in cut(text, data)],
        [ReplyPiece(reasoning=part) for part in cut(reasoning, data)],
    ]
    numbered = data.draw(st.booleans())  # or told apart by their ids, under an index of no use
    useless = data.draw(st.sampled_from([0, None]))
    for number, (name, values) in enumerate(calls):
        index = number if numbered else useless
        first = piece(index, f"id{number}", name, "")
        call_id = None if numbered else f"id{number}"
        rest = [piece(index, call_id, None, part) for part in cut(json.dumps(values), data)]
        streams.append([ReplyPiece(calls=(each,)) for each in (first, *rest)])
    reply = StreamedReply()
    begun = []
    while any(streams):
        place = data.draw(st.sampled_from([n for n, left in enumerate(streams) if left]))
        begun += [place - 2] if place >= 2 and place - 2 not in begun else []
        reply.add(streams[place].pop(0))
    reply.add(ReplyPiece(finish_reason="stop"))
    assert (reply.text, reply.reasoning) == (text, reasoning)
    if calls:
        found = {call.call_id: (call.name, call.parsed()) for call in reply.calls()}
        assert found == {f"id{number}": call for number, call in enumerate(calls)}
        assert list(found) == [f"id{number}" for number in begun]


def cut(text: str, data: st.DataObject) -> list[str]:
    places = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=4)))
    return [text[a:b] for a, b in itertools.pairwise([0, *places, len(text)])]


@pytest.mark.parametrize("finish_reason", ["stop", "length", "tool_calls", "function_call"])
def test_calls_count_because_they_came(finish_reason: str) -> None:
    reply = StreamedReply()
    reply.add(ReplyPiece(calls=(piece(0, "a", "time", PARIS), piece(1, "b", "time", '{"ci'))))
    reply.add(ReplyPiece(finish_reason=finish_reason))
    assert [call.is_complete for call in reply.calls()] == [True, False]


def test_a_stream_that_ends_without_a_reason_leaves_only_whole_calls() -> None:
    reply = StreamedReply()
    reply.add(ReplyPiece(calls=(piece(0, "a", "time", '{"ci'),)))
    assert reply.broke_off
    reply.add(ReplyPiece(calls=(piece(1, "b", "time", PARIS),)))
    assert [call.call_id for call in reply.calls()] == ["b"]
    assert not reply.broke_off


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('{"name": "time", "arguments": {"city": "Paris"}}', ["time"]),
        ('<tool_call>\n{"name": "time", "arguments": {}}\n</tool_call>', ["time"]),
        (
            '<tool_call>{"name": "a", "arguments": {}}</tool_call>'
            '<tool_call>{"name": "b", "parameters": {}}',
            ["a", "b"],
        ),
        ('Say <tool_call>{"name": "time", "arguments": {}}</tool_call> to it.', []),
        ('{"name": "Paris", "inhabitants": 2000000}', []),
        ("<tool_call>{broken</tool_call>", []),
        ("It is three.", []),
        ("", []),
    ],
)
def test_a_call_written_as_text_is_a_call_when_nothing_else_is_said(
    text: str, names: list[str]
) -> None:
    assert [call.name for call in written_calls(text)] == names


def chunk(usage: object = None, **delta: object) -> dict[str, object]:
    return {"choices": [{"delta": delta, "finish_reason": None}], "usage": usage}


def test_reasoning_is_read_under_either_name_and_once() -> None:
    assert read_piece(chunk(reasoning="hm")).reasoning == "hm"
    assert read_piece(chunk(reasoning_content="hm")).reasoning == "hm"
    assert read_piece(chunk(reasoning="hm", reasoning_content="hm")).reasoning == "hm"


def test_tokens_are_read_from_a_chunk_without_choices() -> None:
    usage = {
        "prompt_tokens": 10,
        "completion_tokens": 3,
        "prompt_tokens_details": {"cached_tokens": 4},
    }
    counted = read_piece({"choices": [], "usage": usage})
    assert counted == ReplyPiece(
        use=TokenUse(replies=1, prompt_tokens=10, cached_tokens=4, completion_tokens=3)
    )


@pytest.mark.parametrize("chunk", [None, 17, "text", [1, 2], {}, {"choices": None}])
def test_what_is_no_chunk_is_said_to_be_none(chunk: object) -> None:
    with pytest.raises(ValueError, match="without choices"):
        read_piece(chunk)


NAMES = st.sampled_from(
    [
        "content",
        "tool_calls",
        "function",
        "index",
        "id",
        "arguments",
        "prompt_tokens",
        "prompt_tokens_details",
    ]
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


@given(ANYTHING, ANYTHING)
def test_no_types_in_a_chunk_break_the_reading(delta: object, usage: object) -> None:
    choice = {"delta": delta, "finish_reason": delta}
    reply = StreamedReply()
    reply.add(read_piece({"choices": [choice], "usage": usage}))
    assert isinstance(reply.text, str)
