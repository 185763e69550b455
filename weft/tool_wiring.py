"""Where a configuration's tools are found and made: built in, of plugins, servers, documents."""

import logging
import shutil
import sys
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

from weft.background_agents.knowledge import Knowledge
from weft.background_agents.memory import SqliteMemory
from weft.config import FUNCTION, AgentConfig
from weft.errors import ConfigError, Mistake, ToolError
from weft.tools.asking import Effects, asking_tool
from weft.tools.builtin import builtin_tools
from weft.tools.builtin.memory import memory_tools
from weft.tools.config import (
    FetchConfig,
    OpenApiConfig,
    RunCodeConfig,
    ToolEntry,
    ToolsConfig,
    WebSearchConfig,
)
from weft.tools.ledger import Ledger
from weft.tools.mcp import McpServer
from weft.tools.registry import Registry, gather
from weft.tools.reminders import Reminders, kept_timers
from weft.tools.tool import SideEffects, Tool, tool

if TYPE_CHECKING:
    from weft.tools.openapi.tools import DescribedTools

logger = logging.getLogger(__name__)


def missing_programs(config: AgentConfig) -> list[Mistake]:
    """Find MCP servers whose program is not installed here, or that cannot be spoken to at all."""
    mistakes = []
    if config.tools.mcp and find_spec("mcp") is None:
        message = "needs the extra `mcp`: pip install 'weft[mcp]'"
        mistakes.append(Mistake("tools.mcp", None, message))
    for name, section in config.tools.mcp.items():
        if section.command is not None and shutil.which(section.command[0]) is None:
            message = (
                f"there is no program {section.command[0]!r}; install it, or give its whole path"
            )
            mistakes.append(Mistake(f"tools.mcp.{name}.command[0]", None, message))
    return mistakes


def make_servers(config: AgentConfig) -> tuple[McpServer, ...]:
    """Make the MCP servers that the configuration names, not connected yet."""
    return tuple(McpServer(name, section) for name, section in config.tools.mcp.items())


@dataclass(frozen=True, slots=True)
class FoundTools:
    """The tools of a configuration that can be used, and what is wrong with the others."""

    registry: Registry
    mistakes: tuple[Mistake, ...] = ()
    left_out: tuple[str, ...] = ()
    """Patterns of the names that the others would have."""
    notes: tuple[str, ...] = ()
    """What was left out without a mistake of the configuration, in sentences for the log."""


def make_registry(
    config: AgentConfig,
    tools: Iterable[Tool] = (),
    folders: Iterable[Knowledge] = (),
    *,
    memory: SqliteMemory | None = None,
    reminders: Reminders | None = None,
    servers: Iterable[McpServer] = (),
    ledger: Ledger | None = None,
) -> Registry:
    """Find the tools that the configuration names, and add those given in code and of `servers`.

    Those that change something ask first, and what was done is known to `ledger`, or else to this
    registry. The first of `folders` is what the knowledge tool searches. What documents describe
    and nobody can use is logged. Raises ConfigError with all that cannot be found or read.
    """
    found = find_tools(
        config,
        tools,
        folders,
        memory=memory,
        reminders=reminders,
        servers=servers,
        ledger=ledger,
    )
    if found.mistakes:
        raise ConfigError(None, list(found.mistakes))
    # Here and not where it is found: a configuration is looked through before it is used.
    for note in found.notes:
        logger.warning("%s", note)
    return found.registry


def find_tools(
    config: AgentConfig,
    tools: Iterable[Tool] = (),
    folders: Iterable[Knowledge] = (),
    *,
    memory: SqliteMemory | None = None,
    reminders: Reminders | None = None,
    servers: Iterable[McpServer] = (),
    ledger: Ledger | None = None,
) -> FoundTools:
    """Find what `make_registry` does; what cannot be found or read is told, not raised."""
    search = next((partial(folder.search, limit=3) for folder in folders), None)
    offered = list(builtin_tools(home_zone=config.tools.home_zone, search=search))
    if memory is not None:
        offered += [replace(each, origin="built in") for each in memory_tools(memory)]
    if reminders is not None:
        kept = {each.name: each for each in kept_timers(reminders)}
        offered = [kept.get(each.name, each) for each in offered]
    entries: dict[int, ToolEntry] = {}
    mistakes: list[Mistake] = []
    left_out: list[str] = []
    for number, given in enumerate(config.tools.use):
        entry = ToolEntry(name=given) if isinstance(given, str) else given
        try:
            if FUNCTION.fullmatch(entry.name):
                own = _tool_of_function(entry.name)
                offered.append(own)
                entry = entry.model_copy(update={"name": own.name})
            else:
                offered += _loaded_when_named(entry.name, config.tools)
        except ToolError as error:
            mistakes.append(Mistake(f"tools.use[{number}]", None, str(error)))
            left_out.append(entry.name.rpartition(":")[2])
        else:
            entries[number] = entry
    described: list[Tool] = []
    notes: list[str] = []
    for name, section in config.tools.openapi.items():
        try:
            found = make_openapi_tools(name, section)
        except ConfigError as error:
            mistakes += error.mistakes
            left_out.append(f"{name}_*")
        else:
            described += found.tools
            notes += found.left_out
    gathered, unusable = gather(entries, [*tools, *described], offered)
    effects = Effects(ledger)
    registry = Registry(gathered, servers).changed(
        lambda each: each if each.side_effects is SideEffects.READ else asking_tool(each, effects)
    )
    left_out += [entry.name for entry in entries.values() if entry.name not in registry.names]
    return FoundTools(registry, (*mistakes, *unusable), tuple(left_out), tuple(notes))


def _loaded_when_named(name: str, config: ToolsConfig) -> Iterator[Tool]:
    """Make the tool of that name if only few use it; raises ToolError if it cannot be made."""
    # Imported here and not above: an HTTP client takes time to load, and few configurations ask.
    if name == "fetch":
        yield make_fetch(config.fetch)
    if name == "web_search" and config.web_search is not None:
        yield make_web_search(config.web_search)
    if name == "run_code":
        yield make_run_code(config.run_code)


def make_fetch(config: FetchConfig) -> Tool:
    """Make the tool that reads web pages. Raises ToolError when the extra `web` is missing."""
    from weft.tools.builtin.fetch import fetch_tool
    from weft.tools.guarded_http import GuardedHttp, HttpLimits

    limits = HttpLimits(time_limit_s=config.time_limit_s, size_limit_bytes=config.size_limit_bytes)
    http = GuardedHttp(limits, allowed=config.allowed_networks)
    return replace(fetch_tool(http, time_limit_s=config.time_limit_s + 2), origin="built in")


def make_web_search(config: WebSearchConfig) -> Tool:
    """Make the tool that asks a search service; raises ToolError without the extra `web`."""
    from weft.tools.builtin.web_search import web_search_tool

    return replace(web_search_tool(config), origin="built in")


def make_run_code(config: RunCodeConfig) -> Tool:
    """Make the tool that runs programs. Raises ToolError where no sandbox can be made."""
    from weft.tools.builtin.code import run_code_tool
    from weft.tools.sandbox import check_sandbox

    check_sandbox()
    return replace(run_code_tool(config), origin="built in")


def make_openapi_tools(name: str, config: OpenApiConfig) -> "DescribedTools":
    """Make the tools of one OpenAPI document. Raises ConfigError when it cannot be used."""
    from weft.tools.guarded_http import GuardedHttp, HttpLimits
    from weft.tools.openapi.tools import openapi_tools

    http = GuardedHttp(
        HttpLimits(time_limit_s=config.time_limit_s), allowed=config.allowed_networks
    )
    return openapi_tools(name, config, http)


@asynccontextmanager
async def serving(servers: Iterable[McpServer]) -> AsyncIterator[None]:
    """Keep servers connected for as long as the block lasts; each has been tried when it begins."""
    async with anyio.create_task_group() as tasks:
        servers = tuple(servers)
        for server in servers:
            tasks.start_soon(server.run)
        for server in servers:
            await server.wait_tried()
        yield
        tasks.cancel_scope.cancel()


def _tool_of_function(place: str) -> Tool:
    """Make a tool of `package.module:function`, which may lie in the current folder."""
    module_name, _, name = place.partition(":")
    folder = str(Path.cwd())
    if folder not in sys.path:
        # At the end, so that a folder of the user's cannot hide an installed package.
        sys.path.append(folder)
    try:
        found = getattr(import_module(module_name), name)
        return replace(found if isinstance(found, Tool) else tool(found), origin=place)
    except ToolError:
        raise
    except (Exception, SystemExit) as error:  # importing runs whatever its author wrote
        raise ToolError(
            f"{place} cannot be loaded: {type(error).__name__}: {error}; a tool of one's own is "
            "`module:function` of a module that is installed or lies in the current folder"
        ) from error
