"""The queue on Redis when things go wrong: nothing is lost, nothing is said twice or too late."""

import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import anyio
import pytest
from anyio.abc import Process
from anyio.streams.text import TextReceiveStream

from tests.background_agents.packages import package, update
from tests.background_agents.queues_opened import (
    PATIENCE_S,
    Sides,
    ask,
    comes_to_nothing,
    denied,
    eventually,
    gateway,
    options_for,
    worker,
)
from tests.redis_server import RedisServer, as_user, running
from weft.background_agents.queues.places import Keys, RedisOptions
from weft.background_agents.queues.redis_gateway import RedisGateway
from weft.background_agents.queues.redis_link import Link, Reply, explained
from weft.background_agents.queues.redis_worker import RedisWorkerQueue
from weft.background_agents.queues.wire import Updates, updates_fields
from weft.background_agents.types import AgentUpdate, Claim, UpdateKind
from weft.bench._tcp_proxy import Proxy
from weft.clock import WallClock

pytestmark = [pytest.mark.anyio, pytest.mark.integration]

DURABLE = ("--appendonly", "yes", "--appendfsync", "everysec")
P1 = 1


@pytest.fixture(params=["redis", "valkey", "redis-6.2", "redis with rights"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RedisServer]:
    """Give a server of each kind, which keeps what it has said it has."""
    with running(tmp_path, request.param, options=DURABLE) as started:
        yield started
        # What is refused is tried again, and hardly noticed otherwise.
        assert anyio.run(denied, started.url) == []


@pytest.fixture
def one_server(tmp_path: Path) -> Iterator[RedisServer]:
    """Give one server, where its kind does not matter."""
    with running(tmp_path, options=DURABLE) as started:
        yield started


async def pending(options: RedisOptions) -> int:
    reply = await ask(options, "XPENDING", keys(options).packages(P1), "workers")
    assert isinstance(reply, list)
    assert isinstance(reply[0], int)
    return reply[0]


def keys(options: RedisOptions) -> Keys:
    return Keys(options.prefix, options.pool)


@asynccontextmanager
async def process(options: RedisOptions) -> AsyncIterator[tuple[Process, TextReceiveStream]]:
    """Run a worker in a process of its own; gives it with what it prints."""
    command = [sys.executable, "-m", "tests.background_agents.worker_process"]
    place = [as_user(options.url, "worker"), options.prefix]
    async with await anyio.open_process([*command, *place]) as started:
        assert started.stdout is not None
        yield started, TextReceiveStream(started.stdout)
        if started.returncode is None:
            started.kill()


async def answer(queue: RedisWorkerQueue, claim: Claim, text: str = "Paris.") -> None:
    queue.publish_nowait(update(claim, text=text, final=True))
    queue.finish_nowait(claim)


async def test_work_of_a_killed_worker_is_done_by_another(one_server: RedisServer) -> None:
    options = options_for(one_server.url)
    async with gateway(options) as session:
        session.submit_nowait(package())
        async with process(options) as (first, printed):
            assert await printed.receive() == "claimed s.1 1\n"
            got: list[AgentUpdate] = []
            await eventually(lambda: bool(take_all(got, session, ["s"])))
            first.kill()
            await first.wait()
            async with worker(options) as second:
                claim = await second.claim()
                got += session.updates_nowait("s")
                assert claim.attempt == 2
                await answer(second, claim)
                after = await Sides(session, second).updates()
                assert {u.attempt for u in got} == {1}
                assert [(u.attempt, u.text) for u in after] == [(2, "Paris.")]
                assert await comes_to_nothing(second.claim)
        assert await pending(options) == 0
        assert await ask(options, "XLEN", keys(options).packages(P1)) == 0


async def test_a_server_that_has_lost_everything_is_told_what_is_needed_with_the_next_package(
    tmp_path: Path,
) -> None:
    """Else what waits would be found by nobody until it is told again by itself."""
    with running(tmp_path) as forgetful:
        options = options_for(forgetful.url)
        needs = f"HEXISTS {keys(options).needs} agents:remote"
        waits = f"XLEN {keys(options).packages(P1)}:agents:remote"
        async with gateway(options, agents=["remote"]) as session:
            await eventually(lambda: forgetful.say(needs) == b":1\r\n")
            forgetful.kill()
            forgetful.start()
            assert forgetful.say(needs) == b":0\r\n"
            session.submit_nowait(package())
            await eventually(lambda: forgetful.say(waits) == b":1\r\n")
            assert forgetful.say(needs) == b":1\r\n"


async def test_an_old_worker_that_wakes_up_has_nothing_to_say_any_more(
    one_server: RedisServer,
) -> None:
    options = options_for(one_server.url)
    async with gateway(options) as session, process(options) as (old, printed):
        session.submit_nowait(package())
        assert await printed.receive() == "claimed s.1 1\n"
        os.kill(old.pid, signal.SIGSTOP)
        async with worker(options) as new:
            claim = await new.claim()
            assert claim.attempt == 2
            session.updates_nowait("s")
            os.kill(old.pid, signal.SIGCONT)
            with anyio.fail_after(10):
                assert await printed.receive() == "stopped\n"
            # It neither spoke nor took off what is the work of the other by now.
            assert await pending(options) == 1
            await answer(new, claim)
            assert [u.attempt for u in await Sides(session, new).updates()] == [2]


async def test_a_worker_that_believes_it_has_the_work_is_not_listened_to(
    server: RedisServer,
) -> None:
    options = options_for(server.url)
    async with gateway(options) as session, worker(options) as new:
        session.submit_nowait(package())
        stream = keys(options).packages(P1)
        await eventually_ask(options, 1, "XLEN", stream)
        await ask(options, "XGROUP", "CREATE", stream, "workers", "0", "MKSTREAM")
        await ask(options, "XREADGROUP", "GROUP", "workers", "old", "STREAMS", stream, ">")
        old = Claim(package=package(), attempt=1)
        claim = await new.claim()
        assert claim.attempt == 2
        await say(options, session, update(old, text="an old story", final=True))
        await answer(new, claim, text="the new one")
        assert [u.text for u in await Sides(session, new).updates()] == ["the new one"]


async def test_what_an_old_worker_takes_off_after_another_has_begun_is_done_anew(
    server: RedisServer,
) -> None:
    options = options_for(server.url)
    async with gateway(options) as session, worker(options) as queue:
        session.submit_nowait(package())
        old = await queue.claim()
        newer = Updates(delegation_id="s.1", revision=0, attempt=2, updates=())
        log = keys(options).log("s.1")
        await ask(options, "XADD", log, "*", *updates_fields(newer, options.seals.updates(log)))
        await publish(options, session, newer)
        await answer(queue, old, text="an old story")
        with anyio.fail_after(PATIENCE_S):
            claim = await queue.claim()
        await answer(queue, claim, text="the new one")
        assert claim.attempt == options.attempts + 1
        assert [u.text for u in await Sides(session, queue).updates()] == ["the new one"]


async def eventually_ask(options: RedisOptions, wanted: Reply, *command: str) -> None:
    with anyio.fail_after(10):
        while await ask(options, *command) != wanted:  # noqa: ASYNC110 (it is on a server)
            await anyio.sleep(0.01)


async def say(options: RedisOptions, session: RedisGateway, said: AgentUpdate) -> None:
    """Publish an update past all that would keep a worker from it."""
    message = Updates(
        delegation_id=said.delegation_id,
        revision=said.revision,
        attempt=said.attempt,
        updates=(said,),
    )
    await publish(options, session, message)


async def publish(options: RedisOptions, session: RedisGateway, message: Updates) -> None:
    """Send a message to the session as a worker would."""
    stream = keys(options).replies(session.gateway_id)
    fields = updates_fields(message, options.seals.updates(stream))
    await ask(options, "XADD", stream, "*", *fields)


async def test_what_ends_every_worker_is_set_aside_after_three_deliveries(
    server: RedisServer,
) -> None:
    options = options_for(server.url)
    stream = keys(options).packages(P1)
    async with gateway(options) as session:
        session.submit_nowait(package())
        await eventually_ask(options, 1, "XLEN", stream)
        await ask(options, "XGROUP", "CREATE", stream, "workers", "0")
        await ask(options, "XREADGROUP", "GROUP", "workers", "first", "STREAMS", stream, ">")
        for dying in ("second", "third"):
            await ask(options, "XAUTOCLAIM", stream, "workers", dying, 0, "0-0")
        async with worker(options) as last:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(last.claim)
                [failure] = await Sides(session, last).updates()
                tasks.cancel_scope.cancel()
            assert (failure.kind, failure.final) == (UpdateKind.FAILURE, True)
            assert await pending(options) == 0
        assert await ask(options, "XLEN", keys(options).dead_letters) == 1


async def test_a_server_that_is_killed_and_comes_back_has_lost_nothing(
    server: RedisServer,
) -> None:
    options = options_for(server.url)
    names = [f"s.{number}" for number in range(60)]
    heard: list[AgentUpdate] = []
    async with gateway(options) as session, worker(options) as queue:

        async def lane() -> None:
            while True:
                claim = await queue.claim()
                await anyio.sleep(0.05)
                await answer(queue, claim)

        async with anyio.create_task_group() as tasks:
            for _ in range(4):
                tasks.start_soon(lane)
            for number, name in enumerate(names):
                session.submit_nowait(package(delegation_id=name, session_id=name))
                await anyio.sleep(0.01)
                if number in (20, 45):
                    await anyio.to_thread.run_sync(server.kill)
                    await anyio.to_thread.run_sync(server.start)
            await eventually(lambda: len(take_all(heard, session, names)) >= len(names))
            await anyio.sleep(0.5)
            tasks.cancel_scope.cancel()
    answers = [u.delegation_id for u in take_all(heard, session, names)]
    assert sorted(answers) == sorted(names)
    assert {u.text for u in heard} == {"Paris."}


def take_all(
    heard: list[AgentUpdate], session: RedisGateway, names: list[str]
) -> list[AgentUpdate]:
    for name in names:
        heard += session.updates_nowait(name)
    return heard


async def test_a_submission_whose_reply_is_lost_is_worked_on_once(
    one_server: RedisServer,
) -> None:
    proxy = Proxy(one_server.port)
    async with proxy.running():
        direct = options_for(one_server.url)
        async with gateway(replace(direct, url=proxy.url)) as session, worker(direct) as queue:
            proxy.lose_reply_to = b"XADD"
            session.submit_nowait(package())
            await eventually_ask(direct, 2, "XLEN", keys(direct).packages(P1))
            assert proxy.lost == 1
            claim = await queue.claim()
            assert await comes_to_nothing(queue.claim)
            # One of the two is gone, and the other is what is worked on.
            await eventually_ask(direct, 1, "XLEN", keys(direct).packages(P1))
            # The copy that the gateway knows of may be the one that is gone: that is no loss.
            await anyio.sleep(2.0)
            assert await comes_to_nothing(queue.claim)
            await answer(queue, claim)
            assert len(await Sides(session, queue).updates()) == 1


async def test_a_delivery_whose_reply_is_lost_comes_again_within_a_lease(
    one_server: RedisServer,
) -> None:
    proxy = Proxy(one_server.port)
    async with proxy.running():
        direct = options_for(one_server.url)
        async with gateway(direct) as session, worker(replace(direct, url=proxy.url)) as queue:
            proxy.lose_reply_to = b"XREADGROUP"
            session.submit_nowait(package())
            claim = await queue.claim()
            await answer(queue, claim)
            assert [u.attempt for u in await Sides(session, queue).updates()] == [claim.attempt]


async def test_updates_published_while_the_link_is_cut_arrive_afterwards(
    one_server: RedisServer,
) -> None:
    proxy = Proxy(one_server.port)
    async with proxy.running():
        options = replace(options_for(one_server.url), url=proxy.url)
        async with gateway(options) as session, worker(options) as queue:
            session.submit_nowait(package())
            claim = await queue.claim()
            for number in range(40):
                queue.publish_nowait(update(claim, number, UpdateKind.COMMENTARY, text="part"))
                if number % 10 == 5:
                    await proxy.cut()
                await anyio.sleep(0.02)
            queue.publish_nowait(update(claim, 40, final=True))
            got = await Sides(session, queue).updates(count=41)
            assert [u.sequence for u in got] == list(range(41))


async def test_a_link_that_only_looks_whole_is_noticed(one_server: RedisServer) -> None:
    proxy = Proxy(one_server.port)
    async with proxy.running():
        direct = options_for(one_server.url)
        async with gateway(replace(direct, url=proxy.url)) as session, worker(direct) as queue:
            session.submit_nowait(package())
            claim = await queue.claim()
            proxy.silent = True
            await answer(queue, claim)
            assert await Sides(session, queue).updates(count=0) == []
            await anyio.sleep(1.0)
            proxy.silent = False
            assert len(await Sides(session, queue).updates()) == 1


@pytest.mark.parametrize("claimed", [False, True])
async def test_what_a_server_has_forgotten_is_submitted_anew(
    server: RedisServer, claimed: bool
) -> None:
    options = options_for(server.url)
    async with gateway(options) as session, worker(options) as queue:
        session.submit_nowait(package())
        await eventually_ask(options, 1, "XLEN", keys(options).packages(P1))
        old = await queue.claim() if claimed else None
        await ask(options, "FLUSHALL")
        if old is not None:
            with anyio.fail_after(10):
                assert not await queue.wait_cancelled(old)
            queue.finish_nowait(old)
        claim = await queue.claim()
        await answer(queue, claim)
        assert [u.attempt for u in await Sides(session, queue).updates()] == [claim.attempt]
        assert await comes_to_nothing(queue.claim)


async def test_a_worker_that_ends_hands_back_what_it_has_at_once(server: RedisServer) -> None:
    options = replace(options_for(server.url), lease_s=60.0)
    async with gateway(options) as session:
        names = [f"s.{number}" for number in range(20)]
        for name in names:
            session.submit_nowait(package(delegation_id=name, session_id=name))
            async with worker(options) as leaving:
                with anyio.move_on_after(0.03):
                    await leaving.claim()
        async with worker(options) as staying:
            got: set[str] = set()
            # Far within the lease: nothing waits for it to run out.
            with anyio.fail_after(20):
                while got != set(names):
                    claim = await staying.claim()
                    got.add(claim.package.delegation_id)
                    await answer(staying, claim)
            heard: list[AgentUpdate] = []
            await eventually(lambda: len(take_all(heard, session, names)) >= len(names))
    assert await pending(options) == 0


async def test_a_foreign_message_is_set_aside_and_the_work_goes_on(
    server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    options = options_for(server.url)
    stream = keys(options).packages(P1)
    async with gateway(options) as session, worker(options) as queue:
        await ask(options, "XADD", stream, "*", "command", "drop everything")
        newer = (b'{"version":2}', b"{}")
        signed = options.seals.packages.signature(*newer)
        signature = ("s", signed) if signed else ()
        await ask(options, "XADD", stream, "*", "h", newer[0], "d", newer[1], *signature)
        session.submit_nowait(package())
        assert (await queue.claim()).package.request == package().request
        await eventually_ask(options, 2, "XLEN", keys(options).dead_letters)
    assert "somebody else writes to this stream" in caplog.text
    assert "another version" in caplog.text


async def test_an_entry_deleted_while_it_was_pending_does_not_stay_pending(
    server: RedisServer,
) -> None:
    options = options_for(server.url)
    stream = keys(options).packages(P1)
    entry_id = await ask(options, "XADD", stream, "*", "h", "{}", "d", "{}")
    assert isinstance(entry_id, bytes)
    await ask(options, "XGROUP", "CREATE", stream, "workers", "0")
    await ask(options, "XREADGROUP", "GROUP", "workers", "gone", "STREAMS", stream, ">")
    await ask(options, "XDEL", stream, entry_id)
    async with worker(options) as queue, anyio.create_task_group() as tasks:
        tasks.start_soon(queue.claim)
        with anyio.fail_after(10):
            while await pending(options):  # noqa: ASYNC110 (it is on a server)
                await anyio.sleep(0.05)
        tasks.cancel_scope.cancel()


async def test_updates_that_were_missed_are_read_again_from_the_log(server: RedisServer) -> None:
    options = options_for(server.url)
    async with gateway(options) as session, worker(options) as queue:
        session.submit_nowait(package())
        claim = await queue.claim()
        first = Updates(
            delegation_id="s.1", revision=0, attempt=1, updates=(update(claim, 0, text="one"),)
        )
        log = keys(options).log("s.1")
        fields = updates_fields(first, options.seals.updates(log))
        await ask(options, "XADD", log, "*", *fields)
        await say(options, session, update(claim, 1, text="two"))
        got = await Sides(session, queue).updates(count=2)
        assert [u.text for u in got] == ["one", "two"]
        # What nobody has any more is passed over: what comes after it matters more.
        await say(options, session, update(claim, 7, text="three"))
        assert [u.text for u in await Sides(session, queue).updates()] == ["three"]


async def test_a_full_server_is_waited_for(
    server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    options = options_for(server.url)
    async with gateway(options) as session, worker(options) as queue:
        await ask(options, "CONFIG", "SET", "maxmemory", "1")
        session.submit_nowait(package())
        await eventually(lambda: "raise maxmemory" in caplog.text)
        await ask(options, "CONFIG", "SET", "maxmemory", "0")
        assert (await queue.claim()).package.request == package().request


@pytest.mark.parametrize(
    ("setting", "address", "advice"),
    [
        (("requirepass", "secret"), "redis://:wrong@{}", "the password is wrong"),
        (("requirepass", "secret"), "redis://{}", "wants a password"),
        (("slowlog-max-len", "1"), "redis://{}/99", "no such database"),
    ],
)
async def test_what_keeps_a_server_from_being_used_is_said_with_what_to_do(
    one_server: RedisServer,
    caplog: pytest.LogCaptureFixture,
    setting: tuple[str, str],
    address: str,
    advice: str,
) -> None:
    caplog.set_level(logging.WARNING)
    await ask(options_for(one_server.url), "CONFIG", "SET", *setting)
    options = options_for(address.format(f"127.0.0.1:{one_server.port}"))
    async with gateway(options) as session:
        session.submit_nowait(package())
        await eventually(lambda: advice in caplog.text)
        assert session.updates_nowait("s") == []
    assert "secret" not in caplog.text


async def test_workers_in_another_database_are_missed_in_words(
    one_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    options = options_for(one_server.url)
    elsewhere = replace(options, url=options.url.replace("/0", "/1"))
    async with gateway(options) as session, worker(elsewhere) as queue:
        session.submit_nowait(package())
        assert await comes_to_nothing(queue.claim)
        await eventually(lambda: "no worker of pool 'default' is there" in caplog.text)
        assert "queue.url (its database as well)" in caplog.text


async def test_a_read_only_replica_is_said_and_waited_for(
    one_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    options = options_for(one_server.url)
    await ask(options, "REPLICAOF", "127.0.0.1", "1")
    async with gateway(options) as session, worker(options) as queue:
        session.submit_nowait(package())
        await eventually(lambda: "queue.url: this is a read-only replica" in caplog.text)
        await ask(options, "REPLICAOF", "NO", "ONE")
        assert (await queue.claim()).package.request == package().request


async def test_something_else_under_a_name_of_weft_is_named_and_waited_for(
    server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    options = options_for(server.url)
    stream = keys(options).packages(P1)
    await ask(options, "SET", stream, "not a stream")
    async with gateway(options) as session, worker(options) as queue:
        session.submit_nowait(package())
        await eventually(lambda: f"XADD {stream})" in caplog.text)
        assert "queue.url: something that is not weft's has that name" in caplog.text
        assert package().request not in caplog.text
        await ask(options, "DEL", stream)
        assert (await queue.claim()).package.request == package().request


async def test_what_many_loops_of_a_link_run_into_is_told_once(
    one_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    options = options_for(one_server.url)
    one_server.kill()
    link = Link(options.url, WallClock())
    tried: list[str] = []

    def turn(name: str) -> Callable[[], Awaitable[None]]:
        async def ask_the_server() -> None:
            tried.append(name)
            await link.ask(("PING",))

        return ask_the_server

    async with anyio.create_task_group() as tasks:
        for name in ("one", "two", "three"):
            tasks.start_soon(link.persist, turn(name))
        await eventually(lambda: min(map(tried.count, ("one", "two", "three"))) > 1)
        tasks.cancel_scope.cancel()
    assert caplog.text.count("no server answers there") == 1


def test_a_server_that_is_too_old_is_recognised_by_what_it_does_not_understand() -> None:
    # Redis 6.0 has XPENDING, without IDLE; Redis 4 has no streams.
    for refusal in ("ERR syntax error", "ERR unknown command `XADD`, with args beginning with: "):
        assert explained(refusal).startswith("queue.url: the server is older than Redis 6.2")


def test_a_name_that_a_refusal_gives_is_not_taken_for_another_refusal() -> None:
    assert "another queue.prefix" in explained("WRONGTYPE a wrong kind: XADD weft:{q:rooms}:p1")


async def test_without_a_server_a_delegation_waits_until_its_time_is_over(
    one_server: RedisServer,
) -> None:
    one_server.kill()
    async with gateway(options_for(one_server.url)) as session:
        session.submit_nowait(package(deadline_s=0.5))
        got: list[AgentUpdate] = []
        await eventually(lambda: bool(take_all(got, session, ["s"])))
        assert [(u.kind, u.final) for u in got] == [(UpdateKind.FAILURE, True)]
