"""Where the parts of a conversation are made and joined: the only module with concrete classes."""

import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from uuid import uuid4

import anyio

from weft.announcing import Announce, announce_on_stderr
from weft.background_agents.config import QueueConfig
from weft.background_agents.queues.memory import MemoryQueue
from weft.background_agents.queues.redis_gateway import RedisGateway
from weft.background_agents.queues.redis_worker import RedisWorkerQueue
from weft.background_agents.queues.wire import Offer
from weft.background_agents.traced import TracedSessionQueue, TracedWorkerQueue
from weft.background_agents.types import SessionQueue, WorkerQueue
from weft.background_wiring import (
    Background,
    check_tracing,
    make_background,
    make_knowledge,
    make_meaning,
    make_memory,
    make_redactions,
    make_reminders,
    make_tracing,
)
from weft.clock import Clock, WallClock
from weft.config import AgentConfig, read_draft
from weft.errors import ConfigError, InputError, Mistake, WeightsError
from weft.interaction_model.types import InteractionModel
from weft.interaction_model.weights_folder import has_senses, verified
from weft.keeping import Keeping
from weft.loaded import spare_what_is_loaded
from weft.meaning import SentenceMeaning
from weft.orchestrator.channels.observed import Observe, ObservedChannel
from weft.orchestrator.channels.sounded import Sounded
from weft.orchestrator.ports import Channel
from weft.orchestrator.record import FileRecord, NoRecord, SessionRecord
from weft.orchestrator.session import Session
from weft.orchestrator.sound_ports import Ears, SoundChannel, Voice
from weft.orchestrator.traces import DelegationTraces
from weft.sound_wiring import NOBODY_HEARS, find_sound_mistakes, make_ears, make_voice
from weft.suggestions import suggestion
from weft.tool_requests import Readers, ToolRequests, readers_named, readers_of
from weft.tool_wiring import FoundTools, find_tools, make_servers, missing_programs
from weft.tools.tool import Tool
from weft.tracing import Tracing

KEEPING_S = 5.0
"""Most seconds after a session in which something of it is still kept."""


@dataclass(frozen=True, slots=True)
class Queue:
    """The sides of the queue between a session and its workers that this process has."""

    session: SessionQueue
    worker: WorkerQueue | None
    """None where the work is left to other processes."""
    links: tuple[RedisGateway | RedisWorkerQueue, ...] = ()
    """What speaks with a server, and works for as long as the queue is open."""
    gateway: RedisGateway | None = None
    """The side of the session, where the other side may be elsewhere."""

    def readers(self) -> Readers:
        """Give what reads requests for the built-in tools of workers elsewhere."""
        return readers_named(self.gateway.readers) if self.gateway is not None else {}

    def traced(self, tracing: Tracing | None, traces: DelegationTraces | None) -> "Queue":
        """Let packages carry a trace, if there is any."""
        if tracing is None or traces is None:
            return self
        worker = self.worker and TracedWorkerQueue(self.worker, tracing)
        return replace(self, session=TracedSessionQueue(self.session, traces), worker=worker)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Let the links work; a server that cannot be reached is tried again and again."""
        async with anyio.create_task_group() as tasks:
            for link in self.links:
                await tasks.start(link.run)
            yield
            tasks.cancel_scope.cancel()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """What a conversation in sound is held through; the configuration says who hears and speaks."""

    channel: SoundChannel
    ears: Ears | None = None
    """Who has the words where the configuration says that they come with the channel."""
    observe: Observe | None = None
    """Is shown every slot once its words were sounded; must return at once."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """One session and the background behind it, which live and end together."""

    session: Session
    background: Background | None
    """None where the work is left to other processes."""
    keeping: Keeping
    clock: Clock
    queue: Queue
    traces: DelegationTraces | None = None

    async def run(self) -> None:
        """Make servers and agents ready, then hold the conversation until its channel closes."""
        with single_errors():
            async with self.keeping.opened(), self.queue.opened(), self._working():
                if self.session.next_index == 0:
                    # One that goes on knows of them already.
                    await self.keeping.resume(self.session)
                if not self.clock.virtual:
                    spare_what_is_loaded()
                await self._hold()

    @asynccontextmanager
    async def _working(self) -> AsyncIterator[None]:
        """Make the background ready, and let it work meanwhile."""
        if self.background is None or self.queue.worker is None:
            yield
            return
        worker = self.background.worker(self.queue.worker)
        async with self.background.opened(worker), anyio.create_task_group() as tasks:
            tasks.start_soon(self.background.work, worker)
            yield
            tasks.cancel_scope.cancel()

    async def _hold(self) -> None:
        async with anyio.create_task_group() as listening:
            listening.start_soon(self.keeping.listen, self.session)
            if self.traces is not None:
                listening.start_soon(self.traces.follow, self.session.events())
            await self.session.run()
            # What was said last is still to be kept, but a conversation must end.
            listening.cancel_scope.deadline = anyio.current_time() + KEEPING_S


def make_queue(config: AgentConfig, clock: Clock, offer: Callable[[], Offer] | None) -> Queue:
    """Make the queue that the configuration names, not connected yet.

    `offer` tells what this process can do, None where that is left to others. Raises ConfigError
    when a server is to keep virtual time.
    """
    options, limits = config.queue.redis, config.queue.limits
    if options is None:
        queue = MemoryQueue(clock, limits)
        return Queue(queue, queue)
    if clock.virtual:
        message = "a server keeps real time: leave --fast out, or write kind: memory"
        raise ConfigError(None, [Mistake("queue.kind", None, message)])
    gateway = RedisGateway(options, clock, limits, config.background.order)
    if offer is None:
        return Queue(gateway, None, (gateway,), gateway)
    worker = RedisWorkerQueue(options, clock, offer)
    return Queue(gateway, worker, (gateway, worker), gateway)


def make_worker_queue(
    config: QueueConfig, clock: Clock, offer: Callable[[], Offer], *, pool: str | None = None
) -> RedisWorkerQueue:
    """Make the side of the queue that a worker in a process of its own needs, not connected yet.

    `pool` replaces that of the configuration. Raises ConfigError when there is no server.
    """
    options = config.redis
    if options is None:
        message = "a worker takes its work from a server: write kind: redis, and its url"
        raise ConfigError(None, [Mistake("queue.kind", None, message)])
    return RedisWorkerQueue(replace(options, pool=pool or options.pool), clock, offer)


def build(
    config: AgentConfig,
    *,
    clock: Clock,
    channel: Channel | Sound,
    tools: Iterable[Tool] = (),
    model: InteractionModel | None = None,
    meaning: SentenceMeaning | None = None,
    record: Path | None = None,
    past: SessionRecord | None = None,
    user_id: str | None = None,
    tracing: Tracing | None = None,
    announce: Announce = announce_on_stderr,
) -> Conversation:
    """Make one conversation; takes the seconds that loading takes, so call it before time counts.

    `model`, `meaning`, `user_id` and `tracing` replace what the configuration names. With a `past`,
    which is what `record` holds so far, its session goes on. Where the work is left to other
    processes, no agent and no tool is made. Raises ConfigError, WeightsError, or InputError when
    something that it names cannot be used.
    """
    if past is not None and isinstance(channel, Sound):
        raise InputError("a conversation cannot be gone on with in sound; begin a new one")
    untold = isinstance(channel, Sound) and channel.ears is None
    if untold and config.interaction.hearing.name == "words":
        # Said before the seconds that loading takes: the configuration alone decides it.
        raise InputError(NOBODY_HEARS)
    meaning = meaning or make_meaning(config, clock)
    user_id = user_id or (past.header.user_id if past else None) or config.user
    memory = make_memory(config, meaning, clock)
    reminders = make_reminders(config, clock)
    tracing = tracing or make_tracing(config, clock)
    background: Background | None = None
    if config.queue.workers == "here":
        background = make_background(
            config,
            tools,
            meaning,
            clock,
            memory=memory,
            reminders=reminders,
            tracing=tracing,
            announce=announce,
        )
    model = load(config, meaning, model=model, announce=announce)
    sounded: Sounded | None = None
    if isinstance(channel, Sound):
        sounded = make_sounded(config, channel, clock, model, announce)
        observe = channel.observe
        channel = sounded if observe is None else ObservedChannel(sounded, observe)
    session_id = "session" if clock.virtual else f"session-{uuid4().hex[:12]}"
    session_id = past.header.session_id if past else session_id
    traces = DelegationTraces(tracing, session_id) if tracing is not None else None
    queue = make_queue(config, clock, background.offer if background else None)
    queue = queue.traced(tracing, traces)
    readers = partial(readers_of, background.registry) if background else queue.readers
    session = Session(
        channel=channel,
        model=model,
        queue=queue.session,
        meaning=ToolRequests(meaning, readers, inline=clock.virtual),
        clock=clock,
        session_id=session_id,
        user_id=user_id,
        reminding=reminders,
        config=config.session,
        record=FileRecord(record, goes_on=past is not None) if record else NoRecord(),
        sounding=sounded,
    )
    if past is not None:
        announce("living again through the conversation so far")
        session.relive(past)
    keeping = Keeping(
        user_id=user_id,
        memory=memory,
        notices=config.memory is not None and config.memory.notice,
        turn_gap_slots=config.session.turn_gap_slots,
        reminders=reminders,
    )
    return Conversation(session, background, keeping, clock, queue, traces)


def make_sounded(
    config: AgentConfig,
    sound: Sound,
    clock: Clock,
    model: InteractionModel,
    announce: Announce = announce_on_stderr,
) -> Sounded:
    """Make the ears and the voice of one conversation, and a channel of words with them.

    Raises ConfigError when they cannot be made, InputError when nobody would make words of sound.
    """
    announce("making ears and voice ready")
    ears = make_ears(
        config.interaction,
        inline=clock.virtual,
        native=model if isinstance(model, Ears) else None,
    )
    ears = ears or sound.ears
    if ears is None:
        raise InputError(NOBODY_HEARS)
    voice = make_voice(
        config.interaction,
        inline=clock.virtual,
        native=model if isinstance(model, Voice) else None,
    )
    return Sounded(sound.channel, ears, voice, clock)


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
        verified(config.interaction.weights_folder)
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
    folder = chosen.weights_folder
    temperature = chosen.temperature if chosen.decoding == "sampled" else 0.0
    if not has_senses(folder):
        return load_stream(folder, temperature=temperature, seed=chosen.seed)
    # Ears and eyes are loaded for those alone who have them, and the voice for whoever asks for it.
    from weft.interaction_model.sensing_stream import load_sensing_stream

    voice = chosen.speaking.name == "native"
    return load_sensing_stream(folder, temperature=temperature, seed=chosen.seed, voice=voice)


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
    mistakes += find_sound_mistakes(config.interaction)
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
