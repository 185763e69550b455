"""A synthesizer beside the session: slots do not wait for it, and it is never left behind."""

import threading

import numpy as np
import pytest
from numpy.typing import NDArray

from weft.interaction_model.adapters.sherpa_voice import synthesized_voice
from weft.interaction_model.types import FloorProbabilities, MicroTurnOutput, Voiced

FLOOR = FloorProbabilities(user=0, pause=0, gap=1, model=0, overlap=0)


class Held:
    """A synthesizer that speaks when it is let."""

    def __init__(self) -> None:
        self.may = threading.Event()
        self.began = threading.Event()
        self.spoken: list[str] = []

    def speak(self, text: str) -> tuple[NDArray[np.float32], int]:
        self.began.set()
        assert self.may.wait(30)
        self.spoken.append(text)
        if "bad" in text:
            raise RuntimeError("no such sound")
        return np.full(4_000, 0.4, np.float32), 8_000


def said(index: int, text: str = "") -> MicroTurnOutput:
    return MicroTurnOutput(index=index, text=text, floor=FLOOR)


def test_slots_do_not_wait_for_a_synthesizer() -> None:
    held = Held()
    voice = synthesized_voice(held, inline=False)
    voiced = [voice.sound(said(index, " hello." if index == 0 else "")) for index in range(5)]
    assert held.began.wait(30)
    assert not any(each.samples.any() for each in voiced)
    assert {each.sounded_index for each in voiced} == {-1}
    assert voiced[-1].waiting_s > 0
    held.may.set()
    assert "hello." in _until(voice, "hello.", 5)


def test_what_was_stopped_while_it_was_made_is_never_heard() -> None:
    held = Held()
    voice = synthesized_voice(held, inline=False)
    voice.sound(said(0, " one."))
    voice.sound(said(1))
    assert held.began.wait(30)
    voice.stop()
    voice.sound(said(2, " two."))
    voice.sound(said(3))
    held.may.set()
    assert _until(voice, "two.", 4) == ["two."]
    assert held.spoken == ["one.", "two."]


def test_what_cannot_be_spoken_is_raised_when_it_is_due() -> None:
    held = Held()
    held.may.set()
    voice = synthesized_voice(held, inline=False)
    voice.sound(said(0, " bad."))
    with pytest.raises(RuntimeError, match="no such sound"):
        _until(voice, "bad.", 1)
    voice.stop()
    voice.sound(said(500_000, " good."))
    assert _until(voice, "good.", 500_001) == ["good."]


def test_at_another_rate_it_is_resampled() -> None:
    held = Held()
    held.may.set()
    voice = synthesized_voice(held, inline=True)
    voiced = [voice.sound(said(index, " one." if index == 0 else "")) for index in range(6)]
    loud = sum(int((np.abs(each.samples) > 0.2).sum()) for each in voiced)
    assert loud == pytest.approx(8_000, rel=0.05), "half a second of it"
    assert voiced[0].words == ()


def _until(voice: object, word: str, index: int) -> list[str]:
    """Sound slots until a word has been; gives all words on the way."""
    words: list[str] = []
    while word not in words:
        voiced: Voiced = voice.sound(said(index))  # type: ignore[attr-defined]
        words += [each.text for each in voiced.words]
        index += 1
    return words
