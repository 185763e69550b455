"""What is said, cut into what takes time to say: the letters of a word, and the pause behind it.

No torch here.
"""

from dataclasses import dataclass

_PAUSING = ".,!?;:…\"'”’)]-–—"
_LONGEST_BYTES = 40
"""Letters of a word beyond this are not read: nobody's word is as long."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A stretch of letters whose time is counted as one."""

    letters: bytes
    """UTF-8; lower-case letters and marks."""
    is_pause: bool = False
    """Marks and the space that follow a word: they take the time until the next word begins."""


def units_of(word: str) -> tuple[Unit, ...]:
    """Cut a written word without spaces into its letters, if it has any, and the pause behind."""
    core = word.rstrip(_PAUSING)
    marks = word[len(core) :].lower().encode("utf-8", errors="replace")[:_LONGEST_BYTES]
    letters = core.lower().encode("utf-8", errors="replace")[:_LONGEST_BYTES]
    pause = Unit(marks + b" ", is_pause=True)
    return (Unit(letters), pause) if letters else (pause,)
