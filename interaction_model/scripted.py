"""An interaction model that plays by rules, for tests of everything around the real one.

It behaves as the trained model is meant to: it says the rows it is offered, answers the user first,
yields at a barge-in, goes on at a backchannel, and says honestly when nothing was found. It is an
oracle with a table of replies, not a model: no default path uses it. No torch here.
"""

import re
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass

from weft.interaction_model.types import (
    ControlToken,
    Floor,
    FloorProbabilities,
    LivedSlot,
    MicroTurnInput,
    MicroTurnOutput,
    ReferenceRows,
    Row,
)

NOT_FOUND = "I could not find that out."
"""What is said for an absent row."""

BACKCHANNELS = frozenset(
    {
        "mm",
        "mhm",
        "mm-hm",
        "mmhm",
        "uh-huh",
        "yeah",
        "yes",
        "right",
        "okay",
        "ok",
        "sure",
        "i",
        "see",
    }
)
"""Words that do not take the floor while the model speaks."""

_UNFINISHED = r"(,|\b(a|an|and|at|but|by|for|from|in|is|of|or|the|to|um|what's|with))$"
_REPLY_AT_SILENT_SLOT = 2
_WORDS_PER_ROW = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the model does after a turn of the user in which a pattern is found."""

    heard: str
    """A regular expression, searched in the words of the turn without regard to case."""
    says: str = ""
    control: ControlToken | None = None


@dataclass(slots=True)
class _State:
    """The live state of the stream; all values in it are immutable, so a copy is a snapshot."""

    turn: str = ""
    """The user's words that wait for a reply."""
    overlap: str = ""
    """The user's words since the user began to speak over the model."""
    silent_slots: int = 0
    own_words: tuple[str, ...] = ()
    """What the model will say of its own in the next slots."""
    speaking: bool = False


class ScriptedModel:
    """One stream of a model that follows rules."""

    def __init__(self, replies: Sequence[Reply] = (), *, unfinished: str = _UNFINISHED) -> None:
        """The first reply that matches counts; a turn in which `unfinished` is found goes on."""
        self._replies = tuple(replies)
        self._unfinished = re.compile(unfinished, re.IGNORECASE)
        self._state = _State()
        self.offered_at: list[int] = []
        """The slots in which a row was offered."""
        self.followed_at: list[int] = []
        """The slots in which a row was said."""

    def encode(self, text: str) -> ReferenceRows:
        """Give two words a row."""
        texts = _slot_texts(text)
        rows = [Row(text=t) for t in texts[:-1]] + [Row(text=t, last=True) for t in texts[-1:]]
        return ReferenceRows(text=text, rows=tuple(rows))

    def absent(self) -> ReferenceRows:
        """Give the single row that stands for nothing found."""
        return ReferenceRows(text="", rows=(Row(text="", last=True, absent=True),))

    def step(self, heard: MicroTurnInput, row: Row | None) -> MicroTurnOutput:
        """Live through one micro-turn."""
        if row is not None:
            self.offered_at.append(heard.index)
        said = self._act(heard, row)
        if said.reference_followed:
            self.followed_at.append(heard.index)
        return said

    def relive(self, lived: Sequence[LivedSlot]) -> None:
        """Live through micro-turns again; its rules are such that it does the same."""
        for slot in lived:
            self._act(slot.heard, slot.row)

    def snapshot(self) -> object:
        """Copy the stream's state."""
        return copy(self._state)

    def restore(self, snapshot: object) -> None:
        """Go back to a snapshot of this stream."""
        if not isinstance(snapshot, _State):
            raise TypeError(f"not a snapshot of a scripted model: {snapshot!r}")
        self._state = copy(snapshot)

    def _act(self, heard: MicroTurnInput, row: Row | None) -> MicroTurnOutput:
        state = self._state
        if heard.text or heard.user_active:
            state.silent_slots = 0
            return self._overlap(heard, row) if state.speaking else self._listen(heard, Floor.USER)
        state.silent_slots += 1
        if state.own_words:
            return self._say_own(heard)
        if state.turn and not self._unfinished.search(state.turn):
            if state.silent_slots < _REPLY_AT_SILENT_SLOT:
                return _output(heard, Floor.GAP)
            reply = self._take_reply()
            if reply is not None:
                state.own_words = _slot_texts(reply.says)
                return self._say_own(heard, reply.control)
        if row is not None:
            return self._follow(heard, row)
        state.speaking = False
        return _output(heard, Floor.PAUSE if state.turn else Floor.GAP)

    def _listen(self, heard: MicroTurnInput, floor: Floor) -> MicroTurnOutput:
        """Take in the user's words and say nothing."""
        state = self._state
        state.turn = " ".join(f"{state.turn} {state.overlap} {heard.text}".split())
        state.overlap = ""
        return _output(heard, floor)

    def _overlap(self, heard: MicroTurnInput, row: Row | None) -> MicroTurnOutput:
        """Both speak: go on at a backchannel, yield to anything else."""
        state = self._state
        words = re.findall(r"[\w'-]+", f"{state.overlap} {heard.text}".lower())
        if any(word not in BACKCHANNELS for word in words):
            state.own_words, state.speaking = (), False
            return self._listen(heard, Floor.OVERLAP)
        state.overlap = " ".join(words)
        if state.own_words:
            return self._say_own(heard)
        if row is not None:
            return self._follow(heard, row)
        state.speaking, state.overlap = False, ""
        return _output(heard, Floor.MODEL)

    def _take_reply(self) -> Reply | None:
        """Find what the user's turn asks for; the user is answered before any row is said."""
        turn, self._state.turn = self._state.turn, ""
        matches = (r for r in self._replies if re.search(r.heard, turn, re.IGNORECASE))
        return next(matches, None)

    def _follow(self, heard: MicroTurnInput, row: Row) -> MicroTurnOutput:
        """Say a row; for the absent one, begin to say that nothing was found."""
        state = self._state
        if row.absent:
            state.own_words = _slot_texts(NOT_FOUND)
            return self._say_own(heard, followed=True)
        state.speaking = not row.last
        if row.last:
            state.overlap = ""
        return _output(heard, Floor.MODEL, row.text, followed=True)

    def _say_own(
        self, heard: MicroTurnInput, control: ControlToken | None = None, *, followed: bool = False
    ) -> MicroTurnOutput:
        """Say the next of the model's own words, if there are any."""
        state = self._state
        text, state.own_words = (state.own_words or ("",))[0], state.own_words[1:]
        state.speaking = bool(state.own_words)
        floor = Floor.MODEL if text else Floor.GAP
        return _output(heard, floor, text, control=control, followed=followed)


def _slot_texts(text: str) -> tuple[str, ...]:
    """Split a text into what one slot says; all but the first begin with a space."""
    words = text.split()
    starts = range(0, len(words), _WORDS_PER_ROW)
    pieces = [" ".join(words[start : start + _WORDS_PER_ROW]) for start in starts]
    return tuple(piece if place == 0 else " " + piece for place, piece in enumerate(pieces))


def _output(
    heard: MicroTurnInput,
    floor: Floor,
    text: str = "",
    *,
    control: ControlToken | None = None,
    followed: bool = False,
) -> MicroTurnOutput:
    return MicroTurnOutput(
        index=heard.index,
        text=text,
        floor=sure_of(floor),
        control=control,
        inner_transcript=heard.text,
        reference_followed=followed,
    )


def sure_of(floor: Floor) -> FloorProbabilities:
    """Give what a well-trained head says of a plain case: all but certain."""
    chances = {state: 0.96 if state is floor else 0.01 for state in Floor}
    return FloorProbabilities(
        user=chances[Floor.USER],
        pause=chances[Floor.PAUSE],
        gap=chances[Floor.GAP],
        model=chances[Floor.MODEL],
        overlap=chances[Floor.OVERLAP],
    )
