"""A correction while something is looked up, in whole conversations as they are wired."""

import anyio
import pytest

from tests.fakes.whole import heard, talk
from weft.clock import VirtualClock, sleep_s
from weft.interaction_model.scripted import Reply, ScriptedModel
from weft.interaction_model.types import ControlToken
from weft.orchestrator.channels.simulated import Say, Step, Wait
from weft.orchestrator.events import AnyEvent, Delegated, Superseded
from weft.tools.tool import ToolContext, tool

pytestmark = pytest.mark.anyio


class Harbour:
    """A slow look at the wind that knows how often it was taken, and how often to the end."""

    def __init__(self) -> None:
        self.begun = 0
        self.stopped = 0

        @tool(examples=("is it windy at the harbour",))
        async def wind(context: ToolContext) -> str:
            """Say how windy it is at the harbour."""
            self.begun += 1
            try:
                await sleep_s(context.clock, 6.0)
            except anyio.get_cancelled_exc_class():
                self.stopped += 1
                raise
            return "There is a strong wind at the harbour."

        self.wind = wind


async def corrected(harbour: Harbour, control: ControlToken) -> list[AnyEvent]:
    """Ask about the wind and say something to it while it is looked up."""
    model = ScriptedModel(
        [
            Reply(heard="meant", control=control),
            Reply(heard=r"\?", says="Let me see.", control=ControlToken.DELEGATE),
        ]
    )
    script: list[Step] = [
        Say(text="Is it windy at the harbour?"),
        Wait(until="handed_over"),
        Say(text="At the old harbour, I meant.", after=1.0),
        Wait(until=12.0),
    ]
    clock = VirtualClock()
    return await talk({}, script, model=model, tools=[harbour.wind], clock=clock)


async def test_what_is_looked_up_already_is_not_looked_up_again() -> None:
    harbour = Harbour()
    events = await corrected(harbour, ControlToken.REVISE)
    assert [e.revision for e in events if isinstance(e, Delegated)] == [0, 1]
    assert sum(isinstance(event, Superseded) for event in events) == 1
    assert (harbour.begun, harbour.stopped) == (1, 0)
    assert heard(events) == ["There is a strong wind at the harbour."]


async def test_what_is_withdrawn_is_stopped() -> None:
    harbour = Harbour()
    events = await corrected(harbour, ControlToken.DISMISS)
    assert (harbour.begun, harbour.stopped) == (1, 1)
    assert heard(events) == []
