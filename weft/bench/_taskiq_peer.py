"""taskiq with its Redis brokers, both sides: what `weft bench bus` compares with.

Run as a module with the address of a server and the name of a broker, it is the worker.
"""

import sys
import time
from collections.abc import Awaitable, Callable

import anyio
from taskiq import AsyncBroker
from taskiq.api import run_receiver_task
from taskiq_redis import ListQueueBroker, RedisAsyncResultBackend, RedisStreamBroker

LOOK_EVERY_S = 0.001
"""How often it is asked whether a result is there; taskiq itself would wait 0.2 s."""
BROKERS = ("list", "stream")
"""The faster one, which loses what a worker had when it died; and the one that does not."""


class Client:
    """The side that asks."""

    def __init__(self, url: str, name: str) -> None:
        """Connect to nothing yet."""
        self._broker = broker(url, name)
        self._begin = self._broker.register_task(_begin, task_name="begin")

    async def start(self) -> None:
        """Make the groups that are needed."""
        await self._broker.startup()

    async def ask(self, body: str) -> Callable[[], Awaitable[float]]:
        """Hand over one task; give what waits for the moment at which it began."""
        task = await self._begin.kiq(body)

        async def began_s() -> float:
            return (await task.wait_result(check_interval=LOOK_EVERY_S)).return_value

        return began_s

    async def aclose(self) -> None:
        """Close the connections."""
        await self._broker.shutdown()


def broker(url: str, name: str) -> AsyncBroker:
    """Make one of the brokers, without a time limit of reads: with it, redis-py breaks waiting."""
    results: RedisAsyncResultBackend[float] = RedisAsyncResultBackend(url, keep_results=False)
    if name == "list":
        return ListQueueBroker(url, socket_timeout=None).with_result_backend(results)
    made = RedisStreamBroker(url, consumer_id="0", socket_timeout=None)
    return made.with_result_backend(results)


async def _begin(body: str) -> float:
    return time.monotonic()


async def _work(url: str, name: str) -> None:
    working = broker(url, name)
    working.register_task(_begin, task_name="begin")
    sys.stdout.write("working\n")
    sys.stdout.flush()
    await run_receiver_task(working, run_startup=True)


if __name__ == "__main__":
    anyio.run(_work, sys.argv[1], sys.argv[2])
