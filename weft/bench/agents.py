"""What weft adds to the time that a remote model takes, with 1, 10 and 100 delegations at once.

first_update_ms      from the delegation to whatever is heard of it first
first_speakable_ms   to the first sentence that may be said
result_ms            to the answer
added_ms             what queue, worker and agent add to a bare client: from delegation to answer,
                     less what the server itself took, less what is left of the same for a loop
                     over the openai client that asks the same server the same in the same run

The server is a process of its own with a fixed rate of tokens; the worst of the settings counts.
"""

import statistics
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, cast

import anyio
import anyio.to_thread
from pydantic import SecretStr

from weft.background_agents.config import OpenAICompatibleConfig
from weft.background_agents.prompt import messages
from weft.background_agents.providers.openai_compatible import OpenAICompatibleAgent
from weft.background_agents.queues.memory import MemoryQueue, QueueLimits
from weft.background_agents.types import AgentUpdate, ContextPackage, UpdateKind
from weft.background_agents.worker import Worker
from weft.bench._report import Asked, Line, Report, aside, at_most
from weft.clock import WallClock
from weft.progress import Tick, no_tick, progress
from weft.tools.registry import Registry

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from openai.types.chat import ChatCompletionMessageParam

RATES_TOKENS_PER_S = (50, 1500)
AT_ONCE = (1, 10, 100)
DEFAULT_SIZE = 100
"""Delegations in each setting, as near as whole rounds allow."""
MOST_ROUNDS = 20
GOAL_MS = 5.0

Times = Mapping[str, Sequence[float]]
"""By request: when the server had read it, and sent the first and the last piece of the reply."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One setting; times in ms."""

    tokens_per_s: int
    at_once: int
    delegations: int
    first_update_ms_p50: float
    first_speakable_ms_p50: float
    result_ms_p50: float
    added_ms_p50: float
    added_ms_p99: float


@dataclass(slots=True)
class _Heard:
    """When something was heard of one delegation first, on the monotonic clock."""

    asked_s: float
    update_s: float = 0.0
    speakable_s: float = 0.0
    result_s: float = 0.0
    ended: anyio.Event = field(default_factory=anyio.Event)


def report(asked: Asked) -> Report:
    """Measure; `size` is the number of delegations in each setting."""
    settings = [(rate, at_once) for rate in RATES_TOKENS_PER_S for at_once in AT_ONCE]
    size = asked.size or DEFAULT_SIZE
    total = sum(_rounds(size, at_once) for _, at_once in settings)
    with progress("rounds", total) as tick:
        runs = anyio.run(measure, settings, size, tick)
    worst = max(runs, key=lambda run: run.added_ms_p50)
    worst_p99 = max(run.added_ms_p99 for run in runs)
    return Report(
        title="Agents: what weft adds to a remote model",
        numbers={
            "added_ms_p50": round(worst.added_ms_p50, 3),
            "added_ms_p99": round(worst_p99, 3),
            "runs": [
                {name: round(value, 3) for name, value in asdict(run).items()} for run in runs
            ],
        },
        lines=[
            at_most("added, p50 of the worst setting, ms", worst.added_ms_p50, GOAL_MS),
            aside("added, p99 of the worst setting, ms", f"{worst_p99:.3f}"),
            *[_line(run) for run in runs],
        ],
        setting=(f"{sum(run.delegations for run in runs)} delegations", "real time", "no tools"),
    )


async def measure(
    settings: Sequence[tuple[int, int]], size: int, tick: Tick = no_tick
) -> list[Run]:
    """Measure each setting of (tokens a second, delegations at once)."""
    runs = []
    for rate, at_once in settings:
        async with _server(rate) as base_url:
            runs.append(await _measure_one(base_url, rate, at_once, _rounds(size, at_once), tick))
    return runs


async def _measure_one(base_url: str, rate: int, at_once: int, rounds: int, tick: Tick) -> Run:
    import openai

    ours: list[_Heard] = []
    ours_left_s: list[float] = []
    bare_left_s: list[float] = []
    config = OpenAICompatibleConfig(
        provider="openai-compatible",
        model="m",
        base_url=base_url,
        api_key=SecretStr("none"),
        timeout_s=120,
    )
    clock = WallClock()
    queue = _NotingQueue(clock)
    agent = OpenAICompatibleAgent("remote", config, Registry([]), clock)
    worker = Worker(queue, [agent], clock, at_once)
    await worker.start()
    async with (
        openai.AsyncOpenAI(api_key="none", base_url=base_url, max_retries=0) as client,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(worker.run)
        # The first round of each opens connections and loads code; it is not counted.
        for number in range(-1, rounds):
            bare_s = await _ask_bare(client, at_once)
            times = await _times(base_url)
            bare = [taken_s - _server_s(times[key]) for key, taken_s in bare_s.items()]
            heard = await _delegate(queue, at_once)
            times = await _times(base_url)
            left = [h.result_s - h.asked_s - _server_s(times[key]) for key, h in heard.items()]
            if number >= 0:
                bare_left_s += bare
                ours_left_s += left
                ours += heard.values()
                tick()
        tasks.cancel_scope.cancel()
    usual_s = statistics.median(bare_left_s)
    added_ms = sorted(1000 * (left - usual_s) for left in ours_left_s)
    return Run(
        tokens_per_s=rate,
        at_once=at_once,
        delegations=len(ours),
        first_update_ms_p50=_ms([h.update_s - h.asked_s for h in ours]),
        first_speakable_ms_p50=_ms([h.speakable_s - h.asked_s for h in ours]),
        result_ms_p50=_ms([h.result_s - h.asked_s for h in ours]),
        added_ms_p50=statistics.median(added_ms),
        added_ms_p99=added_ms[min(len(added_ms) - 1, int(0.99 * len(added_ms)))],
    )


class _NotingQueue(MemoryQueue):
    """A queue that notes when a session could have taken each update."""

    def __init__(self, clock: WallClock) -> None:
        super().__init__(clock, QueueLimits(per_session=1000, total=1000))
        self.clock = clock
        self.heard: dict[str, _Heard] = {}

    def publish_nowait(self, update: AgentUpdate) -> None:
        super().publish_nowait(update)
        heard, now_s = self.heard[update.delegation_id], time.monotonic()
        heard.update_s = heard.update_s or now_s
        if update.kind in (UpdateKind.COMMENTARY, UpdateKind.RESULT):
            heard.speakable_s = heard.speakable_s or now_s
        if update.kind is UpdateKind.RESULT:
            heard.result_s = now_s
        if update.final:
            if not heard.result_s:
                raise RuntimeError(f"a delegation of the bench failed: {update.text}")
            heard.ended.set()


async def _delegate(queue: _NotingQueue, at_once: int) -> dict[str, _Heard]:
    """Delegate so many requests at the same moment and wait for all answers."""
    queue.heard = {}
    for number in range(at_once):
        delegation_id = f"d{time.monotonic_ns()}"
        queue.heard[delegation_id] = _Heard(time.monotonic())
        queue.submit_nowait(_package(delegation_id, number, queue.clock.now_s()))
    for heard in queue.heard.values():
        await heard.ended.wait()
    queue.close_session("bench")
    return {str(number): heard for number, heard in enumerate(queue.heard.values())}


async def _ask_bare(client: "AsyncOpenAI", at_once: int) -> dict[str, float]:
    """Ask as often and as much, without weft; give the seconds to the last piece, by number."""
    taken_s: dict[str, float] = {}

    async def ask(number: int) -> None:
        began_s = time.monotonic()
        talk = cast("list[ChatCompletionMessageParam]", messages(_package("bare", number)))
        stream = await client.chat.completions.create(model="m", messages=talk, stream=True)
        text = ""
        async for piece in stream:
            for choice in piece.choices:
                text += choice.delta.content or ""
        taken_s[str(number)] = time.monotonic() - began_s

    async with anyio.create_task_group() as tasks:
        for number in range(at_once):
            tasks.start_soon(ask, number)
    return taken_s


@asynccontextmanager
async def _server(tokens_per_s: int) -> AsyncIterator[str]:
    command = [sys.executable, "-m", "weft.bench._token_server", str(tokens_per_s)]
    async with await anyio.open_process(command, stderr=None) as process:
        assert process.stdout is not None
        port = int((await process.stdout.receive()).decode())
        try:
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.kill()


async def _times(base_url: str) -> Times:
    import httpx2

    async with httpx2.AsyncClient() as client:
        answer = await client.get(base_url.removesuffix("/v1") + "/times")
        return cast("Times", answer.json())


def _server_s(times: Sequence[float]) -> float:
    """What the server itself took: from reading the request to sending the last piece."""
    received_s, _, last_s = times
    return last_s - received_s


def _rounds(size: int, at_once: int) -> int:
    return max(1, min(MOST_ROUNDS, round(size / at_once)))


def _package(delegation_id: str, number: int, submitted_s: float = 0.0) -> ContextPackage:
    return ContextPackage(
        delegation_id=delegation_id,
        revision=0,
        session_id="bench",
        cutoff_index=0,
        request=f"Where is the answer to request #{number}?",
        transcript=(),
        open_delegations=(),
        language="en",
        submitted_s=submitted_s,
        deadline_s=120.0,
        spoken_words=200,
    )


def _ms(seconds: Sequence[float]) -> float:
    return 1000 * statistics.median(seconds)


def _line(run: Run) -> Line:
    return aside(
        f"  {run.tokens_per_s} tokens/s, {run.at_once} at once: update, sentence, result; added",
        f"{run.first_update_ms_p50:.0f}, {run.first_speakable_ms_p50:.0f}, "
        f"{run.result_ms_p50:.0f}; {run.added_ms_p50:.2f} (p99 {run.added_ms_p99:.2f})",
    )
