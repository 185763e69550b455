"""espeak-ng's voices: whatever the text, each written word has its time, and nothing crashes."""

import sys
import threading
from pathlib import Path

import espeakng_loader
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from weft.errors import InputError
from weft.interaction_model.dmel import log_mel
from weft.interaction_model.espeak import EspeakVoice, Spoken, check_installed
from weft.interaction_model.types import SAMPLE_RATE_HZ

_SENTENCE = "What is fifteen percent of eighty?"
_WORDS = ("hello", "don't", "1,234", "e.g.", "Dr.", "of", "the", "—", "😀", "日本", "$3.50", "&")
_TEXTS = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from(_WORDS), max_size=12).map(" ".join),
    st.text(alphabet="ab <>[]{}/'\"\\&;!\x00\x01\x0410PSV+-", max_size=40),
)


def _assert_in_order(spoken: Spoken) -> None:
    end_s = len(spoken.samples) / SAMPLE_RATE_HZ
    for timed in (spoken.words, spoken.phonemes):
        now_s = 0.0
        for each in timed:
            assert now_s <= each.start_s <= each.end_s <= end_s
            now_s = each.end_s


@given(_TEXTS)
@example("<break time='9s'/> <audio src='x'/> hi & bye")
@example("[[h@l'oU]] \x01 20S \x01P9")
@example("a" * 400)
@example("😀 日本 — ...")
@example("of the of the in the")
@settings(max_examples=150, deadline=None)
def test_each_written_word_has_its_time(text: str) -> None:
    """One entry a whitespace word, in order, within the sound; samples that can be played."""
    spoken = EspeakVoice().speak(text)
    assert [word.text for word in spoken.words] == text.split()
    _assert_in_order(spoken)
    assert spoken.samples.dtype == np.float32
    assert spoken.samples.ndim == 1
    assert np.isfinite(spoken.samples).all()
    assert np.abs(spoken.samples).max(initial=0) <= 1


@pytest.mark.parametrize(
    "text",
    [
        _SENTENCE,
        "I don't know what 1,234,567 and 3.14 and 10:30 mean.",
        "One of the men in the house said it isn't for the two of us.",
        "Dr. Smith's flat, e.g. the one on 5th St. costs $3.50!",
        "well-known (so-called) things: A, B; and C",
        "naïve café déjà-vu",
    ],
)
def test_a_word_that_is_spoken_takes_time(text: str) -> None:
    """No written word is lost between the marks, be it a number or run together with the next."""
    for word in EspeakVoice().speak(text).words:
        assert word.end_s - word.start_s > 0.02, word


def test_words_have_the_sounds_of_their_letters() -> None:
    """The times of a word hold its own phonemes."""
    spoken = EspeakVoice().speak("Seven 40 don't fish")
    sounds = [
        [each.text for each in spoken.phonemes if word.start_s <= each.start_s < word.end_s]
        for word in spoken.words
    ]
    assert [each[0] for each in sounds] == ["s", "f", "d", "f"]
    assert [each[-1][0] for each in sounds] == ["n", "i", "t", "S"]


def test_a_dash_is_a_short_silence_and_takes_no_time_of_its_own() -> None:
    """A dash that stands alone moves the next word away, and nobody reads it aloud."""
    hmm, dash, hello = EspeakVoice().speak("hmm — hello").words
    assert dash.start_s == dash.end_s == hmm.end_s
    assert hello.start_s - hmm.end_s > 0.05


@pytest.mark.parametrize("text", ["", "  \n ", "😀", "日本 Привет", "...", "\x01\x04", "—"])
def test_what_cannot_be_spoken_is_silence_of_no_length(text: str) -> None:
    """Nothing is made up for it, and its words are still there."""
    spoken = EspeakVoice().speak(text)
    assert len(spoken.samples) == 0
    assert len(spoken.words) == len(text.split())


def test_the_same_text_gives_the_same_samples_whatever_was_said_before() -> None:
    """Pitch flutter, breath and echo do not live on from one utterance to the next."""
    for name in ("en-us", "en-us+f3", "en-gb-scotland+m3", "en-us+klatt", "en-us+whisper"):
        voice = EspeakVoice(name)
        first = voice.speak(_SENTENCE)
        EspeakVoice("en-gb+f2", rate_wpm=200, pitch=80).speak("Something else, and rather longer.")
        again = voice.speak(_SENTENCE)
        assert np.array_equal(first.samples, again.samples), name
        assert first.words == again.words
        assert first.phonemes == again.phonemes


def test_texts_spoken_together_have_the_words_of_texts_spoken_alone() -> None:
    """`speak_all` gives one utterance a text; the first is to the bit what `speak` gives."""
    texts = [_SENTENCE, "", "One of the men.", _SENTENCE]
    together = EspeakVoice("en-us+f3").speak_all(texts)
    again = EspeakVoice("en-us+f3").speak_all(texts)
    alone = EspeakVoice("en-us+f3").speak(texts[0])
    assert [[word.text for word in each.words] for each in together] == [t.split() for t in texts]
    for one, other in zip(together, again, strict=True):
        assert np.array_equal(one.samples, other.samples)
    assert np.array_equal(together[0].samples, alone.samples)
    assert len(together[3].samples) == pytest.approx(len(alone.samples), rel=0.02)


def test_voices_rates_and_pitches_differ() -> None:
    """A variant, a rate and a pitch each make other sound."""
    plain = EspeakVoice().speak(_SENTENCE)
    slower = EspeakVoice(rate_wpm=120).speak(_SENTENCE)
    assert len(slower.samples) > 1.2 * len(plain.samples)
    others = [EspeakVoice("en-us+f3"), EspeakVoice("en-gb"), EspeakVoice(pitch=80)]
    for other in others:
        sound = other.speak(_SENTENCE).samples
        length = min(len(sound), len(plain.samples))
        assert not np.allclose(sound[:length], plain.samples[:length], atol=0.01)


def test_lines_of_its_own_make_another_voice() -> None:
    """They say what a variant's file would say, and end with the voice that has them."""
    plain = EspeakVoice("en-gb").speak(_SENTENCE).samples
    lines = ("formant 1 130 100 100", "formant 2 85 100 100", "pitch 140 200")
    other = EspeakVoice("en-gb", lines=lines).speak(_SENTENCE)
    again = EspeakVoice("en-gb", lines=lines).speak(_SENTENCE)
    assert [word.text for word in other.words] == _SENTENCE.split()
    np.testing.assert_array_equal(other.samples, again.samples)
    length = min(len(plain), len(other.samples))
    assert not np.allclose(other.samples[:length], plain[:length], atol=0.01)
    np.testing.assert_array_equal(EspeakVoice("en-gb").speak(_SENTENCE).samples, plain)


def test_lines_are_heard_as_in_a_variant_of_espeak_ngs() -> None:
    """What is written in the file of f2 gives f2's voice."""
    data = Path(espeakng_loader.get_data_path()) / "voices" / "!v" / "f2"
    lines = data.read_text().splitlines()
    ours = EspeakVoice("en-us", lines=tuple(lines)).speak(_SENTENCE).samples
    theirs = EspeakVoice("en-us+f2").speak(_SENTENCE).samples
    assert len(ours) == pytest.approx(len(theirs), rel=0.02)
    mel, true_mel = (log_mel(sound)[:150].mean(0) for sound in (ours, theirs))
    plain_mel = log_mel(EspeakVoice("en-us").speak(_SENTENCE).samples)[:150].mean(0)
    assert np.abs(mel - true_mel).mean() < 0.2 * np.abs(plain_mel - true_mel).mean()


def test_threads_do_not_mix_their_sound() -> None:
    """The library has one state a process; callers wait for each other."""
    voices = [EspeakVoice("en-us"), EspeakVoice("en-us+f3", rate_wpm=140), EspeakVoice("en-gb")]
    wanted = [voice.speak(_SENTENCE).samples for voice in voices]
    found: dict[int, bool] = {}

    def say(number: int) -> None:
        for _ in range(3):
            sound = voices[number].speak(_SENTENCE).samples
            found[number] = found.get(number, True) and np.array_equal(sound, wanted[number])

    threads = [threading.Thread(target=say, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {0: True, 1: True, 2: True}


def test_what_is_wrong_is_named() -> None:
    """A voice that is not there, and values that espeak-ng would silently replace."""
    with pytest.raises(InputError, match="no voice 'nobody'"):
        EspeakVoice("nobody").speak("hello")
    with pytest.raises(InputError, match=r"no voice 'en-us\+nobody'"):
        EspeakVoice("en-us+nobody").speak("hello")
    with pytest.raises(InputError, match="rate_wpm 20"):
        EspeakVoice(rate_wpm=20)
    with pytest.raises(InputError, match="pitch 100"):
        EspeakVoice(pitch=100)
    with pytest.raises(InputError, match="only have one"):
        EspeakVoice("en-us+f3", lines=("formant 1 120 100 100",))
    with pytest.raises(InputError, match="no voice 'nobody'"):
        EspeakVoice("nobody", lines=("formant 1 120 100 100",)).speak("hello")


def test_a_missing_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only speaking asks for it."""
    monkeypatch.setitem(sys.modules, "espeakng_loader", None)
    voice = EspeakVoice()
    with pytest.raises(InputError, match=r"pip install 'weft\[sound\]'"):
        voice.speak("hello")
    with pytest.raises(InputError, match=r"pip install 'weft\[sound\]'"):
        check_installed()
