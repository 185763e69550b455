"""Sound files as the user: any kind is read, broken ones are named or mended, lengths agree."""

import logging
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from tests.fakes.sound import ConstantVoice
from weft.clock import VirtualClock
from weft.errors import InputError
from weft.interaction_model.scripted import sure_of
from weft.interaction_model.types import (
    SAMPLE_RATE_HZ,
    SLOT_S,
    SLOT_SAMPLES,
    Floor,
    MicroTurnOutput,
)
from weft.orchestrator.channels.sound_file import FileChannel, HeardFile, SaidFile
from weft.orchestrator.channels.sound_repairs import Repair

pytestmark = pytest.mark.anyio


def tone(seconds: float, rate_hz: int = SAMPLE_RATE_HZ, level: float = 0.5) -> NDArray[np.float32]:
    moments_s = np.arange(round(seconds * rate_hz)) / rate_hz
    return (level * np.sin(2 * np.pi * 440 * moments_s)).astype(np.float32)


def whole(heard: HeardFile) -> NDArray[np.float32]:
    return np.concatenate(list(heard.slots()))


@pytest.mark.parametrize("ending", ["wav", "flac", "ogg", "mp3"])
@pytest.mark.parametrize(("rate_hz", "channels"), [(16_000, 1), (44_100, 2), (8_000, 1)])
def test_any_kind_rate_and_number_of_channels_is_heard(
    tmp_path: Path, ending: str, rate_hz: int, channels: int
) -> None:
    file = tmp_path / f"user.{ending}"
    sound = tone(1.25, rate_hz)
    soundfile.write(file, np.stack([sound] * channels, axis=1), rate_hz)
    heard = HeardFile(file)
    slots = list(heard.slots())
    samples = np.concatenate(slots)
    assert {len(slot) for slot in slots[:-1]} == {SLOT_SAMPLES}
    assert len(samples) == pytest.approx(1.25 * SAMPLE_RATE_HZ, abs=1200 if ending == "mp3" else 0)
    inside = samples[4_000:16_000]
    assert np.abs(inside).max() == pytest.approx(0.5, abs=0.06)
    spectrum = np.abs(np.fft.rfft(inside))
    assert spectrum.argmax() * SAMPLE_RATE_HZ / len(inside) == pytest.approx(440, abs=2)
    assert not heard.repairs.counts


def test_a_file_at_the_rate_of_the_model_is_heard_to_the_bit(tmp_path: Path) -> None:
    file = tmp_path / "user.wav"
    soundfile.write(file, tone(0.77), SAMPLE_RATE_HZ, subtype="FLOAT")
    assert np.array_equal(whole(HeardFile(file)), tone(0.77))


def test_channels_that_cancel_are_heard_and_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "user.wav"
    soundfile.write(file, np.stack([tone(1.0), -tone(1.0)], axis=1), SAMPLE_RATE_HZ, "FLOAT")
    heard = HeardFile(file)
    with caplog.at_level(logging.WARNING):
        assert np.array_equal(whole(heard), tone(1.0))
    assert heard.repairs.counts == {Repair.CHANNELS_CANCEL: SAMPLE_RATE_HZ}
    assert [record.getMessage() for record in caplog.records] == [
        f"{file}: {Repair.CHANNELS_CANCEL}"
    ]


def test_what_is_no_sound_is_named(tmp_path: Path) -> None:
    text = tmp_path / "talk.wav"
    text.write_text("good morning")
    empty = tmp_path / "empty.wav"
    empty.write_bytes(b"")
    silent = tmp_path / "silent.wav"
    soundfile.write(silent, np.zeros(0, dtype=np.float32), SAMPLE_RATE_HZ)
    beginning = tmp_path / "beginning.wav"
    soundfile.write(beginning, tone(1.0), SAMPLE_RATE_HZ)
    beginning.write_bytes(beginning.read_bytes()[:20])
    for file, reason in (
        (text, "is not a sound file"),
        (empty, "is not a sound file"),
        (silent, "there is no sound in it"),
        (beginning, "broken at its beginning"),
        (tmp_path / "nowhere.wav", "No such file"),
        (tmp_path, "Is a directory"),
    ):
        with pytest.raises(InputError, match=reason) as raised:
            HeardFile(file)
        assert str(file) in str(raised.value)


def test_a_file_of_which_only_the_header_is_there_is_named_when_it_is_opened(
    tmp_path: Path,
) -> None:
    file = tmp_path / "user.flac"
    soundfile.write(file, tone(2.0), SAMPLE_RATE_HZ)
    whole_file = file.read_bytes()
    audio_begins = whole_file.index(b"\xff\xf8")
    file.write_bytes(whole_file[:audio_begins])
    assert soundfile.info(file).frames == 32_000
    with pytest.raises(InputError, match="no sound of it can be read") as raised:
        HeardFile(file)
    assert str(file) in str(raised.value)


def test_a_rate_that_no_sound_has_is_named(tmp_path: Path) -> None:
    file = tmp_path / "slow.wav"
    soundfile.write(file, tone(1.0), 100)
    with pytest.raises(InputError, match="sample rate of 100 Hz") as raised:
        HeardFile(file)
    assert str(raised.value).startswith(f"{file}: ")


@pytest.mark.parametrize("ending", ["wav", "flac", "mp3", "aiff", "au", "w64", "rf64"])
def test_a_file_that_was_cut_off_is_heard_as_far_as_it_goes(
    tmp_path: Path, ending: str, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / f"user.{ending}"
    soundfile.write(file, tone(4.0), SAMPLE_RATE_HZ)
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    heard = HeardFile(file)
    with caplog.at_level(logging.WARNING):
        samples = whole(heard)
    assert 0.8 * SAMPLE_RATE_HZ < len(samples) < 2.5 * SAMPLE_RATE_HZ
    assert heard.repairs.counts == {Repair.ENDS_EARLY: 1}
    assert [record.message for record in caplog.records] == [f"{file}: {Repair.ENDS_EARLY.value}"]


def noisy_flac(file: Path) -> tuple[NDArray[np.float32], bytes]:
    """Ten seconds of sound, as it is read from a file and as the bytes of that file."""
    noise = np.random.default_rng(0).normal(0.0, 0.02, 10 * SAMPLE_RATE_HZ)
    soundfile.write(file, tone(10.0) + noise, SAMPLE_RATE_HZ)
    return soundfile.read(file, dtype="float32")[0], file.read_bytes()


@pytest.mark.parametrize(("share", "least_s"), [(0.5, 4.5), (0.05, 0.15)])
def test_a_flac_that_was_cut_off_is_heard_nearly_to_its_last_sample(
    tmp_path: Path, share: float, least_s: float
) -> None:
    file = tmp_path / "user.flac"
    sound, content = noisy_flac(file)
    file.write_bytes(content[: round(share * len(content))])
    heard = HeardFile(file)
    samples = whole(heard)
    assert least_s * SAMPLE_RATE_HZ <= len(samples) <= 1.1 * share * len(sound)
    assert np.array_equal(samples, sound[: len(samples)])
    assert heard.repairs.counts == {Repair.ENDS_EARLY: 1}


@pytest.mark.parametrize("at", [0.0, 0.5])
def test_sound_after_a_damaged_stretch_is_heard_at_its_time(
    tmp_path: Path, at: float, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "user.flac"
    sound, content = noisy_flac(file)
    audio_begins = content.index(b"\xff\xf8")
    first = max(audio_begins + 20, round(at * len(content)))
    file.write_bytes(content[:first] + b"?" * 3_000 + content[first + 3_000 :])
    with caplog.at_level(logging.WARNING):
        heard = HeardFile(file)
        samples = whole(heard)
    assert len(samples) == len(sound)
    silent = np.flatnonzero(samples != sound)
    assert 0 < len(silent) < 1.5 * SAMPLE_RATE_HZ
    assert not samples[silent[0] : silent[-1] + 1].any()
    assert set(heard.repairs.counts) == {Repair.GAP}
    assert [record.message for record in caplog.records] == [f"{file}: {Repair.GAP.value}"]


def test_sound_of_which_the_rest_is_damaged_ends_before_the_damage(tmp_path: Path) -> None:
    file = tmp_path / "user.flac"
    sound, content = noisy_flac(file)
    half = len(content) // 2
    file.write_bytes(content[:half] + b"?" * (len(content) - half))
    heard = HeardFile(file)
    samples = whole(heard)
    assert 4.5 * SAMPLE_RATE_HZ < len(samples) < 5.5 * SAMPLE_RATE_HZ
    assert np.array_equal(samples, sound[: len(samples)])
    assert heard.repairs.counts == {Repair.ENDS_EARLY: 1}


def test_samples_that_are_none_are_mended_and_told_of_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "user.wav"
    sound = tone(3.0)
    sound[100:110] = np.nan
    sound[40_000] = np.inf
    sound[200:205] = 7.0
    soundfile.write(file, sound, SAMPLE_RATE_HZ, subtype="FLOAT")
    heard = HeardFile(file)
    with caplog.at_level(logging.WARNING):
        samples = whole(heard)
    assert np.isfinite(samples).all()
    assert np.abs(samples).max() == 1.0
    assert np.array_equal(samples[100:110], np.zeros(10))
    assert np.array_equal(samples[300:40_000], sound[300:40_000])
    assert heard.repairs.counts == {Repair.NOT_NUMBERS: 11, Repair.TOO_LOUD: 5}
    assert len(caplog.records) == 2


async def talk(channel: FileChannel, says: dict[int, str]) -> list[NDArray[np.float32]]:
    """Live through a channel with a voice that says something in some slots; gives the input."""
    voice, heard = ConstantVoice(), []
    async for senses in channel.senses():
        heard.append(senses.samples)
        said = MicroTurnOutput(
            index=senses.index, text=says.get(senses.index, ""), floor=sure_of(Floor.GAP)
        )
        await channel.play(voice.sound(said))
        assert channel.played_index() == senses.index - 1
    return heard


@pytest.mark.parametrize("length_s", [0.1, 0.2, 1.0, 1.33])
async def test_what_is_said_is_as_long_as_what_is_heard(tmp_path: Path, length_s: float) -> None:
    user, model = tmp_path / "user.wav", tmp_path / "model.wav"
    soundfile.write(user, tone(length_s, 24_000), 24_000)
    said = SaidFile(model)
    channel = FileChannel(HeardFile(user), VirtualClock(), said=said)
    heard = await talk(channel, {})
    said.close()
    assert {len(samples) for samples in heard} == {SLOT_SAMPLES}
    assert soundfile.info(model).frames == round(length_s * SAMPLE_RATE_HZ)
    assert soundfile.info(model).samplerate == SAMPLE_RATE_HZ


async def test_an_answer_is_in_the_slot_after_the_one_it_answers(tmp_path: Path) -> None:
    user, model = tmp_path / "user.wav", tmp_path / "model.wav"
    soundfile.write(user, tone(2.0), SAMPLE_RATE_HZ)
    said = SaidFile(model)
    channel = FileChannel(HeardFile(user), VirtualClock(), said=said)
    await talk(channel, {3: "Hello there", 9: "cut off"})
    said.close()
    samples, _ = soundfile.read(model)
    loud = np.flatnonzero(samples) // SLOT_SAMPLES
    assert sorted(set(loud)) == [4, 5, 6]  # slot 9 would be heard after the end
    words = channel.words()
    assert [word.text for word in words] == ["Hello", "there"]
    assert [word.end_s for word in words] == pytest.approx([6 * SLOT_S, 7 * SLOT_S])


async def test_after_the_file_one_waits_for_what_is_owed(tmp_path: Path) -> None:
    user = tmp_path / "user.wav"
    soundfile.write(user, tone(1.0), SAMPLE_RATE_HZ)
    owed = chain([True] * 20, [False] * 1000)
    channel = FileChannel(
        HeardFile(user), VirtualClock(), tail_s=1.0, still_owed=lambda: next(owed)
    )
    heard = await talk(channel, {})
    assert len(heard) == 5 + 5 + 20
    assert not np.concatenate(heard[5:]).any()


def test_a_file_of_unknown_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no sound is written as '\.docx'"):
        SaidFile(tmp_path / "model.docx")
    # libsndfile knows these, and still cannot be asked for them by a name alone, or in stereo.
    with pytest.raises(InputError, match=r"no sound is written as '\.raw'"):
        SaidFile(tmp_path / "model.raw")
    with pytest.raises(InputError, match=r"no sound is written as '\.htk'"):
        SaidFile(tmp_path / "model.htk", channels=2)
    with pytest.raises(InputError, match="cannot be written"):
        SaidFile(tmp_path / "nowhere" / "model.wav").write(tone(0.2))


def test_what_was_in_a_file_stays_until_something_is_said(tmp_path: Path) -> None:
    file = tmp_path / "model.wav"
    file.write_text("before")
    said = SaidFile(file)
    said.close()
    assert file.read_text() == "before"
    said.write(tone(0.2))
    said.close()
    assert soundfile.info(file).frames == 3_200
