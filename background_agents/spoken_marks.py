"""Reads which parts of a model's text are to be said, to be shown, or were only thought. Pure.

A model puts what is to be said between <say> and </say>; all else is to be shown. Thoughts come
between <think> marks, or in the channels of gpt-oss when a server leaves those in the text.
"""

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

_MARKS: Final = (
    "<say>",
    "</say>",
    "<think>",
    "</think>",
    "<thinking>",
    "</thinking>",
    "<|start|>",
    "<|channel|>",
    "<|message|>",
    "<|end|>",
    "<|return|>",
    "<|call|>",
)
_MARK = re.compile("|".join(re.escape(mark) for mark in _MARKS), re.IGNORECASE | re.ASCII)


class _Part(Enum):
    SHOWN = auto()
    SAID = auto()
    THOUGHT = auto()
    HEADER = auto()  # names the channel of what follows


@dataclass(slots=True)
class MarkedText:
    """A model's text as far as it has come, sorted by what is to become of it.

    A mark that is never closed holds to the end, and one that closes nothing is left out.
    """

    said: str = ""
    """What was marked; several passages are parted by a space."""
    shown: str = ""
    thought: str = ""
    is_marked: bool = False
    _part: _Part = _Part.SHOWN
    _header: str = ""
    _held: str = ""
    """The end of what has come, while it may be the beginning of a mark."""

    @property
    def to_say(self) -> str:
        """What is to be said: the marked passages, or everything of a model that marks none."""
        return self.said if self.said.strip() else self.shown

    @property
    def to_show(self) -> str:
        """What is to be shown: all that was not marked, or else what was."""
        return self.shown if self.shown.strip() else self.said

    def add(self, text: str) -> None:
        """Take in the next piece."""
        text = self._held + text
        if "<" not in text:
            self._put(text)
            self._held = ""
            return
        place = 0
        for mark in _MARK.finditer(text):
            self._put(text[place : mark.start()])
            self._turn(mark.group().lower())
            place = mark.end()
        rest = text[place:]
        held = _beginning_of_a_mark(rest)
        self._put(rest[: len(rest) - held])
        self._held = rest[len(rest) - held :]

    def end(self) -> None:
        """Take what was held back for what it is: no mark came of it."""
        self._put(self._held)
        self._held = ""

    def _put(self, text: str) -> None:
        match self._part:
            case _Part.SHOWN:
                self.shown += text
            case _Part.SAID:
                self.said += text
            case _Part.THOUGHT:
                self.thought += text
            case _Part.HEADER:
                self._header += text

    def _turn(self, mark: str) -> None:
        """Go over to the part that a mark opens, or back to what is shown."""
        match mark:
            case "<say>":
                self.is_marked = True
                self.said += " " if self.said and self._part is not _Part.SAID else ""
                self._part = _Part.SAID
            case "</say>":
                self._part = _Part.SHOWN
            case "<think>" | "<thinking>":
                self._part = _Part.THOUGHT
            case "</think>" | "</thinking>":
                if self._part is _Part.SHOWN and not self.is_marked:
                    # The template had opened it: all that came before was a thought.
                    self.thought, self.shown = self.thought + self.shown, ""
                self._part = _Part.SHOWN
            case "<|start|>" | "<|channel|>":
                self._part, self._header = _Part.HEADER, ""
            case "<|message|>":
                thought = self._part is _Part.HEADER and not self._header.startswith("final")
                self._part = _Part.THOUGHT if thought else _Part.SHOWN
            case _:
                self._part = _Part.SHOWN


def _beginning_of_a_mark(text: str) -> int:
    """Give the length of the ending of a text that a mark may begin with."""
    place = text.rfind("<")
    ending = text[place:].lower() if place >= 0 else ""
    return len(text) - place if ending and any(mark.startswith(ending) for mark in _MARKS) else 0
