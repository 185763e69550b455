"""Things to say that training has never shown: templates and words of the held-out split."""

import random
from collections.abc import Callable

from weft.interaction_model.training.language import (
    backchannels,
    questions,
    references,
    requests,
    small_talk,
    statements,
)
from weft.interaction_model.training.language.utterance import Utterance, choose

Sample = Callable[[random.Random], Utterance]


def question(rng: random.Random) -> Utterance:
    """Draw a question for knowledge."""
    return questions.sample(rng, "held_out")


def request(rng: random.Random) -> Utterance:
    """Draw a request for a tool."""
    return requests.sample(rng, "held_out")


def talk(rng: random.Random) -> Utterance:
    """Draw small talk."""
    return small_talk.sample(rng, "held_out")


def statement(rng: random.Random) -> Utterance:
    """Draw something the user merely tells."""
    return statements.sample(rng, "held_out")


def acknowledgement(rng: random.Random) -> Utterance:
    """Draw what a listener says, here as a turn of its own."""
    text = choose(rng, backchannels.USER_BACKCHANNELS, "held_out")
    return Utterance(text, text, "backchannel", "none", "")


def short_question(rng: random.Random, words: int = 9) -> str:
    """Draw a question of at most so many words, as the user writes it."""
    while True:
        text = question(rng).text
        if len(text.split()) <= words:
            return text


def reference(rng: random.Random) -> str:
    """Draw English sentences of 4 to 60 words."""
    return references.sample_sentence(rng, "held_out")


def long_reference(rng: random.Random, words: int = 70) -> str:
    """Draw one sentence of at least so many words: it does not end before the user has spoken."""
    parts: list[str] = []
    while sum(len(part.split()) for part in parts) < words:
        parts.append(reference(rng).replace(". ", ", ").replace("? ", ", ").rstrip(".?! "))
    return " and ".join(parts) + "."
