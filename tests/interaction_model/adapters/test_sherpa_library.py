"""The real sherpa-onnx with networks of a few kilobytes: what it says comes through as it is."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sherpa_onnx")
pytest.importorskip("onnx")

from tests.fakes import sherpa_models  # the networks need onnx
from weft.config import InteractionConfig
from weft.errors import ConfigError, InputError
from weft.interaction_model.adapters.sherpa import (
    check_recognizer,
    find_transducer,
    find_voice,
    open_synthesizer,
)
from weft.interaction_model.adapters.sherpa_ears import SherpaEarsOptions, sherpa_ears
from weft.interaction_model.adapters.sherpa_voice import SherpaVoiceOptions, sherpa_voice
from weft.interaction_model.types import (
    SAMPLE_RATE_HZ,
    SLOT_S,
    SLOT_SAMPLES,
    FloorProbabilities,
    MicroTurnInput,
    MicroTurnOutput,
    Senses,
)
from weft.sound_wiring import make_ears, make_voice

pytestmark = pytest.mark.integration
FLOOR = FloorProbabilities(user=0, pause=0, gap=1, model=0, overlap=0)


def hear(folder: Path, slots: list[str]) -> list[MicroTurnInput]:
    """Let a recogniser hear slots of tones; an empty one is silent."""
    ears = sherpa_ears(SherpaEarsOptions(folder=folder))
    return [
        ears.perceive(
            Senses(
                index=index,
                samples=sherpa_models.tone(token, SLOT_SAMPLES)
                if token
                else np.zeros(SLOT_SAMPLES, np.float32),
            )
        )
        for index, token in enumerate(slots)
    ]


def test_a_recognizer_hears_whole_words_with_their_times(tmp_path: Path) -> None:
    sherpa_models.write_recognizer(tmp_path / "model")
    slots = ["", "▁HEL", "LO", "", "▁THERE", "", *[""] * 12, "▁NOW", *[""] * 6]
    heard = hear(tmp_path / "model", slots)
    words = [word for each in heard for word in each.transcribed]
    assert [word.text for word in words] == ["hello", "there", "now"]
    assert [word.start_s for word in words] == pytest.approx([0.2, 0.8, 18 * SLOT_S], abs=0.05)
    assert words[0].end_s == pytest.approx(0.44, abs=0.05)
    assert all(0.9 < word.confidence <= 1 for word in words)
    by_slot = {each.index: each.text for each in heard if each.text}
    assert list(by_slot.values()) == ["hello", "there", "now"]
    assert all(
        word.end_s <= (each.index + 1) * SLOT_S for each in heard for word in each.transcribed
    )
    assert any(each.user_active for each in heard)


def test_a_network_that_would_end_the_process_is_an_error(tmp_path: Path) -> None:
    sherpa_models.write_recognizer(tmp_path / "model", described=False)
    with pytest.raises(InputError, match="'num_encoder_layers' does not exist in the metadata"):
        sherpa_ears(SherpaEarsOptions(folder=tmp_path / "model"))
    sherpa_models.write_voice(tmp_path / "voice", described=False)
    with pytest.raises(InputError, match="'sample_rate' does not exist in the metadata"):
        sherpa_voice(SherpaVoiceOptions(folder=tmp_path / "voice"), inline=True)


def test_a_file_that_is_no_network_is_an_error(tmp_path: Path) -> None:
    sherpa_models.write_recognizer(tmp_path)
    (tmp_path / "encoder.onnx").write_text("no network")
    with pytest.raises(InputError, match=r"cannot load this: .*encoder\.onnx"):
        check_recognizer(find_transducer(tmp_path, int8=False), threads=1)


def test_a_voice_is_resampled_and_spoken_gaplessly(tmp_path: Path) -> None:
    sherpa_models.write_voice(tmp_path)
    voice = sherpa_voice(SherpaVoiceOptions(folder=tmp_path), inline=True)
    texts = [" hello", " there.", *[""] * 8]
    voiced = [
        voice.sound(MicroTurnOutput(index=index, text=text, floor=FLOOR))
        for index, text in enumerate(texts)
    ]
    assert [word.text for each in voiced for word in each.words] == ["hello", "there."]
    samples = np.concatenate([each.samples for each in voiced])
    loud = np.flatnonzero(np.abs(samples) > 0.3)
    # A tenth of a second for each letter and sign of "hello," and "there."
    spoken_s = (loud[-1] - loud[0]) / SAMPLE_RATE_HZ
    assert spoken_s == pytest.approx(1.2, abs=0.25)
    assert voiced[-1].sounded_index == voiced[-1].index


def test_a_voice_beside_the_session_says_the_same_words(tmp_path: Path) -> None:
    sherpa_models.write_voice(tmp_path)
    voice = sherpa_voice(SherpaVoiceOptions(folder=tmp_path), inline=False)
    said: list[str] = []
    index = 0
    while "you." not in said:
        text = (" how are", " you.")[index] if index < 2 else ""
        voiced = voice.sound(MicroTurnOutput(index=index, text=text, floor=FLOOR))
        said += [word.text for word in voiced.words]
        index += 1
    assert said == ["how", "are", "you."]
    assert index < 200_000


def test_a_speaker_that_a_voice_does_not_have_is_an_error(tmp_path: Path) -> None:
    sherpa_models.write_voice(tmp_path)
    with pytest.raises(InputError, match="speaker 3: the voice has 1 speakers"):
        open_synthesizer(find_voice(tmp_path), threads=1, speaker=3)


def test_both_are_made_from_a_configuration(tmp_path: Path) -> None:
    sherpa_models.write_recognizer(tmp_path / "ears")
    sherpa_models.write_voice(tmp_path / "voice")
    config = InteractionConfig.model_validate(
        {
            "ears": {"name": "sherpa", "options": {"folder": str(tmp_path / "ears")}},
            "voice": {"name": "sherpa", "options": {"folder": str(tmp_path / "voice")}},
        }
    )
    ears = make_ears(config, inline=True)
    assert ears is not None
    assert ears.perceive(Senses(index=0, samples=np.zeros(SLOT_SAMPLES, np.float32))).text == ""
    make_voice(config, inline=True)
    (tmp_path / "ears" / "joiner.onnx").unlink()
    with pytest.raises(ConfigError, match=r"interaction.ears: .*one \*joiner\*.onnx; found: none"):
        make_ears(config)
