"""A session moves to another gateway: its work goes on, and only one of the two speaks for it."""

from dataclasses import replace

import anyio
import pytest

from tests.background_agents.packages import package, update
from tests.background_agents.queues_opened import (
    Sides,
    ask,
    comes_to_nothing,
    eventually,
    gateway,
    options_for,
    worker,
)
from tests.redis_server import RedisServer
from weft.background_agents.queues.places import Keys, RedisOptions
from weft.background_agents.queues.redis_gateway import RedisGateway
from weft.background_agents.queues.redis_worker import RedisWorkerQueue
from weft.background_agents.types import Claim, Position, UpdateKind
from weft.bench._tcp_proxy import Proxy
from weft.clock import WallClock

pytestmark = [pytest.mark.anyio, pytest.mark.integration]


@pytest.fixture
def options(server: RedisServer) -> RedisOptions:
    return options_for(server.url)


@pytest.fixture
def patient(server: RedisServer) -> RedisOptions:
    """Give options under which the second gateway comes before the first is taken for gone."""
    return options_for(server.url, lease_s=10.0)


async def begun(options: RedisOptions, queue: RedisWorkerQueue, parts: int = 2) -> Claim:
    """Let a gateway take in some parts of an answer, and be gone."""
    async with gateway(options) as first:
        await first.hold_session("s", 0)
        first.submit_nowait(package())
        claim = await queue.claim()
        for number in range(parts):
            queue.publish_nowait(update(claim, number, UpdateKind.COMMENTARY, text=f"{number}"))
        await Sides(first, queue).updates(count=parts)
    return claim


async def taken_over(session: RedisGateway, position: Position) -> None:
    await session.hold_session("s", 1)
    session.take_over_nowait(package(), position)


async def ended(session: RedisGateway) -> None:
    """Let a gateway that never ran close its connections."""
    with anyio.CancelScope() as scope:
        scope.cancel()
        await session.run()


async def test_the_other_gateway_hears_what_comes_from_then_on(patient: RedisOptions) -> None:
    async with worker(patient) as queue:
        claim = await begun(patient, queue)
        # Said while there was no gateway at all.
        queue.publish_nowait(update(claim, 2, UpdateKind.COMMENTARY, text="2"))
        async with gateway(patient) as second:
            await taken_over(second, Position(attempt=claim.attempt, next_sequence=1))
            sides = Sides(second, queue)
            assert [each.text for each in await sides.updates(count=2)] == ["1", "2"]
            queue.publish_nowait(update(claim, 3, text="Paris.", final=True))
            queue.finish_nowait(claim)
            [last] = await sides.updates()
            assert (last.text, last.attempt) == ("Paris.", claim.attempt)
            log = Keys(patient.prefix, patient.pool).log("s.1")
            with anyio.fail_after(10):
                while await ask(patient, "EXISTS", log):  # noqa: ASYNC110 (it is on a server)
                    await anyio.sleep(0.01)


async def test_what_ended_while_nobody_was_there_is_heard(patient: RedisOptions) -> None:
    async with worker(patient) as queue:
        claim = await begun(patient, queue)
        queue.publish_nowait(update(claim, 2, final=True))
        queue.finish_nowait(claim)
        await eventually(lambda: queue.held == 0)
        async with gateway(patient) as second:
            await taken_over(second, Position(attempt=claim.attempt, next_sequence=2))
            [answer] = await Sides(second, queue).updates()
            assert (answer.sequence, answer.text, answer.final) == (2, "Paris.", True)


async def test_what_ended_and_was_kept_is_heard_though_its_gateway_was_taken_for_gone(
    options: RedisOptions,
) -> None:
    async with worker(options) as queue:
        claim = await begun(options, queue)
        queue.publish_nowait(update(claim, 2, final=True))
        queue.finish_nowait(claim)
        await anyio.sleep(2.5 * options.lease_s)
        async with gateway(options) as second:
            await taken_over(second, Position(attempt=claim.attempt, next_sequence=2))
            [answer] = await Sides(second, queue).updates()
            assert (answer.attempt, answer.text) == (claim.attempt, "Paris.")


async def test_what_no_worker_had_begun_is_submitted_anew_and_done_once(
    options: RedisOptions,
) -> None:
    async with gateway(options) as first:
        first.submit_nowait(package())
        entries = Keys(options.prefix, options.pool).packages(1)
        with anyio.fail_after(10):
            while await ask(options, "XLEN", entries) != 1:  # noqa: ASYNC110
                await anyio.sleep(0.01)
    async with gateway(options) as second:
        await taken_over(second, Position())
        with anyio.fail_after(10):
            while await ask(options, "XLEN", entries) != 2:  # noqa: ASYNC110
                await anyio.sleep(0.01)
        async with worker(options) as queue:
            claim = await queue.claim()
            if claim.attempt < 1_000_000:
                # The first copy was begun while the server was asked whether it counts.
                await queue.wait_cancelled(claim)
                queue.finish_nowait(claim)
                claim = await queue.claim()
            queue.publish_nowait(update(claim, final=True))
            queue.finish_nowait(claim)
            [answer] = await Sides(second, queue).updates()
            assert answer.text == "Paris."
            assert queue.held == 0
    assert await ask(options, "XLEN", entries) == 0


async def waiting(options: RedisOptions, count: int) -> None:
    """Wait until so many packages are in the pool."""
    packages = Keys(options.prefix, options.pool).packages(1)
    with anyio.fail_after(20):
        while await ask(options, "XLEN", packages) != count:  # noqa: ASYNC110 (it is on a server)
            await anyio.sleep(0.01)


async def submitted_by_one_that_is_gone(options: RedisOptions) -> None:
    """Let a package wait until its gateway, which ended at once, is taken for gone."""
    async with gateway(options) as first:
        first.submit_nowait(package())
        await waiting(options, 1)
    await anyio.sleep(2.2 * options.lease_s)


async def test_what_waits_for_a_gateway_that_is_gone_is_begun_by_nobody(
    options: RedisOptions,
) -> None:
    await submitted_by_one_that_is_gone(options)
    async with worker(options) as queue:
        # It is dropped before anybody gets it, long before its deadline.
        assert await comes_to_nothing(queue.claim)
        await waiting(options, 0)
        assert await comes_to_nothing(queue.claim)
        assert queue.held == 0


async def test_what_is_kept_is_begun_though_its_gateway_is_gone(options: RedisOptions) -> None:
    options = replace(options, keep_results_s=3_600.0)
    await submitted_by_one_that_is_gone(options)
    async with worker(options) as queue:
        with anyio.fail_after(10):
            claim = await queue.claim()
        queue.publish_nowait(update(claim, final=True))
        queue.finish_nowait(claim)
        await waiting(options, 0)
    assert await ask(options, "XLEN", Keys(options.prefix, options.pool).log("s.1")) == 1


async def test_what_waits_for_a_gateway_that_was_only_cut_off_is_begun_when_it_is_back(
    server: RedisServer, options: RedisOptions
) -> None:
    proxy = Proxy(server.port)
    async with (
        proxy.running(),
        gateway(replace(options, url=proxy.url)) as session,
        worker(options) as queue,
    ):
        session.submit_nowait(package())
        await waiting(options, 1)
        proxy.silent = True
        await anyio.sleep(3.0 * options.lease_s)
        assert await comes_to_nothing(queue.claim)
        await waiting(options, 0)
        proxy.silent = False
        with anyio.fail_after(20):
            claim = await queue.claim()
        queue.publish_nowait(update(claim, final=True))
        [answer] = await Sides(session, queue).updates()
        assert (answer.attempt, answer.text) == (claim.attempt, "Paris.")


async def test_what_the_server_has_lost_is_submitted_anew(options: RedisOptions) -> None:
    async with worker(options) as queue:
        claim = await begun(options, queue)
        await ask(options, "FLUSHALL")
        async with gateway(options) as second:
            await taken_over(second, Position(attempt=claim.attempt, next_sequence=2))
            with anyio.fail_after(20):
                again = await queue.claim()
            assert again.attempt > claim.attempt
            queue.publish_nowait(update(again, final=True))
            [answer] = await Sides(second, queue).updates()
            assert answer.attempt == again.attempt


async def test_the_one_that_only_slept_hears_that_it_is_not_the_one(
    options: RedisOptions,
) -> None:
    async with worker(options) as queue, gateway(options) as first, gateway(options) as second:
        await first.hold_session("s", 0)
        await first.hold_session("other", 0)
        first.submit_nowait(package())
        claim = await queue.claim()
        await taken_over(second, Position())
        assert first.has_moved("s")
        assert not first.has_moved("other")
        assert not second.has_moved("s")
        # It lets go without stopping what the other one waits for.
        first.close_session("s")
        queue.publish_nowait(update(claim, final=True))
        [answer] = await Sides(second, queue).updates()
        assert answer.text == "Paris."
        assert first.updates_nowait("s") == []


async def test_of_two_that_take_over_at_once_one_gets_it(options: RedisOptions) -> None:
    async with gateway(options) as second, gateway(options) as third:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(second.hold_session, "s", 1)
            tasks.start_soon(third.hold_session, "s", 1)
        assert sorted([second.has_moved("s"), third.has_moved("s")]) == [False, True]


async def test_of_two_that_take_over_while_the_server_is_away_one_gets_it_when_it_is_back(
    server: RedisServer, options: RedisOptions
) -> None:
    async with gateway(options) as first:
        await first.hold_session("s", 0)
        server.kill()
        async with gateway(options) as second, gateway(options) as third:
            for one in (second, third):
                await one.hold_session("s", 1)
            assert not second.has_moved("s")
            assert not third.has_moved("s")
            await anyio.to_thread.run_sync(server.start)
            await eventually(lambda: second.has_moved("s") or third.has_moved("s"))
            # Who had it before was cut off as well, and hears of it now.
            await eventually(lambda: first.has_moved("s"))
            assert sorted([second.has_moved("s"), third.has_moved("s")]) == [False, True]


async def test_a_gateway_that_has_slept_asks_before_it_speaks(options: RedisOptions) -> None:
    first = RedisGateway(options, WallClock())
    await first.hold_session("s", 0)
    async with gateway(options) as second:
        await second.hold_session("s", 1)
    # It has not run since; so it has read nothing.
    assert not first.has_moved("s")
    await first.look_whether_moved("s")
    assert first.has_moved("s")
    await ended(first)


async def test_a_server_that_does_not_answer_silences_nobody(
    server: RedisServer, options: RedisOptions
) -> None:
    first = RedisGateway(options, WallClock())
    await first.hold_session("s", 0)
    server.kill()
    with anyio.fail_after(5):
        await first.look_whether_moved("s")
    assert not first.has_moved("s")
    await ended(first)


async def test_work_is_stopped_when_its_gateway_is_gone_for_good(options: RedisOptions) -> None:
    async with worker(options) as queue:
        claim = await begun(options, queue)
        with anyio.fail_after(20):
            assert await queue.wait_cancelled(claim) is False
        queue.finish_nowait(claim)
        await eventually(lambda: queue.held == 0)
        assert await ask(options, "XLEN", Keys(options.prefix, options.pool).packages(1)) == 0


async def test_work_goes_on_while_its_gateway_is_there(options: RedisOptions) -> None:
    async with worker(options) as queue, gateway(options) as session:
        session.submit_nowait(package())
        claim = await queue.claim()
        with anyio.move_on_after(4 * options.lease_s) as waiting:
            await queue.wait_cancelled(claim)
        assert waiting.cancelled_caught


async def test_a_result_is_kept_for_the_return(options: RedisOptions) -> None:
    options = replace(options, keep_results_s=3_600.0)
    async with worker(options) as queue:
        async with gateway(options) as first:
            first.submit_nowait(package())
            claim = await queue.claim()
            await anyio.sleep(0.3)
            first.close_session("s")
        with anyio.move_on_after(4 * options.lease_s) as waiting:
            await queue.wait_cancelled(claim)
        assert waiting.cancelled_caught
        queue.publish_nowait(update(claim, final=True))
        queue.finish_nowait(claim)
        await eventually(lambda: queue.held == 0)
        kept_s = await ask(options, "TTL", Keys(options.prefix, options.pool).log("s.1"))
        assert isinstance(kept_s, int)
        assert kept_s > 3_000
        async with gateway(options) as second:
            await taken_over(second, Position())
            [answer] = await Sides(second, queue).updates()
            assert answer.text == "Paris."


async def test_a_worker_reckons_by_its_own_clock_since_when_an_answer_is_waited_for(
    options: RedisOptions,
) -> None:
    async with worker(options) as queue:
        await anyio.sleep(1.0)
        async with gateway(options) as session:
            # The session is a second younger than the worker, and asks at once.
            session.submit_nowait(package())
            claim = await queue.claim()
    assert claim.package.submitted_s >= 0.9
