"""`ears:` and `voice:` of a file: what they name is found and made, and mistakes are told."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.fakes.toy_senses import give_voice, toy_weights
from weft import wiring
from weft.clock import VirtualClock
from weft.config import AgentConfig, InteractionConfig, json_schema, parse_config
from weft.errors import ConfigError, InputError
from weft.interaction_model.checkpoint import save_weights
from weft.interaction_model.types import (
    SLOT_SAMPLES,
    FloorProbabilities,
    MicroTurnInput,
    MicroTurnOutput,
    Senses,
)
from weft.interaction_model.weights_folder import SHIPPED, VOICE, VOICE_STATE
from weft.orchestrator.channels.program_sound import ProgramSound
from weft.orchestrator.patient_sound import PatientEars, PatientVoice
from weft.orchestrator.sound_ports import Voice
from weft.sound_wiring import check_seen, make_ears, make_voice, with_own_senses

AGENTS = "background:\n  agents:\n    local: {provider: local}\n"
FLOOR = FloorProbabilities(user=0, pause=0, gap=1, model=0, overlap=0)
PLUGIN = """
import numpy as np
from weft.interaction_model.types import MicroTurnInput, Voiced

loaded = []

class Ears:
    def __init__(self, options, seed):
        self.word = options.get("word", "yes")
        self.seed = seed

    def perceive(self, senses):
        loud = bool(np.abs(senses.samples).max() > 0.5)
        return MicroTurnInput(index=senses.index, text=self.word if loud else "")

class Voice:
    def __init__(self, options, seed): ...
    def sound(self, said):
        samples = np.full(3200, 0.1, np.float32)
        return Voiced(index=said.index, samples=samples, sounded_index=said.index, waiting_s=0.0)
    def stop(self): ...

def broken(options, seed):
    raise ValueError("no microphone in the moon")

def leaving(options, seed):
    raise SystemExit("bye")

def mute(options, seed):
    return object()

number = 5
"""
ENTRY_POINTS = """
[weft.ears]
loud = weft_test_sound:Ears
broken = weft_test_sound:broken
leaving = weft_test_sound:leaving
mute = weft_test_sound:mute
number = weft_test_sound:number
gone = weft_no_such_sound:Ears

[weft.voices]
hum = weft_test_sound:Voice
broken = weft_test_sound:broken
mute = weft_test_sound:mute
"""


@pytest.fixture
def _plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install a distribution with entry points, as pip would lay it out."""
    (tmp_path / "weft_test_sound.py").write_text(PLUGIN)
    information = tmp_path / "weft_test_sound-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: weft-test-sound\nVersion: 1.0\n"
    )
    (information / "entry_points.txt").write_text(ENTRY_POINTS)
    monkeypatch.syspath_prepend(str(tmp_path))


def check(folder: Path, interaction: str) -> AgentConfig:
    file = folder / "agent.yaml"
    file.write_text(f"{AGENTS}interaction:\n{interaction}")
    return wiring.checked_config(file)


def mistakes(folder: Path, interaction: str) -> list[str]:
    """The mistakes of a file as `line: path: message`."""
    with pytest.raises(ConfigError) as caught:
        check(folder, interaction)
    return [f"{m.line}: {m.path}: {m.message}" for m in caught.value.mistakes]


def configured(**keys: object) -> InteractionConfig:
    return InteractionConfig.model_validate(keys)


def slot(index: int, loudness: float = 0.0) -> Senses:
    return Senses(index=index, samples=np.full(SLOT_SAMPLES, loudness, np.float32))


def test_without_a_word_words_come_with_the_channel_and_espeak_speaks() -> None:
    config = configured()
    assert make_ears(config) is None
    voiced = make_voice(config).sound(MicroTurnOutput(index=0, text=" Hello! How", floor=FLOOR))
    assert voiced.samples.any()


@pytest.mark.usefixtures("_plugin")
def test_plugins_are_made_with_their_options() -> None:
    config = configured(ears={"name": "loud", "options": {"word": "clap"}}, voice="hum", seed=7)
    ears = make_ears(config, inline=True)
    assert ears is not None
    assert [ears.perceive(slot(n, n)).text for n in range(2)] == ["", "clap"]
    said = MicroTurnOutput(index=0, text=" hm", floor=FLOOR)
    assert make_voice(config, inline=True).sound(said).samples[0] == pytest.approx(0.1)
    assert isinstance(make_ears(config), PatientEars)
    assert isinstance(make_voice(config), PatientVoice)


@pytest.mark.usefixtures("_plugin")
def test_a_file_may_name_what_is_installed(tmp_path: Path) -> None:
    config = check(tmp_path, "  ears: loud\n  voice: {name: hum, options: {depth: 3}}\n")
    assert config.interaction.hearing.name == "loud"
    assert config.interaction.speaking.options == {"depth": 3}


@pytest.mark.usefixtures("_plugin")
@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (
            "  ears: lout\n",
            "5: interaction.ears: there are no ears called 'lout'; did you mean `loud`? known: "
            "native, words, sherpa, broken, gone, leaving, loud, mute, number; "
            "more are found by entry points in group weft.ears",
        ),
        (
            "  voice:\n    name: espaek\n",
            "6: interaction.voice.name: there is no voice called 'espaek'; did you mean `espeak`? "
            "known: native, espeak, sherpa, broken, hum, mute; "
            "more are found by entry points in group weft.voices",
        ),
        (
            "  ears: gone\n",
            "5: interaction.ears: the ears plugin 'gone' (weft_no_such_sound:Ears) cannot be "
            "loaded: ModuleNotFoundError: No module named 'weft_no_such_sound'",
        ),
        (
            "  ears: number\n",
            "5: interaction.ears: the ears plugin 'number' (weft_test_sound:number) is no function "
            "that takes options and a seed",
        ),
        (
            f"  weights: {SHIPPED}\n  voice: native\n",
            "6: interaction.voice: the weights in use were trained on text and have no senses; "
            "let others hear and speak, e.g. `ears: sherpa`, `voice: espeak`",
        ),
        (
            "  ears: {name: words, options: {word: yes}}\n",
            "5: interaction.ears: `words` takes no options",
        ),
        (
            "  voice: {name: espeak, options: {rate_wpm: 9000}}\n",
            "5: interaction.voice.options.rate_wpm: should be at most 450; 9000 is not",
        ),
        (
            "  voice:\n    name: espeak\n    options:\n      rat_wpm: 200\n",
            "8: interaction.voice.options.rat_wpm: is not a known key; "
            "did you mean `rate_wpm`? known: voice, rate_wpm, pitch",
        ),
        (
            "  voice: {name: espeak, options: {voice: xx-nowhere}}\n",
            "5: interaction.voice: espeak-ng has no voice 'xx-nowhere'",
        ),
        (
            "  ears: 5\n",
            "5: interaction.ears: should be text or keys and values, for instance `words`",
        ),
        ("  ears: {options: {}}\n", "5: interaction.ears.name: is missing"),
    ],
)
def test_a_mistake_is_told_with_its_line_its_place_and_what_would_be_right(
    tmp_path: Path, written: str, expected: str
) -> None:
    (found,) = mistakes(tmp_path, written)
    assert found.startswith(expected), found


def test_all_mistakes_of_both_are_told_at_once(tmp_path: Path) -> None:
    written = "  ears: {name: loud, options: {folder: nowhere}}\n  voice: hum\n"
    assert [found.split(";")[0] for found in mistakes(tmp_path, written)] == [
        f"5: interaction.ears.options.folder: there is no folder {tmp_path}/nowhere",
        "5: interaction.ears.name: there are no ears called 'loud'",
        "6: interaction.voice: there is no voice called 'hum'",
    ]


@pytest.mark.usefixtures("_plugin")
def test_a_folder_counts_from_the_file(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    config = check(tmp_path, "  ears: {name: loud, options: {folder: models}}\n")
    assert config.interaction.hearing.options["folder"] == str(tmp_path / "models")


@pytest.mark.usefixtures("_plugin")
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("broken", "'broken' cannot be made: ValueError: no microphone in the moon"),
        ("leaving", "'leaving' cannot be made: SystemExit: bye"),
        ("mute", "'mute' made object, which has no `perceive`"),
    ],
)
def test_ears_that_cannot_be_made_are_a_mistake_of_the_file(name: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        make_ears(configured(ears=name))
    assert [(m.path, m.message) for m in caught.value.mistakes] == [("interaction.ears", message)]


@pytest.mark.usefixtures("_plugin")
def test_a_voice_that_cannot_be_made_is_a_mistake_of_the_file() -> None:
    for name, message in (("broken", "no microphone"), ("mute", "has no `sound`")):
        with pytest.raises(ConfigError, match=message):
            make_voice(configured(voice=name))


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("weft.sound_wiring.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"pip install 'weft\[sound\]'"):
        make_voice(configured(voice="espeak"))


def test_the_models_own_are_what_is_given(tmp_path: Path) -> None:
    class Model:
        def perceive(self, senses: Senses) -> MicroTurnInput:
            return MicroTurnInput(index=senses.index)

    model = Model()
    assert make_ears(configured(ears="native"), native=model) is model
    with pytest.raises(ConfigError, match="have no senses"):
        make_ears(configured(ears="native"))


@pytest.fixture(scope="module")
def senses(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of toy weights that hear and see; without a voice."""
    folder = tmp_path_factory.mktemp("senses")
    save_weights(folder, toy_weights(0))
    return folder


@pytest.fixture
def speaking(senses: Path, tmp_path: Path) -> Path:
    """The same weights with a voice."""
    folder = shutil.copytree(senses, tmp_path / "speaking")
    give_voice(folder)
    return folder


def unreadable(folder: Path) -> None:
    (folder / VOICE).write_text("{")


def of_another_form(folder: Path) -> None:
    (folder / VOICE).write_text("{}")


def unnamed(folder: Path) -> None:
    (folder / VOICE).write_text('{"config": {}, "sha256": {}}')


def missing(folder: Path) -> None:
    (folder / VOICE_STATE).unlink()


def damaged(folder: Path) -> None:
    (folder / VOICE_STATE).write_bytes(b"noise")


BROKEN = [
    (unreadable, "voice.json cannot be read"),
    (of_another_form, "voice.json lacks `config` or `sha256`"),
    (unnamed, "voice.json: `sha256` lacks one of voice.safetensors"),
    (missing, "voice.safetensors is missing (expected SHA-256"),
    (damaged, "voice.safetensors is corrupted: SHA-256 is"),
]


def own(folder: Path, **interaction: object) -> tuple[str, str]:
    """Who hears and speaks with these keys of `interaction`, and `folder` for what is shipped."""
    local = {"agents": {"local": {"provider": "local"}}}
    config = parse_config({"background": local, "interaction": interaction})
    found = with_own_senses(config, folder).interaction
    return found.hearing.name, found.speaking.name


def test_the_models_own_senses_are_used_where_it_has_some_and_nobody_else_is_asked(
    senses: Path, speaking: Path, tmp_path: Path
) -> None:
    assert own(tmp_path / "none") == ("words", "espeak")
    assert own(senses) == ("native", "espeak")
    assert own(speaking) == ("native", "native")
    assert own(speaking, voice="espeak") == ("native", "espeak")
    assert own(speaking, ears="native") == ("native", "native")
    # Who asks for others has them, and the weights that go with them.
    assert own(speaking, ears="words") == ("words", "espeak")
    assert own(speaking, ears={"name": "sherpa"}) == ("sherpa", "espeak")


def test_the_weights_in_use_count_and_not_the_shipped_ones(
    senses: Path, speaking: Path, tmp_path: Path
) -> None:
    assert own(tmp_path / "none", weights=str(speaking)) == ("native", "native")
    assert own(speaking, weights=str(senses)) == ("native", "espeak")
    assert own(speaking, weights=str(SHIPPED)) == ("words", "espeak")


@pytest.mark.parametrize(("breaks", "reason"), BROKEN)
def test_a_broken_voice_is_a_mistake_of_the_file_that_asks_for_it(
    breaks: Callable[[Path], None], reason: str, speaking: Path, tmp_path: Path
) -> None:
    written = f"  weights: {speaking}\n  voice: native\n"
    check(tmp_path, written)
    breaks(speaking)
    (mistake,) = mistakes(tmp_path, written)
    assert mistake.startswith("6: interaction.voice: ")
    assert reason in mistake
    assert "`weft train --voice --out " in mistake


@pytest.mark.parametrize(("breaks", "reason"), BROKEN)
def test_a_broken_voice_ends_no_talk_that_does_not_ask_for_it(
    breaks: Callable[[Path], None], reason: str, speaking: Path, caplog: pytest.LogCaptureFixture
) -> None:
    breaks(speaking)
    assert own(speaking) == ("native", "espeak")
    (record,) = caplog.records
    assert record.message.startswith("the model's own voice cannot be used, and `espeak` speaks: ")
    assert reason in record.message
    local = {"agents": {"local": {"provider": "local"}}}
    interaction = {"weights": str(speaking), "ears": "native"}
    config = parse_config({"background": local, "interaction": interaction})
    assert not isinstance(wiring.open_stream(config), Voice)


def test_a_voice_is_loaded_for_those_alone_who_ask_for_it(speaking: Path) -> None:
    local = {"agents": {"local": {"provider": "local"}}}
    interaction = {"weights": str(speaking), "ears": "native", "voice": "native"}
    config = parse_config({"background": local, "interaction": interaction})
    assert isinstance(wiring.open_stream(config), Voice)


def test_that_nobody_hears_is_told_before_anything_is_loaded() -> None:
    announced: list[str] = []
    config = parse_config({"background": {"agents": {"local": {"provider": "local"}}}})
    clock = VirtualClock()
    sound = wiring.Sound(channel=ProgramSound(clock))
    with pytest.raises(InputError, match=r"`ears: native`.*plug-in in group weft\.ears"):
        wiring.build(config, clock=clock, channel=sound, announce=announced.append)
    assert announced == []


def test_nobody_looks_but_the_model_and_perhaps_a_plugin() -> None:
    for name in ("words", "sherpa"):
        with pytest.raises(InputError, match=f"`{name}`.*write `ears: native`"):
            check_seen(configured(ears=name))
    check_seen(configured(ears="native"))
    check_seen(configured(ears="loud"))


def test_the_schema_knows_both() -> None:
    schema = json_schema()
    keys = schema["$defs"]["InteractionConfig"]["properties"]  # type: ignore[index]
    assert keys["ears"]["default"] == "words"
    assert "sherpa" in keys["ears"]["examples"]
    assert "weft.voices" in keys["voice"]["description"]
