"""The tools of one agent, by name."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from weft.errors import ConfigError, Mistake, ToolError
from weft.suggestions import suggestion
from weft.tools.builtin import builtin_tools
from weft.tools.config import ToolEntry
from weft.tools.plugins import load_plugin, plugin_names
from weft.tools.tool import Approval, Tool


class ToolSource(Protocol):
    """Something outside whose tools come and go, such as a server."""

    name: str
    """What the names of its tools begin with, before an underscore."""

    @property
    def away(self) -> str:
        """Why it cannot be reached now; empty while it can."""
        ...

    @property
    def tools(self) -> tuple[Tool, ...]:
        """The tools that it has now, or had when it was last heard of."""
        ...


class Registry:
    """Tools that can be found by name: those that were given, then those of each source."""

    def __init__(self, tools: Iterable[Tool], sources: Iterable[ToolSource] = ()) -> None:
        """Keep the tools and sources; raises ToolError when two tools that were given share a name.

        A tool of a source never replaces one that was given, or one of a source before it.
        """
        self._sources = tuple(sources)
        self._tools: dict[str, Tool] = {}
        for each in tools:
            if each.name in self._tools:
                raise ToolError(f"two tools are named {each.name!r}; rename one of them")
            self._tools[each.name] = each

    @property
    def tools(self) -> tuple[Tool, ...]:
        """All tools there are now."""
        return tuple(self._now().values())

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all tools there are now."""
        return tuple(self._now())

    def get(self, name: str) -> Tool:
        """Give the tool of that name; raises ToolError with the names that exist.

        Or with the reason why the source that would have it is away.
        """
        tools = self._now()
        if name not in tools:
            for source in self._sources:
                if source.away and name.startswith(f"{source.name}_"):
                    raise ToolError(
                        f"the tool {name!r} cannot be reached, for {source.name!r} is away: "
                        f"{source.away}"
                    )
            raise ToolError(f"no tool is named {name!r}; known: {list(tools)}")
        return tools[name]

    def may_come(self, name: str) -> bool:
        """Say whether a name that is not known yet can be that of a source's tool."""
        return any(name.startswith(f"{source.name}_") for source in self._sources)

    def with_tool(self, extra: Tool) -> "Registry":
        """Give a registry of the same tools and one more; raises ToolError if its name is taken."""
        registry = Registry((*self._tools.values(), extra))
        registry._sources = self._sources
        return registry

    def changed(self, change: Callable[[Tool], Tool]) -> "Registry":
        """Give a registry of the same tools, each as `change` makes it; also those yet to come."""
        registry = Registry(map(change, self._tools.values()))
        registry._sources = tuple(_ChangedSource(source, change) for source in self._sources)
        return registry

    def only(self, wanted: Callable[[Tool], bool]) -> "Registry":
        """Give a registry of the tools that are wanted; also of those yet to come."""
        registry = Registry(filter(wanted, self._tools.values()))
        registry._sources = tuple(_FilteredSource(source, wanted) for source in self._sources)
        return registry

    def _now(self) -> dict[str, Tool]:
        tools = dict(self._tools)
        for source in self._sources:
            for each in source.tools:
                tools.setdefault(each.name, each)
        return tools


class _ChangedSource:
    """A source whose tools are changed on their way."""

    def __init__(self, source: ToolSource, change: Callable[[Tool], Tool]) -> None:
        self.name = source.name
        self._source = source
        self._change = change

    @property
    def away(self) -> str:
        return self._source.away

    @property
    def tools(self) -> tuple[Tool, ...]:
        return tuple(map(self._change, self._source.tools))


class _FilteredSource:
    """A source of whose tools only some are wanted."""

    def __init__(self, source: ToolSource, wanted: Callable[[Tool], bool]) -> None:
        self.name = source.name
        self._source = source
        self._wanted = wanted

    @property
    def away(self) -> str:
        return self._source.away

    @property
    def tools(self) -> tuple[Tool, ...]:
        return tuple(filter(self._wanted, self._source.tools))


def resolve(
    entries: Sequence[str | ToolEntry],
    extra: Iterable[Tool] = (),
    *,
    builtins: Iterable[Tool] | None = None,
    sources: Iterable[ToolSource] = (),
) -> Registry:
    """Find the tools that a configuration names, and add those given in code and of `sources`.

    `builtins` are the built-in tools to choose from (default: with the wall's clock and without
    knowledge). Raises ConfigError with every entry that cannot be used.
    """
    named = {
        number: ToolEntry(name=given) if isinstance(given, str) else given
        for number, given in enumerate(entries)
    }
    tools, mistakes = gather(named, extra, builtin_tools() if builtins is None else builtins)
    if mistakes:
        raise ConfigError(None, mistakes)
    return Registry(tools, sources)


def gather(
    entries: Mapping[int, ToolEntry], extra: Iterable[Tool], builtins: Iterable[Tool]
) -> tuple[list[Tool], list[Mistake]]:
    """Find the tools of numbered entries, add `extra`, and tell which entries cannot be used."""
    offered = {each.name: each for each in builtins}
    tools: list[Tool] = []
    mistakes: list[Mistake] = []

    def take(path: str, found: Iterable[Tool]) -> None:
        for each in found:
            if any(each.name == taken.name for taken in tools):
                wrong = f"a second tool is named {each.name!r}; rename or leave out one of them"
                mistakes.append(Mistake(path, None, wrong))
            else:
                tools.append(each)

    for number, entry in entries.items():
        path = f"tools.use[{number}]"
        try:
            if entry.name in offered:
                take(path, [_with_limits(offered[entry.name], entry)])
            elif entry.name in plugin_names():
                take(path, [_with_limits(each, entry) for each in load_plugin(entry.name)])
            else:
                right = suggestion(entry.name, [*offered, *plugin_names()])
                raise ToolError(f"no tool is named {entry.name!r}; {right}")
        except ToolError as error:
            mistakes.append(Mistake(path, None, str(error)))
    take("tools", extra)
    return tools, mistakes


def _with_limits(found: Tool, entry: ToolEntry) -> Tool:
    """Apply the limits of a configuration; a tool whose work is to wait keeps having none."""
    time_limit_s = found.time_limit_s
    if time_limit_s is not None and entry.time_limit_s is not None:
        time_limit_s = entry.time_limit_s
    return replace(
        found,
        approval=Approval(entry.approval) if entry.approval else found.approval,
        time_limit_s=time_limit_s,
        output_limit_chars=entry.output_limit_chars or found.output_limit_chars,
    )
