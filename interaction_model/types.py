"""The values that enter and leave the interaction model in one micro-turn. No torch here."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NoReturn, Protocol, runtime_checkable

if TYPE_CHECKING:  # numpy alone takes longer to import than weft may
    import numpy as np
    from numpy.typing import NDArray

SLOT_S = 0.2
"""Seconds of media time in one micro-turn."""

SAMPLE_RATE_HZ = 16_000
"""Rate of all sound between the channel and the model; channels resample at the edge."""

SLOT_SAMPLES = 3_200
"""Samples in one micro-turn."""


def slots_in(seconds: float) -> int:
    """Give the number of micro-turns nearest to a length of time."""
    return round(seconds / SLOT_S)


class Floor(StrEnum):
    """Who holds the floor, in the floor head's five states (order = index of the head)."""

    USER = "user"  # the user is speaking
    PAUSE = "pause"  # the user is silent inside an unfinished turn
    GAP = "gap"  # nobody speaks and the user's turn is finished: the floor is free
    MODEL = "model"  # the model is speaking (a backchannel of the user does not change that)
    OVERLAP = "overlap"  # both speak and the user wants the floor


class ControlToken(StrEnum):
    """The vocabulary items by which the model asks for something instead of saying it."""

    DELEGATE = "delegate"  # hand the user's request over to the background
    REVISE = "revise"  # the user corrected the request: hand over a new revision
    DISMISS = "dismiss"  # the user does not want the pending answer any more


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotLayout:
    """How many sequence positions one micro-turn has for each modality, in their order.

    The last heard position is the one at which the model decides what to say. Without senses, heard
    words take the heard positions; with them, the words are the model's own inner transcript.
    """

    video: int = 0
    audio: int = 0
    transcript: int = 0
    heard_text: int = 4
    said_text: int = 4

    @property
    def positions(self) -> int:
        """Positions of one slot."""
        return self.first_said + self.said_text

    @property
    def first_audio(self) -> int:
        """Place of the first audio position."""
        return self.video

    @property
    def first_thinking(self) -> int:
        """Place of the first position at which something is predicted: the last audio position."""
        return max(0, self.first_transcript - 1)

    @property
    def first_transcript(self) -> int:
        """Place of the first word of the inner transcript."""
        return self.video + self.audio

    @property
    def first_heard(self) -> int:
        """Place of the first heard position."""
        return self.first_transcript + self.transcript

    @property
    def decision(self) -> int:
        """Place of the last heard position, which predicts the first said token."""
        return self.first_heard + self.heard_text - 1

    @property
    def first_said(self) -> int:
        """Place of the first said position."""
        return self.first_heard + self.heard_text


class _Unsendable:
    """Sound and pictures: they have no text form, and cannot be made into what travels or lasts."""

    __slots__ = ()

    index: int

    def __repr__(self) -> str:
        """Say which slot it is of, and nothing of what is in it."""
        return f"{type(self).__name__}(index={self.index})"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        """Refuse to leave the process: to be pickled or copied raises TypeError."""
        raise TypeError("sound and pictures stay where the interaction model runs")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Senses(_Unsendable):
    """What slot `index` brought to be heard and seen, before anybody made words of it.

    It stays where the interaction model runs: it has no text form, and whoever tries to pickle or
    copy it into something that travels or lasts is refused (TypeError).
    """

    index: int
    samples: "NDArray[np.float32]"
    """[SLOT_SAMPLES] mono at SAMPLE_RATE_HZ, -1 … 1; silence is zeros."""
    frame: "NDArray[np.uint8] | None" = None
    """[height, width, 3] RGB of any size: what the camera saw last in this slot, if anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscribedWord:
    """A word that an ear made of sound, with its stretch of media time."""

    text: str
    start_s: float
    end_s: float
    confidence: float
    """How sure the ear is, 0 … 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MicroTurnInput:
    """What came in during slot `index`: words completed in it, and whether the user was active.

    `text` holds whole words as the user said or typed them. `user_active` is true when the user
    made a sound or pressed a key in this slot without completing a word.
    """

    index: int
    text: str = ""
    user_active: bool = False
    transcribed: tuple[TranscribedWord, ...] = ()
    """The words of `text` with their times, when an ear made them of sound."""

    @property
    def start_s(self) -> float:
        """Media time at which the slot begins."""
        return self.index * SLOT_S


_FLOORS = tuple(Floor)


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorProbabilities:
    """What the floor head believes about the slot it has just heard; sums to one."""

    user: float
    pause: float
    gap: float
    model: float
    overlap: float

    @property
    def most_likely(self) -> Floor:
        """The state with the highest probability."""
        shares = (self.user, self.pause, self.gap, self.model, self.overlap)
        return _FLOORS[shares.index(max(shares))]


@dataclass(frozen=True, slots=True, kw_only=True)
class MicroTurnOutput:
    """What the model did in slot `index`."""

    index: int
    text: str
    floor: FloorProbabilities
    control: ControlToken | None = None
    inner_transcript: str = ""
    """What the model took in of the user's words in this slot (text: the words themselves)."""
    behind_slots: int = 0
    """So many more slots it takes to hear what the user has said already: a slot has little room,
    and pasted words wait for the next ones."""
    token_ids: tuple[int, ...] = ()
    reference_followed: bool = False
    """Whether a reference row was given in this slot and the model said its tokens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One reference row: what one slot can say. `vector` is opaque to everyone but the model."""

    text: str
    """The words this row stands for, with the leading space where one belongs."""
    vector: Sequence[float] | object = field(repr=False, compare=False, default=())
    last: bool = False
    absent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceRows:
    """A reference text as rows in the order in which they are to be said."""

    text: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Voiced(_Unsendable):
    """What a voice sounds in one slot; like Senses, it stays in the process."""

    index: int
    samples: "NDArray[np.float32]"
    """[SLOT_SAMPLES] at SAMPLE_RATE_HZ."""
    sounded_index: int
    """The last slot all of whose text has been sounded when this slot's samples have been; what
    was stopped is not waited for."""
    waiting_s: float
    """How much of what was said is still to be sounded after this slot."""
    words: tuple[TranscribedWord, ...] = ()
    """The words whose sound ends in this slot."""
    dropped: bool = False
    """Whether the voice has failed in this slot, and text that waited will never be sounded."""


class InteractionModel(Protocol):
    """One model stream: the live state of one session. Only the session loop calls `step`."""

    def encode(self, text: str) -> ReferenceRows:
        """Turn a reference text into rows (≤ 10 ms for a sentence)."""
        ...

    def absent(self) -> ReferenceRows:
        """Give the single learnt row that stands for a reference that never came."""
        ...

    def step(self, heard: MicroTurnInput, row: Row | None) -> MicroTurnOutput:
        """Live through one micro-turn; `row` is added at the slot's last heard position."""
        ...

    def snapshot(self) -> object:
        """Copy the stream's state."""
        ...

    def restore(self, snapshot: object) -> None:
        """Go back to a snapshot of this stream."""
        ...


@dataclass(frozen=True, slots=True)
class LivedSlot:
    """A micro-turn that a model has lived through before: what it heard, was offered, and did."""

    heard: MicroTurnInput
    row: Row | None
    said: MicroTurnOutput


@runtime_checkable
class RelivingModel(Protocol):
    """A model stream that can take in a conversation which another stream has lived through."""

    def relive(self, lived: Sequence[LivedSlot]) -> None:
        """Become what a stream is that has lived through these micro-turns, without deciding anew.

        What a stream would have forgotten by then may be passed over.
        """
        ...
