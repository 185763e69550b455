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
from weft.interaction_model.word_vectors import WordVectors


@dataclass(frozen=True, slots=True, kw_only=True)
class Diet:
    """A stretch of training: the share of steps of each kind."""

    until: float
    """Share of the training at which this stretch ends."""
    hearing: float
    spoken: float
    seen: float
    text: float


DIETS = (Diet(until=1.01, hearing=0.8, spoken=0.06, seen=0.06, text=0.08),)

HEARING_SLOTS, HEARING_BATCH = 24, 16
SPOKEN_SLOTS, SPOKEN_BATCH = 60, 6
SEEN_SLOTS, SEEN_BATCH = 100, 2
TEXT_SLOTS, TEXT_BATCH = 100, 12


def sense_batches(
    tokenizer: WordTokenizer,
    config: ModelConfig,
    seed: int,
    first_step: int,
    steps: int,
    words: WordVectors | None = None,
) -> Iterator[Batch]:
    """Batches from `first_step` on; each step's data depends on the seed and its number alone."""
    for step in range(first_step, steps):
        rng = random.Random(f"senses:{seed}:{step}")
        diet = next(diet for diet in DIETS if step / steps < diet.until)
        yield make_batch(_talks(rng, tokenizer, config, diet), config, words)


def _talks(
    rng: random.Random, tokenizer: WordTokenizer, config: ModelConfig, diet: Diet
) -> list[Conversation]:
    shares = {"hearing": diet.hearing, "spoken": diet.spoken, "seen": diet.seen, "text": diet.text}
    kind = rng.choices(tuple(shares), tuple(shares.values()))[0]
    if kind == "hearing":
        return [hearing_lesson(rng, tokenizer, config, HEARING_SLOTS) for _ in range(HEARING_BATCH)]
    if kind == "spoken":
        return [
            SpokenConversationMaker(tokenizer, config, rng).make(SPOKEN_SLOTS)
            for _ in range(SPOKEN_BATCH)
        ]
    if kind == "seen":
        return [seeing_lesson(rng, tokenizer, config, SEEN_SLOTS) for _ in range(SEEN_BATCH)]
    return [
        ConversationMaker(tokenizer, config, rng, mixture=Mixture()).make(TEXT_SLOTS)
        for _ in range(TEXT_BATCH)
    ]
