"""A simulated user who speaks aloud reacts to what can be heard, and to nothing sooner."""

import numpy as np
import pytest
from numpy.typing import NDArray

from weft.clock import VirtualClock
from weft.interaction_model.types import SLOT_S, SLOT_SAMPLES, TranscribedWord
from weft.orchestrator.channels.simulated import BargeIn, Say, Step
from weft.orchestrator.channels.spoken_user import SpokenUser
from weft.orchestrator.events import ModelSpoke, WeaveStarted
from weft.orchestrator.sound_ports import Voiced

SILENCE = np.zeros(SLOT_SAMPLES, dtype=np.float32)
SOUND = np.full(SLOT_SAMPLES, 0.1, dtype=np.float32)


def voiced(index: int, sounded_index: int, samples: NDArray[np.float32] = SILENCE) -> Voiced:
    words = (
        TranscribedWord(text="word", start_s=index * SLOT_S, end_s=index * SLOT_S, confidence=1.0),
    )
    return Voiced(
        index=index,
        samples=samples,
        sounded_index=sounded_index,
        waiting_s=0.0,
        words=words if samples is SOUND else (),
    )


async def live(user: SpokenUser, answer_sounded_in: int | None, slots: int = 60) -> None:
    """Write an answer in slot 2, and sound it in a later one."""
    async for senses in user.senses():
        index = senses.index
        sounded = index if answer_sounded_in is not None and index >= answer_sounded_in else 1
        await user.play(voiced(index, sounded, SOUND if index == answer_sounded_in else SILENCE))
        if index == 2:
            user.saw(ModelSpoke(index=2, text="It", delegation_id="d1"))
            user.saw(WeaveStarted(index=2, delegation_id="d1", result_id="r", pause_began_index=1))
        if index == 3:
            user.saw(ModelSpoke(index=3, text=" is so.", delegation_id="d1"))
        if index == slots:
            return


@pytest.mark.anyio
async def test_what_is_said_is_sound_and_words_at_the_same_time() -> None:
    user = SpokenUser([Say(text="Hello there.", after=0.4)], VirtualClock())
    heard: list[str] = []
    async for senses in user.senses():
        perceived = user.ears.perceive(senses)
        heard += perceived.text.split()
        if perceived.text or perceived.user_active:
            assert np.abs(senses.samples).max() > 0.01
        await user.play(voiced(senses.index, senses.index))
    assert heard == ["Hello", "there."]
    sound = user.sound()
    loud = np.flatnonzero(np.abs(sound[:, 0]) > 0.02) / 16_000
    assert loud[0] == pytest.approx(user.user_words[0].start_s, abs=0.1)
    assert loud[-1] == pytest.approx(user.user_words[-1].end_s, abs=0.1)
    assert not sound[:, 1].any()


@pytest.mark.anyio
async def test_an_answer_is_talked_into_when_it_can_be_heard() -> None:
    script: list[Step] = [BargeIn(text="Wait.", after_words=2)]
    early, late = (SpokenUser(script, VirtualClock()) for _ in range(2))
    await live(early, answer_sounded_in=4)
    await live(late, answer_sounded_in=20)
    began = [user.user_words[0].start_s for user in (early, late)]
    # Sounded in slot 4 is heard during slot 5, and answered in the slot after.
    assert began[0] == pytest.approx(6 * SLOT_S, abs=0.1)
    assert began[1] - began[0] == pytest.approx(16 * SLOT_S, abs=0.01)


@pytest.mark.anyio
async def test_what_the_model_sounds_is_heard_one_slot_later() -> None:
    user = SpokenUser([Say(text="Hello.", after="model_starts")], VirtualClock())
    await live(user, answer_sounded_in=10, slots=20)
    right = np.flatnonzero(user.sound()[:, 1])
    assert (right[0], right[-1] + 1) == (11 * SLOT_SAMPLES, 12 * SLOT_SAMPLES)
    assert [word.end_s for word in user.model_words] == [pytest.approx(11 * SLOT_S)]
    assert user.user_words[0].start_s == pytest.approx(12 * SLOT_S, abs=0.1)
    assert user.played_index() == 19
