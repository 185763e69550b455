"""Timers that come back into the conversation: `timer` speaks once, `repeat` at every beat.

They wait on the session's clock, so a cancelled delegation ends them and virtual time turns them.
"""

import math
from collections.abc import AsyncIterator
from typing import Annotated

from pydantic import Field

from weft.errors import ToolError
from weft.tools.builtin.spoken_durations import (
    say_duration,
)
from weft.tools.builtin.spoken_timers import read_repeat_arguments, read_timer_arguments
from weft.tools.builtin.timer_messages import finished
from weft.tools.tool import ToolContext, ToolOutput, tool

LONGEST_WAIT_S = 7 * 86_400.0
SOURCE = "timer"
"""Marks what a timer says: it is due at this very moment."""
SHORTEST_BEAT_S = 0.4
"""Two micro-turns: nothing can be said more often than that."""

TIMER_EXAMPLES = (
    "Set a timer for ten minutes",
    "remind me in half an hour to call my mother",
    "In 20 seconds say go",
    "wake me up in an hour and a half",
    "Could you tell me when five minutes are over please?",
    "start a 3 minute timer for the eggs",
    "let me know in 45 seconds",
    "give me a countdown of two minutes",
    "In ten minutes remind me to take the bread out of the oven.",
    "after one minute say time to stretch",
    "ping me in a quarter of an hour",
    "please remind me to drink some water in 15 minutes",
)
REPEAT_EXAMPLES = (
    "Every four seconds say breathe",
    "say tick every two seconds",
    "remind me every twenty minutes to drink water",
    "every minute, tell me to sit up straight, five times",
    "keep saying left right every second for a minute",
    "Could you say stretch every half hour please?",
    "every 10 seconds say next until I tell you to stop",
    "count me in with go every three seconds",
    "repeat relax every five seconds",
    "nudge me every hour to look away from the screen",
    "please tell me breathe in every six seconds ten times",
)


def _sentence(message: str) -> str:
    message = finished(message)
    return message if not message or message[-1] in ".!?…" else f"{message}."


@tool(examples=TIMER_EXAMPLES, read_arguments=read_timer_arguments, time_limit_s=None)
async def timer(
    seconds: Annotated[float, Field(gt=0, le=LONGEST_WAIT_S)],
    context: ToolContext,
    message: str = "",
) -> AsyncIterator[ToolOutput]:
    """Wait for some time, then say a message: timers and reminders.

    Args:
        seconds: how long to wait, in seconds.
        message: what is then said to the user; empty for "time is up".
    """
    begun_s = context.clock.now_s() if context.asked_s is None else context.asked_s
    await context.clock.sleep_until_s(begun_s + seconds)
    text = _sentence(message) or f"Time is up. That was {say_duration(seconds)}."
    yield ToolOutput(text, sources=(SOURCE,))


@tool(examples=REPEAT_EXAMPLES, read_arguments=read_repeat_arguments, time_limit_s=None)
async def repeat(
    every_seconds: Annotated[float, Field(gt=0, le=LONGEST_WAIT_S)],
    message: str,
    context: ToolContext,
    times: Annotated[int, Field(ge=1)] | None = None,
) -> AsyncIterator[ToolOutput]:
    """Say a message again and again, at a steady pace, until cancelled.

    Args:
        every_seconds: seconds from one time to the next.
        message: what is said each time.
        times: how often it is said; without it, until the user no longer wants it.
    """
    if every_seconds < SHORTEST_BEAT_S:
        raise ToolError(f"I cannot say something more often than every {SHORTEST_BEAT_S} seconds.")
    if not message.strip():
        raise ToolError("There is nothing to say at each beat.")
    begun_s = context.clock.now_s() if context.asked_s is None else context.asked_s
    beat = 0
    said = 0
    while times is None or said < times:
        # Counted from the start, so that beats never drift; those already missed are left out.
        due = math.ceil((context.clock.now_s() - begun_s) / every_seconds - 1e-6)
        beat = max(beat + 1, due)
        await context.clock.sleep_until_s(begun_s + beat * every_seconds)
        yield ToolOutput(_sentence(message), sources=(SOURCE,))
        said += 1
