"""A folder of notes as something to ask: passages found by meaning, with their source.

What is found is plain text that can be read aloud. Changes to the folder are followed while a
session runs; each paragraph is embedded once and kept in an index on disk.
"""

# Lists of words read best as text.
# ruff: noqa: SIM905

import logging
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, Protocol, TypeVar

import anyio
import anyio.to_thread
import numpy as np
from numpy.typing import NDArray

from weft.background_agents.knowledge_index import EmbeddedParagraph, KnowledgeIndex, index_file
from weft.background_agents.notes_folder import Notes, look
from weft.background_agents.paragraphs import Paragraph
from weft.clock import Clock, sleep_s
from weft.errors import InputError
from weft.sentences import sentences

LOOK_EVERY_S = 3.0
"""How soon a change to the folder is noticed.

Looking at times and sizes takes milliseconds for hundreds of files. To be told by the system (the
library watchfiles) would save these, but it is told nothing of folders on a network or in many
containers, has a limit on folders, and must look at everything all the same: at the start, and
whenever it was told too much at once.
"""
AFTER_FAILURE_S = 60.0
"""Until the next look after one that broke off."""
SENTENCES_IN_ANSWER = 3
_CLOSE_ENOUGH = 0.12
"""How much worse than the best sentence a neighbour may fit and still be read with it."""

# Few at a time: whoever compares meanings in a conversation waits for one batch at most, and what
# was embedded before a crash or a cancellation is kept.
_PARAGRAPHS_AT_ONCE = 16
_TEXTS_AT_ONCE = 32
_ANNOUNCED_PARAGRAPHS = 200
"""From so many new paragraphs on, it is said how far the embedding is."""
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

Value = TypeVar("Value")
Announce = Callable[[str], None]


class Embedder(Protocol):
    """What is needed of weft.meaning.SentenceMeaning."""

    def fingerprint(self) -> str:
        """Say which model embeds; may load it first."""
        ...

    def embedded(self, texts: Sequence[str]) -> Awaitable[NDArray[np.float32]]:
        """Embed texts without holding up the event loop."""
        ...

    def embedded_once(self, texts: Sequence[str]) -> Awaitable[NDArray[np.float32]]:
        """Embed texts that are not asked for again."""
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


class Knowledge:
    """The passages of all Markdown and text files in a folder, its sub-folders included."""

    def __init__(
        self,
        folder: Path,
        embedder: Embedder,
        *,
        index: Path | None = None,
        announce: Announce = logger.info,
        inline: bool = False,
    ) -> None:
        """Remember the folder; it is read by `load`, or else by the first search.

        `index` is the file of the embeddings, by default one in the user's cache. `announce` says
        how far a long `load` is. `inline` works in the calling task, which virtual time needs to
        stay deterministic.
        """
        self._folder = folder
        self._embedder = embedder
        self._announce = announce
        self._inline = inline
        self._index = KnowledgeIndex(index or index_file(folder), inline=inline)
        self._notes = Notes()
        self._corpus: _Corpus | None = None
        self._catching_up = anyio.Lock()

    async def load(self) -> None:
        """Read the folder and embed what is new in it: seconds for some hundred paragraphs.

        Raises InputError when the folder is not there. Files that cannot be read are left out.
        """
        if not await self._beside(self._folder.is_dir):
            raise InputError(f"no knowledge folder at {str(self._folder)!r}")
        await self._catch_up(self._announce)

    async def follow(self, clock: Clock) -> NoReturn:
        """Keep up with changes to the folder until cancelled; a search never waits for it."""
        wait_s = LOOK_EVERY_S
        while True:
            await sleep_s(clock, wait_s)
            wait_s = LOOK_EVERY_S
            try:
                await self._catch_up(logger.info)
            except Exception as error:  # of the embedder; a conversation goes on without changes
                logger.warning(
                    "changes to the notes are not followed for a while: %s: %s",
                    type(error).__name__,
                    error,
                )
                wait_s = AFTER_FAILURE_S

    async def search(self, query: str, limit: int = 3) -> list[Passage]:
        """Find the passages that fit a question best, the best first."""
        if self._corpus is None:
            await self.load()
        corpus = self._corpus
        if corpus is None or not corpus.paragraphs:
            return []
        asked = (await self._embedder.embedded([query]))[0]
        return await self._beside(lambda: corpus.search(query, asked, limit))

    async def _catch_up(self, announce: Announce) -> None:
        """Look at the folder, embed what is new, and from then on search what is there now."""
        async with self._catching_up:
            notes = await self._beside(lambda: look(self._folder, self._notes))
            paragraphs = notes.paragraphs
            if self._corpus is None or paragraphs != self._corpus.paragraphs:
                try:
                    embedded = await self._embedded(notes, announce)
                finally:
                    self._index.close()
                self._corpus = await self._beside(lambda: _Corpus.of(paragraphs, embedded))
                logger.info("knowledge ready: %d paragraphs", len(paragraphs))
            self._notes = notes

    async def _embedded(self, notes: Notes, announce: Announce) -> dict[bytes, EmbeddedParagraph]:
        """Find or make the embeddings of all paragraphs, by their keys."""
        model = await self._beside(self._embedder.fingerprint)
        wanted = await self._beside(lambda: {each.key: each for each in notes.paragraphs})
        known = await self._beside(self._corpus.embedded) if self._corpus is not None else {}
        known |= await self._index.find(model, wanted.keys() - known.keys())
        new = [paragraph for key, paragraph in wanted.items() if key not in known]
        tell = announce if len(new) >= _ANNOUNCED_PARAGRAPHS else logger.debug
        tell(f"embedding {len(new)} new paragraphs of notes, once")
        done = 0
        for batch in _in_pieces(new, _PARAGRAPHS_AT_ONCE):
            made = await self._embed(batch)
            await self._index.keep(model, made)
            known |= made
            tenths_before, done = 10 * done // len(new), done + len(batch)
            if 10 * done // len(new) > tenths_before:
                tell(f"{done} of {len(new)} new paragraphs of notes embedded")
        if not notes.unreadable:
            # Else what cannot be seen now, a drive that was taken out, would have to be embedded
            # again when it is back.
            await self._index.keep_only(model, wanted.keys())
        return known

    async def _embed(self, batch: Sequence[Paragraph]) -> dict[bytes, EmbeddedParagraph]:
        # Finding sentences takes as long as embedding them: beside the loop as well.
        parts = await self._beside(lambda: [_sentences(each.text) for each in batch])
        texts = [
            text
            for paragraph, of_it in zip(batch, parts, strict=True)
            for text in _as_embedded(paragraph, of_it)
        ]
        rows = np.concatenate(
            [
                await self._embedder.embedded_once(piece)
                for piece in _in_pieces(texts, _TEXTS_AT_ONCE)
            ]
        )
        ends = np.cumsum([1 + len(of_it) for of_it in parts])
        return {
            paragraph.key: EmbeddedParagraph(of_it, of_rows)
            for paragraph, of_it, of_rows in zip(
                batch, parts, np.split(rows, ends[:-1]), strict=True
            )
        }

    async def _beside(self, work: Callable[[], Value]) -> Value:
        """Work without holding up the event loop."""
        if self._inline:
            return work()
        # Left behind when cancelled: a drive that hangs must not keep a session from ending.
        return await anyio.to_thread.run_sync(work, abandon_on_cancel=True)


@dataclass(frozen=True, slots=True, eq=False)
class _Corpus:
    """All paragraphs at one moment, and what they mean."""

    paragraphs: tuple[Paragraph, ...]
    parts: tuple[tuple[str, ...], ...]
    """The sentences of each paragraph."""
    rows: NDArray[np.float32]
    """For each paragraph one of the whole, then one for each sentence."""
    bounds: NDArray[np.intp]
    """Where the rows of each paragraph begin, and at last where all end."""
    common_words: frozenset[str]
    """Words that are no names: they occur without a capital."""

    @classmethod
    def of(
        cls, paragraphs: Sequence[Paragraph], embedded: Mapping[bytes, EmbeddedParagraph]
    ) -> "_Corpus":
        """Put paragraphs and their embeddings together."""
        found = [embedded[each.key] for each in paragraphs]
        words = {word for paragraph in paragraphs for word in paragraph.text.split()}
        return cls(
            paragraphs=tuple(paragraphs),
            parts=tuple(each.sentences for each in found),
            rows=np.concatenate([each.rows for each in found] or [np.zeros((0, 0), np.float32)]),
            bounds=np.cumsum([0, *(len(each.rows) for each in found)], dtype=np.intp),
            common_words=_LOWERED | {word for word in words if word[:1].islower()},
        )

    def embedded(self) -> dict[bytes, EmbeddedParagraph]:
        """Give the embeddings by the keys of their paragraphs."""
        return {
            paragraph.key: EmbeddedParagraph(parts, self.rows[begin:end])
            for paragraph, parts, begin, end in zip(
                self.paragraphs, self.parts, self.bounds[:-1], self.bounds[1:], strict=True
            )
        }

    def search(self, query: str, asked: NDArray[np.float32], limit: int) -> list[Passage]:
        """Find the passages that fit best, the best first."""
        fits = self.rows @ asked
        best = np.maximum.reduceat(fits, self.bounds[:-1])
        chosen = np.argsort(-best, kind="stable")[:limit]
        return [self._passage(query, int(owner), float(best[owner]), fits) for owner in chosen]

    def _passage(self, query: str, owner: int, score: float, fits: NDArray[np.float32]) -> Passage:
        paragraph, parts = self.paragraphs[owner], self.parts[owner]
        # The paragraph's own row comes first, then its sentences in order.
        of_parts = fits[self.bounds[owner] + 1 : self.bounds[owner + 1]]
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
        return lowered + space + rest if lowered in self.common_words else text


def _sentences(text: str) -> tuple[str, ...]:
    """Split a text; one in which there is nothing to split, an odd sign, is one sentence."""
    return sentences(text) or (text,)


def _as_embedded(paragraph: Paragraph, parts: Sequence[str]) -> list[str]:
    """Say a paragraph and each of its sentences with their headings.

    Those say what it is about when its sentences only say "it".
    """
    about = ", ".join(paragraph.headings)
    return [f"{about}: {text}" for text in (paragraph.text, *parts)]


def _in_pieces(things: Sequence[Value], length: int) -> Iterator[Sequence[Value]]:
    return (things[start : start + length] for start in range(0, len(things), length))


def _missing(query: str, text: str) -> tuple[str, ...]:
    present = {_stem(word) for word in _WORD.findall(text.lower())}
    asked = dict.fromkeys(_WORD.findall(query.lower().replace("’", "'")))
    return tuple(word for word in asked if word not in _ASKING_WORDS and _stem(word) not in present)


def _stem(word: str) -> str:
    """Make "opens" and "opened" the same; crude, but it only has to match within one passage."""
    bare = word.removesuffix("'s").removesuffix("s")
    return bare[:5]
