"""Tools that change something: they ask first, and what was done is not done again.

A call of such a tool gives a question and an effect, and changes nothing. When the user has said
yes, the same effect comes back to be carried out.
"""

import json
import string
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace

from pydantic_core import to_jsonable_python

from weft.errors import ToolError
from weft.tools.effect import QUESTION_LIMIT_CHARS, ChangingCall, Effect
from weft.tools.ledger import Begun, Ledger, MemoryLedger
from weft.tools.schema import GivenSignature
from weft.tools.tool import Approval, SideEffects, Tool, ToolContext, ToolOutput
from weft.tools.untrusted import harmless

_WHOLE_CHARS = sys.maxsize
_SHARES_CHARS = (160, 80, 40, 20)
"""How much of each text a question says: the first of these with which it is short enough."""
_LEAST_CHARS = _SHARES_CHARS[-1]
_NAME_LIMIT_CHARS = 40


class Effects:
    """What is proposed and carried out; each effect is begun at most once, as the ledger knows."""

    def __init__(self, ledger: Ledger | None = None) -> None:
        """Keep the ledger: one of this process when none is given."""
        self._ledger: Ledger = MemoryLedger() if ledger is None else ledger

    async def proposed(
        self,
        tool: str,
        arguments: Mapping[str, object],
        context: ToolContext,
        *,
        irreversible: bool,
    ) -> Effect:
        """Make an effect of a call, under the key of an earlier one if it is the same call.

        In one delegation that is a call in the same words, or one that has the same place in
        another answer to the same revision: then it was delivered, or asked of an agent, again.
        Raises ToolError when the ledger cannot be read.
        """
        call = ChangingCall(
            tool=tool,
            arguments=arguments,
            delegation_id=context.delegation_id,
            revision=context.revision,
            ordinal=context.ordinals.next(tool),
        )
        key = await self._ledger.key_of(call)
        written = json.dumps(arguments, sort_keys=True, ensure_ascii=False)
        return Effect(key=key, tool=tool, arguments=written, irreversible=irreversible)

    async def once(
        self, effect: Effect, outputs: AsyncIterator[ToolOutput]
    ) -> AsyncGenerator[ToolOutput, None]:
        """Yield what carrying out an effect gives, or gave when it was carried out before.

        Raises ToolError when it was begun before and did not end, or when that cannot be known:
        then nothing is carried out.
        """
        # Before it runs: after a crash in between, once too few is better than twice.
        before = await self._ledger.begin(effect)
        if before is not None:
            for output in _known(before, effect):
                yield output
            return
        said: list[ToolOutput] = []
        try:
            async for output in outputs:
                said.append(output)
                yield output
        finally:
            if isinstance(outputs, AsyncGenerator):
                await outputs.aclose()
        await self._ledger.end(effect, said)


def _known(before: Begun, effect: Effect) -> tuple[ToolOutput, ...]:
    """Give the outcome of an effect; nobody may believe that it was done as it is worded now."""
    if before.outputs is None:
        raise ToolError("That was begun before, and I do not know whether it was done.")
    if before.arguments == effect.arguments:
        return before.outputs
    remark = f"(This was done before, with {before.arguments}, and not again.)"
    return tuple(
        replace(output, detail=f"{output.detail or output.text}\n\n{remark}")
        for output in before.outputs
    )


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
        effect = await self.effects.proposed(
            self.name,
            arguments,
            context,
            irreversible=self.side_effects is SideEffects.IRREVERSIBLE,
        )
        if self.asks(context):
            given = isinstance(self.inner.signature, GivenSignature)
            yield _question(self.inner, effect, arguments, arguments if given else checked)
            return
        async for output in self.carry_out(effect, context):
            yield output

    async def carry_out(
        self, effect: Effect, context: ToolContext
    ) -> AsyncGenerator[ToolOutput, None]:
        """Do what was proposed, unless it has been done; raises ToolError as the tool does."""
        keyed = replace(context, idempotency_key=effect.key)
        done = self.effects.once(effect, self.inner.run(json.loads(effect.arguments), keyed))
        try:
            async for output in done:
                yield output
        finally:
            await done.aclose()


def asking_tool(tool: Tool, effects: Effects) -> AskingTool:
    """Let a tool that changes something ask first."""
    known = {each.name: getattr(tool, each.name) for each in fields(Tool)}
    return AskingTool(**known | {"asks_first": True}, inner=tool, effects=effects)


def _question(
    tool: Tool, effect: Effect, arguments: Mapping[str, object], checked: Mapping[str, object]
) -> ToolOutput:
    """Ask whether to do it; where the question leaves something out, the whole is its detail."""
    values: dict[str, object] = to_jsonable_python(checked, fallback=str)
    unnamed = [name for name in arguments if name not in _named_in(tool.question)]
    asked = _asked(tool, values, unnamed, _WHOLE_CHARS)
    if len(asked) <= QUESTION_LIMIT_CHARS:
        return ToolOutput(asked, effect=effect)
    for limit_chars in _SHARES_CHARS:
        asked = _asked(tool, values, unnamed, limit_chars)
        if len(asked) <= QUESTION_LIMIT_CHARS:
            break
    return ToolOutput(asked, detail=_written(arguments), effect=effect)


def _asked(
    tool: Tool, values: Mapping[str, object], unnamed: Sequence[str], limit_chars: int
) -> str:
    """Say what would be done, in the tool's own words if it has any, and with all that is given."""
    if tool.question:
        said = {name: _said(value, limit_chars) for name, value in values.items()}
        rest = {name: values[name] for name in unnamed if name in values}
        asked = tool.question.format_map(said)
        asked += f" That is with {_said(rest, limit_chars)}." if rest else ""
    else:
        listed = f", with {_said(values, limit_chars)}" if values else ""
        asked = f"Shall I {tool.name.replace('_', ' ')}{listed}?"
    return harmless(" ".join(asked.split()))


def _named_in(question: str) -> set[str]:
    """Give the arguments that a tool's own question has places for."""
    return {name for _, name, _, _ in string.Formatter().parse(question) if name}


def _said(value: object, limit_chars: int) -> str:
    """Name a value, with so much of each text in it."""
    match value:
        case Mapping():
            name_chars = max(limit_chars, _NAME_LIMIT_CHARS)
            return _joined(
                [
                    f"{_cut(name.replace('_', ' '), name_chars)} {_said(part, limit_chars)}"
                    for name, part in value.items()
                ],
                limit_chars,
            )
        case list():
            return _joined([_said(part, limit_chars) for part in value], limit_chars)
        case _:
            return _cut(str(value), limit_chars)


def _joined(entries: Sequence[str], limit_chars: int) -> str:
    """Join entries; where even the least of each is too much, keep the first and count the rest."""
    kept: list[str] = []
    left_chars = QUESTION_LIMIT_CHARS if limit_chars == _LEAST_CHARS else _WHOLE_CHARS
    for entry in entries:
        left_chars -= len(entry) + len(", ")
        if kept and left_chars < 0:
            break
        kept.append(entry)
    left_out = len(entries) - len(kept)
    if left_out:
        kept.append(f"with {left_out} more {'entry' if left_out == 1 else 'entries'}")
    return ", ".join(kept) or "nothing"


def _cut(text: str, limit_chars: int) -> str:
    """Keep the beginning of a text, and say how long the rest is."""
    text = " ".join(text.split())
    if len(text) <= limit_chars:
        return text
    kept = text[:limit_chars]
    words = kept.rpartition(" ")[0]
    # Between words, unless that would leave hardly anything.
    kept = words if len(words) >= limit_chars // 2 else kept
    left_out = len(text) - len(kept)
    return f"{kept} and {left_out} more {'character' if left_out == 1 else 'characters'}"


def _written(arguments: Mapping[str, object]) -> str:
    """Write all arguments as Markdown that shows them as they are: a block of code."""
    lines = json.dumps(arguments, indent=2, ensure_ascii=False).splitlines()
    return harmless("\n".join(f"    {line}" for line in lines))


__all__ = ["AskingTool", "Effects", "asking_tool"]
