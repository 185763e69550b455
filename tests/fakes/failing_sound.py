"""Ears and a voice of others that fail, and say in their errors what they were given or made."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from tests.fakes.marks import marked_samples
from tests.fakes.sound import ConstantVoice
from weft.interaction_model.types import (
    SLOT_SAMPLES,
    MicroTurnInput,
    MicroTurnOutput,
    Senses,
    Voiced,
)

WORDS = {1: "How high", 2: "is the tower", 3: "of Pisa?", 12: "My name is Ann."}
"""What such ears hear, whatever sounds, by the slot."""

FAILS = range(6, 10)
"""The slots in which both fail."""


class FailingEars:
    """Keeps what it was given, so that a test can look for it."""

    def __init__(self) -> None:
        self.given: list[Senses] = []
        self.failures = 0

    def perceive(self, senses: Senses) -> MicroTurnInput:
        self.given.append(senses)
        if senses.index in FAILS:
            self.failures += 1
            numbers = senses.samples.tolist()
            error = RuntimeError(f"no words in {numbers}, seen: {senses.frame}", senses.samples)
            error.add_note(f"it began with {numbers[:50]}")
            raise error from ValueError(senses, senses.samples.tobytes())
        return MicroTurnInput(index=senses.index, text=WORDS.get(senses.index, ""))


class FailingVoice:
    """Says words in marked sound."""

    def __init__(self) -> None:
        self.made: list[NDArray[np.float32]] = []
        self.failures = 0
        self._voice = ConstantVoice()

    def sound(self, said: MicroTurnOutput) -> Voiced:
        voiced = self._voice.sound(said)
        marked = marked_samples(100 + said.index, SLOT_SAMPLES)
        self.made.append(marked)
        if said.index in FAILS[:2]:
            self.failures += 1
            raise RuntimeError(f"cannot sound {marked.tolist()}") from ValueError(marked)
        return Voiced(
            index=voiced.index,
            samples=marked,
            sounded_index=voiced.sounded_index,
            waiting_s=voiced.waiting_s,
            words=voiced.words,
        )

    def stop(self) -> None:
        self._voice.stop()


class Made:
    """The ears and the voice that were made last."""

    ears: FailingEars
    voice: FailingVoice


def make_ears(options: Mapping[str, object], seed: int) -> FailingEars:
    """What an entry point in group `weft.ears` names."""
    Made.ears = FailingEars()
    return Made.ears


def make_voice(options: Mapping[str, object], seed: int) -> FailingVoice:
    """What an entry point in group `weft.voices` names."""
    Made.voice = FailingVoice()
    return Made.voice
