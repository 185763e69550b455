"""How well sound becomes words: slot by slot, on sentences and voices that training never had.

Held-out sentences, said by held-out voices of espeak-ng, are heard one after the other with two
seconds of silence between them: clean, with pink noise 10 dB below the speech, and with four other
people talking, together 10 dB below. `--wav-dir` takes recordings instead: NAME.wav with what is
said in NAME.txt. `--ears` names whose ears: the model's own (`native`), or those of an adapter or
plug-in; a YAML agent gives them with their options.

word error rate    substituted, left out and added words by the words that were said. Both are
                   compared as transcripts: lower case, no marks, numbers in words.
vocabulary         different words in 8,000 of the sentences that the held-out ones are drawn from.
delay of a word    slots from the one in which the word's sound ends to the one in which the ears
                   give it; 0 is the same slot. Of words that were heard right.
"""

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from weft.bench._report import Asked, Line, Report, aside, at_most, setting
from weft.bench._word_alignment import Aligned, align
from weft.config import InteractionConfig, load_config
from weft.errors import InputError
from weft.interaction_model.sensing_stream import load_sensing_stream
from weft.interaction_model.training.acoustics import BABBLE, CLEAN, NOISY, Acoustics
from weft.interaction_model.training.said_words import transcript_words
from weft.interaction_model.training.spoken import make_utterances, sample_sentence
from weft.interaction_model.types import (
    SLOT_S,
    SLOT_SAMPLES,
    MicroTurnInput,
    MicroTurnOutput,
    Row,
    Senses,
)
from weft.interaction_model.weights_folder import SHIPPED_SENSES
from weft.orchestrator.channels.sound_file import HeardFile
from weft.orchestrator.metrics import percentile
from weft.orchestrator.sound_ports import Ears
from weft.progress import Tick, no_tick, progress
from weft.sound_wiring import make_ears

DEFAULT_SIZE = 120
REST_SLOTS = 10
"""Silence after each utterance, in which its last words may still come."""
FLOOR = 0.1
"""Of the word error rate in clean sound; the goal is 0.03."""

VOCABULARY_SENTENCES = 8_000
_PLACES = {"clean": CLEAN, "noise": NOISY, "babble": BABBLE}
_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Said:
    """Something that is said, as sound and as words."""

    words: tuple[str, ...]
    samples: NDArray[np.float32]
    ends_s: tuple[float, ...] = ()
    """When each word's sound ends, in s of `samples`; empty where nobody knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardSaid:
    """What was made of it."""

    said: tuple[str, ...]
    heard: tuple[str, ...]
    errors: int
    delays_slots: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Hearing:
    """What was measured in one place."""

    each: tuple[HeardSaid, ...]

    @property
    def words(self) -> int:
        """Words that were said."""
        return sum(len(one.said) for one in self.each)

    @property
    def word_error_rate(self) -> float:
        """Wrong words by words."""
        return sum(one.errors for one in self.each) / max(1, self.words)

    @property
    def delay_slots_p50(self) -> float:
        """Median delay of a word that was heard right."""
        return percentile(sorted(delay for one in self.each for delay in one.delays_slots), 50)


# --- measuring ----------------------------------------------------------------------------------


def measure(ears: Ears, said: Iterable[Said], *, tick: Tick = no_tick) -> Hearing:
    """Let ears hear one utterance after the other, in slots that go on from one to the next."""
    each = []
    start = 0
    for one in said:
        found: list[tuple[str, int]] = []
        index = start
        for samples in _slots(one.samples):
            heard = ears.perceive(Senses(index=index, samples=samples))
            found += [(word, index - start) for word in transcript_words(heard.text)]
            index += 1
        each.append(_compared(one, found))
        start = index
        tick()
    return Hearing(tuple(each))


def _slots(samples: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    count = -(-len(samples) // SLOT_SAMPLES) + REST_SLOTS
    whole = np.zeros(count * SLOT_SAMPLES, np.float32)
    whole[: len(samples)] = samples
    yield from whole.reshape(count, SLOT_SAMPLES)


def _compared(one: Said, found: list[tuple[str, int]]) -> HeardSaid:
    pairs = align(one.words, [word for word, _ in found])
    return HeardSaid(
        said=one.words,
        heard=tuple(word for word, _ in found),
        errors=sum(not pair.right for pair in pairs),
        delays_slots=tuple(_delays(one, found, pairs)),
    )


def _delays(one: Said, found: list[tuple[str, int]], pairs: list[Aligned]) -> Iterator[int]:
    for pair in pairs:
        if pair.right and pair.said is not None and pair.heard is not None and one.ends_s:
            # The sample before the end is the word's last.
            ends_in = int((one.ends_s[pair.said] - 1e-6) / SLOT_S)
            yield found[pair.heard][1] - ends_in


# --- whose ears ---------------------------------------------------------------------------------


class SensingModel(Protocol):
    """A model stream that hears: each slot is perceived and then lived through."""

    def perceive(self, senses: Senses) -> MicroTurnInput:
        """Take in what the next slot brought; the words that are complete with it."""
        ...

    def step(self, heard: MicroTurnInput, row: Row | None) -> MicroTurnOutput:
        """Live through the slot."""
        ...


class NativeEars:
    """The model's own ears; the model lives through each slot, as in a session without agents."""

    def __init__(self, model: SensingModel) -> None:
        """Take a fresh stream."""
        self._model = model

    def perceive(self, senses: Senses) -> MicroTurnInput:
        """Give the words that the model has heard by this slot."""
        heard = self._model.perceive(senses)
        self._model.step(heard, None)
        return heard


def ears_asked_for(asked: Asked) -> Callable[[], Ears]:
    """Give what makes the ears, fresh for each place.

    Raises InputError or ConfigError, and what is given raises WeightsError for weights that have no
    senses.
    """
    named = asked.ears or "native"
    if Path(named).suffix in (".yaml", ".yml"):
        config = load_config(Path(named)).interaction
    else:
        config = InteractionConfig(ears=named)
    if config.hearing.name == "native":
        weights = asked.weights or config.weights
        return lambda: NativeEars(load_sensing_stream(weights))
    if config.hearing.name == "words":
        raise InputError("`words` are no ears: they come with the channel; name others by --ears")
    return partial(_others, config)


def _others(config: InteractionConfig) -> Ears:
    ears = make_ears(config, inline=True)
    assert ears is not None, "only `words` makes none"
    return ears


# --- what is heard ------------------------------------------------------------------------------


def held_out(seed: int, count: int, place: Acoustics) -> Iterator[Said]:
    """Render held-out sentences; the same in each place."""
    for utterance in make_utterances(seed, count, split="held_out", acoustics=place):
        yield Said(
            words=tuple(word.text for word in utterance.words),
            samples=utterance.samples,
            ends_s=tuple(word.end_s for word in utterance.words),
        )


def vocabulary(seed: int, sentences: int, *, tick: Tick = no_tick) -> frozenset[str]:
    """Give the different words of so many held-out sentences."""
    rng = random.Random(f"vocabulary:{seed}")
    found: set[str] = set()
    for _ in range(sentences):
        found.update(transcript_words(sample_sentence(rng, "held_out")))
        tick()
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Recording:
    """A sound file and what is said in it."""

    file: Path
    words: tuple[str, ...]

    def load(self) -> Said:
        """Read the sound. Raises InputError."""
        slots = list(HeardFile(self.file).slots())
        return Said(words=self.words, samples=np.concatenate(slots))


@dataclass(slots=True)
class _Folder:
    """The pairs of a folder, and what is wrong with the others."""

    recordings: list[Recording] = field(default_factory=list)
    mistakes: list[str] = field(default_factory=list)

    def take(self, wav: Path) -> None:
        try:
            recording = Recording(wav, _read_words(wav.with_suffix(".txt"), wav))
            recording.load()
        except InputError as error:
            self.mistakes.append(str(error))
        else:
            self.recordings.append(recording)


def read_recordings(folder: Path) -> list[Recording]:
    """Find NAME.wav with NAME.txt, and look into each. Raises InputError that names all mistakes.

    Nothing is left out: a rate over the files that happen to be readable would be another rate.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: is no folder; it should hold NAME.wav with NAME.txt")
    files = sorted(path for path in folder.iterdir() if path.is_file())
    found = _Folder()
    for path in files:
        if path.suffix.lower() == ".wav":
            found.take(path)
        elif path.suffix == ".txt" and not any(
            other.stem == path.stem and other.suffix.lower() == ".wav" for other in files
        ):
            found.mistakes.append(f"{path}: there is no {path.stem}.wav beside it")
    if found.mistakes:
        raise InputError("\n".join(found.mistakes))
    if not found.recordings:
        raise InputError(f"{folder}: holds no NAME.wav with NAME.txt")
    return found.recordings


def _read_words(path: Path, wav: Path) -> tuple[str, ...]:
    try:
        words = transcript_words(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(
            f"{wav}: there is no {path.name} beside it that says what it says"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise InputError(f"{path}: cannot be read: {reason}") from error
    if not words:
        raise InputError(f"{path}: has no words; write what is said in {wav.name}")
    return words


# --- the report ---------------------------------------------------------------------------------


def report(asked: Asked) -> Report:
    """Measure on held-out sentences, or on the recordings of a folder."""
    make = ears_asked_for(asked)
    if asked.wav_dir is not None:
        return _of_recordings(asked, make, asked.wav_dir)
    size = asked.size or DEFAULT_SIZE
    found = {}
    for name, place in _PLACES.items():
        ears = make()
        with progress(f"utterances, {name}", size) as tick:
            found[name] = measure(ears, held_out(asked.seed, size, place), tick=tick)
    clean = found["clean"]
    rates = {name: hearing.word_error_rate for name, hearing in found.items()}
    different = {word for one in clean.each for word in one.said}
    with progress("sentences, read", VOCABULARY_SENTENCES) as tick:
        words = len(vocabulary(asked.seed, VOCABULARY_SENTENCES, tick=tick))
    return Report(
        title="Hearing: what becomes of sound",
        numbers={f"{name}_word_error_rate": round(rate, 6) for name, rate in rates.items()}
        | {"word_delay_slots_p50": clean.delay_slots_p50},
        lines=[
            at_most("word error rate, clean", rates["clean"], FLOOR),
            aside("word error rate, noise 10 dB below", f"{rates['noise']:.3f}"),
            aside("word error rate, babble 10 dB below", f"{rates['babble']:.3f}"),
            aside("delay of a word, slots, p50", f"{clean.delay_slots_p50:g}"),
            aside("different words", len(different)),
            aside(f"different words in {VOCABULARY_SENTENCES:,} such sentences", words),
            *_worst(clean),
        ],
        setting=_setting(asked, f"{size} utterances, {clean.words} words, in each place"),
    )


def _of_recordings(asked: Asked, make: Callable[[], Ears], folder: Path) -> Report:
    ears = make()
    recordings = read_recordings(folder)[: asked.size]
    with progress("recordings", len(recordings)) as tick:
        said = (recording.load() for recording in recordings)
        found = measure(ears, said, tick=tick)
    return Report(
        title=f"Hearing: the recordings of {folder}",
        numbers={
            "recordings": len(recordings),
            "words": found.words,
            "word_error_rate": round(found.word_error_rate, 6),
        },
        lines=[at_most("word error rate", found.word_error_rate, FLOOR), *_worst(found)],
        setting=_setting(asked, f"{len(recordings)} recordings, {found.words} words"),
    )


def _worst(found: Hearing) -> list[Line]:
    wrong = [one for one in found.each if one.errors]
    return [
        aside("utterances with a wrong word", len(wrong)),
        *(aside(f"  {' '.join(one.said)}", " ".join(one.heard)) for one in wrong[:_SHOWN]),
    ]


def _setting(asked: Asked, sizes: str) -> tuple[str, ...]:
    if asked.ears in (None, "native"):
        return setting(replace(asked, weights=asked.weights or SHIPPED_SENSES), sizes=sizes)
    return (f"seed {asked.seed}", sizes, "virtual time", f"ears {asked.ears}")
