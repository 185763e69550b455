"""Runs the tool calls of one reply side by side and tells the model what came of them."""

import json
import math
import secrets
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import anyio
from anyio.streams.memory import MemoryObjectSendStream

from weft.background_agents.providers.streamed_calls import NESTING_LIMIT, ToolCall
from weft.errors import ToolError
from weft.tools.tool import Tool, ToolContext, ToolOutput
from weft.tools.untrusted import ToolMessage, harmless, untrusted


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
) -> tuple[list[ToolRun], dict[str, ToolMessage]]:
    """Sort calls into those that can run, and answers to those that cannot, by call id."""
    runs: list[ToolRun] = []
    refused: dict[str, ToolMessage] = {}
    for call in calls:
        tool = tools.get(call.name)
        arguments = call.parsed()
        if tool is None:
            reason = f"no tool is named {call.name!r}; known: {list(tools)}"
            refused[call.call_id] = told(call, error=reason)
        elif arguments is None:
            reason = f"the arguments are no JSON object, or one of over {NESTING_LIMIT} levels"
            refused[call.call_id] = told(call, error=reason)
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
    run: ToolRun, context: ToolContext, deadline_s: float, send: MemoryObjectSendStream[ToolNews]
) -> None:
    named = replace(context, call_id=run.call.call_id)
    async with send:
        with anyio.CancelScope(deadline=deadline_s) as scope:
            try:
                async for output in run.tool.run(run.arguments, named):
                    await send.send(ToolNews(run, output))
            except ToolError as error:
                await send.send(ToolNews(run, None, str(error)))
        if scope.cancelled_caught:
            send.send_nowait(ToolNews(run, None, f"no time was left for the tool {run.tool.name}"))


def told(call: ToolCall, **values: str) -> ToolMessage:
    """Answer a call with what became of it; a reason may repeat the words of strangers."""
    clean = {name: harmless(text) for name, text in values.items()}
    return {
        "role": "tool",
        "tool_call_id": call.call_id,
        "content": json.dumps(clean, ensure_ascii=False),
    }


def found(run: ToolRun, texts: Sequence[str], limit_chars: int) -> ToolMessage:
    """Answer a call with what its tool found: data, whoever wrote it."""
    output = untrusted("\n".join(texts), origin=run.tool.name, limit_chars=limit_chars)
    # Drawn afresh: a text that knew the boundary could pretend to end before it does.
    return output.message(run.call.call_id, boundary=secrets.token_hex(8))


def as_messages(
    text: str, calls: Sequence[ToolCall], answers: Mapping[str, ToolMessage]
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
    return [reply, *(dict(answers[call.call_id]) for call in calls)]
