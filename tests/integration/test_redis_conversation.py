"""A whole conversation whose queue is a real Redis server, in real time."""

import anyio
import pytest

from tests.background_agents.packages import update
from tests.fakes.whole import heard, talk
from tests.redis_server import RedisServer
from weft.background_agents.queues.places import RedisOptions
from weft.background_agents.queues.redis_worker import RedisWorkerQueue
from weft.background_agents.queues.wire import Offer
from weft.clock import VirtualClock, WallClock
from weft.errors import ConfigError
from weft.orchestrator.channels.simulated import Say, Wait
from weft.tools.tool import ToolContext, tool

pytestmark = [pytest.mark.anyio, pytest.mark.integration]


def on(server: RedisServer) -> dict[str, object]:
    return {"queue": {"kind": "redis", "url": server.url}, "tools": {"use": ["arithmetic"]}}


async def test_an_answer_comes_back_through_the_server(server: RedisServer) -> None:
    events = await talk(on(server), [Say(text="What is 17 times 4?")], clock=WallClock())
    assert "68" in " ".join(heard(events))
    # It is done and taken off; a worker that leaves with nothing pending leaves nothing behind.
    assert server.say("XLEN weft:{q:default}:p1") == b":0\r\n"


async def test_a_request_made_while_the_server_is_away_is_answered_when_it_is_back(
    server: RedisServer,
) -> None:
    server.kill()

    async def come_back() -> None:
        await anyio.sleep(3.0)
        await anyio.to_thread.run_sync(server.start)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(come_back)
        events = await talk(on(server), [Say(text="What is 17 times 4?")], clock=WallClock())
    assert "68" in " ".join(heard(events))


async def test_what_was_done_after_a_yes_is_known_to_the_server(server: RedisServer) -> None:
    keys: list[str] = []

    @tool(examples=("open the gate",), side_effects="write", question="Shall I open the gate?")
    async def open_gate(context: ToolContext) -> str:
        """Open the gate."""
        keys.append(context.idempotency_key)
        return "The gate is open."

    script = [Say(text="Can you open the gate?"), Say(text="Yes please.", after="answered")]
    events = await talk(on(server), script, tools=[open_gate], clock=WallClock())
    assert heard(events) == ["Shall I open the gate?", "The gate is open."]
    [key] = keys
    assert b"The gate is open." in server.say(f"GET weft:fx:{key}")


async def test_whoever_comes_back_is_told_what_was_found_meanwhile(server: RedisServer) -> None:
    queue = {"kind": "redis", "url": server.url, "lease_s": 1, "when_session_gone": "keep"}
    config = {"queue": {**queue, "workers": "elsewhere"}, "session": {"backstop": "off"}}
    options, offer = RedisOptions(url=server.url, lease_s=1.0), Offer(agents=("local",), lanes=1)
    worker = RedisWorkerQueue(options, WallClock(), lambda: offer)
    async with anyio.create_task_group() as tasks:
        await tasks.start(worker.run)
        async with anyio.create_task_group() as first:

            async def ask() -> None:
                await talk(config, [Say(text="Where is it?")], clock=WallClock(), user_id="ann")

            first.start_soon(ask)
            claim = await worker.claim()
            await anyio.sleep(0.5)
            first.cancel_scope.cancel()
        worker.publish_nowait(update(claim, text="It is in the old town.", final=True))
        worker.finish_nowait(claim)
        waits = [Wait(until="answered", patience_s=60.0)]
        events = await talk(config, waits, clock=WallClock(), user_id="ann")
        tasks.cancel_scope.cancel()
    assert heard(events) == ["Coming back to your earlier question. It is in the old town."]


async def test_virtual_time_is_refused_with_what_to_do(server: RedisServer) -> None:
    with pytest.raises(ConfigError, match=r"queue\.kind.*kind: memory"):
        await talk(on(server), [Say(text="What is 17 times 4?")], clock=VirtualClock())
