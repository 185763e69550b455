"""What a model with senses learns from: lessons in hearing, talk aloud and in text, and scenes."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from weft.interaction_model.config import ModelConfig
from weft.interaction_model.tokenizer import WordTokenizer
from weft.interaction_model.training.batches import Batch, make_batch
from weft.interaction_model.training.conversation import ConversationMaker
from weft.interaction_model.training.hearing_lessons import hearing_lesson
from weft.interaction_model.training.seeing_lessons import seeing_lesson
from weft.interaction_model.training.slots import Conversation, Mixture
from weft.interaction_model.training.spoken_conversation import SpokenConversationMaker
from weft.interaction_model.training.team import ALONE, Team
from weft.interaction_model.word_vectors import WordVectors


@dataclass(frozen=True, slots=True, kw_only=True)
class SenseStage:
    """A stretch of training: from when to when, of what its steps are, and how large they are."""

    begin: float
    """Share of the training at which this stage begins."""
    end: float
    rate: float
    """Share of the plan's learning rates, which rise and fall once in each stage."""
    hearing: float
    spoken: float
    seen: float
    text: float

    @property
    def shares(self) -> dict[str, float]:
        """The share of steps of each kind."""
        kinds = ("hearing", "spoken", "seen", "text")
        return {kind: getattr(self, kind) for kind in kinds}


SENSE_STAGES = (
    SenseStage(begin=0.0, end=0.6, rate=1.0, hearing=0.8, spoken=0.06, seen=0.06, text=0.08),
    SenseStage(begin=0.6, end=1.0, rate=0.5, hearing=0.32, spoken=0.34, seen=0.22, text=0.12),
)
"""First an ear; then conversation and sight with it."""


def sense_stage_at(progress: float) -> SenseStage:
    """The stage at a share of the training."""
    return next((stage for stage in SENSE_STAGES if progress < stage.end), SENSE_STAGES[-1])


HEARING_SLOTS, SPOKEN_SLOTS, SEEN_SLOTS, TEXT_SLOTS = 24, 60, 100, 100
BATCHES = {"hearing": 16, "spoken": 6, "seen": 2, "text": 12}
"""How many lessons of a kind are a step."""
LARGEST_TEAM = min(BATCHES.values())
"""More processes would have no lesson of some steps."""


def sense_batches(
    tokenizer: WordTokenizer,
    config: ModelConfig,
    seed: int,
    first_step: int,
    steps: int,
    words: WordVectors | None = None,
    team: Team = ALONE,
) -> Iterator[Batch]:
    """Batches from `first_step` on; each step's data depends on the seed and its number alone.

    A member of a team gets its share of each.
    """
    for step in range(first_step, steps):
        shares = sense_stage_at(step / steps).shares
        name = f"senses:{seed}:{step}"
        kind = random.Random(name).choices(tuple(shares), tuple(shares.values()))[0]
        numbers = team.share(range(BATCHES[kind]))
        lessons = [
            _lesson(kind, random.Random(f"{name}:{number}"), tokenizer, config)
            for number in numbers
        ]
        yield make_batch(lessons, config, words)


def _lesson(
    kind: str, rng: random.Random, tokenizer: WordTokenizer, config: ModelConfig
) -> Conversation:
    if kind == "hearing":
        return hearing_lesson(rng, tokenizer, config, HEARING_SLOTS)
    if kind == "spoken":
        return SpokenConversationMaker(tokenizer, config, rng).make(SPOKEN_SLOTS)
    if kind == "seen":
        return seeing_lesson(rng, tokenizer, config, SEEN_SLOTS)
    return ConversationMaker(tokenizer, config, rng, mixture=Mixture()).make(TEXT_SLOTS)
