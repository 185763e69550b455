"""Sentences said by espeak-ng's voices: what the model learns to hear with, and is tested on.

Everything comes from one seed. The held-out split has sentences of templates that training never
says, in voices, rates and pitches that training never has (`voices.py`). No torch here.
"""

import functools
import itertools
import json
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from weft.interaction_model.dmel import DMelConfig, fit
from weft.interaction_model.espeak import EspeakVoice, Spoken, Timed
from weft.interaction_model.tokenizer import WordTokenizer
from weft.interaction_model.training.acoustics import Acoustics, applied, sample_acoustics
from weft.interaction_model.training.language import (
    backchannels,
    corrections,
    questions,
    references,
    requests,
    small_talk,
    statements,
)
from weft.interaction_model.training.language.utterance import Split, choose
from weft.interaction_model.training.said_words import as_said, transcript_words
from weft.interaction_model.training.voices import sample_voice
from weft.interaction_model.types import SAMPLE_RATE_HZ, SLOT_SAMPLES

MAX_WORDS = 20
"""Longer texts are cut at the end of a sentence, or drawn anew."""

_LEAD_IN_S = (0.1, 0.7)
_TAIL_S = (0.3, 1.0)
_SILENT_SHARE = 0.03
_CHUNK_VOICES = 4
_CHUNK_SENTENCES = 4
CHUNK = _CHUNK_VOICES * _CHUNK_SENTENCES
"""Utterances that are rendered together: they are each other's babble."""

_SHORT = 2
_SENTENCES = 0.8
_SALADS = 0.3
"""Share of training's texts that are mere salads of words: half of all words are seldom said."""
_HESITATION_SHARE = 0.06
_COUNTED_SENTENCES = 40_000
_SENTENCE_END = re.compile(r"(?<=[.?!])\s+")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Utterance:
    """A text that was said somewhere, and when each word of its transcript was."""

    text: str
    words: tuple[Timed, ...]
    """The words of `transcript_words(text)`, in s of `samples`."""
    phonemes: tuple[Timed, ...]
    samples: NDArray[np.float32]
    """[T] at SAMPLE_RATE_HZ, whole slots, with silence (or what the place has) around the words."""
    voice: EspeakVoice
    acoustics: Acoustics


# --- texts --------------------------------------------------------------------------------------

_USER_GRAMMARS = (
    questions.sample,
    requests.sample,
    small_talk.sample,
    statements.sample,
    corrections.sample_correction,
)


@functools.cache
def common_words() -> tuple[str, ...]:
    """Give some 20,000 English words and names, the most frequent first.

    They are the whole words of the table whose vectors the text model has.
    """
    table = resources.files("weft.interaction_model").joinpath("weights/words.json")
    vocabulary: dict[str, int] = json.loads(table.read_text(encoding="utf-8"))["model"]["vocab"]
    in_order = sorted(vocabulary, key=vocabulary.__getitem__)
    return tuple(word for word in in_order if _is_sayable(word))


def _is_sayable(word: str) -> bool:
    """Words with a vowel; most others are abbreviations that voices spell or mumble."""
    return re.fullmatch("[a-z]{2,}", word) is not None and re.search("[aeiouy]", word) is not None


@functools.cache
def _known() -> frozenset[str]:
    return frozenset(common_words())


def _is_known(word: str) -> bool:
    """Say whether it is no invention; of "don't" and "the painter's", each part is looked at."""
    return all(len(part) <= _SHORT or part in _known() for part in word.split("'"))


def sample_sentence(rng: random.Random, split: Split) -> str:
    """Draw what somebody may say, of at most MAX_WORDS words.

    Held-out sentences have no made-up words, which nobody could spell by ear, and are never mere
    salads of words.
    """
    while True:
        text = _within(_sample_text(rng, split), rng)
        words = transcript_words(text)
        if not words or len(words) > MAX_WORDS:
            continue
        if split == "train" or all(map(_is_known, words)):
            return text


def _sample_text(rng: random.Random, split: Split) -> str:
    if split == "train" and rng.random() < _SALADS:
        return _salad(rng)
    kind = rng.random() * _SENTENCES
    if kind < 0.5:
        text = rng.choice(_USER_GRAMMARS)(rng, split).text
        return _hesitating(rng, text) if rng.random() < _HESITATION_SHARE else text
    if kind < 0.72:
        return references.sample_sentence(rng, split)
    if kind < 0.78:
        return choose(rng, backchannels.USER_BACKCHANNELS, split)
    return backchannels.sample_barge_in(rng, split)


def _within(text: str, rng: random.Random) -> str:
    """Give sentences of a text that follow each other and are short enough, if there are any."""
    sentences = _SENTENCE_END.split(text)
    if len(transcript_words(text)) <= MAX_WORDS or len(sentences) == 1:
        return text
    start = rng.randrange(len(sentences))
    taken = sentences[start]
    for sentence in sentences[start + 1 :]:
        if len(transcript_words(f"{taken} {sentence}")) > MAX_WORDS:
            break
        taken = f"{taken} {sentence}"
    return taken


def _hesitating(rng: random.Random, text: str) -> str:
    words = text.split()
    words.insert(rng.randrange(len(words)), rng.choice(backchannels.HESITATIONS))
    return " ".join(words)


def _salad(rng: random.Random) -> str:
    """Words without sense, so that what is heard cannot be guessed; all are as frequent."""
    words = [rng.choice(common_words()) for _ in range(rng.randint(1, 12))]
    text = " ".join(word + ("," if rng.random() < 0.08 else "") for word in words).strip(",")
    return f"{text}{rng.choice('..?')}"


# --- utterances ---------------------------------------------------------------------------------


def make_utterances(
    seed: int,
    count: int,
    *,
    split: Split = "train",
    acoustics: Acoustics | None = None,
) -> Iterator[Utterance]:
    """Render utterances, each in a place of its own unless `acoustics` says which.

    Raises InputError when espeak-ng's voices are not installed.
    """
    for number in range(-(-count // CHUNK)):
        utterances = _render_chunk(seed, split, acoustics, number)
        yield from utterances[: count - number * CHUNK]


def frequent_words(seed: int, tokenizer: WordTokenizer, count: int) -> tuple[str, ...]:
    """Give the words of several pieces that training says most often, the most frequent first."""
    rng = random.Random(f"{seed}/words")
    said = Counter(
        word
        for _ in range(_COUNTED_SENTENCES)
        for word in transcript_words(sample_sentence(rng, "train"))
    )
    several = (word for word, _ in said.most_common() if len(tokenizer.word(word)) > 1)
    return tuple(itertools.islice(several, count))


def fit_dmel(seed: int, count: int = 400) -> DMelConfig:
    """Read the statistics of dMel from training's speech."""
    return fit(utterance.samples for utterance in make_utterances(seed, count))


def _render_chunk(
    seed: int, split: Split, acoustics: Acoustics | None, number: int
) -> list[Utterance]:
    """Render the chunk of this number: CHUNK utterances of a few voices, mixed."""
    rng = random.Random(f"{seed}/{split}/{number}")
    said: list[tuple[str, EspeakVoice, Spoken]] = []
    for _ in range(_CHUNK_VOICES):
        voice = sample_voice(rng, split)
        texts = [_text_to_say(rng, split) for _ in range(_CHUNK_SENTENCES)]
        spoken = voice.speak_all([as_said(text) for text in texts])
        said += [(text, voice, each) for text, each in zip(texts, spoken, strict=True)]
    order = list(range(len(said)))
    rng.shuffle(order)
    sounds = np.random.default_rng(rng.getrandbits(64))
    return [_placed(said, at, acoustics, sounds) for at in order]


def _text_to_say(rng: random.Random, split: Split) -> str:
    return "" if rng.random() < _SILENT_SHARE else sample_sentence(rng, split)


def _placed(
    said: Sequence[tuple[str, EspeakVoice, Spoken]],
    at: int,
    acoustics: Acoustics | None,
    rng: np.random.Generator,
) -> Utterance:
    """Put one of the chunk's utterances somewhere, with silence around it."""
    text, voice, spoken = said[at]
    place = sample_acoustics(rng) if acoustics is None else acoustics
    lead_in = int(rng.uniform(*_LEAD_IN_S) * SAMPLE_RATE_HZ)
    tail = int(rng.uniform(*_TAIL_S) * SAMPLE_RATE_HZ)
    length = lead_in + len(spoken.samples) + tail
    samples = np.zeros(-(-length // SLOT_SAMPLES) * SLOT_SAMPLES, np.float32)
    samples[lead_in : lead_in + len(spoken.samples)] = spoken.samples
    others = [each.samples for _, other, each in said if other != voice and len(each.samples)]
    chosen = rng.permutation(len(others))[: place.others]
    lead_in_s = lead_in / SAMPLE_RATE_HZ
    words = zip(transcript_words(text), spoken.words, strict=True)
    return Utterance(
        text=text,
        words=tuple(_later(word, timed, lead_in_s) for word, timed in words),
        phonemes=tuple(_later(timed.text, timed, lead_in_s) for timed in spoken.phonemes),
        samples=applied(samples, place, rng, [others[number] for number in chosen]),
        voice=voice,
        acoustics=place,
    )


def _later(text: str, timed: Timed, by_s: float) -> Timed:
    return Timed(text, timed.start_s + by_s, timed.end_s + by_s)
