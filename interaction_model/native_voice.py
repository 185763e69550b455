"""The model's own voice in a session: what it says, as sound, from the flow head and the vocoder.

A Voice in the sense of `weft.orchestrator.sound_ports`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from torch import Tensor

from weft.interaction_model.flow import FlowHead
from weft.interaction_model.flow_weights import load_flow
from weft.interaction_model.speech_stream import SaidWord, SpeechStream
from weft.interaction_model.types import MicroTurnOutput, Voiced
from weft.interaction_model.vocoder import Vocoder

_OPEN_WORD_S = 0.3
"""How long a word takes, as a guess, whose end has not been said yet."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What one said token spells, and the transformer's hidden state there."""

    text: str
    hidden: Tensor | None = None
    """[trunk_width]"""


def only_text(said: MicroTurnOutput) -> Sequence[Piece]:
    """The text of a slot as one piece, without a hidden state."""
    return [Piece(said.text)] if said.text else []


class NativeVoice:
    """Sounds what the model says; one session each."""

    def __init__(
        self,
        head: FlowHead,
        seed: int = 0,
        pieces_of: Callable[[MicroTurnOutput], Sequence[Piece]] = only_text,
    ) -> None:
        """`pieces_of` gives a slot's tokens with their hidden states; without it text must do."""
        self._speech = SpeechStream(head, seed)
        self._vocoder = Vocoder()
        self._pieces_of = pieces_of
        self._open: SaidWord | None = None

    def sound(self, said: MicroTurnOutput) -> Voiced:
        """Take the text of a slot, and give its SLOT_SAMPLES samples."""
        self._speech.say(self._whole_words(said.index, self._pieces_of(said)))
        spoken = self._speech.next_slot(said.index)
        sounded_index, waiting_s = spoken.sounded_index, spoken.waiting_s
        if self._open is not None:
            sounded_index = min(sounded_index, self._open.index - 1)
            waiting_s += _OPEN_WORD_S
        return Voiced(
            index=said.index,
            samples=self._vocoder.push(spoken.log_mel),
            sounded_index=sounded_index,
            waiting_s=waiting_s,
            words=spoken.words,
        )

    def stop(self) -> None:
        """Drop what has not been sounded; within 15 ms of the next slot there is silence."""
        self._speech.stop()
        self._open = None

    def _whole_words(self, index: int, pieces: Sequence[Piece]) -> list[SaidWord]:
        """The words that are known to be whole: a space follows, or nothing more is said."""
        whole: list[SaidWord] = []
        if not pieces and self._open is not None:
            whole.append(self._open)
            self._open = None
        for piece in pieces:
            begins_anew = piece.text[:1].isspace()
            for n, text in enumerate(piece.text.split()):
                if self._open is not None and (n or begins_anew):
                    whole.append(self._open)
                    self._open = None
                if self._open is None:
                    self._open = SaidWord(text, index, piece.hidden)
                else:
                    joined = self._open.text + text
                    self._open = replace(self._open, text=joined, hidden=piece.hidden)
            if piece.text[-1:].isspace() and self._open is not None:
                whole.append(self._open)
                self._open = None
        return whole


def load_voice(folder: Path, *, seed: int = 0) -> NativeVoice:
    """Load the voice of a weights folder and begin to speak with it; raises WeightsError."""
    return NativeVoice(load_flow(folder), seed)
