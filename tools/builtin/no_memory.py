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
    r"\b(?:ask(?:ed)?|questions?|said anything|wanted to know|search|timer)\b"
    r"|^(?:it|this)\b|^that(?: one)?(?:,|$)",
    re.IGNORECASE,
)
"""What is dropped with these words is a request, and no memory."""
# A list for requests alone: "I don't know if I told you" is handed over by mistake only.
_SURELY_OF_MEMORY = (
    # the memory itself
    r"\b(?:your (?:whole |entire )?memor(?:y|ies)|you have a memory|from memory|to memory)\b",
    r"\b(?:memorise|memorize|unlearn|unremember)\b",
    # what was told, and what is known of the user
    r"\bi(?:'ve| have)?(?: ever| never| already| once)? told you\b(?! to\b)",
    r"\bdid i (?:ever |never |already )?tell you\b",
    r"\b(?:did i|have i) (?:ever |already )?(?:say|said|mention|mentioned) (?!(?:yes|no)\b)",
    r"\bi asked you to (?:remember|keep|store|note)\b",
    r"\byou (?:still (?:know|remember)|recall|forgotten) (?:wh\w+|how) (?:\w+ )*?(?:i|my)\b",
    r"\b(?:delete|erase|wipe|remove|get rid of|throw away) what i(?:'ve| have)? said\b",
    r"\bi (?:don't|no longer) want you to (?:know|remember|keep|store)\b",
    r"\b(?:know|kept|keep|keeping|noted|remember(?:ed)?|sav(?:ed|ing)|stor(?:ed|ing)|forget)"
    r"(?: \w+){0,2} (?:about|on|of) (?:me|us|my|our)\b",
    r"\byou (?:have|have got|'ve got|hold) on (?:me|us)\b",
    r"\b(?:(?:everything|anything) (?:about|on|of)|all about) (?:me|us)\b",
    r"\bhave we (?:ever )?(?:met|talked|spoken)\b",
    # whom and what it may know again
    r"\byou(?:'ve| have| haven't)? (?:ever |still |not |already )?"
    r"(?:remember|recogni[sz]e|recall|forget|forgotten|met)"
    r" (?:me|us|my (?:name|voice)|who i am|things|anything|this|yesterday)\b",
    # what it is to keep from now on
    r"\b(?:keep|bear|have) (?:\w+ )?in mind\b",
    r"\bmake a (?:mental )?note that\b",
    r"\b(?:remember|store|keep|note) (?:that|this|it)(?: for (?:me|later|next time))?$",
)
_ABOUT_MEMORY = re.compile("|".join(_SURELY_OF_MEMORY), re.IGNORECASE)
_TO_BE_KEPT_OR_NOT = re.compile(
    r"(?:^|[,:;] ?|\byou (?:to )?"
    r"|\b(?:please|always|never|and|so|don't|don't ever|no longer|stop|should not|have to) )"
    r"(?:remember|remembering|forget)\b(?! to\b)",
    re.IGNORECASE,
)
"""Somebody else is to do it: "I forget", "I can't remember" and "before I forget" are none."""


def read_memory_request(request: str) -> dict[str, object] | None:
    """Give no arguments, but only for a request to remember, to recall or to forget."""
    request = without_ending(request.replace("’", "'"))
    asks = (
        read_remember_arguments(request) is not None
        or _recalls(request)
        or _forgets(request)
        or _ABOUT_MEMORY.search(request) is not None
        or _of_the_user(request)
    )
    return {} if asks else None


def _of_the_user(request: str) -> bool:
    """Whether something about the user is to be kept, or no more, or is asked for again."""
    found = _TO_BE_KEPT_OR_NOT.search(request)
    if found is None:
        return False
    what = request[found.end() :].strip()
    return _OF_THE_USER.search(what) is not None and _TAKEN_BACK.search(what) is None


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
