"""Ears and voices of others, so that whatever they do the slot clock never stops.

What an adapter does wrong is told once in the log, by its kind and never by its words: a message of
theirs may repeat what somebody has said.
"""

import logging
import math
from dataclasses import replace

import numpy as np

from weft.interaction_model.types import (
    SLOT_SAMPLES,
    MicroTurnInput,
    MicroTurnOutput,
    Senses,
    TranscribedWord,
    Voiced,
)
from weft.orchestrator.channels.sound_repairs import Repair, Repairs
from weft.orchestrator.sound_ports import Ears, Voice

_FAILURES = 3
"""A voice that has failed so often without a word between is left alone."""

_INAUDIBLE = 1e-3
"""Peak, of full scale at 1, below which a slot is silence: 60 dB down, louder than any dither.

Whoever plays catches up where the voice is silent, and knows silence by its zeros.
"""

_logger = logging.getLogger(__name__)


class _Telling:
    """Tells once that something is wrong with an adapter."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._told = False

    def tell(self, what: str, error: BaseException, becomes: str) -> None:
        """Say what failed and what is made of it; of the error, only what kind it is."""
        if not self._told:
            self._told = True
            kind = type(error).__name__
            _logger.error("%s %s failed (%s): %s", what, self._name, kind, becomes)


class GuardedEars:
    """Ears that never fail: a slot in which they do counts as silence."""

    def __init__(self, ears: Ears, name: str) -> None:
        """Guard `ears`, called `name` in the configuration."""
        self._ears = ears
        self._telling = _Telling(name)
        self._repairs = Repairs(f"ears {name}")

    def perceive(self, senses: Senses) -> MicroTurnInput:
        """Give what the ears made of a slot, or that nothing was heard in it."""
        try:
            return _checked_input(self._ears.perceive(senses), senses.index, self._repairs)
        except (Exception, SystemExit) as error:  # whatever the author of an adapter wrote
            self._telling.tell("ears", error, "such a slot counts as silence")
            return MicroTurnInput(index=senses.index)


class GuardedVoice:
    """A voice that never fails: a slot in which it does is silent, and what it owed is dropped.

    So it was not heard, and results of which it was are said again. A voice that does nothing but
    fail is not asked any more: what is said then stands in the transcript and was not heard.
    """

    def __init__(self, voice: Voice, name: str) -> None:
        """Guard `voice`, called `name` in the configuration."""
        self._voice = voice
        self._telling = _Telling(name)
        self._repairs = Repairs(f"voice {name}")
        self._failures = 0
        """In a row, with no sound between them."""
        self._last_text_index = -1
        self._sounded_index = -1

    def sound(self, said: MicroTurnOutput) -> Voiced:
        """Give what the voice sounds in this slot, or silence."""
        if said.text:
            self._last_text_index = said.index
        if self._failures >= _FAILURES:
            return self._silent(said.index)
        try:
            voiced = _checked_voiced(self._voice.sound(said), self._repairs)
            return self._settled(voiced, said.index)
        except (Exception, SystemExit) as error:  # whatever the author of an adapter wrote
            self._failures += 1
            self._telling.tell("voice", error, "what it had to say was not heard")
            self.stop()
            if self._failures == _FAILURES:
                _logger.error("the voice fails again and again: it stays silent from now on")
                return self._silent(said.index)
            return self._silent(said.index, dropped=self._last_text_index > self._sounded_index)

    def stop(self) -> None:
        """Drop what has not been sounded."""
        try:
            self._voice.stop()
        except (Exception, SystemExit) as error:  # whatever the author of an adapter wrote
            self._telling.tell("voice", error, "it was not stopped")

    def _settled(self, voiced: Voiced, index: int) -> Voiced:
        """Hold the voice to its word: it goes neither back nor ahead of what it was given."""
        self._sounded_index = max(self._sounded_index, min(voiced.sounded_index, index))
        if voiced.words:
            self._failures = 0
        return replace(voiced, index=index, sounded_index=self._sounded_index)

    def _silent(self, index: int, *, dropped: bool = False) -> Voiced:
        return Voiced(
            index=index,
            samples=np.zeros(SLOT_SAMPLES, np.float32),
            sounded_index=self._sounded_index,
            waiting_s=0.0,
            dropped=dropped,
        )


def _checked_input(heard: object, index: int, repairs: Repairs) -> MicroTurnInput:
    """Take what ears gave; words are put between single spaces, and the slot is the one asked for.

    Text that cannot be written is repaired. Raises TypeError or ValueError when it is not what ears
    may give.
    """
    if not isinstance(heard, MicroTurnInput) or not isinstance(heard.text, str):
        raise TypeError("ears give a MicroTurnInput with a text")
    words = tuple(_checked_word(each, repairs) for each in heard.transcribed)
    return MicroTurnInput(
        index=index,
        text=" ".join(_writable(heard.text, repairs).split()),
        user_active=bool(heard.user_active),
        transcribed=words,
    )


def _writable(text: str, repairs: Repairs) -> str:
    # Half a surrogate pair has no bytes: whoever writes or draws it would fail.
    written = text.encode("utf-8", errors="replace").decode("utf-8")
    repairs.note(Repair.HALF_PAIRS, sum(a != b for a, b in zip(text, written, strict=True)))
    return written


def _checked_word(word: object, repairs: Repairs) -> TranscribedWord:
    if not isinstance(word, TranscribedWord) or not isinstance(word.text, str):
        raise TypeError("a word is a TranscribedWord")
    start_s, end_s, confidence = (float(x) for x in (word.start_s, word.end_s, word.confidence))
    if not (0 <= start_s <= end_s < math.inf and 0 <= confidence <= 1):
        raise ValueError("a word has times in order and a confidence between 0 and 1")
    text = _writable(word.text, repairs)
    return TranscribedWord(text=text, start_s=start_s, end_s=end_s, confidence=confidence)


def _checked_voiced(voiced: object, repairs: Repairs) -> Voiced:
    """Take what a voice gave: what is no number or not audible is silence, the too loud are cut.

    Raises TypeError or ValueError when it is not what a voice may give.
    """
    if not isinstance(voiced, Voiced):
        raise TypeError("a voice gives a Voiced")
    samples = np.asarray(voiced.samples)
    if samples.shape != (SLOT_SAMPLES,) or samples.dtype.kind != "f":
        raise ValueError("a slot is SLOT_SAMPLES floating-point samples")
    usable = np.isfinite(samples)
    repairs.note(Repair.NOT_NUMBERS, int(usable.size - usable.sum()))
    samples = np.clip(np.where(usable, samples, 0.0), -1.0, 1.0).astype(np.float32)
    if np.abs(samples).max() < _INAUDIBLE:
        samples = np.zeros_like(samples)
    waiting_s = float(voiced.waiting_s)
    if not math.isfinite(waiting_s):
        raise ValueError("waiting_s is a number of seconds")
    return Voiced(
        index=voiced.index,
        samples=samples,
        sounded_index=int(voiced.sounded_index),
        waiting_s=max(0.0, waiting_s),
        words=tuple(_checked_word(each, repairs) for each in voiced.words),
        dropped=bool(voiced.dropped),
    )
