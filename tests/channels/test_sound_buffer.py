"""Chunks of any length become micro-turns: late, early, twice or never, the clock goes on."""

import logging

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from weft.interaction_model.types import SLOT_SAMPLES
from weft.orchestrator.channels.sound_buffer import Placing, SoundBuffer
from weft.orchestrator.channels.sound_repairs import Repair, Repairs


def ramp(start: int, length: int) -> NDArray[np.float32]:
    """Samples of which each says where in the stream it is."""
    return ((np.arange(start, start + length) % 20_000 + 500) / 25_000).astype(np.float32)


def quiet(length: int) -> NDArray[np.float32]:
    return np.full(length, 0.001, dtype=np.float32)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(min_value=0, max_value=5_000), min_size=1, max_size=20))
def test_chunks_of_any_length_are_heard_in_order_and_whole(lengths: list[int]) -> None:
    buffer = SoundBuffer(Repairs("test"), steady=False)
    at = 0
    for length in lengths:
        buffer.push(ramp(at, length))
        at += length
    slots = [buffer.take() for _ in range(at // SLOT_SAMPLES + 1)]
    assert {len(slot) for slot in slots} == {SLOT_SAMPLES}
    heard = np.concatenate(slots)
    assert np.array_equal(heard[:at], ramp(0, at))
    assert not heard[at:].any()
    assert buffer.waiting == 0


def test_where_nothing_comes_there_is_silence_and_nothing_to_tell() -> None:
    repairs = Repairs("test")
    buffer = SoundBuffer(repairs, steady=False)
    assert not buffer.take().any()
    buffer.push(ramp(0, SLOT_SAMPLES + 100))
    assert np.array_equal(buffer.take(), ramp(0, SLOT_SAMPLES))
    assert np.array_equal(buffer.take()[:100], ramp(SLOT_SAMPLES, 100))
    assert not buffer.take().any()
    assert not repairs.counts


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9_000), st.integers(1, 3_000)), max_size=12))
def test_what_says_where_it_belongs_is_heard_there_and_once(pieces: list[tuple[int, int]]) -> None:
    repairs = Repairs("test")
    placing = Placing(repairs, 16_000)
    expected = placed = np.zeros(0, dtype=np.float32)
    for at, length in pieces:
        gap = np.zeros(max(0, at - len(expected)), dtype=np.float32)
        again = max(0, len(expected) - at)
        expected = np.concatenate([expected, gap, ramp(at, length)[again:]])
        placed = np.concatenate([placed, placing.place(ramp(at, length), at / 16_000)])
        assert round(placing.end_s * 16_000) == len(expected)
    assert np.array_equal(placed, expected)
    taken = sum(length for _, length in pieces) - repairs.counts[Repair.TWICE]
    assert taken + repairs.counts[Repair.GAP] == len(expected)


def test_a_clock_that_was_set_anew_silences_nobody_for_long() -> None:
    placing = Placing(Repairs("test"), 8_000)
    placing.place(ramp(0, 100), 0.0)
    assert len(placing.place(ramp(0, 100), 100_000.0)) == 80_100
    assert len(placing.place(ramp(0, 100), None)) == 100


class Device:
    """Brings blocks of 160 samples; some come later than they should."""

    def __init__(self) -> None:
        self.repairs = Repairs("test")
        self.buffer = SoundBuffer(self.repairs, steady=True)
        self.brought = 0
        self.heard: list[NDArray[np.float32]] = []

    def slot(self, blocks: int, *, loud: bool = True) -> None:
        for _ in range(blocks):
            self.buffer.push(ramp(self.brought, 160) if loud else quiet(160))
            self.brought += 160
        self.heard.append(self.buffer.take())

    @property
    def lost(self) -> bool:
        """Whether a sample was left out between the first heard and the last."""
        heard = np.concatenate(self.heard)
        heard = heard[heard != 0.0]
        return not np.array_equal(heard, ramp(0, len(heard)))


def test_a_device_may_be_a_little_late_without_a_gap() -> None:
    device = Device()
    for blocks in (20, 20, 20, 17, 23, 16, 24, 20):
        device.slot(blocks)
    assert not device.lost
    assert not device.repairs.counts
    heard = np.concatenate(device.heard)
    assert heard[np.flatnonzero(heard)[0] :].all()


def test_what_comes_late_is_heard_when_it_comes(caplog: pytest.LogCaptureFixture) -> None:
    device = Device()
    with caplog.at_level(logging.WARNING):
        for blocks in (20, 20, 20, 0, 0, 60, 20, 20, 20):
            device.slot(blocks)
    assert not device.lost
    assert device.repairs.counts[Repair.LATE] > 0
    assert [record.message for record in caplog.records] == [f"test: {Repair.LATE.value}"]


def test_a_device_that_is_too_fast_loses_what_is_quiet_and_nothing_else() -> None:
    device = Device()
    for _ in range(40):
        device.slot(22)
    spoken = device.brought
    for _ in range(40):
        device.slot(20, loud=False)
    assert device.buffer.waiting < 4 * SLOT_SAMPLES
    heard = np.concatenate(device.heard)
    assert np.array_equal(heard[heard > 0.01], ramp(0, spoken))
    assert device.repairs.counts[Repair.QUIET_SKIPPED] > 0
    assert Repair.LOST not in device.repairs.counts


def test_far_too_much_is_dropped_and_told() -> None:
    device = Device()
    for _ in range(40):
        device.slot(60)
    assert device.buffer.waiting <= 11 * 16_000
    assert device.repairs.counts[Repair.LOST] > 0


_ROOM = np.random.default_rng(7).normal(0.0, 1.0, 120 * SLOT_SAMPLES).astype(np.float32)


def noise(length: int, rms: float) -> NDArray[np.float32]:
    """Steady noise of a room, the same each time."""
    return _ROOM[:length] * np.float32(rms)


@settings(max_examples=30, deadline=None)
@given(st.integers(min_value=0, max_value=80_000), st.sampled_from([0.0, 0.001, 0.006, 0.2]))
def test_what_piled_up_before_the_first_slot_delays_nothing(piled_up: int, rms: float) -> None:
    repairs = Repairs("test")
    buffer = SoundBuffer(repairs, steady=True)
    sound = noise(piled_up + 30 * SLOT_SAMPLES, rms)
    buffer.push(sound[:piled_up])
    slots = [buffer.take()]
    for begin in range(piled_up, len(sound), SLOT_SAMPLES):
        buffer.push(sound[begin : begin + SLOT_SAMPLES])
        slots.append(buffer.take())
    left_out = repairs.counts[Repair.BEFORE]
    assert left_out == max(0, piled_up - SLOT_SAMPLES - 800)
    assert buffer.waiting < 2 * SLOT_SAMPLES
    heard = np.concatenate(slots)
    heard = heard[heard != 0.0]
    meant = sound[left_out:]
    meant = meant[meant != 0.0]
    assert np.array_equal(heard, meant[: len(heard)]), "and nothing else is left out"


def test_what_a_program_hands_in_before_the_first_slot_is_heard_whole() -> None:
    repairs = Repairs("test")
    buffer = SoundBuffer(repairs, steady=False)
    buffer.push(ramp(0, 20 * SLOT_SAMPLES))
    heard = np.concatenate([buffer.take() for _ in range(20)])
    assert np.array_equal(heard, ramp(0, 20 * SLOT_SAMPLES))
    assert not repairs.counts


@settings(max_examples=20, deadline=None)
@given(
    st.integers(min_value=3, max_value=40),
    st.sampled_from([0.0005, 0.002, 0.004, 0.006]),
    st.sets(st.integers(min_value=0, max_value=59), max_size=30),
)
def test_after_a_stall_the_noise_of_a_room_is_left_out_and_no_speech(
    stalled_slots: int, rms: float, spoken_slots: set[int]
) -> None:
    repairs = Repairs("test")
    buffer = SoundBuffer(repairs, steady=True)
    room = noise(120 * SLOT_SAMPLES, rms).reshape(120, SLOT_SAMPLES)
    for slot in sorted(spoken_slots):
        room[20 + slot] = 0.1 + slot / 1_000  # From slot 20 on somebody speaks now and then.
    heard = []
    for index in range(120):
        stalls = 20 <= index < 20 + stalled_slots
        chunks = room[index : index + 1] if not stalls else room[:0]
        if index == 20 + stalled_slots:
            chunks = room[20 : index + 1]
        buffer.push(chunks.reshape(-1))
        heard.append(buffer.take())
    assert buffer.waiting < 4 * SLOT_SAMPLES
    assert repairs.counts[Repair.QUIET_SKIPPED] > 0
    assert Repair.LOST not in repairs.counts
    together = np.concatenate(heard)
    for slot in spoken_slots:
        level = np.float32(0.1 + slot / 1_000)
        assert np.count_nonzero(together == level) == SLOT_SAMPLES


def test_a_user_who_speaks_softly_without_a_pause_is_not_taken_for_noise() -> None:
    device = Device()
    device.buffer.push(np.full(3 * SLOT_SAMPLES, 0.04, dtype=np.float32))
    for _ in range(60):
        device.buffer.push(np.full(SLOT_SAMPLES + 100, 0.04, dtype=np.float32))
        device.heard.append(device.buffer.take())
    assert device.repairs.counts.keys() <= {Repair.BEFORE}
