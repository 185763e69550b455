"""A folder of Markdown as something to ask: passages found by meaning, with their source.

What is found is plain text that can be read aloud.
"""

# Lists of words read best as text.
# ruff: noqa: SIM905

import logging
import re
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from weft.background_agents.spoken import plain, sentences
from weft.errors import InputError

SENTENCES_IN_ANSWER = 3
_CLOSE_ENOUGH = 0.12
"""How much worse than the best sentence a neighbour may fit and still be read with it."""

_HEADING = re.compile(r"^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$")
_FENCE = re.compile(r"^ {0,3}(```|~~~)")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_ASKING_WORDS = frozenset(
    "a about all am an and any are as at be been big by can close come could deep did do "
    "does everybody far fast find for from fun get give go got had has have he heavy her "
    "high his how how's i i'd i'll i'm if in into is it it's its kind know large last least "
    "like long look make many may me mean much must my need needed of often old on one or "
    "our out people please say she should so some tall tell than that that's the their them "
    "then there they thing things this time to up use used want was way we were what what's "
    "when when's where where's which who who's whom whose why will with work would year you "
    "your".split()
)
"""Words that ask or measure: a passage that answers them uses others."""
_LOWERED = frozenset(
    "a an all any everybody instead as at before both by each every for from if in it its "
    "most no of on one only our some the there these this to two use when while with you "
    "your".split()
)
"""Words at the head of a sentence that lose their capital inside another sentence."""

logger = logging.getLogger(__name__)


class Embedder(Protocol):
    """What is needed of weft.meaning.SentenceMeaning."""

    def embed_kept(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed texts that are the same at every start as unit vectors, [len(texts), width]."""
        ...

    def embedded(self, texts: Sequence[str]) -> Awaitable[NDArray[np.float32]]:
        """Embed texts without holding up the event loop."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A paragraph that may answer a question."""

    text: str
    """The paragraph as plain sentences."""
    source: str
    """Name of the document as it is said: "company handbook"."""
    place: str
    """File and heading, for clients that show it: `handbook.md, Leave`."""
    score: float = 0.0
    """How well it fits the question, as cosine similarity, -1 … 1."""
    answer: str = ""
    """The one to three sentences of it that fit best."""
    missing: tuple[str, ...] = ()
    """Words of the question that carry meaning and do not occur in the passage or its headings."""


@dataclass(frozen=True, slots=True)
class _Paragraph:
    text: str
    headings: tuple[str, ...]
    document: str
    file: str


class Knowledge:
    """The passages of all Markdown files in a folder, its sub-folders included."""

    def __init__(self, folder: Path, embedder: Embedder) -> None:
        """Remember the folder; it is read by `load`."""
        self._folder = folder
        self._embedder = embedder
        self._paragraphs: list[_Paragraph] = []
        self._sentences: list[list[str]] = []
        # One row for each paragraph as a whole and one for each of its sentences.
        self._rows: NDArray[np.float32] = np.zeros((0, 0), dtype=np.float32)
        self._owners: NDArray[np.intp] = np.zeros(0, dtype=np.intp)
        self._common_words: frozenset[str] = frozenset()

    def load(self) -> None:
        """Read and embed the folder; some seconds for some hundred passages.

        Raises InputError when the folder or a file in it cannot be read.
        """
        if not self._folder.is_dir():
            raise InputError(f"no knowledge folder at {str(self._folder)!r}")
        self._paragraphs = []
        for file in sorted(self._folder.rglob("*.md")):
            try:
                text = file.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise InputError(f"cannot read {str(file)!r}: {error}") from error
            self._paragraphs += _paragraphs(text, str(file.relative_to(self._folder)))
        words = {word for paragraph in self._paragraphs for word in paragraph.text.split()}
        self._common_words = _LOWERED | {word for word in words if word[:1].islower()}
        self._sentences = [sentences(paragraph.text) for paragraph in self._paragraphs]
        texts: list[str] = []
        owners: list[int] = []
        for owner, (paragraph, parts) in enumerate(
            zip(self._paragraphs, self._sentences, strict=True)
        ):
            # Headings say what a paragraph is about when its sentences only say "it".
            about = ", ".join(paragraph.headings)
            texts += [f"{about}: {paragraph.text}", *(f"{about}: {part}" for part in parts)]
            owners += [owner] * (1 + len(parts))
        self._rows = self._embedder.embed_kept(texts)
        self._owners = np.array(owners, dtype=np.intp)
        logger.info("knowledge ready: %d passages", len(self._paragraphs))

    async def search(self, query: str, limit: int = 3) -> list[Passage]:
        """Find the passages that fit a question best, the best first."""
        if not self._paragraphs:
            return []
        asked = (await self._embedder.embedded([query]))[0]
        fits = self._rows @ asked
        best = np.full(len(self._paragraphs), -1.0, dtype=np.float32)
        np.maximum.at(best, self._owners, fits)
        chosen = np.argsort(-best, kind="stable")[:limit]
        return [self._passage(query, int(owner), float(best[owner]), fits) for owner in chosen]

    def _passage(self, query: str, owner: int, score: float, fits: NDArray[np.float32]) -> Passage:
        paragraph, parts = self._paragraphs[owner], self._sentences[owner]
        # The paragraph's own row comes first, then its sentences in order.
        of_parts = fits[self._owners == owner][1:]
        first = last = int(np.argmax(of_parts))
        least = of_parts[first] - _CLOSE_ENOUGH
        while last - first + 1 < SENTENCES_IN_ANSWER and last + 1 < len(parts):
            if of_parts[last + 1] < least:
                break
            last += 1
        answer = " ".join(parts[first : last + 1])
        return Passage(
            text=paragraph.text,
            source=self._as_said(paragraph.document).removeprefix("the "),
            place=", ".join([paragraph.file, *paragraph.headings[1:]]),
            score=score,
            answer=self._as_said(answer),
            missing=_missing(query, " ".join([paragraph.text, *paragraph.headings])),
        )

    def _as_said(self, text: str) -> str:
        """Take the capital from a first word that is no name, for the middle of a sentence."""
        first, space, rest = text.partition(" ")
        lowered = first[:1].lower() + first[1:]
        return lowered + space + rest if lowered in self._common_words else text


def _missing(query: str, text: str) -> tuple[str, ...]:
    present = {_stem(word) for word in _WORD.findall(text.lower())}
    asked = dict.fromkeys(_WORD.findall(query.lower().replace("’", "'")))
    return tuple(word for word in asked if word not in _ASKING_WORDS and _stem(word) not in present)


def _stem(word: str) -> str:
    """Make "opens" and "opened" the same; crude, but it only has to match within one passage."""
    bare = word.removesuffix("'s").removesuffix("s")
    return bare[:5]


def _paragraphs(markdown: str, file: str) -> list[_Paragraph]:
    """Cut Markdown at headings and blank lines; code and pictures are not read aloud."""
    found: list[tuple[str, tuple[str, ...]]] = []
    headings: list[str] = []
    lines: list[str] = []
    fence: str | None = None

    def end_paragraph() -> None:
        text = plain("\n".join(lines))
        if text:
            found.append((text, tuple(headings)))
        lines.clear()

    for line in markdown.splitlines():
        mark = _FENCE.match(line)
        if mark:
            fence = None if fence == mark[1] else fence or mark[1]
        elif fence is None:
            heading = _HEADING.match(line)
            if heading:
                end_paragraph()
                del headings[len(heading[1]) - 1 :]
                headings.append(plain(heading[2]))
            elif line.strip():
                lines.append(line)
            else:
                end_paragraph()
    end_paragraph()
    title = next((h[0] for _, h in found if h), Path(file).stem.replace("_", " ").replace("-", " "))
    return [_Paragraph(text, h or (title,), title, file) for text, h in found]
