"""What a user has told before, put into the packages of an agent that can make use of it."""

import logging
from collections.abc import AsyncGenerator
from dataclasses import replace

from weft.background_agents.memory import MemoryStore, memory_lines
from weft.background_agents.types import BackgroundAgent, ContextPackage, Finding
from weft.errors import WeftError

logger = logging.getLogger(__name__)


class RecallingAgent:
    """An agent that is told what of a user's memories may matter to a request."""

    def __init__(self, agent: BackgroundAgent, memory: MemoryStore) -> None:
        """Wrap an agent."""
        self.name = agent.name
        self._agent = agent
        self._memory = memory

    async def start(self) -> None:
        """Make the agent ready."""
        await self._agent.start()

    async def aclose(self) -> None:
        """Close the agent, if it has anything to close."""
        close = getattr(self._agent, "aclose", None)
        if close is not None:
            await close()

    async def answer(self, package: ContextPackage) -> AsyncGenerator[Finding, None]:
        """Yield what the agent finds; what it was told may be in it."""
        known = await self._with_memories(package)
        findings = self._agent.answer(known)
        try:
            async for finding in findings:
                yield replace(finding, tainted=finding.tainted or known.tainted)
        finally:
            if isinstance(findings, AsyncGenerator):
                await findings.aclose()

    async def _with_memories(self, package: ContextPackage) -> ContextPackage:
        if package.user_id is None:
            return package
        try:
            memories = await self._memory.recall(package.user_id, package.request)
        except WeftError as error:
            # An answer without memories is better than none.
            logger.warning("nothing could be recalled: %s", type(error).__name__)
            return package
        tainted = package.tainted or any(memory.tainted for memory in memories)
        return package.model_copy(update={"memory": memory_lines(memories), "tainted": tainted})


__all__ = ["RecallingAgent"]
