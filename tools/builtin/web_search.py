"""Searching the web through SearXNG, Brave or Tavily, whichever the configuration names.

What comes back is data of strangers, cut and made harmless; every page found is named as a source.
"""

import html
import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlencode

from pydantic import BaseModel, ValidationError

from weft.errors import ToolError
from weft.tools.builtin.fetch import host_of, spoken_beginning
from weft.tools.builtin.spoken_requests import without_ending, without_fillers
from weft.tools.config import BraveConfig, SearxngConfig, TavilyConfig, WebSearchConfig
from weft.tools.guarded_http import EVERYWHERE, Fetched, GuardedHttp, HttpLimits, Requests
from weft.tools.shortening import shorten
from weft.tools.tool import Tool, ToolOutput, tool
from weft.tools.untrusted import harmless

QUERY_LIMIT_CHARS = 400
QUERY_LIMIT_WORDS = 50
"""What the strictest of the services takes."""
SNIPPET_LIMIT_CHARS = 500
TITLE_LIMIT_CHARS = 150

EXAMPLES = (
    "search the web for the opening hours of the city museum",
    "look up online who won the election in Norway",
    "google the best way to store fresh basil",
    "what's the latest news about the space station",
    "find out on the internet when the next train strike is",
    "can you search for reviews of that new bakery",
    "do a web search on solar panels for balconies",
)

_SEARCHES = re.compile(
    r"\b(?:search|google|look(?:ing)? (?:it |that |this )?up|find (?:out )?(?:on|online|in)|online"
    r"|on the (?:web|internet|net)|in the news|the news|latest|web search)\b",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"^(?:(?:hey|please|so|and|okay|ok|well)\b[\s,]*"
    r"|(?:can|could|would|will) you (?:please |maybe )?"
    r"|(?:i(?:'d| would) like|i want|i need) (?:you )?to "
    r"|(?:do|run|make) an? (?:quick )?(?:web |online |internet )?search (?:on|for|about) "
    r"|(?:search|look|check|google|find)(?: (?:up|out))?"
    r"(?: (?:for me|online|google|(?:on )?the (?:web|internet|net)))*(?: (?:for|about))?\s+)+",
    re.IGNORECASE,
)
_TRAIL = re.compile(
    r"[\s,]+(?:online|on (?:the (?:web|internet|net)|google)|in the internet)$", re.IGNORECASE
)
_MARKUP = re.compile(r"<[^<>]{0,200}>")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRequest:
    """One request to a search service."""

    method: Literal["GET", "POST"]
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    content: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPage:
    """One page as the service describes it, harmless and cut."""

    title: str
    url: str
    snippet: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What a search found; `answer` is the service's own short answer, often empty."""

    answer: str
    pages: tuple[FoundPage, ...]


def read_arguments(request: str) -> dict[str, object] | None:
    """Take the query out of a request that asks to search; None when it does not."""
    request = without_ending(without_fillers(request))
    if not _SEARCHES.search(request):
        return None
    query = _TRAIL.sub("", _LEAD.sub("", request)).strip(" ,.?!:")
    return {"query": query} if query else None


def web_search_tool(config: WebSearchConfig, web: Requests | None = None) -> Tool:
    """Make the tool for the service that the configuration names.

    `web` makes the requests; by default they may go anywhere, because the operator wrote the
    address, and are never redirected, because the key goes with them.
    """
    limits = HttpLimits(time_limit_s=config.time_limit_s, redirects=0)
    requests = web or GuardedHttp(limits, allowed=EVERYWHERE)

    @tool(
        name="web_search",
        examples=EXAMPLES,
        read_arguments=read_arguments,
        # Above the limit of the request, which says in better words what took so long.
        time_limit_s=config.time_limit_s + 2,
        untrusted=True,
    )
    async def web_search(query: str) -> ToolOutput:
        """Search the web, for what is new or in no other tool, and name the pages found.

        Args:
            query: what to look for, in a few words.
        """
        asked = search_request(config, query)
        answer = await requests.request(
            asked.method, asked.url, headers=asked.headers, content=asked.content
        )
        _check_status(config, answer)
        found = read_findings(config, answer)
        if not found.pages and not found.answer:
            raise ToolError("The web search found nothing about that.")
        return _output(found)

    return web_search


def search_request(config: WebSearchConfig, query: str) -> SearchRequest:
    """Write a query as the service wants it. Pure."""
    query = " ".join(query.split()[:QUERY_LIMIT_WORDS])[:QUERY_LIMIT_CHARS]
    if not query:
        raise ToolError("There is nothing to search for.")
    accept = {"accept": "application/json"}
    match config:
        case SearxngConfig():
            asked = urlencode({"q": query, "format": "json"})
            return SearchRequest(
                method="GET", url=f"{config.base_url}/search?{asked}", headers=accept
            )
        case BraveConfig():
            asked = urlencode({"q": query, "count": config.results, "text_decorations": "false"})
            return SearchRequest(
                method="GET",
                url=f"{config.base_url}/res/v1/web/search?{asked}",
                headers=accept | {"x-subscription-token": config.api_key.get_secret_value()},
            )
        case TavilyConfig():
            body = {"query": query, "max_results": config.results, "search_depth": "basic"}
            key = config.api_key.get_secret_value()
            return SearchRequest(
                method="POST",
                url=f"{config.base_url}/search",
                headers=accept
                | {"authorization": f"Bearer {key}", "content-type": "application/json"},
                content=json.dumps(body).encode(),
            )


def read_findings(config: WebSearchConfig, answer: Fetched) -> Findings:
    """Read what the service answered; raises ToolError when it is not what it should be."""
    try:
        match config:
            case SearxngConfig():
                searxng = _SearxngAnswer.model_validate_json(answer.body)
                said = [each if isinstance(each, str) else each.answer for each in searxng.answers]
                pages, short = searxng.results, next(iter(said), "")
            case BraveConfig():
                brave = _BraveAnswer.model_validate_json(answer.body)
                pages, short = (brave.web.results if brave.web else ()), ""
            case TavilyConfig():
                tavily = _TavilyAnswer.model_validate_json(answer.body)
                pages, short = tavily.results, tavily.answer or ""
    except ValidationError as error:
        # Without the text of the error, which repeats what the service sent.
        logger.warning("%s gave an answer of another form than expected", config.provider)
        raise ToolError("The web search gave no proper answer.") from error
    found = [
        FoundPage(
            title=_clean(page.title, TITLE_LIMIT_CHARS) or host_of(page.url),
            url=harmless(page.url),
            snippet=_clean(page.snippet, SNIPPET_LIMIT_CHARS),
        )
        for page in pages
        if re.match(r"https?://", page.url, re.IGNORECASE)
    ]
    unique: dict[str, FoundPage] = {}
    for page in found:
        unique.setdefault(page.url, page)
    return Findings(
        answer=_clean(short, SNIPPET_LIMIT_CHARS),
        pages=tuple(unique.values())[: config.results],
    )


class _Page(BaseModel):
    title: str = ""
    url: str = ""
    content: str | None = None
    description: str | None = None

    @property
    def snippet(self) -> str:
        return self.content or self.description or ""


class _ShortAnswer(BaseModel):
    answer: str = ""


class _SearxngAnswer(BaseModel):
    results: tuple[_Page, ...]
    answers: tuple[str | _ShortAnswer, ...] = ()


class _BraveWeb(BaseModel):
    results: tuple[_Page, ...] = ()


class _BraveAnswer(BaseModel):
    type: Literal["search"]
    web: _BraveWeb | None = None


class _TavilyAnswer(BaseModel):
    results: tuple[_Page, ...]
    answer: str | None = None


def _check_status(config: WebSearchConfig, answer: Fetched) -> None:
    if answer.status < 400:
        return
    logger.warning("%s answered a search with status %d", config.provider, answer.status)
    if answer.status == 429:
        raise ToolError("The web search has been asked too often; it wants me to wait.")
    if answer.status in (401, 403):
        if isinstance(config, SearxngConfig):
            logger.warning("its settings must name `json` under search.formats")
        raise ToolError("The web search does not let me in.")
    raise ToolError("The web search is out of order.")


def _clean(text: str, limit_chars: int) -> str:
    text = html.unescape(_MARKUP.sub("", text[: 4 * limit_chars]))
    # Once more after the cut, which may leave the beginning of something longer.
    return harmless(shorten(" ".join(harmless(text).split()), limit_chars))


def _output(found: Findings) -> ToolOutput:
    listed = [
        f"{number}. {page.title}\n   {page.url}\n   {page.snippet}".rstrip()
        for number, page in enumerate(found.pages, 1)
    ]
    if found.answer:
        said = spoken_beginning(found.answer)
        listed.insert(0, found.answer)
    else:
        best = next((page for page in found.pages if page.snippet), found.pages[0])
        said = f"According to {host_of(best.url)}: {spoken_beginning(best.snippet or best.title)}"
    return ToolOutput(
        said, detail="\n\n".join(listed), sources=tuple(page.url for page in found.pages)
    )


__all__ = [
    "Findings",
    "FoundPage",
    "SearchRequest",
    "read_arguments",
    "read_findings",
    "search_request",
    "web_search_tool",
]
