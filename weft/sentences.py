"""Where one sentence of plain text ends and the next begins. Pure.

A heuristic library decides, which takes milliseconds. Most texts hold only ends that are certain,
and those are cut here, exactly as the library would: it sees only what holds a doubtful mark.
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pysbd import Segmenter

KEPT_TEXTS: Final = 64
"""An answer is looked at several times on its way from an agent to the voice."""

# What has a meaning beyond its own place: quotation marks, brackets, breaks and whatever character
# is rare; and letters and numbers before a point, which may be the marks of a list.
_FAR_REACHING = re.compile(
    r"""[^A-Za-z0-9À-ÖØ-öø-ÿ,;:%€$°…–—/+.!?'’ -] | --
    | (?<![A-Za-z])['’] | ['’](?![a-z]) | [ ]{2}
    | (?<![A-Za-z])[A-Za-z]\. | (?<!\d)\d{1,2}\.[ ]""",
    re.VERBOSE,
)
_END = re.compile(r"(?<![A-Za-z.])([A-Za-z][a-z]{2,})[.!?] (?=[A-Z])")
_DOUBTFUL = re.compile(r"(?<!\d)\.(?=.)|\.(?=\D)|[!?](?=.)")
_WORDS_WITH_A_MARK: Final = frozenset({"yahoo", "yum"})
"""Names that are written with an exclamation mark."""


def load_splitter() -> None:
    """Load the library, which takes a moment, before anybody waits for it."""
    _segmented("Ready... Steady.")


@lru_cache(KEPT_TEXTS)
def sentences(text: str) -> tuple[str, ...]:
    """Split plain text into sentences; abbreviations and decimal points do not end one."""
    text = text.strip()
    if not text:
        return ()
    if _FAR_REACHING.search(text):
        return _segmented(text)
    found: list[str] = []
    for piece in _certain_pieces(text):
        found += _segmented(piece) if _DOUBTFUL.search(piece) else (piece,)
    return tuple(found)


def _certain_pieces(text: str) -> Iterator[str]:
    """Cut a text at the ends of sentences that need no library."""
    begin = 0
    for end in _END.finditer(text):
        if end[1].lower() not in _words_with_a_mark():
            yield text[begin : end.end() - 1]
            begin = end.end()
    yield text[begin:]


def _segmented(text: str) -> tuple[str, ...]:
    return tuple(s for segment in _segmenter().segment(text) if (s := str(segment).strip()))


@cache
def _words_with_a_mark() -> frozenset[str]:
    """Give the words after which a mark may be part of the word."""
    return _WORDS_WITH_A_MARK.union(_segmenter().language_module.Abbreviation.ABBREVIATIONS)


@cache
def _segmenter() -> "Segmenter":
    from pysbd import Segmenter

    return Segmenter(language="en", clean=False)
