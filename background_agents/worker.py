"""A worker: takes packages from a queue, lets agents answer them, publishes what they find.

It knows nothing of the conversation. Whatever an agent does, the session gets an answer or one
failure. Calls of tools belong to the worker's own run: a correction ends an answer, and its calls
are left to the next revision.
"""

import logging
from collections.abc import Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass

import anyio
from anyio.abc import TaskGroup

from weft.background_agents.settled import settled
from weft.background_agents.types import (
    AgentUpdate,
    BackgroundAgent,
    Claim,
    ClosingAgent,
    ContextPackage,
    Finding,
    Specialist,
    TokenUse,
    UpdateKind,
    WorkerQueue,
)
from weft.clock import Clock
from weft.errors import AgentError
from weft.tools.builtin.timers import SOURCE
from weft.tools.lasting import AnswerCalls, LastingCalls
from weft.tools.untrusted import without_images

logger = logging.getLogger(__name__)


class Worker:
    """Runs the agents of one configuration against one queue."""

    def __init__(
        self,
        queue: WorkerQueue,
        agents: Sequence[BackgroundAgent],
        clock: Clock,
        concurrency: int = 16,
        specialists: Sequence[Specialist] = (),
        lasting: LastingCalls | None = None,
    ) -> None:
        """Keep the agents in fallback order; at most `concurrency` delegations run at once.

        A package that a specialist takes is for none of them.
        A running timer counts as one, which is why the default is generous: waiting costs nothing.
        `lasting` is what tools were made with whose calls are to outlive a correction.
        """
        if not agents:
            raise ValueError("a worker needs at least one agent")
        self._queue = queue
        self._agents = tuple(agents)
        self._specialists = tuple(specialists)
        self._clock = clock
        self._concurrency = concurrency
        self._lasting = LastingCalls(clock) if lasting is None else lasting

    async def start(self) -> None:
        """Load and warm up every agent; one that cannot start is left to fail when it is asked."""
        for agent in (*self._agents, *self._specialists):
            logger.info("starting background agent %s", agent.name)
            try:
                await agent.start()
            except AgentError as error:
                logger.warning("background agent %s did not start: %s", agent.name, error)

    async def run(self) -> None:
        """Work until cancelled, then close the agents."""
        async with AsyncExitStack() as closing:
            for agent in (*self._agents, *self._specialists):
                if isinstance(agent, ClosingAgent):
                    closing.push_async_callback(_close, agent)
            async with anyio.create_task_group() as lanes:
                for _ in range(self._concurrency):
                    lanes.start_soon(self._serve, lanes)

    async def _serve(self, lanes: TaskGroup) -> None:
        while True:
            # Not kept in a name: while waiting, nothing holds the conversation of the last claim.
            await self._work(await self._queue.claim(), lanes)

    async def _work(self, claim: Claim, lanes: TaskGroup) -> None:
        try:
            with self._lasting.answering(claim.package.delegation_id, lanes) as calls:
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(self._stop_when_unwanted, claim, calls, tasks.cancel_scope)
                    await self._answer(_Publisher(self._queue, claim, self._clock))
                    tasks.cancel_scope.cancel()
        except anyio.get_cancelled_exc_class():
            # The worker ends, and not the work: its queue may have somebody else go on with it.
            raise
        except BaseException:
            self._queue.finish_nowait(claim)
            raise
        self._queue.finish_nowait(claim)

    async def _stop_when_unwanted(
        self, claim: Claim, calls: AnswerCalls, scope: anyio.CancelScope
    ) -> None:
        corrected = await self._queue.wait_cancelled(claim)
        if corrected:
            self._lasting.corrected(calls)
        scope.cancel()

    async def _answer(self, publisher: "_Publisher") -> None:
        """Ask one agent after the other until one has an answer; publish the last update."""
        reasons: list[str] = []
        for agent in self._agents_for(publisher.claim.package):
            reason = await self._ask(agent, publisher)
            if reason is not None:
                reasons.append(f"{agent.name}: {reason}")
            if reason is None or publisher.said_result:
                # What was said stays said: another agent would only say it again in other words.
                break
        # A timer that breaks owes the beats to come; any other result is whole as it was said.
        if publisher.said_result and not (reasons and publisher.is_timer):
            publisher.publish(Finding(kind=UpdateKind.THINKING), final=True)
            return
        publisher.publish(Finding(kind=UpdateKind.FAILURE, text="; ".join(reasons)), final=True)

    def _agents_for(self, package: ContextPackage) -> Sequence[BackgroundAgent]:
        taking = [each for each in self._specialists if each.takes(package)]
        return taking[:1] or self._agents

    async def _ask(self, agent: BackgroundAgent, publisher: "_Publisher") -> str | None:
        """Let one agent answer; give the reason when it could not."""
        reason: str | None = None
        async with aclosing(settled(agent, publisher.claim.package)) as findings:
            async for finding in findings:
                publisher.count(finding)
                if finding.kind is UpdateKind.FAILURE:
                    reason = finding.text
                elif finding.kind is not UpdateKind.THINKING or finding.text:
                    publisher.publish(finding)
        if reason is None and not publisher.said_result:
            return "gave no answer"
        return reason


@dataclass(slots=True)
class _Publisher:
    """Numbers and stamps the updates of one attempt."""

    queue: WorkerQueue
    claim: Claim
    clock: Clock
    said_result: bool = False
    is_timer: bool = False
    sequence: int = 0
    use: TokenUse | None = None

    def count(self, finding: Finding) -> None:
        """Add up what was used, by agents too that had no answer in the end."""
        if finding.use is not None:
            self.use = finding.use if self.use is None else self.use + finding.use

    def publish(self, finding: Finding, *, final: bool = False) -> None:
        """Send one finding to the session."""
        package = self.claim.package
        self.queue.publish_nowait(
            AgentUpdate(
                session_id=package.session_id,
                delegation_id=package.delegation_id,
                revision=package.revision,
                attempt=self.claim.attempt,
                sequence=self.sequence,
                kind=finding.kind,
                text=finding.text,
                detail=without_images(finding.detail),
                sources=finding.sources,
                effect=finding.effect,
                components=finding.components,
                final=final,
                use=self.use if final else None,
                tainted=finding.tainted,
                published_s=self.clock.now_s(),
            )
        )
        if final and self.use is not None:
            logger.info("delegation %s has used %s", package.delegation_id, self.use.told)
        self.sequence += 1
        answers = (UpdateKind.RESULT, UpdateKind.QUESTION)
        self.said_result = self.said_result or finding.kind in answers
        self.is_timer = self.is_timer or SOURCE in finding.sources


async def _close(agent: ClosingAgent) -> None:
    with anyio.CancelScope(shield=True):
        await agent.aclose()
