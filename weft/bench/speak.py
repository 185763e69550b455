"""Whether the model's own voice is understood, and whether its slots join without clicks.

Held-out sentences are said slot by slot, as a session says them: text is given while little waits
to be sounded, and the model's stream says it, so that its voice has the hidden states that it has
in a conversation. Ears transcribe what comes out, and the same sentences in the voice that the
model's was learnt from (espeak-ng's), which no voice learnt from it should be expected to beat.
`--ears` names whose ears, as in `weft bench hear`; without it they are the model's own, if it has
any.

word error rate     substituted, left out and added words by the words that were said.
border flux ratio   spectral flux in windows of 4 ms that see a border of slots, over that of all
                    others: 1 where nobody could tell; or, if that is more, in windows that see the
                    15 ms from there on in which two slots sound together. Weights without a voice:
                    what it is when the vocoder sounds the mel frames of the voice that would have
                    been learnt.
"""

import random
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from weft.bench._continuity import border_flux_ratio
from weft.bench._report import Asked, Line, Report, aside, at_most
from weft.bench.hear import Hearing, Said, ears_asked_for, measure
from weft.interaction_model import dmel, vocoder
from weft.interaction_model.checkpoint import load_weights
from weft.interaction_model.flow_weights import load_flow
from weft.interaction_model.native_voice import load_voice
from weft.interaction_model.sensing_stream import SensingBatch, SpeakingStream
from weft.interaction_model.tokenizer import pack_words
from weft.interaction_model.training.said_aloud import MODELS_VOICE, said_texts
from weft.interaction_model.training.said_words import as_said, transcript_words
from weft.interaction_model.types import (
    SLOT_SAMPLES,
    FloorProbabilities,
    MicroTurnOutput,
    Senses,
    Voiced,
)
from weft.interaction_model.vocoder import LATENCY_SAMPLES
from weft.interaction_model.weights_folder import (
    SHIPPED_SENSES,
    VOICE_STATE,
    checksum,
    has_senses,
    has_voice,
)
from weft.orchestrator.channels.sounded import MOST_WAITING_S
from weft.orchestrator.sound_ports import Ears, Voice
from weft.progress import progress

DEFAULT_SIZE = 60
GOAL_OVER_REFERENCE = 0.05
GOAL_FLUX = 1.1

_WORDS_A_SLOT = 2
_MOST_SLOTS_A_WORD = 15
_SPEAKS = FloorProbabilities(user=0, pause=0, gap=0, model=1, overlap=0)

_Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Utterances:
    """The same sentences, in whole slots, one after the other."""

    said: Sequence[Said]

    @property
    def samples(self) -> _Samples:
        """All of them as one sound."""
        return np.concatenate([one.samples for one in self.said])


def sentences(seed: int, count: int) -> list[str]:
    """Held-out sentences as they are said: numbers in words."""
    texts = (as_said(text) for text in said_texts(random.Random(f"speak:{seed}"), "held_out"))
    return list(islice((text for text in texts if transcript_words(text)), count))


class Reciting:
    """The voice of a stream that says what it is given as if it had decided to (a Voice).

    Nobody else is heard meanwhile. What there is no room for in a slot is said in the next.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        """Load a model with senses and its voice; raises WeightsError."""
        weights = load_weights(folder)
        self._tokenizer = weights.tokenizer
        self._room = weights.module.config.said_text
        self._streams = SensingBatch(weights.module, weights.tokenizer, words=weights.words)
        self._stream = SpeakingStream(self._streams, load_flow(folder), seed)
        self._left: deque[tuple[int, ...]] = deque()

    def sound(self, said: MicroTurnOutput) -> Voiced:
        """Let the stream live through the slot in which it says this, and sound it."""
        self._left.extend(pack_words(self._tokenizer.words(said.text), self._room))
        tokens = self._left.popleft() if self._left else ()
        silence = np.zeros(SLOT_SAMPLES, dtype=np.float32)
        heard = self._streams.perceive([Senses(index=said.index, samples=silence)])
        voiced = self._stream.sound(self._streams.step(heard, [None], [tokens])[0])
        if not self._left:
            return voiced
        return replace(voiced, sounded_index=min(voiced.sounded_index, said.index - 1))

    def stop(self) -> None:
        """Drop what has not been sounded."""
        self._left.clear()
        self._stream.stop()


def own_voice(folder: Path, seed: int) -> Voice:
    """Give the voice of a model that can be recited with, or the voice by itself."""
    return Reciting(folder, seed) if has_senses(folder) else load_voice(folder, seed=seed)


def uttered(voice: Voice, text: str, first_index: int) -> _Samples:
    """Say a text from slot `first_index` on, as a session does; give the samples of all its slots.

    A voice that does not come to an end is cut off.
    """
    words = text.split()
    slots: list[_Samples] = []
    waiting_s, waits = 0.0, True
    while waits and len(slots) < _MOST_SLOTS_A_WORD * (len(text.split()) + 2):
        given: list[str] = []
        if waiting_s < MOST_WAITING_S:
            given, words = words[:_WORDS_A_SLOT], words[_WORDS_A_SLOT:]
        index = first_index + len(slots)
        said = MicroTurnOutput(
            index=index, text="".join(f" {word}" for word in given), floor=_SPEAKS
        )
        voiced = voice.sound(said)
        slots.append(voiced.samples)
        waiting_s = voiced.waiting_s
        waits = bool(words) or voiced.sounded_index < index
    # The last samples come out late.
    end = MicroTurnOutput(index=first_index + len(slots), text="", floor=_SPEAKS)
    return np.concatenate([*slots, voice.sound(end).samples])


def spoken(voice: Voice, texts: Sequence[str], tick: Callable[[], None]) -> Utterances:
    """Say one text after the other with one voice."""
    said, index = [], 0
    for text in texts:
        samples = uttered(voice, text, index)
        index += len(samples) // SLOT_SAMPLES
        said.append(Said(words=transcript_words(text), samples=samples))
        tick()
    return Utterances(said)


def reference(texts: Sequence[str]) -> Utterances:
    """Say the texts with the voice that the model's is learnt from."""
    voices = MODELS_VOICE.speak_all(texts)
    return Utterances(
        [
            Said(words=transcript_words(text), samples=_whole_slots(one.samples))
            for text, one in zip(texts, voices, strict=True)
        ]
    )


def _whole_slots(samples: _Samples) -> _Samples:
    return np.pad(samples, (0, -len(samples) % SLOT_SAMPLES))


def through_the_vocoder(utterances: Utterances) -> Utterances:
    """Make mel frames of utterances and sound of them again, as a session would sound them."""
    return Utterances(
        [
            Said(words=one.words, samples=_late(vocoder.sound_of(dmel.log_mel(one.samples))))
            for one in utterances.said
        ]
    )


def _late(samples: _Samples) -> _Samples:
    """Move sound to where the vocoder gives it slot by slot; the borders are where slots are."""
    return np.concatenate([np.zeros(LATENCY_SAMPLES, np.float32), samples[:-LATENCY_SAMPLES]])


# --- the report ---------------------------------------------------------------------------------


def report(asked: Asked) -> Report:
    """Say held-out sentences and hear what is said."""
    folder = asked.weights or SHIPPED_SENSES
    make_ears = _ears(asked, folder)
    size = asked.size or DEFAULT_SIZE
    texts = sentences(asked.seed, size)
    plain = reference(texts)
    remade = through_the_vocoder(plain)
    own: Utterances | None = None
    if has_voice(folder):
        with progress("sentences, said", size) as tick:
            own = spoken(own_voice(folder, asked.seed), texts, tick)
    flux = _flux((own or remade).samples)
    heard = dict(_heard(make_ears, {"reference": plain, "vocoder": remade, "own": own}))
    rates = {name: hearing.word_error_rate for name, hearing in heard.items()}
    over = rates["own"] - rates["reference"] if "own" in rates else None
    words = sum(len(one.words) for one in plain.said)
    return Report(
        title="Speaking: the model's own voice",
        numbers={
            "word_error_rate": _rounded(rates.get("own")),
            "reference_voice_word_error_rate": _rounded(rates.get("reference")),
            "word_error_rate_over_reference_voice": _rounded(over),
            "border_flux_ratio": _rounded(flux),
        },
        lines=[
            *([] if over is None else [_over(over)]),
            at_most("border flux ratio", flux, GOAL_FLUX),
            *_rates(rates),
            *([] if own is not None else [aside("no voice in", str(folder))]),
            *([] if heard else [aside("no ears", "name some with --ears")]),
        ],
        setting=_setting(asked, folder, f"{size} sentences, {words} words"),
    )


def _flux(samples: _Samples) -> float:
    """Compare borders with what is inside: where samples of two slots meet, or their frames do."""
    joins = (0, LATENCY_SAMPLES)
    return max(border_flux_ratio(samples, join_samples=join) for join in joins)


def _ears(asked: Asked, folder: Path) -> Callable[[], Ears] | None:
    """What makes the ears; None where none were asked for and the model has none."""
    if asked.ears is None and not has_senses(folder):
        return None
    return ears_asked_for(replace(asked, weights=folder))


def _heard(
    make_ears: Callable[[], Ears] | None, spoken_by: dict[str, Utterances | None]
) -> Iterator[tuple[str, Hearing]]:
    for name, utterances in spoken_by.items():
        if make_ears is not None and utterances is not None:
            with progress(f"sentences, heard: {name}", len(utterances.said)) as tick:
                yield name, measure(make_ears(), utterances.said, tick=tick)


def _over(over: float) -> Line:
    return at_most("word error rate over the reference voice's", over, GOAL_OVER_REFERENCE)


def _rates(rates: dict[str, float]) -> Iterator[Line]:
    names = {
        "own": "word error rate, own voice",
        "reference": "word error rate, reference voice",
        "vocoder": "word error rate, reference voice through the vocoder",
    }
    for name, title in names.items():
        if name in rates:
            yield aside(title, f"{rates[name]:.3f}")


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def _setting(asked: Asked, folder: Path, sizes: str) -> tuple[str, ...]:
    state = folder / VOICE_STATE
    voice = f"voice {checksum(state)[:12]} (SHA-256)" if state.exists() else "no voice"
    return (f"seed {asked.seed}", sizes, "virtual time", voice, f"ears {asked.ears or 'native'}")
