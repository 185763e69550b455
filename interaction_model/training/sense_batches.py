"""What a model with senses learns from: lessons in hearing, talk aloud and in text, and scenes."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from weft.interaction_model.config import ModelConfig
from weft.interaction_model.tokenizer import WordTokenizer
from weft.interaction_model.training.batches import Batch, Sights, make_batch, sights_of
from weft.interaction_model.training.conversation import ConversationMaker
from weft.interaction_model.training.hearing_lessons import hearing_lesson, stream_lesson
from weft.interaction_model.training.seeing_lessons import (
    looking_lesson,
    moment,
    naming_lesson,
    seeing_lesson,
)
from weft.interaction_model.training.slots import Conversation, Mixture
from weft.interaction_model.training.spoken_conversation import SpokenConversationMaker
from weft.interaction_model.training.team import ALONE, Team
from weft.interaction_model.word_vectors import WordVectors


@dataclass(frozen=True, slots=True, kw_only=True)
class SenseStage:
    """A stretch of training: until which share of it, and of what its steps are."""

    end: float
    hearing: float = 0.0
    listening: float = 0.0
    """Hearing for as long as the window reaches."""
    spoken: float = 0.0
    seen: float = 0.0
    text: float = 0.0
    listening_on: float = 0.0
    """Hearing for longer than the window reaches, with long pauses, and more than one voice."""
    spoken_on: float = 0.0
    """Talk aloud for longer than the window reaches."""

    named: float = 0.0
    """Scenes with something to be named soon."""
    looking: float = 0.0
    """Film without a word."""
    glancing: float = 0.0
    """Moments of film for the eyes alone, past the transformer: a fifth of the time a frame."""

    @property
    def shares(self) -> dict[str, float]:
        """The share of steps of each kind."""
        return {kind: getattr(self, kind) for kind in BATCHES}


SLOTS = {
    "hearing": 24,
    "listening": 96,
    "spoken": 60,
    "seen": 100,
    "text": 100,
    "listening_on": 168,
    "spoken_on": 168,
    "named": 44,
    "looking": 6,
    "glancing": 3,
}
"""How long a lesson of each kind is."""
BATCHES = {
    "hearing": 16,
    "listening": 4,
    "spoken": 6,
    "seen": 2,
    "text": 12,
    "listening_on": 2,
    "spoken_on": 2,
    "named": 6,
    "looking": 32,
    "glancing": 64,
}
"""How many lessons of a kind are a step."""
LARGEST_TEAM = min(BATCHES.values())
"""More processes would have no lesson of some steps."""

SENSE_STAGES = (
    SenseStage(end=0.14, glancing=1.0),
    SenseStage(
        end=0.5, hearing=0.7, listening=0.09, spoken=0.03, seen=0.04, text=0.04, looking=0.1
    ),
    SenseStage(end=0.77, hearing=0.3, listening=0.1, spoken=0.24, seen=0.16, text=0.1, looking=0.1),
    SenseStage(
        end=0.82,
        hearing=0.05,
        spoken=0.06,
        seen=0.4,
        text=0.06,
        listening_on=0.15,
        spoken_on=0.08,
        looking=0.2,
    ),
    SenseStage(
        end=1.0,
        hearing=0.1,
        listening=0.08,
        spoken=0.05,
        seen=0.12,
        text=0.04,
        listening_on=0.2,
        spoken_on=0.06,
        named=0.25,
        looking=0.1,
    ),
)
"""First an eye; then an ear; then conversation and sight with both; then streams that go on, and
names of what is seen."""


def sense_stage_at(progress: float) -> SenseStage:
    """The stage at a share of the training."""
    return next((stage for stage in SENSE_STAGES if progress < stage.end), SENSE_STAGES[-1])


def sense_batches(
    tokenizer: WordTokenizer,
    config: ModelConfig,
    seed: int,
    first_step: int,
    steps: int,
    words: WordVectors | None = None,
    team: Team = ALONE,
) -> Iterator[Batch | Sights]:
    """Batches from `first_step` on; each step's data depends on the seed and its number alone.

    A member of a team gets its share of each.
    """
    for step in range(first_step, steps):
        shares = sense_stage_at(step / steps).shares
        name = f"senses:{seed}:{step}"
        kind = random.Random(name).choices(tuple(shares), tuple(shares.values()))[0]
        numbers = team.share(range(BATCHES[kind]))
        if kind == "glancing":
            yield _glances(name, numbers, config)
            continue
        lessons = [
            _lesson(kind, random.Random(f"{name}:{number}"), tokenizer, config)
            for number in numbers
        ]
        yield make_batch(lessons, config, words)


def _glances(name: str, numbers: Sequence[int], config: ModelConfig) -> Sights:
    assert config.senses is not None
    patches, slots = config.senses.patches, SLOTS["glancing"]
    films = [moment(random.Random(f"{name}:{number}"), patches, slots) for number in numbers]
    return sights_of([frame for film in films for frame in film], patches)


def _lesson(
    kind: str, rng: random.Random, tokenizer: WordTokenizer, config: ModelConfig
) -> Conversation:
    slots = SLOTS[kind]
    if kind in ("hearing", "listening"):
        return hearing_lesson(rng, tokenizer, config, slots)
    if kind == "listening_on":
        return stream_lesson(rng, tokenizer, config, slots)
    if kind in ("spoken", "spoken_on"):
        return SpokenConversationMaker(tokenizer, config, rng).make(slots)
    if kind == "looking":
        return looking_lesson(rng, config, slots)
    if kind == "named":
        return naming_lesson(rng, tokenizer, config, slots)
    if kind == "seen":
        return seeing_lesson(rng, tokenizer, config, slots)
    return ConversationMaker(tokenizer, config, rng, mixture=Mixture()).make(slots)
