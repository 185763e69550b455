"""The tools that come with weft, made from what they need to know of the world."""

from dataclasses import replace

from weft.tools.builtin import arithmetic, timers, units
from weft.tools.builtin.knowledge import Search, knowledge_tool
from weft.tools.builtin.world_time import WallNow, present_moment, time_tool
from weft.tools.tool import Tool


def builtin_tools(
    *,
    wall_now: WallNow = present_moment,
    home_zone: str = "UTC",
    search: Search | None = None,
) -> tuple[Tool, ...]:
    """Make every built-in tool; `knowledge` is among them only when there is a search."""
    made = [
        arithmetic.arithmetic,
        units.units,
        time_tool(wall_now, home_zone),
        timers.timer,
        timers.repeat,
    ]
    if search is not None:
        made.append(knowledge_tool(search))
    return tuple(replace(each, origin="built in") for each in made)


BUILTIN_NAMES = ("arithmetic", "units", "time", "timer", "repeat", "knowledge")
"""The names of all built-in tools, also of those that need something to be made."""

__all__ = ["BUILTIN_NAMES", "builtin_tools"]
