"""Signed messages on real servers: what is forged has no effect, and what is true goes on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from itertools import pairwise

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
from tests.redis_server import RedisServer
from weft.background_agents.queues.needs import Need
from weft.background_agents.queues.places import Keys, RedisOptions
from weft.background_agents.queues.redis_gateway import RedisGateway
from weft.background_agents.queues.redis_inspection import PoolInspection
from weft.background_agents.queues.redis_ledger import NOT_BELIEVED
from weft.background_agents.queues.redis_link import entries
from weft.background_agents.queues.redis_worker import RedisWorkerQueue
from weft.background_agents.queues.signing import Signing
from weft.background_agents.queues.wire import (
    EffectNote,
    Header,
    Holder,
    Interest,
    Listed,
    Move,
    Offer,
    Stop,
    Updates,
    call_body,
    holder_body,
    interest_body,
    listed_body,
    move_fields,
    order_fields,
    outcome_body,
    package_body,
    stop_body,
    updates_fields,
)
from weft.background_agents.types import AgentUpdate, Claim, KeptAnswer, Position, UpdateKind
from weft.clock import WallClock
from weft.errors import InputError, ToolError
from weft.tools.effect import ChangingCall, Effect
from weft.tools.ledger import Begun
from weft.tools.tool import ToolOutput

pytestmark = [pytest.mark.anyio, pytest.mark.integration]

OURS, OLD, THEIRS = b"our secret " * 3, b"our old one " * 3, b"of strangers" * 3
P1 = 1
LOCAL = Offer(("local",), ("send",), 1)


@pytest.fixture
def options(server: RedisServer) -> RedisOptions:
    """Give options for a server, with a key."""
    return signed(options_for(server.url), OURS)


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
        streams = (keys(options).replies(session.gateway_id), keys(options).log("s.1"))
        for stream, other in (streams, streams[::-1]):
            true = updates_fields(message, options.seals.updates(stream))
            forgeries = [
                updates_fields(message, signed(options).seals.updates(stream)),
                updates_fields(message, signed(options, THEIRS).seals.updates(stream)),
                # Signed by one who has the key, for elsewhere, and for another kind of message.
                updates_fields(message, options.seals.updates(other)),
                (*true[:2], "s", options.seals.packages.signature(str(true[1]).encode())),
                ("d", bytes(true[1]).replace(b"a lie", b"a joke"), *true[2:]),  # type: ignore[arg-type]
            ]
            for fields in forgeries:
                await ask(options, "XADD", stream, "*", *fields)
        await eventually(lambda: session.refusals.counted.total() >= 2 * len(forgeries))
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
        assert (await queue.claim()).package.request == package().request
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


async def test_a_package_that_is_copied_to_another_stream_is_set_aside(
    options: RedisOptions,
) -> None:
    """Under the same number: there it would stand for the submission as the first one does."""
    need = Need(agents=("local",))
    others = [Need(tool="send").stream(keys(options), 0), keys(options).packages(P1)]
    stream = need.stream(keys(options), P1)
    async with gateway(options, agents=["local"]) as session:
        session.submit_nowait(package())
        with anyio.fail_after(10):
            while not (there := await ask(options, "XRANGE", stream, "-", "+")):  # noqa: ASYNC110
                await anyio.sleep(0.01)
        await ask(options, "HSET", keys(options).needs, "tool:send", "1" * 13)
        [entry] = entries(stream, there)
        for other in others:
            copied = (part for pair in entry.fields.items() for part in pair)
            await ask(options, "XADD", other, entry.entry_id, *copied)
        async with worker(options, lambda: LOCAL) as queue:
            claim = await queue.claim()
            assert await comes_to_nothing(queue.claim)
            await eventually(lambda: queue.refusals.counted == {("package", "misplaced"): 2})
            queue.publish_nowait(update(claim, final=True))
            queue.finish_nowait(claim)
            assert len(await Sides(session, queue).updates()) == 1
        with anyio.fail_after(10):
            while len(await dead_letters(options)) < len(others):  # noqa: ASYNC110
                await anyio.sleep(0.02)


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


def strangers(options: RedisOptions) -> list[RedisOptions]:
    """Give options of those who have no key, another key, and the key for another prefix."""
    return [signed(options), signed(options, THEIRS), replace(options, prefix="another")]


def refused(side: RedisGateway | RedisWorkerQueue, kind: str) -> int:
    """Give how many messages of a kind were not taken."""
    return sum(count for (of, _), count in side.refusals.so_far().items() if of == kind)


async def test_nobody_else_can_take_a_session_away(options: RedisOptions) -> None:
    seals = [each.seals for each in strangers(options)]
    flags = [each.holder("s", 1) for each in seals]
    # With the right key, for the next epoch and for another session.
    flags += [options.seals.holder("s", 2), options.seals.holder("other", 1)]
    async with gateway(options) as session:
        await session.hold_session("s", 0)
        for seal in flags:
            flag = holder_body(Holder(gateway_id="them"), seal)
            await ask(options, "SET", keys(options).holder("s", 1), flag)
            before = refused(session, "holder")
            with anyio.fail_after(10):
                while refused(session, "holder") == before:
                    await session.look_whether_moved("s")
        for each in seals:
            move = move_fields(Move(session_id="s", epoch=1), each.moves)
            await ask(options, "XADD", keys(options).moves, "*", *move)
        await eventually(lambda: refused(session, "move") >= len(seals))
        assert not session.has_moved("s")
        # The false flag keeps nobody from going on with the record either.
        async with gateway(options) as second:
            await second.hold_session("s", 1)
            assert not second.has_moved("s")
            await eventually(lambda: session.has_moved("s"))


async def test_nobody_else_can_say_that_nobody_waits(options: RedisOptions) -> None:
    note, gone = keys(options).interest("s.1"), Interest(revision=0, base_attempt=0, until_ms=1)
    seals = [each.seals.interest("s.1") for each in strangers(options)]
    lies = [interest_body(gone, seal) for seal in (*seals, options.seals.interest("s.2"))]
    async with gateway(options) as session:
        session.submit_nowait(package())
        with anyio.fail_after(10):
            while not await ask(options, "EXISTS", note):  # noqa: ASYNC110 (it is on a server)
                await anyio.sleep(0.01)
    await ask(options, "SET", note, lies[0])
    async with worker(options) as queue:
        claim = await queue.claim()
        for lie in lies:
            await ask(options, "SET", note, lie)
            before = refused(queue, "interest")
            await eventually(partial(_has_refused_more, queue, before, "interest"))
        assert await comes_to_nothing(lambda: queue.wait_cancelled(claim))
        await ask(options, "SET", note, interest_body(gone, options.seals.interest("s.1")))
        with anyio.fail_after(20):
            assert not await queue.wait_cancelled(claim)


def _has_refused_more(side: RedisGateway | RedisWorkerQueue, before: int, kind: str) -> bool:
    return refused(side, kind) > before


async def test_who_goes_on_with_a_session_believes_its_log_and_nobody_else(
    options: RedisOptions,
) -> None:
    patient = replace(options, lease_s=10.0)
    log = keys(options).log("s.1")
    async with worker(patient) as queue:
        async with gateway(patient) as first:
            await first.hold_session("s", 0)
            first.submit_nowait(package())
            claim = await queue.claim()
            queue.publish_nowait(update(claim, 0, UpdateKind.COMMENTARY, text="one"))
            await Sides(first, queue).updates()
        lie = Updates(
            delegation_id="s.1",
            revision=0,
            attempt=claim.attempt,
            updates=(update(claim, 1, text="a lie", final=True),),
        )
        for seals in (signed(options).seals, signed(options, THEIRS).seals):
            await ask(options, "XADD", log, "*", *updates_fields(lie, seals.updates(log)))
        queue.publish_nowait(update(claim, 1, text="the truth", final=True))
        queue.finish_nowait(claim)
        await eventually(lambda: queue.held == 0)
        async with gateway(patient) as second:
            await second.hold_session("s", 1)
            second.take_over_nowait(package(), Position(attempt=claim.attempt, next_sequence=1))
            assert [each.text for each in await Sides(second, queue).updates()] == ["the truth"]
            assert set(second.refusals.counted) == {
                ("updates", "unsigned"),
                ("updates", "unknown_key"),
            }


async def test_nobody_is_told_the_answer_of_another_user(options: RedisOptions) -> None:
    """Not even by a true line, copied under another name."""
    options = replace(options, keep_results_s=3_600.0)
    anns, bobs = keys(options).kept("ann"), keys(options).kept("bob")
    listed = Listed(session_id="s", revision=0, request=package().request)
    async with worker(options) as queue, gateway(options) as session:
        await session.hold_session("s", 0, "ann")
        session.submit_nowait(package(user_id="ann"))
        claim = await queue.claim()
        session.close_session("s")
        queue.publish_nowait(update(claim, final=True))
        queue.finish_nowait(claim)
        await eventually(lambda: queue.held == 0)
        true = await ask(options, "HGET", anns, "s.1")
        assert isinstance(true, bytes)
        forged = [
            listed_body(listed, each.seals.listed("bob", "s.1")) for each in strangers(options)
        ]
        await session.hold_session("of bob", 0, "bob")
        for line in (true, *forged):
            await ask(options, "HSET", bobs, "s.1", line)
            before = refused(session, "listed")
            await eventually(partial(_has_refused_more, session, before, "listed"))
        # By now the session that asked is taken for gone.
        await session.hold_session("of ann", 0, "ann")
        told: list[KeptAnswer] = []

        def came() -> bool:
            told.extend(session.kept_nowait("of ann"))
            return bool(told)

        await eventually(came)
        assert [each.update.text for each in told] == ["Paris."]
        assert session.kept_nowait("of bob") == []


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
    header = Header(
        gateway_id="g", base_attempt=0, deadline_ms=1, agents=("local",), signed_ms=1_000
    )
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
    able, unable = LOCAL, Offer(("remote",), ("time",), 1)
    async with worker(signed(options, OURS, OLD), lambda: unable) as queue:
        assert await comes_to_nothing(queue.claim)
    async with worker(signed(options, OURS, OLD), lambda: able) as queue:
        # Signed anew: as old as it is, it would not count any more.
        assert (await queue.claim()).package.request == package().request
        assert queue.refusals.counted == {}


async def test_a_dead_letter_that_names_other_agents_than_it_did_is_not_tried_again(
    options: RedisOptions,
) -> None:
    """What it names decides where it goes."""
    header = Header(gateway_id="g", base_attempt=0, deadline_ms=1, agents=("local",), signed_ms=1)
    other = header.model_copy(update={"agents": ("remote",)})
    body, seal = package_body(package()), options.seals.packages
    _, altered, *_ = order_fields(other, body, seal)
    _, _, *rest = order_fields(header, body, seal)
    await ask(options, "XADD", keys(options).dead_letters, "*", "h", altered, *rest)
    inspection = PoolInspection(options, WallClock())
    [letter] = await inspection.dead()
    with pytest.raises(InputError, match="its signature does not fit"):
        await inspection.retry([letter.entry_id])
    await inspection.aclose()
