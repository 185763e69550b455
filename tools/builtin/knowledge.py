"""Knowledge search: answers from the user's own notes, with the source named.

The search itself is passed in; this module knows only what it gives back.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from pathlib import PurePosixPath
from typing import Protocol

from weft.errors import ToolError
from weft.tools.builtin.spoken_requests import without_ending, without_fillers
from weft.tools.tool import Tool, ToolOutput, tool

LEAST_SCORE = 0.35
"""Below this a passage has only words in common with the question."""
SPOKEN_WORDS = 45

EXAMPLES = (
    "What do my notes say about the garden?",
    "look up how to descale the kettle",
    "who wrote the house rules",
    "When does the museum open?",
    "What is the wifi password for guests?",
    "tell me about the history of the building",
    "why does bread need salt",
    "How do I reset the heating?",
    "what should I do if the alarm goes off",
    "explain how tides work",
    "which bird sings at night",
    "search for the recipe of the lentil soup",
)


class Passage(Protocol):
    """One piece of the notes, as a search finds it."""

    @property
    def text(self) -> str:
        """The passage in plain sentences or Markdown."""
        ...

    @property
    def source(self) -> str:
        """Where it stands, for instance "garden/roses.md"."""
        ...

    @property
    def score(self) -> float:
        """How well it fits the question, at most 1."""
        ...


Search = Callable[[str], Awaitable[Sequence[Passage]]]
"""Finds passages for a question, the best first."""


def read_arguments(request: str) -> dict[str, object] | None:
    """Take the whole request as the question, without fillers and politeness."""
    question = without_ending(without_fillers(request))
    return {"question": question} if len(question) > 2 else None


def knowledge_tool(search: Search, *, least_score: float = LEAST_SCORE) -> Tool:
    """Make the tool around a search; passages below `least_score` count as nothing found."""

    @tool(name="knowledge", examples=EXAMPLES, read_arguments=read_arguments)
    async def knowledge(question: str) -> ToolOutput:
        """Answer a question from the user's notes and documents, naming the source.

        Args:
            question: the question in full, in the user's words.
        """
        found = sorted(await search(question), key=lambda passage: passage.score, reverse=True)
        fitting = [passage for passage in found if passage.score >= least_score]
        if not fitting:
            raise ToolError("The notes say nothing about that.")
        best = fitting[0]
        answer = _first_sentences(_without_markdown(best.text))
        if not answer:
            raise ToolError("The notes say nothing about that.")
        return ToolOutput(
            f"{answer} That is from {spoken_source(best.source)}.",
            detail="\n\n".join(f"{passage.text}\n\n({passage.source})" for passage in fitting[:3]),
            sources=tuple(dict.fromkeys(passage.source for passage in fitting[:3])),
        )

    return knowledge


def spoken_source(source: str) -> str:
    """Say a file's name: "garden/winter-roses.md" is "the notes on winter roses"."""
    name = re.sub(r"[-_]+", " ", PurePosixPath(source.partition("#")[0]).stem).strip()
    return f"the notes on {name}" if name else "the notes"


def _without_markdown(text: str) -> str:
    text = re.sub(r"```.*?```", " ", text, flags=re.DOTALL)
    text = re.sub(r"^\s*#+\s.*$", " ", text, flags=re.MULTILINE)
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"^\s*(?:[-*+]|\d+\.)\s+", "", text, flags=re.MULTILINE)
    return " ".join(re.sub(r"[*`]|(?<!\w)_|_(?!\w)", "", text).split())


def _first_sentences(text: str) -> str:
    """Keep whole sentences up to what one likes to hear at once; at least the first."""
    kept: list[str] = []
    words = 0
    for sentence in re.split(r"(?<=[.!?])\s+(?=[A-Z0-9])", text):
        words += len(sentence.split())
        if kept and words > SPOKEN_WORDS:
            break
        kept.append(sentence)
    answer = " ".join(kept).strip()
    return answer if not answer or answer[-1] in ".!?" else f"{answer}."
