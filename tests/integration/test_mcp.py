"""MCP servers in processes of their own: one of the SDK, one without it, one nobody here wrote."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from importlib.util import find_spec
from pathlib import Path

import anyio
import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from weft.background_agents.offered import offered_tools
from weft.cli import app
from weft.clock import WallClock
from weft.errors import ToolError
from weft.tools.asking import Effects, asking_tool
from weft.tools.config import McpServerConfig
from weft.tools.mcp import McpServer
from weft.tools.registry import Registry
from weft.tools.tool import SideEffects, ToolContext, ToolOutput

pytestmark = [pytest.mark.integration, pytest.mark.anyio, pytest.mark.limit_s(600)]

SERVERS = Path(__file__).parents[1] / "mcp_servers"
PATIENCE_S = 300.0
"""For waiting on other processes, on machines that are busy; nothing is measured with it."""


def loom(how: str, journal: Path) -> tuple[str, ...]:
    return (sys.executable, str(SERVERS / "loom.py"), how, str(journal))


def plain(journal: Path) -> McpServerConfig:
    return McpServerConfig(command=(sys.executable, str(SERVERS / "plain.py"), str(journal)))


@asynccontextmanager
async def connected(config: McpServerConfig, name: str = "loom") -> AsyncIterator[McpServer]:
    """A server that has been tried, for as long as the block lasts."""
    patient = {"connect_limit_s": PATIENCE_S, "time_limit_s": PATIENCE_S}
    server = McpServer(name, config.model_copy(update=patient))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(server.run)
        await server.wait_tried()
        yield server
        tasks.cancel_scope.cancel()


@contextmanager
def listening(port: int, journal: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The SDK's server on a port, ready; killed in the end."""
    process = subprocess.Popen(loom(str(port), journal), stderr=subprocess.DEVNULL)
    try:
        while not _answers(port):
            assert process.poll() is None, "the server could not be started"
            time.sleep(0.1)
        yield process
    finally:
        process.kill()
        process.wait()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(params=["stdio", "http"])
def config(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[McpServerConfig]:
    """The SDK's server in both ways of reaching it."""
    journal = tmp_path / "journal"
    if request.param == "stdio":
        yield McpServerConfig(command=loom("stdio", journal))
    else:
        port = free_port()
        with listening(port, journal):
            yield McpServerConfig(url=f"http://127.0.0.1:{port}/mcp")


async def call(server: McpServer, name: str, **arguments: object) -> list[ToolOutput]:
    tool = Registry([], [server]).get(name)
    context = ToolContext(clock=WallClock(), session_id="s", delegation_id="s.1")
    return [output async for output in tool.run(arguments, context)]


async def until(came: Callable[[], bool]) -> None:
    with anyio.fail_after(PATIENCE_S):
        while not came():  # noqa: ASYNC110  # another process tells nobody
            await anyio.sleep(0.02)


async def test_the_tools_of_a_server_are_called_by_prefixed_names(config: McpServerConfig) -> None:
    async with connected(config) as server:
        names = {each.name for each in server.tools}
        assert {"loom_echo", "loom_tangle", "loom_hang", "loom_burn"} <= names
        (output,) = await call(server, "loom_echo", text="warp and weft")
        assert (output.text, output.detail) == ("warp and weft", "warp and weft")
        with pytest.raises(ToolError, match="the yarn is tangled"):
            await call(server, "loom_tangle")
        with pytest.raises(ToolError, match="arguments: 'text' is a required property"):
            await call(server, "loom_echo")


async def test_progress_is_told_on_the_way(config: McpServerConfig) -> None:
    async with connected(config) as server:
        *progress, result = await call(server, "loom_weave", rows=3)
    assert [(each.text, each.progress) for each in progress] == [("Row 0 is woven.", True)]
    assert (result.text, result.progress) == ("3 rows are woven.", False)


async def test_a_call_that_is_not_wanted_any_more_is_cancelled_at_the_server(
    config: McpServerConfig, tmp_path: Path
) -> None:
    journal = tmp_path / "journal"
    async with connected(config) as server:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(call, server, "loom_hang")
            await until(lambda: "hanging" in journal.read_text())
            tasks.cancel_scope.cancel()
        await until(lambda: "cancelled" in journal.read_text())
        assert await call(server, "loom_echo", text="still here")


async def test_a_list_that_changes_changes_what_agents_are_offered(config: McpServerConfig) -> None:
    async with connected(config) as server:
        registry = Registry([], [server])
        assert offered_tools(registry, ["loom_learnt"]) == {}
        await call(server, "loom_learn")
        await until(lambda: "loom_learnt" in registry.names)
        assert list(offered_tools(registry, ["loom_learnt"])) == ["loom_learnt"]
        (output,) = await call(server, "loom_learnt", text="new")
        assert output.text == "new"


async def test_what_a_server_does_not_call_harmless_is_not_offered(tmp_path: Path) -> None:
    command = loom("stdio", tmp_path / "journal")
    async with connected(McpServerConfig(command=command)) as server:
        offered = offered_tools(Registry([], [server]), None)
        assert "loom_echo" in offered
        assert "loom_burn" not in offered
    trusted = McpServerConfig(command=command, side_effects=SideEffects.WRITE, tools=("burn",))
    async with connected(trusted) as server:
        assert list(offered_tools(Registry([], [server]), None)) == ["loom_burn"]


async def test_a_tool_that_changed_something_stays_so_whatever_its_server_says_later(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    command = loom("stdio", tmp_path / "journal")
    async with connected(McpServerConfig(command=command)) as server:
        registry = Registry([], [server])
        await until(lambda: "loom_tame" in registry.names)
        await call(server, "loom_tame")
        await until(lambda: "loom_tamed" in registry.names)
        assert registry.get("loom_burn").side_effects is SideEffects.IRREVERSIBLE
        assert "loom_burn" not in offered_tools(registry, None)
        assert registry.get("loom_tamed").side_effects is SideEffects.READ
    assert "loom_burn is now called 'read'; it was 'irreversible' before" in caplog.text


async def test_a_server_is_told_which_effect_a_call_is(
    config: McpServerConfig, tmp_path: Path
) -> None:
    async with connected(config) as server:
        burn = asking_tool(Registry([], [server]).get("loom_burn"), Effects())
        context = ToolContext(clock=WallClock(), session_id="s", delegation_id="s.1")
        [question] = [output async for output in burn.run({}, context)]
        assert question.effect is not None
        done = [output.text async for output in burn.carry_out(question.effect, context)]
    assert done == ["It is gone."]
    assert f"burnt as {question.effect.key}" in (tmp_path / "journal").read_text().splitlines()


async def test_a_program_that_dies_is_a_failed_call_and_comes_back(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    async with connected(McpServerConfig(command=loom("stdio", journal))) as server:
        with pytest.raises(ToolError, match=r"loom (could not do that|has ended the connection)"):
            await call(server, "loom_die")
        (output,) = await call(server, "loom_echo", text="back")
        assert output.text == "back"
    assert journal.read_text().split() == ["started", "started"]


async def test_a_secret_that_a_server_tells_goes_no_further(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "weft")
    told = {"LOOM_TOKEN": SecretStr("sesame-opens-it"), "TZ": SecretStr("Europe/Rome")}
    config = McpServerConfig(command=loom("stdio", tmp_path / "journal"), env=told)
    async with connected(config) as server:
        progress, output = await call(server, "loom_gossip")
        assert (progress.text, progress.progress) == ("my token is (hidden) in Europe/Rome.", True)
        assert output.text == output.detail == "my token is (hidden) in Europe/Rome"
        with pytest.raises(ToolError, match=r"my token is \(hidden\)"):
            await call(server, "loom_gossip", fails=True)
        await until(lambda: caplog.text.count("my token is (hidden)") == 2)
        unlock = Registry([], [server]).get("loom_unlock")
    assert unlock.description == "Open with (hidden)."
    assert '"default": "(hidden)"' in json.dumps(unlock.openai_schema())
    assert "sesame" not in caplog.text


async def test_a_key_in_an_address_is_sent_and_never_shown(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    port = free_port()
    address = f"http://127.0.0.1:{port}/mcp?api_key=s3cr3t-Mark"
    with listening(port, tmp_path / "journal"):
        async with connected(McpServerConfig(url=address)) as server:
            (output,) = await call(server, "loom_echo", text="hello")
            assert output.text == "hello"
    assert f'HTTP Request: POST http://127.0.0.1:{port}/mcp?(hidden) "HTTP' in caplog.text
    assert "s3cr3t" not in caplog.text


async def test_an_address_whose_server_is_killed_in_the_middle_of_a_call_is_a_failed_call(
    tmp_path: Path,
) -> None:
    port, journal = free_port(), tmp_path / "journal"
    async with connected_to_port(port, journal) as (server, process):
        async with anyio.create_task_group() as tasks:

            async def kill_it() -> None:
                await until(lambda: "hanging" in journal.read_text())
                process.kill()

            tasks.start_soon(kill_it)
            with pytest.raises(ToolError, match="loom"):
                await call(server, "loom_hang")
        await anyio.to_thread.run_sync(process.wait)
        with listening(port, journal):
            (output,) = await call(server, "loom_echo", text="back")
    assert output.text == "back"


async def test_an_address_that_goes_away_is_a_failed_call_and_comes_back(tmp_path: Path) -> None:
    port, journal = free_port(), tmp_path / "journal"
    async with connected_to_port(port, journal) as (server, process):
        process.kill()
        await anyio.to_thread.run_sync(process.wait)
        with pytest.raises(ToolError, match="loom"):
            await call(server, "loom_echo", text="anybody?")
        with listening(port, journal):
            (output,) = await call(server, "loom_echo", text="back")
    assert output.text == "back"


@asynccontextmanager
async def connected_to_port(
    port: int, journal: Path
) -> AsyncIterator[tuple[McpServer, subprocess.Popen[bytes]]]:
    with listening(port, journal) as process:
        async with connected(McpServerConfig(url=f"http://127.0.0.1:{port}/mcp")) as server:
            yield server, process


async def test_a_server_that_cannot_be_started_fails_each_call_with_the_reason() -> None:
    config = McpServerConfig(command=(sys.executable, "-c", "raise SystemExit('no yarn')"))
    async with connected(config) as server:
        assert server.tools == ()
    async with connected(McpServerConfig(command=("weft-is-no-such-program",))) as server:
        assert server.tools == ()


async def test_a_sloppy_server_of_2025_is_used_as_far_as_it_can_be(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    async with connected(plain(journal), "plain") as server:
        assert [each.name for each in server.tools] == [
            "plain_add_one", "plain_wait", "plain_lie", "plain_empty",
        ]  # fmt: skip
        with pytest.raises(ToolError, match="plain could not do that"):
            await call(server, "plain_lie")
        assert [each.text for each in await call(server, "plain_empty")] == ["It is done."]
        (output,) = await call(server, "plain_add_one")
        assert output.text == "add one is done"
        await until(lambda: len(server.tools) == 5)
        (output,) = await call(server, "plain_added")
        assert output.text == "added is done\ntwice"
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(call, server, "plain_wait")
            await until(lambda: journal.exists() and "waiting" in journal.read_text())
            tasks.cancel_scope.cancel()
        await until(lambda: "cancelled" in journal.read_text())


async def test_names_that_a_server_does_not_have_are_told_once_with_what_was_meant(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    config = plain(tmp_path / "journal").model_copy(update={"tools": ("add one", "wiat")})
    async with connected(config, "plain") as server:
        assert [each.name for each in server.tools] == ["plain_add_one"]
        # The server has another list from here on, and still no such tool.
        await call(server, "plain_add_one")
        await call(server, "plain_add_one")
    said = [record.getMessage() for record in caplog.records if "has no tool" in record.msg]
    assert said == [
        "MCP server plain has no tool 'wiat', which `tools.mcp.plain.tools` names; "
        "did you mean `wait`? known: add one, wait, lie, empty, huge"
    ]


@pytest.mark.skipif(find_spec("mcp_server_time") is None, reason="mcp-server-time is not installed")
def test_a_server_that_nobody_here_wrote_answers_on_the_command_line(tmp_path: Path) -> None:
    command = json.dumps([sys.executable, "-m", "mcp_server_time"])
    file = tmp_path / "agent.yaml"
    file.write_text(
        "background: {agents: {a: {provider: local, tools: [clock_convert_time]}}}\n"
        f"tools: {{use: [], mcp: {{clock: {{command: {command}, "
        "time_limit_s: 300, connect_limit_s: 300}}}\n"
    )
    runner = CliRunner()
    assert runner.invoke(app, ["check", str(file)]).stdout == f"{file}: fine\n"
    listed = runner.invoke(app, ["tools", "--config", str(file)])
    assert "clock_get_current_time  MCP server clock" in listed.stdout, listed.stderr
    asked = {"source_timezone": "Europe/Rome", "time": "12:00", "target_timezone": "Asia/Tokyo"}
    arguments = ["tools", "call", "clock_convert_time", json.dumps(asked), "--config", str(file)]
    called = runner.invoke(app, [*arguments, "--json"])
    assert called.exit_code == 0, called.stderr
    assert "Asia/Tokyo" in json.loads(called.stdout)["outputs"][0]["text"]
    wrong = json.dumps(asked | {"target_timezone": "Middle/Earth"})
    refused = runner.invoke(app, ["tools", "call", "clock_convert_time", wrong, *arguments[-2:]])
    assert refused.exit_code == 2
    assert "Middle/Earth" in refused.stderr
