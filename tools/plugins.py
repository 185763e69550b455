"""Tools from other distributions: entry points in group `weft.tools`, loaded only when named."""

import inspect
import typing
from collections.abc import Iterable
from dataclasses import replace

from weft.entry_points import entry_names, load_entry
from weft.errors import PluginError, ToolError
from weft.tools.tool import Tool, tool

GROUP = "weft.tools"


def plugin_names() -> tuple[str, ...]:
    """Names of all installed entry points, without loading any."""
    return entry_names(GROUP)


def load_plugin(name: str) -> tuple[Tool, ...]:
    """Load one entry point: a tool, a function, a list of these, or a factory of tools.

    Raises ToolError, naming the entry point and the reason, when it is missing or cannot be used.
    """
    try:
        entry = load_entry(GROUP, name, "tool plugin")
    except PluginError as error:
        raise ToolError(str(error)) from error
    try:
        return tuple(replace(each, origin=entry.owner) for each in _tools_of(entry.value))
    except (Exception, SystemExit) as error:  # a factory runs whatever its author wrote
        raise ToolError(
            f"the tool plugin {name!r} ({entry.target}) cannot be loaded:"
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
