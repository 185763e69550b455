"""A correction joins work under way: what still holds is kept, what is not wanted is stopped."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from functools import partial

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.background_agents.packages import package
from tests.background_agents.test_openai_compatible import make_agent, tool_messages
from weft.background_agents.offered import tool_context
from weft.background_agents.providers.streamed_calls import ToolCall
from weft.background_agents.providers.tool_runs import prepared, run_together
from weft.background_agents.queues.memory import MemoryQueue
from weft.background_agents.redaction import RedactedAgent, Redactions, redacted_tool
from weft.background_agents.types import (
    AgentUpdate,
    BackgroundAgent,
    ContextPackage,
    Finding,
    UpdateKind,
)
from weft.background_agents.worker import Worker
from weft.bench._endpoint import Reply, call_chunk, chunk, serving, text_chunks
from weft.clock import VirtualClock, sleep_s
from weft.errors import ToolError
from weft.tools.asking import Effects, asking_tool
from weft.tools.lasting import LEFT_S, MOST_CALLS, MOST_DELEGATIONS, LastingCalls, lasting_tool
from weft.tools.registry import Registry
from weft.tools.tool import SideEffects, ToolContext, ToolOutput, tool

pytestmark = pytest.mark.anyio

Round = Sequence[tuple[str, Mapping[str, object]]]
"""The calls that one reply of a model asks for, each a tool and its arguments."""


def read(*books: str) -> Round:
    return [("read", {"book": book}) for book in books]


class Library:
    """Slow tools that know how often they were asked, and how each call went."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.lasting = LastingCalls(clock)
        self.begun: list[str] = []
        self.done: list[str] = []
        self.stopped: list[str] = []
        self.most_at_once = 0
        self.opened = anyio.Event()
        self.closed = False

        @tool(time_limit_s=100)
        async def read(
            book: str, context: ToolContext, pages: int = 1
        ) -> AsyncIterator[ToolOutput]:
            """Read a book: as many seconds as its title has letters."""
            self._begin(book)
            try:
                await sleep_s(clock, 1.0)
                yield ToolOutput(f"I have opened {book}.", progress=True)
                await sleep_s(clock, len(book) - 1.0)
                if self.closed:
                    raise ToolError("The library is closed.")
                yield ToolOutput(f"{book} is good.")
                self.done.append(book)
            except anyio.get_cancelled_exc_class():
                self.stopped.append(book)
                raise

        @tool(side_effects=SideEffects.WRITE, time_limit_s=100)
        async def lend(book: str, context: ToolContext) -> str:
            """Lend a book."""
            self._begin(book)
            await sleep_s(clock, 3.0)
            return f"{book} is yours."

        @tool(time_limit_s=None)
        async def bell(book: str, context: ToolContext) -> str:
            """Ring in three seconds."""
            self._begin(book)
            await sleep_s(clock, 3.0)
            return f"{book}!"

        asking = asking_tool(lend, Effects())
        self.tools = {
            each.name: lasting_tool(each, self.lasting) for each in (read, lend, bell)
        } | {"ask_to_lend": lasting_tool(asking, self.lasting)}

    @property
    def running(self) -> int:
        return len(self.begun) - len(self.done) - len(self.stopped)

    def _begin(self, book: str) -> None:
        self.begun.append(book)
        self.opened.set()
        self.most_at_once = max(
            self.most_at_once,
            self.begun.count(book) - self.done.count(book) - self.stopped.count(book),
        )


class Reader:
    """An agent whose model replies as planned for each revision; at last it says what it read."""

    def __init__(self, library: Library, *revisions: Sequence[Round], think_s: float = 0.5) -> None:
        self.name = "reader"
        self._library = library
        self._revisions = revisions
        self._think_s = think_s

    async def start(self) -> None:
        """Nothing to warm up."""

    async def answer(self, package: ContextPackage) -> AsyncIterator[Finding]:
        clock = self._library.clock
        said: dict[str, str] = {}
        for number, calls in enumerate(self._revisions[package.revision]):
            await sleep_s(clock, self._think_s)
            asked = [
                ToolCall(call_id=f"{number}.{n}", name=name, arguments=json.dumps(arguments))
                for n, (name, arguments) in enumerate(calls)
            ]
            runs, _ = prepared(asked, self._library.tools)
            async for news in run_together(runs, tool_context(package, clock)):
                if news.output is None:
                    said[news.run.call.call_id] = news.error
                elif news.output.progress or news.output.effect is not None:
                    kind = UpdateKind.COMMENTARY if news.output.progress else UpdateKind.QUESTION
                    yield Finding(kind=kind, text=news.output.text, effect=news.output.effect)
                else:
                    said[news.run.call.call_id] = news.output.text
        await sleep_s(clock, self._think_s)
        yield Finding(kind=UpdateKind.RESULT, text=" ".join(v for _, v in sorted(said.items())))


Steer = Callable[[MemoryQueue], Awaitable[None]]


async def talk(
    library: Library, agent: BackgroundAgent, steer: Steer, *, until_s: float = 20.0
) -> list[AgentUpdate]:
    """Ask one question, let `steer` correct it, and give all that the session is sent."""
    queue = MemoryQueue(library.clock)
    queue.submit_nowait(package())
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(Worker(queue, [agent], library.clock, 2, (), library.lasting).run)
        await steer(queue)
        await library.clock.advance_to_s(until_s)
        updates = queue.updates_nowait("s")
        tasks.cancel_scope.cancel()
    return updates


async def corrected_at(library: Library, *moments_s: float, queue: MemoryQueue) -> None:
    for number, moment_s in enumerate(moments_s, 1):
        await library.clock.advance_to_s(moment_s)
        queue.submit_nowait(package(revision=number))


def results(updates: Sequence[AgentUpdate]) -> list[tuple[int, str]]:
    return [(u.revision, u.text) for u in updates if u.kind is UpdateKind.RESULT]


@pytest.fixture
def library() -> Library:
    return Library(VirtualClock())


async def test_a_call_that_still_runs_is_waited_for_and_not_made_again(library: Library) -> None:
    agent = Reader(library, [read("ulysses")], [read("ulysses")])
    updates = await talk(library, agent, lambda queue: corrected_at(library, 3.0, queue=queue))
    assert library.begun == ["ulysses"]
    assert results(updates) == [(1, "ulysses is good.")]
    # Begun at 0.5, it took 7 s as if nothing had been said; half a second of thinking follows.
    assert [u.published_s for u in updates if u.kind is UpdateKind.RESULT] == [8.0]


async def test_what_was_found_before_the_correction_is_used_again(library: Library) -> None:
    agent = Reader(library, [read("emma"), read("ulysses")], [read("emma")])
    updates = await talk(library, agent, lambda queue: corrected_at(library, 6.0, queue=queue))
    assert library.begun == ["emma", "ulysses"]
    assert results(updates) == [(1, "emma is good.")]


async def test_arguments_in_another_order_are_the_same_call(library: Library) -> None:
    first = [("read", {"book": "ulysses", "pages": 3})]
    second = [("read", {"pages": 3, "book": "ulysses"})]
    await talk(
        library,
        Reader(library, [first], [second]),
        lambda queue: corrected_at(library, 3.0, queue=queue),
    )
    assert library.begun == ["ulysses"]


async def test_other_arguments_stop_the_old_call_at_once(library: Library) -> None:
    agent = Reader(library, [read("ulysses")], [read("emma")])

    async def steer(queue: MemoryQueue) -> None:
        await corrected_at(library, 3.0, queue=queue)
        await library.clock.advance_to_s(3.4)
        assert library.stopped == []  # the model has not replied yet
        await library.clock.advance_to_s(3.6)
        assert library.stopped == ["ulysses"]

    updates = await talk(library, agent, steer)
    assert results(updates) == [(1, "emma is good.")]
    assert library.begun == ["ulysses", "emma"]


async def test_of_two_calls_the_one_that_is_left_out_is_stopped(library: Library) -> None:
    agent = Reader(library, [read("ulysses", "middlemarch")], [read("ulysses")])
    updates = await talk(library, agent, lambda queue: corrected_at(library, 3.0, queue=queue))
    assert (library.done, library.stopped) == (["ulysses"], ["middlemarch"])
    assert results(updates) == [(1, "ulysses is good.")]


async def test_a_later_call_waits_until_the_new_revision_has_come_as_far(library: Library) -> None:
    both = [read("emma"), read("ulysses")]
    updates = await talk(
        library, Reader(library, both, both), lambda queue: corrected_at(library, 6.0, queue=queue)
    )
    assert library.begun == ["emma", "ulysses"]
    assert results(updates) == [(1, "emma is good. ulysses is good.")]


async def test_an_answer_without_calls_stops_those_before_it(library: Library) -> None:
    async def steer(queue: MemoryQueue) -> None:
        await corrected_at(library, 3.0, queue=queue)
        await library.clock.advance_to_s(3.6)
        assert (library.stopped, library.lasting.held) == (["ulysses"], 0)

    await talk(library, Reader(library, [read("ulysses")], []), steer)


async def test_calls_outlive_several_corrections_in_a_row(library: Library) -> None:
    plan = [read("middlemarch")]
    agent = Reader(library, plan, plan, plan, plan)
    updates = await talk(
        library, agent, lambda queue: corrected_at(library, 2.0, 2.2, 5.0, queue=queue)
    )
    assert library.begun == ["middlemarch"]
    assert results(updates) == [(3, "middlemarch is good.")]


async def test_progress_is_not_said_again(library: Library) -> None:
    agent = Reader(library, [read("ulysses")], [read("ulysses")])
    updates = await talk(library, agent, lambda queue: corrected_at(library, 3.0, queue=queue))
    remarks = [u.text for u in updates if u.kind is UpdateKind.COMMENTARY]
    assert remarks == ["I have opened ulysses."]


async def test_a_call_that_failed_is_made_again(library: Library) -> None:
    library.closed = True
    agent = Reader(library, [read("emma"), read("ulysses")], [read("emma")])

    async def steer(queue: MemoryQueue) -> None:
        await corrected_at(library, 6.0, queue=queue)
        library.closed = False

    assert results(await talk(library, agent, steer)) == [(1, "emma is good.")]
    assert library.begun == ["emma", "ulysses", "emma"]


async def test_the_same_call_twice_in_one_revision_is_made_twice(library: Library) -> None:
    agent = Reader(library, [read("emma"), read("emma")])
    await talk(library, agent, lambda queue: corrected_at(library, queue=queue))
    assert library.begun == ["emma", "emma"]


@pytest.mark.parametrize("name", ["lend", "bell"])
async def test_what_changes_something_or_waits_is_not_kept(library: Library, name: str) -> None:
    plan = [[(name, {"book": "emma"})]]
    agent = Reader(library, plan, plan)
    await talk(library, agent, lambda queue: corrected_at(library, 2.0, queue=queue))
    assert library.begun == ["emma", "emma"]


async def test_the_user_is_asked_anew_by_the_new_revision(library: Library) -> None:
    plan = [[("ask_to_lend", {"book": "emma"})], read("ulysses")]
    agent = Reader(library, plan, plan)
    updates = await talk(library, agent, lambda queue: corrected_at(library, 2.0, queue=queue))
    asked = [u.revision for u in updates if u.kind is UpdateKind.QUESTION]
    assert asked == [0, 1]
    assert library.begun == ["ulysses"]


async def test_a_correction_after_the_end_starts_afresh(library: Library) -> None:
    agent = Reader(library, [read("emma")], [read("emma")])
    updates = await talk(library, agent, lambda queue: corrected_at(library, 10.0, queue=queue))
    assert library.begun == ["emma", "emma"]
    assert results(updates) == [(0, "emma is good."), (1, "emma is good.")]
    assert library.lasting.held == 0


async def test_work_that_the_user_no_longer_wants_stops_at_once(library: Library) -> None:
    async def steer(queue: MemoryQueue) -> None:
        await library.clock.advance_to_s(3.0)
        queue.cancel_nowait("s.1")
        await library.clock.advance_to_s(3.1)
        assert (library.stopped, library.lasting.held) == (["ulysses"], 0)

    await talk(library, Reader(library, [read("ulysses")]), steer)


async def test_a_correction_that_is_dismissed_before_its_first_call_stops_all(
    library: Library,
) -> None:
    async def steer(queue: MemoryQueue) -> None:
        await corrected_at(library, 3.0, queue=queue)
        await library.clock.advance_to_s(3.2)
        queue.cancel_nowait("s.1")
        await library.clock.advance_to_s(3.3)
        assert (library.stopped, library.lasting.held) == (["ulysses"], 0)

    plan = [read("ulysses")]
    await talk(library, Reader(library, plan, plan), steer)


async def test_what_no_revision_comes_for_ends_by_itself(library: Library) -> None:
    endless = "b" * 90
    async with anyio.create_task_group() as tasks:
        with library.lasting.answering("s.1", tasks) as calls:
            run = library.tools["read"].run
            tasks.start_soon(all_of, run({"book": endless}, context(library)))
            await library.clock.advance_to_s(1.0)
            library.lasting.corrected(calls)
        await library.clock.advance_to_s(LEFT_S)
        assert (library.running, library.lasting.held) == (1, 1)
        await library.clock.advance_to_s(1.0 + LEFT_S)
        assert (library.stopped, library.lasting.held) == ([endless], 0)


async def test_no_more_is_held_than_agreed(library: Library) -> None:
    async with anyio.create_task_group() as tasks:
        for number in range(MOST_DELEGATIONS + 5):
            delegation_id = f"s.{number}"
            with library.lasting.answering(delegation_id, tasks) as calls:
                for call in range(MOST_CALLS + 3 if number == 5 else 1):
                    run = library.tools["read"].run
                    book = f"{number} {call}"
                    tasks.start_soon(all_of, run({"book": book}, context(library, delegation_id)))
                await library.clock.advance_to_s(library.clock.now_s())
                library.lasting.corrected(calls)
        assert library.lasting.held == MOST_DELEGATIONS - 1 + MOST_CALLS
        await library.clock.advance_to_s(LEFT_S)
        assert (library.running, library.lasting.held) == (0, 0)
        assert len(library.stopped) == 5 + 3


async def test_a_call_outside_of_any_answer_is_only_that_of_the_tool(library: Library) -> None:
    read_tool = library.tools["read"]
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(all_of, read_tool.run({"book": "emma"}, context(library)))
        await library.clock.advance_to_s(4.0)
    assert (library.done, library.lasting.held) == (["emma"], 0)


async def test_a_worker_that_ends_stops_what_it_has_left_over(library: Library) -> None:
    agent = Reader(library, [read("ulysses")], [read("ulysses")])
    await talk(library, agent, lambda queue: corrected_at(library, 3.0, queue=queue), until_s=3.1)
    assert library.stopped == ["ulysses"]


def context(library: Library, delegation_id: str = "s.1") -> ToolContext:
    return ToolContext(clock=library.clock, session_id="s", delegation_id=delegation_id)


async def all_of(outputs: AsyncIterator[ToolOutput]) -> list[ToolOutput]:
    return [output async for output in outputs]


BOOKS = ["a", "bb", "ccccc", "ddddddddd"]
plans = st.lists(st.lists(st.sampled_from(BOOKS), unique=True, max_size=3), max_size=3)


@settings(max_examples=60)
@given(
    revisions=st.lists(plans, min_size=1, max_size=4),
    gaps_s=st.lists(st.sampled_from([0.0, 0.4, 0.6, 2.0, 5.0]), min_size=3, max_size=3),
    dismissed_after_s=st.none() | st.sampled_from([0.0, 1.0, 4.0]),
)
def test_whatever_is_corrected_when_the_last_revision_is_answered_and_nothing_runs_on(
    revisions: list[list[list[str]]], gaps_s: list[float], dismissed_after_s: float | None
) -> None:
    library = Library(VirtualClock())
    moments_s = [sum(gaps_s[: n + 1]) for n in range(len(revisions) - 1)]

    async def steer(queue: MemoryQueue) -> None:
        await corrected_at(library, *moments_s, queue=queue)
        if dismissed_after_s is not None:
            await library.clock.advance_to_s(library.clock.now_s() + dismissed_after_s)
            queue.cancel_nowait("s.1")
        await library.clock.advance_to_s(100.0)
        assert (library.running, library.lasting.held) == (0, 0)

    agent = Reader(library, *[[read(*books) for books in plan] for plan in revisions])
    updates = anyio.run(partial(talk, library, agent, steer, until_s=100.0))
    assert library.most_at_once <= 1
    last = [text for revision, text in results(updates) if revision == len(revisions) - 1]
    if dismissed_after_s is None:
        assert last == [" ".join(f"{book} is good." for plan in revisions[-1] for book in plan)]
    # Of the revisions before only what was found out before they were corrected was ever sent.
    for number, moment_s in enumerate(moments_s):
        assert all(u.published_s <= moment_s for u in updates if u.revision == number)


async def hold_on(
    library: Library, replies: Sequence[Reply], second: ContextPackage, *, calls: int
) -> str:
    """Correct a remote agent's work while its first call runs; give what it is told of the tool.

    Time stands still until the second revision has got its reply, and `calls` have begun.
    """
    queue = MemoryQueue(library.clock)
    queue.submit_nowait(package("how is ulysses"))
    updates: list[AgentUpdate] = []
    async with serving(*replies) as server:
        agent = make_agent(server.base_url, Registry([library.tools["read"]]), clock=library.clock)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(Worker(queue, [agent], library.clock, 2, (), library.lasting).run)
            with anyio.fail_after(60):
                await library.opened.wait()
                queue.submit_nowait(second)
                while not updates or not updates[-1].final:
                    # The network decides when; time is turned on in between.
                    await anyio.sleep(0.01)
                    if len(server.requests) > 1 and len(library.begun) >= calls:
                        await library.clock.advance_to_s(library.clock.now_s() + 0.1)
                    updates += queue.updates_nowait("s")
            tasks.cancel_scope.cancel()
        [message] = tool_messages(server, 2)
    assert results(updates) == [(1, "It is good.")]
    assert library.running == 0
    return message["content"]


def asks_for(book: str) -> Reply:
    return Reply(chunks=[call_chunk("read", json.dumps({"book": book})), chunk({}, "tool_calls")])


@pytest.mark.integration
async def test_a_remote_model_gets_what_the_call_before_the_correction_finds(
    library: Library,
) -> None:
    replies = [asks_for("ulysses"), asks_for("ulysses"), Reply(chunks=text_chunks("It is good."))]
    told = await hold_on(library, replies, package("how is ulysses. briefly", revision=1), calls=1)
    assert "ulysses is good." in told
    assert (library.begun, library.done) == (["ulysses"], ["ulysses"])


@pytest.mark.integration
async def test_a_remote_model_that_asks_for_something_else_stops_the_call(
    library: Library,
) -> None:
    replies = [asks_for("ulysses"), asks_for("emma"), Reply(chunks=text_chunks("It is good."))]
    told = await hold_on(library, replies, package("how is ulysses. no, emma", revision=1), calls=2)
    assert "emma is good." in told
    assert (library.stopped, library.done) == (["ulysses"], ["emma"])


async def test_redacted_work_is_joined_by_the_words_and_not_by_their_placeholders(
    library: Library,
) -> None:
    redactions = Redactions(inline=True)
    ann, bob = "ann@example.org", "bob@example.org"
    library.tools["read"] = redacted_tool(library.tools["read"], redactions)
    # After the correction the first address that is seen is another one, under the same name.
    plan = [read("[EMAIL_1]")]
    agent = RedactedAgent(Reader(library, plan, plan), redactions)
    queue = MemoryQueue(library.clock)
    queue.submit_nowait(package(f"what does {ann} write"))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(Worker(queue, [agent], library.clock, 1, (), library.lasting).run)
        await library.clock.advance_to_s(3.0)
        queue.submit_nowait(package(f"what does {bob} write", revision=1))
        await library.clock.advance_to_s(40.0)
        updates = queue.updates_nowait("s")
        tasks.cancel_scope.cancel()
    assert (library.stopped, library.done) == ([ann], [bob])
    assert results(updates) == [(1, f"{bob} is good.")]
