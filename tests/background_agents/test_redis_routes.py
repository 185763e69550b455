"""Packages reach only workers that can do them, on a real server of each kind."""

import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace

import anyio
import pytest

from tests.background_agents.packages import package, update
from tests.background_agents.queues_opened import (
    PATIENCE_S,
    SECRET,
    Sides,
    ask,
    comes_to_nothing,
    eventually,
    gateway,
    options_for,
    worker,
)
from tests.fakes.meaning import FakeMeaning
from tests.redis_server import running
from weft.background_agents.queues.memory import QueueLimits
from weft.background_agents.queues.needs import Need
from weft.background_agents.queues.places import Keys, RedisOptions
from weft.background_agents.queues.redis_inspection import PoolInspection
from weft.background_agents.queues.redis_worker import RedisWorkerQueue
from weft.background_agents.queues.signing import Signing
from weft.background_agents.queues.wire import Offer
from weft.background_agents.types import Claim
from weft.clock import WallClock
from weft.tool_requests import ToolRequests
from weft.tools.effect import Effect
from weft.wiring import Queue

pytestmark = [pytest.mark.anyio, pytest.mark.integration]

SENDING = Effect(key="k", tool="send", arguments="{}", irreversible=True)
LOCAL = Offer(("local",), ("time",), 1)
SENDS = Offer(("remote",), ("send",), 1)


@pytest.fixture(scope="module", params=["redis", "valkey", "redis-6.2"])
def options(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RedisOptions]:
    with running(tmp_path_factory.mktemp("server"), request.param) as server:
        yield replace(options_for(server.url), signing=Signing((SECRET,)))


@pytest.fixture(autouse=True)
async def _nothing_left(options: RedisOptions) -> None:
    await ask(options, "FLUSHALL")


async def claimed(queue: RedisWorkerQueue) -> Claim:
    with anyio.fail_after(PATIENCE_S):
        return await queue.claim()


async def owners(options: RedisOptions, need: Need, priority: int) -> list[tuple[bytes, int]]:
    """Who has what of one stream, and for how many times it was delivered."""
    stream = need.stream(Keys(options.prefix, options.pool), priority)
    found = await ask(options, "XPENDING", stream, "workers", "-", "+", 10)
    assert isinstance(found, list)
    return [(consumer, deliveries) for _, consumer, _, deliveries in found]


async def until(is_so: Callable[[], Awaitable[bool]]) -> None:
    with anyio.fail_after(PATIENCE_S):
        while not await is_so():  # noqa: ASYNC110 (what is waited for is on a server)
            await anyio.sleep(0.01)


async def test_each_worker_gets_what_it_has_an_agent_or_the_tool_for(
    options: RedisOptions,
) -> None:
    async with (
        gateway(options, agents=["local"]) as of_local,
        gateway(options, agents=["remote"]) as of_remote,
        worker(options, lambda: LOCAL) as local,
        worker(options, lambda: SENDS) as sends,
    ):
        for number in range(6):
            of_local.submit_nowait(package(delegation_id=f"local.{number}"))
            of_remote.submit_nowait(package(delegation_id=f"remote.{number}"))
        of_local.submit_nowait(package(delegation_id="sent", approved=SENDING))
        by_local = [await claimed(local) for _ in range(6)]
        by_sender = [await claimed(sends) for _ in range(7)]
        assert {c.package.delegation_id for c in by_local} == {f"local.{n}" for n in range(6)}
        assert {c.package.delegation_id for c in by_sender} == {
            "sent",
            *(f"remote.{n}" for n in range(6)),
        }
        assert {c.attempt for c in [*by_local, *by_sender]} == {1}
        # Nor was what has them look again taken for a stop signal of somebody else.
        assert local.refusals.counted == sends.refusals.counted == {}


async def test_any_agent_of_a_conversation_will_do(options: RedisOptions) -> None:
    async with (
        gateway(options, agents=["cerebras", "local"]) as session,
        worker(options, lambda: LOCAL) as queue,
    ):
        session.submit_nowait(package())
        claim = await claimed(queue)
        queue.publish_nowait(update(claim, final=True))
        queue.finish_nowait(claim)
        assert len(await Sides(session, queue).updates()) == 1


async def test_what_nobody_can_do_waits_for_whoever_comes(options: RedisOptions) -> None:
    async with gateway(options, agents=["remote"]) as session:
        session.submit_nowait(package())
        async with worker(options, lambda: LOCAL) as unable:
            assert await comes_to_nothing(unable.claim)
            async with worker(options, lambda: SENDS) as able:
                assert (await claimed(able)).attempt == 1


async def test_what_is_needed_is_not_told_again_with_every_package(options: RedisOptions) -> None:
    keys = Keys(options.prefix, options.pool)
    waiting = Need(agents=("remote",)).stream(keys, 1)

    async def told() -> int:
        counted = await ask(options, "INFO", "commandstats")
        assert isinstance(counted, bytes)
        found = re.search(rb"cmdstat_hset:calls=(\d+)", counted)
        return int(found[1]) if found else 0

    async with gateway(options, QueueLimits(per_session=1_000), ["remote"]) as session:

        async def tells_no_more() -> bool:
            before = await told()
            session.submit_nowait(package(delegation_id=f"first.{before}"))
            await until(lambda: arrived(f"first.{before}"))
            return await told() == before

        async def arrived(delegation_id: str) -> bool:
            return delegation_id in str(await ask(options, "XRANGE", waiting, "-", "+"))

        await until(tells_no_more)
        before = await told()
        for number in range(20):
            session.submit_nowait(package(delegation_id=f"s.{number}"))
        await until(lambda: arrived("s.19"))
        # Now and then it is told for all of them.
        assert await told() - before <= 2
        assert await ask(options, "HEXISTS", keys.needs, "agents:remote") == 1


async def test_a_worker_takes_over_only_what_it_can_do(options: RedisOptions) -> None:
    """Others of the pool look for abandoned work as well, and must not keep it from who can."""
    async with (
        gateway(options, agents=["remote"]) as session,
        worker(options, lambda: LOCAL) as unable,
        anyio.create_task_group() as tasks,
    ):
        for _ in range(4):
            tasks.start_soon(unable.claim)
        async with worker(options, lambda: SENDS) as first:
            session.submit_nowait(package())
            await claimed(first)
        async with worker(options, lambda: SENDS) as second:
            assert (await claimed(second)).attempt == 2
        tasks.cancel_scope.cancel()


async def test_what_a_worker_cannot_do_any_more_goes_on_without_counting(
    options: RedisOptions,
) -> None:
    """Its tool goes away between the read and what it gives: the way of a server of tools."""
    offers = [SENDS]
    need = Need(tool="send")

    async def handed_on() -> bool:
        return [deliveries for _, deliveries in await owners(options, need, 0)] == [0]

    async with (
        gateway(options, agents=["remote"]) as session,
        worker(options, lambda: offers[0]) as losing,
    ):
        session.submit_nowait(package(delegation_id="first", approved=SENDING))
        losing.finish_nowait(await claimed(losing))
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(losing.claim)
            # By then it waits for something on this stream.
            await anyio.sleep(0.1)
            offers[0] = LOCAL
            session.submit_nowait(package(delegation_id="second", approved=SENDING))
            await until(handed_on)
            # Nobody turns it round and round.
            await anyio.sleep(1.0)
            assert await owners(options, need, 0) == [(losing.consumer.encode(), 0)]
            tasks.cancel_scope.cancel()
        async with worker(options, lambda: SENDS) as able:
            claim = await claimed(able)
            assert (claim.package.delegation_id, claim.attempt) == ("second", 1)


async def test_the_status_says_what_is_missing(options: RedisOptions) -> None:
    inspection = PoolInspection(options, WallClock())

    async def all_are_seen() -> bool:
        status = await inspection.status()
        return sum(status.waiting) == 2 and bool(status.workers)

    async with (
        gateway(options, agents=["remote"]) as session,
        worker(options, lambda: LOCAL) as queue,
        anyio.create_task_group() as tasks,
    ):
        session.submit_nowait(package(delegation_id="s.1"))
        session.submit_nowait(package(delegation_id="s.2", approved=SENDING))
        tasks.start_soon(queue.claim)
        await until(all_are_seen)
        status = await inspection.status()
        assert status.unmet == ("the agent 'remote'", "the tool 'send'")
        assert status.waiting == (1, 1, 0)
        listed = await inspection.pending()
        assert [each.delegation_id for each in listed] == ["s.2", "s.1"]
        tasks.cancel_scope.cancel()
    await inspection.aclose()


async def test_a_dead_letter_is_tried_again_by_who_can_do_it(options: RedisOptions) -> None:
    inspection = PoolInspection(options, WallClock())

    async def set_aside() -> bool:
        return bool(await inspection.dead())

    async with gateway(options, agents=["remote"]) as session:
        session.submit_nowait(package())
        for _ in range(options.deliveries):
            async with worker(options, lambda: SENDS) as queue:
                await claimed(queue)
        async with (
            worker(options, lambda: SENDS) as last,
            anyio.create_task_group() as tasks,
        ):
            tasks.start_soon(last.claim)
            await until(set_aside)
            tasks.cancel_scope.cancel()
    letters = await inspection.dead()
    assert await inspection.retry([each.entry_id for each in letters]) == 1
    async with worker(options, lambda: LOCAL) as unable:
        assert await comes_to_nothing(unable.claim)
    async with worker(options, lambda: SENDS) as able:
        assert (await claimed(able)).attempt == 1
    await inspection.aclose()


async def test_a_gateway_hears_which_requests_its_workers_read(options: RedisOptions) -> None:
    offer = Offer(("remote",), ("recall", "send"), 1, ("recall",))
    async with (
        worker(options, lambda: offer) as queue,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(queue.claim)
        async with gateway(options, agents=["remote"]) as session:
            await eventually(lambda: session.readers == ("recall",))
            meaning = ToolRequests(FakeMeaning(), Queue(session, None, gateway=session).readers)
            assert await meaning.needs_delegation("What do you remember about me?") == 1.0
            assert await meaning.needs_delegation("It rained all day.") < 1.0
        tasks.cancel_scope.cancel()
