"""An agent that is made ready while its worker takes packages already, for that takes seconds.

A package that needs it waits for it, and for no other agent.
"""

import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, aclosing

import anyio
import anyio.to_thread

from weft.background_agents.types import (
    BackgroundAgent,
    ClosingAgent,
    ContextPackage,
    Finding,
)
from weft.errors import AgentError, WeftError

logger = logging.getLogger(__name__)


class LateAgent:
    """Starts an agent when it is first asked, or when `make_ready` is called before."""

    def __init__(self, agent: BackgroundAgent, load: Callable[[], None]) -> None:
        """Wrap an agent; `load` is what takes long about its start, and may run in a thread."""
        self.name = agent.name
        self._agent = agent
        self._load = load
        self._one_at_a_time = anyio.Lock()
        self._ready = False

    async def start(self) -> None:
        """Do nothing yet."""

    async def aclose(self) -> None:
        """Close the agent, if it has anything to close."""
        if isinstance(self._agent, ClosingAgent):
            await self._agent.aclose()

    async def make_ready(self) -> None:
        """Start the agent unless it is; raises AgentError when it cannot be loaded.

        One that is loaded and cannot start is left to fail when it is asked, as a worker does.
        """
        async with self._one_at_a_time:
            if self._ready:
                return
            try:
                # Left behind when cancelled: nobody waits seconds for what is not needed any more.
                await anyio.to_thread.run_sync(self._load, abandon_on_cancel=True)
            except WeftError as error:
                raise AgentError(str(error)) from error
            try:
                await self._agent.start()
            except AgentError as error:
                logger.warning("background agent %s did not start: %s", self.name, error)
            self._ready = True

    async def answer(self, package: ContextPackage) -> AsyncGenerator[Finding, None]:
        """Yield what the agent finds, once it is ready."""
        await self.make_ready()
        async with AsyncExitStack() as closing:
            findings = self._agent.answer(package)
            if isinstance(findings, AsyncGenerator):
                await closing.enter_async_context(aclosing(findings))
            async for finding in findings:
                yield finding
