"""Tools that change something: they ask first, and what was done is not done again.

A call of such a tool gives a question and an effect, and changes nothing. When the user has said
yes, the same effect comes back to be carried out.
"""

import json
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from dataclasses import dataclass, field, fields, replace

from weft.errors import ToolError
from weft.tools.effect import QUESTION_LIMIT_CHARS, Effect, proposed
from weft.tools.schema import GivenSignature
from weft.tools.shortening import shorten
from weft.tools.tool import Approval, SideEffects, Tool, ToolContext, ToolOutput
from weft.tools.untrusted import harmless

_REMEMBERED = 10_000
"""Effects whose outcome is known; a redelivery comes soon or never."""
_ARGUMENT_LIMIT_CHARS = 80


class Effects:
    """What was carried out in this process, by key; each effect is begun at most once."""

    def __init__(self) -> None:
        """Begin with nothing done."""
        self._outcomes: OrderedDict[str, tuple[ToolOutput, ...] | None] = OrderedDict()
        """None while it runs, and for good when it broke off: nobody knows what was done."""

    async def once(
        self, key: str, outputs: AsyncIterator[ToolOutput]
    ) -> AsyncGenerator[ToolOutput, None]:
        """Yield what carrying out an effect gives, or gave when it was carried out before.

        Raises ToolError when it was begun before and did not end.
        """
        if key in self._outcomes:
            for output in self._known(key):
                yield output
            return
        # Before it runs: after a crash in between, once too few is better than twice.
        self._outcomes[key] = None
        while len(self._outcomes) > _REMEMBERED:
            self._outcomes.popitem(last=False)
        said: list[ToolOutput] = []
        try:
            async for output in outputs:
                said.append(output)
                yield output
        finally:
            if isinstance(outputs, AsyncGenerator):
                await outputs.aclose()
        self._outcomes[key] = tuple(said)

    def _known(self, key: str) -> tuple[ToolOutput, ...]:
        outcome = self._outcomes[key]
        if outcome is None:
            raise ToolError("That was begun before, and I do not know whether it was done.")
        return outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class AskingTool(Tool):
    """A tool that changes something, as agents see it: its calls are proposals."""

    inner: Tool = field(repr=False)
    effects: Effects = field(repr=False)

    def asks(self, context: ToolContext) -> bool:
        """Say whether a call would ask the user, and carry nothing out before the yes."""
        return self.approval is Approval.ALWAYS or context.tainted

    async def run(
        self, arguments: Mapping[str, object], context: ToolContext
    ) -> AsyncIterator[ToolOutput]:
        """Yield the question whether to do it; raises ToolError for arguments that do not fit."""
        checked = self.inner.check(arguments)
        effect = proposed(
            self.name,
            arguments,
            delegation_id=context.delegation_id,
            irreversible=self.side_effects is SideEffects.IRREVERSIBLE,
        )
        if self.asks(context):
            given = isinstance(self.inner.signature, GivenSignature)
            question = _question(self.inner, arguments if given else checked)
            yield ToolOutput(question, effect=effect)
            return
        async for output in self.carry_out(effect, context):
            yield output

    async def carry_out(
        self, effect: Effect, context: ToolContext
    ) -> AsyncGenerator[ToolOutput, None]:
        """Do what was proposed, unless it has been done; raises ToolError as the tool does."""
        keyed = replace(context, idempotency_key=effect.key)
        done = self.effects.once(effect.key, self.inner.run(json.loads(effect.arguments), keyed))
        try:
            async for output in done:
                yield output
        finally:
            await done.aclose()


def asking_tool(tool: Tool, effects: Effects) -> AskingTool:
    """Let a tool that changes something ask first."""
    known = {each.name: getattr(tool, each.name) for each in fields(Tool)}
    return AskingTool(**known | {"asks_first": True}, inner=tool, effects=effects)


def _question(tool: Tool, arguments: Mapping[str, object]) -> str:
    """Say what would be done, in the tool's own words if it has any."""
    said = {name: _said(value) for name, value in arguments.items()}
    if tool.question:
        asked = tool.question.format_map(said)
    else:
        listed = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in said.items())
        asked = f"Shall I {tool.name.replace('_', ' ')}{f', with {listed}' if listed else ''}?"
    return shorten(" ".join(asked.split()), QUESTION_LIMIT_CHARS)


def _said(value: object) -> str:
    if isinstance(value, Mapping):
        value = ", ".join(f"{name} {part}" for name, part in value.items())
    return harmless(shorten(" ".join(str(value).split()), _ARGUMENT_LIMIT_CHARS))


__all__ = ["AskingTool", "Effects", "asking_tool"]
