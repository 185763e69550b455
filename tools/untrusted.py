"""What comes from outside (a page, a search, somebody else's server) as data and nothing more.

Text of strangers is kept short, loses what is invisible and what a chat template would take for
control, and reaches a model in the role of a tool only. What it says is not judged here: a sentence
that asks for something is still there to be read, so work that has read it counts as tainted, and
what it then wants to change is for the user to allow.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypedDict

from weft.tools.shortening import shorten

DEFAULT_LIMIT_CHARS = 8_000
ORIGIN_LIMIT_CHARS = 300

_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters, without tab and line feed
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e"
    "\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff0-\ufffb"
    "\ud800-\udfff"  # halves of a pair, which cannot be sent as UTF-8
    "\U000e0000-\U000e0fff]"  # tags and selectors that spell words nobody sees
)
"""Characters that hide words from a reader and not from a model."""

# Some tokenizers fold wide forms into plain ones, so both count.
_BARRED = re.compile("[<＜﹤](?=[|｜∣￨])|(?<=[|｜∣￨])[>＞﹥]")
"""The outer characters of `<|im_start|>` and its kin in every template."""
_TAG = re.compile(
    r"[<＜﹤](?=[<＜﹤/\s]{0,8}"
    r"(?:antml:\w+|tool_?calls?|tool_?responses?|tool_?results?|tools?|function_?(?:calls?|results?)?"
    r"|functions|invoke|parameters?|think(?:ing)?|reasoning|system(?:-reminder)?|sys|developer|user"
    r"|assistant|human|model|instructions?|(?:start|end)_of_\w+|(?:start|end)_header_id|eot_id"
    r"|bos|eos|pad|unk|mask|s|unused\d+|reserved_\w+)(?!\w))",
    re.IGNORECASE,
)
_BRACKETED = re.compile(
    r"\[(?=\s{0,8}/?\s{0,8}(?:INST|SYS|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS"
    r"|TOOL_CONTENT|ARGS|CALL_ID|THINK|IMG|PREFIX|SUFFIX|MIDDLE)\s{0,8}\])"
)
_IMAGE = re.compile(r"!\[([^\]\n]{0,500})\]\([^)\n]{0,2000}\)")
_IMAGE_MARK = re.compile(r"!(?=\[)")
_LOADING_TAG = re.compile(
    r"<(?=(?:style|script)\b|[a-z][\w:-]*+(?<!:)(?!\s*/?>)[\s/])", re.IGNORECASE
)
"""The beginning of a tag that can make its reader ask a server: what has attributes, and more."""
_LINK = re.compile(r"\[([^\]\n]{1,500})\]\([^)\n]{0,2000}\)")
_ADDRESS = re.compile(r"<?\b(?:[a-z][a-z0-9+.-]{1,15}://|www\.)[^\s<>()\[\]]+>?", re.IGNORECASE)


class ToolMessage(TypedDict):
    """The one kind of message in which text from outside reaches a model."""

    role: Literal["tool"]
    tool_call_id: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UntrustedText:
    """Text from outside that has been made harmless; made by `untrusted`."""

    text: str
    origin: str
    """Where it comes from: a tool's name or an address."""
    omitted_chars: int = 0
    """How many characters of the original were cut off its end."""

    def __post_init__(self) -> None:
        """Refuse text that has not been through `harmless`, so that the type can be believed."""
        if harmless(self.text) != self.text or harmless(self.origin) != self.origin:
            raise ValueError("this text still holds control tokens; make it with untrusted()")

    def message(self, call_id: str, *, boundary: str) -> ToolMessage:
        """Write the tool message that answers a call.

        `boundary` is a word that the text cannot know, drawn afresh for each message; everything
        between its two occurrences is data.
        """
        data: dict[str, object] = {
            "from": self.origin,
            "data": f"{boundary}\n{self.text}\n{boundary}",
        }
        if self.omitted_chars:
            data["omitted_chars"] = self.omitted_chars
        return {
            "role": "tool",
            "tool_call_id": call_id,
            "content": json.dumps(data, ensure_ascii=False),
        }


def untrusted(text: str, *, origin: str, limit_chars: int = DEFAULT_LIMIT_CHARS) -> UntrustedText:
    """Make text from outside harmless and cut it to a length, after a sentence where it can be."""
    # Cut before it is searched: a page of a hundred megabytes must not cost a second.
    clean = harmless(text[: 2 * limit_chars]).strip()
    # Once more: a cut can make a tag of what was a longer word.
    kept = harmless(shorten(clean, limit_chars))
    left_out = max(0, len(text) - 2 * limit_chars) + max(0, len(clean) - len(kept))
    return UntrustedText(
        text=kept, origin=harmless(origin[:ORIGIN_LIMIT_CHARS]), omitted_chars=left_out
    )


def harmless(text: str) -> str:
    """Take out what is invisible, and break what a chat template would take for control.

    The words stay readable: `<|im_start|>` becomes `‹|im_start|›`. Doing it twice changes nothing.
    """
    text = _INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = _BARRED.sub(lambda found: "‹" if found[0] in "<＜﹤" else "›", text)
    return _BRACKETED.sub("‹", _TAG.sub("‹", text))


def harmless_json(value: object) -> object:
    """Make every text in a JSON value harmless, at any depth; names of properties are texts too."""
    match value:
        case str():
            return harmless(value)
        case list():
            return [harmless_json(each) for each in value]
        case Mapping():
            return {harmless(str(name)): harmless_json(each) for name, each in value.items()}
        case _:
            return value


def without_images(text: str) -> str:
    """Leave nothing that loads by being shown: asking a stranger's server can tell it something.

    Of a plain Markdown image its description stays, of any other a link, of HTML the source.
    """
    return _LOADING_TAG.sub("‹", _IMAGE_MARK.sub("! ", _IMAGE.sub(r"\1", text)))


def without_addresses(text: str) -> str:
    """Leave the words of Markdown links and images, and take bare addresses out."""
    text = _ADDRESS.sub("", _LINK.sub(r"\1", without_images(text)))
    return re.sub(r"[ \t]{2,}", " ", text).strip()


__all__ = [
    "DEFAULT_LIMIT_CHARS",
    "ToolMessage",
    "UntrustedText",
    "harmless",
    "harmless_json",
    "untrusted",
    "without_addresses",
    "without_images",
]
