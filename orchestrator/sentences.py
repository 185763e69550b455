"""A text in pieces of which each can be said in one go. Pure."""

from collections.abc import Iterator

from weft.sentences import sentences

LONGEST_WORDS = 60
"""A sentence is encoded at once within a micro-turn; a longer one is woven in pieces."""
_CLAUSE_ENDS = (",", ";", ":", "–", "—")


def split_sentences(text: str) -> tuple[str, ...]:
    """Split a text into its sentences; no word is lost or changed, only white space.

    What is longer than LONGEST_WORDS is split once more, after a clause where there is one.
    """
    words = text.split()
    found = [sentence.split() for sentence in sentences(" ".join(words))]
    # The splitter is heuristic: when it drops something, one long sentence is the safe answer.
    if [word for sentence in found for word in sentence] != words:
        found = [words]
    return tuple(" ".join(piece) for sentence in found for piece in _pieces(sentence))


def _pieces(words: list[str]) -> Iterator[list[str]]:
    """Cut where a clause ends in the second half of what fits, or else where no more fits."""
    while len(words) > LONGEST_WORDS:
        ends = range(LONGEST_WORDS, LONGEST_WORDS // 2, -1)
        cut = next((n for n in ends if words[n - 1].endswith(_CLAUSE_ENDS)), LONGEST_WORDS)
        yield words[:cut]
        words = words[cut:]
    if words:
        yield words
