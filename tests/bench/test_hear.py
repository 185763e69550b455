"""The bench of hearing, with ears whose errors are known."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from tests.bench.policies import Silent
from weft.bench import hear
from weft.bench._report import Asked, show
from weft.bench._word_alignment import Aligned, align
from weft.bench.fidelity import word_errors
from weft.bench.hear import REST_SLOTS, Said, held_out, measure, read_recordings, vocabulary
from weft.errors import ConfigError, InputError, WeightsError
from weft.interaction_model.training.acoustics import CLEAN
from weft.interaction_model.types import (
    SAMPLE_RATE_HZ,
    SLOT_S,
    SLOT_SAMPLES,
    MicroTurnInput,
    MicroTurnOutput,
    Row,
    Senses,
)
from weft.interaction_model.weights_folder import SHIPPED

_WORDS = st.lists(st.sampled_from("abc"), max_size=7)


@dataclass
class _KnowingEars:
    """Ears that know what is said and when: they give each word so many slots after its end."""

    said: list[Said]
    delay_slots: int = 1
    miss: Callable[[str], str] = lambda word: word
    """What is given for a word."""
    due: dict[int, list[str]] = field(default_factory=dict)
    heard: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        start = 0
        for one in self.said:
            for word, end_s in zip(one.words, one.ends_s, strict=True):
                slot = start + int((end_s - 1e-6) / SLOT_S) + self.delay_slots
                self.due.setdefault(slot, []).append(self.miss(word))
            start += -(-len(one.samples) // SLOT_SAMPLES) + REST_SLOTS

    def perceive(self, senses: Senses) -> MicroTurnInput:
        assert senses.samples.shape == (SLOT_SAMPLES,)
        assert senses.samples.dtype == np.float32
        self.heard.append(senses.index)
        text = " ".join(self.due.get(senses.index, []))
        return MicroTurnInput(index=senses.index, text=text)


@pytest.fixture(scope="module")
def said() -> list[Said]:
    """A dozen held-out sentences."""
    return list(held_out(1, 12, CLEAN))


def test_ears_that_know_the_words_make_no_error(said: list[Said]) -> None:
    """Each slot is heard once and in order; the delay is counted from the end of the word."""
    ears = _KnowingEars(said, delay_slots=2)
    found = measure(ears, said)
    assert found.word_error_rate == 0
    assert found.words == sum(len(one.words) for one in said) > 30
    assert found.delay_slots_p50 == 2
    assert {delay for one in found.each for delay in one.delays_slots} == {2}
    assert ears.heard == list(range(len(ears.heard)))


def test_capitals_marks_and_digits_are_no_errors(said: list[Said]) -> None:
    """A recogniser may write as it likes what was said."""
    ears = _KnowingEars(said, miss=lambda word: f"{word.upper()}!")
    assert measure(ears, said).word_error_rate == 0
    numbers = Said(words=("fifteen", "percent"), samples=np.zeros(100, np.float32))
    assert measure(_Saying("15%"), [numbers]).word_error_rate == 0


@dataclass
class _Saying:
    """Ears that give one text, in the first slot."""

    text: str

    def perceive(self, senses: Senses) -> MicroTurnInput:
        return MicroTurnInput(index=senses.index, text="" if senses.index else self.text)


@pytest.mark.parametrize(
    ("heard", "errors"),
    [("one two three", 0), ("one too three", 1), ("one three", 1), ("one two two three", 1),
     ("", 3), ("four five six seven", 4)],
)  # fmt: skip
def test_wrong_missing_and_added_words_are_errors(heard: str, errors: int) -> None:
    """What is heard is compared with what was said."""
    one = Said(words=("one", "two", "three"), samples=np.zeros(SLOT_SAMPLES, np.float32))
    found = measure(_Saying(heard), [one])
    assert found.each[0].errors == errors
    assert found.word_error_rate == errors / 3


def test_words_heard_in_silence_are_errors() -> None:
    """An utterance without words has none that could be right."""
    silence = Said(words=(), samples=np.zeros(SLOT_SAMPLES, np.float32))
    spoken = Said(words=("hello",), samples=np.zeros(SLOT_SAMPLES, np.float32))
    assert measure(_Saying("yes"), [silence, spoken]).word_error_rate == 2


@given(said=_WORDS, heard=_WORDS)
def test_an_alignment_has_as_few_errors_as_can_be(said: list[str], heard: list[str]) -> None:
    """Each word is in one pair, in order, and the errors are those of the plain edit distance."""
    pairs = align(said, heard)
    assert [pair.said for pair in pairs if pair.said is not None] == list(range(len(said)))
    assert [pair.heard for pair in pairs if pair.heard is not None] == list(range(len(heard)))
    assert sum(not pair.right for pair in pairs) == word_errors(said, heard)
    for pair in pairs:
        if pair.right:
            assert pair.said is not None
            assert pair.heard is not None
            assert said[pair.said] == heard[pair.heard]


def test_a_missing_word_is_paired_with_nothing() -> None:
    """So its neighbours keep their own delay."""
    assert align(["a", "b", "c"], ["a", "c"]) == [
        Aligned(0, 0, right=True),
        Aligned(1, None, right=False),
        Aligned(2, 1, right=True),
    ]


# --- the command --------------------------------------------------------------------------------


def _use(monkeypatch: pytest.MonkeyPatch, make: Callable[[], object]) -> None:
    monkeypatch.setattr(hear, "ears_asked_for", lambda asked: make)


@pytest.mark.parametrize("as_json", [True, False])
def test_the_bench_prints_what_was_promised(
    as_json: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One ear a place, the same sentences in each."""
    said = list(held_out(4, 3, CLEAN))
    made: list[_KnowingEars] = []

    def make() -> _KnowingEars:
        made.append(_KnowingEars(said, miss=lambda word: word if not made else "hm"))
        return made[-1]

    _use(monkeypatch, make)
    monkeypatch.setattr(hear, "VOCABULARY_SENTENCES", 50)
    show(hear.report(Asked(seed=4, size=3, ears="knowing")), as_json=as_json)
    printed = capsys.readouterr().out
    assert len(made) == 3
    if as_json:
        assert json.loads(printed) == {
            "clean_word_error_rate": 0.0,
            "noise_word_error_rate": 1.0,
            "babble_word_error_rate": 1.0,
            "word_delay_slots_p50": 1,
        }
    else:
        assert "seed 4" in printed
        assert "ears knowing" in printed
        assert "different words in 50 such sentences" in printed


def test_ears_that_are_none_are_refused() -> None:
    """The shipped text weights cannot hear sound; words are no ears, and nobody has none."""
    with pytest.raises(WeightsError, match="no senses"):
        hear.ears_asked_for(Asked(weights=SHIPPED))()
    with pytest.raises(InputError, match="`words` are no ears"):
        hear.ears_asked_for(Asked(ears="words"))
    with pytest.raises(ConfigError, match="nobody"):
        hear.ears_asked_for(Asked(ears="nobody"))()


def test_the_models_own_ears_live_through_each_slot(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream hears a slot and then steps, or its past would have holes."""
    lived: list[str] = []

    class Hearing(Silent):
        def perceive(self, senses: Senses) -> MicroTurnInput:
            return MicroTurnInput(index=senses.index, text="yes" if senses.index == 1 else "")

        def step(self, heard: MicroTurnInput, row: Row | None) -> MicroTurnOutput:
            lived.append(heard.text)
            return super().step(heard, row)

    monkeypatch.setattr(hear, "load_sensing_stream", lambda weights: Hearing())
    one = Said(words=("yes",), samples=np.zeros(2 * SLOT_SAMPLES, np.float32))
    assert measure(hear.ears_asked_for(Asked())(), [one]).word_error_rate == 0
    assert lived == ["", "yes", *[""] * REST_SLOTS]


def test_a_configuration_names_the_ears(tmp_path: Path) -> None:
    """With their options, which the command line has no place for."""
    path = tmp_path / "agent.yaml"
    path.write_text("interaction: {ears: words}\nbackground: {agents: {a: {provider: local}}}\n")
    with pytest.raises(InputError, match="`words` are no ears"):
        hear.ears_asked_for(Asked(ears=str(path)))


# --- recordings ---------------------------------------------------------------------------------


def _write(folder: Path, name: str, text: str | bytes | None, seconds: float = 0.5) -> None:
    tone = 0.1 * np.sin(np.arange(int(seconds * 22_050)) / 10)
    soundfile.write(folder / f"{name}.wav", np.stack([tone, tone], axis=1), 22_050)
    if isinstance(text, str):
        (folder / f"{name}.txt").write_text(text)
    elif text is not None:
        (folder / f"{name}.txt").write_bytes(text)


def test_recordings_of_any_rate_are_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each NAME.wav with what NAME.txt says; other files are nobody's business."""
    _write(tmp_path, "b", "It's 5.", seconds=0.65)
    _write(tmp_path, "a", "Hello, weft!")
    (tmp_path / "README.md").write_text("nothing")
    first, second = read_recordings(tmp_path)
    assert (first.words, second.words) == (("hello", "weft"), ("it's", "five"))
    assert len(second.load().samples) == pytest.approx(0.65 * SAMPLE_RATE_HZ, abs=10)
    _use(monkeypatch, lambda: _Saying("hello weft"))
    show(hear.report(Asked(wav_dir=tmp_path, ears="saying")), as_json=True)
    assert json.loads(capsys.readouterr().out) == {
        "recordings": 2,
        "words": 4,
        "word_error_rate": 0.5,
    }


def test_each_bad_file_is_named(tmp_path: Path) -> None:
    """All at once, so that a folder is put right in one go."""
    _write(tmp_path, "good", "hello")
    _write(tmp_path, "silent", None)
    _write(tmp_path, "wordless", "...")
    _write(tmp_path, "latin", b"caf\xe9")
    _write(tmp_path, "empty", "hello", seconds=0)
    (tmp_path / "noise.wav").write_bytes(b"no sound at all")
    (tmp_path / "noise.txt").write_text("hello")
    (tmp_path / "alone.txt").write_text("hello")
    with pytest.raises(InputError) as raised:
        read_recordings(tmp_path)
    told = str(raised.value).splitlines()
    assert len(told) == 6
    for name in ("silent.wav", "wordless.txt", "latin.txt", "empty.wav", "noise.wav", "alone.txt"):
        assert sum(line.startswith(str(tmp_path / name)) for line in told) == 1, name


@pytest.mark.parametrize("kind", ["missing", "empty", "file"])
def test_a_folder_without_recordings_is_refused(tmp_path: Path, kind: str) -> None:
    """Nothing to measure is no rate of zero."""
    folder = tmp_path / kind
    if kind == "empty":
        folder.mkdir()
    if kind == "file":
        folder.write_text("x")
    with pytest.raises(InputError, match=kind):
        read_recordings(folder)


def test_the_held_out_sentences_have_an_open_vocabulary() -> None:
    """More sentences have more words; the bench counts those of 8,000."""
    few, more = vocabulary(0, 100), vocabulary(0, 400)
    assert few < more == vocabulary(0, 400)
    assert len(more) > 1.5 * len(few)
