"""A microphone and a speaker at the border of their callback: late, gone, back, at any rate."""

import logging
from collections.abc import Callable

import anyio
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.fakes.devices import FakeDevices
from weft.clock import VirtualClock
from weft.errors import InputError
from weft.interaction_model.types import (
    SLOT_S,
    SLOT_SAMPLES,
    FloorProbabilities,
    MicroTurnOutput,
    Senses,
)
from weft.orchestrator.channels import sound_devices
from weft.orchestrator.channels.device_channel import DeviceChannel
from weft.orchestrator.channels.given_words import GivenWords
from weft.orchestrator.channels.sound_devices import DeviceChoice, PortAudioDevices, parse_choice
from weft.orchestrator.channels.sound_repairs import Repair
from weft.orchestrator.channels.sounded import MOST_UNPLAYED_SLOTS, Sounded
from weft.orchestrator.guarded_sound import GuardedVoice
from weft.orchestrator.sound_ports import Voiced

pytestmark = pytest.mark.anyio

BLOCK_S = 0.01
FLOOR = FloorProbabilities(user=0, pause=0, gap=1, model=0, overlap=0)


def tone(seconds: float, rate_hz: int = 16_000, hz: float = 440.0) -> NDArray[np.float32]:
    moments_s = np.arange(round(seconds * rate_hz)) / rate_hz
    return (0.5 * np.sin(2 * np.pi * hz * moments_s)).astype(np.float32)


def voiced(index: int, samples: NDArray[np.float32]) -> Voiced:
    return Voiced(index=index, samples=samples, sounded_index=index, waiting_s=0.0)


class Talk:
    """A device that brings a tone in real time, and a voice that says another from slot 5 on."""

    def __init__(self, devices: FakeDevices, slots: int) -> None:
        self.devices = devices
        self.clock = VirtualClock()
        self.channel = DeviceChannel(devices, self.clock)
        self.senses: list[Senses] = []
        self.played_at: list[int] = []
        self._slots = slots
        self._microphone = tone(slots * SLOT_S + 1.0, devices.rate_hz)
        self._voice = tone(slots * SLOT_S, hz=300.0)

    async def hold(self, at: dict[int, Callable[[], None]] | None = None) -> None:
        async with anyio.create_task_group() as tasks:
            await tasks.start(self.channel.keep_open)
            tasks.start_soon(self.bring)
            async for senses in self.channel.senses():
                self.senses.append(senses)
                (at or {}).get(senses.index, lambda: None)()
                await self.channel.play(voiced(senses.index, self.said(senses.index)))
                self.played_at.append(self.channel.played_index())
                if senses.index == self._slots:
                    self.channel.close()
            tasks.cancel_scope.cancel()

    def said(self, index: int) -> NDArray[np.float32]:
        begin = (index - 5) * SLOT_SAMPLES
        if begin < 0:
            return np.zeros(SLOT_SAMPLES, dtype=np.float32)
        return self._voice[begin : begin + SLOT_SAMPLES]

    async def bring(self) -> None:
        block = round(BLOCK_S * self.devices.rate_hz)
        for number in range(len(self._microphone) // block):
            await self.clock.sleep_until_s((number + 1) * BLOCK_S)
            self.devices.bring(self._microphone[number * block : (number + 1) * block])


@pytest.mark.parametrize("rate_hz", [16_000, 44_100, 48_000])
async def test_a_device_of_any_rate_hears_and_plays(rate_hz: int) -> None:
    talk = Talk(FakeDevices(rate_hz), 30)
    await talk.hold()
    assert talk.devices.times_closed == 1
    heard = np.concatenate([senses.samples for senses in talk.senses])
    inside = heard[4_000 : 4_000 + 80_000]
    spectrum = np.abs(np.fft.rfft(inside))
    assert spectrum.argmax() * 16_000 / len(inside) == pytest.approx(440, abs=1)
    assert np.abs(inside).max() == pytest.approx(0.5, abs=0.02)
    played = talk.devices.played
    assert np.isfinite(played).all()
    loud = np.flatnonzero(np.abs(played) > 0.01) / rate_hz
    # Slot 5 is over after 1.2 s, and goes out 60 ms and at most two slots of silence later.
    assert 1.2 <= loud[0] <= 1.7
    spectrum = np.abs(np.fft.rfft(played[round(2 * rate_hz) : round(5 * rate_hz)]))
    assert spectrum.argmax() / 3 == pytest.approx(300, abs=1)
    assert not talk.channel.repairs.counts


async def test_what_was_played_is_what_the_device_has_taken() -> None:
    talk = Talk(FakeDevices(), 20)
    await talk.hold()
    lags = [index - played for index, played in enumerate(talk.played_at)][3:]
    assert set(lags) <= {1, 2}
    assert talk.played_at == sorted(talk.played_at)


async def test_what_a_device_holds_back_was_not_played() -> None:
    talks = [Talk(FakeDevices(late_s=late_s), 30) for late_s in (0.0, 0.4)]
    for talk in talks:
        await talk.hold()
    at_once, late = (talk.played_at[10:] for talk in talks)
    assert [before - after for before, after in zip(at_once, late, strict=True)] == [2] * 21


async def test_a_device_that_holds_back_all_it_may_still_gets_more_to_say() -> None:
    talk = Talk(FakeDevices(late_s=0.5), 30)
    await talk.hold()
    assert max(index - played for index, played in enumerate(talk.played_at)) <= MOST_UNPLAYED_SLOTS


async def test_a_device_that_disappears_is_opened_again_and_nothing_said_is_lost(
    caplog: pytest.LogCaptureFixture,
) -> None:
    devices = FakeDevices()
    talk = Talk(devices, 80)

    def back() -> None:
        devices.plugged_in = True

    with caplog.at_level(logging.WARNING):
        await talk.hold({10: devices.unplug, 30: back})
    assert [senses.index for senses in talk.senses] == list(range(81))  # the clock went on
    assert not talk.senses[20].samples.any()
    assert talk.senses[60].samples.any()
    assert devices.times_opened == 2
    assert talk.channel.repairs.counts[Repair.DEVICE_GONE] >= 1
    gone = [r for r in caplog.records if Repair.DEVICE_GONE.value in r.message]
    assert len(gone) == 1
    # Not a slot counts as played before it was, and after the return it goes on where it was.
    assert talk.played_at[29] == talk.played_at[14]
    sound = devices.played[np.flatnonzero(devices.played)[0] :]
    said = np.concatenate([talk.said(index) for index in range(5, 80)])
    assert np.array_equal(sound[sound != 0.0], said[said != 0.0][: np.count_nonzero(sound)])


class Dithered:
    """A voice that has nothing to say, and whose silence is not zeros."""

    def sound(self, said: MicroTurnOutput) -> Voiced:
        dither = np.random.default_rng(said.index).uniform(-1e-4, 1e-4, SLOT_SAMPLES)
        return voiced(said.index, dither.astype(np.float32))

    def stop(self) -> None: ...


async def test_after_a_stall_there_is_room_again_though_silence_is_dithered() -> None:
    devices = FakeDevices()
    talk = Talk(devices, 60)
    voice = GuardedVoice(Dithered(), "dithered")
    sounded = Sounded(talk.channel, GivenWords([]), voice, talk.clock)
    has_room: list[bool] = []

    def back() -> None:
        devices.plugged_in = True

    at = {10: devices.unplug, 20: back, 60: talk.channel.close}
    async with anyio.create_task_group() as tasks:
        await tasks.start(talk.channel.keep_open)
        tasks.start_soon(talk.bring)
        async for heard in sounded.micro_turns():
            at.get(heard.index, lambda: None)()
            await sounded.send(MicroTurnOutput(index=heard.index, text="", floor=FLOOR))
            has_room.append(sounded.playback().has_room)
        tasks.cancel_scope.cancel()
    assert all(has_room[:10])
    assert not has_room[20]
    assert all(has_room[40:])


async def test_a_device_that_was_never_there_is_an_error() -> None:
    devices = FakeDevices()
    devices.unplug()
    channel = DeviceChannel(devices, VirtualClock())
    with pytest.raises(InputError, match="no such device"):
        await channel.keep_open()


async def test_what_a_device_says_of_itself_is_counted() -> None:
    devices = FakeDevices()
    channel = DeviceChannel(devices, VirtualClock())
    async with anyio.create_task_group() as tasks:
        await tasks.start(channel.keep_open)
        devices.bring(tone(0.01), overrun=True)
        devices.bring(np.full(160, np.nan, dtype=np.float32), underrun=True)
        tasks.cancel_scope.cancel()
    counts = channel.repairs.counts
    assert (counts[Repair.OVERRUN], counts[Repair.UNDERRUN]) == (1, 1)
    assert counts[Repair.NOT_NUMBERS] == 160


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("3", DeviceChoice(3, 3)),
        ("USB headset", DeviceChoice("USB headset", "USB headset")),
        ("1, 4", DeviceChoice(1, 4)),
        ("mic,0", DeviceChoice("mic", 0)),
    ],
)
def test_a_device_is_chosen_by_number_or_name(text: str, choice: DeviceChoice) -> None:
    assert parse_choice(text) == choice


@pytest.mark.parametrize("text", ["", ",", "1,2,3", "1,"])
def test_a_choice_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="MICROPHONE,SPEAKER"):
        parse_choice(text)


def test_without_the_library_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "sounddevice", None)
    with pytest.raises(InputError, match=r"pip install 'weft\[sound\]'"):
        sound_devices.list_devices()
    with pytest.raises(InputError, match=r"pip install 'weft\[sound\]'"):
        PortAudioDevices().open(lambda exchange: None)


def test_a_real_library_without_such_a_device_is_an_error() -> None:
    # Where PortAudio is missing, that is what the error says.
    with pytest.raises(InputError, match=r"PortAudio|cannot be opened"):
        PortAudioDevices(DeviceChoice(99, "no such speaker")).open(lambda exchange: None)
