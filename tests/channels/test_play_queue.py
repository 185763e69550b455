"""What was played is known to the sample, whatever blocks the device asks for."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from weft.interaction_model.types import SLOT_SAMPLES
from weft.orchestrator.channels.play_queue import PlayQueue
from weft.orchestrator.channels.sound_repairs import Repair, Repairs


def tone(index: int) -> NDArray[np.float32]:
    return np.full(SLOT_SAMPLES, 0.1 + index / 100, dtype=np.float32)


SILENCE = np.zeros(SLOT_SAMPLES, dtype=np.float32)


def play(queue: PlayQueue, samples: int) -> NDArray[np.float32]:
    wanted = np.full(samples, np.nan, dtype=np.float32)
    queue.fill(wanted)
    assert np.isfinite(wanted).all()
    return wanted


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(min_value=1, max_value=4_000), min_size=1, max_size=20))
def test_a_slot_is_played_with_its_last_sample(blocks: list[int]) -> None:
    queue = PlayQueue(Repairs("test"))
    for index in range(5):
        queue.add(index, tone(index))
    played = 0
    for block in blocks:
        play(queue, block)
        played += block
        assert queue.played_index() == min(5, played // SLOT_SAMPLES) - 1


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.integers(min_value=1, max_value=4_000), min_size=1, max_size=20),
    st.integers(min_value=0, max_value=8_000),
)
def test_what_is_heard_late_is_played_late(blocks: list[int], late_samples: int) -> None:
    queue = PlayQueue(Repairs("test"))
    for index in range(5):
        queue.add(index, tone(index))
    handed_over = 0
    for block in blocks:
        queue.fill(np.empty(block, dtype=np.float32), late_samples=late_samples)
        handed_over += block
        heard = max(0, handed_over - late_samples)
        assert queue.played_index() == min(5, heard // SLOT_SAMPLES) - 1


def test_silence_that_is_left_out_counts_when_what_is_before_it_is_heard() -> None:
    queue = PlayQueue(Repairs("test"))
    for index in range(4):
        queue.add(index, tone(index) if index < 2 else SILENCE)
    queue.fill(np.empty(2 * SLOT_SAMPLES, dtype=np.float32), late_samples=800)
    assert queue.played_index() == 0
    queue.fill(np.empty(799, dtype=np.float32), late_samples=800)
    assert queue.played_index() == 0
    queue.fill(np.empty(1, dtype=np.float32), late_samples=800)
    assert queue.played_index() == 3


def test_without_sound_there_is_silence_and_it_was_no_slot() -> None:
    queue = PlayQueue(Repairs("test"))
    assert not play(queue, 1_000).any()
    assert queue.played_index() == -1


def test_a_slot_that_is_a_little_late_makes_no_gap() -> None:
    repairs = Repairs("test")
    queue = PlayQueue(repairs, lead_samples=960)
    heard = []
    for index in range(6):
        queue.add(index, tone(0))
        # The next slot comes later and later, by 50 ms in the end.
        heard += [play(queue, 160) for _ in range(21 if index < 5 else 40)]
    sound = np.concatenate(heard)
    first = np.flatnonzero(sound)[0]
    assert first == 960
    assert sound[first : first + 6 * SLOT_SAMPLES].all()
    assert repairs.counts == {Repair.UNDERRUN: 160}  # the voice has ended, and silence is missing


def test_a_voice_that_ran_dry_is_told_of_and_silence_is_not() -> None:
    repairs = Repairs("test")
    queue = PlayQueue(repairs)
    queue.add(0, SILENCE)
    play(queue, 2 * SLOT_SAMPLES)
    assert not repairs.counts
    queue.add(1, tone(1))
    play(queue, SLOT_SAMPLES + 100)
    assert repairs.counts == {Repair.UNDERRUN: 100}
    play(queue, 500)
    assert repairs.counts == {Repair.UNDERRUN: 100}


def test_when_the_device_is_behind_what_is_silent_is_left_out() -> None:
    queue = PlayQueue(Repairs("test"))
    for index in range(100):
        queue.add(index, SILENCE if index >= 4 else tone(index))
    sound = play(queue, 5 * SLOT_SAMPLES)
    assert np.array_equal(sound[: 4 * SLOT_SAMPLES], np.concatenate([tone(i) for i in range(4)]))
    assert queue.played_index() == 99


def test_silence_that_is_left_out_holds_nothing_up() -> None:
    queue = PlayQueue(Repairs("test"))
    for index in range(10):
        queue.add(index, SILENCE)
    play(queue, 2 * SLOT_SAMPLES)
    assert queue.played_index() == 9
