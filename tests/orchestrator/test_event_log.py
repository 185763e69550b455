"""Readers of the event log begin at the beginning, follow, and end with it."""

import anyio
import pytest

from weft.orchestrator.event_log import EventLog
from weft.orchestrator.events import AnyEvent, UserSpoke

pytestmark = pytest.mark.anyio


def event(index: int) -> UserSpoke:
    return UserSpoke(index=index, text="")


async def _read(log: EventLog, into: list[AnyEvent]) -> None:
    async for each in log.follow():
        into.append(each)  # noqa: PERF401  (a cancelled reader keeps what it has read)


async def test_every_reader_gets_everything_in_order() -> None:
    log = EventLog()
    early: list[AnyEvent] = []
    late: list[AnyEvent] = []
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_read, log, early)
        log.add([event(0), event(1)])
        await anyio.wait_all_tasks_blocked()
        tasks.start_soon(_read, log, late)
        log.add([event(2)])
        await anyio.wait_all_tasks_blocked()
        log.close()
    assert early == late == [event(0), event(1), event(2)]


async def test_a_reader_that_lags_goes_on_at_the_oldest_event_kept() -> None:
    log = EventLog(kept=3)
    log.add([event(index) for index in range(10)])
    log.close()
    read: list[AnyEvent] = []
    await _read(log, read)
    assert read == [event(7), event(8), event(9)]
