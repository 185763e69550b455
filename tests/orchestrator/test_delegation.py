"""The ledger: ids, revisions, attempts, sequences, and when no more may come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.held import objects_held
from weft.background_agents.types import AgentUpdate, UpdateKind
from weft.orchestrator.config import SessionConfig
from weft.orchestrator.delegation import DelegationLedger, DelegationState


@pytest.fixture
def ledger() -> DelegationLedger:
    config = SessionConfig(deadline_s=10, deadline_grace_s=2, max_open_delegations=2)
    return DelegationLedger("s", config)


def update(
    delegation_id: str = "s.1",
    *,
    revision: int = 0,
    attempt: int = 0,
    sequence: int = 0,
    kind: UpdateKind = UpdateKind.RESULT,
    final: bool = False,
    sources: tuple[str, ...] = (),
    tainted: bool = False,
) -> AgentUpdate:
    return AgentUpdate(
        session_id="s",
        delegation_id=delegation_id,
        revision=revision,
        attempt=attempt,
        sequence=sequence,
        kind=kind,
        final=final,
        sources=sources,
        tainted=tainted,
    )


def test_an_update_makes_a_delegation_run_and_its_last_one_closes_it(
    ledger: DelegationLedger,
) -> None:
    ledger.ask("one", 0.0)
    running = ledger.accept(update(kind=UpdateKind.THINKING))
    assert running is not None
    assert running.state is DelegationState.RUNNING
    assert not running.owed_something
    done = ledger.accept(update(sequence=1, final=True))
    assert done is not None
    assert done.state is DelegationState.COMPLETED
    assert done.owed_something
    assert ledger.accept(update(sequence=2)) is None


def test_unknown_repeated_and_outdated_updates_are_dropped(ledger: DelegationLedger) -> None:
    ledger.ask("one", 0.0)
    assert ledger.accept(update("s.7")) is None
    assert ledger.accept(update(attempt=1)) is not None
    assert ledger.accept(update(attempt=1)) is None
    assert ledger.accept(update(attempt=0, sequence=5)) is None
    assert ledger.accept(update(attempt=2)) is not None
    ledger.revise("s.1", "no, two", 1.0)
    assert ledger.accept(update(attempt=3)) is None
    assert ledger.accept(update(revision=1)) is not None


def test_what_is_open_or_named_is_given_youngest_first(ledger: DelegationLedger) -> None:
    ledger.ask("one", 0.0)
    ledger.ask("two?", 1.0)
    assert [each.delegation_id for each in ledger.open_or_among(())] == ["s.2", "s.1"]
    assert ledger.revise("s.2", "no, three", 2.0).request == "two. no, three"

    ledger.close("s.2", DelegationState.COMPLETED)
    assert ledger.open_or_among(()) == (ledger.get("s.1"),)
    assert ledger.open_or_among({"s.2"}) == (ledger.get("s.2"), ledger.get("s.1"))
    ledger.close("s.1", DelegationState.FAILED)
    assert ledger.open_or_among(()) == ()


def test_a_delegation_is_timed_once_a_timer_speaks_for_it(ledger: DelegationLedger) -> None:
    ledger.ask("in ten minutes say go", 0.0)
    started = ledger.accept(update(kind=UpdateKind.THINKING, sources=("timer",)))
    assert started is not None
    assert started.timed
    ledger.ask("one", 0.0)
    beats = [ledger.accept(update("s.2", sequence=number)) for number in range(2)]
    assert [beat is not None and beat.timed for beat in beats] == [False, True]


def test_what_was_never_heard_of_expires_first_then_what_came_to_no_end(
    ledger: DelegationLedger,
) -> None:
    for request in ("silent", "begun", "answered", "timer"):
        ledger.ask(request, 0.0)
    ledger.accept(update("s.2", kind=UpdateKind.THINKING))
    ledger.accept(update("s.3", kind=UpdateKind.RESULT))
    ledger.accept(update("s.4", kind=UpdateKind.THINKING, sources=("timer",)))
    assert ledger.expire(10.0) == []
    assert [late.delegation_id for late in ledger.expire(10.1)] == ["s.1"]
    assert ledger.expire(12.0) == []
    late = ledger.expire(12.1)
    assert [(each.delegation_id, each.owed_something) for each in late] == [
        ("s.2", False),
        ("s.3", True),
    ]
    assert ledger.accept(update("s.2", sequence=1)) is None
    assert ledger.expire(99.0) == []
    assert [delegation.delegation_id for delegation in ledger.open] == ["s.4"]


def test_a_correction_has_a_deadline_of_its_own(ledger: DelegationLedger) -> None:
    ledger.ask("one", 0.0)
    ledger.accept(update(kind=UpdateKind.THINKING))
    ledger.revise("s.1", "no, two", 8.0)
    assert ledger.expire(18.0) == []
    assert [late.revision for late in ledger.expire(18.1)] == [1]


def test_room_counts_what_is_open(ledger: DelegationLedger) -> None:
    ledger.ask("one", 0.0)
    assert ledger.has_room
    ledger.ask("two", 0.0)
    assert not ledger.has_room
    ledger.close("s.1", DelegationState.CANCELLED)
    assert ledger.has_room


def test_a_package_names_the_other_open_delegations(ledger: DelegationLedger) -> None:
    ledger.ask("one", 0.0)
    second = ledger.ask("two", 3.0)
    package = ledger.package(second, cutoff_index=17, transcript=())
    assert package.cutoff_index == 17
    assert package.submitted_s == 3.0
    assert package.deadline_s == 10
    assert [other.request for other in package.open_delegations] == ["one"]


def package_is_tainted(ledger: DelegationLedger) -> bool:
    asked = ledger.ask("more?", 3.0)
    return ledger.package(asked, cutoff_index=15, transcript=()).tainted


def test_words_of_strangers_taint_every_later_package_of_the_session(
    ledger: DelegationLedger,
) -> None:
    ledger.ask("what does the page say?", 0.0)
    assert not package_is_tainted(ledger)
    ledger.accept(update(kind=UpdateKind.COMMENTARY, tainted=True))
    assert package_is_tainted(ledger)
    ledger.accept(update(sequence=1, final=True))
    ledger.revise("s.1", "no, the other page", 4.0)
    assert package_is_tainted(ledger)


def test_words_that_are_dropped_taint_nothing(ledger: DelegationLedger) -> None:
    ledger.ask("what does the page say?", 0.0)
    ledger.accept(update(revision=7, tainted=True))
    assert not package_is_tainted(ledger)


def test_a_timer_that_beats_for_hours_is_remembered_in_no_more_memory(
    ledger: DelegationLedger,
) -> None:
    ledger.ask("every four seconds say breathe", 0.0)
    for beat in range(10):
        assert ledger.accept(update(sequence=beat, sources=("timer",))) is not None
    before = objects_held(ledger)
    for beat in range(10, 1_000):
        assert ledger.accept(update(sequence=beat, sources=("timer",))) is not None
    assert objects_held(ledger) <= before + 10
    assert ledger.accept(update(sequence=500)) is None


@given(sequences=st.lists(st.integers(min_value=0, max_value=12)))
def test_every_sequence_number_counts_once_in_whatever_order(sequences: list[int]) -> None:
    ledger = DelegationLedger("s", SessionConfig())
    ledger.ask("one", 0.0)
    taken = [n for n in sequences if ledger.accept(update(sequence=n)) is not None]
    assert taken == list(dict.fromkeys(sequences))
