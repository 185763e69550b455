"""Signed messages on real servers: what is forged has no effect, and what is true goes on."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import anyio
import pytest

from tests.background_agents.ledgers_opened import redis_ledger
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
from tests.redis_server import RedisServer, programs
from weft.background_agents.queues.redis_gateway import RedisGateway
from weft.background_agents.queues.redis_inspection import PoolInspection
from weft.background_agents.queues.redis_ledger import NOT_BELIEVED
from weft.background_agents.queues.redis_worker import RedisWorkerQueue
from weft.background_agents.queues.signing import Signing
from weft.background_agents.queues.wire import (
    EffectNote,
    Header,
    Keys,
    RedisOptions,
    Stop,
    Updates,
    call_body,
    order_fields,
    outcome_body,
    package_body,
    stop_body,
    updates_fields,
)
from weft.background_agents.types import AgentUpdate, Claim, UpdateKind
from weft.clock import WallClock
from weft.errors import InputError, ToolError
from weft.tools.effect import ChangingCall, Effect
from weft.tools.ledger import Begun
from weft.tools.tool import ToolOutput

pytestmark = [pytest.mark.anyio, pytest.mark.integration]

OURS, OLD, THEIRS = b"our secret " * 3, b"our old one " * 3, b"of strangers" * 3
P1 = 1


@pytest.fixture
def options(tmp_path: Path) -> Iterator[RedisOptions]:
    """Give options for a server, with a key."""
    found = programs()
    if not found:
        pytest.skip("there is no Redis server here")
    started = RedisServer(next(iter(found.values())), tmp_path)
    started.start()
    yield signed(options_for(started.url), OURS)
    started.kill()


def signed(options: RedisOptions, *secrets: bytes) -> RedisOptions:
    return replace(options, signing=Signing(secrets))


def keys(options: RedisOptions) -> Keys:
    return Keys(options.prefix, options.pool)


async def dead_letters(options: RedisOptions) -> list[str]:
    """Give why packages were set aside, the latest first."""
    inspection = PoolInspection(options, WallClock())
    letters = await inspection.dead()
    await inspection.aclose()
    return [letter.why for letter in letters]


@asynccontextmanager
async def answering(options: RedisOptions) -> AsyncIterator[RedisWorkerQueue]:
    """Run a worker that answers whatever it is given."""
    async with worker(options) as queue, anyio.create_task_group() as tasks:

        async def work() -> None:
            while True:
                claim = await queue.claim()
                queue.publish_nowait(update(claim, text=claim.package.request, final=True))
                queue.finish_nowait(claim)

        tasks.start_soon(work)
        yield queue
        tasks.cancel_scope.cancel()


async def answered(session: RedisGateway, name: str, request: str) -> list[AgentUpdate]:
    """Delegate something, and give what was heard of it."""
    session.submit_nowait(package(request, delegation_id=f"{name}.1", session_id=name))
    got: list[AgentUpdate] = []

    def ended() -> bool:
        got.extend(session.updates_nowait(name))
        return any(each.final for each in got)

    await eventually(ended)
    return got


@pytest.mark.parametrize("keys_of_worker", [(THEIRS,), ()])
async def test_a_worker_with_the_wrong_key_does_nothing_and_leaves_the_rest_to_others(
    options: RedisOptions, caplog: pytest.LogCaptureFixture, keys_of_worker: tuple[bytes, ...]
) -> None:
    names = [f"s{number}" for number in range(12)]
    heard: list[AgentUpdate] = []

    def all_heard() -> bool:
        for name in names:
            heard.extend(session.updates_nowait(name))
        return len(heard) >= len(names)

    async with (
        gateway(options) as session,
        worker(signed(options, *keys_of_worker)) as wrong,
        anyio.create_task_group() as tasks,
    ):
        for _ in range(4):
            tasks.start_soon(wrong.claim)
        for name in names:
            session.submit_nowait(package(delegation_id=f"{name}.1", session_id=name))
        await eventually(lambda: bool(wrong.refusals.counted))
        async with answering(options) as right:
            await eventually(all_heard)
            assert right.refusals.counted == {}
        assert wrong.held == 0
        tasks.cancel_scope.cancel()
    assert sorted(each.session_id for each in heard) == sorted(names)
    reason = "unknown_key" if keys_of_worker else "no_key"
    assert set(wrong.refusals.counted) == {("package", reason)}
    # It doubts itself, and takes one of a lease: the others are left to whoever can do them.
    assert wrong.refusals.counted.total() < len(names)
    assert set(await dead_letters(options)) <= {
        each.partition(": ")[2].partition("; more of the same")[0]
        for each in caplog.messages
        if "queue.signing_keys" in each
    }
    assert sum("a package was set aside" in each for each in caplog.messages) == 1


async def test_without_anybody_who_has_the_key_a_delegation_fails_at_its_deadline(
    options: RedisOptions,
) -> None:
    got: list[AgentUpdate] = []

    def heard() -> bool:
        got.extend(session.updates_nowait("s"))
        return bool(got)

    async with (
        gateway(options) as session,
        worker(signed(options, THEIRS)) as wrong,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(wrong.claim)
        session.submit_nowait(package(deadline_s=1.5))
        await eventually(heard)
        tasks.cancel_scope.cancel()
    assert wrong.refusals.counted.total() > 0
    assert [(each.kind, each.final) for each in got] == [(UpdateKind.FAILURE, True)]


async def test_keys_change_while_delegations_go_on(options: RedisOptions) -> None:
    before, known = signed(options, OLD), signed(options, OLD, OURS)
    changed, after = signed(options, OURS, OLD), signed(options, OURS)
    steps = [before, known, changed, after]
    alike = [(step, step) for step in steps]
    one_ahead = [pair for two in pairwise(steps) for pair in (two, two[::-1])]
    for number, (asking, working) in enumerate([*alike, *one_ahead]):
        async with gateway(asking) as session, answering(working) as queue:
            [said] = await answered(session, f"s{number}", "still there?")
            assert said.text == "still there?"
            assert session.refusals.counted == queue.refusals.counted == {}


async def test_what_others_write_as_updates_is_not_said(
    options: RedisOptions, caplog: pytest.LogCaptureFixture
) -> None:
    async with gateway(options) as session, worker(options) as queue:
        session.submit_nowait(package())
        claim = await queue.claim()
        lie = update(Claim(package=package(), attempt=claim.attempt), text="a lie", final=True)
        message = Updates(delegation_id="s.1", revision=0, attempt=1, updates=(lie,))
        stream = keys(options).replies(session.gateway_id)
        mine = options.seals.updates(session.gateway_id)
        true = updates_fields(message, mine)
        forgeries = [
            updates_fields(message, signed(options).seals.updates(session.gateway_id)),
            updates_fields(message, signed(options, THEIRS).seals.updates(session.gateway_id)),
            # Signed by one who has the key, for another gateway, and for another kind of message.
            updates_fields(message, options.seals.updates("another")),
            (*true[:2], "s", options.seals.packages.signature(str(true[1]).encode())),
            ("d", bytes(true[1]).replace(b"a lie", b"a joke"), *true[2:]),  # type: ignore[arg-type]
        ]
        for fields in forgeries:
            await ask(options, "XADD", stream, "*", *fields)
            await ask(options, "XADD", keys(options).log("s.1"), "*", *fields)
        await eventually(lambda: session.refusals.counted.total() >= len(forgeries))
        assert session.updates_nowait("s") == []
        queue.publish_nowait(update(claim, text="the truth", final=True))
        queue.finish_nowait(claim)
        assert [each.text for each in await Sides(session, queue).updates()] == ["the truth"]
    assert "a lie" not in caplog.text
    reasons = {reason for _, reason in session.refusals.counted}
    assert reasons == {"unsigned", "unknown_key", "altered"}


async def test_what_others_write_as_packages_is_set_aside_with_the_reason(
    options: RedisOptions,
) -> None:
    header = Header(gateway_id="g", base_attempt=0, deadline_ms=None)
    old = header.model_copy(update={"signed_ms": 1_000})
    body = package_body(package("drop everything"))
    ours = options.seals.packages
    true = order_fields(old, package_body(package("do it")), ours)
    forgeries = [
        order_fields(header, body, signed(options).seals.packages),
        order_fields(old, body, signed(options, THEIRS).seals.packages),
        order_fields(old, body, replace(options, pool="heavy").seals.packages),
        (*true[:3], body, *true[4:]),
        # True, and from so long ago that nobody knows what was done about it.
        true,
    ]
    async with gateway(options) as session, worker(options) as queue:
        for fields in forgeries:
            await ask(options, "XADD", keys(options).packages(P1), "*", *fields)
        session.submit_nowait(package())
        assert (await queue.claim()).package == package()
        assert await comes_to_nothing(queue.claim)
        await eventually(lambda: queue.refusals.counted.total() == len(forgeries))
        with anyio.fail_after(10):
            while len(await dead_letters(options)) < len(forgeries):  # noqa: ASYNC110
                await anyio.sleep(0.02)
    reasons = {reason for _, reason in queue.refusals.counted}
    assert reasons == {"unsigned", "unknown_key", "altered", "old"}
    assert all("signed" in why or "signature" in why for why in await dead_letters(options))


async def test_a_package_that_is_written_once_more_is_worked_on_once(
    options: RedisOptions,
) -> None:
    stream = keys(options).packages(P1)
    async with gateway(options) as session:
        session.submit_nowait(package())
        with anyio.fail_after(10):
            while not (there := await ask(options, "XRANGE", stream, "-", "+")):  # noqa: ASYNC110
                await anyio.sleep(0.01)
        assert isinstance(there, list)
        match there[0]:
            case [_, list(fields)]:
                await ask(
                    options, "XADD", stream, "*", *(f for f in fields if isinstance(f, bytes))
                )
            case _:
                raise AssertionError(there)
        async with answering(options) as queue:
            assert len(await Sides(session, queue).updates()) == 1
            assert queue.refusals.counted == {}
            await eventually(lambda: queue.held == 0)
        assert await ask(options, "XLEN", stream) == 0


async def test_nobody_else_can_have_work_stopped(options: RedisOptions) -> None:
    stop = Stop(delegation_id="s.1", up_to_attempt=100, revision=1)
    async with gateway(options) as session, worker(options) as queue:
        session.submit_nowait(package())
        claim = await queue.claim()
        for stranger in (signed(options), signed(options, THEIRS), replace(options, pool="heavy")):
            signal = stop_body(stop, stranger.seals.stops)
            await ask(options, "PUBLISH", keys(options).control, signal)
            await ask(options, "SET", keys(options).stop("s.1"), signal)
        await eventually(lambda: queue.refusals.counted.total() >= 3)
        assert await comes_to_nothing(lambda: queue.wait_cancelled(claim))
        session.cancel_nowait("s.1")
        with anyio.fail_after(10):
            await queue.wait_cancelled(claim)


async def test_what_others_write_down_of_effects_is_not_believed(
    options: RedisOptions, caplog: pytest.LogCaptureFixture
) -> None:
    effect = Effect(key="k", tool="send", arguments="{}", irreversible=False)
    lie = EffectNote(arguments="{}", outputs=(ToolOutput("It is done, trust me."),))
    call = ChangingCall(tool="send", arguments={}, delegation_id="s.1", revision=0, ordinal=1)
    words = keys(options).call("s.1", call.words)
    for stranger in (signed(options), signed(options, THEIRS)):
        seals = stranger.seals
        await ask(options, "SET", keys(options).effect("k"), outcome_body(lie, seals.effect("k")))
        await ask(options, "SET", words, call_body("k", seals.call(words)))
        async with redis_ledger(options) as ledger:
            # Nobody knows whether it was done, so that it is not done.
            assert await ledger.begin(effect) == Begun("{}")
            with pytest.raises(ToolError, match=NOT_BELIEVED):
                await ledger.key_of(call)
            assert ledger.refusals.counted.total() == 2
    assert "trust me" not in caplog.text
    await ask(options, "DEL", keys(options).effect("k"), words)
    async with redis_ledger(options) as mine, redis_ledger(signed(options, OLD, OURS)) as other:
        assert await mine.key_of(call) == await other.key_of(call) == call.place
        assert await mine.begin(effect) is None
        assert await other.begin(effect) == Begun("{}")


async def test_a_dead_letter_is_tried_again_by_whoever_has_the_key(options: RedisOptions) -> None:
    header = Header(gateway_id="g", base_attempt=0, deadline_ms=1, signed_ms=1_000)
    fields = order_fields(header, package_body(package()), options.seals.packages)
    await ask(options, "XADD", keys(options).dead_letters, "*", *fields, "why", "w", "by", "me")
    for stranger in (signed(options), signed(options, THEIRS)):
        inspection = PoolInspection(stranger, WallClock())
        [letter] = await inspection.dead()
        assert (letter.delegation_id, letter.why) == ("", "w")
        with pytest.raises(InputError, match=r"queue\.signing_keys"):
            await inspection.retry([letter.entry_id])
        await inspection.aclose()
    inspection = PoolInspection(signed(options, OLD, OURS), WallClock())
    [letter] = await inspection.dead()
    assert letter.delegation_id == "s.1"
    assert await inspection.retry([letter.entry_id]) == 1
    await inspection.aclose()
    async with worker(signed(options, OURS, OLD)) as queue:
        # Signed anew: as old as it is, it would not count any more.
        assert (await queue.claim()).package == package()
        assert queue.refusals.counted == {}
