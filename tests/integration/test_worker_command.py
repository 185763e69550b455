"""Workers in processes of their own: real server, real processes, real signals."""

import re
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import anyio
import anyio.to_thread
import pytest
import yaml

from tests.background_agents.packages import package
from tests.background_agents.queues_opened import (
    SECRET,
    ask,
    comes_to_nothing,
    eventually,
    gateway,
    options_for,
    worker,
)
from tests.fakes.whole import heard, talk
from tests.redis_server import RedisServer
from tests.worker_command import worker_command, worker_config
from weft.background_agents.queues.places import Keys, RedisOptions
from weft.background_agents.queues.redis_gateway import RedisGateway
from weft.background_agents.queues.redis_inspection import PoolInspection
from weft.background_agents.queues.signing import Signing
from weft.background_agents.types import AgentUpdate, Claim, ContextPackage
from weft.bench._endpoint import Reply, serving, text_chunks
from weft.clock import WallClock
from weft.orchestrator.channels.simulated import Say
from weft.tools.effect import Effect

pytestmark = [pytest.mark.anyio, pytest.mark.integration, pytest.mark.limit_s(200)]

PARIS = Reply(chunks=text_chunks("The capital ", "is Paris."))
NEVER_ENDS = Reply(chunks=text_chunks("Let me ", "think. "), stall=True)
LONG_LEASE_S = 600.0
"""Nothing is taken over because a lease has ended."""


@pytest.fixture
def options(server: RedisServer) -> RedisOptions:
    return options_for(server.url, lease_s=LONG_LEASE_S)


async def updates_until_final(session: RedisGateway) -> list[AgentUpdate]:
    got: list[AgentUpdate] = []
    with anyio.fail_after(60):
        while not any(update.final for update in got):
            got += session.updates_nowait("s")
            await anyio.sleep(0.01)
    return got


async def claimed_by_another(options: RedisOptions) -> Claim:
    async with worker(options) as other:
        with anyio.fail_after(60):
            return await other.claim()


def patient(session_id: str = "s") -> ContextPackage:
    """Make a package that does not expire while processes start on a busy machine."""
    asked = package(delegation_id=f"{session_id}.1", session_id=session_id)
    return asked.model_copy(update={"deadline_s": LONG_LEASE_S})


async def test_a_worker_in_another_process_answers_a_conversation(
    options: RedisOptions, tmp_path: Path
) -> None:
    async with serving(PARIS) as endpoint:
        config = worker_config(options, endpoint.base_url)
        async with worker_command(config, tmp_path):
            asking = [Say(text="What is the capital of France?")]
            events = await talk(config, asking, clock=WallClock())
    assert "Paris" in " ".join(heard(events))


async def test_it_is_not_ready_before_its_server_has_answered(
    server: RedisServer, options: RedisOptions, tmp_path: Path
) -> None:
    server.kill()
    config = worker_config(options, "http://127.0.0.1:9/v1")
    async with worker_command(config, tmp_path, said_first="no server answers there") as command:
        # Longer than it takes from here to where it would say so.
        await anyio.sleep(3.0)
        assert "is ready" not in command.said
        server.start()
        await command.has_said("is ready")
        assert server.say(f"HLEN {Keys(options.prefix, options.pool).workers}") == b":1\r\n"


async def test_after_sigterm_it_takes_no_more_and_finishes_what_it_has(
    options: RedisOptions, tmp_path: Path
) -> None:
    slow = Reply(chunks=PARIS.chunks, pause_s=2.0)
    async with (
        serving(slow) as endpoint,
        worker_command(worker_config(options, endpoint.base_url), tmp_path) as command,
        gateway(options) as session,
    ):
        session.submit_nowait(patient())
        await eventually(lambda: bool(endpoint.requests))
        command.process.send_signal(signal.SIGTERM)
        await command.has_said("taking nothing more; 1 under way")
        session.submit_nowait(patient("late"))
        got = await updates_until_final(session)
        assert "is Paris." in " ".join(update.text for update in got)
        assert await command.process.wait() == 0
        claim = await claimed_by_another(options)
    assert (claim.package.delegation_id, claim.attempt) == ("late.1", 1)


async def test_what_is_not_finished_in_time_is_free_for_others_at_once(
    options: RedisOptions, tmp_path: Path
) -> None:
    async with (
        serving(NEVER_ENDS) as endpoint,
        worker_command(worker_config(options, endpoint.base_url, drain_s=0.2), tmp_path) as command,
        gateway(options) as session,
    ):
        session.submit_nowait(patient())
        await eventually(lambda: bool(endpoint.requests))
        command.process.send_signal(signal.SIGTERM)
        await command.has_said("handing back 1")
        assert await command.process.wait() == 0
        claim = await claimed_by_another(options)
    assert claim.attempt == 2


async def test_a_second_signal_ends_it_and_still_hands_back(
    options: RedisOptions, tmp_path: Path
) -> None:
    async with (
        serving(NEVER_ENDS) as endpoint,
        worker_command(worker_config(options, endpoint.base_url), tmp_path) as command,
        gateway(options) as session,
    ):
        session.submit_nowait(patient())
        await eventually(lambda: bool(endpoint.requests))
        command.process.send_signal(signal.SIGTERM)
        await command.has_said("taking nothing more")
        command.process.send_signal(signal.SIGINT)
        assert await command.process.wait() == 1
        claim = await claimed_by_another(options)
    assert claim.attempt == 2


async def test_a_tool_that_hangs_in_a_thread_does_not_keep_it_from_ending(
    options: RedisOptions, tmp_path: Path
) -> None:
    effect = Effect(key="k", tool="hang", arguments="{}", irreversible=True)
    tools = {"use": ["tests.hanging_tool:hang"]}
    async with serving(PARIS) as endpoint, gateway(options) as session:
        config = worker_config(options, endpoint.base_url, drain_s=0.2, tools=tools)
        async with worker_command(config, tmp_path) as command:
            session.submit_nowait(patient().model_copy(update={"approved": effect}))
            inspection = PoolInspection(options, WallClock())
            with anyio.fail_after(60):
                while not (await inspection.status()).running:  # noqa: ASYNC110 (it is on a server)
                    await anyio.sleep(0.05)
            command.process.send_signal(signal.SIGTERM)
            await command.has_said("handing back 1")
            with anyio.fail_after(60):
                assert await command.process.wait() == 0
        # Handed back before the end: nobody waits for the lease.
        claim = await claimed_by_another(options)
        await inspection.aclose()
    assert claim.attempt == 2


async def test_the_work_of_a_killed_process_is_done_by_another_after_the_lease(
    options: RedisOptions, tmp_path: Path
) -> None:
    short = replace(options, lease_s=2.0)
    async with serving(NEVER_ENDS) as endpoint, gateway(short) as session:
        config = worker_config(short, endpoint.base_url)
        async with worker_command(config, tmp_path) as command:
            session.submit_nowait(patient())
            await eventually(lambda: bool(endpoint.requests))
            command.process.kill()
            await command.process.wait()
        claim = await claimed_by_another(short)
    assert claim.attempt == 2


async def test_it_tells_of_itself_over_http_and_in_the_trace_of_the_conversation(
    options: RedisOptions, tmp_path: Path
) -> None:
    trace_id = "0af7651916cd43dd8448eb211c80319c"
    traced = patient().model_copy(update={"traceparent": f"00-{trace_id}-b7ad6b7169203331-01"})
    options = replace(options, signing=Signing((SECRET,)))
    async with serving(PARIS) as endpoint, gateway(options) as session:
        config = worker_config(options, endpoint.base_url, telemetry={"traces": "otel"})
        config["worker"] = {"http": "127.0.0.1:0"}
        exporters = {"OTEL_TRACES_EXPORTER": "console", "OTEL_METRICS_EXPORTER": "none"}
        async with worker_command(config, tmp_path, "--pool", "heavy", **exporters) as command:
            [address] = re.findall(r"http://[\d.:]+", command.said)
            session.submit_nowait(traced)
            # The conversation is of another pool.
            assert await comes_to_nothing(lambda: updates_until_final(session))
            heavy = replace(options, pool="heavy")
            async with gateway(heavy) as other:
                other.submit_nowait(traced)
                await updates_until_final(other)
            foreign = ("h", "{}", "d", "{}")
            await ask(heavy, "XADD", Keys(heavy.prefix, "heavy").packages(1), "*", *foreign)
            metrics = await metrics_with(address, "weft_worker_refused_total")
            of_foreign = 'kind="package",pool="heavy",reason="unsigned"'
            assert f"weft_worker_refused_total{{{of_foreign}}} 1.0" in metrics
            assert 'weft_worker_packages_begun_total{again="no",pool="heavy"} 1.0' in metrics
            assert (await page(f"{address}/health"))[0] == 200
            command.process.send_signal(signal.SIGTERM)
            assert await command.process.wait() == 0
    assert "queue wait" in command.printed
    assert "invoke_agent remote" in command.printed
    assert f"0x{trace_id}" in command.printed
    assert "queue.signing_keys" in command.said


async def metrics_with(address: str, name: str) -> str:
    """Give the metrics once there is something by a name in them."""
    with anyio.fail_after(60):
        while f"\n{name}{{" not in (text := (await page(f"{address}/metrics"))[1]):  # noqa: ASYNC110
            await anyio.sleep(0.05)
    return text


async def page(address: str) -> tuple[int, str]:
    def get() -> tuple[int, str]:
        try:
            with urlopen(address, timeout=20) as reply:
                return reply.status, reply.read().decode()
        except HTTPError as error:
            with error:
                return error.code, error.read().decode()

    return await anyio.to_thread.run_sync(get)


_TELLS_WHAT_IT_HAS_LOADED = """
import atexit, sys
from weft import cli
heavy = {"torch", "sentence_transformers", "weft.interaction_model.model_stream"}
atexit.register(lambda: print(sorted(heavy & set(sys.modules))))
sys.argv = ["weft", "worker", sys.argv[1]]
cli.main()
"""


async def test_a_worker_of_remote_agents_never_loads_torch(
    options: RedisOptions, tmp_path: Path
) -> None:
    async with serving(PARIS) as endpoint:
        file = tmp_path / "worker.yaml"
        file.write_text(yaml.safe_dump(worker_config(options, endpoint.base_url)))
        command = [sys.executable, "-c", _TELLS_WHAT_IT_HAS_LOADED, str(file)]
        async with await anyio.open_process(command, stderr=subprocess.STDOUT) as process:
            printed = ""
            assert process.stdout is not None
            async for piece in process.stdout:
                printed += piece.decode()
                if "is ready" in printed and "taking" not in printed:
                    process.send_signal(signal.SIGTERM)
    assert printed.splitlines()[-1] == "[]", printed
