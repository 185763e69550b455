"""Whether the model's own voice is understood, and whether its slots join without clicks.

Held-out sentences are said slot by slot, as a session says them: text is given while little waits
to be sounded, and the model's stream says it, so that its voice has the hidden states that it has
in a conversation. Ears transcribe what comes out, and the same sentences in the voice that the
model's was learnt from (espeak-ng's), which no voice learnt from it should be expected to beat.
The ears are the model's own, where it has some; `--ears` names an independent recogniser beside
them, as in `weft bench hear`.

word error rate     substituted, left out and added words by the words that were said. By letters
                    alone: of the same voice without the hidden states that its words carry.
border flux ratio   spectral flux in windows of 4 ms that see a border of slots, over that of all
                    others at the same place in their hop (see `_continuity`): 1 where nobody could
                    tell; or, if that is more, in windows that see the 15 ms from there on in which
                    two slots sound together. Weights without a voice: what it is when the vocoder
                    sounds the mel frames of the voice that would have been learnt.
"""

import random
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from weft.bench._continuity import border_flux_ratio
from weft.bench._report import Asked, Line, Report, aside, at_most
from weft.bench.hear import Said, ears_asked_for, measure
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
_MakeEars = Callable[[], Ears] | None
"""None where there are none."""


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
    own_ears, others = _ears(asked, folder)
    if others is not None:
        # Ears that are not there are told of before a minute of speech is made for them.
        others()
    size = asked.size or DEFAULT_SIZE
    texts = sentences(asked.seed, size)
    plain = reference(texts)
    remade = through_the_vocoder(plain)
    own = unmeant = None
    if has_voice(folder):
        with progress("sentences, said", size) as tick:
            own = spoken(own_voice(folder, asked.seed), texts, tick)
    if has_voice(folder) and has_senses(folder):
        with progress("sentences, by letters alone", size) as tick:
            unmeant = spoken(load_voice(folder, seed=asked.seed), texts, tick)
    flux = _flux((own or remade).samples)
    utterances = {"reference": plain, "vocoder": remade, "own": own, "letters": unmeant}
    by_own = _rates_of(own_ears, utterances, "own ears")
    by_others = _rates_of(others, utterances, f"ears {asked.ears}")
    words = sum(len(one.words) for one in plain.said)
    return Report(
        title="Speaking: the model's own voice",
        numbers=_numbers(by_own)
        | (
            {f"independent_{name}": rate for name, rate in _numbers(by_others).items()}
            if by_others
            else {}
        )
        | {"border_flux_ratio": _rounded(flux)}
        | ({"letters_alone_word_error_rate": _rounded(by_own["letters"])} if unmeant else {}),
        lines=[
            *_lines(by_own, "its own ears"),
            *_lines(by_others, f"ears {asked.ears}"),
            at_most("border flux ratio", flux, GOAL_FLUX),
            *([] if own is not None else [aside("no voice in", str(folder))]),
            *([] if by_own or by_others else [aside("no ears", "name some with --ears")]),
        ],
        setting=_setting(asked, folder, f"{size} sentences, {words} words"),
    )


def _flux(samples: _Samples) -> float:
    """Compare borders with what is inside: where samples of two slots meet, or their frames do."""
    joins = (0, LATENCY_SAMPLES)
    return max(border_flux_ratio(samples, join_samples=join) for join in joins)


def _ears(asked: Asked, folder: Path) -> tuple[_MakeEars, _MakeEars]:
    """What makes the model's own ears, and those that were asked for beside them."""
    own = replace(asked, weights=folder, ears=None)
    others = ears_asked_for(replace(asked, weights=folder)) if asked.ears is not None else None
    if asked.ears == "native":
        return others, None
    return (ears_asked_for(own) if has_senses(folder) else None), others


def _rates_of(
    make_ears: _MakeEars, spoken_by: Mapping[str, Utterances | None], whose: str
) -> dict[str, float]:
    """Word error rates of ears, by whose voice they heard; empty where there are no ears."""
    rates = {}
    for name, utterances in spoken_by.items():
        if make_ears is not None and utterances is not None:
            with progress(f"sentences, {whose}: {name}", len(utterances.said)) as tick:
                rates[name] = measure(make_ears(), utterances.said, tick=tick).word_error_rate
    return rates


def _over(rates: Mapping[str, float]) -> float | None:
    return rates["own"] - rates["reference"] if "own" in rates else None


def _numbers(rates: Mapping[str, float]) -> dict[str, float | None]:
    return {
        "word_error_rate": _rounded(rates.get("own")),
        "reference_voice_word_error_rate": _rounded(rates.get("reference")),
        "word_error_rate_over_reference_voice": _rounded(_over(rates)),
    }


def _lines(rates: Mapping[str, float], whose: str) -> Iterator[Line]:
    over = _over(rates)
    if over is not None:
        title = f"word error rate over the reference voice's, {whose}"
        yield at_most(title, over, GOAL_OVER_REFERENCE)
    names = {
        "own": "own voice",
        "letters": "own voice by letters alone",
        "reference": "reference voice",
        "vocoder": "that by the vocoder",
    }
    for name, title in names.items():
        if name in rates:
            yield aside(f"word error rate, {title}, {whose}", f"{rates[name]:.3f}")


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def _setting(asked: Asked, folder: Path, sizes: str) -> tuple[str, ...]:
    state = folder / VOICE_STATE
    voice = f"voice {checksum(state)[:12]} (SHA-256)" if state.exists() else "no voice"
    ears = [f"ears {asked.ears}"] if asked.ears else []
    return (f"seed {asked.seed}", sizes, "virtual time", voice, *ears)
