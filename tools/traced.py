"""The calls of tools as spans, with what was given and found only where words are exported."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, fields, replace
from functools import partial

from weft import trace_names as names
from weft.tools.tool import Tool, ToolContext, ToolOutput
from weft.tracing import Attributes, Operation, Tracing


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedTool(Tool):
    """A tool whose calls are spans.

    It goes around whatever redacts a tool: a span is told what the agent is told.
    """

    inner: Tool = field(repr=False)
    tracing: Tracing = field(repr=False)

    async def run(
        self, arguments: Mapping[str, object], context: ToolContext
    ) -> AsyncIterator[ToolOutput]:
        """Yield what the tool finds out; raises as the tool does."""
        call = partial(self.inner.run, arguments)
        outputs = traced_call(self.name, call, arguments, context, self.tracing)
        async with aclosing(outputs):
            async for output in outputs:
                yield output


def traced_tool(tool: Tool, tracing: Tracing) -> TracedTool:
    """Make the calls of a tool spans."""
    known = {each.name: getattr(tool, each.name) for each in fields(Tool)}
    return TracedTool(**known, inner=tool, tracing=tracing)


async def traced_call(
    name: str,
    call: Callable[[ToolContext], AsyncIterator[ToolOutput]],
    arguments: Mapping[str, object],
    context: ToolContext,
    tracing: Tracing,
) -> AsyncGenerator[ToolOutput, None]:
    """Make one call in a span of its own, and yield what it finds out."""
    said: list[str] = []
    with Operation(
        tracing,
        names.EXECUTE_TOOL,
        name,
        parent=context.traceparent,
        measured_by={names.TOOL: name},
        attributes=_about(context),
    ) as operation:
        if tracing.exports_words:
            operation.span.set({names.TOOL_ARGUMENTS: await tracing.words(dict(arguments))})
        outputs = call(replace(context, traceparent=operation.span.traceparent))
        try:
            async for output in outputs:
                said.append(output.detail or output.text)
                yield output
        finally:
            if isinstance(outputs, AsyncGenerator):
                await outputs.aclose()
        if tracing.exports_words:
            operation.span.set({names.TOOL_RESULT: await tracing.words("\n".join(said))})


def _about(context: ToolContext) -> Attributes:
    about = {names.TOOL_TYPE: "function", names.CONVERSATION: context.session_id}
    return about | ({names.TOOL_CALL: context.call_id} if context.call_id else {})


__all__ = ["TracedTool", "traced_call", "traced_tool"]
