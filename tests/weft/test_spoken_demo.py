"""`weft demo --spoken`: the demo's conversation in sound, as a file and as a picture of it."""

import json
import re
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from tests.weft.demo_plans import PLANS, REPLIES
from tests.weft.scripted import scripted_conversation
from weft import cli, sound_picture, spoken_demo, wiring
from weft.clock import Clock
from weft.config import AgentConfig, parse_config
from weft.errors import InputError
from weft.interaction_model.scripted import ScriptedModel
from weft.interaction_model.types import (
    SAMPLE_RATE_HZ,
    SLOT_SAMPLES,
    MicroTurnInput,
    MicroTurnOutput,
    TranscribedWord,
)
from weft.orchestrator.channels.observed import ObservedChannel
from weft.orchestrator.channels.pacing import TimedWord
from weft.orchestrator.events import AnyEvent, ModelSpoke, SpeechCut

AGENT = "background: {agents: {local: {provider: local}}}\n"
EIGHT = ["delegations", "results", "heard", "lost"]
EIGHT += ["said_twice", "talked_over_user", "stale_said", "missed_slots"]


@pytest.fixture(autouse=True)
def _wired(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a scripted conversation where the wired one would be; its voice is espeak-ng's."""

    def build(
        config: AgentConfig, *, clock: Clock, channel: wiring.Sound, **_: object
    ) -> wiring.Conversation:
        sounded = wiring.make_sounded(config, channel, clock, ScriptedModel(REPLIES))
        assert channel.observe is not None
        observed = ObservedChannel(sounded, channel.observe)
        return scripted_conversation(clock, observed, REPLIES, PLANS, sounding=sounded)

    monkeypatch.setattr(wiring, "build", build)
    # Whether or not weights with senses are shipped, this model by rules has none.
    monkeypatch.setattr(spoken_demo, "with_own_senses", lambda config: config)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("spoken")


@pytest.fixture
def held(folder: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """Hold the conversation once; gives its sound file."""
    out = folder / "demo.wav"
    if not out.exists():
        assert spoken_demo.main(None, out=out, as_json=True, record=None) == 0
        (folder / "printed.json").write_text(capsys.readouterr().out)
    return out


def test_nothing_is_lost_in_sound_either_and_it_is_told_whose_ears_were_used(held: Path) -> None:
    told = json.loads((held.parent / "printed.json").read_text())
    assert list(told) == [*EIGHT, "ears", "voice"]
    assert (told["delegations"], told["lost"], told["said_twice"]) == (5, 0, 0)
    assert (told["talked_over_user"], told["stale_said"]) == (0, 0)
    assert told["heard"] >= 7
    assert (told["ears"], told["voice"]) == ("words", "espeak")


def test_the_file_has_the_user_left_and_the_model_right(held: Path) -> None:
    samples, rate_hz = soundfile.read(held)
    assert rate_hz == SAMPLE_RATE_HZ
    assert samples.shape[1] == 2
    assert len(samples) % SLOT_SAMPLES == 0
    assert 40 < len(samples) / SAMPLE_RATE_HZ < 90
    loud = np.abs(samples) > 0.02
    first = loud.argmax(axis=0)
    # The user begins, and is answered.
    assert 0 < first[0] < first[1]
    assert 0.1 < loud[:, 0].reshape(-1, SLOT_SAMPLES).any(axis=1).mean() < 0.7
    assert 0.1 < loud[:, 1].reshape(-1, SLOT_SAMPLES).any(axis=1).mean() < 0.7


def test_the_picture_shows_all_that_happened_in_its_order(held: Path) -> None:
    drawn = held.with_suffix(".svg").read_text()
    marks = [
        (number, name, float(at_s))
        for name, number, at_s in re.findall(r'id="([a-z-]+):(\d+):([\d.]+)"', drawn)
    ]
    length_s = soundfile.info(held).duration
    assert all(0 < at_s <= length_s for _, _, at_s in marks)
    by_number: dict[str, list[str]] = {}
    for number, name, _ in sorted(marks, key=lambda mark: mark[2]):
        by_number.setdefault(number, []).append(name)
    sums, honey, time, weather, timer = by_number.values()
    assert sums == ["asked", "ready", "heard"]
    assert honey == ["asked", "ready", "barge-in", "heard"]
    assert time == ["asked", "asked", "ready", "heard"]
    assert weather == ["asked", "failed", "heard"]
    assert timer[:3] == ["asked", "ready", "heard"]
    assert timer[-1] == "ended"
    (cut_at,) = {at for number, name, at in marks if name == "barge-in"}
    assert f'id="cut:{cut_at}"' in drawn
    for word in ("nectar,", "Lisbon.", "How do bees make honey?"):
        assert f">{word}</text>" in drawn
    # What nobody sounded is not there: the scripted answer is said once, and its cut rest once.
    assert drawn.count(">nectar,</text>") == 1


def test_the_picture_is_also_there_for_those_who_only_look(held: Path) -> None:
    header = held.with_suffix(".png").read_bytes()[:24]
    assert header.startswith(b"\x89PNG")
    assert int.from_bytes(header[16:20]) > 1_500


def test_the_same_conversation_is_the_same_bytes(held: Path, tmp_path: Path) -> None:
    again = tmp_path / held.name
    assert spoken_demo.main(None, out=again, as_json=True, record=None) == 0
    for suffix in (".wav", ".svg", ".png"):
        assert again.with_suffix(suffix).read_bytes() == held.with_suffix(suffix).read_bytes()


def test_it_says_what_was_written_and_that_nobody_listened(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "talk.flac"
    assert spoken_demo.main(None, out=out, as_json=False, record=None) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "words come from the script" in printed
    assert "voice: espeak-ng" in printed
    assert "the user on the left" in printed
    assert "What was handed over" in printed
    assert soundfile.info(out).format == "FLAC"


def test_it_is_told_whether_the_ears_are_the_models_own() -> None:
    values = {"background": {"agents": {"local": {"provider": "local"}}}}
    config = parse_config({**values, "interaction": {"ears": "native"}})
    assert "ears: the model's own" in spoken_demo.who_heard_and_spoke(config)


@pytest.mark.parametrize("error", [InputError("the end"), KeyboardInterrupt()])
def test_what_was_said_before_an_error_or_ctrl_c_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    whole = wiring.build

    def broken_off(
        config: AgentConfig, *, clock: Clock, channel: wiring.Sound, **_: object
    ) -> wiring.Conversation:
        shown = channel.observe
        assert shown is not None

        def observe(heard: MicroTurnInput, said: MicroTurnOutput) -> None:
            shown(heard, said)
            if heard.index == 59:
                raise error

        return whole(config, clock=clock, channel=replace(channel, observe=observe))

    monkeypatch.setattr(wiring, "build", broken_off)
    out = tmp_path / "demo.wav"
    with pytest.raises(type(error)):
        spoken_demo.main(None, out=out, as_json=True, record=None)
    assert soundfile.info(out).frames == 60 * SLOT_SAMPLES
    assert "asked:1:" in out.with_suffix(".svg").read_text()
    assert out.with_suffix(".png").exists()


def test_words_belong_to_the_answer_they_were_written_for() -> None:
    events: list[AnyEvent] = [
        ModelSpoke(index=1, text="Let me see."),
        ModelSpoke(index=4, text="It is a long", delegation_id="d1"),
        ModelSpoke(index=5, text=" answer to", delegation_id="d1"),
        SpeechCut(index=6, said_index=4, character=5, unsounded="a long answer to"),
        ModelSpoke(index=9, text="Go on."),
    ]
    texts = ["Let", "me", "see.", "It", "is", "Go", "on."]
    words = [TimedWord(text=text, start_s=n, end_s=n + 0.5) for n, text in enumerate(texts)]
    owners = [said.delegation_id for said in spoken_demo.of_whom(words, events)]
    assert owners == [None, None, None, "d1", "d1", None, None]


def test_what_ears_made_of_sound_stands_under_it(tmp_path: Path) -> None:
    word = TranscribedWord(text="wad", start_s=0.3, end_s=0.5, confidence=0.4)
    heard = spoken_demo.words_heard(
        [MicroTurnInput(index=2, text=" wad", transcribed=(word,)), MicroTurnInput(index=3)]
    )
    said = (sound_picture.Said(TimedWord(text="what", start_s=0.3, end_s=0.5), None),)
    drawn = []
    for words in (heard, ()):
        picture = sound_picture.Picture(
            title="A word",
            sound=np.zeros((3 * SLOT_SAMPLES, 2), np.float32),
            user=said,
            heard=words,
            model=(),
            lives=(),
            cuts=(),
        )
        svg = tmp_path / "word.svg"
        sound_picture.draw(picture, svg, tmp_path / "word.png")
        drawn.append(svg.read_text())
    assert drawn[0].index(">what</text>") < drawn[0].index(">wad</text>")
    assert ">ears</text>" in drawn[0]
    # Where words come by themselves nobody heard them.
    assert ">ears</text>" not in drawn[1]


def test_files_that_cannot_be_are_named_before_anything_begins(tmp_path: Path) -> None:
    for out, reason in (
        (tmp_path / "demo.svg", r"take \.wav or \.flac"),
        (tmp_path / "no" / "demo.wav", "cannot be written"),
    ):
        with pytest.raises(InputError, match=reason):
            spoken_demo.main(None, out=out, as_json=True, record=None)
    out = tmp_path / "demo.wav"
    with pytest.raises(InputError, match="name the same file"):
        spoken_demo.main(None, out=out, as_json=True, record=tmp_path / "demo.svg")
    assert list(tmp_path.iterdir()) == []
    agent = tmp_path / "agent.yaml"
    agent.write_text(AGENT)
    with pytest.raises(InputError, match="--record and --config name the same file"):
        spoken_demo.main(agent, out=out, as_json=True, record=agent)
    assert agent.read_text() == AGENT


def test_missing_extras_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound_picture, "find_spec", {"matplotlib": None}.get)
    result = CliRunner().invoke(cli.app, ["demo", "--spoken", "--out", str(tmp_path / "d.wav")])
    assert result.exit_code == 2
    assert "pip install 'weft[picture]'" in result.output
    monkeypatch.undo()
    monkeypatch.setitem(sys.modules, "soundfile", None)
    result = CliRunner().invoke(cli.app, ["demo", "--spoken", "--out", str(tmp_path / "d.wav")])
    assert result.exit_code == 2
    assert "pip install 'weft[sound]'" in result.output


def test_sound_needs_a_file_and_a_file_needs_sound(tmp_path: Path) -> None:
    for arguments in (["--spoken"], ["--out", str(tmp_path / "demo.wav")]):
        result = CliRunner().invoke(cli.app, ["demo", *arguments])
        assert result.exit_code == 2
        assert "give both --spoken and --out" in " ".join(result.output.split())
