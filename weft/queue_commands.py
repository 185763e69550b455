"""`weft queue`: what waits on the server, who works on it, and what was set aside."""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from enum import StrEnum
from pathlib import Path

import anyio
import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from weft.background_agents.queues.places import RedisOptions
from weft.background_agents.queues.redis_inspection import (
    DeadLetter,
    OpenPackage,
    PoolInspection,
    PoolStatus,
)
from weft.background_agents.queues.redis_link import LinkDown
from weft.clock import WallClock, sleep_s
from weft.config import read_draft
from weft.errors import ConfigError, InputError, Mistake

LOOK_EVERY_S = 0.5
_PRIORITIES = ("approved", "asked", "reminders")


class Action(StrEnum):
    """What is to be seen or done."""

    STATUS = "status"
    PENDING = "pending"
    DEAD = "dead"
    RETRY = "retry"
    DROP = "drop"


def main(
    config_path: Path,
    action: Action,
    entry_ids: Sequence[str],
    *,
    pool: str | None,
    everything: bool,
    live: bool,
    as_json: bool,
) -> int:
    """Look at a pool or change it, and print the outcome; give the exit code."""
    changes = action in (Action.RETRY, Action.DROP)
    if changes and bool(entry_ids) == everything:
        raise InputError(f"`weft queue {action}` wants the ids of dead letters, or --all")
    if not changes and (entry_ids or everything):
        raise InputError(f"`weft queue {action}` takes no ids, and no --all")
    if live and (action is not Action.STATUS or as_json):
        raise InputError("--live is for `weft queue CONFIG status`, without --json")
    options = _options(config_path, pool)
    anyio.run(_run, options, action, tuple(entry_ids), everything, live, as_json)
    return 0


def _options(config_path: Path, pool: str | None) -> RedisOptions:
    """Read where the queue is; mistakes in other sections do not matter here."""
    draft = read_draft(config_path)
    mine = any(mistake.path.partition(".")[0] in ("", "queue") for mistake in draft.mistakes)
    config = draft.finished() if mine or draft.config is None else draft.config
    options = config.queue.redis
    if options is None:
        message = "a queue in memory is seen by nobody else; write kind: redis, and its url"
        raise ConfigError(config_path, [Mistake("queue.kind", None, message)])
    return replace(options, pool=pool or options.pool)


async def _run(
    options: RedisOptions,
    action: Action,
    entry_ids: Sequence[str],
    everything: bool,
    live: bool,
    as_json: bool,
) -> None:
    console = Console(highlight=False)
    inspection = PoolInspection(options, WallClock())
    try:
        if live:
            await follow(inspection, console)
            return
        if everything:
            entry_ids = [letter.entry_id for letter in await inspection.dead()]
        found, shown = await _done(inspection, action, entry_ids)
    finally:
        await inspection.aclose()
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
    else:
        console.print(shown)


async def _done(
    inspection: PoolInspection, action: Action, entry_ids: Sequence[str]
) -> tuple[object, RenderableType]:
    """Do it; give what came of it as JSON, and as a person sees it."""
    match action:
        case Action.STATUS:
            status = await inspection.status()
            return asdict(status), _status(status)
        case Action.PENDING:
            pending = await inspection.pending()
            return {"pending": [asdict(each) for each in pending]}, _pending(pending)
        case Action.DEAD:
            dead = await inspection.dead()
            return {"dead": [asdict(each) for each in dead]}, _dead(dead)
        case Action.RETRY:
            count = await inspection.retry(entry_ids)
            return {"retried": count}, f"{count} on the queue again"
        case Action.DROP:
            count = await inspection.drop(entry_ids)
            return {"dropped": count}, f"{count} thrown away"


async def follow(inspection: PoolInspection, console: Console) -> None:
    """Draw the status again and again, until Ctrl-C; raises LinkDown if the first look fails."""
    clock = WallClock()
    seen = _status(await inspection.status())
    with Live(console=console, auto_refresh=False) as drawing:
        while True:
            drawing.update(seen, refresh=True)
            await sleep_s(clock, LOOK_EVERY_S)
            seen = await _next_look(inspection)


async def _next_look(inspection: PoolInspection) -> RenderableType:
    """Give what is to be drawn; whoever looks wants to see when a server is back."""
    try:
        return _status(await inspection.status())
    except LinkDown as down:
        return Text(f"{down}; trying again", style="red")


def _status(status: PoolStatus) -> RenderableType:
    waiting = ", ".join(
        f"[bold]{count}[/] {name}" for name, count in zip(_PRIORITIES, status.waiting, strict=True)
    )
    dead = f"[red bold]{status.dead}[/]" if status.dead else "[bold]0[/]"
    counts = Text.from_markup(
        f"{status.pool}: {waiting} waiting; [bold]{status.running}[/] worked on; {dead} dead"
    )
    if not status.workers:
        return Group(counts, Text("no worker is there: start `weft worker CONFIG`", style="yellow"))
    unmet = [Text(f"no worker there has {each}, and some of it waits") for each in status.unmet]
    table = _table("worker", "busy", "up", "state", "agents", "tools")
    for worker in status.workers:
        state = "draining" if worker.draining else "working"
        _add(
            table,
            worker.name,
            f"{worker.held}/{worker.lanes}",
            _age(worker.up_s),
            "silent" if worker.silent else state,
            ", ".join(worker.agents),
            ", ".join(worker.tools),
        )
    return Group(counts, *unmet, table)


def _pending(packages: Sequence[OpenPackage]) -> RenderableType:
    if not packages:
        return "nothing waits, and nothing is worked on"
    table = _table("id", "what", "delegation", "age", "tried", "worker")
    for each in packages:
        _add(
            table,
            each.entry_id,
            _PRIORITIES[each.priority],
            each.delegation_id or "(unreadable)",
            _age(each.age_s),
            str(each.deliveries),
            each.worker or "waits",
        )
    return table


def _dead(letters: Sequence[DeadLetter]) -> RenderableType:
    if not letters:
        return "nothing was set aside"
    table = _table("id", "delegation", "age", "why", "worker")
    for each in letters:
        name = each.delegation_id or "(unreadable)"
        _add(table, each.entry_id, name, _age(each.age_s), each.why, each.worker)
    return table


def _table(*columns: str) -> Table:
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for name in columns:
        # What is typed again must not be cut.
        table.add_column(name, no_wrap=name == "id", overflow="fold")
    return table


def _add(table: Table, *cells: str) -> None:
    """Add a row of plain text: what comes from a server is no markup."""
    table.add_row(*map(Text, cells))


def _age(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7_200 else f"{seconds / 3_600:.0f} h"
