"""The contract of every queue: the same script in process, on Redis 6.2, on Redis and on Valkey."""

from collections.abc import Iterator

import anyio
import pytest

from tests.background_agents.packages import package, update
from tests.background_agents.queues_opened import (
    Opened,
    comes_to_nothing,
    in_process,
    on_server,
)
from tests.redis_server import running
from weft.background_agents.queues.memory import QueueLimits
from weft.background_agents.types import Claim, UpdateKind
from weft.errors import Declined, QueueFull
from weft.tools.components import Card, Fact

pytestmark = [pytest.mark.anyio, pytest.mark.integration]

NO_LIMITS = QueueLimits()


@pytest.fixture(
    scope="module", params=["memory", "redis", "valkey", "redis-6.2", "redis with rights"]
)
def opened(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Opened]:
    """Give what opens a queue; a server that is not installed here is passed over."""
    if request.param == "memory":
        yield in_process
        return
    with running(tmp_path_factory.mktemp("server"), request.param) as server:
        yield on_server(server.url)


async def test_packages_are_claimed_in_the_order_of_submission(opened: Opened) -> None:
    async with opened(NO_LIMITS) as queue:
        for number in range(3):
            queue.session.submit_nowait(package(delegation_id=f"s.{number}"))
        claimed = [(await queue.worker.claim()).package.delegation_id for _ in range(3)]
        assert claimed == ["s.0", "s.1", "s.2"]


async def test_a_package_arrives_as_it_was_submitted(opened: Opened) -> None:
    async with opened(NO_LIMITS) as queue:
        sent = package("wie heißt die Hauptstadt?", user_id="anna", tainted=True)
        queue.session.submit_nowait(sent)
        claim = await queue.worker.claim()
        # A worker elsewhere has another clock, by which the same moment is another number.
        moment_s = claim.package.submitted_s
        assert (claim.package, claim.attempt) == (
            sent.model_copy(update={"submitted_s": moment_s}),
            1,
        )


async def test_a_waiting_worker_wakes_when_a_package_arrives(opened: Opened) -> None:
    async with opened(NO_LIMITS) as queue:
        claims: list[Claim] = []

        async def take() -> None:
            claims.append(await queue.worker.claim())

        async with anyio.create_task_group() as tasks:
            for _ in range(2):
                tasks.start_soon(take)
            await anyio.sleep(0.05)
            queue.session.submit_nowait(package(delegation_id="s.1"))
            queue.session.submit_nowait(package(delegation_id="s.2"))
        assert {claim.package.delegation_id for claim in claims} == {"s.1", "s.2"}


async def test_updates_reach_only_their_session_and_only_once(opened: Opened) -> None:
    async with opened(NO_LIMITS) as queue:
        queue.session.submit_nowait(package(session_id="s", delegation_id="s.1"))
        queue.session.submit_nowait(package(session_id="t", delegation_id="t.1"))
        first, second = await queue.worker.claim(), await queue.worker.claim()
        queue.worker.publish_nowait(update(first, text="one"))
        queue.worker.publish_nowait(update(second, text="two"))
        assert [u.text for u in await queue.updates("s")] == ["one"]
        assert [u.text for u in await queue.updates("t")] == ["two"]


async def test_an_update_arrives_as_it_was_published(opened: Opened) -> None:
    card = Card(title="Paris", facts=(Fact(label="people", value="2.1 million"),))
    async with opened(NO_LIMITS) as queue:
        queue.session.submit_nowait(package())
        claim = await queue.worker.claim()
        sent = update(claim, text="Größe: 105 km².").model_copy(update={"components": (card,)})
        queue.worker.publish_nowait(sent)
        assert await queue.updates() == [sent]


async def test_partial_results_come_whole_and_in_order(opened: Opened) -> None:
    async with opened(NO_LIMITS) as queue:
        queue.session.submit_nowait(package())
        claim = await queue.worker.claim()
        for number in range(250):
            kind = UpdateKind.COMMENTARY
            queue.worker.publish_nowait(update(claim, number, kind, text=f"part {number}"))
            if number % 50 == 0:
                await anyio.sleep(0.01)
        queue.worker.publish_nowait(update(claim, 250, text="all of it", final=True))
        got = await queue.updates(count=251)
        assert [u.sequence for u in got] == list(range(251))


async def test_repeated_numbers_and_what_follows_the_last_update_are_dropped(
    opened: Opened,
) -> None:
    async with opened(NO_LIMITS) as queue:
        queue.session.submit_nowait(package())
        claim = await queue.worker.claim()
        queue.worker.publish_nowait(update(claim, 0, text="a"))
        queue.worker.publish_nowait(update(claim, 0, text="again"))
        queue.worker.publish_nowait(update(claim, 1, text="b", final=True))
        queue.worker.publish_nowait(update(claim, 2, text="late"))
        assert [u.text for u in await queue.updates(count=2)] == ["a", "b"]


async def test_a_higher_revision_stops_the_lower_one_and_silences_it(opened: Opened) -> None:
    async with opened(NO_LIMITS) as queue:
        queue.session.submit_nowait(package())
        old = await queue.worker.claim()
        queue.session.submit_nowait(package(revision=1))
        with anyio.fail_after(5):
            assert await queue.worker.wait_cancelled(old)
        queue.worker.publish_nowait(update(old, text="old"))
        queue.worker.finish_nowait(old)
        new = await queue.worker.claim()
        assert new.package.revision == 1
        assert new.attempt > old.attempt
        queue.worker.publish_nowait(update(new, text="new"))
        assert [u.text for u in await queue.updates()] == ["new"]


async def test_a_replaced_package_that_was_still_waiting_is_never_claimed(opened: Opened) -> None:
    async with opened(NO_LIMITS) as queue:
        queue.session.submit_nowait(package())
        queue.session.submit_nowait(package(revision=1))
        queue.session.submit_nowait(package(revision=0))
        assert (await queue.worker.claim()).package.revision == 1
        assert await comes_to_nothing(queue.worker.claim)


async def test_cancelling_tells_the_work_to_stop_and_leaves_no_update(opened: Opened) -> None:
    async with opened(NO_LIMITS) as queue:
        queue.session.submit_nowait(package())
        claim = await queue.worker.claim()
        queue.session.cancel_nowait("s.1", below_revision=0)
        queue.worker.publish_nowait(update(claim, 0))
        assert len(await queue.updates()) == 1
        queue.session.cancel_nowait("s.1")
        with anyio.fail_after(5):
            assert not await queue.worker.wait_cancelled(claim)
        queue.worker.publish_nowait(update(claim, 1))
        assert await queue.updates(count=0) == []


async def test_a_cancelled_package_that_was_still_waiting_is_never_claimed(opened: Opened) -> None:
    async with opened(NO_LIMITS) as queue:
        queue.session.submit_nowait(package())
        queue.session.cancel_nowait("s.1")
        assert await comes_to_nothing(queue.worker.claim)
        assert await queue.updates(count=0) == []


async def test_a_delegation_nobody_takes_expires_with_one_failure(opened: Opened) -> None:
    async with opened(NO_LIMITS) as queue:
        queue.session.submit_nowait(package(deadline_s=0.2))
        [failure] = await queue.updates()
        assert (failure.kind, failure.final) == (UpdateKind.FAILURE, True)
        assert await comes_to_nothing(queue.worker.claim)


async def test_running_work_is_told_to_stop_at_its_deadline(opened: Opened) -> None:
    async with opened(NO_LIMITS) as queue:
        queue.session.submit_nowait(package(deadline_s=0.3))
        claim = await queue.worker.claim()
        with anyio.fail_after(5):
            assert not await queue.worker.wait_cancelled(claim)
        queue.worker.publish_nowait(update(claim))
        assert [u.kind for u in await queue.updates()] == [UpdateKind.FAILURE]


async def test_work_that_shows_signs_of_life_does_not_expire(opened: Opened) -> None:
    async with opened(NO_LIMITS) as queue:
        queue.session.submit_nowait(package(deadline_s=0.3))
        claim = await queue.worker.claim()
        queue.worker.publish_nowait(update(claim, 0, UpdateKind.THINKING, text=""))
        with anyio.move_on_after(0.5) as waited:
            await queue.worker.wait_cancelled(claim)
        assert waited.cancelled_caught
        queue.worker.publish_nowait(update(claim, 1, text="Time is up.", final=True))
        assert [u.text for u in await queue.updates(count=2)] == ["", "Time is up."]


async def test_work_that_ends_silently_is_a_failure(opened: Opened) -> None:
    async with opened(NO_LIMITS) as queue:
        queue.session.submit_nowait(package())
        queue.worker.finish_nowait(await queue.worker.claim())
        assert [(u.kind, u.final) for u in await queue.updates()] == [(UpdateKind.FAILURE, True)]


async def test_a_delegation_that_ended_can_be_tried_again_under_a_higher_attempt(
    opened: Opened,
) -> None:
    async with opened(NO_LIMITS) as queue:
        queue.session.submit_nowait(package())
        first = await queue.worker.claim()
        queue.worker.finish_nowait(first)
        await queue.updates()
        queue.session.submit_nowait(package())
        second = await queue.worker.claim()
        assert second.attempt > first.attempt
        queue.worker.publish_nowait(update(first))
        assert await queue.updates(count=0) == []


async def test_a_full_queue_refuses_with_a_sentence_for_the_user(opened: Opened) -> None:
    async with opened(QueueLimits(per_session=2, total=3)) as queue:
        queue.session.submit_nowait(package(delegation_id="s.1"))
        queue.session.submit_nowait(package(delegation_id="s.2"))
        with pytest.raises(QueueFull) as of_session:
            queue.session.submit_nowait(package(delegation_id="s.3"))
        queue.session.submit_nowait(package(delegation_id="t.1", session_id="t"))
        with pytest.raises(QueueFull) as of_all:
            queue.session.submit_nowait(package(delegation_id="u.1", session_id="u"))
        assert of_session.value.spoken.endswith(".")
        assert of_all.value.spoken.endswith(".")
        assert of_session.value.reason is Declined.SESSION
        assert of_all.value.reason is Declined.QUEUE
        # A correction needs no further room.
        queue.session.submit_nowait(package(delegation_id="s.1", revision=1))
        queue.session.cancel_nowait("s.2")
        queue.session.submit_nowait(package(delegation_id="s.3"))


async def test_two_sessions_cannot_share_a_delegation_id(opened: Opened) -> None:
    async with opened(NO_LIMITS) as queue:
        queue.session.submit_nowait(package(session_id="s"))
        with pytest.raises(ValueError, match=r"s\.1"):
            queue.session.submit_nowait(package(session_id="t"))


async def test_closing_a_session_stops_its_work_and_forgets_it(opened: Opened) -> None:
    async with opened(NO_LIMITS) as queue:
        queue.session.submit_nowait(package(delegation_id="s.1"))
        queue.session.submit_nowait(package(delegation_id="t.1", session_id="t"))
        claim = await queue.worker.claim()
        queue.worker.publish_nowait(update(claim))
        queue.session.close_session("s")
        with anyio.fail_after(5):
            assert not await queue.worker.wait_cancelled(claim)
        queue.worker.publish_nowait(update(claim, 1))
        assert await queue.updates(count=0) == []
        assert (await queue.worker.claim()).package.delegation_id == "t.1"
