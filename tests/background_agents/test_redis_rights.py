"""Users as docs/redis.md has them: each may do what it has to, and nothing that is another's."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import anyio
import pytest

from tests.background_agents.ledgers_opened import redis_ledger
from tests.background_agents.packages import package, update
from tests.background_agents.queues_opened import (
    Sides,
    ask,
    denied,
    eventually,
    gateway,
    options_for,
    worker,
)
from tests.redis_server import RedisServerWithRights, as_user, documented_users, running
from weft.background_agents.queues.needs import Need
from weft.background_agents.queues.places import Keys, RedisOptions
from weft.background_agents.queues.redis_inspection import PoolInspection
from weft.background_agents.queues.redis_link import Refused
from weft.background_agents.queues.wire import Offer
from weft.background_agents.types import Position, UpdateKind
from weft.clock import WallClock
from weft.tools.effect import ChangingCall, Effect

pytestmark = [pytest.mark.anyio, pytest.mark.integration]

EFFECT = Effect(key="k", tool="send", arguments="{}", irreversible=False)
LOCAL = Offer(("local",), ("send",), 1)
AGENTS = ["local"]
ASKED = Need(agents=("local",))
CALL = ChangingCall(tool="send", arguments={}, delegation_id="s.1", revision=0, ordinal=1)


@pytest.fixture(params=["redis", "valkey", "redis-6.2"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RedisServerWithRights]:
    """Give a server of each kind that knows the users of the document."""
    with running(tmp_path, f"{request.param} with rights") as started:
        assert isinstance(started, RedisServerWithRights)
        yield started


@asynccontextmanager
async def inspection(options: RedisOptions) -> AsyncIterator[PoolInspection]:
    """Look at the pool as the one who may only do that."""
    mine = replace(options, url=as_user(options.url, "inspector"))
    opened = PoolInspection(mine, WallClock())
    yield opened
    await opened.aclose()


def as_both(options: RedisOptions) -> RedisOptions:
    """Give options of a process that is gateway and worker at once."""
    return replace(options, url=as_user(options.url, "both"))


async def hand_on_and_answer(options: RedisOptions) -> None:
    """Let a delegation be handed back, corrected, carried out and answered."""
    async with gateway(options, agents=AGENTS) as session:
        async with worker(options, lambda: LOCAL) as first:
            session.submit_nowait(package())
            await first.claim()
        async with worker(options, lambda: LOCAL) as second:
            claim = await second.claim()
            assert claim.attempt == 2
            session.submit_nowait(package(revision=1))
            with anyio.fail_after(10):
                assert await second.wait_cancelled(claim)
            second.finish_nowait(claim)
            async with redis_ledger(options) as ledger:
                assert await ledger.key_of(CALL) == CALL.place
                assert await ledger.begin(EFFECT) is None
                await ledger.end(EFFECT, [])
            claim = await second.claim()
            second.publish_nowait(update(claim, final=True))
            second.finish_nowait(claim)
            assert len(await Sides(session, second).updates()) == 1
            session.submit_nowait(package(delegation_id="s.2", approved=EFFECT))
            assert (await second.claim()).package.approved == EFFECT


async def test_gateway_and_worker_may_do_all_that_they_have_to(
    server: RedisServerWithRights,
) -> None:
    await hand_on_and_answer(options_for(server.url))
    assert await denied(server.url) == []


async def test_one_who_is_both_needs_one_user(server: RedisServerWithRights) -> None:
    await hand_on_and_answer(as_both(options_for(server.url)))
    assert await denied(server.url) == []


async def test_a_session_moves_between_gateways(server: RedisServerWithRights) -> None:
    options = options_for(server.url, lease_s=10.0)
    async with (
        worker(options) as queue,
        gateway(options) as first,
        gateway(options) as second,
    ):
        await first.hold_session("s", 0)
        first.submit_nowait(package())
        claim = await queue.claim()
        queue.publish_nowait(update(claim, 0, UpdateKind.COMMENTARY, text="I am looking."))
        await Sides(first, queue).updates()
        await second.hold_session("s", 1)
        second.take_over_nowait(package(), Position(attempt=claim.attempt, next_sequence=1))
        await eventually(lambda: first.has_moved("s"))
        first.close_session("s")
        queue.publish_nowait(update(claim, 1, final=True))
        queue.finish_nowait(claim)
        [answer] = await Sides(second, queue).updates()
        assert answer.text == "Paris."
        assert second.refusals.counted == {}
    assert await denied(server.url) == []


async def test_an_answer_that_was_kept_is_said_in_another_session(
    server: RedisServerWithRights,
) -> None:
    options = replace(options_for(server.url), keep_results_s=3_600.0)
    async with worker(options) as queue, gateway(options) as session:
        await session.hold_session("s", 0, "ann")
        session.submit_nowait(package(user_id="ann"))
        claim = await queue.claim()
        session.close_session("s")
        queue.publish_nowait(update(claim, final=True))
        queue.finish_nowait(claim)
        await session.hold_session("t", 0, "ann")
        await eventually(lambda: bool(session.kept_nowait("t")))
        assert session.refusals.counted == {}
        key = Keys(options.prefix, options.pool).kept("ann")
        with anyio.fail_after(10):
            while await ask(options, "EXISTS", key):  # noqa: ASYNC110 (it is on a server)
                await anyio.sleep(0.02)
    assert await denied(server.url) == []


async def test_what_is_abandoned_and_what_is_foreign_is_cleared_away(
    server: RedisServerWithRights,
) -> None:
    options = options_for(server.url)
    keys = Keys(options.prefix, options.pool)
    stream = keys.packages(1)
    await ask(options, "XADD", stream, "*", "command", "drop everything")
    await ask(options, "XGROUP", "CREATE", stream, "workers", "0")
    await ask(options, "XREADGROUP", "GROUP", "workers", "gone", "STREAMS", stream, ">")
    await ask(options, "HSET", keys.workers, "gone", "no longer there")
    # Nobody has needed it for decades.
    await ask(options, "HSET", keys.needs, Need(tool="gone").label, 1)
    async with (
        gateway(options, agents=AGENTS) as session,
        worker(options, lambda: LOCAL) as queue,
    ):
        session.submit_nowait(package())
        claim = await queue.claim()
        queue.publish_nowait(update(claim, final=True))
        queue.finish_nowait(claim)
        assert len(await Sides(session, queue).updates()) == 1
        async with anyio.create_task_group() as tasks:
            # What is abandoned is taken over by who has nothing to do.
            tasks.start_soon(queue.claim)
            with anyio.fail_after(10):
                while await ask(options, "XLEN", keys.dead_letters) != 1:  # noqa: ASYNC110
                    await anyio.sleep(0.02)
                while await ask(options, "HLEN", keys.needs) != 1:  # noqa: ASYNC110
                    await anyio.sleep(0.02)
            tasks.cancel_scope.cancel()
        # One of those who wait has counted what waits, and told it.
        with anyio.fail_after(10):
            while not await ask(options, "XLEN", keys.depth):  # noqa: ASYNC110 (it is on a server)
                await anyio.sleep(0.02)
    assert await denied(server.url) == []


async def test_the_inspector_may_do_all_that_the_command_does(
    server: RedisServerWithRights,
) -> None:
    options = options_for(server.url)
    stream = ASKED.stream(Keys(options.prefix, options.pool), 1)
    async with gateway(options, agents=AGENTS) as session, inspection(options) as looking:
        session.submit_nowait(package())
        with anyio.fail_after(10):
            while not await looking.pending():  # noqa: ASYNC110 (it is on a server)
                await anyio.sleep(0.01)
        await ask(options, "XGROUP", "CREATE", stream, "workers", "0")
        await ask(options, "XREADGROUP", "GROUP", "workers", "first", "STREAMS", stream, ">")
        for dying in ("second", "third"):
            await ask(options, "XAUTOCLAIM", stream, "workers", dying, 0, "0-0")
        async with worker(options, lambda: LOCAL) as last, anyio.create_task_group() as tasks:
            tasks.start_soon(last.claim)
            await eventually(lambda: bool(session.updates_nowait("s")))
            assert (await looking.status()).dead == 1
            [letter] = await looking.dead()
            tasks.cancel_scope.cancel()
        assert await looking.retry([letter.entry_id]) == 1
        async with worker(options, lambda: LOCAL) as again:
            # It was put back with a signature of its own, for those who can do it.
            assert (await again.claim()).package.request == package().request
        await ask(options, "XADD", Keys(options.prefix, options.pool).dead_letters, "*", "a", "b")
        assert await looking.drop([each.entry_id for each in await looking.dead()]) == 1
    assert await denied(server.url) == []


WORK, DEAD, WORKERS = "{q:default}:p1:agents:local", "{q:default}:dlq", "{q:default}:workers"
NEEDS, DEPTH = "{q:default}:needs", "{q:default}:depth"
REPLIES, STOP, EFFECT_NOTE, CONTROL = "{gw:g}:ev", "{t:s.1}:cancel", "fx:k", "ctl:default"
LOG, WAITED_FOR, HOLDER, MOVES = "{t:s.1}:log", "{t:s.1}:open", "{s:s}:held:1", "moves"
KEPT, TOLD = "{u:0}:kept", "{t:s.1}:told:0"
COMMANDS_OF_OTHERS: dict[str, list[tuple[str | int, ...]]] = {
    "gateway": [
        ("XREADGROUP", "GROUP", "workers", "me", "STREAMS", WORK, ">"),
        ("XACK", WORK, "workers", "1-1"),
        ("SUBSCRIBE", CONTROL),
        ("GET", EFFECT_NOTE),
        ("SET", EFFECT_NOTE, "done"),
    ],
    "worker": [
        ("XREAD", "STREAMS", REPLIES, "0"),
        ("DEL", EFFECT_NOTE),
        ("PUBLISH", CONTROL, "stop"),
    ],
    "inspector": [
        ("XREADGROUP", "GROUP", "workers", "me", "STREAMS", WORK, ">"),
        ("GET", EFFECT_NOTE),
        ("PUBLISH", CONTROL, "stop"),
    ],
}
KEYS_OF_OTHERS: dict[str, list[tuple[str | int, ...]]] = {
    "gateway": [
        ("XADD", REPLIES, "*", "d", "an old story"),
        ("XADD", DEAD, "*", "d", "a letter"),
        ("XADD", DEPTH, "*", "waiting", 0),
        ("XADD", LOG, "*", "d", "an old story"),
        ("DEL", HOLDER),
        ("DEL", MOVES),
        ("HSET", WORKERS, "me", "here"),
    ],
    "worker": [
        ("XADD", WORK, "*", "d", "work"),
        ("SET", WAITED_FOR, "for ever"),
        ("HGETALL", KEPT),
        ("SET", TOLD, "me"),
        ("GET", HOLDER),
        ("SET", HOLDER, "me"),
        ("XADD", MOVES, "*", "d", "it is mine"),
        ("SET", STOP, "stop"),
        ("XDEL", DEAD, "1-1"),
        ("HSET", NEEDS, "tool:x", 1),
    ],
    "inspector": [
        ("XADD", REPLIES, "*", "d", "an old story"),
        ("XDEL", WORK, "1-1"),
        ("XADD", MOVES, "*", "d", "it is mine"),
        ("DEL", HOLDER),
        ("HGETALL", KEPT),
        ("HSET", WORKERS, "me", "here"),
    ],
}
COMMANDS_OF_NOBODY: list[tuple[str | int, ...]] = [
    ("FLUSHALL",),
    ("KEYS", "*"),
    ("EVAL", "return 1", 0),
    ("CONFIG", "GET", "*"),
    ("ACL", "LIST"),
]


@pytest.mark.parametrize("user", ["gateway", "worker", "inspector"])
async def test_nobody_may_do_what_is_for_others(server: RedisServerWithRights, user: str) -> None:
    options = options_for(server.url)
    mine = replace(options, url=as_user(options.url, user))
    refused = [*COMMANDS_OF_OTHERS[user], *COMMANDS_OF_NOBODY]
    if server.kind != "redis-6.2":
        refused += KEYS_OF_OTHERS[user]
    for command in refused:
        words = (_with_prefix(part, options.prefix) for part in command)
        reply = await ask(mine, *words)
        assert isinstance(reply, Refused), command
        assert reply.is_a("NOPERM"), (command, reply.text)


def _with_prefix(part: str | int, prefix: str) -> str | int:
    named = isinstance(part, str) and (":" in part or part == MOVES)
    return f"{prefix}:{part}" if named else part


async def test_keys_that_are_not_wefts_are_out_of_reach(server: RedisServerWithRights) -> None:
    options = options_for(server.url)
    for user in ("gateway", "worker", "both"):
        reply = await ask(replace(options, url=as_user(options.url, user)), "GET", "another:key")
        assert isinstance(reply, Refused), user


def test_every_line_of_the_document_is_for_a_user_of_its_own() -> None:
    for kind in ("redis", "redis-6.2"):
        names = [line.split(" ", 2)[1] for line in documented_users(kind)]
        assert names == ["default", "weft-gateway", "weft-worker", "weft-inspector", "weft-both"]
