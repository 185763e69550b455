"""`weft talk --wav`: a sound file as the user, espeak-ng's voice, and what is written of it."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from tests.fakes.queue import Planned
from tests.weft.scripted import scripted_conversation
from weft import cli, spoken_talk, wiring
from weft.clock import Clock
from weft.config import AgentConfig
from weft.errors import InputError
from weft.interaction_model.scripted import Reply, ScriptedModel
from weft.interaction_model.types import SAMPLE_RATE_HZ, ControlToken
from weft.orchestrator.channels.observed import ObservedChannel
from weft.orchestrator.channels.words import parse_words
from weft.orchestrator.record import FileRecord, read_record

REPLIES = [Reply(heard=r"\?", says="Let me see.", control=ControlToken.DELEGATE)]
PLANS = [Planned(request="capital", text="It is Oslo.", after_slots=6)]
ASKED = [("What's", 0.4, 0.8), ("the", 0.8, 1.0), ("capital?", 1.0, 1.6)]


@pytest.fixture
def wav(tmp_path: Path) -> Path:
    """Ten seconds and a bit of a user; the words are in a file beside it."""
    file = tmp_path / "user.wav"
    hum = 0.1 * np.sin(np.arange(round(10.05 * 44_100)) / 20)
    soundfile.write(file, np.stack([hum, hum], axis=1), 44_100)
    chunks = [{"text": text, "timestamp": [start, end]} for text, start, end in ASKED]
    words = {"text": "What's the capital?", "chunks": chunks}
    (tmp_path / "user.json").write_text(json.dumps(words))
    return file


@pytest.fixture
def _wired(monkeypatch: pytest.MonkeyPatch) -> None:
    def scripted(
        config: AgentConfig, *, clock: Clock, channel: wiring.Sound, record: Path | None
    ) -> object:
        sounded = wiring.make_sounded(config, channel, clock, ScriptedModel(REPLIES))
        assert channel.observe is not None
        sink = FileRecord(record) if record else None
        observed = ObservedChannel(sounded, channel.observe)
        return scripted_conversation(clock, observed, REPLIES, PLANS, sink, sounded)

    monkeypatch.setattr(wiring, "build", scripted)


@pytest.mark.usefixtures("_wired")
def test_what_is_said_is_sound_as_long_as_the_file_and_its_words(
    wav: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, record = tmp_path / "model.wav", tmp_path / "record"
    words = wav.with_suffix(".json")
    assert (
        spoken_talk.talk_with_file(None, wav, words=words, out=out, record=record, fast=True) == 0
    )
    assert soundfile.info(out).frames == round(10.05 * SAMPLE_RATE_HZ)
    samples, _ = soundfile.read(out)
    said = parse_words(json.loads((tmp_path / "model.json").read_text()))
    assert [word.text for word in said] == ["Let", "me", "see.", "It", "is", "Oslo."]
    assert said[0].start_s > 1.6
    loud_s = np.flatnonzero(np.abs(samples) > 0.02) / SAMPLE_RATE_HZ
    # The words say where in the file they are.
    assert loud_s[0] == pytest.approx(said[0].start_s, abs=0.1)
    assert loud_s[-1] == pytest.approx(said[-1].end_s, abs=0.1)
    assert "capital?" in " ".join(capsys.readouterr().out.split())
    slots = read_record(record).slots
    assert [w.text for slot in slots for w in slot.heard.transcribed] == [w[0] for w in ASKED]


@pytest.mark.usefixtures("_wired")
def test_without_a_file_to_write_one_waits_for_the_answer(
    wav: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    short = tmp_path / "short.wav"
    samples, rate_hz = soundfile.read(wav)
    soundfile.write(short, samples[: 2 * rate_hz], rate_hz)
    words = wav.with_suffix(".json")
    spoken_talk.talk_with_file(None, short, words=words, out=None, record=None, fast=True)
    assert "It is Oslo." in " ".join(capsys.readouterr().out.split())


def test_sound_of_which_nobody_makes_words_is_an_error(wav: Path) -> None:
    from weft.clock import VirtualClock
    from weft.config import parse_config
    from weft.orchestrator.channels.sound_file import FileChannel, HeardFile

    config = parse_config({"background": {"agents": {"local": {"provider": "local"}}}})
    clock = VirtualClock()
    sound = wiring.Sound(channel=FileChannel(HeardFile(wav), clock))
    with pytest.raises(InputError, match="nobody makes words of the sound"):
        wiring.make_sounded(config, sound, clock, ScriptedModel())


@pytest.mark.usefixtures("_wired")
def test_files_that_cannot_be_are_named_before_anything_begins(wav: Path, tmp_path: Path) -> None:
    for out, reason in (
        (wav, "name the same file"),
        (tmp_path / "model.json", r"take \.wav or \.flac"),
        (tmp_path / "model.docx", "no sound is written"),
        (tmp_path / "no" / "model.wav", "cannot be written"),
        # Its words would be written over the user's.
        (tmp_path / "user.flac", "name the same file"),
    ):
        with pytest.raises(InputError, match=reason):
            spoken_talk.talk_with_file(
                None, wav, words=wav.with_suffix(".json"), out=out, record=None, fast=True
            )
    assert soundfile.info(wav).frames == round(10.05 * 44_100)


def test_the_command_says_what_does_not_go_together(wav: Path, tmp_path: Path) -> None:
    resumed = CliRunner().invoke(
        cli.app, ["talk", "--wav", str(wav), "--resume", str(tmp_path / "record")]
    )
    assert resumed.exit_code == 2
    assert "cannot be gone on with in sound" in resumed.output
