"""Agents that race: the first good answer is said, and nothing of the others."""

from dataclasses import replace

import anyio
import pytest

from tests.background_agents.packages import package
from tests.background_agents.test_worker import ClosingAgent, ScriptedAgent, says, told, worked
from weft.background_agents.offered import offered_tools, reading_only
from weft.background_agents.race import RacingAgent
from weft.background_agents.types import Finding, TokenUse, UpdateKind
from weft.clock import VirtualClock
from weft.errors import AgentError, ToolError
from weft.tools.registry import Registry
from weft.tools.tool import Tool, tool

pytestmark = pytest.mark.anyio

RESULT, COMMENTARY = UpdateKind.RESULT, UpdateKind.COMMENTARY
FAILURE = UpdateKind.FAILURE


async def test_the_first_good_answer_wins_and_the_other_agent_is_stopped() -> None:
    clock = VirtualClock()
    slow = ScriptedAgent(clock, says("let me see", COMMENTARY), 5.0, says("Lyon."))
    fast = ScriptedAgent(clock, 1.0, says("Paris."))
    updates = await worked(clock, [RacingAgent([slow, fast])])
    assert told(updates) == [(RESULT, "Paris.")]
    assert updates[0].published_s == 1.0
    assert slow.stopped == 1


async def test_a_failure_is_not_an_answer() -> None:
    clock = VirtualClock()
    broken = ScriptedAgent(clock, AgentError("no connection"))
    unsure = ScriptedAgent(clock, 0.5, says("nothing fits", FAILURE))
    slow = ScriptedAgent(clock, 5.0, says("Paris."))
    assert told(await worked(clock, [RacingAgent([broken, unsure, slow])])) == [(RESULT, "Paris.")]


async def test_when_all_fail_the_next_agent_is_asked() -> None:
    clock = VirtualClock()
    race = RacingAgent(
        [
            ScriptedAgent(clock, AgentError("no connection")),
            ScriptedAgent(clock, RuntimeError("a fault")),
        ]
    )
    local = ScriptedAgent(clock, says("Paris."))
    assert told(await worked(clock, [race, local])) == [(RESULT, "Paris.")]
    [failure] = await worked(VirtualClock(), [race])
    assert "no connection" in failure.text
    assert "RuntimeError" in failure.text


async def test_what_the_losers_used_is_counted() -> None:
    clock = VirtualClock()
    used = Finding(kind=UpdateKind.THINKING, use=TokenUse(replies=1, prompt_tokens=5))
    slow = ScriptedAgent(clock, used, 5.0, says("Lyon."))
    updates = await worked(clock, [RacingAgent([slow, ScriptedAgent(clock, 1.0, says("Paris."))])])
    assert updates[-1].use == used.use


async def test_a_race_that_is_no_longer_wanted_stops_all() -> None:
    clock = VirtualClock()
    racers = [ScriptedAgent(clock, 50.0, says("Paris.")) for _ in range(2)]
    await worked(clock, [RacingAgent(racers)], package(deadline_s=5.0))
    assert [racer.stopped for racer in racers] == [1, 1]


async def test_racers_start_and_end_together() -> None:
    clock = VirtualClock()

    class Unready(ClosingAgent):
        async def start(self) -> None:
            raise AgentError("no model")

    unready, ready = Unready(clock), ClosingAgent(clock)
    await RacingAgent([unready, ready]).start()
    with pytest.raises(AgentError, match="no model"):
        await RacingAgent([unready]).start()
    with anyio.fail_after(10):
        await RacingAgent([unready, ready]).aclose()
    assert (unready.closed, ready.closed) == (True, True)


@tool(side_effects="write")
def book(table: str) -> str:
    """Book a table."""
    return f"{table} is booked."


@tool
def weather(city: str) -> str:
    """Say the weather."""
    return f"It is sunny in {city}."


class Server:
    """A source whose tools are there once it is reached."""

    name = "town"
    away = ""

    def __init__(self) -> None:
        self.tools: tuple[Tool, ...] = ()

    def listed(self) -> None:
        self.tools = (replace(book, name="town_book"), replace(weather, name="town_weather"))


def test_racers_are_offered_nothing_that_changes_anything() -> None:
    registry = Registry([book, weather])
    assert list(offered_tools(*reading_only(registry, None))) == ["weather"]
    assert list(offered_tools(*reading_only(registry, ["book"]))) == []
    with pytest.raises(ToolError, match="fly"):
        offered_tools(*reading_only(registry, ["fly", "book"]))


@pytest.mark.parametrize("names", [None, ["weather", "town_weather", "town_book"]])
def test_racers_are_offered_what_servers_bring_later_unless_it_changes_something(
    names: list[str] | None,
) -> None:
    server = Server()
    race = reading_only(Registry([book, weather], [server]), names)
    assert list(offered_tools(*race)) == ["weather"]
    server.listed()
    assert list(offered_tools(*race)) == ["weather", "town_weather"]
