"""The microphones and speakers that PortAudio finds, loses, and finds again."""

import sys
from pathlib import Path

import anyio
import numpy as np
import pytest

from tests.fakes.portaudio import FakePortAudio, device
from weft.clock import VirtualClock
from weft.errors import InputError
from weft.orchestrator.channels import sound_devices
from weft.orchestrator.channels.device_channel import DeviceChannel
from weft.orchestrator.channels.sound_devices import (
    DeviceChoice,
    Exchange,
    PortAudioDevices,
    parse_choice,
)
from weft.orchestrator.channels.sound_repairs import Repair

pytestmark = pytest.mark.anyio

CARD = "HDA Intel PCH: ALC257 Analog (hw:0,0)"
SCREEN = "HDA Intel PCH: HDMI 0 (hw:0,3)"


@pytest.fixture
def portaudio(monkeypatch: pytest.MonkeyPatch) -> FakePortAudio:
    fake = FakePortAudio([device(CARD, microphones=2, speakers=2), device(SCREEN, speakers=8)])
    monkeypatch.setitem(sys.modules, "sounddevice", fake)
    return fake


def opened(choice: DeviceChoice | None = None) -> list[Exchange]:
    """Open devices; gives what they will have brought."""
    brought: list[Exchange] = []
    PortAudioDevices(choice).open(brought.append)
    return brought


def test_each_device_has_a_line_and_the_usual_ones_are_marked(portaudio: FakePortAudio) -> None:
    portaudio.default.device = [0, 0]
    assert sound_devices.list_devices() == [
        f"*   0  {CARD}  (2 in, 2 out, 48000 Hz)",
        f"    1  {SCREEN}  (0 in, 8 out, 48000 Hz)",
    ]


def test_a_machine_without_devices_or_with_a_dead_portaudio_is_an_error(
    portaudio: FakePortAudio,
) -> None:
    portaudio.devices.clear()
    with pytest.raises(InputError, match="no microphone and no speaker"):
        sound_devices.list_devices()
    portaudio._terminate()
    with pytest.raises(InputError, match="not initialized"):
        sound_devices.list_devices()


@pytest.mark.parametrize(
    ("refused_hz", "rate_hz"),
    [(set(), 16_000), ({16_000}, 48_000), ({16_000, 48_000}, 44_100)],
)
def test_a_rate_is_taken_that_both_can(
    portaudio: FakePortAudio, refused_hz: set[int], rate_hz: int
) -> None:
    portaudio.refused_hz = refused_hz
    opened()
    assert [stream.samplerate for stream in portaudio.streams] == [rate_hz]


def test_devices_without_a_rate_for_both_are_an_error(portaudio: FakePortAudio) -> None:
    portaudio.refused_hz = {16_000, 48_000, 44_100}
    with pytest.raises(InputError, match=r"no rate suits both of them \(Invalid sample rate\)"):
        opened()


def test_devices_are_looked_up_without_being_opened(portaudio: FakePortAudio) -> None:
    PortAudioDevices().check()
    with pytest.raises(InputError, match=r"No input device matching 'abc'; .*--devices` lists"):
        PortAudioDevices(DeviceChoice("abc", "abc")).check()
    with pytest.raises(InputError, match="No input device matching 7"):
        PortAudioDevices(DeviceChoice(7, 0)).check()
    assert portaudio.streams == []


def test_what_passes_through_a_device_is_one_exchange(portaudio: FakePortAudio) -> None:
    brought = opened()
    (stream,) = portaudio.streams
    assert stream.started
    stream.call(np.full(160, 0.25, dtype=np.float32), overflow=True)
    stream.call(np.zeros(80, dtype=np.float32), underflow=True)
    assert [(len(each.heard), len(each.wanted)) for each in brought] == [(160, 160), (80, 80)]
    assert set(brought[0].heard) == {0.25}
    assert [(each.overrun, each.underrun) for each in brought] == [(True, False), (False, True)]


@pytest.mark.parametrize(
    ("latency_s", "late_s"), [(0.12, 0.12), (-1.0, 0.0), (float("nan"), 0.0), (30.0, 0.5)]
)
def test_what_a_driver_says_of_its_latency_is_believed_within_reason(
    portaudio: FakePortAudio, latency_s: float, late_s: float
) -> None:
    portaudio.latency = (0.3, latency_s)
    brought = opened()
    portaudio.streams[0].call(np.zeros(160, dtype=np.float32))
    assert [each.late_s for each in brought] == [late_s]


def test_a_device_that_cannot_start_is_let_go(portaudio: FakePortAudio) -> None:
    portaudio.fails_to_start = True
    with pytest.raises(InputError, match="Error starting stream"):
        opened()
    assert portaudio.streams[0].closed


def test_devices_are_looked_for_anew_when_they_are_opened_again(portaudio: FakePortAudio) -> None:
    devices = PortAudioDevices(DeviceChoice("headset", "headset"))
    with pytest.raises(InputError, match="No input device matching 'headset'"):
        devices.open(lambda exchange: None)
    portaudio.devices.append(device("USB headset", microphones=1, speakers=2))
    devices.open(lambda exchange: None)
    assert portaudio.times_begun == 2
    assert portaudio.streams[-1].device == ("headset", "headset")


def test_a_portaudio_that_cannot_begin_anew_is_an_error_until_it_can(
    portaudio: FakePortAudio,
) -> None:
    devices = PortAudioDevices()
    devices.open(lambda exchange: None).close()
    portaudio.fails_to_begin = 2
    for _ in range(2):
        with pytest.raises(InputError, match=r"Error initializing PortAudio \(no server\)"):
            devices.open(lambda exchange: None)
    devices.open(lambda exchange: None)
    assert portaudio.streams[-1].started


async def test_a_portaudio_that_fails_while_a_device_is_gone_does_not_end_the_conversation(
    portaudio: FakePortAudio,
) -> None:
    clock = VirtualClock()
    channel = DeviceChannel(PortAudioDevices(), clock)
    portaudio.fails_to_begin = 2
    slots = 0
    async with anyio.create_task_group() as tasks:
        await tasks.start(channel.keep_open)
        async for senses in channel.senses():
            slots += 1
            if len(portaudio.streams) == 2:
                portaudio.streams[-1].call(np.zeros(3_200, dtype=np.float32))
            if senses.index == 60:
                channel.close()
        tasks.cancel_scope.cancel()
    assert slots == 61
    assert len(portaudio.streams) == 2
    assert channel.repairs.counts[Repair.DEVICE_GONE] >= 1


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        ("OSError('PortAudio library not found')", "apt install libportaudio2"),
        ("PortAudioError('Error initializing PortAudio', -9999)", "PortAudio cannot begin: Error"),
    ],
)
def test_a_library_that_fails_as_it_is_loaded_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: str, reason: str
) -> None:
    (tmp_path / "sounddevice.py").write_text(
        f"class PortAudioError(Exception): ...\nraise {failure}\n"
    )
    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(InputError, match=reason):
        sound_devices.list_devices()


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        (CARD, DeviceChoice(CARD, CARD)),
        (f"{CARD}, {SCREEN}", DeviceChoice(CARD, SCREEN)),
        (f"{CARD},1", DeviceChoice(CARD, 1)),
        # Windows cuts names off in the middle of their parentheses.
        ("Mic (Realtek Hi,Speakers (Re", DeviceChoice("Mic (Realtek Hi", "Speakers (Re")),
    ],
)
def test_a_name_is_taken_as_it_is_listed(text: str, choice: DeviceChoice) -> None:
    assert parse_choice(text) == choice


def test_a_name_with_a_comma_is_one_device_if_there_is_such_a_one(
    portaudio: FakePortAudio,
) -> None:
    portaudio.devices.append(device("Desk, left, by the window", microphones=1, speakers=1))
    names = sound_devices.device_names()
    for text in ("Desk, left, by the window", "desk, left", "hw:0,3"):
        assert parse_choice(text, names) == DeviceChoice(text, text)
    assert parse_choice("desk, HDMI", names) == DeviceChoice("desk", "HDMI")
    assert parse_choice("0,3", names) == DeviceChoice(0, 3), "also where ALSA calls one so"
