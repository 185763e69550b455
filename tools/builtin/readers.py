"""How built-in tools read requests, for a process that knows them only by name."""

from functools import cache

from weft.tools.builtin import builtin_tools
from weft.tools.builtin.memory import (
    read_forget_arguments,
    read_forget_everything_arguments,
    read_recall_arguments,
    read_remember_arguments,
)
from weft.tools.tool import ReadArguments


@cache
def builtin_reader(name: str) -> ReadArguments | None:
    """Give what reads requests for the built-in tool of that name, if there is one."""
    match name:
        case "remember":
            return read_remember_arguments
        case "recall":
            return read_recall_arguments
        case "forget":
            return read_forget_arguments
        case "forget_everything":
            return read_forget_everything_arguments
        case "knowledge":
            from weft.tools.builtin import knowledge

            return knowledge.read_arguments
        case "fetch":
            # Here and not above: an HTTP client takes time to load, and few workers have these.
            from weft.tools.builtin import fetch

            return fetch.read_arguments
        case "web_search":
            from weft.tools.builtin import web_search

            return web_search.read_arguments
    return next((each.read_arguments for each in builtin_tools() if each.name == name), None)


__all__ = ["builtin_reader"]
