"""arq, both sides: what `weft bench bus` compares with.

Run as a module with the address of a server, it is the worker.
"""

import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import anyio
from arq import ArqRedis, Worker, create_pool
from arq.connections import RedisSettings
from arq.jobs import ResultNotFound

LOOK_EVERY_S = 0.001
"""How often it is asked whether a result is there; arq itself would wait 0.5 s."""


class Client:
    """The side that asks."""

    def __init__(self, url: str) -> None:
        """Connect to nothing yet."""
        self._url = url
        self._pool: ArqRedis | None = None

    async def start(self) -> None:
        """Connect."""
        self._pool = await create_pool(RedisSettings.from_dsn(self._url))

    async def ask(self, body: str) -> Callable[[], Awaitable[float]]:
        """Hand over one task; give what waits for the moment at which it began."""
        assert self._pool is not None
        job = await self._pool.enqueue_job("begin", body)
        assert job is not None

        async def began_s() -> float:
            while True:
                # When a job ends between its two questions, arq takes it for an unknown one.
                with suppress(ResultNotFound):
                    return float(await job.result(poll_delay=LOOK_EVERY_S))

        return began_s

    async def aclose(self) -> None:
        """Close the connections."""
        if self._pool is not None:
            await self._pool.aclose()


async def begin(ctx: dict[Any, Any], *args: Any, **kwargs: Any) -> float:
    """Say when it began; the arguments are those that arq wants to see."""
    return time.monotonic()


async def _work(url: str) -> None:
    worker = Worker([begin], redis_settings=RedisSettings.from_dsn(url), handle_signals=False)
    sys.stdout.write("working\n")
    sys.stdout.flush()
    await worker.async_run()


if __name__ == "__main__":
    anyio.run(_work, sys.argv[1])
