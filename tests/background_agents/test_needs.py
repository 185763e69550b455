"""What a package needs, and which streams a worker reads because of it."""

from hypothesis import given
from hypothesis import strategies as st

from tests.background_agents.packages import package
from weft.background_agents.queues.needs import (
    ANYBODY,
    Need,
    Routes,
    need_named,
    need_of,
    somebody_can,
)
from weft.background_agents.queues.places import Keys
from weft.background_agents.queues.redis_commands import needs_in
from weft.background_agents.queues.wire import Announcement, Offer, priority_of
from weft.tools.effect import Effect

KEYS = Keys("weft", "default")
SENDING = Effect(key="k", tool="send", arguments="{}", irreversible=True)
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
NEEDS = st.one_of(
    st.builds(lambda tool: Need(tool=tool), NAMES),
    st.builds(
        lambda names: Need(agents=tuple(sorted(names))), st.sets(NAMES, min_size=1, max_size=4)
    ),
)


def announced(*agents: str, tools: tuple[str, ...] = ()) -> Announcement:
    return Announcement(
        agents=agents, tools=tools, lanes=1, held=0, draining=False, since_ms=0, seen_ms=0
    )


@given(NEEDS)
def test_a_need_is_known_again_by_its_name(need: Need) -> None:
    assert need_named(need.label) == need


@given(st.text(max_size=200))
def test_whatever_is_written_there_is_a_need_of_that_name_or_none(label: str) -> None:
    need = need_named(label)
    assert need is None or need.label == label


@given(
    st.lists(st.tuples(st.binary(max_size=50), st.binary(max_size=50))),
    st.integers(1, 5_000),
)
def test_whatever_stands_in_the_list_of_needs_is_read_or_passed_over(
    said: list[tuple[bytes, bytes]], digits: int
) -> None:
    true = (b"tool:send", b"1700000000000")
    listed = [part for pair in [*said, (b"tool:other", b"9" * digits), true] for part in pair]
    assert (Need(tool="send"), 1_700_000_000_000) in list(needs_in(listed))


@given(NEEDS, NEEDS)
def test_different_needs_have_different_streams(one: Need, other: Need) -> None:
    shared = {*one.streams(KEYS)} & {*other.streams(KEYS), *ANYBODY.streams(KEYS)}
    assert bool(shared) is (one == other)


def test_the_order_of_the_agents_makes_no_other_need() -> None:
    assert need_of(package(), ["remote", "local"]) == need_of(package(), ["local", "remote"])


def test_what_was_said_yes_to_needs_its_tool_and_no_agent() -> None:
    need = need_of(package(approved=SENDING), ["local"])
    assert need == Need(tool="send")
    assert need.met_by((), ("send",))
    assert not need.met_by(("local",), ())


def test_one_of_the_agents_is_enough() -> None:
    need = need_of(package(), ["local", "remote"])
    assert need.met_by(("remote", "other"), ())
    assert not need.met_by(("other",), ("send",))


def test_without_agents_anybody_will_do() -> None:
    assert need_of(package(), []) == need_of(package(approved=SENDING), []) == ANYBODY
    assert ANYBODY.met_by((), ())


def test_a_pool_can_do_what_one_of_its_workers_can() -> None:
    workers = [announced("remote"), announced("local", tools=("send",))]
    assert somebody_can(Need(agents=("local",)), workers)
    assert not somebody_can(Need(agents=("other",)), workers)
    assert somebody_can(ANYBODY, workers)
    assert not somebody_can(Need(tool="send"), workers[:1])
    assert somebody_can(Need(tool="send"), [])


def test_a_package_is_where_those_look_who_can_do_it() -> None:
    for asked in (package(), package(reminder_id=1), package(approved=SENDING)):
        need = need_of(asked, ["local"])
        able = Routes(KEYS, lambda: Offer(("local",), ("send",)))
        unable = Routes(KEYS, lambda: Offer(("remote",), ("time",)))
        for routes in (able, unable):
            routes.note([need, Need(tool="other")])
        stream = need.stream(KEYS, priority_of(asked))
        assert stream in able.streams()
        assert stream not in unable.streams()


def test_a_tool_that_comes_and_goes_takes_its_stream_along() -> None:
    offers = [Offer(("local",), ("send",))]
    routes = Routes(KEYS, lambda: offers[0])
    assert routes.note([Need(tool="send")])
    assert not routes.note([Need(tool="send"), Need(tool="other")])
    [stream] = Need(tool="send").streams(KEYS)
    assert stream in routes.streams()
    offers[0] = Offer(("local",), ())
    assert stream not in routes.streams()


def test_the_urgent_come_first_and_equals_take_turns() -> None:
    routes = Routes(KEYS, lambda: Offer(("a", "b")))
    needs = [Need(agents=("a",)), Need(agents=("b",))]
    routes.note(needs)
    firsts = set()
    for turn in range(3):
        streams = routes.streams(turn)
        assert sorted(streams) == sorted(routes.streams())
        urgency = [stream.split(":p")[1][0] for stream in streams]
        assert urgency == sorted(urgency)
        firsts.add(next(stream for stream in streams if ":p1" in stream))
    assert len(firsts) == 3
