"""Carrying out what the user has said yes to: the very call that was proposed, and only that."""

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial

from weft.background_agents.offered import tool_context, update_kind
from weft.background_agents.types import ContextPackage, Finding
from weft.clock import Clock
from weft.errors import AgentError, AnswerFailed, ToolError
from weft.tools.asking import AskingTool
from weft.tools.effect import Effect
from weft.tools.registry import Registry
from weft.tools.tool import ToolContext, ToolOutput
from weft.tools.traced import traced_call
from weft.tracing import Tracing


class CarryingOutAgent:
    """Runs approved effects; no model has a say in it any more."""

    name = "effects"

    def __init__(self, registry: Registry, clock: Clock, tracing: Tracing | None = None) -> None:
        """Keep the tools that ask first."""
        self._registry = registry
        self._clock = clock
        self._tracing = tracing

    def takes(self, package: ContextPackage) -> bool:
        """Say whether something in a package was approved."""
        return package.approved is not None

    async def start(self) -> None:
        """There is nothing to load."""

    async def answer(self, package: ContextPackage) -> AsyncGenerator[Finding, None]:
        """Yield what the tool says about it; raises AgentError when it could not be done."""
        effect = package.approved
        assert effect is not None
        try:
            tool = self._registry.get(effect.tool)
            if not isinstance(tool, AskingTool):
                raise AgentError(f"the tool {effect.tool!r} is not what it was")
            done = self._carried_out(tool, effect, tool_context(package, self._clock))
            async with aclosing(done):
                async for output in done:
                    yield Finding(
                        kind=update_kind(output),
                        text=output.text,
                        detail=output.detail,
                        sources=output.sources,
                        components=output.components,
                        tainted=tool.untrusted or output.tainted,
                    )
        except ToolError as error:
            raise AnswerFailed(str(error)) from error

    def _carried_out(
        self, tool: AskingTool, effect: Effect, context: ToolContext
    ) -> AsyncGenerator[ToolOutput, None]:
        if self._tracing is None:
            return tool.carry_out(effect, context)
        call = partial(tool.carry_out, effect)
        given = json.loads(effect.arguments)
        return traced_call(tool.name, call, given, context, self._tracing)


__all__ = ["CarryingOutAgent"]
