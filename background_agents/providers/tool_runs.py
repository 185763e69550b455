"""Runs the tool calls of one reply side by side and tells the model what came of them."""

import json
import math
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import anyio
from anyio.abc import ObjectSendStream

from weft.background_agents.providers.streamed_calls import ToolCall
from weft.errors import ToolError
from weft.tools.tool import Tool, ToolContext, ToolOutput


@dataclass(frozen=True, slots=True)
class ToolRun:
    """A call that can be run."""

    call: ToolCall
    tool: Tool
    arguments: dict[str, object]


@dataclass(frozen=True, slots=True)
class ToolNews:
    """One output of one running tool, or why it failed."""

    run: ToolRun
    output: ToolOutput | None
    error: str = ""


def prepared(
    calls: Sequence[ToolCall], tools: Mapping[str, Tool]
) -> tuple[list[ToolRun], dict[str, str]]:
    """Sort calls into those that can run, and answers to those that cannot, by call id."""
    runs: list[ToolRun] = []
    refused: dict[str, str] = {}
    for call in calls:
        tool = tools.get(call.name)
        arguments = call.parsed()
        if tool is None:
            reason = f"no tool is named {call.name!r}; known: {list(tools)}"
            refused[call.call_id] = as_data(error=reason)
        elif arguments is None:
            refused[call.call_id] = as_data(error="the arguments are not a JSON object")
        else:
            runs.append(ToolRun(call, tool, arguments))
    return runs, refused


async def run_together(
    runs: Sequence[ToolRun], context: ToolContext, deadline_s: float = math.inf
) -> AsyncGenerator[ToolNews, None]:
    """Run tools side by side and yield their outputs as they come.

    `deadline_s` is on the clock of `anyio.current_time`: what still runs then has failed.
    """
    if not runs:
        return
    send, receive = anyio.create_memory_object_stream[ToolNews](math.inf)
    async with anyio.create_task_group() as tasks, receive:
        with send:
            for run in runs:
                tasks.start_soon(partial(_run, run, context, deadline_s, send.clone()))
        try:
            async for news in receive:
                yield news
        except GeneratorExit:
            # The consumer leaves early: end the tools here; a task group must not see this error.
            tasks.cancel_scope.cancel()


async def _run(
    run: ToolRun, context: ToolContext, deadline_s: float, send: ObjectSendStream[ToolNews]
) -> None:
    async with send:
        with anyio.CancelScope(deadline=deadline_s) as scope:
            try:
                async for output in run.tool.run(run.arguments, context):
                    await send.send(ToolNews(run, output))
            except ToolError as error:
                await send.send(ToolNews(run, None, str(error)))
        if scope.cancelled_caught:
            send.send_nowait(ToolNews(run, None, f"no time was left for the tool {run.tool.name}"))


def as_data(**values: str) -> str:
    """Write what a tool said as JSON, in which nothing can pose as a role."""
    return json.dumps(values, ensure_ascii=False)


def as_messages(
    text: str, calls: Sequence[ToolCall], answers: Mapping[str, str]
) -> list[dict[str, object]]:
    """Replay a reply and the answers to its calls; the reasoning is left out.

    Several endpoints refuse to read that back.
    """
    reply: dict[str, object] = {
        "role": "assistant",
        "content": text,
        "tool_calls": [
            {
                "id": call.call_id,
                "type": "function",
                # Servers with strict templates fail on arguments that are not JSON.
                "function": {
                    "name": call.name or "unknown",
                    "arguments": call.arguments if call.is_complete else "{}",
                },
            }
            for call in calls
        ],
    }
    told: list[dict[str, object]] = [
        {"role": "tool", "tool_call_id": call.call_id, "content": answers[call.call_id]}
        for call in calls
    ]
    return [reply, *told]
