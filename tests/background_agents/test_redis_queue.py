"""What only a queue on a server has: priorities, few messages for many parts, no trace left."""

import re
from dataclasses import replace
from itertools import pairwise

import anyio
import pytest

from tests.background_agents.packages import package, update
from tests.background_agents.queues_opened import (
    PATIENCE_S,
    Sides,
    ask,
    eventually,
    gateway,
    options_for,
    worker,
)
from tests.redis_server import RedisServer
from weft.background_agents.queues.held_work import COALESCE_S
from weft.background_agents.queues.memory import QueueLimits
from weft.background_agents.queues.places import Keys, RedisOptions
from weft.background_agents.queues.redis_link import entries
from weft.background_agents.queues.wire import Offer
from weft.background_agents.types import ContextPackage, UpdateKind
from weft.errors import QueueFull
from weft.tools.effect import Effect

pytestmark = [pytest.mark.anyio, pytest.mark.integration]


@pytest.fixture
def options(server: RedisServer) -> RedisOptions:
    return options_for(server.url)


def numbered(number: int, **values: object) -> ContextPackage:
    name = f"s{number}.1"
    return package(delegation_id=name, session_id=name).model_copy(update=values)


async def test_the_urgent_come_first_and_the_others_come_at_all(options: RedisOptions) -> None:
    effect = Effect(key="k", tool="send", arguments="{}", irreversible=True)
    async with gateway(options) as session:
        for number in range(20):
            session.submit_nowait(numbered(number))
        session.submit_nowait(numbered(20, reminder_id=1))
        session.submit_nowait(numbered(21, approved=effect))
        with anyio.fail_after(10):
            urgent = Keys(options.prefix, options.pool).packages(0)
            while await ask(options, "XLEN", urgent) != 1:  # noqa: ASYNC110 (it is on a server)
                await anyio.sleep(0.01)
        async with worker(options) as queue:
            order = []
            for _ in range(22):
                claim = await queue.claim()
                order.append(claim.package)
                queue.finish_nowait(claim)
    assert order[0].approved == effect
    reminded = next(place for place, each in enumerate(order) if each.reminder_id is not None)
    assert reminded < 10
    asked = [
        each.delegation_id for each in order if each.reminder_id is None and each.approved is None
    ]
    assert asked == [f"s{number}.1" for number in range(20)]


async def test_many_parts_travel_in_few_messages(options: RedisOptions) -> None:
    # A worker that is kept from its heartbeat for a second would begin anew, as another attempt.
    patient = replace(options, lease_s=30.0)
    async with gateway(patient) as session, worker(patient) as queue:
        sides = Sides(session, queue)
        session.submit_nowait(package())
        claim = await queue.claim()
        parts = 200
        for number in range(parts):
            queue.publish_nowait(update(claim, number, UpdateKind.COMMENTARY, text="a part"))
            await anyio.sleep(0.002)
        got = await sides.updates(count=parts)
        # Only now: the end cannot wait, and nor can what has piled up before it on a busy machine.
        queue.publish_nowait(update(claim, parts, final=True))
        got += await sides.updates()
        assert [u.sequence for u in got] == list(range(parts + 1))
        replies = Keys(options.prefix, options.pool).replies(session.gateway_id)
        messages = list(entries(replies, await ask(options, "XRANGE", replies, "-", "+")))
    # When the server took each in, without the end.
    moments_ms = [int(each.entry_id.partition(b"-")[0]) for each in messages[:-1]]
    assert len(moments_ms) > 1
    # However long a busy machine takes for the parts; a millisecond is cut off from both moments.
    assert min(later - earlier for earlier, later in pairwise(moments_ms)) >= 1000 * COALESCE_S - 1


async def test_what_has_ended_leaves_nothing_but_what_expires(options: RedisOptions) -> None:
    async with gateway(options) as session:
        async with worker(options) as queue:
            for number in range(3):
                session.submit_nowait(numbered(number))
                claim = await queue.claim()
                queue.publish_nowait(update(claim, final=True))
                queue.finish_nowait(claim)
                await Sides(session, queue).updates(f"s{number}.1")
        keys = Keys(options.prefix, options.pool)
        assert await ask(options, "XINFO", "CONSUMERS", keys.packages(1), "workers") == []
    streams = {keys.packages(priority).encode() for priority in (0, 1, 2)}
    left = await ask(options, "KEYS", "*")
    assert isinstance(left, list)
    for name in set(left) - streams:
        assert isinstance(name, bytes)
        lives_s = await ask(options, "TTL", name.decode())
        assert isinstance(lives_s, int)
        assert 0 < lives_s <= 3_600
        assert not name.endswith(b":log")
    assert [await ask(options, "XLEN", name.decode()) for name in streams] == [0, 0, 0]


async def test_what_is_withdrawn_while_it_waits_is_taken_off(options: RedisOptions) -> None:
    waiting = Keys(options.prefix, options.pool).packages(1)
    async with gateway(options) as session:
        session.submit_nowait(package())
        with anyio.fail_after(10):
            while await ask(options, "XLEN", waiting) != 1:  # noqa: ASYNC110 (it is on a server)
                await anyio.sleep(0.01)
            session.cancel_nowait("s.1")
            while await ask(options, "XLEN", waiting) != 0:  # noqa: ASYNC110 (it is on a server)
                await anyio.sleep(0.01)


async def test_work_that_began_too_early_says_nothing(options: RedisOptions) -> None:
    """Another copy stands for the submission; the server says so when work has begun already."""
    keys = Keys(options.prefix, options.pool)
    async with gateway(options) as session, worker(options) as queue:
        await ask(options, "SET", keys.run("s.1", 0), "1-1")
        session.submit_nowait(package(deadline_s=3.0))
        claim = await queue.claim()
        queue.publish_nowait(update(claim, final=True))
        queue.finish_nowait(claim)
        with anyio.fail_after(10):
            while await ask(options, "XLEN", keys.packages(1)) != 0:  # noqa: ASYNC110 (as above)
                await anyio.sleep(0.01)
        assert await ask(options, "XLEN", keys.replies(session.gateway_id)) == 0
        assert not await queue.wait_cancelled(claim)


async def calls(options: RedisOptions, command: str) -> int:
    """How often a command was said to the server since its statistics were reset."""
    told = await ask(options, "INFO", "commandstats")
    assert isinstance(told, bytes)
    found = re.search(rb"cmdstat_%s:calls=(\d+)" % command.encode(), told)
    return int(found[1]) if found else 0


async def test_a_gateway_with_nothing_to_do_leaves_counting_to_a_worker(
    options: RedisOptions,
) -> None:
    keys = Keys(options.prefix, options.pool)
    # The worker would count: somebody else does, who has died.
    await ask(options, "SET", keys.counting, "another", "PX", 60_000)
    offer = Offer(readers=("clock",))
    async with gateway(options) as session, worker(options, lambda: offer) as queue:
        session.submit_nowait(package())
        queue.finish_nowait(await queue.claim())
        await eventually(lambda: session.readers == offer.readers)
        # From here on it knows that there is a worker.
        await ask(options, "CONFIG", "RESETSTAT")
        with anyio.fail_after(PATIENCE_S):
            while await calls(options, "hset") < 2:  # noqa: ASYNC110 (it is on a server)
                await anyio.sleep(0.05)
        assert await calls(options, "xlen") == 0
        # When it is silent, the worker counts.
        await ask(options, "DEL", keys.counting)
        with anyio.fail_after(PATIENCE_S):
            while await calls(options, "xlen") == 0:  # noqa: ASYNC110 (it is on a server)
                await anyio.sleep(0.05)


async def test_gateways_are_told_how_much_waits_by_a_worker_that_has_no_time(
    options: RedisOptions,
) -> None:
    limits = QueueLimits(waiting=2)
    async with gateway(options) as other, worker(options) as queue:
        other.submit_nowait(numbered(0))
        await queue.claim()
        async with gateway(options, limits) as session:
            session.submit_nowait(numbered(1))
            for number in (2, 3):
                other.submit_nowait(numbered(number))

            def is_declined() -> bool:
                try:
                    session.submit_nowait(numbered(4))
                except QueueFull:
                    return True
                session.cancel_nowait("s4.1")
                return False

            with anyio.fail_after(PATIENCE_S):
                while not is_declined():  # noqa: ASYNC110 (it is on a server)
                    await anyio.sleep(0.1)
            for _ in range(3):
                queue.finish_nowait(await queue.claim())
            with anyio.fail_after(PATIENCE_S):
                while is_declined():  # noqa: ASYNC110 (it is on a server)
                    await anyio.sleep(0.1)
