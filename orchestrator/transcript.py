"""Both sides of the conversation with their times, and the user's current turn. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean
from typing import Literal

from weft.background_agents.types import TranscriptLine
from weft.interaction_model.types import (
    SLOT_S,
    Floor,
    MicroTurnInput,
    MicroTurnOutput,
    TranscribedWord,
)
from weft.orchestrator.playback import Cut


@dataclass(frozen=True, slots=True, kw_only=True)
class UserTurn:
    """What the user said since the floor last changed hands."""

    first_index: int
    last_index: int
    text: str
    handed_over: bool = False
    """Whether these words have led to a delegation, a correction or a dismissal already."""
    replied: bool = False
    """Whether the model has said something of its own since."""


@dataclass(slots=True, kw_only=True)
class _Line:
    """One stretch of speech that may still grow."""

    speaker: Literal["user", "model"]
    unverified: bool
    first_index: int
    last_index: int
    text: str
    start_s: float = math.inf
    end_s: float = 0.0
    confidences: list[float] = field(default_factory=list)
    """Of the words of it that were heard from sound."""
    frozen: TranscriptLine | None = None
    """The value of this stretch as it is now, once somebody has asked for it."""
    said_in: list[tuple[int, int]] = field(default_factory=list)
    """For each slot of it, where in `text` what was said in that slot begins."""

    def grow(
        self, index: int, text: str, sounded: Sequence[TranscribedWord], *, apart: bool
    ) -> None:
        # Ears give a word some slots after it was said; what is typed or said is in its slot.
        self.start_s = min(
            self.start_s, min((word.start_s for word in sounded), default=index * SLOT_S)
        )
        self.end_s = max(
            self.end_s, max((word.end_s for word in sounded), default=(index + 1) * SLOT_S)
        )
        self.confidences += [word.confidence for word in sounded]
        self.text += " " if apart else ""
        self.said_in.append((index, len(self.text)))
        self.text += text
        self.last_index = index
        self.frozen = None

    def cut(self, cut: Cut) -> str:
        """Let go of what was cut; gives it."""
        at = len(self.text)
        while self.said_in and self.said_in[-1][0] >= cut.index:
            index, begin = self.said_in.pop()
            at = begin + cut.begins_at(index)
        unsounded, self.text = self.text[at:], self.text[:at]
        self.last_index = cut.index if cut.character else max(self.first_index, cut.index - 1)
        self.end_s = (self.last_index + 1) * SLOT_S
        self.frozen = None
        return unsounded

    def value(self) -> TranscriptLine:
        # Every context package holds the whole conversation: all of them share its old lines.
        if self.frozen is None:
            self.frozen = TranscriptLine(
                speaker=self.speaker,
                start_s=round(self.start_s, 3),
                end_s=round(self.end_s, 3),
                text=self.text.strip(),
                unverified=self.unverified,
                confidence=round(fmean(self.confidences), 3) if self.confidences else None,
            )
        return self.frozen


class Transcript:
    """The conversation so far; grows by one slot at a time."""

    def __init__(self, turn_gap_slots: int) -> None:
        """Speech of one speaker with a silence of `turn_gap_slots` inside is two stretches."""
        self._turn_gap_slots = turn_gap_slots
        self._lines: list[_Line] = []
        self._growing: dict[str, _Line] = {}
        self._turn: UserTurn | None = None
        self._floor_was_left = False

    @property
    def user_turn(self) -> UserTurn | None:
        """The user's current or latest turn; None before the first word."""
        return self._turn

    def lines(self) -> tuple[TranscriptLine, ...]:
        """Give the whole conversation in the order in which the first of each stretch came in."""
        return tuple(line.value() for line in self._lines)

    def add(self, heard: MicroTurnInput, said: MicroTurnOutput, *, unverified: bool) -> None:
        """Take in one slot; `unverified` says that the model's words rest on no reference."""
        if heard.text:
            self._extend("user", heard.index, " " + heard.text, heard.transcribed, unverified=False)
            self._turn = self._grown_turn(heard.index, heard.text)
            self._floor_was_left = False
        if said.text:
            self._extend("model", said.index, said.text, (), unverified=unverified)
            if unverified and self._turn and not heard.text:
                self._turn = replace(self._turn, replied=True)
        if said.text or said.floor.most_likely in (Floor.GAP, Floor.MODEL):
            self._floor_was_left = True

    def unsay(self, cut: Cut) -> str:
        """Take back what the model said and the voice did not sound; gives those words."""
        unsounded: list[str] = []
        # From the newest back: the lines before them are as they were.
        for line in reversed(self._lines):
            if line.speaker == "model":
                if line.last_index < cut.index:
                    break
                unsounded.insert(0, line.cut(cut).strip())
        self._lines = [line for line in self._lines if line.text.strip()]
        if (growing := self._growing.get("model")) is not None and not growing.text.strip():
            del self._growing["model"]
        return " ".join(unsounded)

    def hand_over(self) -> None:
        """Mark the current turn as acted on, so that the next words begin another."""
        if self._turn:
            self._turn = replace(self._turn, handed_over=True)

    def reopen(self, turn: UserTurn) -> None:
        """Take back that a turn was acted on, unless the user has begun another."""
        if self._turn and self._turn.first_index == turn.first_index:
            self._turn = replace(self._turn, handed_over=False)

    def _grown_turn(self, index: int, text: str) -> UserTurn:
        """Join words to the turn they belong to.

        A floor head that flickers inside a pause must not tear a request apart, so a turn ends only
        when the floor was left *and* the silence was long enough.
        """
        turn = self._turn
        if turn is None or turn.handed_over:
            return UserTurn(first_index=index, last_index=index, text=text)
        if self._floor_was_left and index - turn.last_index > self._turn_gap_slots:
            return UserTurn(first_index=index, last_index=index, text=text)
        return UserTurn(first_index=turn.first_index, last_index=index, text=f"{turn.text} {text}")

    def _extend(
        self,
        speaker: Literal["user", "model"],
        index: int,
        text: str,
        sounded: Sequence[TranscribedWord],
        *,
        unverified: bool,
    ) -> None:
        line = self._growing.get(speaker)
        joins = (
            line is not None
            and line.unverified == unverified
            and index - line.last_index <= self._turn_gap_slots
        )
        if line is None or not joins:
            line = _Line(
                speaker=speaker,
                unverified=unverified,
                first_index=index,
                last_index=index,
                text="",
            )
            self._growing[speaker] = line
            self._lines.append(line)
        # A new sentence begins without a space of its own.
        apart = index - line.last_index > 1 or line.text.endswith((".", "?", "!"))
        line.grow(index, text, sounded, apart=apart and not text.startswith(" "))
