"""`weft demo`: a scripted user talks with the real model and its agents, drawn as it happens.

Only the user's side is written down here. What the model says, when it hands over, what the agents
find and when it is woven in is decided by the same parts that `weft talk` runs.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path

import anyio
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from weft import command_log, wiring
from weft.clock import Clock, VirtualClock, WallClock, sleep_s
from weft.config import shipped_config
from weft.errors import ToolError
from weft.files import check_files
from weft.interaction_model.types import SLOT_S, MicroTurnInput, MicroTurnOutput
from weft.orchestrator.audit import Audit, audit
from weft.orchestrator.audited import AuditedResult
from weft.orchestrator.channels.observed import Observe, ObservedChannel
from weft.orchestrator.channels.simulated import BargeIn, Say, SimulatedUser, Step, Wait
from weft.orchestrator.events import AnyEvent
from weft.orchestrator.live import LiveTimeline
from weft.tools.tool import ToolContext, tool

SCRIPT: tuple[Step, ...] = (
    Say(text="Hi there!", after=0.4),
    Say(text="What is fifteen percent of eighty?"),
    Say(
        text="I must say the walk along the river this morning was lovely.",
        after="handed_over",
        keep_on=("And I had a coffee by the water.", "And then the boats came in."),
        patience_s=4.0,
    ),
    Wait(until="answered"),
    Say(text="How do bees make honey?"),
    BargeIn(text="Wait, hold on a second.", after_words=5),
    Wait(until="answered"),
    Say(text="What time is it in Tokyo?"),
    Say(text="Sorry, I meant in Lisbon.", after=0.6),
    Wait(until="answered"),
    Say(text="What's the weather like in Bergen?"),
    Wait(until="answered"),
    Say(text="Every four seconds say breathe."),
    Wait(until="answered", times=3, patience_s=16.0),
    Say(text="Okay, you can stop that now.", after=0.6),
    Say(text="Thank you, that was lovely."),
)
"""What the simulated user says, and what it waits for before."""

_FATE_WIDTH = 18
_PLACE = re.compile(r"\b(?:in|at|for|near|around) ([\w' -]+)", re.IGNORECASE)
_SERVICE_TIMEOUT_S = 1.5


def _read_place(request: str) -> dict[str, object] | None:
    """Read the place out of a spoken request."""
    places = _PLACE.findall(request)
    return {"place": places[-1].strip()} if places else None


@tool(
    examples=(
        "what's the weather like in Paris",
        "will it rain in Oslo today",
        "is it cold in Montreal right now",
    ),
    read_arguments=_read_place,
)
async def weather(place: str, context: ToolContext) -> str:
    """Look up the weather of a place; in this demo its service is down.

    Args:
        place: A town or region.
    """
    await sleep_s(context.clock, _SERVICE_TIMEOUT_S)
    raise ToolError(f"The weather service did not answer when asked about {place}.")


def main(config_path: Path | None, *, fast: bool, as_json: bool, record: Path | None) -> int:
    """Hold the demo conversation and report on it; 1 when a result was lost, else 0."""
    config_path = config_path or shipped_config("demo")
    check_files({"--config": config_path}, {"--record": record})
    config = wiring.checked_config(config_path, (weather,))
    command_log.set_level(config.log.level)
    console = Console(highlight=False)
    clock: Clock = VirtualClock() if fast else WallClock()
    user = SimulatedUser(SCRIPT, clock)

    def build(observe: Observe) -> wiring.Conversation:
        channel = ObservedChannel(user, observe)
        return wiring.build(config, clock=clock, channel=channel, tools=(weather,), record=record)

    events: list[AnyEvent] = []
    heard: list[MicroTurnInput] = []
    with LiveTimeline(console, quiet=as_json, redraw=not fast) as live:
        anyio.run(hold, build, user.saw, live, events, heard)
    verdict = audit(
        events,
        heard=heard,
        backchannel_slots=user.backchannel_slots,
        asides=(config.session.floor_request,),
    )
    if as_json:
        console.out(json.dumps(summary(verdict)))
    else:
        report(verdict, console)
    return 1 if verdict.lost else 0


async def hold(
    build: Callable[[Observe], wiring.Conversation],
    saw: Callable[[AnyEvent], None],
    live: LiveTimeline,
    events: list[AnyEvent],
    heard: list[MicroTurnInput],
) -> None:
    """Run one conversation to its end, and meanwhile append all its events and what was heard.

    The conversation that is built shows its slots to the observer it is given; `saw` is the user's.
    """

    def observe(heard_now: MicroTurnInput, said: MicroTurnOutput) -> None:
        heard.append(heard_now)
        live.slot(heard_now, said)

    conversation = build(observe)

    async def follow() -> None:
        async for event in conversation.session.events():
            events.append(event)
            saw(event)
            live.event(event)

    with wiring.single_errors():
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(follow)
            await conversation.run()


def summary(verdict: Audit) -> dict[str, int]:
    """Give the eight numbers of `--json`; weft.orchestrator.audit defines them."""
    return {
        "delegations": verdict.delegations,
        "results": verdict.results,
        "heard": verdict.heard,
        "lost": verdict.lost,
        "said_twice": verdict.said_twice,
        "talked_over_user": verdict.talked_over_user,
        "stale_said": verdict.stale_said,
        "missed_slots": verdict.missed_slots,
    }


def report(verdict: Audit, console: Console) -> None:
    """Print what was delegated, when it came back, when it was said, and the totals."""
    table = Table(
        title="What was handed over",
        title_justify="left",
        title_style="bold",
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
    )
    table.add_column("#", justify="right", no_wrap=True)
    table.add_column("request", ratio=1)
    for name in ("asked", "back", "said", "heard", "work", "wait"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("fate", max_width=_FATE_WIDTH)
    rows = [(result.delegated_index or 0, _row(result)) for result in verdict.fates]
    for asked, fate in verdict.unanswered:
        blank = ("–",) * 5
        rows.append(
            (
                asked.index,
                (_number(asked.delegation_id), asked.request, _seconds(asked.index), *blank, fate),
            )
        )
    for _, row in sorted(rows, key=lambda row: row[0]):
        table.add_row(*row)
    console.print(table)
    console.print(
        Text(
            "Seconds of the conversation. work: from handed over to back; "
            "wait: from back to its first word.",
            style="dim",
        )
    )
    waits = sorted(verdict.latencies_slots)
    if waits:
        console.print(
            "From ready, with the floor free, to the first word: median "
            f"[bold]{waits[len(waits) // 2]}[/], longest [bold]{waits[-1]}[/] micro-turns of 0.2 s"
        )
    numbers = summary(verdict).items()
    console.print(" · ".join(f"{name.replace('_', ' ')} [bold]{n}[/]" for name, n in numbers))


def _row(result: AuditedResult) -> tuple[str, ...]:
    """Write one result as a row of the table."""
    fate = f"{result.fate}: {result.reason}" if result.reason else result.fate
    if result.kind == "failure":
        fate += " (a failure)"
    return (
        _number(result.delegation_id),
        result.request,
        _seconds(result.delegated_index),
        _seconds(result.ready_index),
        _seconds(result.said_index),
        _seconds(result.heard_index),
        _seconds(result.ready_index, since=result.delegated_index),
        _seconds(result.said_index, since=result.ready_index),
        fate,
    )


def _number(delegation_id: str) -> str:
    """Give the part of an id that tells the delegations of one session apart."""
    return delegation_id.rpartition(".")[2]


def _seconds(index: int | None, since: int | None = 0) -> str:
    """Write a moment, or the time between two, in seconds; a dash for what never was."""
    if index is None or since is None:
        return "–"
    return f"{(index - since) * SLOT_S:.1f}"
