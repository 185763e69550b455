"""What was found when a session was gone: one session of the same user is given it, once."""

from dataclasses import replace

import anyio
import pytest

from tests.background_agents.packages import package, update
from tests.background_agents.queues_opened import (
    Sides,
    ask,
    eventually,
    gateway,
    options_for,
    worker,
)
from tests.redis_server import RedisServer
from weft.background_agents.queues.places import Keys, RedisOptions
from weft.background_agents.queues.redis_gateway import RedisGateway
from weft.background_agents.queues.redis_kept import answer_in
from weft.background_agents.queues.redis_worker import RedisWorkerQueue
from weft.background_agents.queues.wire import Updates
from weft.background_agents.types import Claim, KeptAnswer, Position, UpdateKind
from weft.bench._tcp_proxy import Proxy

pytestmark = [pytest.mark.anyio, pytest.mark.integration]

ASKED = "what is the capital of France"


@pytest.fixture
def options(server: RedisServer) -> RedisOptions:
    return replace(options_for(server.url), keep_results_s=3_600.0)


async def asked(session: RedisGateway, queue: RedisWorkerQueue, user_id: str | None) -> Claim:
    await session.hold_session("s", 0, user_id)
    session.submit_nowait(package(ASKED, user_id=user_id))
    return await queue.claim()


async def answered(queue: RedisWorkerQueue, claim: Claim, sequence: int = 0) -> None:
    queue.publish_nowait(update(claim, sequence, final=True))
    queue.finish_nowait(claim)
    await eventually(lambda: queue.held == 0)


async def left_behind(options: RedisOptions, queue: RedisWorkerQueue, user_id: str | None) -> None:
    """Let a user ask something and leave before it is answered."""
    async with gateway(options) as first:
        claim = await asked(first, queue, user_id)
        # Whatever is sent together with the package has arrived.
        await anyio.sleep(0.3)
        first.close_session("s")
    await answered(queue, claim)


def silent_for(options: RedisOptions) -> float:
    """Give the seconds after which a session that has fallen silent has been looked for."""
    return 4.0 * options.lease_s


async def kept(session: RedisGateway, session_id: str) -> KeptAnswer:
    got: list[KeptAnswer] = []

    def came() -> bool:
        got.extend(session.kept_nowait(session_id))
        return bool(got)

    await eventually(came)
    [only] = got
    return only


async def listed_users(options: RedisOptions) -> object:
    return await ask(options, "KEYS", f"{options.prefix}:{{u:*")


async def test_the_user_is_told_in_the_next_session_and_only_there(options: RedisOptions) -> None:
    async with worker(options) as queue:
        await left_behind(options, queue, "ann")
        async with gateway(options) as second:
            await second.hold_session("t", 0, "ann")
            found = await kept(second, "t")
            assert (found.request, found.update.text) == (ASKED, "Paris.")
            await anyio.sleep(options.lease_s)
            assert second.kept_nowait("t") == []
            assert await listed_users(options) == []
        async with gateway(options) as third:
            await third.hold_session("v", 0, "ann")
            await anyio.sleep(options.lease_s)
            assert third.kept_nowait("v") == []


async def test_what_is_listed_once_more_is_not_told_once_more(options: RedisOptions) -> None:
    users = Keys(options.prefix, options.pool).kept("ann")
    async with worker(options) as queue, gateway(options) as second:
        await left_behind(options, queue, "ann")
        listed = await ask(options, "HGET", users, "s.1")
        assert isinstance(listed, bytes)
        await second.hold_session("t", 0, "ann")
        assert (await kept(second, "t")).update.text == "Paris."
        # As by the session that asked, while it comes back.
        await ask(options, "HSET", users, "s.1", listed)
        await anyio.sleep(2.0 * options.lease_s)
        assert second.kept_nowait("t") == []
        assert await listed_users(options) == []


async def test_a_claim_whose_reply_was_lost_is_a_claim(
    server: RedisServer, options: RedisOptions
) -> None:
    proxy = Proxy(server.port)
    async with (
        proxy.running(),
        worker(options) as queue,
        gateway(replace(options, url=proxy.url)) as second,
    ):
        await left_behind(options, queue, "ann")
        proxy.lose_reply_to = b":told:"
        await second.hold_session("t", 0, "ann")
        assert (await kept(second, "t")).update.text == "Paris."
        assert proxy.lost == 1


async def test_what_ends_after_the_user_has_come_back_is_told_as_well(
    options: RedisOptions,
) -> None:
    async with worker(options) as queue:
        # Its process dies: nobody says that the session has ended.
        async with gateway(options) as first:
            claim = await asked(first, queue, "ann")
            await anyio.sleep(0.3)
        async with gateway(options) as second:
            await second.hold_session("t", 0, "ann")
            await anyio.sleep(silent_for(options))
            assert second.kept_nowait("t") == []
            await answered(queue, claim)
            assert (await kept(second, "t")).update.text == "Paris."


async def test_of_two_sessions_of_the_user_one_is_told(options: RedisOptions) -> None:
    async with (
        worker(options) as queue,
        gateway(options) as second,
        gateway(options) as third,
    ):
        await second.hold_session("t", 0, "ann")
        await third.hold_session("v", 0, "ann")
        await left_behind(options, queue, "ann")
        await anyio.sleep(silent_for(options))
        found = [*second.kept_nowait("t"), *third.kept_nowait("v")]
        assert [each.update.text for each in found] == ["Paris."]


async def test_neither_another_user_nor_a_stranger_is_told(options: RedisOptions) -> None:
    async with worker(options) as queue, gateway(options) as second:
        await second.hold_session("of another", 0, "bob")
        await second.hold_session("of a stranger", 0, None)
        await left_behind(options, queue, "ann")
        await anyio.sleep(silent_for(options))
        assert second.kept_nowait("of another") == []
        assert second.kept_nowait("of a stranger") == []
        await second.hold_session("t", 0, "ann")
        assert (await kept(second, "t")).update.text == "Paris."


@pytest.mark.parametrize("user_id", ["ann", None])
async def test_nothing_is_listed_of_a_stranger_or_when_nothing_is_kept(
    options: RedisOptions, user_id: str | None
) -> None:
    if user_id is not None:
        options = replace(options, keep_results_s=None)
    async with worker(options) as queue, gateway(options) as first:
        claim = await asked(first, queue, user_id)
        await answered(queue, claim)
        assert len(await Sides(first, queue).updates()) == 1
        assert await listed_users(options) == []


async def test_nothing_is_taken_from_a_session_that_was_cut_off_for_a_moment(
    server: RedisServer, options: RedisOptions
) -> None:
    options = replace(options, lease_s=4.0)
    proxy = Proxy(server.port)
    async with (
        proxy.running(),
        worker(options) as queue,
        gateway(replace(options, url=proxy.url)) as first,
        gateway(options) as second,
    ):
        await second.hold_session("t", 0, "ann")
        claim = await asked(first, queue, "ann")
        await anyio.sleep(0.3)
        proxy.silent = True
        await answered(queue, claim)
        # Long enough for the other to look, and not for this one to be taken for gone.
        await anyio.sleep(options.lease_s)
        assert second.kept_nowait("t") == []
        proxy.silent = False
        [answer] = await Sides(first, queue).updates()
        assert (answer.kind, answer.text) == (UpdateKind.RESULT, "Paris.")


async def test_what_had_come_to_its_session_is_not_told_again(options: RedisOptions) -> None:
    async with worker(options) as queue, gateway(options) as second:
        await second.hold_session("t", 0, "ann")
        async with gateway(options) as first:
            claim = await asked(first, queue, "ann")
            queue.publish_nowait(update(claim))
            assert len(await Sides(first, queue).updates()) == 1
        await answered(queue, claim, sequence=1)
        await anyio.sleep(silent_for(options))
        assert second.kept_nowait("t") == []


async def test_a_session_that_was_cut_off_does_not_say_what_another_was_told(
    server: RedisServer, options: RedisOptions
) -> None:
    proxy = Proxy(server.port)
    async with (
        proxy.running(),
        worker(options) as queue,
        gateway(replace(options, url=proxy.url)) as first,
        gateway(options) as second,
    ):
        await second.hold_session("t", 0, "ann")
        claim = await asked(first, queue, "ann")
        await anyio.sleep(0.3)
        proxy.silent = True
        await answered(queue, claim)
        assert (await kept(second, "t")).update.text == "Paris."
        proxy.silent = False
        [told] = await Sides(first, queue).updates()
        assert (told.kind, told.final) == (UpdateKind.FAILURE, True)


async def test_a_session_that_goes_on_from_its_record_is_told_unless_another_was(
    options: RedisOptions,
) -> None:
    async with worker(options) as queue:
        for first_comes_back in (True, False):
            await left_behind(options, queue, "ann")
            async with gateway(options) as first, gateway(options) as second:
                if not first_comes_back:
                    await second.hold_session("t", 0, "ann")
                    assert (await kept(second, "t")).update.text == "Paris."
                await first.hold_session("s", 1, "ann")
                first.take_over_nowait(package(ASKED, user_id="ann"), Position())
                [told] = await Sides(first, queue).updates()
                assert (told.kind is UpdateKind.RESULT) is first_comes_back
                await second.hold_session("t", 0, "ann")
                await anyio.sleep(silent_for(options))
                assert second.kept_nowait("t") == []
            await ask(options, "FLUSHALL")


def test_the_answer_is_that_of_the_attempt_that_came_to_its_end() -> None:
    def said(attempt: int, *kinds: UpdateKind, final: bool) -> Updates:
        claim = Claim(package=package(), attempt=attempt)
        each = [update(claim, n, kind, text=f"{attempt}.{n}") for n, kind in enumerate(kinds)]
        each[-1] = each[-1].model_copy(update={"final": final})
        return Updates(delegation_id="s.1", revision=0, attempt=attempt, updates=tuple(each))

    lost = said(1, UpdateKind.COMMENTARY, UpdateKind.RESULT, final=False)
    done = said(2, UpdateKind.RESULT, UpdateKind.THINKING, final=True)
    failed = said(2, UpdateKind.COMMENTARY, UpdateKind.FAILURE, final=True)
    assert answer_in([lost], 0) is None
    assert answer_in([lost, failed], 0) is None
    assert answer_in([lost, done], 1) is None
    answer = answer_in([lost, done, lost], 0)
    assert answer is not None
    assert answer.text == "2.0"
