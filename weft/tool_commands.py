"""`weft tools`: what there is to call, and one call of it, without a conversation around it."""

import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import anyio
import typer
from pydantic import TypeAdapter

from weft import background_wiring, wiring
from weft.background_agents.knowledge import Knowledge
from weft.background_agents.memory import SqliteMemory
from weft.clock import WallClock
from weft.config import AgentConfig
from weft.errors import InputError, ToolError
from weft.keeping import opened
from weft.meaning import SentenceMeaning
from weft.tool_wiring import (
    make_fetch,
    make_registry,
    make_run_code,
    make_servers,
    make_web_search,
    serving,
)
from weft.tools.asking import AskingTool
from weft.tools.builtin import BUILTIN_NAMES, MISSING, builtin_tools
from weft.tools.builtin.code import run_code_tool
from weft.tools.builtin.knowledge import knowledge_tool
from weft.tools.builtin.memory import memory_tools
from weft.tools.builtin.world_time import present_moment
from weft.tools.component_markdown import markdown
from weft.tools.config import FetchConfig, RunCodeConfig, SearxngConfig
from weft.tools.plugins import load_plugin, plugin_names
from weft.tools.registry import Registry
from weft.tools.tool import Tool, ToolContext, ToolOutput


@dataclass(frozen=True, slots=True)
class Unusable:
    """Something of which no tool can be made here."""

    name: str
    origin: str
    reason: str
    broken: bool = False
    """Whether that is a fault: a plugin of which nothing can be made."""


@dataclass(frozen=True, slots=True)
class Unconfigured:
    """A tool that can be described, and not used before something else is there."""

    tool: Tool
    needs: str

    @property
    def name(self) -> str:
        """What the tool is called."""
        return self.tool.name


Listed = Tool | Unconfigured | Unusable
_OUTPUTS = TypeAdapter(list[ToolOutput])


def list_tools(config_path: Path | None, *, schemas: bool, as_json: bool) -> int:
    """Print the tools that a configuration can name, or those that one uses; give the exit code."""
    listed: Sequence[Listed]
    if config_path is None:
        listed = installed_tools()
    else:
        listed = anyio.run(_tools_in_use, wiring.checked_config(config_path))
    if as_json:
        typer.echo(json.dumps({"tools": [_as_json(each) for each in listed]}, ensure_ascii=False))
    else:
        for line in _table(listed):
            typer.echo(line)
            if schemas:
                tool = next(each for each in listed if each.name == line.split()[0])
                typer.echo(_schema(tool))
    return 1 if any(isinstance(each, Unusable) and each.broken for each in listed) else 0


def call_tool(name: str, arguments: str, config_path: Path | None, *, as_json: bool) -> int:
    """Run one tool and print what it finds out; raises InputError or ToolError saying why not."""
    given = _arguments(arguments)
    if config_path is None:
        outputs = anyio.run(_outputs, installed_tool(name), given, not as_json)
    else:
        outputs = anyio.run(
            _outputs_in_use, wiring.checked_config(config_path), name, given, not as_json
        )
    if as_json:
        called = {"tool": name, "outputs": _OUTPUTS.dump_python(outputs)}
        typer.echo(json.dumps(called, ensure_ascii=False))
    return 0


def installed_tools() -> list[Listed]:
    """Find the built-in tools and those of every installed plugin, usable or not."""
    listed: list[Listed] = list(builtin_tools())
    listed.append(_made_or_not("fetch", lambda: make_fetch(FetchConfig())))
    listed.append(_run_code())
    listed += _unconfigured()
    for name in plugin_names():
        try:
            listed += load_plugin(name)
        except ToolError as error:
            listed.append(Unusable(name, "plugin", f"cannot be used: {error}", broken=True))
    return listed


def _run_code() -> Listed:
    try:
        return make_run_code(RunCodeConfig())
    except ToolError as error:
        return Unconfigured(replace(run_code_tool(RunCodeConfig()), origin="built in"), str(error))


def _unconfigured() -> Iterator[Listed]:
    """Describe the tools of MISSING, made with stores and a service that are never asked."""
    meaning = SentenceMeaning()
    notes = Knowledge(Path("notes"), meaning)
    memory = SqliteMemory(Path("memory.sqlite"), meaning, wall_now=present_moment)
    service = SearxngConfig(provider="searxng", base_url="http://localhost:8080")
    described = [
        knowledge_tool(notes.search),
        _made_or_not("web_search", lambda: make_web_search(service)),
        *memory_tools(memory),
    ]
    for each in described:
        if isinstance(each, Tool):
            yield Unconfigured(replace(each, origin="built in"), f"it {MISSING[each.name]}")
        else:
            yield each


def _made_or_not(name: str, make: Callable[[], Tool]) -> Listed:
    """Make a built-in tool, or tell why it cannot be made here."""
    try:
        return make()
    except ToolError as error:
        return Unusable(name, "built in", f"cannot be used: {error}")


def installed_tool(name: str) -> Tool:
    """Find a built-in tool, or one of a plugin, by its own name or its plugin's.

    Raises ToolError, with what there is, or with what is wrong with the plugin.
    """
    if name in MISSING:
        raise ToolError(f"the tool {name!r} {MISSING[name]}, and name that file with --config")
    if name in plugin_names() and name not in BUILTIN_NAMES:
        found = load_plugin(name)
        return found[0] if len(found) == 1 else _named(name, found)
    usable = [each for each in installed_tools() if isinstance(each, Tool)]
    return _named(name, usable)


async def _tools_in_use(config: AgentConfig) -> tuple[Tool, ...]:
    """Find the tools that a configuration names, and ask its servers for theirs."""
    async with _registry_in_use(config) as registry:
        return registry.tools


async def _outputs_in_use(
    config: AgentConfig, name: str, arguments: dict[str, object], aloud: bool
) -> list[ToolOutput]:
    async with _registry_in_use(config, load_notes=name == "knowledge") as registry:
        tool = registry.get(name)
        # Whoever types this command has decided: nobody else is to be asked.
        return await _outputs(
            tool.inner if isinstance(tool, AskingTool) else tool, arguments, aloud
        )


@asynccontextmanager
async def _registry_in_use(
    config: AgentConfig, *, load_notes: bool = False
) -> AsyncIterator[Registry]:
    """Connect to the servers of a configuration that has been checked."""
    servers = make_servers(config)
    meaning = background_wiring.make_meaning(config, WallClock())
    folders = background_wiring.make_knowledge(config, meaning, WallClock())
    if load_notes:
        # Here, where nobody counts the seconds that it takes: a call has a time limit.
        for folder in dict.fromkeys(folders.values()):
            await folder.load()
    memory = background_wiring.make_memory(config, meaning, WallClock())
    with wiring.single_errors():
        async with serving(servers), opened(memory):
            yield make_registry(config, folders=folders.values(), memory=memory, servers=servers)


def _named(name: str, tools: Iterable[Tool]) -> Tool:
    known = {each.name: each for each in tools}
    if name not in known:
        raise ToolError(f"no tool is named {name!r}; known: {list(known)}")
    return known[name]


async def _outputs(tool: Tool, arguments: dict[str, object], aloud: bool) -> list[ToolOutput]:
    context = ToolContext(clock=WallClock(), session_id="tools", delegation_id="tools.1")
    outputs: list[ToolOutput] = []
    async for output in tool.run(arguments, context):
        outputs.append(output)
        if aloud:
            _say(output)
    return outputs


def _say(output: ToolOutput) -> None:
    """Print an output; progress goes to standard error, so that the rest can be piped."""
    typer.echo(output.text, err=output.progress)
    if output.detail and output.detail != output.text:
        typer.echo(f"\n{output.detail}", err=output.progress)
    for component in output.components:
        typer.echo(f"\n{markdown(component)}")
    for source in output.sources:
        typer.echo(f"({source})", err=output.progress)


def _arguments(text: str) -> dict[str, object]:
    try:
        given = json.loads(text)
    except RecursionError as error:
        raise InputError("the arguments are nested too deeply; no tool takes that") from error
    except ValueError as error:
        raise InputError(
            f"the arguments are not JSON ({error}); "
            """write an object in single quotes, like '{"expression": "2 + 2"}'"""
        ) from error
    if not isinstance(given, dict):
        raise InputError(
            f"the arguments are {json.dumps(given)[:60]}, which is not an object; "
            """give each by its name, like '{"expression": "2 + 2"}'"""
        )
    return given


def _table(listed: Sequence[Listed]) -> list[str]:
    rows = [_row(each) for each in listed]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, [*widths, 0], strict=True)).rstrip()
        for row in rows
    ]


def _row(listed: Listed) -> tuple[str, str, str, str]:
    match listed:
        case Unusable():
            return listed.name, listed.origin, "?", listed.reason
        case Unconfigured(tool, needs):
            *known, description = _row(tool)
            return known[0], known[1], known[2], f"{description} (Not yet: {needs}.)"
        case Tool():
            described = listed.description.partition("\n")[0]
            return listed.name, listed.origin, listed.side_effects.value, described


def _schema(listed: Listed) -> str:
    if isinstance(listed, Unusable):
        return ""
    tool = listed.tool if isinstance(listed, Unconfigured) else listed
    text = json.dumps(dict(tool.parameters), indent=2, ensure_ascii=False)
    return "\n".join(f"    {line}" for line in text.splitlines())


def _as_json(listed: Listed) -> dict[str, object]:
    if isinstance(listed, Unusable):
        return {"name": listed.name, "source": listed.origin, "error": listed.reason}
    if isinstance(listed, Unconfigured):
        return _as_json(listed.tool) | {"needs": listed.needs}
    return {
        "name": listed.name,
        "source": listed.origin,
        "side_effects": listed.side_effects.value,
        "description": listed.description,
        "parameters": dict(listed.parameters),
        "time_limit_s": listed.time_limit_s,
        "output_limit_chars": listed.output_limit_chars,
    }
