"""What has become of the text of a session in sound: values that a micro-turn ends with. Pure.

Text is said in an instant and takes time to be sounded. So a session in sound offers the next row
only when little waits, and when the user takes the floor, what was not sounded was never said.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """From here on, nothing that was said up to now was sounded, and nothing of it will be."""

    index: int
    """The micro-turn in which the first of those words was said."""
    character: int
    """Where in the text of that micro-turn the word begins."""

    def begins_at(self, index: int) -> int:
        """Say from which character on the text of a slot, not before the cut's, is cut."""
        return self.character if index == self.index else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Playback:
    """How the voice stands at the end of a micro-turn."""

    has_room: bool = True
    """Whether so little waits to be sounded that more may be offered."""
    cut: Cut | None = None
    """What the voice has dropped in this micro-turn, if anything."""
