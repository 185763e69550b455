"""Where one sentence ends and the next begins, so that a turn can be given in between. Pure."""

from functools import cache

import pysbd


def split_sentences(text: str) -> tuple[str, ...]:
    """Split a text into its sentences; no word is lost or changed, only white space."""
    words = text.split()
    sentences = tuple(s.strip() for s in _segmenter().segment(" ".join(words)) if s.strip())
    # The splitter is heuristic: when it drops something, one long sentence is the safe answer.
    kept = [word for sentence in sentences for word in sentence.split()]
    if kept != words:
        return (" ".join(words),) if words else ()
    return sentences


@cache
def _segmenter() -> pysbd.Segmenter:
    return pysbd.Segmenter(language="en", clean=False)
