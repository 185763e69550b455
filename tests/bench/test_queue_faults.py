"""The faults of the queue: each delegation is judged by what was heard of it."""

import json

import pytest

from weft.background_agents.types import AgentUpdate, UpdateKind
from weft.bench import _queue_faults, _redis_server, soak
from weft.bench._flow import Sums, Told
from weft.bench._queue_faults import Episode, meet, queue_faults, summed_up
from weft.bench._report import Asked, show
from weft.bench.soak import Memory, growth


def said(
    attempt: int, sequence: int, kind: UpdateKind = UpdateKind.COMMENTARY, *, final: bool = False
) -> AgentUpdate:
    return AgentUpdate(
        session_id="s",
        delegation_id="s.1",
        revision=0,
        attempt=attempt,
        sequence=sequence,
        kind=kind,
        final=final,
    )


def heard(*updates: AgentUpdate, poison: bool = False, at_s: float = 2.0) -> Told:
    told = Told(1.0, poison)
    for update in updates:
        told.take(update, at_s)
    return told


RESULT = said(1, 1, UpdateKind.RESULT)
LAST = said(1, 2, UpdateKind.THINKING, final=True)
FAILED = said(1, 0, UpdateKind.FAILURE, final=True)


@pytest.mark.parametrize(
    ("told", "lost", "twice", "stale"),
    [
        (heard(said(1, 0), RESULT, LAST), False, False, False),
        (heard(said(1, 0), said(2, 0), said(2, 1, UpdateKind.RESULT, final=True)), *3 * [False]),
        (heard(), True, False, False),
        (heard(RESULT), True, False, False),
        (heard(FAILED), True, False, False),
        (heard(FAILED, poison=True), False, False, False),
        (heard(RESULT, LAST, poison=True), True, False, False),
        (heard(RESULT, RESULT, LAST), False, True, False),
        (heard(RESULT, LAST, said(2, 0, UpdateKind.RESULT, final=True)), False, True, False),
        (heard(said(2, 0), RESULT, said(2, 1, final=True)), False, False, True),
    ],
)
def test_a_delegation_is_judged_by_what_was_heard(
    told: Told, lost: bool, twice: bool, stale: bool
) -> None:
    assert (told.lost, told.twice, told.stale) == (lost, twice, stale)
    sums = Sums()
    sums.add(told)
    assert sums.heard_once == (not (lost or twice or stale))


def test_recovery_counts_from_the_last_fault_that_struck() -> None:
    early, late = Episode(1.5, 1.5, 1.5), Episode(3.0, 4.0, 4.0)
    struck_twice = heard(RESULT, LAST, at_s=6.0)
    struck_early = heard(RESULT, LAST, at_s=2.0)
    struck_by_none = heard(RESULT, LAST, at_s=1.2)
    heard_meanwhile = heard(RESULT, LAST, at_s=3.5)
    all_told = [struck_twice, struck_early, struck_by_none, heard_meanwhile]
    of = summed_up("some", Sums(delegations=4, heard_once=4), all_told, [early, late])
    assert of.struck == 3
    assert (of.recovery_s_p50, of.recovery_s_max) == (0.5, 2.0)
    assert of.first_s_max == 0.5


def test_each_fault_has_a_name_of_its_own() -> None:
    names = [fault.name for fault in queue_faults()]
    assert len(set(names)) == len(names)


@pytest.mark.anyio
@pytest.mark.integration
@pytest.mark.parametrize("name", ["worker killed during partial results", "link cut", "wrong key"])
async def test_a_fault_on_a_real_server_loses_nothing(name: str) -> None:
    if not _redis_server.programs():
        pytest.skip("there is no Redis server here")
    [fault] = [each for each in queue_faults() if each.name == name]
    outcome = await meet(fault, 6)
    # Some strikes ask for something themselves.
    assert outcome.heard_once == outcome.delegations >= 6
    assert (outcome.lost, outcome.twice, outcome.stale) == (0, 0, 0)


@pytest.mark.integration
def test_the_area_prints_what_was_promised(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if not _redis_server.programs():
        pytest.skip("there is no Redis server here")
    nonsense = [fault for fault in queue_faults() if fault.name == "foreign messages"]
    monkeypatch.setattr(_queue_faults, "queue_faults", lambda: nonsense)
    show(_queue_faults.report(Asked(size=3)), as_json=True)
    numbers = json.loads(capsys.readouterr().out)
    assert list(numbers) == ["lost", "twice", "stale", "recovery_s_max", "faults"]
    [of_fault] = numbers["faults"]
    assert (of_fault["fault"], of_fault["delegations"]) == ("foreign messages", 3)


@pytest.mark.integration
def test_a_soak_kills_workers_and_loses_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if not _redis_server.programs():
        pytest.skip("there is no Redis server here")
    monkeypatch.setattr(soak, "KILL_EVERY_S", 0.5)
    monkeypatch.setattr(soak, "LOOK_EVERY_S", 0.2)
    show(soak.report(Asked(minutes=0.05, size=10)), as_json=True)
    numbers = json.loads(capsys.readouterr().out)
    assert (numbers["delegations"], numbers["heard_once"], numbers["lost"]) == (30, 30, 0)
    assert numbers["killed"] > 0
    assert all(each["server_mb"] > 0 for each in numbers["memory"])


def test_growth_is_that_of_the_second_half() -> None:
    looks = [
        Memory(at_s=n, session_mb=mb, worker_mb=1.0, server_mb=1.0, server_used_mb=1.0)
        for n, mb in enumerate([1.0, 50.0, 60.0, 60.0, 60.0, 60.0, 61.0, 63.0])
    ]
    assert growth(looks, "session_mb") == 2.0
    assert growth(looks[:3], "session_mb") is None
