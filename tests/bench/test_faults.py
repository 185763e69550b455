"""The faults bench counts what it should: an agent that behaves, and conversations that break."""

import pytest

from weft.bench import faults
from weft.bench._endpoint import Reply
from weft.bench.faults import Fault, Outcome, agent_faults, converse, summed_up

pytestmark = pytest.mark.anyio


async def test_a_refusal_is_told_and_the_talk_goes_on() -> None:
    outcome = await converse(Fault(name="refuses", replies=(Reply(status=400),)))
    assert outcome == Outcome(fault="refuses", broken=False, answered=1)


async def test_a_request_of_which_nothing_is_heard_breaks_a_conversation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(faults, "AGENT_LIMIT_S", 60.0)
    monkeypatch.setattr(faults, "STALL_S", 60.0)
    monkeypatch.setattr(faults, "PATIENCE_S", 0.6)
    outcome = await converse(Fault(name="silent", replies=(Reply(stall=True),)))
    assert outcome.broken


def test_each_fault_has_a_name_of_its_own() -> None:
    names = [fault.name for fault in agent_faults()]
    assert len(set(names)) == len(names)


def test_outcomes_are_added_up_by_fault() -> None:
    outcomes = [
        Outcome(fault="a", broken=True, answered=0, overrun_ms=12.0),
        Outcome(fault="a", broken=False, answered=2, overrun_ms=3.0),
        Outcome(fault="b", broken=True, answered=0),
    ]
    of_fault = summed_up("a", outcomes)
    assert (of_fault.conversations, of_fault.broken, of_fault.answered) == (2, 1, 1.0)
    assert of_fault.deadline_overrun_ms_max == 12.0
