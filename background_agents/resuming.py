"""Going on with reminders of an earlier run: a session asks for each by its number."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from weft.background_agents.offered import sign_of_life, tool_context
from weft.background_agents.types import ContextPackage, Finding, UpdateKind
from weft.clock import Clock
from weft.errors import AgentError, AnswerFailed, ToolError
from weft.tools.builtin.timers import repeat, timer
from weft.tools.reminders import Reminders

_TOOLS = {"timer": timer, "repeat": repeat}


class ResumingAgent:
    """Says the reminders of earlier sessions, and nothing else."""

    name = "reminders"

    def __init__(self, reminders: Reminders, clock: Clock) -> None:
        """Keep what is needed."""
        self._reminders = reminders
        self._clock = clock

    def takes(self, package: ContextPackage) -> bool:
        """Say whether a package goes on with a reminder."""
        return package.reminder_id is not None

    async def start(self) -> None:
        """Open the reminders; raises InputError when their file cannot be used."""
        await self._reminders.start()

    async def aclose(self) -> None:
        """Close the reminders."""
        await self._reminders.aclose()

    async def answer(self, package: ContextPackage) -> AsyncGenerator[Finding, None]:
        """Yield what the reminder says.

        Raises AgentError for a reminder that is not there any more, or is another user's.
        """
        assert package.reminder_id is not None
        reminder = await self._reminders.get(package.reminder_id)
        if reminder is None or reminder.user_id != package.user_id:
            raise AgentError(f"there is no reminder {package.reminder_id} any more")
        how = reminder.going_on(self._reminders.now())
        tool = _TOOLS[how.tool]
        context = replace(
            tool_context(package, self._clock), asked_s=self._clock.now_s() - how.begun_s_ago
        )
        yield sign_of_life(tool)
        outputs = self._reminders.spoken(reminder, tool.run(how.arguments, context), context)
        try:
            async with aclosing(outputs):
                async for output in outputs:
                    yield Finding(
                        kind=UpdateKind.RESULT,
                        text=output.text,
                        sources=output.sources,
                        tainted=reminder.tainted,
                    )
        except ToolError as error:
            raise AnswerFailed(str(error)) from error


__all__ = ["ResumingAgent"]
