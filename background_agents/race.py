"""Several agents asked at once: the first good answer wins, the others are stopped.

It costs what all of them use, so it is for when time matters more. Racers are given no tool that
changes anything: it would be done once by each of them.
"""

import logging
import math
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

import anyio
from anyio.abc import ObjectSendStream

from weft.background_agents.settled import settled
from weft.background_agents.types import (
    BackgroundAgent,
    ClosingAgent,
    ContextPackage,
    Finding,
    UpdateKind,
)
from weft.errors import AgentError

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class _Racer:
    """One agent in one race."""

    agent: BackgroundAgent
    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)


@dataclass(frozen=True, slots=True)
class _Heard:
    """What one racer found."""

    racer: _Racer
    finding: Finding


class RacingAgent:
    """Looks like one agent and is several."""

    def __init__(self, agents: Sequence[BackgroundAgent]) -> None:
        """Keep the racers."""
        self.name = " or ".join(agent.name for agent in agents)
        self._agents = tuple(agents)

    async def start(self) -> None:
        """Start every racer; raise AgentError only when none could be."""
        reasons = []
        for agent in self._agents:
            try:
                await agent.start()
            except AgentError as error:
                logger.warning("background agent %s did not start: %s", agent.name, error)
                reasons.append(f"{agent.name}: {error}")
        if len(reasons) == len(self._agents):
            raise AgentError("; ".join(reasons))

    async def aclose(self) -> None:
        """Close what the racers hold open."""
        for agent in self._agents:
            if isinstance(agent, ClosingAgent):
                await agent.aclose()

    async def answer(self, package: ContextPackage) -> AsyncGenerator[Finding, None]:
        """Yield what the first racer with a result says; before it, only what is not said aloud.

        When none has one, yield a failure with the reasons of all.
        """
        racers = [_Racer(agent) for agent in self._agents]
        winner: _Racer | None = None
        failures: list[_Heard] = []
        send, receive = anyio.create_memory_object_stream[_Heard](math.inf)
        async with anyio.create_task_group() as tasks, receive:
            with send:
                for racer in racers:
                    tasks.start_soon(_run, racer, package, send.clone())
            try:
                async for heard in receive:
                    kind = heard.finding.kind
                    if kind is UpdateKind.FAILURE:
                        failures.append(heard)
                        continue
                    if kind is UpdateKind.RESULT and winner is None:
                        winner = heard.racer
                        _stop([racer for racer in racers if racer is not winner])
                    if kind is UpdateKind.THINKING or heard.racer is winner:
                        yield heard.finding
            except GeneratorExit:
                # The consumer leaves early: end the race; a task group must not see this error.
                tasks.cancel_scope.cancel()
                return
        # After a result only the winner's own failure counts: a timer of its broke.
        reasons = [
            f"{heard.racer.agent.name}: {heard.finding.text}"
            for heard in failures
            if winner in (None, heard.racer)
        ]
        if reasons:
            yield Finding(kind=UpdateKind.FAILURE, text="; ".join(reasons))


def _stop(racers: Sequence[_Racer]) -> None:
    for racer in racers:
        racer.scope.cancel()


async def _run(racer: _Racer, package: ContextPackage, send: ObjectSendStream[_Heard]) -> None:
    async with send:
        with racer.scope:
            async with aclosing(settled(racer.agent, package)) as findings:
                async for finding in findings:
                    await send.send(_Heard(racer, finding))
