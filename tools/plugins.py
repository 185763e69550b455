"""Tools from other distributions: entry points in group `weft.tools`, loaded only when named."""

import inspect
import typing
from collections.abc import Iterable
from dataclasses import replace
from importlib import metadata

from weft.errors import ToolError
from weft.tools.tool import Tool, tool

GROUP = "weft.tools"


def plugin_names() -> tuple[str, ...]:
    """Names of all installed entry points, without loading any."""
    return tuple(sorted({entry.name for entry in metadata.entry_points(group=GROUP)}))


def load_plugin(name: str) -> tuple[Tool, ...]:
    """Load one entry point: a tool, a function, a list of these, or a factory of tools.

    Raises ToolError, naming the entry point and the reason, when it is missing or cannot be used.
    """
    found = list(metadata.entry_points(group=GROUP, name=name))
    if not found:
        raise ToolError(f"no tool plugin is named {name!r}; installed: {list(plugin_names())}")
    entry = found[0]
    if len(found) > 1:
        owners = [other.dist.name if other.dist else other.value for other in found]
        raise ToolError(f"several installed packages provide the tool plugin {name!r}: {owners}")
    owner = f"{entry.dist.name} {entry.dist.version}" if entry.dist else entry.value
    try:
        return tuple(replace(each, origin=owner) for each in _tools_of(entry.load()))
    except (Exception, SystemExit) as error:  # importing runs whatever its author wrote
        raise ToolError(
            f"the tool plugin {name!r} ({entry.value}) cannot be loaded:"
            f" {type(error).__name__}: {error}"
        ) from error


def _tools_of(value: object) -> Iterable[Tool]:
    match value:
        case Tool():
            yield value
        case list() | tuple():
            for item in value:
                yield from _tools_of(item)
        case _ if callable(value) and _makes_tools(value):
            yield from _tools_of(value())
        case _ if inspect.isroutine(value):
            yield tool(value)
        case _:
            raise ToolError(f"{value!r} is neither a tool, a function, a list nor a factory")


def _makes_tools(function: object) -> bool:
    """Tell a factory from a plain function by its return type: it names Tool, or a list of them."""
    returns = typing.get_type_hints(function).get("return")
    return returns is Tool or Tool in typing.get_args(returns)
