"""The background without a conversation: a queue, a worker, and an agent of one's own."""

from collections.abc import AsyncIterator

import anyio

from weft import ContextPackage, Finding, UpdateKind, VirtualClock
from weft.background_agents.queues.memory import MemoryQueue
from weft.background_agents.worker import Worker
from weft.clock import Clock, sleep_s


class Librarian:
    """A background agent is anything with a name, `start`, and an `answer` that yields findings."""

    name = "librarian"

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def start(self) -> None:
        """There is nothing to load."""

    async def answer(self, package: ContextPackage) -> AsyncIterator[Finding]:
        """Take a while, say so, and answer."""
        yield Finding(kind=UpdateKind.COMMENTARY, text="I am looking through the shelves.")
        await sleep_s(self._clock, 2.0)
        yield Finding(
            kind=UpdateKind.RESULT,
            text="The library opens at nine.",
            sources=("the notice at the door",),
        )


async def main() -> None:
    clock = VirtualClock()
    queue = MemoryQueue(clock)
    package = ContextPackage(
        delegation_id="d1", session_id="s1", cutoff_index=12, request="When does the library open?"
    )
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(Worker(queue, [Librarian(clock)], clock).run)
        queue.submit_nowait(package)
        for second in range(4):
            await clock.advance_to_s(float(second))
            for update in queue.updates_nowait("s1"):
                print(f"{update.published_s:.0f} s  {update.kind.value:<10}  {update.text}")
        tasks.cancel_scope.cancel()


if __name__ == "__main__":
    anyio.run(main)
