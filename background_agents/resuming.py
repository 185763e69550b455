"""Going on with reminders of an earlier run: the session asks for each by number, and it is said.

A request like any other, but for the words, which no user says; everything else goes to the agent
behind.
"""

import re
from collections.abc import AsyncGenerator
from dataclasses import replace

from weft.background_agents.offered import sign_of_life, tool_context
from weft.background_agents.types import BackgroundAgent, ContextPackage, Finding, UpdateKind
from weft.clock import Clock
from weft.errors import AgentError, ToolError
from weft.tools.builtin.timers import repeat, timer
from weft.tools.reminders import Reminder, Reminders

_REQUEST = re.compile(r"\[go on with reminder (\d+)\]")
_TOOLS = {"timer": timer, "repeat": repeat}


def resuming_request(reminder: Reminder) -> str:
    """Write the request by which a session asks to go on with a reminder."""
    return f"[go on with reminder {reminder.reminder_id}]"


class ResumingAgent:
    """Goes on with reminders, and hands every other request to an agent."""

    def __init__(self, agent: BackgroundAgent, reminders: Reminders, clock: Clock) -> None:
        """Wrap the agent that is asked first."""
        self.name = agent.name
        self._agent = agent
        self._reminders = reminders
        self._clock = clock

    async def start(self) -> None:
        """Open the reminders and make the agent ready."""
        await self._reminders.start()
        await self._agent.start()

    async def aclose(self) -> None:
        """Close the agent, if it has anything to close, and the reminders."""
        close = getattr(self._agent, "aclose", None)
        if close is not None:
            await close()
        await self._reminders.aclose()

    async def answer(self, package: ContextPackage) -> AsyncGenerator[Finding, None]:
        """Yield what the reminder or the agent says.

        Raises AgentError for a reminder that is not there any more.
        """
        found = _REQUEST.fullmatch(package.request.strip())
        findings = (
            self._agent.answer(package) if found is None else self._go_on(int(found[1]), package)
        )
        try:
            async for finding in findings:
                yield finding
        finally:
            if isinstance(findings, AsyncGenerator):
                await findings.aclose()

    async def _go_on(
        self, reminder_id: int, package: ContextPackage
    ) -> AsyncGenerator[Finding, None]:
        reminder = await self._reminders.get(reminder_id)
        if reminder is None:
            raise AgentError(f"there is no reminder {reminder_id} any more")
        how = reminder.going_on(self._reminders.now())
        tool = _TOOLS[how.tool]
        context = replace(
            tool_context(package, self._clock), asked_s=self._clock.now_s() - how.begun_s_ago
        )
        yield sign_of_life(tool)
        outputs = self._reminders.spoken(reminder, tool.run(how.arguments, context), context)
        try:
            async for output in outputs:
                yield Finding(kind=UpdateKind.RESULT, text=output.text, sources=output.sources)
        except ToolError as error:
            raise AgentError(str(error)) from error
        finally:
            await outputs.aclose()


__all__ = ["ResumingAgent", "resuming_request"]
