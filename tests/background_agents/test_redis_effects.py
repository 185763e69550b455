"""Effects on Redis when things go wrong: nothing is done twice, and nobody pretends."""

import json
import re
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import anyio
import pytest
from anyio.abc import Process
from anyio.streams.text import TextReceiveStream

from tests.background_agents.ledgers_opened import redis_ledger
from tests.background_agents.packages import package
from tests.background_agents.queues_opened import gateway, options_for
from tests.redis_server import RedisServer, as_user, running
from weft.background_agents.queues.places import Keys, RedisOptions
from weft.background_agents.queues.redis_ledger import PATIENCE_S
from weft.background_agents.queues.redis_link import Link, Reply
from weft.background_agents.queues.wire import NOTES_KEPT_S
from weft.background_agents.types import AgentUpdate, UpdateKind
from weft.bench._tcp_proxy import Proxy
from weft.clock import VirtualClock, WallClock
from weft.errors import ToolError
from weft.tools.asking import Effects, asking_tool
from weft.tools.effect import Effect, effect_key
from weft.tools.ledger import Begun, Ledger
from weft.tools.tool import Approval, SideEffects, ToolContext, ToolOutput, tool

pytestmark = [pytest.mark.anyio, pytest.mark.integration]

LETTER = Effect(
    key=effect_key("send", delegation_id="s.1", revision=0, ordinal=1),
    tool="send",
    arguments=json.dumps({"to": "Ann"}),
    irreversible=False,
)
SENT = (ToolOutput("It is on its way."),)
UNKNOWN = "effects: That was begun before, and I do not know whether it was done."


@pytest.fixture(params=["", " with rights"], ids=["free", "with rights"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RedisServer]:
    with running(tmp_path, request.param) as started:
        yield started


@asynccontextmanager
async def process(
    options: RedisOptions, letters: Path, when: str
) -> AsyncIterator[tuple[Process, TextReceiveStream]]:
    """Run a worker in a process of its own; gives it with what it prints."""
    command = [sys.executable, "-m", "tests.background_agents.effect_process"]
    place = [as_user(options.url, "worker"), options.prefix, str(letters), when]
    async with await anyio.open_process([*command, *place]) as started:
        assert started.stdout is not None
        yield started, TextReceiveStream(started.stdout)
        if started.returncode is None:
            started.kill()


@pytest.mark.parametrize(
    ("when", "heard"),
    [
        ("sent", [(UpdateKind.FAILURE, UNKNOWN)]),
        ("ended", [(UpdateKind.RESULT, "It is on its way."), (UpdateKind.THINKING, "")]),
    ],
)
async def test_what_a_killed_worker_has_done_no_other_does_again(
    server: RedisServer, tmp_path: Path, when: str, heard: list[tuple[UpdateKind, str]]
) -> None:
    options = options_for(server.url)
    letters = tmp_path / "letters"
    async with gateway(options) as session:
        session.submit_nowait(package(approved=LETTER, deadline_s=400))
        async with process(options, letters, when) as (first, printed):
            with anyio.fail_after(60):
                assert await printed.receive() == f"{when}\n"
            first.kill()
            await first.wait()
        assert session.updates_nowait("s") == []
        got: list[AgentUpdate] = []

        def ended() -> bool:
            got.extend(session.updates_nowait("s"))
            return any(each.final for each in got)

        async with process(options, letters, "never"):
            with anyio.fail_after(60):
                while not ended():  # noqa: ASYNC110 (what is waited for is another process)
                    await anyio.sleep(0.05)
    assert {each.attempt for each in got} == {2}
    assert [(each.kind, each.text) for each in got] == heard
    assert letters.read_text() == "Ann\n"


class Notebook:
    """A tool that writes at once, through a ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self.noted: list[str] = []

        @tool(side_effects=SideEffects.WRITE, approval=Approval.WHEN_TAINTED)
        async def note(what: str) -> str:
            """Take a note."""
            self.noted.append(what)
            return "Noted."

        self._tool = asking_tool(note, Effects(ledger))

    async def note(self, what: str) -> list[str]:
        context = ToolContext(clock=VirtualClock(), session_id="s", delegation_id="s.1")
        return [each.text async for each in self._tool.run({"what": what}, context)]

    async def carry_out(self, effect: Effect) -> list[str]:
        context = ToolContext(clock=VirtualClock(), session_id="s", delegation_id="s.2")
        return [each.text async for each in self._tool.carry_out(effect, context)]


NOTE = Effect(key="n", tool="note", arguments='{"what": "milk"}', irreversible=False)


async def ask(options: RedisOptions, *command: str | bytes | int) -> Reply:
    """Say one thing to the server."""
    link = Link(options.url, WallClock())
    [reply] = await link.ask(command)
    await link.aclose()
    return reply


def through(proxy: Proxy, options: RedisOptions) -> RedisOptions:
    """Give options for the same server behind a proxy."""
    return replace(options, url=re.sub(r":\d+/", f":{proxy.port}/", options.url))


async def test_without_a_server_nothing_is_done_and_that_is_said(
    server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    async with redis_ledger(options_for(server.url)) as ledger:
        book = Notebook(ledger)
        await anyio.to_thread.run_sync(server.kill)
        with pytest.raises(ToolError, match=r"That was not done: the server .* cannot be reached"):
            await book.note("milk")
        with pytest.raises(ToolError, match="That was not done"):
            await book.carry_out(NOTE)
        assert book.noted == []
        assert "an effect of note was not begun: queue.url" in caplog.text
        # What was not begun is no hindrance to doing it later.
        await anyio.to_thread.run_sync(server.start)
        assert await book.carry_out(NOTE) == ["Noted."]
        assert book.noted == ["milk"]


async def test_a_server_that_falls_silent_is_not_waited_for_longer_by_those_who_stand_in_line(
    server: RedisServer,
) -> None:
    refusals: list[str] = []

    async def carry_out(book: Notebook, number: int) -> None:
        with pytest.raises(ToolError, match="cannot be reached") as refusal:
            await book.carry_out(NOTE.model_copy(update={"key": f"n{number}"}))
        refusals.append(str(refusal.value.__cause__))

    proxy = Proxy(server.port)
    async with (
        proxy.running(),
        redis_ledger(through(proxy, options_for(server.url))) as ledger,
    ):
        book = Notebook(ledger)
        proxy.silent = True
        async with anyio.create_task_group() as tasks:
            for number in range(6):
                tasks.start_soon(carry_out, book, number)
        assert book.noted == []
    # Of six that wait two seconds each, the last ones have not even been asked for.
    assert f"queue.url: the server has not answered for {PATIENCE_S:g} s" in refusals


async def test_a_server_that_cannot_write_it_down_keeps_it_from_being_done(
    server: RedisServer,
) -> None:
    options = options_for(server.url)
    async with redis_ledger(options) as ledger:
        book = Notebook(ledger)
        await ask(options, "CONFIG", "SET", "maxmemory", "1")
        with pytest.raises(ToolError, match="That was not done"):
            await book.carry_out(NOTE)
        await ask(options, "CONFIG", "SET", "maxmemory", "0")
        assert book.noted == []
        assert await book.carry_out(NOTE) == ["Noted."]


async def test_what_was_done_is_known_here_though_the_server_was_gone_when_it_ended(
    server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    async with redis_ledger(options_for(server.url)) as ledger:
        assert await ledger.begin(LETTER) is None
        await anyio.to_thread.run_sync(server.kill)
        await ledger.end(LETTER, SENT)
        assert "what came of an effect of send is not kept: queue.url" in caplog.text
        # It comes back empty, and what it has lost is submitted anew.
        await anyio.to_thread.run_sync(server.start)
        assert await ledger.begin(LETTER) == Begun(LETTER.arguments, SENT)


async def test_a_reply_that_is_lost_makes_nobody_doubt_and_nothing_happen_twice(
    server: RedisServer,
) -> None:
    proxy = Proxy(server.port)
    direct = options_for(server.url)
    async with (
        proxy.running(),
        redis_ledger(through(proxy, direct)) as mine,
        redis_ledger(direct) as other,
    ):
        proxy.lose_reply_to = b"SET"
        assert await mine.begin(LETTER) is None
        assert proxy.lost == 1
        assert await other.begin(LETTER) == Begun(LETTER.arguments)
        # A link that breaks while nobody uses it is made anew.
        await proxy.cut()
        await mine.end(LETTER, SENT)
        assert await other.begin(LETTER) == Begun(LETTER.arguments, SENT)


async def test_an_effect_that_is_no_longer_wanted_leaves_no_doubt_when_it_has_ended(
    server: RedisServer,
) -> None:
    options = options_for(server.url)
    async with redis_ledger(options) as mine, redis_ledger(options) as other:
        await mine.begin(LETTER)
        with anyio.CancelScope() as unwanted:
            unwanted.cancel()
            await mine.end(LETTER, SENT)
        assert await other.begin(LETTER) == Begun(LETTER.arguments, SENT)


async def test_a_note_that_nobody_here_can_read_is_a_beginning(
    server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    options = options_for(server.url)
    name = Keys(options.prefix, options.pool).effect(NOTE.key)
    newer = options.seals.effect(NOTE.key).closed(b'{"version": 2}')
    await ask(options, "SET", name, newer)
    async with redis_ledger(options) as ledger:
        book = Notebook(ledger)
        with pytest.raises(ToolError, match="begun before"):
            await book.carry_out(NOTE)
    assert book.noted == []
    assert "another version" in caplog.text


async def test_every_note_expires_long_after_any_lease(server: RedisServer) -> None:
    options = options_for(server.url)
    async with redis_ledger(options) as ledger:
        book = Notebook(ledger)
        await book.note("milk")
    names = await ask(options, "KEYS", f"{options.prefix}:*")
    assert isinstance(names, list)
    assert len(names) == 3
    for name in names:
        assert isinstance(name, bytes)
        left_s = await ask(options, "TTL", name)
        assert isinstance(left_s, int)
        assert NOTES_KEPT_S - 60 < left_s <= NOTES_KEPT_S


async def test_arguments_that_no_server_could_keep_are_refused_before_anything_is_done(
    server: RedisServer,
) -> None:
    async with redis_ledger(options_for(server.url)) as ledger:
        book = Notebook(ledger)
        for what in ("\ud800", "x" * 300_000):
            with pytest.raises(ToolError, match="That was not done"):
                await book.note(what)
        assert book.noted == []
