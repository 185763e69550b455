"""A worker in a process of its own, which a test may stop and kill: `python -m … URL PREFIX`."""

import sys

import anyio

from tests.background_agents.packages import update
from tests.background_agents.queues_opened import options_for
from weft.background_agents.queues.redis_worker import RedisWorkerQueue
from weft.background_agents.types import Claim, UpdateKind
from weft.clock import WallClock

PARTS = 400


async def _work(queue: RedisWorkerQueue) -> None:
    """Claim one package after the other, and say a part of the answer every few milliseconds."""
    while True:
        claim = await queue.claim()
        sys.stdout.write(f"claimed {claim.package.delegation_id} {claim.attempt}\n")
        sys.stdout.flush()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_answer, queue, claim)
            await queue.wait_cancelled(claim)
            tasks.cancel_scope.cancel()
        sys.stdout.write("stopped\n")
        sys.stdout.flush()
        queue.finish_nowait(claim)


async def _answer(queue: RedisWorkerQueue, claim: Claim) -> None:
    for number in range(PARTS):
        queue.publish_nowait(update(claim, number, UpdateKind.COMMENTARY, text="from the process"))
        await anyio.sleep(0.02)


async def _main(url: str, prefix: str) -> None:
    queue = RedisWorkerQueue(options_for(url, prefix=prefix), WallClock())
    async with anyio.create_task_group() as tasks:
        await tasks.start(queue.run)
        await _work(queue)


if __name__ == "__main__":
    anyio.run(_main, sys.argv[1], sys.argv[2])
