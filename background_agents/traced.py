"""The background as spans: how long a package waits in the queue, and what each agent does."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing
from typing import Protocol

from weft import trace_names as names
from weft.background_agents.types import (
    AgentUpdate,
    BackgroundAgent,
    Claim,
    ContextPackage,
    Finding,
    KeptAnswer,
    Position,
    SessionQueue,
    Specialist,
    UpdateKind,
    WorkerQueue,
)
from weft.errors import Declined, QueueFull
from weft.tracing import Attributes, Operation, Tracing


class DelegationTraces(Protocol):
    """Where the trace of each delegation begins and ends: with its session."""

    def begin(self, package: ContextPackage) -> ContextPackage:
        """Begin the trace of a package that is about to be submitted, and write it on it."""
        ...

    def refused(self, package: ContextPackage, reason: Declined | None) -> None:
        """Hear that there was no room for a package, and why."""
        ...

    def over(self, delegation_id: str, revision: int | None = None) -> None:
        """Hear that nothing more will come of a revision, or of the one under way."""
        ...


class TracedSessionQueue:
    """A SessionQueue whose packages carry a trace."""

    def __init__(self, queue: SessionQueue, traces: DelegationTraces) -> None:
        """Wrap a queue of any kind; `traces` are those of its sessions."""
        self._queue = queue
        self._traces = traces
        self.outlives = queue.outlives

    def submit_nowait(self, package: ContextPackage) -> None:
        """Accept a package, in a trace of its own unless it has come with one."""
        if package.traceparent is not None:
            self._queue.submit_nowait(package)
            return
        package = self._traces.begin(package)
        try:
            self._queue.submit_nowait(package)
        except QueueFull as full:
            self._traces.refused(package, full.reason)
            raise

    def cancel_nowait(self, delegation_id: str, *, below_revision: int | None = None) -> None:
        """Withdraw a delegation (or only its revisions below one)."""
        self._queue.cancel_nowait(delegation_id, below_revision=below_revision)
        if below_revision is None:
            self._traces.over(delegation_id)

    def updates_nowait(self, session_id: str) -> list[AgentUpdate]:
        """Take all updates that have arrived for a session since the last call, in order."""
        updates = self._queue.updates_nowait(session_id)
        for update in updates:
            if update.final:
                self._traces.over(update.delegation_id, update.revision)
        return updates

    def close_session(self, session_id: str) -> None:
        """Cancel all that a session still has under way and forget it."""
        self._queue.close_session(session_id)

    def take_over_nowait(self, package: ContextPackage, heard: Position) -> None:
        """Go on with a delegation of another process, in the trace that it has come with."""
        self._queue.take_over_nowait(package, heard)

    async def hold_session(self, session_id: str, epoch: int, user_id: str | None = None) -> None:
        """Say that this process holds a session from now on."""
        await self._queue.hold_session(session_id, epoch, user_id)

    def kept_nowait(self, session_id: str) -> list[KeptAnswer]:
        """Take what was kept for the user of a session; its trace has ended with its session."""
        return self._queue.kept_nowait(session_id)

    def has_moved(self, session_id: str) -> bool:
        """Whether another process is known to hold a session now."""
        return self._queue.has_moved(session_id)

    async def look_whether_moved(self, session_id: str) -> None:
        """Find out anew whether another process holds a session."""
        await self._queue.look_whether_moved(session_id)


class TracedWorkerQueue:
    """A WorkerQueue that tells how long each package has waited."""

    def __init__(self, queue: WorkerQueue, tracing: Tracing) -> None:
        """Wrap a queue of any kind."""
        self._queue = queue
        self._tracing = tracing

    async def claim(self) -> Claim:
        """Wait for the next package; its wait is a span."""
        claim = await self._queue.claim()
        package = claim.package
        if package.traceparent is not None:
            wait = self._tracing.begin(
                names.QUEUE_WAIT,
                parent=package.traceparent,
                kind="consumer",
                began_ns=package.sent_unix_ns,
                attributes={
                    names.MESSAGING_SYSTEM: "weft",
                    names.MESSAGING_OPERATION: "claim",
                    names.MESSAGING_OPERATION_TYPE: "receive",
                    names.DESTINATION: "delegations",
                    names.MESSAGE: package.delegation_id,
                    names.REVISION: package.revision,
                    names.ATTEMPT: claim.attempt,
                },
            )
            wait.end()
        return claim

    async def wait_cancelled(self, claim: Claim) -> bool:
        """Return when the claimed work is no longer wanted: whether for a higher revision."""
        return await self._queue.wait_cancelled(claim)

    def publish_nowait(self, update: AgentUpdate) -> None:
        """Send an update to the session it belongs to."""
        self._queue.publish_nowait(update)

    def finish_nowait(self, claim: Claim) -> None:
        """Say that the claimed work has ended, whatever its outcome."""
        self._queue.finish_nowait(claim)


class TracedAgent:
    """An agent whose answers are spans, below which its calls of models and tools have theirs."""

    def __init__(self, agent: BackgroundAgent, tracing: Tracing, about: Attributes) -> None:
        """Wrap an agent; `about` says what it asks, and where."""
        self.name = agent.name
        self._agent = agent
        self._tracing = tracing
        self._about = {names.AGENT: agent.name, **about}

    async def start(self) -> None:
        """Make the agent ready."""
        await self._agent.start()

    async def aclose(self) -> None:
        """Close the agent, if it has anything to close."""
        close = getattr(self._agent, "aclose", None)
        if close is not None:
            await close()

    async def answer(self, package: ContextPackage) -> AsyncGenerator[Finding, None]:
        """Yield what the agent finds."""
        with Operation(
            self._tracing,
            names.INVOKE_AGENT,
            self.name,
            parent=package.traceparent,
            measured_by=self._about,
            attributes={
                names.CONVERSATION: package.session_id,
                names.DELEGATION_ID: package.delegation_id,
                names.REVISION: package.revision,
            },
        ) as operation:
            below = package.model_copy(update={"traceparent": operation.span.traceparent})
            async with AsyncExitStack() as closing:
                findings = self._agent.answer(below)
                if isinstance(findings, AsyncGenerator):
                    await closing.enter_async_context(aclosing(findings))
                async for finding in findings:
                    if finding.kind is UpdateKind.FAILURE:
                        operation.error = "no_answer"
                    yield finding


class TracedSpecialist(TracedAgent):
    """The same for an agent that takes one kind of package."""

    def __init__(self, agent: Specialist, tracing: Tracing) -> None:
        """Wrap a specialist."""
        super().__init__(agent, tracing, {names.PROVIDER: "weft"})
        self._specialist = agent

    def takes(self, package: ContextPackage) -> bool:
        """Say whether a package is of its kind."""
        return self._specialist.takes(package)
