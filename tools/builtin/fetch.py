"""Reading one web page: its text without menus and advertisements, and where it stands.

The page is data of a stranger: cut to length, without control tokens, never an instruction.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import islice
from typing import Protocol

import anyio.to_thread

from weft.errors import ToolError
from weft.tools.guarded_http import Fetched
from weft.tools.shortening import shorten
from weft.tools.tool import Tool, ToolContext, ToolOutput, tool
from weft.tools.untrusted import harmless, without_addresses, without_images

SPOKEN_WORDS = 60
"""About what one likes to hear of a page at once."""
READ_CHARS = 20_000
"""How much of a page an agent reads."""
TITLE_LIMIT_CHARS = 150
TAGS_LIMIT = 15_000
"""More than nearly any page has; the work of finding an article grows with them."""

EXAMPLES = (
    "open example.org and tell me what it says",
    "read the page at https://example.org/news",
    "what does example dot com slash about say",
    "go to www.example.org and sum it up",
    "have a look at this link https://example.org/article",
    "fetch example.net for me",
)

_HTML = frozenset({"text/html", "application/xhtml+xml", ""})
_PLAIN = frozenset({"text/plain", "text/markdown", "text/csv", "application/json"})
_ENDINGS = (
    "com|org|net|edu|gov|int|info|io|dev|app|eu|uk|de|at|ch|fr|es|it|nl|be|dk|se|no|fi|pl|pt|ie|us"
    "|ca|au|nz|jp|in|br"
)
_WHOLE_ADDRESS = re.compile(r"\bhttps?://[^\s<>\"'“”]+", re.IGNORECASE)
_BARE_ADDRESS = re.compile(
    rf"(?<![@\w.-])(?:[a-z0-9-]+\.)+(?:{_ENDINGS})\b(?:/[^\s<>\"'“”]*)?", re.IGNORECASE
)
_SPOKEN_SIGNS = ((r"\s+dot\s+", "."), (r"\s+(?:forward )?slash\s*", "/"))
_SCRIPT = re.compile(rb"<(script|style|svg)\b", re.IGNORECASE)
_REFUSALS: Mapping[int, str] = {
    401: "{host} does not let me read that page.",
    402: "{host} wants to be paid for that page.",
    403: "{host} does not let me read that page.",
    404: "There is no such page at {host}.",
    410: "There is no such page at {host} any more.",
    429: "{host} has been asked too often and wants me to wait.",
    451: "{host} may not show that page here.",
}


class Web(Protocol):
    """What is needed of weft.tools.guarded_http.GuardedHttp."""

    async def get(self, url: str, *, headers: Mapping[str, str] | None = None) -> Fetched:
        """Get an address; raises ToolError when it is refused or cannot be reached."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPage:
    """What is worth reading of a page."""

    title: str
    markdown: str
    """Without links, images and control tokens."""


def read_arguments(request: str) -> dict[str, object] | None:
    """Find the address in a request, typed or said ("example dot org slash news")."""
    written = request
    for said, sign in _SPOKEN_SIGNS:
        written = re.sub(said, sign, written, flags=re.IGNORECASE)
    for text in (request, written):
        if whole := _WHOLE_ADDRESS.search(text):
            return {"url": whole[0].rstrip(".,;:!?)")}
        if bare := _BARE_ADDRESS.search(text):
            return {"url": f"https://{bare[0].rstrip('.,;:!?)')}"}
    return None


def fetch_tool(web: Web, *, time_limit_s: float = 10.0) -> Tool:
    """Make the tool around whatever may make requests.

    Raises ToolError when the library that reads pages is not installed.
    """
    if find_spec("trafilatura") is None:
        raise ToolError("reading web pages needs the extra `web`: pip install 'weft[web]'")

    @tool(
        name="fetch",
        examples=EXAMPLES,
        read_arguments=read_arguments,
        time_limit_s=time_limit_s,
        untrusted=True,
        prepare=_load_reader,
    )
    async def fetch(url: str, context: ToolContext) -> ToolOutput:
        """Read a web page, as text without menus and advertisements, and name it as the source.

        Args:
            url: the whole address of the page, with http:// or https://.
        """
        page = await web.get(url, headers={"accept": "text/html, text/plain;q=0.9, */*;q=0.1"})
        host = host_of(page.url)
        if page.status >= 400:
            refused = _REFUSALS.get(page.status, "{host} answered with error {status}.")
            raise ToolError(refused.format(host=host, status=page.status))
        if context.clock.virtual:
            read = readable(page)  # such a clock does not wait for threads
        else:  # parsing a long page takes long enough to hold up a conversation
            read = await anyio.to_thread.run_sync(readable, page, abandon_on_cancel=True)
        if not read.markdown:
            raise ToolError(f"There is nothing to be read on that page of {host}.")
        source = harmless(page.url)
        heading = f"# {read.title}\n\n" if read.title else ""
        ending = "\n\n(The page goes on.)" if page.cut or len(read.markdown) > READ_CHARS else ""
        return ToolOutput(
            f"According to {host}: {spoken_beginning(read.markdown)}",
            detail=f"{heading}Source: {source}\n\n{shorten(read.markdown, READ_CHARS)}{ending}",
            sources=(source,),
        )

    return fetch


def readable(page: Fetched) -> ReadPage:
    """Take out of an answer what is worth reading; raises ToolError when it is not text."""
    if page.content_type in _PLAIN:
        text = page.body.decode(_known(page.charset) or "utf-8", errors="replace")
        return ReadPage(title="", markdown=harmless(text[: 2 * READ_CHARS]).strip())
    if page.content_type not in _HTML:
        raise ToolError(f"That is not a page that can be read, but {page.content_type[:60]!r}.")
    import trafilatura

    charset = _known(page.charset)
    body = _first_tags(_without_scripts(page.body), TAGS_LIMIT)
    tree = trafilatura.load_html(body.decode(charset, errors="replace") if charset else body)
    if tree is None:
        return ReadPage(title="", markdown="")
    title = trafilatura.extract_metadata(tree).title or ""
    article = trafilatura.extract(
        tree, output_format="markdown", include_comments=False, include_tables=True, fast=True
    )
    # A page of a few words has no article in it, and is then read as a whole.
    text = article or trafilatura.html2txt(tree)
    return ReadPage(
        title=shorten(
            " ".join(harmless(title[: 2 * TITLE_LIMIT_CHARS]).split()), TITLE_LIMIT_CHARS
        ),
        # Cut before it is searched: a hostile page must not cost seconds.
        markdown=without_images(harmless(text[: 2 * READ_CHARS])).strip(),
    )


def _load_reader() -> None:
    """Load what reads pages: only who fetches some needs it, and it takes half a second."""
    import trafilatura  # noqa: F401


def _without_scripts(body: bytes) -> bytes:
    """Leave out programs and styles, which are often longer than the page itself."""
    kept: list[bytes] = []
    done = 0
    for begin in _SCRIPT.finditer(body):
        if begin.start() < done:
            continue
        end = re.compile(rb"</" + begin[1] + rb"\s*>", re.IGNORECASE).search(body, begin.end())
        if end is None:
            break
        kept.append(body[done : begin.start()])
        done = end.end()
    return b"".join([*kept, body[done:]])


def _first_tags(body: bytes, limit: int) -> bytes:
    """Cut a page before one tag too many."""
    beyond = next(islice(re.finditer(b"<", body), limit, None), None)
    return body if beyond is None else body[: beyond.start()]


def host_of(url: str) -> str:
    """Name a page's server as one says it: without `www.`."""
    host = re.sub(r"^[a-z]+://", "", url, flags=re.IGNORECASE).partition("/")[0]
    return harmless(host.partition(":")[0].lower().removeprefix("www."))[:100]


def spoken_beginning(markdown: str, words: int = SPOKEN_WORDS) -> str:
    """Give the first whole sentences of a text, up to a number of words and at least one."""
    kept: list[str] = []
    left = words
    for sentence in re.split(r"(?<=[.!?])\s+", _plain(markdown)):
        left -= len(sentence.split())
        if kept and left < 0:
            break
        kept.append(sentence)
    said = " ".join(kept).strip()
    if len(said.split()) > words:
        said = " ".join(said.split()[:words]).rstrip(" ,;:–-")
    return said if not said or said[-1] in ".!?…" else f"{said}."


def _plain(markdown: str) -> str:
    """Leave the running text of Markdown: no headings, tables, marks and addresses."""
    lines = []
    for line in without_addresses(markdown).splitlines():
        if re.match(r"\s*(?:#|\||-{3,}|```)", line):
            continue
        bare = re.sub(r"^\s*(?:[-*+>]|\d{1,3}\.)\s+", "", line)
        lines.append(re.sub(r"[*`]|(?<!\w)_|_(?!\w)", "", bare))
    return " ".join(" ".join(lines).split())


def _known(charset: str) -> str | None:
    """Give a charset that Python can decode; servers name others too."""
    try:
        "".encode(charset or "utf-8")
    except LookupError:
        return None
    return charset or None


__all__ = [
    "ReadPage",
    "Web",
    "fetch_tool",
    "host_of",
    "read_arguments",
    "readable",
    "spoken_beginning",
]
