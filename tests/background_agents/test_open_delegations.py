"""What a gateway makes of what comes over a network: in order, once, and from nobody fenced off."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.background_agents.packages import package, update
from weft.background_agents.queues.depths import TOLD_WITHIN_S
from weft.background_agents.queues.memory import QueueLimits
from weft.background_agents.queues.open_delegations import (
    TOO_LARGE,
    Forget,
    OpenDelegations,
    Submission,
    TakeOff,
)
from weft.background_agents.queues.places import RedisOptions
from weft.background_agents.queues.wire import (
    PACKAGE_LIMIT_BYTES,
    Stop,
    Updates,
    read_updates,
    updates_fields,
)
from weft.background_agents.types import AgentUpdate, Claim, Position, UpdateKind
from weft.errors import Declined, QueueFull

OPTIONS = RedisOptions(url="redis://nowhere")
UNSIGNED = OPTIONS.seals.updates("g:ev")


def message(attempt: int, *sequences: int, last: int | None = None) -> Updates:
    claim = Claim(package=package(), attempt=attempt)
    return Updates(
        delegation_id="s.1",
        revision=0,
        attempt=attempt,
        updates=tuple(update(claim, n, text=f"{attempt}/{n}", final=n == last) for n in sequences),
    )


def opened() -> OpenDelegations:
    delegations = OpenDelegations(OPTIONS, QueueLimits())
    delegations.submit(package(), 0.0)
    return delegations


def texts(updates: list[AgentUpdate]) -> list[str]:
    return [each.text for each in updates]


@given(st.data())
def test_messages_in_any_order_and_number_come_out_in_order_and_once(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 12))
    messages = [message(1, number, last=count - 1) for number in range(count)]
    arriving = messages + data.draw(st.lists(st.sampled_from(messages), max_size=10))
    random.Random(data.draw(st.integers())).shuffle(arriving)
    delegations = opened()
    got: list[AgentUpdate] = []
    for each in arriving:
        delegations.take(each, 0.0)
        got += delegations.updates("s")
    assert texts(got) == [f"1/{number}" for number in range(count)]


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(0, 3)), max_size=40))
def test_whoever_was_followed_by_another_is_not_heard_again(
    said: list[tuple[int, int]],
) -> None:
    delegations = opened()
    heard: list[AgentUpdate] = []
    for attempt, sequence in said:
        delegations.take(message(attempt, sequence), 0.0)
        heard += delegations.updates("s")
    attempts = [each.attempt for each in heard]
    assert attempts == sorted(attempts)
    assert all(attempt <= OPTIONS.attempts for attempt in attempts)
    numbers = [(each.attempt, each.sequence) for each in heard]
    assert numbers == sorted(set(numbers))


def test_a_mere_announcement_silences_the_attempts_before_it() -> None:
    delegations = opened()
    delegations.take(message(2), 0.0)
    delegations.take(message(1, 0, last=0), 0.0)
    assert delegations.updates("s") == []


def test_what_is_missing_is_asked_for_and_then_passed_over() -> None:
    delegations = opened()
    delegations.take(message(1, 0), 0.0)
    incomplete = delegations.take(message(1, 2, 3), 0.0)
    assert incomplete is not None
    assert texts(delegations.updates("s")) == ["1/0"]
    delegations.skip_missing(incomplete)
    assert texts(delegations.updates("s")) == ["1/2", "1/3"]


def test_what_is_submitted_anew_does_not_listen_to_the_attempts_before() -> None:
    delegations = opened()
    [first] = delegations.outgoing
    assert isinstance(first, Submission)
    delegations.submit_anew(first, 1.0)
    again = delegations.outgoing[-1]
    assert isinstance(again, Submission)
    assert again.base_attempt == OPTIONS.attempts
    delegations.take(message(3, 0, last=0), 0.0)
    assert delegations.updates("s") == []
    delegations.take(message(OPTIONS.attempts + 1, 0, last=0), 0.0)
    assert len(delegations.updates("s")) == 1
    assert isinstance(delegations.outgoing[-1], Forget)


def lost_and_submitted_anew(delegations: OpenDelegations, times: int) -> None:
    """Lose the last submission so often, an hour after its deadline."""
    for _ in range(times):
        last = delegations.outgoing[-1]
        assert isinstance(last, Submission)
        delegations.submit_anew(last, 3_600.0)
        delegations.expire(3_600.0)


def test_what_is_lost_again_and_again_is_not_waited_for_though_it_was_heard_of() -> None:
    delegations = opened()
    delegations.take(message(1, 0), 0.0)
    delegations.updates("s")
    lost_and_submitted_anew(delegations, 2)
    # A word of it, and it may be lost as often once more.
    delegations.take(message(2 * OPTIONS.attempts + 1, 0), 3_600.0)
    assert len(delegations.updates("s")) == 1
    lost_and_submitted_anew(delegations, 2)
    assert delegations.updates("s") == []
    lost_and_submitted_anew(delegations, 1)
    assert [(u.kind, u.final) for u in delegations.updates("s")] == [(UpdateKind.FAILURE, True)]


def test_a_correction_stops_all_attempts_at_what_it_corrects() -> None:
    delegations = opened()
    [first] = delegations.outgoing
    assert isinstance(first, Submission)
    first.tried = True
    delegations.submit(package(revision=1), 0.0)
    _, stop, taken_off, second = delegations.outgoing
    assert taken_off == TakeOff(first)
    assert first.ended
    assert stop == Stop(delegation_id="s.1", up_to_attempt=OPTIONS.attempts, revision=1)
    assert isinstance(second, Submission)
    assert second.base_attempt == OPTIONS.attempts


def test_what_was_never_sent_leaves_nothing_behind_when_it_is_withdrawn() -> None:
    delegations = opened()
    for _ in range(3):
        delegations.cancel("s.1", None)
        assert delegations.outgoing == []
        delegations.submit(package(), 0.0)
    delegations.expire(1_000.0)
    assert delegations.outgoing == []


def test_a_talk_too_long_to_be_handed_over_is_refused_in_words() -> None:
    delegations = OpenDelegations(OPTIONS, QueueLimits())
    with pytest.raises(QueueFull) as refused:
        delegations.submit(package("x" * PACKAGE_LIMIT_BYTES), 0.0)
    assert (refused.value.spoken, refused.value.reason) == (TOO_LARGE, Declined.SIZE)
    assert delegations.outgoing == []


def test_messages_are_read_as_they_were_written() -> None:
    sent = message(1, 0, 1, last=1)
    name, body = updates_fields(sent, UNSIGNED)
    assert isinstance(name, str)
    assert isinstance(body, bytes)
    assert read_updates({name.encode(): body}, UNSIGNED) == sent


def limited(waiting: int) -> OpenDelegations:
    return OpenDelegations(OPTIONS, QueueLimits(waiting=waiting))


def send_all(delegations: OpenDelegations, now_s: float) -> None:
    """Let the server have what is to be sent."""
    for each in delegations.outgoing:
        if isinstance(each, Submission):
            each.tried, each.entry_id, each.sent_s = True, b"1-1", now_s
    delegations.outgoing.clear()


def test_what_is_sent_counts_here_until_others_have_counted_it() -> None:
    delegations = limited(2)
    delegations.submit(package(delegation_id="s.1"), 0.0)
    delegations.submit(package(delegation_id="s.2"), 0.0)
    with pytest.raises(QueueFull) as declined:
        delegations.submit(package(delegation_id="s.3"), 100.0)
    assert declined.value.reason is Declined.DEPTH
    # Waiting here, while the server is away, they are counted by nobody else.
    send_all(delegations, 100.0)
    with pytest.raises(QueueFull):
        delegations.submit(package(delegation_id="s.3"), 100.0 + 0.9 * TOLD_WITHIN_S)
    # By then it would have been told that they wait; a worker has them.
    delegations.submit(package(delegation_id="s.3"), 100.0 + 1.1 * TOLD_WITHIN_S)
    delegations.note_waiting(2)
    with pytest.raises(QueueFull):
        delegations.submit(package(delegation_id="s.4"), 200.0)


def test_who_counts_by_itself_counts_nothing_twice() -> None:
    delegations = limited(2)
    delegations.submit(package(delegation_id="s.1"), 0.0)
    send_all(delegations, 0.1)
    delegations.note_waiting(1, counted_s=0.2)
    delegations.submit(package(delegation_id="s.2"), 0.3)
    with pytest.raises(QueueFull):
        delegations.submit(package(delegation_id="s.3"), 0.3)


def test_what_was_heard_of_or_withdrawn_does_not_wait_any_more() -> None:
    delegations = limited(2)
    delegations.submit(package(), 0.0)
    delegations.submit(package(delegation_id="s.2"), 0.0)
    send_all(delegations, 0.0)
    delegations.take(message(1, 0), 0.1)
    delegations.submit(package(delegation_id="s.3"), 0.1)
    delegations.cancel("s.2", None)
    delegations.submit(package(delegation_id="s.4"), 0.1)
    with pytest.raises(QueueFull):
        delegations.submit(package(delegation_id="s.5"), 0.1)


def test_what_is_taken_over_is_counted_where_it_waits() -> None:
    delegations = limited(1)
    delegations.take_over(package(), Position(), 1, 0.0)
    delegations.submit(package(delegation_id="s.2"), 0.0)
    with pytest.raises(QueueFull):
        delegations.submit(package(delegation_id="s.3"), 0.0)


def test_what_is_taken_over_and_was_lost_is_counted_here_again() -> None:
    delegations = limited(1)
    delegations.take_over(package(), Position(), 1, 0.0)
    delegations.submit_anew(delegations.taken_over[0], 0.0)
    with pytest.raises(QueueFull):
        delegations.submit(package(delegation_id="s.2"), 0.0)


def test_what_is_let_go_unsent_is_counted_until_others_have() -> None:
    delegations = limited(1)
    delegations.submit(package(), 0.0)
    delegations.let_go("s", send_rest=True)
    other = package(delegation_id="t.1", session_id="t")
    with pytest.raises(QueueFull):
        delegations.submit(other, 0.0)
    send_all(delegations, 1.0)
    delegations.submit(other, 1.0 + 1.1 * TOLD_WITHIN_S)
