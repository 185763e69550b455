"""Where the parts of a conversation are made and joined: the only module with concrete classes."""

import logging
import shutil
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

import anyio
from anyio.abc import TaskGroup

from weft.background_agents.config import LocalAgentConfig
from weft.background_agents.knowledge import Knowledge
from weft.background_agents.providers.local import LocalAgent
from weft.background_agents.providers.openai_compatible import OpenAICompatibleAgent
from weft.background_agents.queues.memory import MemoryQueue
from weft.background_agents.types import BackgroundAgent
from weft.background_agents.worker import Worker
from weft.clock import Clock
from weft.config import FUNCTION, AgentConfig
from weft.errors import ConfigError, Mistake, ToolError
from weft.interaction_model.types import InteractionModel
from weft.interaction_model.weights_folder import verified
from weft.meaning import SentenceMeaning
from weft.orchestrator.ports import Channel
from weft.orchestrator.record import FileRecord, NoRecord
from weft.orchestrator.session import Session
from weft.tools.builtin import builtin_tools
from weft.tools.config import ToolEntry
from weft.tools.mcp import McpServer
from weft.tools.registry import Registry, resolve
from weft.tools.tool import Tool, tool

logger = logging.getLogger(__name__)

Announce = Callable[[str], None]


def announce_on_stderr(what: str) -> None:
    """Say on standard error what start-up is doing."""
    sys.stderr.write(f"weft: {what}\n")
    sys.stderr.flush()


def announce_in_log(what: str) -> None:
    """Say in the log what start-up is doing: for programs, whose standard error is their own."""
    logger.info(what)


@dataclass(frozen=True, slots=True)
class Conversation:
    """One session and the worker behind it, which live and end together."""

    session: Session
    worker: Worker
    servers: tuple[McpServer, ...] = ()

    async def run(self) -> None:
        """Make servers and agents ready, then hold the conversation until its channel closes."""
        with single_errors():
            async with serving(self.servers) as tasks:
                await self.worker.start()
                tasks.start_soon(self.worker.run)
                await self.session.run()


def build(
    config: AgentConfig,
    *,
    clock: Clock,
    channel: Channel,
    tools: Iterable[Tool] = (),
    model: InteractionModel | None = None,
    meaning: SentenceMeaning | None = None,
    record: Path | None = None,
    announce: Announce = announce_on_stderr,
) -> Conversation:
    """Make one conversation; takes the seconds that loading takes, so call it before time counts.

    `model` and `meaning` replace what the configuration names. Raises ConfigError, WeightsError, or
    InputError when something that it names cannot be used.
    """
    logging.getLogger("weft").setLevel(config.log.level.upper())
    meaning = meaning or make_meaning(config, clock)
    folders = make_knowledge(config, meaning)
    servers = make_servers(config)
    registry = make_registry(config, tools, folders.values(), servers)
    agents = [
        make_agent(name, config, registry, meaning, folders.get(name), clock)
        for name in config.background.order
    ]
    model = load(config, meaning, model=model, announce=announce)
    queue = MemoryQueue(clock, config.queue.limits)
    session = Session(
        channel=channel,
        model=model,
        queue=queue,
        meaning=meaning,
        clock=clock,
        session_id="session" if clock.virtual else f"session-{uuid4().hex[:12]}",
        config=config.session,
        record=FileRecord(record) if record else NoRecord(),
    )
    worker = Worker(queue, agents, clock, config.background.concurrency)
    return Conversation(session, worker, servers)


def load(
    config: AgentConfig,
    meaning: SentenceMeaning,
    *,
    model: InteractionModel | None = None,
    announce: Announce = announce_on_stderr,
) -> InteractionModel:
    """Load the two local models side by side; give the interaction model, ready for one session."""
    began_s = time.perf_counter()
    if model is None:
        # First of all, for loading the other model takes seconds.
        verified(config.interaction.weights)
    with ThreadPoolExecutor(max_workers=2) as threads:
        announce("loading the sentence model")
        meaning_ready = threads.submit(meaning.load)
        if model is None:
            announce("loading the interaction model")
            model = threads.submit(open_stream, config).result()
        meaning_ready.result()
    announce(f"ready after {time.perf_counter() - began_s:.1f} s")
    return model


def open_stream(config: AgentConfig) -> InteractionModel:
    """Open a new stream of the interaction model that the configuration names."""
    # Here and not above: this is what loads torch, and checking a file should not.
    from weft.interaction_model.model_stream import load_stream

    chosen = config.interaction
    temperature = chosen.temperature if chosen.decoding == "sampled" else 0.0
    return load_stream(chosen.weights, temperature=temperature, seed=chosen.seed)


def make_meaning(config: AgentConfig, clock: Clock) -> SentenceMeaning:
    """Make the sentence embeddings, not loaded yet; on virtual time they compute in line."""
    path = config.meaning.path
    return SentenceMeaning(str(path) if path else None, inline=clock.virtual)


def make_knowledge(config: AgentConfig, meaning: SentenceMeaning) -> dict[str, Knowledge]:
    """Make the folders that local agents search, by agent; they are read when the agents start."""
    return {
        name: Knowledge(section.knowledge, meaning)
        for name, section in config.background.agents.items()
        if isinstance(section, LocalAgentConfig) and section.knowledge
    }


def make_agent(
    name: str,
    config: AgentConfig,
    registry: Registry,
    meaning: SentenceMeaning,
    knowledge: Knowledge | None,
    clock: Clock,
) -> BackgroundAgent:
    """Make one background agent from its section."""
    section = config.background.agents[name]
    try:
        if isinstance(section, LocalAgentConfig):
            return LocalAgent(
                registry,
                meaning,
                knowledge,
                clock,
                section.think_s,
                seed=section.seed,
                name=name,
                tools=section.tools,
            )
        return OpenAICompatibleAgent(name, section, registry, clock)
    except ToolError as error:
        mistake = Mistake(f"background.agents.{name}.tools", None, str(error))
        raise ConfigError(None, [mistake]) from error


def checked_registry(config: AgentConfig) -> Registry:
    """Find every tool that a configuration names, without making anything else.

    Raises ConfigError with all that cannot be found or loaded.
    """
    folders = make_knowledge(config, SentenceMeaning())
    servers = make_servers(config)
    registry = make_registry(config, folders=folders.values(), servers=servers)
    mistakes = _missing_programs(config)
    for agent, section in config.background.agents.items():
        for number, name in enumerate(section.tools or ()):
            if name not in registry.names and not registry.may_come(name):
                known = ", ".join(registry.names) or "none"
                where = f"background.agents.{agent}.tools[{number}]"
                message = (
                    f"no tool in use is called {name!r}; add it to `tools.use`, or name one of"
                )
                mistakes.append(Mistake(where, None, f"{message}: {known}"))
    if mistakes:
        raise ConfigError(None, mistakes)
    return registry


def _missing_programs(config: AgentConfig) -> list[Mistake]:
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


def make_registry(
    config: AgentConfig,
    tools: Iterable[Tool] = (),
    folders: Iterable[Knowledge] = (),
    servers: Iterable[McpServer] = (),
) -> Registry:
    """Find the tools that the configuration names, and add those given in code and of `servers`.

    The first of `folders` is what the knowledge tool searches.
    """
    search = next((partial(folder.search, limit=3) for folder in folders), None)
    offered = list(builtin_tools(home_zone=config.tools.home_zone, search=search))
    entries: list[ToolEntry] = []
    mistakes: list[Mistake] = []
    for number, given in enumerate(config.tools.use):
        entry = ToolEntry(name=given) if isinstance(given, str) else given
        if FUNCTION.fullmatch(entry.name):
            try:
                found = _tool_of_function(entry.name)
            except ToolError as error:
                mistakes.append(Mistake(f"tools.use[{number}]", None, str(error)))
                continue
            offered.append(found)
            entry = entry.model_copy(update={"name": found.name})
        entries.append(entry)
    if mistakes:
        raise ConfigError(None, mistakes)
    return resolve(entries, tools, builtins=offered, sources=servers)


@asynccontextmanager
async def serving(servers: Iterable[McpServer]) -> AsyncIterator[TaskGroup]:
    """Keep servers connected for as long as the block lasts; each has been tried when it begins."""
    async with anyio.create_task_group() as tasks:
        servers = tuple(servers)
        for server in servers:
            tasks.start_soon(server.run)
        for server in servers:
            await server.wait_tried()
        yield tasks
        tasks.cancel_scope.cancel()


@contextmanager
def single_errors() -> Iterator[None]:
    """Hand on an error as it was raised, though a task group wraps even a single one."""
    try:
        yield
    except BaseExceptionGroup as group:
        error: BaseException = group
        while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
            error = error.exceptions[0]
        if error is group:
            raise
        raise error from error.__cause__


def _tool_of_function(place: str) -> Tool:
    """Make a tool of `package.module:function`, which may lie in the current folder."""
    module_name, _, name = place.partition(":")
    folder = str(Path.cwd())
    if folder not in sys.path:
        # At the end, so that a folder of the user's cannot hide an installed package.
        sys.path.append(folder)
    try:
        found = getattr(import_module(module_name), name)
    except Exception as error:  # importing runs whatever its author wrote
        raise ToolError(f"{place} cannot be loaded: {type(error).__name__}: {error}") from error
    return replace(found if isinstance(found, Tool) else tool(found), origin=place)
