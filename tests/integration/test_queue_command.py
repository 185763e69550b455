"""`weft queue` on a real server: what is seen of it, and what is done about dead letters."""

import itertools
import json
from functools import partial
from io import StringIO
from pathlib import Path

import anyio
import pytest
import yaml
from rich.console import Console
from typer.testing import CliRunner

from tests.background_agents.packages import package
from tests.background_agents.queues_opened import (
    eventually,
    gateway,
    options_for,
    worker,
)
from tests.redis_server import RedisServer
from tests.worker_command import queue_config
from weft import queue_commands
from weft.background_agents.queues.memory import QueueLimits
from weft.background_agents.queues.places import Keys, RedisOptions
from weft.background_agents.queues.redis_gateway import RedisGateway
from weft.background_agents.queues.redis_inspection import PoolInspection
from weft.background_agents.queues.redis_link import Link
from weft.background_agents.queues.redis_worker import RedisWorkerQueue
from weft.background_agents.queues.wire import Offer
from weft.background_agents.types import Claim
from weft.cli import app
from weft.clock import WallClock
from weft.errors import QueueFull
from weft.tools.effect import Effect

pytestmark = pytest.mark.integration

REMOTE = {
    "provider": "openai-compatible",
    "base_url": "http://127.0.0.1:9/v1",
    "model": "m",
    "api_key": "${A_KEY_THAT_IS_NOT_HERE}",
}


@pytest.fixture
def options(server: RedisServer) -> RedisOptions:
    return options_for(server.url, lease_s=600.0)


def run(options: RedisOptions, folder: Path, *arguments: str) -> tuple[int, str, str]:
    """Run the command with a configuration whose agents cannot be used on this machine."""
    file = folder / "agent.yaml"
    values = {"background": {"agents": {"remote": REMOTE}}, "queue": queue_config(options)}
    file.write_text(yaml.safe_dump(values))
    result = CliRunner().invoke(app, ["queue", str(file), *arguments])
    return result.exit_code, result.stdout, result.stderr


def seen(options: RedisOptions, folder: Path, action: str) -> dict[str, list[dict[str, object]]]:
    exit_code, out, errors = run(options, folder, action, "--json")
    assert exit_code == 0, errors
    found: dict[str, list[dict[str, object]]] = json.loads(out)
    return found


async def say(options: RedisOptions, *command: str | bytes | int) -> None:
    link = Link(options.url, WallClock())
    await link.ask(command)
    await link.aclose()


async def given_up(options: RedisOptions) -> None:
    """Let one package be the end of three workers, and be set aside by the fourth."""
    async with gateway(options) as session:
        session.submit_nowait(package(deadline_s=600.0))
        for _ in range(options.deliveries):
            async with worker(options) as leaving:
                await leaving.claim()
        async with worker(options) as last, anyio.create_task_group() as tasks:
            tasks.start_soon(last.claim)
            await eventually(lambda: bool(session.updates_nowait("s")))
            tasks.cancel_scope.cancel()


def asked(session: RedisGateway, delegation_id: str, approved: Effect | None = None) -> str | None:
    """Submit a package; give the sentence with which it is declined, if it is."""
    try:
        session.submit_nowait(package(delegation_id=delegation_id, approved=approved))
    except QueueFull as full:
        return full.spoken
    return None


async def until_declined(session: RedisGateway, approved: Effect | None = None) -> str:
    with anyio.fail_after(30):
        for number in itertools.count():
            declined = asked(session, f"s.{number}", approved)
            if declined is not None:
                return declined
            session.cancel_nowait(f"s.{number}")
            await anyio.sleep(0.1)
    raise AssertionError


async def next_claim(options: RedisOptions) -> Claim:
    async with worker(options) as other:
        with anyio.fail_after(30):
            return await other.claim()


@pytest.mark.anyio
async def test_the_status_tells_what_waits_and_who_works(options: RedisOptions) -> None:
    effect = Effect(key="k", tool="send", arguments="{}", irreversible=True)
    offer = Offer(("remote", "local"), ("arithmetic",), 4)
    queue = RedisWorkerQueue(options, WallClock(), lambda: offer)
    inspection = PoolInspection(options, WallClock())
    async with gateway(options) as session, anyio.create_task_group() as tasks:
        await tasks.start(queue.run)
        session.submit_nowait(package(delegation_id="s.1"))
        await queue.claim()
        session.submit_nowait(package(delegation_id="s.2", approved=effect))
        session.submit_nowait(package(delegation_id="s.3"))
        session.submit_nowait(package(delegation_id="s.4", reminder_id=1))
        with anyio.fail_after(20):
            status = await inspection.status()
            while status.waiting != (1, 1, 1) or not status.workers:
                await anyio.sleep(0.02)
                status = await inspection.status()
        pending = await inspection.pending()
        tasks.cancel_scope.cancel()
    [known] = status.workers
    assert (status.running, status.dead, known.name) == (1, 0, queue.consumer)
    assert (known.agents, known.tools, known.lanes) == (offer.agents, offer.tools, 4)
    assert not known.silent
    assert [(each.delegation_id, each.worker) for each in pending] == [
        ("s.2", None),
        ("s.1", queue.consumer),
        ("s.3", None),
        ("s.4", None),
    ]
    # Whoever leaves in order is off the list at once.
    assert (await inspection.status()).workers == ()
    await inspection.aclose()


def test_what_was_set_aside_is_seen_and_can_be_tried_again(
    options: RedisOptions, tmp_path: Path
) -> None:
    anyio.run(given_up, options)
    [letter] = seen(options, tmp_path, "dead")["dead"]
    assert letter["delegation_id"] == "s.1"
    assert "3 times" in str(letter["why"])
    exit_code, out, _ = run(options, tmp_path, "retry", str(letter["entry_id"]))
    assert (exit_code, out) == (0, "1 on the queue again\n")
    assert seen(options, tmp_path, "dead")["dead"] == []
    claim = anyio.run(next_claim, options)
    assert (claim.package.delegation_id, claim.attempt) == ("s.1", 1)


def test_dead_letters_can_be_dropped_all_together(options: RedisOptions, tmp_path: Path) -> None:
    dead_letters = Keys(options.prefix, options.pool).dead_letters
    for _ in range(3):
        anyio.run(say, options, "XADD", dead_letters, "*", "d", "{}", "why", "of no use")
    exit_code, _, errors = run(options, tmp_path, "retry", "--all")
    assert exit_code == 2
    assert "only dropped" in errors
    assert run(options, tmp_path, "drop", "--all")[:2] == (0, "3 thrown away\n")
    assert seen(options, tmp_path, "dead")["dead"] == []


def test_tables_are_for_people(options: RedisOptions, tmp_path: Path) -> None:
    assert "no worker is there" in run(options, tmp_path, "status")[1]
    assert "nothing waits" in run(options, tmp_path, "pending")[1]
    anyio.run(given_up, options)
    assert "the work was begun" in run(options, tmp_path, "dead")[1]


@pytest.mark.anyio
async def test_the_live_view_goes_on_when_a_server_that_was_away_is_back(
    server: RedisServer, options: RedisOptions
) -> None:
    drawn = StringIO()

    async def shows(words: str) -> None:
        drawn.seek(0)
        drawn.truncate()
        await eventually(lambda: words in drawn.getvalue())

    inspection = PoolInspection(options, WallClock())
    console = Console(file=drawn, force_terminal=True, width=200)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(queue_commands.follow, inspection, console)
        await shows("no worker is there")
        server.kill()
        await shows("no server answers there")
        await anyio.to_thread.run_sync(server.start)
        await shows("no worker is there")
        tasks.cancel_scope.cancel()
    await inspection.aclose()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("retry",), "--all"),
        (("retry", "1-1", "--all"), "--all"),
        (("status", "1-1"), "no ids"),
        (("pending", "--live"), "--live"),
        (("drop", "17-3"), "'17-3'"),
        (("drop", "nonsense"), "'nonsense'"),
        (("kill",), "status, pending, dead, retry, drop"),
    ],
)
def test_a_mistake_of_the_caller_is_said(
    options: RedisOptions, tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    exit_code, _, errors = run(options, tmp_path, *arguments)
    assert exit_code == 2
    assert told in errors


@pytest.mark.parametrize(
    ("settings", "address", "told"),
    [
        ((), "redis://127.0.0.1:1/0", "no server answers there"),
        ((), "redis://u:secret@{}/0", "the user or the password is wrong"),
        ((("CONFIG", "SET", "requirepass", "secret"),), "redis://{}/0", "wants a password"),
        ((), "redis://{}/77", "no such database"),
        ((("REPLICAOF", "127.0.0.1", "1"),), "redis://{}/0", "give the address of the primary"),
        ((("CONFIG", "SET", "maxmemory", "1"),), "redis://{}/0", "raise maxmemory"),
    ],
)
def test_a_server_that_cannot_be_used_is_said_with_what_to_do(
    server: RedisServer,
    options: RedisOptions,
    tmp_path: Path,
    settings: tuple[tuple[str, ...], ...],
    address: str,
    told: str,
) -> None:
    anyio.run(given_up, options)
    for setting in settings:
        anyio.run(partial(say, options, *setting))
    url = address.format(f"127.0.0.1:{server.port}")
    other = RedisOptions(url=url, prefix=options.prefix)
    exit_code, _, errors = run(other, tmp_path, "retry", "--all")
    assert exit_code == 2
    assert "queue.url" in errors
    assert told in errors
    assert "secret" not in errors


@pytest.mark.anyio
async def test_what_no_worker_there_can_do_is_declined_in_words(options: RedisOptions) -> None:
    effect = Effect(key="k", tool="send", arguments="{}", irreversible=True)
    reading = RedisWorkerQueue(options, WallClock(), lambda: Offer(("remote",), ("arithmetic",), 1))
    other = RedisGateway(options, WallClock(), agents=["local"])
    able = RedisGateway(options, WallClock(), agents=["local", "remote"])
    async with anyio.create_task_group() as tasks:
        for each in (reading, other, able):
            await tasks.start(each.run)
        # Nobody is there yet, and somebody may come.
        assert asked(other, "o.first") is None
        other.close_session("s")
        tasks.start_soon(reading.claim)
        assert "nobody" in await until_declined(other)
        assert "nobody" in await until_declined(able, approved=effect)
        assert asked(able, "s.asked") is None
        tasks.cancel_scope.cancel()


@pytest.mark.anyio
async def test_a_pool_in_which_too_much_waits_declines_in_words(options: RedisOptions) -> None:
    limits = QueueLimits(waiting=2)
    effect = Effect(key="k", tool="send", arguments="{}", irreversible=True)
    async with gateway(options, limits) as other, gateway(options, limits) as session:
        other.submit_nowait(package(delegation_id="o.1", session_id="o"))
        other.submit_nowait(package(delegation_id="o.2", session_id="o"))
        declined = await until_declined(session)
        assert declined.endswith(".")
        # What the user has said yes to is taken all the same.
        session.submit_nowait(package(delegation_id="s.yes", approved=effect))
        async with worker(options) as free:
            for _ in range(3):
                claim = await free.claim()
                free.finish_nowait(claim)
            with anyio.fail_after(20):
                while asked(session, "s.again") is not None:  # noqa: ASYNC110 (it is on a server)
                    await anyio.sleep(0.1)
