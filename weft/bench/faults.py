"""What misbehaving company does: `--area agents` (endpoints, tools, MCP servers) or `queue`.

For the queue on Redis see `weft/bench/_queue_faults.py`; here are the agents. Each conversation has
a remote agent whose endpoint misbehaves in one way, or whose tools do, and then is asked something
else. Sockets, processes and clocks are real; the interaction model plays by rules, since it is not
what is measured.

conversations_broken      ended otherwise than by their user, or left a request without any word
lost, said_twice, invented  as the auditor counts them (`weft.orchestrator.audit`)
deadline_overrun_ms_max   the longest time by which a last word of an agent came after the time that
                          it was given
"""

import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from functools import partial

import anyio
from pydantic import SecretStr

from weft.background_agents.config import OpenAICompatibleConfig
from weft.background_agents.providers.openai_compatible import OpenAICompatibleAgent
from weft.background_agents.queues.memory import MemoryQueue
from weft.background_agents.types import AgentUpdate, ContextPackage
from weft.background_agents.worker import Worker
from weft.bench import _queue_faults
from weft.bench._endpoint import FAULTS, QUIRKS, Reply, call_chunk, chunk, serving, text_chunks
from weft.bench._report import Asked, Report, aside, at_most
from weft.bench._whole_path import KeptRecord
from weft.clock import Clock, WallClock, sleep_s
from weft.errors import InputError
from weft.interaction_model.scripted import Reply as Behaviour
from weft.interaction_model.scripted import ScriptedModel
from weft.interaction_model.types import ControlToken
from weft.orchestrator.audit import audit
from weft.orchestrator.channels.simulated import Say, SimulatedUser, Step, Wait
from weft.orchestrator.config import SessionConfig
from weft.orchestrator.events import Heard, SessionEnded
from weft.orchestrator.record import RecordedSlot
from weft.orchestrator.session import Session
from weft.progress import Tick, no_tick, progress
from weft.tools.config import McpServerConfig
from weft.tools.mcp import McpServer
from weft.tools.registry import Registry
from weft.tools.tool import Tool, ToolContext, tool

DEFAULT_SIZE = 100
AREAS = ("agents", "queue")
AT_ONCE = 50
"""Conversations, each with its endpoint, in this one process: with 100 a core is busy to the full,
and what comes late says how slow the core is."""
AGENT_LIMIT_S = 1.5
"""What an agent is given for an answer; short, so that a bench of stalls has an end."""
STALL_S = 0.6
PATIENCE_S = 12.0
"""How long the user waits for a word on a request."""
GOAL_OVERRUN_MS = 100.0
_QUESTIONS = ("What is the weather in Paris and Rome?", "And what is the capital of France?")
_ANSWER = "I have found all that you wanted."
"""To either question: an agent that tries again gets it for the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One way to misbehave: what the endpoint replies to the first request, and the tools."""

    name: str
    replies: Sequence[Reply]
    tools: Callable[[], Sequence[Tool]] = tuple
    dying_server: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one conversation."""

    fault: str
    broken: bool
    answered: int
    """How many of the two requests had an answer; the others were told of a failure."""
    lost: int = 0
    said_twice: int = 0
    invented: int = 0
    overrun_ms: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class OfFault:
    """The conversations with one fault, added up."""

    fault: str
    conversations: int
    broken: int
    answered: float
    """Answers a conversation, of two."""
    deadline_overrun_ms_max: float


def report(asked: Asked) -> Report:
    """Measure; `size` is the number of conversations or delegations with each fault."""
    area = asked.area or AREAS[0]
    if area not in AREAS:
        raise InputError(f"no area is called {area!r}; known: {', '.join(AREAS)}")
    if area == "queue":
        return _queue_faults.report(asked)
    faults = agent_faults()
    size = asked.size or DEFAULT_SIZE
    with progress("conversations", size * len(faults)) as tick:
        outcomes = anyio.run(partial(measure, faults, size, tick=tick))
    by_fault = [summed_up(fault.name, outcomes) for fault in faults]
    numbers: dict[str, object] = {
        "conversations_broken": sum(o.broken for o in outcomes),
        "lost": sum(o.lost for o in outcomes),
        "said_twice": sum(o.said_twice for o in outcomes),
        "invented": sum(o.invented for o in outcomes),
        "deadline_overrun_ms_max": round(max(o.overrun_ms for o in outcomes), 1),
        "faults": [asdict(each) for each in by_fault],
    }
    zeros = ("conversations_broken", "lost", "said_twice", "invented")
    return Report(
        title="Faults: what misbehaving agents do to a conversation",
        numbers=numbers,
        lines=[
            *(at_most(name.replace("_", " "), int(str(numbers[name])), 0, "d") for name in zeros),
            at_most(
                "longest overrun of a deadline, ms",
                max(o.overrun_ms for o in outcomes),
                GOAL_OVERRUN_MS,
                ".1f",
            ),
            *(
                aside(
                    f"  {each.fault}",
                    f"{each.broken} of {each.conversations} broken, "
                    f"{each.answered:.2f} of 2 answered",
                )
                for each in by_fault
            ),
        ],
        setting=(f"{len(outcomes)} conversations", f"{AT_ONCE} at once", "real time"),
    )


def agent_faults() -> list[Fault]:
    """All faults and quirks of endpoints, then those of tools and MCP servers."""
    calls = [
        call_chunk("weather", '{"city": "Paris"}'),
        call_chunk("weather", '{"city": "Rome"}', index=1, call_id="b"),
        chunk({}, "tool_calls"),
    ]
    calling = (Reply(chunks=calls), Reply(chunks=text_chunks(_ANSWER)))
    far = [call_chunk("dying_weather", '{"city": "Paris"}'), chunk({}, "tool_calls")]
    return [
        *(Fault(name=name, replies=(reply,)) for name, reply in FAULTS.items()),
        *(
            Fault(
                name=name,
                replies=(Reply(chunks=chunks), Reply(chunks=text_chunks(_ANSWER))),
                tools=lambda: (weather,),
            )
            for name, chunks in QUIRKS.items()
        ),
        Fault(name="a tool that crashes", replies=calling, tools=lambda: (crashing,)),
        Fault(name="a tool that hangs", replies=calling, tools=lambda: (hanging,)),
        Fault(name="a tool that floods", replies=calling, tools=lambda: (flooding,)),
        Fault(
            name="an MCP server that dies",
            replies=(Reply(chunks=far), Reply(chunks=text_chunks(_ANSWER))),
            dying_server=True,
        ),
    ]


@tool
async def weather(city: str) -> str:
    """Tell the weather in a city."""
    return f"It is sunny in {city}."


@tool(name="weather")
async def crashing(city: str) -> str:
    """Tell the weather in a city."""
    raise RuntimeError(f"the weather station of {city} burned down")


@tool(name="weather", time_limit_s=60.0)
async def hanging(city: str, context: ToolContext) -> str:
    """Tell the weather in a city."""
    await sleep_s(context.clock, 3600.0)
    return city


@tool(name="weather")
async def flooding(city: str) -> str:
    """Tell the weather in a city."""
    return f"It is sunny in {city}. " * 100_000


async def measure(
    faults: Sequence[Fault], size: int, *, at_once: int = AT_ONCE, tick: Tick = no_tick
) -> list[Outcome]:
    """Hold `size` conversations with each fault, `at_once` of them at the same time."""
    await _load_code(faults)
    outcomes: list[Outcome] = []
    places = anyio.Semaphore(at_once)

    async def one(fault: Fault) -> None:
        try:
            outcomes.append(await converse(fault))
        except Exception:  # what is counted here is exactly that nothing gets this far
            outcomes.append(Outcome(fault=fault.name, broken=True, answered=0))
        finally:
            places.release()
            tick()

    async with anyio.create_task_group() as tasks:
        for number in range(size * len(faults)):
            await places.acquire()
            tasks.start_soon(one, faults[number % len(faults)])
    return outcomes


async def _load_code(faults: Sequence[Fault]) -> None:
    """Hold a conversation of each kind that is not counted: the first ones load libraries.

    That takes a second in which nothing else in the process is on time; an agent that is started
    before its conversation, as everywhere but here, has loaded them by then.
    """
    kinds = {(bool(fault.tools()), fault.dying_server): fault for fault in faults}
    for fault in kinds.values():
        await converse(fault)


async def converse(fault: Fault) -> Outcome:
    """Hold one conversation of two requests, of which the first meets the fault."""
    clock = WallClock()
    script: list[Step] = []
    for text in _QUESTIONS:
        script += [Say(text=text), Wait(until="answered", patience_s=PATIENCE_S)]
    user = SimulatedUser(script, clock, tail_s=0.4, longest_tail_s=PATIENCE_S)
    queue = _TimedQueue(clock)

    def observe(slot: RecordedSlot) -> None:
        for event in slot.events:
            user.saw(event)

    record = KeptRecord(observe)
    replies = (*fault.replies, Reply(chunks=text_chunks(_ANSWER)))
    async with _company(fault, replies) as (base_url, registry):
        agent = OpenAICompatibleAgent("remote", _config(base_url), registry, clock)
        session = Session(
            channel=user,
            model=_model(),
            queue=queue,
            meaning=_NoMeaning(),
            clock=clock,
            session_id="bench",
            config=SessionConfig(backstop="off"),
            record=record,
        )
        worker = Worker(queue, [agent], clock)
        await worker.start()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(worker.run)
            await session.run()
            tasks.cancel_scope.cancel()
    verdict = audit(record.events, heard=record.heard)
    heard = [event for event in record.events if isinstance(event, Heard)]
    ended = record.events[-1]
    whole = isinstance(ended, SessionEnded) and ended.reason == "the channel closed"
    told = len({event.delegation_id for event in heard})
    return Outcome(
        fault=fault.name,
        broken=not whole or told < len(_QUESTIONS),
        answered=sum(event.text == _ANSWER for event in heard),
        lost=verdict.lost,
        said_twice=verdict.said_twice,
        invented=verdict.invented,
        overrun_ms=1000 * queue.longest_overrun_s,
    )


def summed_up(name: str, outcomes: Sequence[Outcome]) -> OfFault:
    """Add up the conversations with one fault."""
    of_fault = [outcome for outcome in outcomes if outcome.fault == name]
    return OfFault(
        fault=name,
        conversations=len(of_fault),
        broken=sum(outcome.broken for outcome in of_fault),
        answered=round(sum(o.answered for o in of_fault) / max(1, len(of_fault)), 3),
        deadline_overrun_ms_max=round(max((o.overrun_ms for o in of_fault), default=0.0), 1),
    )


class _TimedQueue(MemoryQueue):
    """A queue that notes by how much agents overstay the time that they were given."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.longest_overrun_s = 0.0
        self._clock_now_s = clock.now_s
        self._submitted_s: dict[str, float] = {}

    def submit_nowait(self, package: ContextPackage) -> None:
        self._submitted_s[package.delegation_id] = self._clock_now_s()
        super().submit_nowait(package)

    def publish_nowait(self, update: AgentUpdate) -> None:
        super().publish_nowait(update)
        taken_s = self._clock_now_s() - self._submitted_s[update.delegation_id]
        if update.final:
            self.longest_overrun_s = max(self.longest_overrun_s, taken_s - AGENT_LIMIT_S)


class _NoMeaning:
    """Finds nothing alike and nothing to ask for: no decision here rests on meaning."""

    async def similarity(self, left: str, right: str) -> float:
        return 0.0

    async def needs_delegation(self, request: str) -> float:
        return 0.0


@asynccontextmanager
async def _company(fault: Fault, replies: Sequence[Reply]) -> AsyncIterator[tuple[str, Registry]]:
    """Run the endpoint and what else the fault needs."""
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(serving(*replies))
        sources = []
        if fault.dying_server:
            command = (sys.executable, "-m", "weft.bench._dying_server")
            dying = McpServer("dying", McpServerConfig(command=command))
            tasks = await stack.enter_async_context(anyio.create_task_group())
            stack.callback(tasks.cancel_scope.cancel)
            tasks.start_soon(dying.run)
            await dying.wait_tried()
            sources = [dying]
        yield server.base_url, Registry(fault.tools(), sources)


def _config(base_url: str) -> OpenAICompatibleConfig:
    return OpenAICompatibleConfig(
        provider="openai-compatible",
        model="m",
        base_url=base_url,
        api_key=SecretStr("none"),
        timeout_s=AGENT_LIMIT_S,
        stall_s=STALL_S,
    )


def _model() -> ScriptedModel:
    return ScriptedModel(
        [Behaviour(heard=r"\?", says="Let me see.", control=ControlToken.DELEGATE)]
    )
