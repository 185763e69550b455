"""Where agents, their tools and what they stand on are made and joined; it knows no conversation.

A worker needs nothing else: what is made here runs beside a conversation, or on another machine.
"""

import logging
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec

import anyio

from weft import trace_names as names
from weft.announcing import Announce, announce_in_log
from weft.background_agents.carrying_out import CarryingOutAgent
from weft.background_agents.config import LocalAgentConfig, PrivacyConfig, QueueConfig
from weft.background_agents.knowledge import Knowledge
from weft.background_agents.late_start import LateAgent
from weft.background_agents.memory import SqliteMemory
from weft.background_agents.offered import reading_only
from weft.background_agents.personal_data import Finder, PatternFinder, PresidioFinder
from weft.background_agents.providers.local import LocalAgent
from weft.background_agents.providers.openai_compatible import OpenAICompatibleAgent
from weft.background_agents.providers.traced_reply import about_endpoint
from weft.background_agents.queues.redis_ledger import RedisLedger
from weft.background_agents.queues.wire import Offer
from weft.background_agents.race import RacingAgent
from weft.background_agents.recalling import RecallingAgent
from weft.background_agents.redaction import RedactedAgent, Redactions, redacted_tool
from weft.background_agents.request_parser.parser import RequestParser
from weft.background_agents.resuming import ResumingAgent
from weft.background_agents.spoken import load_spoken_form
from weft.background_agents.traced import TracedAgent, TracedSpecialist
from weft.background_agents.types import BackgroundAgent, Specialist, WorkerQueue
from weft.background_agents.worker import Worker
from weft.clock import Clock
from weft.config import AgentConfig
from weft.errors import AgentError, ConfigError, Mistake, ToolError
from weft.meaning import HUB_NAME, SentenceMeaning
from weft.tool_wiring import make_registry, make_servers, serving
from weft.tools.builtin.no_memory import no_memory
from weft.tools.builtin.world_time import present_moment
from weft.tools.lasting import LastingCalls, lasting_tool
from weft.tools.ledger import MemoryLedger
from weft.tools.mcp import McpServer
from weft.tools.registry import Registry
from weft.tools.reminders import Reminders
from weft.tools.tool import Tool
from weft.tools.traced import traced_tool
from weft.tracing import Attributes, Tracing

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    """The agents of one configuration and all they stand on, which live as long as they work."""

    agents: tuple[BackgroundAgent, ...]
    specialists: tuple[Specialist, ...]
    registry: Registry
    lasting: LastingCalls
    concurrency: int
    agent_names: tuple[str, ...]
    """Of the agents, as the configuration calls them."""
    clock: Clock
    servers: tuple[McpServer, ...] = ()
    folders: tuple[Knowledge, ...] = ()
    late: tuple[LateAgent, ...] = ()
    """Those that are made ready while the others work already."""
    ledger: MemoryLedger | RedisLedger
    """What was begun and done, as far as all workers know."""

    def offer(self) -> Offer:
        """Say what it can do: tools of servers come and go."""
        tools = self.registry.tools
        readers = [t.name for t in tools if t.origin == "built in" and t.read_arguments]
        names = tuple(tool.name for tool in tools)
        return Offer(self.agent_names, names, self.concurrency, tuple(readers))

    def worker(self, queue: WorkerQueue) -> Worker:
        """Make the worker that takes packages from a queue and lets the agents answer them."""
        return Worker(
            queue, self.agents, self.clock, self.concurrency, self.specialists, self.lasting
        )

    @asynccontextmanager
    async def opened(self, worker: Worker) -> AsyncIterator[None]:
        """Connect to the servers of tools and make the agents ready."""
        async with serving(self.servers), anyio.create_task_group() as tasks:
            if isinstance(self.ledger, RedisLedger):
                await tasks.start(self.ledger.run)
            await worker.start()
            yield
            tasks.cancel_scope.cancel()

    async def work(self, worker: Worker) -> None:
        """Work until cancelled, and notice what changes in folders."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(worker.run)
            for agent in self.late:
                try:
                    await agent.make_ready()
                except AgentError as error:
                    logger.warning("background agent %s is not loaded: %s", agent.name, error)
            for folder in self.folders:
                tasks.start_soon(folder.follow, self.clock)


def make_background(
    config: AgentConfig,
    tools: Iterable[Tool],
    meaning: SentenceMeaning,
    clock: Clock,
    *,
    memory: SqliteMemory | None,
    reminders: Reminders | None,
    tracing: Tracing | None,
    announce: Announce = announce_in_log,
    loads_late: bool = False,
) -> Background:
    """Make the agents with their tools, nothing loaded or connected yet.

    With `loads_late` agents are made ready while their worker takes packages already. Raises
    ConfigError when something that the configuration names cannot be used.
    """
    folders = make_knowledge(config, meaning, clock, announce)
    servers = make_servers(config)
    ledger = make_ledger(config.queue, clock)
    registry = make_registry(
        config,
        tools,
        folders.values(),
        memory=memory,
        reminders=reminders,
        servers=servers,
        ledger=ledger,
    )
    lasting = LastingCalls(clock)
    # Below redaction: placeholders are forgotten between two revisions, words are not.
    registry = registry.changed(partial(lasting_tool, calls=lasting))
    redactions = make_redactions(config.privacy, clock)
    agents = [
        make_agent(name, config, registry, meaning, folders.get(name), clock, redactions, tracing)
        for name in config.background.order
    ]
    if memory is not None:
        agents = [_recalling(agent, memory) for agent in agents]
    late: list[LateAgent] = []
    if loads_late:
        late = [LateAgent(each, _load_of(each, meaning)) for each in agents]
        agents = list(late)
    specialists: list[Specialist] = [CarryingOutAgent(registry, clock, tracing)]
    if reminders is not None:
        specialists.append(ResumingAgent(reminders, clock))
    if tracing is not None:
        agents = [_traced(agent, config, tracing) for agent in agents]
        specialists = [TracedSpecialist(each, tracing) for each in specialists]
    return Background(
        agents=tuple(in_race(agents, config.background.race)),
        specialists=tuple(specialists),
        registry=registry,
        lasting=lasting,
        concurrency=config.background.concurrency,
        agent_names=config.background.order,
        clock=clock,
        servers=servers,
        folders=tuple(dict.fromkeys(folders.values())),
        late=tuple(late),
        ledger=ledger,
    )


def make_ledger(config: QueueConfig, clock: Clock) -> MemoryLedger | RedisLedger:
    """Make where it stands what was begun and done: with the server that redelivers, if any."""
    return MemoryLedger() if config.redis is None else RedisLedger(config.redis, clock)


def make_meaning(config: AgentConfig, clock: Clock) -> SentenceMeaning:
    """Make the sentence embeddings, not loaded yet; on virtual time they compute in line."""
    path = config.meaning.path
    return SentenceMeaning(str(path) if path else None, inline=clock.virtual)


def make_knowledge(
    config: AgentConfig,
    meaning: SentenceMeaning,
    clock: Clock,
    announce: Announce = announce_in_log,
) -> dict[str, Knowledge]:
    """Make the folders that local agents search, by agent; they are read when the agents start.

    Agents that name the same folder share it.
    """
    named = {
        name: section.knowledge
        for name, section in config.background.agents.items()
        if isinstance(section, LocalAgentConfig) and section.knowledge
    }
    made = {
        folder: Knowledge(folder, meaning, announce=announce, inline=clock.virtual)
        for folder in dict.fromkeys(named.values())
    }
    return {name: made[folder] for name, folder in named.items()}


def make_memory(config: AgentConfig, meaning: SentenceMeaning, clock: Clock) -> SqliteMemory | None:
    """Make where users are remembered, not opened yet; None when nothing is to be kept."""
    chosen = config.memory
    if chosen is None:
        return None
    return SqliteMemory(
        chosen.path,
        meaning,
        wall_now=present_moment,
        meaning_name=str(config.meaning.path or HUB_NAME),
        keep_days=chosen.keep_days,
        per_user=chosen.per_user,
        inline=clock.virtual,
    )


def make_reminders(config: AgentConfig, clock: Clock) -> Reminders | None:
    """Make where timers are kept, not opened yet; None when they end with their session."""
    if config.tools.reminders is None:
        return None
    return Reminders(config.tools.reminders, wall_now=present_moment, inline=clock.virtual)


def make_tracing(config: AgentConfig, clock: Clock) -> Tracing | None:
    """Make where spans and metrics go; None when nobody is to look.

    Raises ConfigError when the library for it is not installed, or cannot be set up.
    """
    if config.telemetry.traces == "off":
        return None
    check_tracing(config)
    # Here and not above: whoever does not want it need not have it, nor wait for it.
    from weft.otel import make_tracing

    redactions = make_redactions(config.privacy, clock)
    return make_tracing(
        clock,
        exports_words=config.telemetry.words == "export-what-was-said",
        blanked=redactions.blanked if redactions else None,
    )


def check_tracing(config: AgentConfig) -> None:
    """Raise ConfigError when spans are wanted and the library for them is not installed."""
    if config.telemetry.traces == "off":
        return
    try:
        there = all(map(find_spec, ("opentelemetry.sdk", "opentelemetry.exporter.otlp")))
    except ModuleNotFoundError:
        there = False
    if not there:
        message = "OpenTelemetry is not installed: pip install 'weft[otel]'"
        raise ConfigError(None, [Mistake("telemetry.traces", None, message)])


def _traced(agent: BackgroundAgent, config: AgentConfig, tracing: Tracing) -> TracedAgent:
    section = config.background.agents[agent.name]
    about: Attributes = {names.PROVIDER: "weft"}
    if not isinstance(section, LocalAgentConfig):
        about = about_endpoint(section)
    return TracedAgent(agent, tracing, about)


def _load_of(agent: BackgroundAgent, meaning: SentenceMeaning) -> Callable[[], None]:
    """Give what takes seconds about the start of an agent, and holds up whoever waits for it."""
    return meaning.load if isinstance(agent, LocalAgent) else load_spoken_form


def _recalling(agent: BackgroundAgent, memory: SqliteMemory) -> BackgroundAgent:
    """Tell an agent what its user has told; the embedded one has no use for it."""
    return agent if isinstance(agent, LocalAgent) else RecallingAgent(agent, memory)


def make_agent(
    name: str,
    config: AgentConfig,
    registry: Registry,
    meaning: SentenceMeaning,
    knowledge: Knowledge | None,
    clock: Clock,
    redactions: Redactions | None = None,
    tracing: Tracing | None = None,
) -> BackgroundAgent:
    """Make one background agent from its section; a remote one sees what redaction leaves."""
    section = config.background.agents[name]
    if config.background.race > 1 and name in config.background.order[: config.background.race]:
        registry, names_read = reading_only(registry, section.tools)
        section = section.model_copy(update={"tools": names_read})
    try:
        if isinstance(section, LocalAgentConfig):
            used = section.tools
            if config.memory is None:
                # Asked what it remembers, a small agent would only say that nothing fits.
                registry = registry.with_tool(replace(no_memory, origin="built in"))
                used = None if used is None else (*used, no_memory.name)
            return LocalAgent(
                _with_traces(registry, tracing),
                meaning,
                knowledge,
                clock,
                section.think_s,
                seed=section.seed,
                name=name,
                tools=used,
                # Fitted to the default sentence model; with another one the tools read themselves.
                parser=None if config.meaning.path else RequestParser(meaning),
            )
        if redactions is not None:
            registry = with_words(registry, redactions)
        agent = OpenAICompatibleAgent(
            name, section, _with_traces(registry, tracing), clock, tracing
        )
        return agent if redactions is None else RedactedAgent(agent, redactions)
    except ToolError as error:
        mistake = Mistake(f"background.agents.{name}.tools", None, str(error))
        raise ConfigError(None, [mistake]) from error


def _with_traces(registry: Registry, tracing: Tracing | None) -> Registry:
    """Make the calls of an agent's tools spans, outermost: a span sees what the agent sees."""
    return registry if tracing is None else registry.changed(partial(traced_tool, tracing=tracing))


def make_redactions(config: PrivacyConfig, clock: Clock) -> Redactions | None:
    """Make what replaces personal data; None when nothing is to be replaced.

    Raises ConfigError when the library that the configuration asks for is not installed.
    """
    if config.redact == "off":
        return None
    finders: list[Finder] = [PatternFinder(config.region)]
    if config.redact == "presidio":
        if find_spec("presidio_analyzer") is None:
            message = "presidio is not installed: pip install 'weft[presidio]', and a spaCy model"
            raise ConfigError(None, [Mistake("privacy.redact", None, message)])
        finders.append(PresidioFinder(entities=config.entities))
    return Redactions(finders, inline=clock.virtual)


def with_words(registry: Registry, redactions: Redactions) -> Registry:
    """Let the tools of a redacted agent work with the words that it does not see.

    Those that ask strangers get its placeholders, for a query would carry the words out: the words
    are for those that work here, and for what the user is asked about first. What any of them finds
    is redacted before the agent reads it.
    """
    return registry.changed(lambda each: redacted_tool(each, redactions))


def in_race(agents: Sequence[BackgroundAgent], racers: int) -> list[BackgroundAgent]:
    """Make one agent of the first few when several are to be asked at once."""
    if racers == 1:
        return list(agents)
    return [RacingAgent(agents[:racers]), *agents[racers:]]
