"""From what machines write to what can be said aloud: plain sentences, few words. Pure."""

import re

from weft.background_agents.spoken_symbols import say_symbols
from weft.sentences import load_splitter, sentences

_FENCE = re.compile(r"^ {0,3}(```|~~~).*?^ {0,3}\1[^\n]*$", re.MULTILINE | re.DOTALL)
_REASONING = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
# Template tokens of chat models, broken ones too: not to be said and not to be fed back.
_CONTROL = re.compile(
    r"[<‹]\|[^|<>‹›\n]{0,60}\|[>›]|[<‹]/?(?:tool_call|tool_response|tools|function_call)>"
)
_IMAGE = re.compile(r"!\[([^\]]*)\]\([^)]*\)")
_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")
_ADDRESS = re.compile(r"<?\b(?:https?://|www\.)[^\s<>)]+>?", re.IGNORECASE)
# Known elements only: `<enter>` and `x <y and y> z` are what somebody wants to say.
_HTML = re.compile(
    r"</?(?:a|abbr|article|aside|b|big|blockquote|body|br|button|caption|center|cite|code|dd|del"
    r"|details|div|dl|dt|em|figcaption|figure|font|footer|form|h[1-6]|head|header|hr|html|i|img"
    r"|input|ins|kbd|label|li|link|main|mark|meta|nav|ol|option|p|pre|q|s|samp|script|section"
    r"|select|small|span|strike|strong|style|sub|summary|sup|svg|table|tbody|td|tfoot|th|thead"
    r"|title|tr|tt|u|ul|var)(?:\s[^<>]{0,200})?/?>|<!--.*?-->",
    re.DOTALL | re.IGNORECASE,
)
_HEADING = re.compile(r"^ {0,3}#{1,6}\s+(.*?)\s*#*\s*$", re.MULTILINE)
_BULLET = re.compile(r"^\s*(?:[-*+•]|\d{1,3}[.)])\s+", re.MULTILINE)
# Alone, a number or a sign before a number is content: "42. That is all.", "- 5 degrees".
_LONE_BULLET = re.compile(r"^\s*[-*+•]\s+(?!\d)")
_RULE = re.compile(r"^\s*(?:[-*_]\s*){3,}$|^\s*\|?[\s:|-]+\|[\s:|-]*$", re.MULTILINE)
# An underscore inside a word (snake_case) and a star between numbers (3*4*5) are no emphasis.
_EMPHASIS = re.compile(
    r"((?<!\d)\*{1,3}|(?<!\w)_{1,3}|~~|`+)(?=\S)(.+?)(?<=\S)\1(?!(?<=_)\w|(?<=\*)\d)"
)
_CITATION = re.compile(r"(?<=\S)\s?\[\^?\d+\](?!\s*[a-z])|\s?【[^】]*】")
_SENTENCE_END = re.compile(r"[.!?…][\"'”’)]*$")


_OF_EVERYTHING = "**Up to 5 km/h** for €12.50 on 2026-11-21 at 14:05, where $x_1^2$ is ≈ 3⁄4. 🙂"
"""What needs each of the libraries that put something into words."""


def load_spoken_form() -> None:
    """Load the libraries and tables of the spoken form, which takes longer than a micro-turn."""
    load_splitter()
    plain(_OF_EVERYTHING)


def neutral(text: str) -> str:
    """Take the control tokens of chat templates out of text that comes from outside."""
    return _CONTROL.sub(" ", text)


def plain(text: str) -> str:
    """Turn Markdown into plain sentences as they are said: units and signs become words."""
    return say_symbols(without_markdown(text))


def without_markdown(text: str) -> str:
    """Turn Markdown into plain sentences on one line, without marks, addresses and code."""
    text = neutral(_REASONING.sub(" ", text))
    text = _FENCE.sub(" ", text)
    text = _IMAGE.sub(r"\1", text)
    text = _LINK.sub(r"\1", text)
    text = _ADDRESS.sub(" ", text)
    text = _HTML.sub(" ", text)
    text = _CITATION.sub("", text)
    text = _RULE.sub("", text)
    text = _HEADING.sub(r"\1", text)
    for _ in range(3):  # marks nest: bold around italics around code
        text = _EMPHASIS.sub(r"\2", text)
    lines = []
    bullets = _BULLET if len(_BULLET.findall(text)) > 1 else _LONE_BULLET
    for block in text.splitlines():
        bullet = bullets.match(block) is not None
        line = bullets.sub("", block).strip().strip("|").replace("|", ",").strip()
        line = line.removeprefix(">").strip()
        if line:
            # An entry of a list is said as a sentence of its own.
            lines.append(f"{line}." if bullet and not _ends(line) else line)
    return re.sub(r"\s+([,.;:!?])", r"\1", " ".join(" ".join(lines).split()))


def within_budget(text: str, words: int) -> str:
    """Keep as many whole sentences as fit into a number of words; a first one too long is cut."""
    kept: list[str] = []
    left = words
    for sentence in sentences(text):
        length = len(sentence.split())
        if length > left:
            break
        kept.append(sentence)
        left -= length
    if kept:
        return " ".join(kept)
    cut = " ".join(text.split()[:words]).rstrip(" ,;:–-")
    return cut if not cut or _ends(cut) else f"{cut}."


def spoken(text: str, words: int) -> str:
    """Make of a model's or a document's text what is said of it aloud."""
    return within_budget(plain(text), words)


def finished_sentences(text: str) -> tuple[str, ...]:
    """Give the sentences of a growing text that will not change any more."""
    found = sentences(plain(text))
    # The last one may go on: "It is 3." becomes "It is 3.5 km." with the next piece.
    return found[:-1]


def _ends(text: str) -> bool:
    return _SENTENCE_END.search(text) is not None
