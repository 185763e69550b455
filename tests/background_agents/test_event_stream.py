"""Server-sent events, however their bytes arrive."""

import itertools

import pytest
from httpx2 import EventSource, Request, Response
from hypothesis import given
from hypothesis import strategies as st

from weft.background_agents.providers.event_stream import LONGEST_EVENT_BYTES, EventStream


def read(*pieces: bytes) -> list[str]:
    events = EventStream()
    return [data for piece in pieces for data in events.add(piece)]


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        (b"data: a\n\ndata: b\n\n", ["a", "b"]),
        (b"data:a\r\n\r\n", ["a"]),
        (b"data:  a \n\n", [" a "]),
        (b": ping\n\ndata: a\n\n", ["a"]),
        (b"event: x\nid: 7\nretry: 3\ndata: a\n\n", ["a"]),
        (b"data: a\ndata: b\n\n", ["a\nb"]),
        (b"data\n\n", [""]),
        (b"data: a\n", []),
        (b"event: x\n\n", []),
        (b"<html>hello</html>", []),
        ("data: \u2028\u0085\n\n".encode(), ["\u2028\u0085"]),
    ],
)
def test_the_data_of_each_whole_event_is_given(stream: bytes, expected: list[str]) -> None:
    assert read(stream) == expected


LINES = st.lists(
    st.sampled_from(["data: a", "data:b", "data", "event: x", ": ping", "id: 1", "", "", "é", "x:"])
)


@given(LINES, st.sampled_from(["\n", "\r\n"]), st.data())
def test_however_a_stream_is_cut_it_reads_as_the_library_reads_it(
    lines: list[str], ending: str, data: st.DataObject
) -> None:
    stream = "".join(f"{line}{ending}" for line in lines).encode()
    places = sorted(data.draw(st.sets(st.integers(0, len(stream)))))
    pieces = [stream[a:b] for a, b in itertools.pairwise([0, *places, len(stream)])]
    headers = {"Content-Type": "text/event-stream"}
    response = Response(200, content=stream, headers=headers, request=Request("GET", "http://x"))
    # Beyond what matters here, it gives events that have no data at all.
    expected = [event.data for event in EventSource(response)]
    assert [found for found in read(*pieces) if found] == [found for found in expected if found]


def test_an_event_without_an_end_is_refused() -> None:
    events = EventStream()
    events.add(b"data: ")
    with pytest.raises(ValueError, match="more than"):
        events.add(b"a" * LONGEST_EVENT_BYTES)
    lines = EventStream()
    with pytest.raises(ValueError, match="more than"):
        lines.add(b"data: aaaaaaaa\n" * (LONGEST_EVENT_BYTES // 4))
