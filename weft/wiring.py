"""Where the parts of a conversation are made and joined: the only module with concrete classes."""

import logging
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

import anyio

from weft import trace_names as names
from weft.background_agents.carrying_out import CarryingOutAgent
from weft.background_agents.config import LocalAgentConfig, PrivacyConfig, QueueConfig
from weft.background_agents.knowledge import Knowledge
from weft.background_agents.memory import SqliteMemory
from weft.background_agents.offered import reading_tools
from weft.background_agents.personal_data import Finder, PatternFinder, PresidioFinder
from weft.background_agents.providers.local import LocalAgent
from weft.background_agents.providers.openai_compatible import OpenAICompatibleAgent
from weft.background_agents.providers.traced_reply import about_endpoint
from weft.background_agents.queues.memory import MemoryQueue
from weft.background_agents.queues.redis_gateway import RedisGateway
from weft.background_agents.queues.redis_worker import RedisWorkerQueue
from weft.background_agents.race import RacingAgent
from weft.background_agents.recalling import RecallingAgent
from weft.background_agents.redaction import RedactedAgent, Redactions, redacted_tool
from weft.background_agents.resuming import ResumingAgent
from weft.background_agents.traced import (
    TracedAgent,
    TracedSessionQueue,
    TracedSpecialist,
    TracedWorkerQueue,
)
from weft.background_agents.types import BackgroundAgent, SessionQueue, Specialist, WorkerQueue
from weft.background_agents.worker import Worker
from weft.clock import Clock, WallClock
from weft.config import AgentConfig, read_draft
from weft.errors import ConfigError, Mistake, ToolError, WeightsError
from weft.interaction_model.types import InteractionModel
from weft.interaction_model.weights_folder import verified
from weft.keeping import Keeping
from weft.loaded import spare_what_is_loaded
from weft.meaning import HUB_NAME, SentenceMeaning
from weft.orchestrator.ports import Channel
from weft.orchestrator.record import FileRecord, NoRecord
from weft.orchestrator.session import Session
from weft.orchestrator.traces import DelegationTraces
from weft.suggestions import suggestion
from weft.tool_wiring import (
    FoundTools,
    find_tools,
    make_registry,
    make_servers,
    missing_programs,
    serving,
)
from weft.tools.builtin.no_memory import no_memory
from weft.tools.builtin.world_time import present_moment
from weft.tools.lasting import LastingCalls, lasting_tool
from weft.tools.mcp import McpServer
from weft.tools.registry import Registry
from weft.tools.reminders import Reminders
from weft.tools.tool import Tool
from weft.tools.traced import traced_tool
from weft.tracing import Attributes, Tracing

logger = logging.getLogger(__name__)

Announce = Callable[[str], None]

KEEPING_S = 5.0
"""Most seconds after a session in which something of it is still kept."""


def announce_on_stderr(what: str) -> None:
    """Say on standard error what start-up is doing."""
    sys.stderr.write(f"weft: {what}\n")
    sys.stderr.flush()


def announce_in_log(what: str) -> None:
    """Say in the log what start-up is doing: for programs, whose standard error is their own."""
    logger.info(what)


@dataclass(frozen=True, slots=True)
class Queue:
    """Both sides of the queue between a session and its worker."""

    session: SessionQueue
    worker: WorkerQueue
    links: tuple[RedisGateway | RedisWorkerQueue, ...] = ()
    """What speaks with a server, and works for as long as the queue is open."""

    def traced(self, tracing: Tracing | None, traces: DelegationTraces | None) -> "Queue":
        """Let packages carry a trace, if there is any."""
        if tracing is None or traces is None:
            return self
        return replace(
            self,
            session=TracedSessionQueue(self.session, traces),
            worker=TracedWorkerQueue(self.worker, tracing),
        )

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Let the links work; a server that cannot be reached is tried again and again."""
        async with anyio.create_task_group() as tasks:
            for link in self.links:
                await tasks.start(link.run)
            yield
            tasks.cancel_scope.cancel()


@dataclass(frozen=True, slots=True)
class Conversation:
    """One session and the worker behind it, which live and end together."""

    session: Session
    worker: Worker
    keeping: Keeping
    clock: Clock
    queue: Queue
    servers: tuple[McpServer, ...] = ()
    folders: tuple[Knowledge, ...] = ()
    traces: DelegationTraces | None = None

    async def run(self) -> None:
        """Make servers and agents ready, then hold the conversation until its channel closes."""
        with single_errors():
            async with self.keeping.opened(), self.queue.opened(), serving(self.servers):
                await self.worker.start()
                await self.keeping.resume(self.session)
                if not self.clock.virtual:
                    spare_what_is_loaded()
                await self._hold()

    async def _hold(self) -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self.worker.run)
            for folder in self.folders:
                tasks.start_soon(folder.follow, self.clock)
            async with anyio.create_task_group() as listening:
                listening.start_soon(self.keeping.listen, self.session)
                if self.traces is not None:
                    listening.start_soon(self.traces.follow, self.session.events())
                await self.session.run()
                # What was said last is still to be kept, but a conversation must end.
                listening.cancel_scope.deadline = anyio.current_time() + KEEPING_S
            tasks.cancel_scope.cancel()


def make_queue(config: QueueConfig, clock: Clock) -> Queue:
    """Make the queue that the configuration names, not connected yet.

    Raises ConfigError when a server is to keep virtual time.
    """
    options = config.redis
    if options is None:
        queue = MemoryQueue(clock, config.limits)
        return Queue(queue, queue)
    if clock.virtual:
        message = "a server keeps real time: leave --fast out, or write kind: memory"
        raise ConfigError(None, [Mistake("queue.kind", None, message)])
    gateway = RedisGateway(options, clock, config.limits)
    worker = RedisWorkerQueue(options, clock)
    return Queue(gateway, worker, (gateway, worker))


def build(
    config: AgentConfig,
    *,
    clock: Clock,
    channel: Channel,
    tools: Iterable[Tool] = (),
    model: InteractionModel | None = None,
    meaning: SentenceMeaning | None = None,
    record: Path | None = None,
    user_id: str | None = None,
    tracing: Tracing | None = None,
    announce: Announce = announce_on_stderr,
) -> Conversation:
    """Make one conversation; takes the seconds that loading takes, so call it before time counts.

    `model`, `meaning`, `user_id` and `tracing` replace what the configuration names. Raises
    ConfigError, WeightsError, or InputError when something that it names cannot be used.
    """
    meaning = meaning or make_meaning(config, clock)
    folders = make_knowledge(config, meaning, clock, announce)
    user_id = user_id or config.user
    memory = make_memory(config, meaning, clock)
    reminders = make_reminders(config, clock)
    servers = make_servers(config)
    registry = make_registry(
        config, tools, folders.values(), memory=memory, reminders=reminders, servers=servers
    )
    lasting = LastingCalls(clock)
    # Below redaction: placeholders are forgotten between two revisions, words are not.
    registry = registry.changed(partial(lasting_tool, calls=lasting))
    redactions = make_redactions(config.privacy, clock)
    tracing = tracing or make_tracing(config, clock)
    agents = [
        make_agent(name, config, registry, meaning, folders.get(name), clock, redactions, tracing)
        for name in config.background.order
    ]
    if memory is not None:
        agents = [_recalling(agent, memory) for agent in agents]
    specialists: list[Specialist] = [CarryingOutAgent(registry, clock, tracing)]
    if reminders is not None:
        specialists.append(ResumingAgent(reminders, clock))
    if tracing is not None:
        agents = [_traced(agent, config, tracing) for agent in agents]
        specialists = [TracedSpecialist(each, tracing) for each in specialists]
    agents = in_race(agents, config.background.race)
    model = load(config, meaning, model=model, announce=announce)
    session_id = "session" if clock.virtual else f"session-{uuid4().hex[:12]}"
    traces = DelegationTraces(tracing, session_id) if tracing is not None else None
    queue = make_queue(config.queue, clock).traced(tracing, traces)
    session = Session(
        channel=channel,
        model=model,
        queue=queue.session,
        meaning=meaning,
        clock=clock,
        session_id=session_id,
        user_id=user_id,
        reminding=reminders,
        config=config.session,
        record=FileRecord(record) if record else NoRecord(),
    )
    keeping = Keeping(
        user_id=user_id,
        memory=memory,
        notices=config.memory is not None and config.memory.notice,
        turn_gap_slots=config.session.turn_gap_slots,
        reminders=reminders,
    )
    worker = Worker(
        queue.worker, agents, clock, config.background.concurrency, specialists, lasting
    )
    folders_once = tuple(dict.fromkeys(folders.values()))
    return Conversation(session, worker, keeping, clock, queue, servers, folders_once, traces)


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
        section = section.model_copy(update={"tools": reading_tools(registry, section.tools)})
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


def checked_config(
    source: Path | str | Mapping[str, object],
    tools: Iterable[Tool] = (),
    *,
    environment: Mapping[str, str] | None = None,
) -> AgentConfig:
    """Read a YAML file or plain values, and find all that they name, together with `tools`.

    Raises ConfigError with every mistake at once, whether it is one of the file or of what it
    names, or InputError when the file cannot be read.
    """
    draft = read_draft(source, environment=environment)
    more = find_mistakes(draft.config, tools, draft.left_out) if draft.config is not None else []
    return draft.finished(more)


def find_mistakes(
    config: AgentConfig, tools: Iterable[Tool] = (), left_out: Sequence[str] = ()
) -> list[Mistake]:
    """Look for every tool, program, library and file that a configuration names; make nothing else.

    Tools whose names fit one of the patterns `left_out` are not missed.
    """
    meaning = SentenceMeaning()
    folders = make_knowledge(config, meaning, WallClock())
    memory = make_memory(config, meaning, WallClock())
    servers = make_servers(config)
    found = find_tools(config, tools, folders.values(), memory=memory, servers=servers)
    mistakes = [*found.mistakes, *missing_programs(config)]
    for check in (
        partial(make_redactions, config.privacy, WallClock()),
        partial(check_tracing, config),
    ):
        try:
            check()
        except ConfigError as error:
            mistakes += error.mistakes
    if config.interaction.weights is not None:
        try:
            verified(config.interaction.weights)
        except WeightsError as error:
            mistakes.append(Mistake("interaction.weights", None, str(error)))
    return mistakes + _unknown_to_agents(config, found, [*left_out, *found.left_out])


def _unknown_to_agents(
    config: AgentConfig, found: FoundTools, left_out: Sequence[str]
) -> list[Mistake]:
    """Find the tools that agents are to call and that are not in use."""
    mistakes = []
    registry = found.registry
    for agent, section in config.background.agents.items():
        for number, name in enumerate(section.tools or ()):
            expected = registry.may_come(name) or any(fnmatchcase(name, each) for each in left_out)
            if name not in registry.names and not expected:
                where = f"background.agents.{agent}.tools[{number}]"
                right = suggestion(name, registry.names)
                message = (
                    f"no tool in use is called {name!r}; {right}; more are added in `tools.use`"
                )
                mistakes.append(Mistake(where, None, message))
    return mistakes


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
