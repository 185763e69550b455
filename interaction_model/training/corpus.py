"""Texts of the grammars, for learning the tokenizer's merges."""

import random
from collections.abc import Iterator

from weft.interaction_model.config import ModelConfig
from weft.interaction_model.tokenizer import WordTokenizer
from weft.interaction_model.training.hearing import written
from weft.interaction_model.training.language import (
    corrections,
    questions,
    references,
    requests,
    small_talk,
    statements,
)

_USER_GRAMMARS = (
    questions.sample,
    requests.sample,
    small_talk.sample,
    statements.sample,
    corrections.sample_correction,
)


def texts(seed: int, count: int) -> Iterator[str]:
    """Training texts of both sides: what users say, what the model replies, and references."""
    rng = random.Random(seed)
    for _ in range(count):
        utterance = rng.choice(_USER_GRAMMARS)(rng, "train")
        yield written(rng, utterance.text)
        yield utterance.reply
        yield references.sample_reference(rng, "train")


def train_tokenizer(config: ModelConfig, seed: int, count: int = 20_000) -> WordTokenizer:
    """Learn the merges from the grammars' texts."""
    return WordTokenizer.train(texts(seed, count), config.vocabulary_size)
