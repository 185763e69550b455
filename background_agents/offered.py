"""Which tools an agent may call, and what they are told about the delegation they serve."""

import logging
from collections.abc import Sequence

from weft.background_agents.spoken import plain
from weft.background_agents.types import ContextPackage, Finding, UpdateKind
from weft.clock import Clock
from weft.tools.builtin.timers import SOURCE
from weft.tools.registry import Registry
from weft.tools.tool import SideEffects, Tool, ToolContext, ToolOutput

logger = logging.getLogger(__name__)


def offered_tools(registry: Registry, names: Sequence[str] | None) -> dict[str, Tool]:
    """Give the tools an agent may call, by name: the named ones, or all of the registry.

    Tools whose effect cannot be undone are left out unless they ask the user first. Those of a
    server come and go, so agents ask again for each answer. Raises ToolError for a name that the
    registry does not know and that no server can bring.
    """
    if names is None:
        tools = registry.tools
    else:
        known = registry.names
        expected = [name for name in names if name in known or not registry.may_come(name)]
        tools = tuple(registry.get(name) for name in expected)
    offered = {}
    for tool in tools:
        if tool.side_effects is SideEffects.IRREVERSIBLE and not tool.asks_first:
            logger.info("tool %s cannot be undone and is not offered to agents", tool.name)
        else:
            offered[tool.name] = tool
    return offered


def reading_only(
    registry: Registry, names: Sequence[str] | None
) -> tuple[Registry, tuple[str, ...] | None]:
    """Leave the tools that change nothing, those of servers too, and of the names theirs.

    Names that the registry does not know stay, for `offered_tools` to refuse.
    """
    if names is not None:
        writing = {each.name for each in registry.tools if not _reads(each)}
        names = tuple(name for name in names if name not in writing)
    return registry.only(_reads), names


def _reads(tool: Tool) -> bool:
    return tool.side_effects is SideEffects.READ


def tool_context(package: ContextPackage, clock: Clock) -> ToolContext:
    """Tell the tools of one answer whom they work for, and since when."""
    return ToolContext(
        clock=clock,
        session_id=package.session_id,
        delegation_id=package.delegation_id,
        revision=package.revision,
        user_id=package.user_id,
        asked_s=package.submitted_s,
        tainted=package.tainted,
        traceparent=package.traceparent,
    )


def update_kind(output: ToolOutput) -> UpdateKind:
    """Say as what a tool's output is published."""
    if output.effect is not None:
        return UpdateKind.QUESTION
    return UpdateKind.COMMENTARY if output.progress else UpdateKind.RESULT


def said_whole(output: ToolOutput) -> str:
    """Give the whole of a tool's output as it is said; a question names things as they are.

    Without its addresses and marks, a question would leave out what the user says yes to.
    """
    return plain(output.text) if output.effect is None else output.text


def only_waits(tool: Tool) -> bool:
    """Say whether a tool's work is to wait (a timer): its outputs are said as they come."""
    return tool.time_limit_s is None


def sign_of_life(tool: Tool) -> Finding:
    """Say that a tool waits, so that a timer of ten minutes is not taken for work that hangs."""
    return Finding(kind=UpdateKind.THINKING, text=f"{tool.name} is running", sources=(SOURCE,))
