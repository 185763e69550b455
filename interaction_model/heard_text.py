"""What the model takes of what a user writes: the few marks that it was trained to hear."""

import re

_PLAIN_MARKS = str.maketrans(
    {"’": "'", "‘": "'", ";": ",", "–": "-", "—": "-", "…": "..."}
    | dict.fromkeys('"“”„«»()[]{}*_', "")
)
_CLOSING = re.compile(r"[.?!]+$")


def heard_word(word: str) -> str:
    """Write a word with the marks that training has shown; letters and digits stay as they are.

    An exclamation mark is heard as a full stop, "?!" as a question mark. Dots that trail off end
    nothing and are left out. A word of other signs alone (an emoji, a dash) stays as it is.
    """
    plain = word.translate(_PLAIN_MARKS)
    closing = _CLOSING.search(plain)
    if closing:
        mark = _heard_mark(closing[0])
        plain = plain[: closing.start()].rstrip(",") + mark
    plain = plain.replace("!", "")
    return plain if any(char.isalnum() for char in plain) else word


def _heard_mark(marks: str) -> str:
    if "?" in marks:
        return "?"
    return "" if marks.startswith("..") else "."
