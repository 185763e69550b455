"""A conversation as the positions of its sequence: what each holds, predicts, and how it counts."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from weft.interaction_model.config import ModelConfig, SensesConfig
from weft.interaction_model.tokenizer import FIRST_TEXT_ID, HeardToken, Special
from weft.interaction_model.training.shown import Shown
from weft.interaction_model.training.slots import Conversation, Slot, Sound
from weft.interaction_model.types import Floor

_FLOOR_INDEX = {floor: n for n, floor in enumerate(Floor)}

ACTIVE_WEIGHT = 0.3
"""How much it counts whether the user is heard in the middle of a word, beside the words."""


@dataclass(slots=True)
class Columns:
    """One conversation as columns, before padding."""

    tokens: list[int] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    targets: list[int] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    floors: list[int] = field(default_factory=list)
    floor_weights: list[float] = field(default_factory=list)
    words: list[tuple[str, ...]] = field(default_factory=list)
    heard_next: list[int] = field(default_factory=list)
    heard_weights: list[float] = field(default_factory=list)
    rows: list[tuple[int, int | None, int]] = field(default_factory=list)
    """(column, reference, row) of each row given; reference None is the absent row."""
    sounds: list[tuple[int, Sound]] = field(default_factory=list)
    """(first column, sound) of each slot that has any."""
    frames: list[tuple[int, NDArray[np.uint8], Shown | None]] = field(default_factory=list)
    """(first column, patches [P, 40, 40, channels], what they show) of each slot with a frame."""
    deciding: list[int] = field(default_factory=list)
    """The column in which a slot with a frame decides what to say; -1 where it does not."""

    def add(
        self,
        token: int,
        position: int,
        target: int = 0,
        weight: float = 0.0,
        floor: int = 0,
        floor_weight: float = 0.0,
        words: tuple[str, ...] = (),
    ) -> None:
        """Append one position."""
        self.tokens.append(token)
        self.positions.append(position)
        self.targets.append(target)
        self.weights.append(weight)
        self.floors.append(floor)
        self.floor_weights.append(floor_weight)
        self.words.append(words)
        self.heard_next.append(0)
        self.heard_weights.append(0.0)

    def hear_next(self, token: int, weight: float) -> None:
        """Let the last position predict a token of the inner transcript."""
        self.heard_next[-1], self.heard_weights[-1] = token, weight


def lay_out(talk: Conversation, config: ModelConfig) -> Columns:
    """Columns of one conversation."""
    columns = Columns()
    layout = config.layout
    since_heard = 100
    previous: Slot | None = None
    heard_before: tuple[HeardToken, ...] = ()
    for index, slot in enumerate(talk.slots):
        base = index * layout.positions
        heard_words = slot.heard[0].token >= FIRST_TEXT_ID
        since_heard = 0 if heard_words else since_heard + 1
        if config.senses is None:
            token, words = _lay_out_heard(columns, slot, base + layout.first_heard, config)
        else:
            _lay_out_senses(columns, slot, base, config.senses)
            token = _decision_token(slot)
            words = _completed(slot.heard, heard_before, config.senses.transcript_tokens)
            heard_before = slot.heard
        if slot.patches is not None:
            columns.deciding.append(-1 if slot.hearing_only else len(columns.tokens))
        if slot.hearing_only:
            previous = slot
            continue
        if slot.given is not None:
            columns.rows.append((len(columns.tokens), slot.given.reference, slot.given.row))
        idle = slot.floor is Floor.GAP and since_heard > 4 and not slot.said
        columns.add(
            token,
            base + layout.decision,
            slot.said[0] if slot.said else int(Special.SILENCE),
            _first_weight(slot, previous, since_heard),
            _FLOOR_INDEX[slot.floor],
            0.1 if idle else 1.0,
            words,
        )
        for k, said in enumerate(slot.said):
            place = base + layout.first_said + k
            if k == layout.said_text - 1:  # full: nothing more is predicted in this slot
                columns.add(said, place)
            else:
                following = slot.said[k + 1] if k + 1 < len(slot.said) else int(Special.SILENCE)
                columns.add(said, place, following, 1.0)
        previous = slot
    return columns


def _lay_out_heard(
    columns: Columns, slot: Slot, first: int, config: ModelConfig
) -> tuple[int, tuple[str, ...]]:
    """Lay out all heard words but the last; give the token of the last one and its word."""
    *earlier, last = slot.heard
    for place, heard in enumerate(earlier, start=first + config.heard_text - len(slot.heard)):
        columns.add(heard.token, place, words=_named(heard))
    return last.token, _named(last)


def _named(heard: HeardToken) -> tuple[str, ...]:
    return (heard.word,) if heard.word else ()


def _lay_out_senses(columns: Columns, slot: Slot, base: int, senses: SensesConfig) -> None:
    """Lay out what is seen, what sounds, and the words written down of it."""
    if slot.patches is not None:
        columns.frames.append((len(columns.tokens), slot.patches, slot.shown))
        for place in range(senses.patches.patches):
            columns.add(Special.PAD, base + place)
    place = base + senses.patches.patches
    if slot.sound is not None:
        columns.sounds.append((len(columns.tokens), slot.sound))
        for n in range(senses.audio_positions):
            columns.add(Special.PAD, place + n)
    place += senses.audio_positions
    written = [heard.token for heard in slot.heard if heard.token >= FIRST_TEXT_ID]
    coming = [*written, Special.NOTHING] if written else [slot.heard[0].token]
    if slot.sound is not None:
        columns.hear_next(coming[0], 1.0 if written else ACTIVE_WEIGHT)
    for k, token in enumerate(written):
        columns.add(token, place + k)
        if slot.sound is not None and k + 1 < senses.transcript_tokens:
            columns.hear_next(coming[k + 1], 1.0)


def _decision_token(slot: Slot) -> int:
    """Before it decides, the model takes in whether the user was heard in this slot."""
    quiet = slot.heard[0].token == Special.NOTHING
    return int(Special.NOTHING if quiet else Special.ACTIVE)


def _completed(
    heard: tuple[HeardToken, ...], before: tuple[HeardToken, ...], room: int
) -> tuple[str, ...]:
    """The words that are certainly complete: others follow, or the slot had room for more.

    A word whose last token fills the slot may go on in the next one, and counts there.
    """
    full = len(heard) == room
    whole = heard[: room - 1] if full else heard
    late = before[room - 1 :] if len(before) == room else ()
    return tuple(h.word for h in (*late, *whole) if h.word)


def _first_weight(slot: Slot, previous: Slot | None, since_heard: int) -> float:
    """How much the decision of a slot counts: turning points most, idle silence least."""
    spoke = previous is not None and bool(previous.said)
    if slot.withheld:
        return 0.0
    if slot.said:
        if slot.said[0] < FIRST_TEXT_ID:
            return 3.0
        return 1.0 if spoke else 2.0
    if slot.barge_in:
        return 3.0
    if spoke or slot.given is not None:
        return 1.5
    if slot.floor in (Floor.PAUSE, Floor.USER):
        return 0.7
    if slot.patches is not None:
        return 0.3
    return 0.7 if since_heard < 6 else 0.1
