"""A whole conversation as it is wired, on virtual time; only model and meaning are fakes."""

from collections.abc import Iterable, Mapping, Sequence

import anyio

from tests.background_agents.words_meaning import WordsMeaning
from weft import wiring
from weft.announcing import announce_in_log
from weft.clock import Clock, VirtualClock
from weft.config import parse_config
from weft.interaction_model.scripted import Reply, ScriptedModel
from weft.interaction_model.types import ControlToken, InteractionModel
from weft.orchestrator.channels.simulated import SimulatedUser, Step
from weft.orchestrator.events import AnyEvent, Heard, ModelSpoke
from weft.tools.tool import Tool
from weft.tracing import Tracing

LOCAL: Mapping[str, object] = {"agents": {"local": {"provider": "local"}}}
"""A `background` section with nothing but the embedded agent."""


def hands_over(*patterns: str) -> ScriptedModel:
    """Make a model that delegates turns in which a pattern, or a question mark, is found."""
    found = "|".join([r"\?", *patterns])
    return ScriptedModel([Reply(heard=found, says="Let me see.", control=ControlToken.DELEGATE)])


async def talk(
    config: Mapping[str, object],
    script: Sequence[Step],
    *,
    model: InteractionModel | None = None,
    tools: Iterable[Tool] = (),
    clock: Clock | None = None,
    user_id: str | None = None,
    tracing: Tracing | None = None,
) -> list[AnyEvent]:
    """Hold a conversation with a user who follows a script; give all that happened."""
    clock = clock or VirtualClock()
    user = SimulatedUser(script, clock)
    conversation = wiring.build(
        parse_config({"background": LOCAL, **config}),
        clock=clock,
        channel=user,
        tools=tools,
        model=model or hands_over(),
        meaning=WordsMeaning(),
        user_id=user_id,
        tracing=tracing,
        announce=announce_in_log,
    )
    events: list[AnyEvent] = []

    async def follow() -> None:
        async for event in conversation.session.events():
            user.saw(event)
            events.append(event)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(follow)
        await conversation.run()
    return events


def heard(events: Iterable[AnyEvent]) -> list[str]:
    """Give what the user heard to its end of what was found out."""
    return [event.text for event in events if isinstance(event, Heard)]


def said(events: Iterable[AnyEvent]) -> str:
    """Give all that the model said."""
    return "".join(event.text for event in events if isinstance(event, ModelSpoke))
