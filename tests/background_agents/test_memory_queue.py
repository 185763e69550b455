"""The in-process queue: every accepted delegation comes to exactly one end."""

import asyncio

import anyio
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from tests.background_agents.packages import package, update
from weft.background_agents.queues.memory import MemoryQueue, QueueLimits
from weft.background_agents.types import Claim, Position, UpdateKind
from weft.clock import VirtualClock
from weft.errors import QueueFull

pytestmark = pytest.mark.anyio


async def test_packages_are_claimed_in_the_order_of_submission() -> None:
    queue = MemoryQueue(VirtualClock())
    for number in range(3):
        queue.submit_nowait(package(delegation_id=f"s.{number}"))
    claimed = [(await queue.claim()).package.delegation_id for _ in range(3)]
    assert claimed == ["s.0", "s.1", "s.2"]


async def test_a_waiting_worker_wakes_when_a_package_arrives() -> None:
    queue = MemoryQueue(VirtualClock())
    claims: list[Claim] = []

    async def take() -> None:
        claims.append(await queue.claim())

    async with anyio.create_task_group() as tasks:
        for _ in range(2):
            tasks.start_soon(take)
        await anyio.wait_all_tasks_blocked()
        queue.submit_nowait(package(delegation_id="s.1"))
        await anyio.wait_all_tasks_blocked()
        assert [claim.package.delegation_id for claim in claims] == ["s.1"]
        queue.submit_nowait(package(delegation_id="s.2"))
    assert len(claims) == 2


async def test_updates_reach_only_their_session_and_only_once() -> None:
    queue = MemoryQueue(VirtualClock())
    queue.submit_nowait(package(session_id="s", delegation_id="s.1"))
    queue.submit_nowait(package(session_id="t", delegation_id="t.1"))
    first, second = await queue.claim(), await queue.claim()
    queue.publish_nowait(update(first, text="one"))
    queue.publish_nowait(update(second, text="two"))
    assert [u.text for u in queue.updates_nowait("s")] == ["one"]
    assert queue.updates_nowait("s") == []
    assert [u.text for u in queue.updates_nowait("t")] == ["two"]


async def test_repeated_sequence_numbers_and_what_follows_the_last_update_are_dropped() -> None:
    queue = MemoryQueue(VirtualClock())
    queue.submit_nowait(package())
    claim = await queue.claim()
    queue.publish_nowait(update(claim, 0, text="a"))
    queue.publish_nowait(update(claim, 0, text="again"))
    queue.publish_nowait(update(claim, 1, text="b", final=True))
    queue.publish_nowait(update(claim, 2, text="late"))
    assert [u.text for u in queue.updates_nowait("s")] == ["a", "b"]


async def test_a_higher_revision_stops_the_lower_one_and_silences_it() -> None:
    queue = MemoryQueue(VirtualClock())
    queue.submit_nowait(package())
    old = await queue.claim()
    queue.submit_nowait(package(revision=1))
    with anyio.fail_after(1):
        await queue.wait_cancelled(old)
    queue.publish_nowait(update(old))
    queue.finish_nowait(old)
    assert queue.updates_nowait("s") == []
    new = await queue.claim()
    assert (new.package.revision, new.attempt) == (1, 2)


async def test_a_replaced_package_that_was_still_waiting_is_never_claimed() -> None:
    queue = MemoryQueue(VirtualClock())
    queue.submit_nowait(package())
    queue.submit_nowait(package(revision=1))
    queue.submit_nowait(package(revision=0))
    assert (await queue.claim()).package.revision == 1
    with anyio.move_on_after(0.01) as scope:
        await queue.claim()
    assert scope.cancelled_caught


async def test_cancelling_tells_the_work_to_stop_and_leaves_no_update() -> None:
    queue = MemoryQueue(VirtualClock())
    queue.submit_nowait(package())
    claim = await queue.claim()
    queue.cancel_nowait("s.1", below_revision=0)
    queue.publish_nowait(update(claim, 0))
    queue.cancel_nowait("s.1")
    with anyio.fail_after(1):
        await queue.wait_cancelled(claim)
    queue.publish_nowait(update(claim, 1))
    assert len(queue.updates_nowait("s")) == 1


async def test_a_delegation_nobody_takes_expires_with_one_failure() -> None:
    clock = VirtualClock()
    queue = MemoryQueue(clock)
    queue.submit_nowait(package(deadline_s=5.0))
    await clock.advance_to_s(4.9)
    assert queue.updates_nowait("s") == []
    await clock.advance_to_s(5.0)
    [failure] = queue.updates_nowait("s")
    assert (failure.kind, failure.final) == (UpdateKind.FAILURE, True)
    with anyio.move_on_after(0.01) as scope:
        await queue.claim()
    assert scope.cancelled_caught


async def test_running_work_is_told_to_stop_at_its_deadline() -> None:
    clock = VirtualClock()
    queue = MemoryQueue(clock)
    queue.submit_nowait(package(deadline_s=5.0))
    claim = await queue.claim()
    stopped_s: list[float] = []

    async def watch() -> None:
        await queue.wait_cancelled(claim)
        stopped_s.append(clock.now_s())

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(watch)
        await clock.advance_to_s(60.0)
    assert stopped_s == [5.0]
    queue.publish_nowait(update(claim))
    assert [u.kind for u in queue.updates_nowait("s")] == [UpdateKind.FAILURE]


async def test_work_that_shows_signs_of_life_does_not_expire() -> None:
    clock = VirtualClock()
    queue = MemoryQueue(clock)
    queue.submit_nowait(package(deadline_s=5.0))
    claim = await queue.claim()
    queue.publish_nowait(update(claim, 0, UpdateKind.THINKING, text=""))
    await clock.advance_to_s(600.0)
    queue.publish_nowait(update(claim, 1, text="Time is up.", final=True))
    assert [u.text for u in queue.updates_nowait("s")] == ["", "Time is up."]


async def test_work_that_ends_silently_is_a_failure() -> None:
    queue = MemoryQueue(VirtualClock())
    queue.submit_nowait(package())
    queue.finish_nowait(await queue.claim())
    assert [(u.kind, u.final) for u in queue.updates_nowait("s")] == [(UpdateKind.FAILURE, True)]


async def test_a_delegation_that_ended_can_be_tried_again_under_a_higher_attempt() -> None:
    queue = MemoryQueue(VirtualClock())
    queue.submit_nowait(package())
    first = await queue.claim()
    queue.finish_nowait(first)
    queue.submit_nowait(package())
    second = await queue.claim()
    assert second.attempt > first.attempt
    queue.updates_nowait("s")
    queue.publish_nowait(update(first))
    assert queue.updates_nowait("s") == []


async def test_a_full_queue_refuses_with_a_sentence_for_the_user() -> None:
    queue = MemoryQueue(VirtualClock(), QueueLimits(per_session=2, total=3))
    queue.submit_nowait(package(delegation_id="s.1"))
    queue.submit_nowait(package(delegation_id="s.2"))
    with pytest.raises(QueueFull) as of_session:
        queue.submit_nowait(package(delegation_id="s.3"))
    queue.submit_nowait(package(delegation_id="t.1", session_id="t"))
    with pytest.raises(QueueFull) as of_all:
        queue.submit_nowait(package(delegation_id="u.1", session_id="u"))
    assert of_session.value.spoken.endswith(".")
    assert of_all.value.spoken.endswith(".")
    # A correction needs no further room.
    queue.submit_nowait(package(delegation_id="s.1", revision=1))
    queue.cancel_nowait("s.2")
    queue.submit_nowait(package(delegation_id="s.3"))


async def test_two_sessions_cannot_share_a_delegation_id() -> None:
    queue = MemoryQueue(VirtualClock())
    queue.submit_nowait(package(session_id="s"))
    with pytest.raises(ValueError, match=r"s\.1"):
        queue.submit_nowait(package(session_id="t"))


async def test_closing_a_session_stops_its_work_and_forgets_it() -> None:
    queue = MemoryQueue(VirtualClock())
    queue.submit_nowait(package(delegation_id="s.1"))
    queue.submit_nowait(package(delegation_id="t.1", session_id="t"))
    claim = await queue.claim()
    queue.publish_nowait(update(claim))
    queue.close_session("s")
    with anyio.fail_after(1):
        await queue.wait_cancelled(claim)
    queue.publish_nowait(update(claim, 1))
    assert queue.updates_nowait("s") == []
    assert (await queue.claim()).package.delegation_id == "t.1"


class QueueMachine(RuleBasedStateMachine):
    """Sessions and workers doing anything in any order."""

    claims = Bundle("claims")
    ids = st.sampled_from(["s.1", "s.2", "t.1"])

    def __init__(self) -> None:
        super().__init__()
        # One event loop for the whole run: events belong to the loop they were first awaited in.
        self.runner = asyncio.Runner()
        self.clock = VirtualClock()
        self.queue = MemoryQueue(self.clock, QueueLimits(per_session=2, total=3))
        self.submitted: dict[str, int] = {}
        self.attempts: dict[str, int] = {}
        self.ended: set[tuple[str, int, int]] = set()
        self.next_sequence: dict[tuple[str, int, int], int] = {}

    def teardown(self) -> None:
        self.runner.close()

    @rule(delegation_id=ids, revision=st.integers(0, 3), deadline_s=st.sampled_from([1.0, 9.0]))
    def submit(self, delegation_id: str, revision: int, deadline_s: float) -> None:
        self.queue.submit_nowait(
            package(
                delegation_id=delegation_id,
                session_id=delegation_id[0],
                revision=revision,
                deadline_s=deadline_s,
            )
        )
        known = self.submitted.get(delegation_id, -1)
        self.submitted[delegation_id] = max(known, revision)

    @rule(target=claims)
    def claim(self) -> Claim | None:
        async def take() -> Claim | None:
            with anyio.move_on_after(0):
                return await self.queue.claim()
            return None

        claim = self.runner.run(take())
        if claim is not None:
            delegation_id = claim.package.delegation_id
            assert claim.package.revision == self.submitted[delegation_id]
            assert claim.attempt > self.attempts.get(delegation_id, 0)
            self.attempts[delegation_id] = claim.attempt
        return claim

    @rule(
        claim=claims,
        sequence=st.integers(0, 4),
        final=st.booleans(),
        kind=st.sampled_from(UpdateKind),
    )
    def publish(self, claim: Claim | None, sequence: int, final: bool, kind: UpdateKind) -> None:
        if claim is not None:
            self.queue.publish_nowait(update(claim, sequence, kind, final=final))

    @rule(claim=claims)
    def finish(self, claim: Claim | None) -> None:
        if claim is not None:
            self.queue.finish_nowait(claim)

    @rule(delegation_id=ids, below=st.none() | st.integers(0, 3))
    def cancel(self, delegation_id: str, below: int | None) -> None:
        self.queue.cancel_nowait(delegation_id, below_revision=below)

    @rule(seconds=st.sampled_from([0.5, 2.0, 10.0]))
    def wait(self, seconds: float) -> None:
        self.runner.run(self.clock.advance_to_s(self.clock.now_s() + seconds))

    @rule(session_id=st.sampled_from("st"))
    def close(self, session_id: str) -> None:
        self.queue.close_session(session_id)
        assert self.queue.updates_nowait(session_id) == []
        for delegation_id in [i for i in self.submitted if i.startswith(session_id)]:
            del self.submitted[delegation_id]
            self.attempts.pop(delegation_id, None)
        self.ended = {key for key in self.ended if not key[0].startswith(session_id)}
        self.next_sequence = {
            key: number
            for key, number in self.next_sequence.items()
            if not key[0].startswith(session_id)
        }

    @invariant()
    def updates_are_in_order_and_nothing_follows_the_last(self) -> None:
        for session_id in "st":
            for got in self.queue.updates_nowait(session_id):
                assert got.session_id == session_id
                assert got.revision <= self.submitted[got.delegation_id]
                key = (got.delegation_id, got.revision, got.attempt)
                assert key not in self.ended
                assert got.sequence >= self.next_sequence.get(key, 0)
                self.next_sequence[key] = got.sequence + 1
                if got.final:
                    self.ended.add(key)


TestQueueMachine = QueueMachine.TestCase
TestQueueMachine.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)


async def test_what_another_process_had_under_way_is_done_anew_under_a_higher_attempt() -> None:
    queue = MemoryQueue(VirtualClock())
    queue.take_over_nowait(package(), Position())
    assert (await queue.claim()).attempt == 2
    queue.take_over_nowait(package(delegation_id="s.2"), Position(attempt=3, next_sequence=7))
    claim = await queue.claim()
    assert claim.attempt == 4
    queue.publish_nowait(update(claim, final=True))
    assert [each.text for each in queue.updates_nowait("s")] == ["Paris."]


async def test_a_deadline_that_is_over_when_a_session_comes_back_is_over() -> None:
    queue = MemoryQueue(VirtualClock())
    late = package(deadline_s=30.0).model_copy(update={"submitted_s": -40.0})
    queue.take_over_nowait(late, Position())
    [failure] = queue.updates_nowait("s")
    assert (failure.kind, failure.attempt) == (UpdateKind.FAILURE, 2)
    # A timer had shown life, which ends its deadline.
    timer = late.model_copy(update={"delegation_id": "s.2"})
    queue.take_over_nowait(timer, Position(attempt=1, next_sequence=1))
    assert queue.updates_nowait("s") == []
    assert (await queue.claim()).package == timer
