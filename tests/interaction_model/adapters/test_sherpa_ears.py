"""Whole words out of a recogniser's tokens: each once, in order, with times that lie behind."""

import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from weft.errors import InputError
from weft.interaction_model.adapters.sherpa import (
    RecognizedToken,
    find_transducer,
    find_voice,
)
from weft.interaction_model.adapters.sherpa_ears import RecognizerEars
from weft.interaction_model.types import SLOT_S, SLOT_SAMPLES, MicroTurnInput, Senses


class Scripted:
    """A recogniser that gives tokens by the slot of a stream in which they come."""

    def __init__(self, tokens: dict[int, str], *, late_s: float = 0.1) -> None:
        self._tokens = tokens
        self._late_s = late_s
        self.streams = 0
        self.slots = 0
        """Slots of all streams together."""

    def begin(self) -> "ScriptedStream":
        self.streams += 1
        return ScriptedStream(self)

    def at(self, slot: int, slot_of_stream: int) -> list[RecognizedToken]:
        pieces = self._tokens.get(slot, "")
        texts = pieces.replace(" ", "| ").strip("|").split("|") if pieces else []
        time_s = (slot_of_stream + 1) * SLOT_S - self._late_s
        return [
            RecognizedToken(text, time_s + 0.01 * place, math.log(0.5))
            for place, text in enumerate(texts)
        ]


class ScriptedStream:
    def __init__(self, recognizer: Scripted) -> None:
        self._recognizer = recognizer
        self._given: list[RecognizedToken] = []
        self._slots = 0

    def add(self, samples: NDArray[np.float32]) -> None:
        assert samples.shape == (SLOT_SAMPLES,)
        self._given += self._recognizer.at(self._recognizer.slots, self._slots)
        self._recognizer.slots += 1
        self._slots += 1

    def tokens(self) -> list[RecognizedToken]:
        return list(self._given)


def hear(
    tokens: dict[int, str], slots: int = 20, *, settle_s: float = 0.6, first: int = 0
) -> tuple[Scripted, list[MicroTurnInput]]:
    recognizer = Scripted(tokens)
    ears = RecognizerEars(recognizer, settle_s=settle_s)
    silence = np.zeros(SLOT_SAMPLES, np.float32)
    heard = [ears.perceive(Senses(index=first + index, samples=silence)) for index in range(slots)]
    return recognizer, heard


def test_a_word_is_heard_when_the_next_has_begun_or_nothing_follows() -> None:
    _, heard = hear({2: " hel", 3: "lo", 4: " the", 5: "re"})
    assert {each.index: each.text for each in heard if each.text} == {4: "hello", 8: "there"}
    assert [each.index for each in heard if each.user_active] == [2, 3, 5, 6, 7]


def test_words_have_their_times_and_how_sure_the_ear_is() -> None:
    _, heard = hear({2: " hel", 3: "lo", 4: " there"}, first=100)
    hello, there = (word for each in heard for word in each.transcribed)
    assert (hello.start_s, hello.end_s) == pytest.approx((20.5, 20.74))
    assert (there.start_s, there.end_s) == pytest.approx((20.9, 20.94))
    assert hello.confidence == pytest.approx(0.5)


def test_a_long_silence_begins_the_recognizer_anew_and_loses_nothing() -> None:
    recognizer, heard = hear({1: " one", 40: " two", 90: " three"}, 120)
    words = [word for each in heard for word in each.transcribed]
    assert [word.text for word in words] == ["one", "two", "three"]
    assert [word.start_s for word in words] == pytest.approx([0.3, 8.1, 18.1])
    assert recognizer.streams > 5


def test_slots_that_were_left_out_shift_no_word() -> None:
    recognizer = Scripted({3: " late"})
    ears = RecognizerEars(recognizer, settle_s=0.2)
    silence = np.zeros(SLOT_SAMPLES, np.float32)
    heard = [ears.perceive(Senses(index=n, samples=silence)) for n in (0, 1, 7, 8, 9, 10)]
    (word,) = (word for each in heard for word in each.transcribed)
    assert word.start_s == pytest.approx(9 * SLOT_S - 0.1)


@pytest.mark.parametrize(
    ("tokens", "written"),
    [
        ({0: " HEL", 1: "LO"}, "hello"),
        ({0: " I", 1: "'M"}, "I'm"),
        ({0: " Bergen"}, "Bergen"),
        ({0: " caf<0xC3>", 1: "<0xA9>"}, "café"),
        ({0: " <0xFF>"}, ""),
        ({0: " "}, ""),
        ({0: " ", 1: "NASA"}, "nasa"),
    ],
)
def test_words_are_written_as_people_write_them(tokens: dict[int, str], written: str) -> None:
    _, heard = hear(tokens)
    assert " ".join(each.text for each in heard if each.text) == written


@given(
    st.dictionaries(st.integers(0, 30), st.sampled_from([" a", "b", " c d", "e f", " g"])),
    st.sampled_from([0.2, 0.6, 1.0]),
)
def test_every_token_is_heard_once_in_its_order_and_behind(
    tokens: dict[int, str], settle_s: float
) -> None:
    _, heard = hear(tokens, 45, settle_s=settle_s)
    expected = "".join(tokens[slot] for slot in sorted(tokens)).replace(" ", "")
    assert "".join(each.text for each in heard).replace(" ", "") == expected
    words = [word for each in heard for word in each.transcribed]
    assert all(a.start_s <= a.end_s <= b.start_s + 1e-9 for a, b in pairwise(words))
    for each in heard:
        assert each.text == " ".join(word.text for word in each.transcribed)
        assert all(word.end_s <= (each.index + 1) * SLOT_S + 1e-9 for word in each.transcribed)


def touch(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).touch()
    return folder


TRANSDUCER = ("tokens.txt", "encoder-1.onnx", "decoder-1.onnx", "joiner-1.onnx")


def test_the_files_of_a_recognizer_are_found_by_their_names(tmp_path: Path) -> None:
    touch(tmp_path, *TRANSDUCER, "encoder-1.int8.onnx", "joiner-1.int8.onnx")
    plain = find_transducer(tmp_path, int8=False)
    small = find_transducer(tmp_path, int8=True)
    assert Path(plain.encoder).name == "encoder-1.onnx"
    assert Path(small.encoder).name == "encoder-1.int8.onnx"
    assert Path(small.decoder).name == "decoder-1.onnx", "there is only this one"


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ((), "there is no tokens.txt in it"),
        (("tokens.txt",), r"there should be one \*encoder\*.onnx; found: none"),
        (
            (*TRANSDUCER, "joiner-2.onnx"),
            r"there should be one \*joiner\*.onnx; found: joiner-1.onnx, joiner-2.onnx",
        ),
    ],
)
def test_what_a_folder_lacks_is_told(tmp_path: Path, names: tuple[str, ...], message: str) -> None:
    with pytest.raises(InputError, match=message):
        find_transducer(touch(tmp_path, *names), int8=False)


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (("en-lessac.onnx",), "vits"),
        (("model.onnx", "voices.bin"), "kokoro"),
        (("model-steps-3.onnx", "vocos-22khz-univ.onnx"), "matcha"),
    ],
)
def test_the_kind_of_a_voice_is_told_by_its_files(
    tmp_path: Path, names: tuple[str, ...], kind: str
) -> None:
    (tmp_path / "espeak-ng-data").mkdir()
    files = find_voice(touch(tmp_path, "tokens.txt", "lexicon-us.txt", *names))
    assert files.kind == kind
    assert Path(files.model).name == names[0]
    assert files.data_dir == str(tmp_path / "espeak-ng-data")
    assert files.lexicon.endswith("lexicon-us.txt")


def test_a_folder_without_a_voice_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no tokens\.txt"):
        find_voice(tmp_path)
    with pytest.raises(InputError, match=r"one network .*; found: none"):
        find_voice(touch(tmp_path, "tokens.txt"))
