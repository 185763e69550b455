"""The tools that come with weft, made from what they need to know of the world."""

from collections.abc import Mapping
from dataclasses import replace

from weft.tools.builtin import arithmetic, timers, units
from weft.tools.builtin.knowledge import Search, knowledge_tool
from weft.tools.builtin.show import show
from weft.tools.builtin.world_time import WallNow, present_moment, time_tool
from weft.tools.builtin.world_time import read_arguments as read_time_arguments
from weft.tools.tool import ReadArguments, Tool


def builtin_tools(
    *,
    wall_now: WallNow = present_moment,
    home_zone: str = "UTC",
    search: Search | None = None,
) -> tuple[Tool, ...]:
    """Make the built-in tools that need no more than this; `knowledge` only with a search."""
    made = [
        arithmetic.arithmetic,
        units.units,
        time_tool(wall_now, home_zone),
        timers.timer,
        timers.repeat,
        show,
    ]
    if search is not None:
        made.append(knowledge_tool(search))
    return tuple(replace(each, origin="built in") for each in made)


PARSED_TOOLS: Mapping[str, ReadArguments | None] = {
    "arithmetic": arithmetic.arithmetic.read_arguments,
    "units": units.units.read_arguments,
    "time": read_time_arguments,
    "timer": timers.timer.read_arguments,
    "repeat": timers.repeat.read_arguments,
}
"""Tools whose arguments the parser of requests finds too, and what finds them without it."""

MEMORY_NAMES = ("remember", "recall", "forget", "forget_everything")
BUILTIN_NAMES = (
    "arithmetic",
    "units",
    "time",
    "timer",
    "repeat",
    "show",
    "fetch",
    "web_search",
    "knowledge",
    "run_code",
    *MEMORY_NAMES,
)
"""The names of all built-in tools, also of those that need something to be made."""

MISSING: Mapping[str, str] = {
    "knowledge": "has no folder to search; give a local agent `knowledge: FOLDER`",
    "web_search": "has no service to ask; add for instance "
    "`web_search: {provider: searxng, base_url: http://localhost:8080}` to `tools`",
} | dict.fromkeys(
    MEMORY_NAMES, "has nowhere to keep anything; add for instance `memory: {path: memory.sqlite}`"
)
"""What is wrong when a tool is to be used and what it is made from is not configured."""

__all__ = ["BUILTIN_NAMES", "MEMORY_NAMES", "MISSING", "PARSED_TOOLS", "builtin_tools"]
