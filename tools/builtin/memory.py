"""What the user has told: remember it, say it again, forget it.

Where it is kept, and how it is found by meaning, is the store's business.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from weft.errors import ToolError
from weft.tools.builtin.spoken_requests import without_ending, without_politeness
from weft.tools.tool import Approval, SideEffects, Tool, ToolContext, ToolOutput, tool

# Cosine similarities, chosen on the tables in tests/background_agents/test_memory_meaning.py.
ANSWERS = 0.27
"""From this similarity on, a memory answers what was asked."""
ANSWERS_TOO = 0.25
"""How much worse than the best another one may fit and still be said with it."""
MEANT = 0.4
"""From this similarity on, it belongs to a topic that the user wants forgotten ("my sister")."""
MEANT_AS_SAID = 0.85
"""From this one on, it is the very statement ("I live in Rome"); below, it only shares words."""
MEANT_TOO = 0.15
"""How much worse than the best another one may fit and still be forgotten with it."""
SAID_AT_ONCE = 5

REMEMBER_EXAMPLES = (
    "remember that I'm allergic to peanuts",
    "please keep in mind that my sister is called Ann",
    "don't forget that I get up at six",
    "make a note that the spare key is under the pot",
)
RECALL_EXAMPLES = (
    "what do you remember about me",
    "what do you know about my family",
    "do you remember where the spare key is",
    "what did I tell you about my sister",
    "tell me everything you have noted about me",
)
FORGET_EXAMPLES = (
    "forget that I'm allergic to peanuts",
    "please forget what I told you about my sister",
    "you can forget my address",
    "delete what you know about my job",
)
FORGET_EVERYTHING_EXAMPLES = (
    "forget everything about me",
    "delete all my data",
    "erase everything you remember",
    "wipe your memory of me",
)

# Only hesitations: "you know" is no filler here.
_HESITATION = re.compile(r"\b(?:u+m+|u+h+|e+r+m*|a+h+|h+m+)\b[,.…]*\s*", re.IGNORECASE)
_POLITE = (
    r"^(?:(?:hey|please|ok|okay|so|and|oh)\b[\s,]*|(?:can|could|would|will) you (?:please )?)*"
)
_REMEMBER = re.compile(
    _POLITE + r"(?:i(?: want|'d like| would like) you to |you should |from now on,? )?"
    r"(?:(?:always )?remember|(?:keep|bear)(?: it)? in mind|don't (?:ever )?forget|never forget"
    r"|do not forget|(?:make|take) a (?:mental )?note|note(?: down)?)"
    r"(?: please| for me| for (?:next time|later|the future))?(?: of the fact)?"
    r"(?: that| this[,:]|[,:])\s+(?P<what>.+)$",
    re.IGNORECASE,
)
_REMEMBER_SAID = re.compile(
    r"^(?P<what>(?:i|i'm|we|we're|my|our|the)\b.+?), (?:so |and )?(?:please )?"
    r"(?:remember (?:that|this|it)|keep (?:that|this|it) in mind|make a note of (?:that|this|it)"
    r"|don't forget (?:that|this|it))(?: for (?:me|next time|later))?$",
    re.IGNORECASE,
)
"""First the thing, then that it is to be kept."""
_RECALL = re.compile(
    _POLITE + r"(?:tell me )?(?:what|everything|all)(?: that)?(?: else)?(?: do| did| have)?"
    r"(?: you| i)(?: do| have| still)?"
    r" (?:remember|know|noted?|told|tell|stored?|saved?|kept|keep)(?: you)?"
    r"(?: (?:about|of|on) (?P<what>.+))?$",
    re.IGNORECASE,
)
_ABOUT_THE_WORLD = re.compile(
    r"\byou (?:do |have |still )?know (?:about|of|on) (?!me\b|my\b|us\b|our\b|myself\b)", re.I
)
"""What it knows of the user is memory, what it knows of Mars is not."""
_RECALL_ONE = re.compile(
    _POLITE + r"(?:do you (?:still )?remember (?P<what>.+)"
    r"|(?:have|did) i (?:ever |already )?(?:told|tell) you(?: about| that)? (?P<told>.+)"
    r"|(?:do you know |what(?:'s| is) )(?P<name>my name))$",
    re.I,
)
_WHO_I_AM = re.compile(_POLITE + r"(?:do you (?:still )?know (?:me|who i am)|who am i)$", re.I)
_ASKED_TO = (
    _POLITE + r"(?:you (?:can|may|should) |i(?: want|'d like| would like) you to )?(?:please )?"
    r"(?:forget|delete|erase|wipe|clear|remove)(?: out)?"
)
_FROM_MEMORY = r"(?: from (?:your |the )?(?:memory|memories|notes|storage))?"
_FORGET = re.compile(
    _ASKED_TO + r"(?: about)?(?: the fact)?(?: that)?"
    r"(?: (?:what|everything|all)(?: that)? (?:i (?:told you|said)|you (?:know|remember|noted))"
    r"(?: about)?| (?:your|the|any|all) (?:memory|memories|notes?) (?:of|about|on))?"
    rf"\s+(?P<what>.+?){_FROM_MEMORY}$",
    re.IGNORECASE,
)
_TOLD = (
    r"(?: that)?(?: you(?:'ve| have)?(?: ever)? (?:know|remember|stored?|saved|kept|noted?|learned)"
    r"| i(?:'ve| have)?(?: ever)? told you)"
)
_EVERYTHING = re.compile(
    _ASKED_TO + r"(?: about)?(?: absolutely| really)?"
    rf"(?: (?:everything|all)(?: of (?:it|that|them))?(?:{_TOLD})?"
    r"| (?:all )?(?:of )?(?:my|our|your|the)(?: entire| whole)?"
    rf" (?:data|memory|memories|notes|information)(?:{_TOLD})?)"
    rf"(?: (?:about|of|on) (?:me|us|myself))?{_FROM_MEMORY}$",
    re.IGNORECASE,
)
"""The whole of a request: to forget *that* "I lost all my money" is to forget one thing."""
_NAMES_NOTHING = re.compile(r"^(?:about )?(?:it|that|this|them|what i (?:said|asked))$", re.I)
"""As in "forget it", which withdraws a request."""
_ALL_OF_IT = re.compile(
    r"^(?:|me|myself|everything|all|anything|everything about me|all about me)$", re.IGNORECASE
)
_STATEMENT = re.compile(
    r"^(?:i|we|i'm|we're|i've|we've)\b|^(?:my|our) .*\b(?:is|are|was|has|lives?|works?)\b", re.I
)
"""What is a whole sentence and no topic."""
_TURNED = {
    "i": "you", "i'm": "you're", "i've": "you've", "i'll": "you'll", "i'd": "you'd", "me": "you",
    "my": "your", "mine": "yours", "myself": "yourself", "we": "you", "we're": "you're",
    "we've": "you've", "our": "your", "ours": "yours", "us": "you",
}  # fmt: skip


class Remembered(Protocol):
    """One thing that the user has told."""

    @property
    def memory_id(self) -> int:
        """Its number."""
        ...

    @property
    def text(self) -> str:
        """In the user's own words."""
        ...

    @property
    def noted(self) -> datetime:
        """When it was told."""
        ...

    @property
    def tainted(self) -> bool:
        """Whether words of strangers had come into the conversation in which it was told."""
        ...

    @property
    def score(self) -> float:
        """How well it fits what was asked, at most 1."""
        ...


class Memories(Protocol):
    """Where it is kept, apart for each user."""

    async def remember(self, user_id: str, text: str, *, tainted: bool) -> Remembered:
        """Keep one thing; raises ToolError for what must not be kept."""
        ...

    async def recall(
        self, user_id: str, about: str, *, limit: int, least_score: float
    ) -> Sequence[Remembered]:
        """Find what has to do with a text, the best first."""
        ...

    async def everything(self, user_id: str) -> Sequence[Remembered]:
        """List all, the newest first."""
        ...

    async def forget(self, user_id: str, memory_ids: Sequence[int]) -> int:
        """Delete some; gives how many there were."""
        ...

    async def forget_everything(self, user_id: str) -> int:
        """Delete all; gives how many there were."""
        ...


def read_remember_arguments(request: str) -> dict[str, object] | None:
    """Read "remember that …"; without "that" it is a reminder or a question."""
    request = without_politeness(_fluent(request))
    found = _REMEMBER.match(request) or _REMEMBER_SAID.match(request)
    return {"what": found["what"]} if found else None


def read_recall_arguments(request: str) -> dict[str, object] | None:
    """Read what the user wants to hear again; empty for everything."""
    request = without_ending(_fluent(request))
    if _WHO_I_AM.match(request):
        return {"about": ""}
    if found := _RECALL_ONE.match(request):
        return {"about": found["what"] or found["told"] or found["name"]}
    found = _RECALL.match(request)
    if found is None or _ABOUT_THE_WORLD.search(request):
        return None
    return {"about": found["what"] or ""}


def read_forget_arguments(request: str) -> dict[str, object] | None:
    """Read what the user wants forgotten, unless it is everything."""
    request = without_ending(_fluent(request))
    found = _FORGET.match(request)
    if found is None or _EVERYTHING.match(request) or _NAMES_NOTHING.match(found["what"]):
        return None
    return {"about": found["what"]}


def read_forget_everything_arguments(request: str) -> dict[str, object] | None:
    """Give no arguments, but only when really everything is to be forgotten."""
    return {} if _EVERYTHING.match(without_ending(_fluent(request))) else None


def memory_tools(store: Memories) -> tuple[Tool, ...]:
    """Make the four tools; each sees the memories of the user who is talking, and no others."""

    def user(context: ToolContext) -> str:
        if context.user_id is None:
            raise ToolError("I do not know who you are, so I keep nothing about you.")
        return context.user_id

    @tool(
        examples=REMEMBER_EXAMPLES,
        side_effects=SideEffects.WRITE,
        # The user has just asked for it, and can take it back.
        approval=Approval.WHEN_TAINTED,
        question="Shall I remember this: {what}?",
        read_arguments=read_remember_arguments,
    )
    async def remember(what: str, context: ToolContext) -> ToolOutput:
        """Keep something that the user has said and wants remembered in later conversations.

        Args:
            what: the statement in the user's own words, for instance "my sister is called Ann".
        """
        kept = await store.remember(user(context), what, tainted=context.tainted)
        return ToolOutput(f"I will remember that {said_to_user(kept.text)}.")

    @tool(examples=RECALL_EXAMPLES, read_arguments=read_recall_arguments)
    async def recall(context: ToolContext, about: str = "") -> ToolOutput:
        """Say what the user has told in earlier conversations.

        Args:
            about: what it should have to do with; empty for everything.
        """
        if _ALL_OF_IT.match(about.strip()):
            found = await store.everything(user(context))
        else:
            fitting = await store.recall(
                user(context), about, limit=SAID_AT_ONCE, least_score=ANSWERS
            )
            found = _near_the_best(fitting, ANSWERS_TOO)
        if not found:
            raise ToolError("I have nothing noted about that.")
        return ToolOutput(_told(found), detail=_listed(found), tainted=_any_tainted(found))

    @tool(
        examples=FORGET_EXAMPLES,
        side_effects=SideEffects.WRITE,
        # The user has just asked for it, hears what it was, and can tell it again.
        approval=Approval.WHEN_TAINTED,
        question="Shall I forget {about}?",
        read_arguments=read_forget_arguments,
    )
    async def forget(about: str, context: ToolContext) -> ToolOutput:
        """Delete what the user has told about something, and say what it was.

        Args:
            about: what is to be forgotten, in the user's words.
        """
        least = MEANT_AS_SAID if _STATEMENT.match(about.strip()) else MEANT
        found = await store.recall(user(context), about, limit=SAID_AT_ONCE, least_score=least)
        meant = _near_the_best(found, MEANT_TOO)
        if not meant:
            raise ToolError("I have nothing noted about that.")
        await store.forget(user(context), [each.memory_id for each in meant])
        return ToolOutput(
            f"I have forgotten that {_joined([said_to_user(each.text) for each in meant])}.",
            detail=_listed(meant),
            tainted=_any_tainted(meant),
        )

    @tool(
        examples=FORGET_EVERYTHING_EXAMPLES,
        side_effects=SideEffects.IRREVERSIBLE,
        question="Shall I forget everything that you have ever told me? It cannot be undone.",
        read_arguments=read_forget_everything_arguments,
    )
    async def forget_everything(context: ToolContext) -> ToolOutput:
        """Delete everything that the user has ever told; it cannot be brought back."""
        count = await store.forget_everything(user(context))
        if not count:
            return ToolOutput("There was nothing that I remembered about you.")
        things = "the one thing" if count == 1 else f"all {count} things"
        return ToolOutput(f"I have forgotten {things} that I remembered about you.")

    return remember, recall, forget, forget_everything


def _near_the_best(found: Sequence[Remembered], distance: float) -> list[Remembered]:
    return [each for each in found if each.score >= found[0].score - distance]


def _any_tainted(found: Sequence[Remembered]) -> bool:
    return any(each.tainted for each in found)


def _fluent(request: str) -> str:
    return " ".join(_HESITATION.sub(" ", request.replace("’", "'")).split())


def said_to_user(text: str) -> str:
    """Say the user's words to the user: "I'm allergic" becomes "you're allergic"."""
    text = re.sub(r"\b(i|we) (am|was)\b", _verb, text.strip().rstrip(".!"), flags=re.IGNORECASE)
    return re.sub(r"[A-Za-z]+(?:['’][a-z]+)?", _turned, text)


def _verb(found: re.Match[str]) -> str:
    return f"you {'are' if found[2].lower() == 'am' else 'were'}"


def _turned(found: re.Match[str]) -> str:
    word = found[0].replace("’", "'").lower()
    if word in _TURNED:
        return _TURNED[word]
    return found[0]


def _joined(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', that '.join(parts[:-1])} and that {parts[-1]}"


def _told(found: Sequence[Remembered]) -> str:
    said = (
        f"You told me that {_joined([said_to_user(each.text) for each in found[:SAID_AT_ONCE]])}."
    )
    more = len(found) - SAID_AT_ONCE
    if more <= 0:
        return said
    return f"{said} And {more} more thing{'s' if more > 1 else ''}."


def _listed(found: Sequence[Remembered]) -> str:
    return "\n".join(f"- {each.text} ({each.noted:%Y-%m-%d})" for each in found)


__all__ = [
    "Memories",
    "Remembered",
    "memory_tools",
    "read_forget_arguments",
    "read_forget_everything_arguments",
    "read_recall_arguments",
    "read_remember_arguments",
    "said_to_user",
]
