"""A worker that carries out effects, in a process of its own: `python -m … URL PREFIX FILE WHEN`.

It hangs after it has sent a letter (WHEN is `sent`), after that has been written down (`ended`), or
never. The file is where the letters go: what is in it has happened, whoever dies.
"""

import sys
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from pathlib import Path

import anyio

from tests.background_agents.queues_opened import options_for
from weft.background_agents.carrying_out import CarryingOutAgent
from weft.background_agents.queues.redis_ledger import RedisLedger
from weft.background_agents.queues.redis_worker import RedisWorkerQueue
from weft.background_agents.types import ContextPackage, Finding, UpdateKind
from weft.background_agents.worker import Worker
from weft.clock import WallClock
from weft.tools.asking import Effects, asking_tool
from weft.tools.ledger import Ledger
from weft.tools.registry import Registry
from weft.tools.tool import SideEffects, Tool, tool


class Bystander:
    """An agent that is there because a worker needs one; what was approved is not for it."""

    name = "bystander"

    async def start(self) -> None:
        """There is nothing to load."""

    async def answer(self, package: ContextPackage) -> AsyncIterator[Finding]:
        yield Finding(kind=UpdateKind.RESULT, text="Somebody else has answered.")


class HangsBeforeItSpeaks(CarryingOutAgent):
    """Does it, and says nothing of it for as long as it lives."""

    async def answer(self, package: ContextPackage) -> AsyncGenerator[Finding, None]:
        async with aclosing(super().answer(package)) as findings:
            async for _ in findings:
                pass
        sys.stdout.write("ended\n")
        sys.stdout.flush()
        await anyio.sleep_forever()
        yield Finding(kind=UpdateKind.THINKING)


def sending(file: Path, ledger: Ledger, *, hangs: bool) -> Tool:
    """Make a tool that sends letters, as agents see it."""

    @tool(side_effects=SideEffects.WRITE, time_limit_s=60)
    async def send(to: str) -> str:
        """Send a letter."""
        with file.open("a") as letters:
            letters.write(f"{to}\n")
        if hangs:
            sys.stdout.write("sent\n")
            sys.stdout.flush()
            await anyio.sleep_forever()
        return "It is on its way."

    return asking_tool(send, Effects(ledger))


async def _main(*given: str) -> None:
    url, prefix, file, when = given
    options = options_for(url, prefix=prefix)
    clock = WallClock()
    queue, ledger = RedisWorkerQueue(options, clock), RedisLedger(options, clock)
    registry = Registry([sending(Path(file), ledger, hangs=when == "sent")])
    kind = HangsBeforeItSpeaks if when == "ended" else CarryingOutAgent
    worker = Worker(queue, [Bystander()], clock, 2, [kind(registry, clock)])
    async with anyio.create_task_group() as tasks:
        await tasks.start(queue.run)
        await tasks.start(ledger.run)
        await worker.run()


if __name__ == "__main__":
    anyio.run(_main, *sys.argv[1:])
