"""Sound of a program: heard in natural time, and played when the next slot is asked for."""

import re

import anyio
import numpy as np
import pytest
from numpy.typing import NDArray

from weft.clock import VirtualClock
from weft.errors import InputError
from weft.interaction_model.types import SLOT_SAMPLES
from weft.orchestrator.channels.program_sound import ProgramSound
from weft.orchestrator.channels.sound_repairs import Repair
from weft.orchestrator.sound_ports import Voiced

pytestmark = pytest.mark.anyio


def noise(length: int, seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).uniform(-0.5, 0.5, length).astype(np.float32)


def voiced(index: int, level: float) -> Voiced:
    samples = np.full(SLOT_SAMPLES, level, dtype=np.float32)
    return Voiced(index=index, samples=samples, sounded_index=index, waiting_s=0.0)


async def test_a_clip_is_heard_in_natural_time() -> None:
    channel = ProgramSound(VirtualClock())
    clip = noise(10_000)
    assert channel.hear(clip) == pytest.approx(10_000 / 16_000)
    heard = []
    async for senses in channel.senses():
        heard.append(senses.samples)
        if senses.index == 5:
            channel.close()
    assert np.array_equal(np.concatenate(heard)[:10_000], clip)
    assert not np.concatenate(heard)[10_000:].any()


async def test_any_rate_and_number_of_channels_may_come_one_after_the_other() -> None:
    channel = ProgramSound(VirtualClock())
    channel.hear(noise(4_800), rate_hz=48_000)
    channel.hear(np.stack([noise(4_410)] * 2, axis=1).astype(np.float64), rate_hz=44_100)
    assert channel.hear(noise(1_600)) == pytest.approx(0.3, abs=0.001)


async def test_what_is_sent_twice_is_heard_once_and_a_hole_is_silence() -> None:
    channel = ProgramSound(VirtualClock())
    sound = noise(6_400)
    channel.hear(sound[:1_600], at_s=0.0)
    channel.hear(sound[:1_600], at_s=0.0)
    channel.hear(sound[4_800:], at_s=0.3)
    slots = []
    async for senses in channel.senses():
        slots.append(senses.samples)
        if senses.index == 1:
            channel.close()
    heard = np.concatenate(slots)
    assert np.array_equal(heard[:1_600], sound[:1_600])
    assert not heard[1_600:4_800].any()
    assert np.array_equal(heard[4_800:], sound[4_800:])
    assert channel.repairs.counts == {Repair.TWICE: 1_600, Repair.GAP: 3_200}


async def test_resampled_chunks_that_say_where_they_are_follow_each_other() -> None:
    channel = ProgramSound(VirtualClock())
    sound = noise(48_000)
    for begin in range(0, 48_000, 960):
        channel.hear(sound[begin : begin + 960], rate_hz=48_000, at_s=begin / 48_000)
    assert not channel.repairs.counts


async def test_channels_that_cancel_are_heard_by_the_loudest_and_counted() -> None:
    channel = ProgramSound(VirtualClock())
    sound = noise(3_200)
    channel.hear(np.stack([sound, -sound], axis=1))
    async for senses in channel.senses():
        assert np.array_equal(senses.samples, sound)
        channel.close()
    assert channel.repairs.counts == {Repair.CHANNELS_CANCEL: 3_200}


@pytest.mark.parametrize(
    ("samples", "reason"),
    [
        (np.zeros(100, dtype=np.int16), "floating-point"),
        (np.zeros((2, 3, 4), dtype=np.float32), "must be"),
    ],
)
async def test_what_is_no_sound_is_named_and_changes_nothing(
    samples: NDArray[np.floating], reason: str
) -> None:
    channel = ProgramSound(VirtualClock())
    with pytest.raises(InputError, match=reason):
        channel.hear(samples)
    with pytest.raises(InputError, match="sample rate of 3 Hz"):
        channel.hear(noise(100), rate_hz=3)
    assert channel.hear(noise(1_600)) == pytest.approx(0.1)


@pytest.mark.parametrize("at_s", [float("nan"), float("inf"), float("-inf"), 1e305])
async def test_a_moment_that_is_none_is_named_and_changes_nothing(at_s: float) -> None:
    channel = ProgramSound(VirtualClock())
    channel.hear(noise(1_600))
    with pytest.raises(InputError, match=re.escape(f"at_s is {at_s!r}")):
        channel.hear(noise(48_000), rate_hz=48_000, at_s=at_s)
    assert channel.hear(noise(1_600), at_s=0.1) == pytest.approx(0.2)
    assert not channel.repairs.counts


async def test_nobody_says_so_much_at_once() -> None:
    channel = ProgramSound(VirtualClock())
    channel.hear(np.zeros(601 * 16_000, dtype=np.float32))
    with pytest.raises(InputError, match="wait to be heard"):
        channel.hear(noise(100))


async def test_a_slot_was_heard_when_the_next_one_is_asked_for() -> None:
    channel = ProgramSound(VirtualClock())
    await channel.play(voiced(0, 0.1))
    await channel.play(voiced(1, 0.2))
    voice = channel.voice()
    assert (await anext(voice))[0] == pytest.approx(0.1)
    assert channel.played_index() == -1
    assert (await anext(voice))[0] == pytest.approx(0.2)
    assert channel.played_index() == 0


async def test_who_is_slow_misses_silence_and_no_word() -> None:
    channel = ProgramSound(VirtualClock())
    for index in range(50):
        await channel.play(voiced(index, 0.1 if index in (3, 30) else 0.0))
    channel.close()
    levels = [float(samples[0]) async for samples in channel.voice()]
    assert sum(level > 0.05 for level in levels) == 2
    assert len(levels) <= 5
    assert channel.played_index() == 49


async def test_the_voice_ends_with_the_session() -> None:
    channel = ProgramSound(VirtualClock())
    taken: list[float] = []

    async def take() -> None:
        taken.extend([float(samples[0]) async for samples in channel.voice()])

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(take)
        async for senses in channel.senses():
            await channel.play(voiced(senses.index, 0.1))
            if senses.index == 4:
                channel.close()
    assert len(taken) == 5
