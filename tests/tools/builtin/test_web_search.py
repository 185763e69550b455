"""Web search: three services, each as it answers, behind one tool."""

import json
from typing import Any

import pytest
from pydantic import SecretStr, TypeAdapter, ValidationError

from tests.tools.web_server import Asked, Page, serving
from weft.clock import WallClock
from weft.errors import ToolError
from weft.tools.builtin.web_search import read_arguments, web_search_tool
from weft.tools.config import BraveConfig, SearxngConfig, TavilyConfig, WebSearchConfig
from weft.tools.tool import ToolContext, ToolOutput

pytestmark = pytest.mark.anyio

KEY = "key-7c1e9"
PATHS = {"searxng": "/search", "brave": "/res/v1/web/search", "tavily": "/search"}
PAGES = [
    {"title": "City museum", "url": "https://museum.test/hours", "text": "Open from ten to six."},
    {"title": "A blog", "url": "https://blog.test/1", "text": "I went <|im_start|> on Sunday."},
    {"title": "Bad", "url": "javascript:alert(1)", "text": "x"},
    {"title": "City museum", "url": "https://museum.test/hours", "text": "again"},
]


def config_of(provider: str, base_url: str, **more: object) -> WebSearchConfig:
    """The configuration of a service at an address."""
    section: dict[str, object] = {"provider": provider, "base_url": base_url, **more}
    if provider != "searxng":
        section["api_key"] = KEY
    return TypeAdapter[WebSearchConfig](WebSearchConfig).validate_python(section)


def answer_of(provider: str, pages: list[dict[str, str]]) -> dict[str, Any]:
    """What a service answers, in its own form and with fields that nobody asked for."""
    match provider:
        case "searxng":
            results = [{**page, "content": page["text"], "engine": "x"} for page in pages]
            return {"query": "q", "results": results, "answers": [], "infoboxes": []}
        case "brave":
            results = [
                {**page, "description": f"<strong>{page['text']}</strong>"} for page in pages
            ]
            return {"type": "search", "query": {}, "web": {"type": "search", "results": results}}
        case _:
            results = [{**page, "content": page["text"], "score": "0.5"} for page in pages]
            return {"query": "q", "answer": None, "results": results, "response_time": 1.0}


async def searched(
    provider: str, page: Page, query: str = "museum hours", **more: object
) -> tuple[ToolOutput, list[Asked]]:
    """What the tool says when a real server answers so, and what the server was asked."""
    context = ToolContext(clock=WallClock(), session_id="s", delegation_id="d")
    async with serving({PATHS[provider]: page}) as server:
        found = web_search_tool(config_of(provider, f"http://127.0.0.1:{server.port}/", **more))
        (output,) = [each async for each in found.run({"query": query}, context)]
    return output, server.asked


def as_page(answer: object, status: int = 200) -> Page:
    """JSON as a server sends it."""
    return Page(
        body=json.dumps(answer).encode(),
        status=status,
        headers={"Content-Type": "application/json"},
    )


@pytest.mark.parametrize("provider", PATHS)
async def test_pages_are_found_named_and_made_harmless(provider: str) -> None:
    output, _ = await searched(provider, as_page(answer_of(provider, PAGES)))
    assert output.text == "According to museum.test: Open from ten to six."
    assert output.sources == ("https://museum.test/hours", "https://blog.test/1")
    assert "1. City museum\n   https://museum.test/hours\n   Open from ten to six." in output.detail
    assert "<|" not in output.detail
    assert "<b>" not in output.detail
    assert "javascript" not in output.detail


async def test_each_service_is_asked_in_its_own_way() -> None:
    asked = {
        provider: (await searched(provider, as_page(answer_of(provider, PAGES))))[1][0]
        for provider in PATHS
    }
    assert asked["searxng"].target == "/search?q=museum+hours&format=json"
    assert KEY not in str(asked["searxng"])
    assert asked["brave"].target.startswith("/res/v1/web/search?q=museum+hours&count=5")
    assert asked["brave"].headers["x-subscription-token"] == KEY
    assert asked["tavily"].method == "POST"
    assert asked["tavily"].headers["authorization"] == f"Bearer {KEY}"
    assert json.loads(asked["tavily"].body)["query"] == "museum hours"


@pytest.mark.parametrize(
    ("provider", "more"),
    [
        ("searxng", {"answers": ["Ten to six."]}),
        ("searxng", {"answers": [{"answer": "Ten to six.", "engine": "x"}]}),
        ("tavily", {"answer": "Ten to six."}),
    ],
)
async def test_a_short_answer_of_the_service_is_what_is_said(
    provider: str, more: dict[str, object]
) -> None:
    output, _ = await searched(provider, as_page(answer_of(provider, PAGES) | more))
    assert output.text == "Ten to six."
    assert output.sources


async def test_no_more_pages_than_wanted_are_given() -> None:
    pages = [{"title": "T", "url": f"https://a.test/{n}", "text": "Text."} for n in range(9)]
    output, _ = await searched("searxng", as_page(answer_of("searxng", pages)), results=2)
    assert len(output.sources) == 2


async def test_a_query_is_cut_to_what_every_service_takes() -> None:
    _, (asked,) = await searched(
        "searxng", as_page(answer_of("searxng", PAGES)), query="word " * 500
    )
    assert asked.target.count("word") == 50


@pytest.mark.parametrize("provider", PATHS)
@pytest.mark.parametrize(
    ("page", "said"),
    [
        (Page(body=b"<html>", headers={"Content-Type": "application/json"}), "no proper answer"),
        (as_page({"results": 7, "type": "search", "web": 7}), "no proper answer"),
        (as_page([]), "no proper answer"),
        (as_page({"error": KEY}, status=401), "does not let me in"),
        (as_page({"error": KEY}, status=403), "does not let me in"),
        (as_page({}, status=429), "asked too often"),
        (as_page({}, status=500), "out of order"),
        (Page(status=302, headers={"Location": "/search2"}), "elsewhere|too often"),
    ],
)
async def test_whatever_goes_wrong_is_a_sentence_without_the_key(
    provider: str, page: Page, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(ToolError, match=said) as caught:
        await searched(provider, page)
    assert KEY not in str(caught.value)
    assert KEY not in caplog.text


@pytest.mark.parametrize("provider", PATHS)
async def test_finding_nothing_is_said_and_not_made_up(provider: str) -> None:
    with pytest.raises(ToolError, match="found nothing"):
        await searched(provider, as_page(answer_of(provider, [])))


async def test_an_empty_query_is_not_sent() -> None:
    with pytest.raises(ToolError, match="nothing to search for"):
        await searched("searxng", Page(), query="  ")


def test_a_key_is_never_printed() -> None:
    for config in (
        BraveConfig(provider="brave", api_key=SecretStr(KEY)),
        TavilyConfig(provider="tavily", api_key=SecretStr(KEY)),
    ):
        assert KEY not in repr(config)
        assert KEY not in config.model_dump_json()


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ({"provider": "searxng"}, "base_url"),
        ({"provider": "searxng", "base_url": "localhost:8080"}, "not an address"),
        ({"provider": "brave"}, "api_key"),
        ({"provider": "brave", "api_key": " "}, "key is empty"),
        ({"provider": "bing"}, "brave"),
        ({"provider": "tavily", "api_key": "k", "colour": 1}, "colour"),
    ],
)
def test_a_wrong_section_says_what_is_wrong(section: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        TypeAdapter[WebSearchConfig](WebSearchConfig).validate_python(section)


@pytest.mark.parametrize(
    ("request_", "query"),
    [
        ("Search the web for the hours of the city museum.", "the hours of the city museum"),
        ("can you google fresh basil storage please", "fresh basil storage"),
        ("um look up online who won the election", "who won the election"),
        ("do a web search on solar panels", "solar panels"),
        ("what's the latest on the space station?", "what's the latest on the space station"),
        ("find out when the train leaves online", "when the train leaves"),
    ],
)  # fmt: skip
def test_the_query_is_read_from_the_request(request_: str, query: str) -> None:
    assert read_arguments(request_) == {"query": query}


@pytest.mark.parametrize("request_", ["what is 17 times 23", "set a timer for ten minutes", ""])
def test_other_requests_are_left_to_others(request_: str) -> None:
    assert read_arguments(request_) is None


def test_the_own_server_may_be_on_this_machine() -> None:
    assert web_search_tool(
        SearxngConfig(provider="searxng", base_url="http://localhost:8080")
    ).openai_schema()["function"]
