"""The shipped parser of requests, in the embedded agent: what it reads that the tools do not."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.background_agents.packages import package
from weft import background_wiring
from weft.background_agents.providers.local import SURE, LocalAgent, ToolChoice
from weft.background_agents.request_parser.parser import Parse, RequestParser
from weft.bench.route import same_call
from weft.clock import VirtualClock
from weft.config import parse_config
from weft.meaning import SentenceMeaning
from weft.tools.builtin import builtin_tools
from weft.tools.registry import Registry
from weft.tools.tool import tool

# The model is loaded inside the first test that asks for it, which takes long on a busy machine.
pytestmark = [pytest.mark.anyio, pytest.mark.limit_s(180)]


@pytest.fixture(scope="module")
def parser(meaning: SentenceMeaning) -> RequestParser:
    return RequestParser(meaning)


class NotSure(RequestParser):
    """Says of every request that it may be a timer, or nothing."""

    def __init__(self, meaning: SentenceMeaning, parse: Parse) -> None:
        super().__init__(meaning)
        self._parse = parse

    async def read(self, request: str) -> Parse:
        return self._parse


async def chosen(
    text: str, meaning: SentenceMeaning, parser: RequestParser | None
) -> tuple[str, Mapping[str, object]] | None:
    agent = LocalAgent(Registry(builtin_tools()), meaning, None, VirtualClock(), parser=parser)
    await agent.start()
    match await agent.chosen(package(text)):
        case ToolChoice(tool, arguments):
            return tool.name, arguments
        case _:
            return None


@pytest.mark.parametrize(
    ("text", "name", "arguments"),
    [
        # A reason before the wish, a thing without a verb, a sum that is only implied.
        ("bacon! 11 minutes!", "timer", {"seconds": 660, "message": "bacon"}),
        ("mum said home by eight, is it eight", "time", {}),
        ("four coffees at three twenty", "arithmetic", {"expression": "4*3.20"}),
        ("gargle, remind me every hour, no hang on, every two hours", "repeat",
         {"every_seconds": 7200, "message": "gargle"}),
        ("deadlifted 315 today, pounds obviously. European gym bros want kilos", "units",
         {"value": 315, "unit_from": "pound", "unit_to": "kilogram"}),
    ],
)  # fmt: skip
async def test_reads_what_is_put_as_nobody_puts_it(
    meaning: SentenceMeaning,
    parser: RequestParser,
    text: str,
    name: str,
    arguments: Mapping[str, object],
) -> None:
    found = await chosen(text, meaning, parser)
    assert found is not None
    assert found[0] == name
    assert same_call(Registry(builtin_tools()).get(name), arguments, found[1])


@pytest.mark.parametrize("text", ["remind me on saturday to ring grandad", "I like eight of them"])
async def test_leaves_alone_what_no_tool_answers(
    meaning: SentenceMeaning, parser: RequestParser, text: str
) -> None:
    assert await chosen(text, meaning, parser) is None


async def test_the_tools_read_first_what_the_parser_is_not_sure_of(
    meaning: SentenceMeaning, parser: RequestParser
) -> None:
    call = parser.parse("in ten minutes say go").call
    text = "what is seven times eight"
    for_sure = await chosen(text, meaning, NotSure(meaning, Parse(call, SURE + 0.1)))
    assert for_sure is not None
    assert for_sure[0] == "timer"
    doubtful = await chosen(text, meaning, NotSure(meaning, Parse(call, SURE - 0.1)))
    assert doubtful is not None
    assert doubtful[0] == "arithmetic"
    # Where they find nothing either, a doubtful reading is better than none.
    nothing_else = await chosen("hm", meaning, NotSure(meaning, Parse(call, SURE - 0.1)))
    assert nothing_else is not None
    assert nothing_else[0] == "timer"


async def test_a_tool_of_the_same_name_with_a_reader_of_its_own_is_left_to_it(
    meaning: SentenceMeaning, parser: RequestParser
) -> None:
    @tool(name="timer", examples=("boil an egg",), read_arguments=lambda _: {"eggs": 3})
    def eggs(eggs: int) -> str:
        """Boil eggs."""
        return f"{eggs} eggs."

    agent = LocalAgent(Registry([eggs]), meaning, None, VirtualClock(), parser=parser)
    await agent.start()
    found = await agent.chosen(package("boil an egg for ten minutes"))
    assert isinstance(found, ToolChoice)
    assert found.arguments == {"eggs": 3}


@pytest.mark.parametrize("is_own", [False, True])
def test_a_sentence_model_of_ones_own_has_no_parser(is_own: bool, tmp_path: Path) -> None:
    meaning = {"path": str(tmp_path)} if is_own else {}
    config = parse_config(
        {"background": {"agents": {"local": {"provider": "local"}}}, "meaning": meaning}
    )
    agent = background_wiring.make_agent(
        "local", config, Registry(builtin_tools()), SentenceMeaning(), None, VirtualClock()
    )
    assert isinstance(agent, LocalAgent)
    assert (agent.parser is None) == is_own
