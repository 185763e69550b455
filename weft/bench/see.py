"""What the model says of what it sees: held-out scenes, requests spoken by held-out voices.

Each scene is rendered video of 24 s (`training/scenes`) that begins with a spoken request, and
with a fresh stream; what is to be seen comes after the time that a voice takes for an answer. A
word is said at the end of the slot that has its last token.

count_within_1   share of scenes in which the last number said after the true last but one
                 repetition is at most one off the number of repetitions; none said is wrong. The
                 figure does other things as well, which are not to be counted.
temporal_iou     mean overlap of the time between the first "start" and the first "stop" after it
                 with the time in which the action went on: what both have by what either has. A
                 missing "stop" is the end of the scene, a missing "start" scores 0.
pauc             0-100, mean over things that appear and signs that become readable: area under the
                 score of all replies so far (0 wrong, 1 a part of it, 2 right) from when it can be
                 seen, 10 s at most, with half the time pressure (omega 0.5; arXiv 2507.09313).
                 What is said without a pause of more than two slots is one reply, at its last word.
                 Silence scores 25.
pauc_at_omega_0  the same with the full time pressure.
named_twice      share of these scenes in which a name was said more than once, which omega 0.5
                 would reward.

In scenes where nothing was asked, whatever is said is a false alarm. Besides, how often a number
was counted twice, and how often something was named before there was anything to see.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from weft.bench._report import Asked, Report, aside, at_least, setting
from weft.interaction_model.config import ModelConfig
from weft.interaction_model.sensing_stream import load_sensing_stream
from weft.interaction_model.tokenizer import WordTokenizer
from weft.interaction_model.training import filming
from weft.interaction_model.training.hearing import HeardWord
from weft.interaction_model.training.language.english import number_words
from weft.interaction_model.training.pictures import COLOURS, THINGS
from weft.interaction_model.training.said_words import as_said
from weft.interaction_model.training.scenes import KINDS, Kind, Manner, Scene, make_scene
from weft.interaction_model.training.spoken_conversation import voiced_rows
from weft.interaction_model.training.voices import sample_voice
from weft.interaction_model.types import (
    SAMPLE_RATE_HZ,
    SLOT_S,
    SLOT_SAMPLES,
    MicroTurnInput,
    MicroTurnOutput,
    Row,
    Senses,
)
from weft.interaction_model.weights_folder import SHIPPED, SHIPPED_SENSES
from weft.orchestrator.channels.pacing import words_of_slots
from weft.progress import Tick, no_tick, progress

DEFAULT_SIZE = 40
SLOTS = 120
OMEGA = 0.5
SPAN_S = 10.0
SILENCE_PAUC = 25.0
"""What a model scores that never says anything."""

_REPLY_GAP_SLOTS = 2
_UNASKED_SHARE = 8
"""One scene in which nothing is asked for so many others."""
_NUMBERS = {number_words(n): n for n in range(100)} | {str(n): n for n in range(100)}
_VALUES = (
    frozenset(COLOURS)
    | frozenset(THINGS)
    | {word for sign in filming.SIGNS for word in sign.split()}
)
"""Words that name something: one that was not there makes a reply wrong."""


class SeeingModel(Protocol):
    """A model stream that hears and sees: each slot is perceived and then lived through."""

    def perceive(self, senses: Senses) -> MicroTurnInput:
        """Take in what the next slot brought, its frame too."""
        ...

    def step(self, heard: MicroTurnInput, row: Row | None) -> MicroTurnOutput:
        """Live through the slot."""
        ...

    def snapshot(self) -> object:
        """Copy the stream's state."""
        ...

    def restore(self, snapshot: object) -> None:
        """Go back to a snapshot."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Filmed:
    """A scene with the sound of its request."""

    scene: Scene
    samples: NDArray[np.float32]

    def senses(self) -> Iterator[Senses]:
        """Give what each slot brings."""
        slots = self.samples.reshape(-1, SLOT_SAMPLES)
        for index, (samples, frame) in enumerate(zip(slots, self.scene.frames, strict=True)):
            yield Senses(index=index, samples=samples, frame=frame)


@dataclass(frozen=True, slots=True)
class TimedWord:
    """A word that the model said, without marks, and when it was out."""

    text: str
    index: int

    @property
    def end_s(self) -> float:
        """The end of its slot."""
        return (self.index + 1) * SLOT_S


@dataclass(slots=True)
class See:
    """What was measured, scene by scene."""

    within_1: list[bool] = field(default_factory=list)
    exact: list[bool] = field(default_factory=list)
    overlaps: list[float] = field(default_factory=list)
    pauc: list[float] = field(default_factory=list)
    pauc_at_0: list[float] = field(default_factory=list)
    right: list[bool] = field(default_factory=list)
    false_alarms: list[bool] = field(default_factory=list)
    counted_twice: list[bool] = field(default_factory=list)
    named_twice: list[bool] = field(default_factory=list)
    too_early: list[bool] = field(default_factory=list)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / max(1, len(values))


def report(asked: Asked) -> Report:
    """Measure; `size` is the number of scenes of each kind."""
    size = asked.size or DEFAULT_SIZE
    model = load_sensing_stream(asked.weights)
    kinds = _kinds(size)
    with progress("scenes", len(kinds)) as tick:
        found = measure(model, held_out(asked.seed, kinds), tick=tick)
    within_1, overlapping, area = _mean(found.within_1), _mean(found.overlaps), _mean(found.pauc)
    return Report(
        title="Seeing: counting, saying when, naming what comes",
        numbers={
            "count_within_1": round(within_1, 4),
            "temporal_iou": round(overlapping, 4),
            "pauc": round(area, 2),
            "pauc_at_omega_0": round(_mean(found.pauc_at_0), 2),
            "named_twice": round(_mean(found.named_twice), 4),
        },
        lines=[
            at_least("repetitions counted aloud, within 1", within_1, 0.9),
            aside("  exactly", f"{_mean(found.exact):.3f}"),
            aside("  a number said twice", f"{_mean(found.counted_twice):.3f}"),
            at_least("start and stop, temporal IoU", overlapping, 0.8),
            at_least("named when it can be seen, PAUC at omega 0.5", area, 80.0, ".1f"),
            aside("  at omega 0 (silence 25)", f"{_mean(found.pauc_at_0):.1f}"),
            aside("  right in the end", f"{_mean(found.right):.3f}"),
            aside("  a name said twice", f"{_mean(found.named_twice):.3f}"),
            aside("  something named too early", f"{_mean(found.too_early):.3f}"),
            aside("said something that nobody asked for", f"{_mean(found.false_alarms):.3f}"),
        ],
        setting=setting(
            replace(asked, weights=asked.weights or SHIPPED_SENSES),
            sizes=f"{size} scenes of each kind, {len(kinds) - 4 * size} with nothing asked",
        ),
    )


def measure(model: SeeingModel, scenes: Iterable[Filmed], *, tick: Tick = no_tick) -> See:
    """Let the model live through each scene with a fresh stream, and score what it says."""
    fresh = model.snapshot()
    found = See()
    for filmed in scenes:
        said = []
        for senses in filmed.senses():
            output = model.step(model.perceive(senses), None)
            said.append((senses.index, output.text))
        score(found, filmed.scene, timed_words(said))
        model.restore(fresh)
        tick()
    return found


# --- the scenes ---------------------------------------------------------------------------------


def _kinds(size: int) -> list[tuple[Kind, bool]]:
    """Every kind so many times, and some where nothing is asked."""
    unasked = [(KINDS[n % len(KINDS)], False) for n in range(4 * size // _UNASKED_SHARE)]
    return [*((kind, True) for _ in range(size) for kind in KINDS), *unasked]


def held_out(seed: int, kinds: Sequence[tuple[Kind, bool]]) -> Iterator[Filmed]:
    """Render held-out scenes: phrasings, combinations, backdrops and voices that nobody learnt."""
    tokenizer = WordTokenizer.load(SHIPPED / "tokenizer.json")
    for number, (kind, asked) in enumerate(kinds):
        rng = random.Random(f"see/{seed}/{number}")
        samples = np.zeros(SLOTS * SLOT_SAMPLES, np.float32)
        scene = make_scene(
            rng,
            tokenizer,
            ModelConfig(),
            "held_out",
            SLOTS,
            kind=kind,
            asked=asked,
            manner=Manner(
                laid=_Speaking(samples),
                rows=partial(voiced_rows, tokenizer=tokenizer, room=ModelConfig().said_text),
                reply_after_slots=1,
            ),
        )
        yield Filmed(scene, samples)


@dataclass(frozen=True, slots=True, eq=False)
class _Speaking:
    """Speaks a request with a held-out voice into the sound of a scene."""

    samples: NDArray[np.float32]

    def __call__(self, rng: random.Random, text: str, first_slot: int) -> tuple[HeardWord, ...]:
        """Give its words by the slots in which their sound ends."""
        spoken = sample_voice(rng, "held_out").speak(as_said(text))
        begin = first_slot * SLOT_SAMPLES
        room = len(self.samples) - begin
        self.samples[begin : begin + len(spoken.samples)] = spoken.samples[:room]
        words = []
        for word in spoken.words:
            last = int((begin / SAMPLE_RATE_HZ + word.end_s - 1e-6) / SLOT_S)
            first = int((begin / SAMPLE_RATE_HZ + word.start_s) / SLOT_S)
            words.append(HeardWord(word.text, last, max(0, last - first)))
        return tuple(words)


# --- the scores ---------------------------------------------------------------------------------


def timed_words(said: Sequence[tuple[int, str]]) -> tuple[TimedWord, ...]:
    """Read words out of what was said slot by slot: lower case, without marks."""
    words = (
        TimedWord(w.text.lower().strip(".,;:!?\"'"), w.last_index) for w in words_of_slots(said)
    )
    return tuple(word for word in words if word.text)


def score(found: See, scene: Scene, words: Sequence[TimedWord]) -> None:
    """Score a scene and put it with the others."""
    if not scene.asked:
        found.false_alarms.append(bool(words))
        return
    after = [word for word in words if word.index > scene.asked_slot]
    match scene.truth:
        case filming.Repetitions(ends_s):
            counted = last_number(after, ends_s[-2])
            found.within_1.append(counted is not None and abs(counted - len(ends_s)) <= 1)
            found.exact.append(counted == len(ends_s))
            found.counted_twice.append(
                _repeats([_NUMBERS[word.text] for word in after if word.text in _NUMBERS])
            )
        case filming.Stretch() as stretch:
            found.overlaps.append(overlap(after, stretch, len(scene.said) * SLOT_S))
        case filming.Sighting() as sighting:
            replies = list(replies_of(words, sighting))
            span = (sighting.from_s, min(sighting.until_s, sighting.from_s + SPAN_S))
            found.pauc.append(100 * pauc(span, replies, OMEGA))
            found.pauc_at_0.append(100 * pauc(span, replies, 0.0))
            found.right.append(bool(replies) and replies[-1][1] == 2)
            found.named_twice.append(_repeats([w.text for w in after if w.text in _VALUES]))
            found.too_early.append(
                any(word.text in _VALUES and word.end_s <= sighting.from_s for word in after)
            )


def _repeats(said: Sequence[object]) -> bool:
    return len(set(said)) < len(said)


def last_number(words: Iterable[TimedWord], after_s: float) -> int | None:
    """Give the last number said after a moment."""
    numbers = [_NUMBERS[w.text] for w in words if w.end_s > after_s and w.text in _NUMBERS]
    return numbers[-1] if numbers else None


def overlap(words: Sequence[TimedWord], truth: filming.Stretch, end_s: float) -> float:
    """Temporal intersection over union of the time between "start" and "stop" with the truth."""
    start_s = next((word.end_s for word in words if word.text == "start"), None)
    if start_s is None:
        return 0.0
    stops = (word.end_s for word in words if word.text == "stop" and word.end_s > start_s)
    stop_s = next(stops, end_s)
    both_s = min(stop_s, truth.end_s) - max(start_s, truth.start_s)
    either_s = max(stop_s, truth.end_s) - min(start_s, truth.start_s)
    return max(0.0, both_s) / either_s


def replies_of(
    words: Sequence[TimedWord], sighting: filming.Sighting
) -> Iterator[tuple[float, int]]:
    """Give the moment of each reply in the span, with the score of all so far.

    A word that names something else makes all of it wrong: nobody could tell which was meant.
    """
    said: set[str] = set()
    until_s = min(sighting.until_s, sighting.from_s + SPAN_S)
    inside = [w for w in words if sighting.from_s < w.end_s <= until_s]
    for number, word in enumerate(inside):
        said.add(word.text)
        later = inside[number + 1 : number + 2]
        if later and later[0].index - word.index <= _REPLY_GAP_SLOTS:
            continue
        keywords = set(sighting.keywords)
        right = len(said & keywords)
        wrong = bool((said & _VALUES) - keywords)
        yield word.end_s, 0 if wrong or not right else 2 if right == len(keywords) else 1


def pauc(span: tuple[float, float], replies: Sequence[tuple[float, int]], omega: float) -> float:
    """Area under the score of the replies so far, 0 … 1 (arXiv 2507.09313).

    Replies are (moment, score 0 … 2) in order, inside the span. `omega` 0 is full time pressure, at
    1 only what was said counts.
    """
    begin_s, end_s = span
    if not replies:
        return SILENCE_PAUC / 100
    moments = [begin_s + (1 - omega) * (moment - begin_s) for moment, _ in replies]
    area = 0.5 * (moments[0] - begin_s)
    for (_, scored), moment, following in zip(replies, moments, [*moments[1:], end_s], strict=True):
        area += scored * (following - moment)
    return area / (2 * (end_s - begin_s))
