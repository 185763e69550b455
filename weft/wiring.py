"""Where the parts of a conversation are made and joined: the only module with concrete classes."""

import logging
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from uuid import uuid4

import anyio

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
from weft.tools.plugins import load_plugin, plugin_names
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

    async def run(self) -> None:
        """Make the agents ready, then hold the conversation until its channel closes."""
        with single_errors():
            await self.worker.start()
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self.worker.run)
                await self.session.run()
                tasks.cancel_scope.cancel()


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
    registry = make_registry(config, tools, folders.values())
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
    return Conversation(session, Worker(queue, agents, clock, config.background.concurrency))


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


def find_tools(config: AgentConfig) -> None:
    """Look for every tool that a configuration names, without making anything else.

    Raises ConfigError with all that cannot be found or loaded.
    """
    folders = make_knowledge(config, SentenceMeaning())
    registry = make_registry(config, folders=folders.values())
    mistakes = []
    for agent, section in config.background.agents.items():
        for number, name in enumerate(section.tools or ()):
            if name not in registry.names:
                known = ", ".join(registry.names) or "none"
                where = f"background.agents.{agent}.tools[{number}]"
                message = (
                    f"no tool in use is called {name!r}; add it to `tools.use`, or name one of"
                )
                mistakes.append(Mistake(where, None, f"{message}: {known}"))
    if mistakes:
        raise ConfigError(None, mistakes)


def make_registry(
    config: AgentConfig, tools: Iterable[Tool] = (), folders: Iterable[Knowledge] = ()
) -> Registry:
    """Find the tools that the configuration names, and add those given in code.

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
    return resolve(entries, tools, builtins=offered)


def available_tools() -> list[tuple[str, str, str]]:
    """List what a configuration can name: name, where it comes from, and its first sentence."""
    listed = [(each.name, "built in", _first_line(each)) for each in builtin_tools()]
    for name in plugin_names():
        try:
            listed += [(name, "plugin", _first_line(each)) for each in load_plugin(name)]
        except ToolError as error:
            listed.append((name, "plugin", f"cannot be used: {error}"))
    return listed


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
        return found if isinstance(found, Tool) else tool(found)
    except ToolError:
        raise
    except Exception as error:  # importing runs whatever its author wrote
        raise ToolError(f"{place} cannot be loaded: {type(error).__name__}: {error}") from error


def _first_line(each: Tool) -> str:
    return each.description.partition("\n")[0]
