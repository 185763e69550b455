"""The contract of every ledger: in process, on Redis 6.2, on Redis and on Valkey."""

from collections.abc import Iterator
from functools import partial

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.background_agents.ledgers_opened import Opened, in_process, on_server
from tests.background_agents.queues_opened import options_for
from tests.redis_server import running
from weft.clock import VirtualClock
from weft.errors import ToolError
from weft.tools.asking import Effects, asking_tool
from weft.tools.components import Card, Fact
from weft.tools.effect import ChangingCall, Effect
from weft.tools.ledger import Begun, Ledger, MemoryLedger
from weft.tools.tool import SideEffects, ToolContext, ToolOutput, tool

pytestmark = [pytest.mark.anyio, pytest.mark.integration]


@pytest.fixture(
    scope="module", params=["memory", "redis", "valkey", "redis-6.2", "redis with rights"]
)
def opened(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Opened]:
    """Give what opens a ledger; a server that is not installed here is passed over."""
    if request.param == "memory":
        yield in_process
        return
    with running(tmp_path_factory.mktemp("server"), request.param) as server:
        yield on_server(partial(options_for, server.url))


LETTER = Effect(key="k", tool="send", arguments='{"to": "Zoë"}', irreversible=False)
CARD = Card(title="Letter", facts=(Fact(label="to", value="Zoë"),))
WHOLE = (
    ToolOutput("Looking for a stamp.", progress=True),
    ToolOutput("It is on its way.", "# Sent", ("the post",), components=(CARD,), tainted=True),
)


def call(
    what: str, *, ordinal: int = 1, revision: int = 0, delegation: str = "s.1"
) -> ChangingCall:
    return ChangingCall(
        tool="note",
        arguments={"what": what},
        delegation_id=delegation,
        revision=revision,
        ordinal=ordinal,
    )


async def test_what_one_worker_has_begun_no_other_begins(opened: Opened) -> None:
    async with opened(2) as (mine, other):
        assert await mine.begin(LETTER) is None
        assert await other.begin(LETTER) == Begun(LETTER.arguments)
        assert await mine.begin(LETTER) == Begun(LETTER.arguments)


async def test_what_came_of_it_is_known_whole_to_every_worker(opened: Opened) -> None:
    async with opened(2) as (mine, other):
        await mine.begin(LETTER)
        await mine.end(LETTER, WHOLE)
        reworded = LETTER.model_copy(update={"arguments": '{"to": "Ann"}'})
        for ledger in (mine, other):
            assert await ledger.begin(reworded) == Begun(LETTER.arguments, WHOLE)


async def test_of_many_who_begin_at_once_one_does(opened: Opened) -> None:
    first: list[Ledger] = []

    async def begin(ledger: Ledger) -> None:
        if await ledger.begin(LETTER) is None:
            first.append(ledger)

    async with opened(4) as ledgers, anyio.create_task_group() as tasks:
        for ledger in ledgers * 3:
            tasks.start_soon(begin, ledger)
    assert len(first) == 1


async def test_a_call_is_known_by_its_words_to_a_worker_that_never_heard_them(
    opened: Opened,
) -> None:
    async with opened(2) as (mine, other):
        milk = await mine.key_of(call("buy milk"))
        # The other order, as a model that is asked again may have it; then a correction.
        ann = await other.key_of(call("call Ann", ordinal=2))
        assert await other.key_of(call("Buy milk.", ordinal=3)) == milk
        assert await mine.key_of(call("call Ann", revision=1)) == ann
        assert milk != ann
        assert await other.key_of(call("get some milk")) == milk
        assert await other.key_of(call("buy milk", delegation="s.2")) != milk


async def test_of_two_who_ask_for_the_same_words_at_once_both_know_the_place_of_either(
    opened: Opened,
) -> None:
    keys: dict[str, list[str]] = {f"s.{number}": [] for number in range(10)}

    async def ask(ledger: Ledger, delegation: str, ordinal: int) -> None:
        milk = call("milk", ordinal=ordinal, delegation=delegation)
        keys[delegation].append(await ledger.key_of(milk))

    async with opened(2) as ledgers:
        # Again and again: with each the two are nearer to each other on their links.
        for delegation, known in keys.items():
            async with anyio.create_task_group() as tasks:
                for ordinal, ledger in enumerate(ledgers):
                    tasks.start_soon(ask, ledger, delegation, ordinal)
            for ordinal in (0, 1):
                oats = call("oat milk", ordinal=ordinal, delegation=delegation)
                known.append(await ledgers[0].key_of(oats))
    assert [len(set(known)) for known in keys.values()] == [1] * 10


CALLS = st.builds(
    call,
    st.sampled_from(["milk", "some milk", "Some milk.", "bread"]),
    ordinal=st.integers(1, 3),
    revision=st.integers(0, 1),
)


@given(st.lists(st.tuples(st.integers(0, 1), CALLS), max_size=8))
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whoever_is_asked_the_keys_are_those_of_one_process(
    opened: Opened, asked: list[tuple[int, ChangingCall]]
) -> None:
    async def keys(opening: Opened) -> list[str]:
        async with opening(2) as ledgers:
            return [await ledgers[number].key_of(each) for number, each in asked]

    assert anyio.run(keys, opened) == anyio.run(keys, in_process)


async def test_what_one_worker_asked_another_carries_out_and_a_third_does_not(
    opened: Opened,
) -> None:
    sent: list[tuple[str, str]] = []

    @tool(side_effects=SideEffects.WRITE)
    async def send(to: str, context: ToolContext) -> str:
        """Send a letter."""
        sent.append((to, context.idempotency_key))
        if to == "nobody":
            raise ToolError("There is no such person.")
        return "It is on its way."

    def context(delegation_id: str) -> ToolContext:
        return ToolContext(clock=VirtualClock(), session_id="s", delegation_id=delegation_id)

    async with opened(3) as ledgers:
        asking, doing, late = [asking_tool(send, Effects(each)) for each in ledgers]
        for number, to in enumerate(("Ann", "nobody")):
            asked = asking.run({"to": to}, context(f"s.{number}"))
            [effect] = [each.effect async for each in asked]
            assert effect is not None
            outcomes: list[str] = []
            for worker in (doing, late):
                try:
                    done = worker.carry_out(effect, context(f"s.{number}.yes"))
                    outcomes += [each.text async for each in done]
                except ToolError as error:
                    outcomes.append(str(error))
            assert sent[number:] == [(to, effect.key)]
            assert (
                outcomes
                == [
                    ["It is on its way."] * 2,
                    [
                        "There is no such person.",
                        "That was begun before, and I do not know whether it was done.",
                    ],
                ][number]
            )


async def test_the_ledger_of_a_process_lets_go_of_what_is_long_past() -> None:
    ledger = MemoryLedger()
    for number in range(10_001):
        await ledger.begin(LETTER.model_copy(update={"key": str(number)}))
    assert ledger.known(LETTER.model_copy(update={"key": "0"})) is None
    assert ledger.known(LETTER.model_copy(update={"key": "1"})) is not None
