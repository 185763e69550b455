"""The embedded agent: it routes by meaning, resolves corrections, admits what it does not know."""

from collections.abc import AsyncIterator
from contextlib import aclosing

import anyio
import pytest

from tests.background_agents.packages import package
from weft.background_agents.corrections import resolved_request
from weft.background_agents.knowledge import Knowledge
from weft.background_agents.providers.local import LocalAgent, filled_arguments
from weft.background_agents.request_parser.parser import RequestParser
from weft.background_agents.types import ContextPackage, Finding, TranscriptLine, UpdateKind
from weft.clock import VirtualClock
from weft.errors import ToolError
from weft.meaning import SentenceMeaning
from weft.tools.builtin import builtin_tools
from weft.tools.registry import Registry
from weft.tools.tool import ToolContext, ToolOutput, tool

# The model is loaded inside the first test that asks for it, which takes long on a busy machine.
pytestmark = [pytest.mark.anyio, pytest.mark.limit_s(180)]


@tool(examples=("what is the wind like", "is it windy at the harbour"))
def wind(place: str) -> str:
    """Say how strong the wind is at a place."""
    raise ToolError("The wind gauge is broken.")


@tool(time_limit_s=None, examples=("ring the bell twice",))
async def bell(context: ToolContext) -> AsyncIterator[ToolOutput]:
    """Ring a bell."""
    yield ToolOutput("Ding.")
    yield ToolOutput("Dong.")


def make_agent(
    meaning: SentenceMeaning,
    knowledge: Knowledge | None,
    think_s: float | tuple[float, float] = 0.0,
    clock: VirtualClock | None = None,
) -> LocalAgent:
    registry = Registry([*builtin_tools(), wind, bell])
    return LocalAgent(
        registry,
        meaning,
        knowledge,
        clock or VirtualClock(),
        think_s,
        seed=3,
        parser=RequestParser(meaning),
    )


async def findings(agent: LocalAgent, asked: ContextPackage) -> list[Finding]:
    async with aclosing(agent.answer(asked)) as answered:
        return [finding async for finding in answered]


@pytest.mark.parametrize(
    ("request_text", "answer"),
    [
        ("what's fifteen percent of eighty", "15 percent of 80 is 12."),
        ("how many grams are in two pounds", "907"),
        # So far from any phrasing of arithmetic that only its reader can tell.
        (
            "I've put by 1,350 of the 2,000 we need for Ida's trip to Rome, how much is missing?",
            "650",
        ),
        ("how many kilometres is ten miles", "16.09"),
        ("what time is it in Tokyo", "in Tokyo"),
        ("ring the bell twice", "Ding. Dong."),
        (
            "what's the capital of France",
            "According to the world atlas, the capital of France is Paris.",
        ),
        ("how tall is Mount Everest", "8,849 metres"),
        ("how much leave do I get", "According to the company handbook, everybody has 28 days"),
        ("why is my coffee bitter", "grind it coarser"),
        ("I'm out of cumin, what can I use?", "caraway"),
        ("how far away is the moon", "384,400 kilometres"),
        ("when should I plant tomatoes", "middle of May"),
    ],
)
async def test_requests_find_their_tool_or_their_passage(
    meaning: SentenceMeaning, knowledge: Knowledge, request_text: str, answer: str
) -> None:
    found = await findings(make_agent(meaning, knowledge), package(request_text))
    assert answer in " ".join(f.text for f in found if f.kind is UpdateKind.RESULT)


@pytest.mark.parametrize(
    "request_text",
    [
        "who won the game last night",
        "book a table for two at eight",
        "what's the population of Chile",
        "who is the president of Finland",
        "what's the capital of Denmark",
        "how do I reset my password",
    ],
)
async def test_what_nothing_fits_is_admitted(
    meaning: SentenceMeaning, knowledge: Knowledge, request_text: str
) -> None:
    [failure] = await findings(make_agent(meaning, knowledge), package(request_text))
    assert failure.kind is UpdateKind.FAILURE


@pytest.mark.parametrize(
    ("corrected", "answer"),
    [
        ("what's the capital of France. No, I meant Italy.", "Rome"),
        ("what's the capital of France. Italy I mean", "Rome"),
        ("what's the capital of France. Italy, not France", "Rome"),
        ("what time is it in Paris. I meant Tokyo", "Tokyo"),
        ("what is fifteen percent of eighty. no sorry of ninety", "13.5"),
        ("how far is the moon. no wait, how many bones does a human have", "206"),
    ],
)
async def test_a_correction_is_worked_into_the_request(
    meaning: SentenceMeaning, knowledge: Knowledge, corrected: str, answer: str
) -> None:
    found = await findings(make_agent(meaning, knowledge), package(corrected, revision=1))
    assert answer in found[-1].text


async def test_a_follow_up_is_completed_from_the_talk(meaning: SentenceMeaning) -> None:
    line = TranscriptLine(speaker="user", start_s=0, end_s=2, text="What's the capital of France?")
    asked = package("And what about Italy?", transcript=(line,))
    assert await resolved_request(asked, meaning) == "What's the capital of Italy?"


async def test_a_tool_that_fails_is_a_failure_with_its_reason(meaning: SentenceMeaning) -> None:
    [failure] = await findings(make_agent(meaning, None), package("is it windy at the harbour"))
    assert (failure.kind, failure.text) == (UpdateKind.FAILURE, "The wind gauge is broken.")


async def test_a_tool_that_waits_gives_a_sign_of_life_first(meaning: SentenceMeaning) -> None:
    found = await findings(make_agent(meaning, None), package("ring the bell twice"))
    assert [f.kind for f in found] == [UpdateKind.THINKING, UpdateKind.RESULT, UpdateKind.RESULT]


async def test_thinking_takes_time_on_the_clock_and_the_same_with_the_same_seed(
    meaning: SentenceMeaning,
) -> None:
    taken_s: list[float] = []

    async def ask(clock: VirtualClock) -> None:
        await findings(
            make_agent(meaning, None, (1.0, 3.0), clock), package("what is two plus two")
        )
        taken_s.append(clock.now_s())

    for clock in (VirtualClock(), VirtualClock()):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ask, clock)
            await clock.advance_to_s(5.0)
    assert taken_s[0] == taken_s[1]
    assert 1.0 <= taken_s[0] <= 3.0


async def test_a_passage_names_its_document_and_place(knowledge: Knowledge) -> None:
    [best] = await knowledge.search("how do I descale the espresso machine", limit=1)
    assert best.source == "espresso machine manual"
    assert best.place == "espresso_machine_manual.md, Cleaning"
    assert best.answer.lower() in best.text.lower()


@pytest.mark.parametrize(
    ("properties", "request_text", "expected"),
    [
        ({}, "ring", {}),
        ({"city": {"type": "string"}}, "could you tell me Paris please", {"city": "Paris"}),
        (
            {"width": {"type": "number"}, "count": {"type": "integer"}},
            "two and a half by three",
            {"width": 2.5, "count": 3},
        ),
        ({"size": {"enum": ["small", "large"]}}, "a Large one", {"size": "large"}),
        ({"size": {"enum": ["small", "large"]}}, "one", None),
        ({"count": {"type": "integer"}}, "some", None),
        ({"a": {"type": "string"}, "b": {"type": "string"}}, "this and that", None),
    ],
)
def test_arguments_are_filled_by_their_types(
    properties: dict[str, object], request_text: str, expected: dict[str, object] | None
) -> None:
    parameters = {"properties": properties, "required": list(properties)}
    assert filled_arguments(parameters, request_text) == expected


async def test_a_tool_that_cannot_be_made_ready_is_named(meaning: SentenceMeaning) -> None:
    def prepare() -> None:
        raise OSError("the map is gone")

    @tool(prepare=prepare)
    def places(where: str) -> str:
        """Find a place.

        Args:
            where: its name.
        """
        return where

    agent = LocalAgent(Registry([places]), meaning, None, VirtualClock(), 0.0, name="local")
    with pytest.raises(ToolError, match="'places' cannot be made ready: OSError: the map is gone"):
        await agent.start()


async def test_what_a_tool_finds_is_said_within_the_budget_and_kept_whole(
    meaning: SentenceMeaning,
) -> None:
    @tool(examples=("what is the price of tin",))
    def tin() -> str:
        """The price of tin."""
        return "Tin costs nine euros. " * 40

    agent = LocalAgent(Registry([tin]), meaning, None, VirtualClock(), 0.0, name="local")
    await agent.start()
    asked = package("what is the price of tin", spoken_words=12)
    [found] = [finding async for finding in agent.answer(asked) if finding.text]
    assert found.text == "Tin costs nine euros. Tin costs nine euros. Tin costs nine euros."
    assert len(found.detail.split()) == 160


@pytest.mark.parametrize(
    ("request_text", "answers"),
    [
        (
            "how tall is Mount Everest and what's fifteen percent of eighty",
            ["8,849 metres", "15 percent of 80 is 12."],
        ),
        (
            "What time is it in Tokyo? And by the way, how many kilometres is ten miles?",
            ["in Tokyo", "16.09"],
        ),
        (
            "what's the capital of France and who won the game last night",
            ["Paris", "I found no answer to this: who won the game last night."],
        ),
        (
            "what's fifteen percent of eighty and what is the wind like in Bergen",
            ["15 percent of 80 is 12.", "The wind gauge is broken."],
        ),
    ],
)
async def test_two_requests_in_one_breath_are_both_answered(
    meaning: SentenceMeaning, knowledge: Knowledge, request_text: str, answers: list[str]
) -> None:
    found = await findings(make_agent(meaning, knowledge), package(request_text))
    [said] = [f.text for f in found if f.kind is UpdateKind.RESULT]
    places = [said.find(answer) for answer in answers]
    assert -1 not in places
    assert places == sorted(places)


async def test_what_is_at_hand_does_not_wait_for_a_timer_in_the_same_breath(
    meaning: SentenceMeaning, knowledge: Knowledge
) -> None:
    clock = VirtualClock()
    agent = make_agent(meaning, knowledge, clock=clock)
    said: list[tuple[float, str]] = []
    first_said = anyio.Event()

    def heard(text: str) -> None:
        said.append((clock.now_s(), text))
        first_said.set()

    async def listen() -> None:
        asked = package("set a timer for ten minutes and what's fifteen percent of eighty")
        async with aclosing(agent.answer(asked)) as answered:
            async for finding in answered:
                if finding.kind is UpdateKind.RESULT:
                    heard(finding.text)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(listen)
        with anyio.fail_after(60):
            await first_said.wait()
        await clock.advance_to_s(601.0)
    assert said[0] == (0.0, "15 percent of 80 is 12.")
    assert [moment_s for moment_s, _ in said[1:]] == [600.0]


async def test_two_questions_with_one_answer_are_answered_once(
    meaning: SentenceMeaning, knowledge: Knowledge
) -> None:
    asked = package("how tall is Mount Everest and what height is Mount Everest")
    found = await findings(make_agent(meaning, knowledge), asked)
    assert " ".join(f.text for f in found).count("8,849") == 1


async def test_when_no_part_succeeds_another_agent_may_try_the_whole(
    meaning: SentenceMeaning, knowledge: Knowledge
) -> None:
    asked = package("what is the wind like in Oslo and what is the wind like in Bergen")
    found = await findings(make_agent(meaning, knowledge), asked)
    assert [f.kind for f in found if f.kind is not UpdateKind.THINKING] == [UpdateKind.FAILURE]


async def test_whoever_leaves_early_stops_every_part(
    meaning: SentenceMeaning, knowledge: Knowledge
) -> None:
    ended = anyio.Event()

    @tool(time_limit_s=None, examples=("sound the big siren",))
    async def siren(context: ToolContext) -> AsyncIterator[ToolOutput]:
        """Sound a siren."""
        try:
            await anyio.sleep_forever()
            yield ToolOutput("Wail.")
        finally:
            ended.set()

    registry = Registry([*builtin_tools(), siren])
    agent = LocalAgent(registry, meaning, knowledge, VirtualClock())
    asked = package("sound the big siren and what's fifteen percent of eighty")
    with anyio.fail_after(60):
        async with aclosing(agent.answer(asked)) as answered:
            async for finding in answered:
                if finding.kind is UpdateKind.RESULT:
                    assert not ended.is_set()
                    break
    assert ended.is_set()
