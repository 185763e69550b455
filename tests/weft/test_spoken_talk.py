"""`weft talk --wav`: a sound file as the user, espeak-ng's voice, and what is written of it."""

import json
from pathlib import Path
from typing import Self

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from typer.testing import CliRunner

from tests.fakes.devices import FakeDevices
from tests.fakes.queue import Planned
from tests.fakes.toy_senses import give_voice, toy_weights
from tests.weft.scripted import scripted_conversation
from weft import cli, spoken_talk, wiring
from weft.clock import Clock, VirtualClock
from weft.config import AgentConfig, InteractionConfig
from weft.errors import InputError
from weft.interaction_model.checkpoint import save_weights
from weft.interaction_model.scripted import Reply, ScriptedModel
from weft.interaction_model.types import (
    SAMPLE_RATE_HZ,
    ControlToken,
    MicroTurnInput,
    MicroTurnOutput,
)
from weft.orchestrator.channels.device_channel import DeviceChannel
from weft.orchestrator.channels.given_words import GivenWords
from weft.orchestrator.channels.observed import ObservedChannel
from weft.orchestrator.channels.pacing import TimedWord
from weft.orchestrator.channels.words import parse_words
from weft.orchestrator.events import Heard
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


@pytest.mark.usefixtures("_wired")
def test_neither_the_film_nor_the_configuration_is_written_over(
    wav: Path, senses: Path, tmp_path: Path
) -> None:
    film, agent = tmp_path / "film.mp4", senses.read_text()
    film.write_bytes(b"pictures")
    for record, option in ((film, "--video"), (senses, "CONFIG")):
        same = f"--record and {option} name the same file"
        with pytest.raises(InputError, match=same):
            spoken_talk.talk_with_file(
                senses, wav, words=None, out=None, record=record, fast=True, video=str(film)
            )
        with pytest.raises(InputError, match=same):
            spoken_talk.talk_with_microphone(
                senses, device=None, record=record, video=str(film), devices=FakeDevices()
            )
    assert (film.read_bytes(), senses.read_text()) == (b"pictures", agent)


@pytest.fixture
def senses(tmp_path: Path) -> Path:
    """A configuration that names weights with senses and a voice, and nobody to hear or speak."""
    folder = tmp_path / "senses"
    save_weights(folder, toy_weights(0))
    give_voice(folder)
    file = tmp_path / "agent.yaml"
    agents = "background: {agents: {local: {provider: local}}}"
    file.write_text(f"{agents}\ninteraction: {{weights: {folder}}}\n")
    return file


class Built(Exception):
    """Stands for the conversation that would be held."""


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[InteractionConfig]:
    """Gives how a conversation would be made, and ends there."""
    found: list[InteractionConfig] = []

    def build(config: AgentConfig, **_options: object) -> object:
        found.append(config.interaction)
        raise Built

    monkeypatch.setattr(wiring, "build", build)
    return found


def test_a_model_with_senses_hears_and_speaks_by_itself(
    wav: Path, senses: Path, asked: list[InteractionConfig]
) -> None:
    words = wav.with_suffix(".json")
    for given in (None, words):
        with pytest.raises(Built):
            spoken_talk.talk_with_file(senses, wav, words=given, out=None, record=None, fast=True)
    with pytest.raises(Built):
        spoken_talk.talk_with_microphone(
            senses, device=None, record=None, devices=FakeDevices(), clock=VirtualClock()
        )
    assert [(each.hearing.name, each.speaking.name) for each in asked] == [
        ("native", "native"),
        ("words", "espeak"),
        ("native", "native"),
    ]


def test_what_nobody_would_look_at_or_read_is_refused_before_anything_is_opened(
    wav: Path, senses: Path, asked: list[InteractionConfig]
) -> None:
    words = wav.with_suffix(".json")
    # There is no such film: it would be the next thing to be told.
    with pytest.raises(InputError, match=r"nobody would look .* `words`.* `ears: native`"):
        spoken_talk.talk_with_file(
            senses, wav, words=words, out=None, record=None, fast=True, video="film.mp4"
        )
    text = senses.read_text()
    senses.write_text(text.replace("interaction: {", "interaction: {ears: words, "))
    with pytest.raises(InputError, match="nobody would look"):
        spoken_talk.talk_with_microphone(
            senses, device=None, record=None, video="film.mp4", devices=FakeDevices()
        )
    senses.write_text(text.replace("interaction: {", "interaction: {ears: native, "))
    with pytest.raises(InputError, match=r"nobody would read --words: .*`native`.*`ears: words`"):
        spoken_talk.talk_with_file(senses, wav, words=words, out=None, record=None, fast=True)
    assert asked == []


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--wav", "a.wav", "--resume", "record"], "cannot be gone on with in sound"),
        (["--mic", "--resume", "record"], "cannot be gone on with in sound"),
        (["--wav", "a.wav", "--mic"], "the file or the microphone"),
        (["--mic", "--words", "a.json"], "nobody knows the words"),
        (["--mic", "--out", "a.wav"], "what is said is heard"),
        (["--device", "3"], "belongs to --mic"),
        (["--video", "camera"], "belongs to --wav and --mic"),
        (["--mic", "--fast"], "virtual time needs"),
        (["--mic", "--device", "1,2,3"], "MICROPHONE,SPEAKER"),
        (["--wav", "nowhere.wav"], "No such file"),
        (["--device", ""], "belongs to --mic"),
        (["--mic", "--device", ""], "name one device"),
        (["--video", ""], "leave --video out: it names nothing"),
        (["--wav", "a.wav", "--video", ""], "leave --video out: it names nothing"),
        (["--wav", ""], "leave --wav out: it names no file"),
        (["--words", ""], "leave --words out: it names no file"),
        (["--wav", "a.wav", "--out", ""], "leave --out out: it names no file"),
        (["--mic", "--record", ""], "leave --record out: it names no file"),
        (["--resume", ""], "leave --resume out: it names no file"),
        (["", "--mic"], "leave CONFIG out: it names no file"),
        *(
            ([*given, "--devices"], f"leave {given[0]} out: --devices lists the microphones")
            for given in (
                ["--wav", "a.wav"],
                ["--words", "a.json"],
                ["--mic"],
                ["--video", "camera"],
                ["--out", "a.wav"],
                ["--record", "record"],
                ["--resume", "record"],
                ["--fast"],
            )
        ),
        (["agent.yaml", "--devices"], "leave CONFIG out: --devices lists the microphones"),
    ],
)
def test_the_command_says_what_does_not_go_together(arguments: list[str], reason: str) -> None:
    result = CliRunner().invoke(cli.app, ["talk", *arguments])
    assert result.exit_code == 2
    assert reason in " ".join(result.output.replace("│", " ").split())


class Film:
    """Shows one picture for ever."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.closed = False

    def frame_at(self, index: int) -> NDArray[np.uint8]:
        self.asked.append(index)
        return np.zeros((1, 1, 3), dtype=np.uint8)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.closed = True


def test_who_speaks_into_a_microphone_is_the_user(
    senses: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    devices = FakeDevices()

    def scripted(
        config: AgentConfig, *, clock: Clock, channel: wiring.Sound, record: Path | None
    ) -> object:
        microphone = channel.channel
        assert isinstance(microphone, DeviceChannel)
        assert devices.times_opened == 0

        def observe(heard: MicroTurnInput, said: MicroTurnOutput) -> None:
            devices.bring(np.full(3_200, 0.1, dtype=np.float32))
            if heard.index == 40:
                microphone.close()

        words = GivenWords(TimedWord(text=t, start_s=s, end_s=e) for t, s, e in ASKED)
        told = wiring.Sound(channel=microphone, ears=words)
        # This model by rules has no senses, and who has the words is told them.
        hearing = config.model_copy(update={"interaction": InteractionConfig()})
        sounded = wiring.make_sounded(hearing, told, clock, ScriptedModel(REPLIES))
        assert channel.observe is not None
        observed = ObservedChannel(ObservedChannel(sounded, channel.observe), observe)
        return scripted_conversation(
            clock, observed, REPLIES, PLANS, FileRecord(record) if record else None, sounded
        )

    monkeypatch.setattr(wiring, "build", scripted)
    film = Film()
    monkeypatch.setattr(spoken_talk, "open_film", lambda name, *, clock: film)
    record = tmp_path / "record"
    code = spoken_talk.talk_with_microphone(
        senses, device=None, record=record, video="film", devices=devices, clock=VirtualClock()
    )
    assert code == 0
    assert (film.asked, film.closed) == (list(range(41)), True)
    assert (devices.times_opened, devices.times_closed) == (1, 1)
    assert np.abs(devices.played).max() > 0.05
    heard = [event for event in read_record(record).events if isinstance(event, Heard)]
    assert [event.text for event in heard] == ["It is Oslo."]
    assert "capital?" in " ".join(capsys.readouterr().out.split())


def test_a_microphone_that_is_not_there_ends_the_talk_before_anything_is_loaded(
    asked: list[InteractionConfig],
) -> None:
    devices = FakeDevices()
    devices.unplug()
    with pytest.raises(InputError, match="no such device"):
        spoken_talk.talk_with_microphone(
            None, device=None, record=None, devices=devices, clock=VirtualClock()
        )
    assert asked == []
