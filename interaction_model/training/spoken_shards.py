"""Rendered speech as a training reads it: levels, words and phonemes in a folder of shards.

An hour of speech is 15 MB: two levels of dMel share a byte. Everything is made again from the seed
that the shards name, so a folder is a cache and nothing is lost with it. No torch here.
"""

import functools
import json
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from weft.errors import InputError
from weft.interaction_model.dmel import BANDS, HOP_SAMPLES, DMelConfig, fit, log_mel
from weft.interaction_model.espeak import Timed
from weft.interaction_model.training.language.patterns import words
from weft.interaction_model.training.language.utterance import Split
from weft.interaction_model.training.spoken import (
    CHUNK,
    Utterance,
    in_processes,
    make_utterances,
    render_chunk,
)
from weft.interaction_model.types import SAMPLE_RATE_HZ
from weft.progress import Tick, no_tick

PHONEMES = (
    "silence",
    "other",
    *words("""
    n t s I d k l r @ m E z a aI V D w f p eI i: i v oU 0 b u: 3 h I2 a# j g N @2 aU T 3: S tS @L O@
    U dZ I# t# A@ o@ O: r- aa O2 e@ A: i@3 OI i@ aI2 U@ t2 aI@ w# Z @- aI3 n- VR t[ IR ? @5 x O
    """),
)
"""What the voices' phonemes are called, by index; silence is index 0."""

SHARD_CHUNKS = 8
SHARD = SHARD_CHUNKS * CHUNK
"""Utterances in a shard."""

_FORMAT = 1
_MAX_LEVELS = 16
_FRAME_S = HOP_SAMPLES / SAMPLE_RATE_HZ
_INDEX = {name: index for index, name in enumerate(PHONEMES)}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpokenExample:
    """An utterance as it is learnt from; times are in s of its sound."""

    levels: NDArray[np.uint8]
    """[frames, BANDS] of dMel, whole slots."""
    words: tuple[str, ...]
    word_starts: NDArray[np.float32]
    word_ends: NDArray[np.float32]
    phonemes: NDArray[np.int16]
    """Indices in PHONEMES; what lies between two is silence."""
    phoneme_starts: NDArray[np.float32]
    phoneme_ends: NDArray[np.float32]

    def phoneme_frames(self) -> NDArray[np.int16]:
        """The phoneme that is sounded in the middle of each frame's hop, [frames]."""
        frames = np.zeros(len(self.levels), np.int16)
        starts = np.rint(self.phoneme_starts / _FRAME_S).astype(int)
        ends = np.rint(self.phoneme_ends / _FRAME_S).astype(int)
        for phoneme, start, end in zip(self.phonemes, starts, ends, strict=True):
            frames[start:end] = phoneme
        return frames


def fit_dmel(seed: int, count: int = 400) -> DMelConfig:
    """Read the statistics of dMel from training's speech."""
    return fit(utterance.samples for utterance in make_utterances(seed, count))


def example_of(utterance: Utterance, dmel: DMelConfig) -> SpokenExample:
    """Give an utterance as a training reads it."""
    word_times, phoneme_times = _times(utterance.words), _times(utterance.phonemes)
    return SpokenExample(
        levels=dmel.quantise(log_mel(utterance.samples)),
        words=tuple(word.text for word in utterance.words),
        word_starts=word_times[:, 0],
        word_ends=word_times[:, 1],
        phonemes=np.array(
            [_INDEX.get(phoneme.text, 1) for phoneme in utterance.phonemes], np.int16
        ),
        phoneme_starts=phoneme_times[:, 0],
        phoneme_ends=phoneme_times[:, 1],
    )


def _times(timed: Iterable[Timed]) -> NDArray[np.float32]:
    pairs = [(each.start_s, each.end_s) for each in timed]
    return np.array(pairs, np.float32).reshape(-1, 2)


def write_shards(
    folder: Path,
    *,
    seed: int,
    count: int,
    dmel: DMelConfig,
    split: Split = "train",
    processes: int = 2,
    tick: Tick = no_tick,
) -> None:
    """Render at least `count` utterances into a folder, whole shards; `tick` is called for each.

    Shards that are there already, of the same seed and levels, are kept: what was interrupted goes
    on. Raises InputError for shards of something else, for more than 16 levels, and when the voices
    are not installed.
    """
    if dmel.levels > _MAX_LEVELS:
        raise InputError(f"{dmel.levels} levels: shards hold at most {_MAX_LEVELS}")
    folder.mkdir(parents=True, exist_ok=True)
    made_of = {"format": _FORMAT, "seed": seed, "split": split, "dmel": dmel.model_dump_json()}
    paths = [folder / f"shard-{number:05}.npz" for number in range(-(-count // SHARD))]
    missing = [number for number, path in enumerate(paths) if not _is_there(path, made_of)]
    chunks = [
        chunk
        for number in missing
        for chunk in range(number * SHARD_CHUNKS, (number + 1) * SHARD_CHUNKS)
    ]
    rendered = in_processes(functools.partial(_examples, seed, split, dmel), chunks, processes)
    for number in missing:
        examples = [each for _ in range(SHARD_CHUNKS) for each in next(rendered)]
        unfinished = paths[number].with_suffix(".part")
        with unfinished.open("wb") as file:
            np.savez(file, **_packed(examples, made_of))  # type: ignore[arg-type,unused-ignore]
        unfinished.replace(paths[number])
        tick()


def _examples(seed: int, split: Split, dmel: DMelConfig, chunk: int) -> list[SpokenExample]:
    return [example_of(utterance, dmel) for utterance in render_chunk(seed, split, None, chunk)]


def _is_there(path: Path, made_of: dict[str, Any]) -> bool:
    if not path.exists():
        return False
    found = json.loads(str(_loaded(path)["made_of"]))
    differing = [key for key, value in made_of.items() if found.get(key) != value]
    if differing:
        raise InputError(
            f"{path}: made of another {' and '.join(differing)}; take another folder or delete it"
        )
    return True


def _packed(examples: Sequence[SpokenExample], made_of: dict[str, Any]) -> dict[str, Any]:
    levels = np.concatenate([example.levels for example in examples])
    return {
        "made_of": json.dumps(made_of),
        "levels": levels[:, 0::2] | (levels[:, 1::2] << 4),
        "frames": np.array([len(example.levels) for example in examples], np.int32),
        "words": "\n".join(" ".join(example.words) for example in examples),
        "word_starts": np.concatenate([example.word_starts for example in examples]),
        "word_ends": np.concatenate([example.word_ends for example in examples]),
        "phonemes": np.concatenate([example.phonemes for example in examples]),
        "phoneme_counts": np.array([len(example.phonemes) for example in examples], np.int32),
        "phoneme_starts": np.concatenate([example.phoneme_starts for example in examples]),
        "phoneme_ends": np.concatenate([example.phoneme_ends for example in examples]),
    }


def _loaded(path: Path) -> dict[str, NDArray[Any]]:
    try:
        with np.load(path) as shard:
            return dict(shard)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(f"{path}: is no shard of speech ({error}); delete it") from error


class SpokenExamples(Sequence[SpokenExample]):
    """The examples of a folder, in the order of its shards; a shard is read when it is needed.

    What has been read stays in memory, packed: 15 MB for an hour of speech.
    """

    def __init__(self, folder: Path) -> None:
        """Find the shards. Raises InputError when there are none."""
        self._paths = sorted(folder.glob("shard-*.npz"))
        if not self._paths:
            raise InputError(f"{folder}: holds no shards of speech")
        self._shards: dict[int, _Shard] = {}

    def __len__(self) -> int:
        """How many utterances there are."""
        return SHARD * len(self._paths)

    @overload
    def __getitem__(self, index: int) -> SpokenExample: ...

    @overload
    def __getitem__(self, index: slice) -> list[SpokenExample]: ...

    def __getitem__(self, index: int | slice) -> SpokenExample | list[SpokenExample]:
        """Unpack one example, or several. Raises InputError for a damaged shard."""
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        number, place = divmod(range(len(self))[index], SHARD)
        if number not in self._shards:
            self._shards[number] = _Shard(_loaded(self._paths[number]))
        return self._shards[number].example(place)


def read_shards(folder: Path) -> Iterator[SpokenExample]:
    """Yield the examples of a folder one after the other, a shard in memory at a time."""
    for path in sorted(folder.glob("shard-*.npz")):
        shard = _Shard(_loaded(path))
        yield from map(shard.example, range(SHARD))


class _Shard:
    """One file, in memory as it is on disk."""

    def __init__(self, arrays: dict[str, NDArray[Any]]) -> None:
        self._arrays = arrays
        self._words = [tuple(line.split()) for line in str(arrays["words"]).split("\n")]
        self._frame_ends = np.cumsum([0, *arrays["frames"]])
        self._word_ends = np.cumsum([0, *map(len, self._words)])
        self._phoneme_ends = np.cumsum([0, *arrays["phoneme_counts"]])

    def example(self, place: int) -> SpokenExample:
        packed = self._arrays["levels"][_between(self._frame_ends, place)]
        levels = np.empty((len(packed), BANDS), np.uint8)
        levels[:, 0::2], levels[:, 1::2] = packed & 15, packed >> 4
        of_words = _between(self._word_ends, place)
        of_phonemes = _between(self._phoneme_ends, place)
        return SpokenExample(
            levels=levels,
            words=self._words[place],
            word_starts=self._arrays["word_starts"][of_words],
            word_ends=self._arrays["word_ends"][of_words],
            phonemes=self._arrays["phonemes"][of_phonemes],
            phoneme_starts=self._arrays["phoneme_starts"][of_phonemes],
            phoneme_ends=self._arrays["phoneme_ends"][of_phonemes],
        )


def _between(ends: NDArray[np.int64], place: int) -> slice:
    return slice(int(ends[place]), int(ends[place + 1]))
