"""What is said about memory where none is configured: the truth, and not that nothing was found."""

import re

from weft.tools.builtin.memory import (
    FORGET_EVERYTHING_EXAMPLES,
    FORGET_EXAMPLES,
    RECALL_EXAMPLES,
    REMEMBER_EXAMPLES,
    read_forget_arguments,
    read_forget_everything_arguments,
    read_recall_arguments,
    read_remember_arguments,
)
from weft.tools.builtin.spoken_requests import without_ending
from weft.tools.tool import tool

ONLY_THIS_CONVERSATION = "I remember only this conversation."

_OF_THE_USER = re.compile(
    r"\b(?:i|i'm|i've|me|my|mine|myself|we|we're|we've|us|our|ours)\b", re.IGNORECASE
)
_OF_MEMORY = re.compile(
    r"\bmemor(?:y|ies)\b|\bdata\b|\beverything (?:about )?(?:me|you)\b|\btold you\b"
    r"|\byou(?:'ve| have)? (?:ever )?(?:know|remember|noted?|stored?|saved?|kept|keep)\b",
    re.IGNORECASE,
)
_DO_YOU_REMEMBER = re.compile(
    r"(?<!\bwhat )(?<!\belse )\bdo you (?:still )?remember\b", re.IGNORECASE
)
"""What politely begins any question, and is none of "what do you remember"."""
_TAKEN_BACK = re.compile(
    r"\b(?:ask(?:ed)?|questions?|said anything|search|timer)\b|^(?:it|that|this)\b", re.IGNORECASE
)
"""What is dropped with these words is a request, and no memory."""
_ABOUT_ITSELF = re.compile(
    r"\byou(?:'ve| have| haven't)? (?:ever |still |not |already )?"
    r"(?:remember|recogni[sz]e|recall|forget|forgotten|met)"
    r" (?:me|us|my (?:name|voice)|who i am|things|anything|this|yesterday)\b"
    r"|\byou have a memory\b|\b(?:in|is|from) your memory\b"
    r"|\bhave we (?:ever )?(?:met|talked|spoken)\b",
    re.IGNORECASE,
)
"""Questions for the memory itself, which need not be about anything that was told."""


def read_memory_request(request: str) -> dict[str, object] | None:
    """Give no arguments, but only for a request to remember, to recall or to forget."""
    request = without_ending(request.replace("’", "'"))
    asks = (
        read_remember_arguments(request) is not None
        or _recalls(request)
        or _forgets(request)
        or _ABOUT_ITSELF.search(request) is not None
    )
    return {} if asks else None


def _recalls(request: str) -> bool:
    """Whether it asks what was told; who wrote Hamlet is no memory even if one "remembers" it."""
    if read_recall_arguments(request) is None:
        return False
    return _OF_THE_USER.search(request) is not None or not _DO_YOU_REMEMBER.search(request)


def _forgets(request: str) -> bool:
    """Whether it wants a memory deleted, and not a file, a timer or what was just asked."""
    found = read_forget_arguments(request)
    if found is None:
        everything = read_forget_everything_arguments(request) is not None
        return everything and _OF_MEMORY.search(request) is not None
    about = str(found["about"])
    if _TAKEN_BACK.search(about):
        return False
    forgets = re.search(r"\bforget\b", request, re.IGNORECASE) and _OF_THE_USER.search(about)
    return bool(forgets or _OF_MEMORY.search(request))


@tool(
    examples=(
        *REMEMBER_EXAMPLES,
        *RECALL_EXAMPLES,
        *FORGET_EXAMPLES,
        *FORGET_EVERYTHING_EXAMPLES,
        "do you remember me",
        "have we met before",
        "do you have a memory",
    ),
    read_arguments=read_memory_request,
)
def no_memory() -> str:
    """Say that nothing is remembered beyond this conversation."""
    return ONLY_THIS_CONVERSATION


__all__ = ["ONLY_THIS_CONVERSATION", "no_memory", "read_memory_request"]
