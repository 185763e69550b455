"""What a worker holds: handed out once, published in order, silent once it is not wanted."""

import anyio
import pytest

from tests.background_agents.packages import package, update
from weft.background_agents.queues.held_work import (
    COALESCE_S,
    OUTGOING_LIMIT,
    SENT_TOGETHER,
    Held,
    HeldWork,
    Lanes,
)
from weft.background_agents.queues.wire import UPDATES_LIMIT_BYTES, Header, Order, Stop
from weft.background_agents.types import UpdateKind

pytestmark = pytest.mark.anyio


def held(delegation_id: str = "s.1", *, deliveries: int = 1) -> Held:
    header = Header(gateway_id="g", base_attempt=4, deadline_ms=None)
    order = Order(header, package(delegation_id=delegation_id))
    return Held("stream", b"1-0", order, deliveries, 0.0, None)


async def test_a_package_given_to_one_who_leaves_goes_to_another() -> None:
    lanes, taken = Lanes(), list[Held]()

    async def take(scope: anyio.CancelScope) -> None:
        with scope:
            taken.append(await lanes.take())

    scopes = [anyio.CancelScope() for _ in range(3)]
    async with anyio.create_task_group() as tasks:
        for scope in scopes:
            tasks.start_soon(take, scope)
        await anyio.wait_all_tasks_blocked()
        assert lanes.free == 3
        # It is the turn of the first, which is on its way out by then.
        scopes[0].cancel()
        lanes.give(held())
        await anyio.wait_all_tasks_blocked()
        assert len(taken) == 1
        assert lanes.free == 1
        lanes.give(held())
    assert len(taken) == 2
    assert lanes.free == 0


async def test_whoever_waits_for_somebody_free_hears_of_it_and_of_the_end() -> None:
    lanes, heard = Lanes(), list[int]()

    async def wait() -> None:
        await lanes.wanted()
        heard.append(lanes.free)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(wait)
        await anyio.wait_all_tasks_blocked()
        assert heard == []
        tasks.start_soon(lanes.take)
        await anyio.wait_all_tasks_blocked()
        assert heard == [1]
        lanes.close()
        tasks.start_soon(wait)
        await anyio.wait_all_tasks_blocked()
        assert heard == [1, 0]
        tasks.cancel_scope.cancel()


def test_what_can_wait_is_sent_together_and_what_cannot_at_once() -> None:
    one = held()
    assert one.send_at_s is None
    one.sent(one.announcement(), 10.0)
    one.add(update(one.claim, 0, UpdateKind.COMMENTARY))
    assert one.send_at_s == 10.0 + COALESCE_S
    one.add(update(one.claim, 1, UpdateKind.RESULT))
    assert one.send_at_s == float("-inf")
    message = one.next_message()
    assert message is not None
    assert [u.sequence for u in message.updates] == [0, 1]
    one.sent(message, 11.0)
    assert one.send_at_s is None


def test_many_parts_travel_in_few_messages() -> None:
    one, messages = held(), 0
    for number in range(200):
        now_s = 0.002 * number
        one.add(update(one.claim, number, UpdateKind.COMMENTARY))
        due_s = one.send_at_s
        if due_s is not None and due_s <= now_s:
            one.sent(one.next_message(), now_s)
            messages += 1
    # The first goes at once, and from then on one every 40 ms of the 398.
    assert messages == 1 + 9


def test_with_the_end_all_that_piled_up_before_it_goes_at_once() -> None:
    one = held()
    for number in range(SENT_TOGETHER + 1):
        one.add(update(one.claim, number, UpdateKind.COMMENTARY))
    one.add(update(one.claim, SENT_TOGETHER + 1, final=True))
    one.sent(one.next_message(), 10.0)
    assert one.send_at_s == float("-inf")
    message = one.next_message()
    assert message is not None
    assert [u.sequence for u in message.updates] == [SENT_TOGETHER, SENT_TOGETHER + 1]


def test_messages_stay_below_what_is_read_at_the_other_end() -> None:
    one = held()
    for number in range(6):
        text = "x" * (UPDATES_LIMIT_BYTES // 3)
        one.add(update(one.claim, number, text=text))
    sizes = []
    while (message := one.next_message()) is not None:
        sizes.append(len(message.model_dump_json()))
        one.sent(message, 0.0)
    assert len(sizes) == 6
    assert max(sizes) < UPDATES_LIMIT_BYTES
    one.add(update(one.claim, 6, text="x" * UPDATES_LIMIT_BYTES, final=True))
    [refused] = one.outgoing
    assert (refused.kind, refused.sequence, refused.final) == (UpdateKind.FAILURE, 6, True)
    assert "bytes" in refused.text


def test_progress_does_not_pile_up_while_nothing_can_be_sent() -> None:
    one = held()
    for number in range(2 * OUTGOING_LIMIT):
        one.add(update(one.claim, number, UpdateKind.COMMENTARY))
    one.add(update(one.claim, 2 * OUTGOING_LIMIT, final=True))
    assert len(one.outgoing) == OUTGOING_LIMIT + 1
    assert one.outgoing[-1].final


def test_a_stop_heard_before_its_package_holds_as_well() -> None:
    work, one, later = HeldWork(), held(), held(deliveries=9)
    work.stop(Stop(delegation_id="s.1", up_to_attempt=8, revision=1))
    work.add(one)
    work.add(later)
    assert one.unwanted.is_set()
    assert one.corrected
    assert not later.unwanted.is_set()


def test_what_was_lost_says_nothing_more() -> None:
    work, one = HeldWork(), held()
    work.add(one)
    assert work.publish(update(one.claim, 0))
    work.lose(one)
    assert one.next_message() is None
    assert not work.publish(update(one.claim, 1))
    assert not work.finish(one.claim)
    assert work.all() == []


def test_nothing_is_said_about_work_that_the_server_has_not_admitted() -> None:
    work = HeldWork()
    early = held()
    early.admitted = False
    work.add(early)
    work.publish(update(early.claim, final=True))
    work.finish(early.claim)
    assert early.send_at_s is None
    early.admitted = True
    assert early.send_at_s is not None
    assert early.next_message() is not None
