"""Fit the request detector to the sentences that the interaction model is trained on."""

import json
import random
from collections.abc import Sequence
from pathlib import Path

from weft.interaction_model.training.hearing import written
from weft.interaction_model.training.language import questions, requests, small_talk, statements
from weft.meaning import HUB_NAME, SentenceMeaning
from weft.request_detector import fit_layer
from weft.request_examples import NOT_REQUESTS, REQUESTS

GENERATED = 8_000
"""Sentences from the grammars' training split, half of them requests."""

_GRAMMARS = (
    (questions.sample, 0.25),
    (requests.sample, 0.25),
    (small_talk.sample, 0.22),
    (statements.sample, 0.28),
)


def main(out: Path, *, seed: int, generated: int = GENERATED) -> None:
    """Fit the layer and write it; takes about a minute."""
    wanted, others = _examples(random.Random(seed), generated)
    meaning = SentenceMeaning(inline=True)
    layer = fit_layer(meaning.embed, [*REQUESTS, *wanted], [*NOT_REQUESTS, *others])
    fitted = {
        "sentence_model": HUB_NAME,
        "seed": seed,
        "examples": len(REQUESTS) + len(NOT_REQUESTS) + generated,
        "layer": [round(float(weight), 6) for weight in layer],
    }
    out.write_text(json.dumps(fitted) + "\n", encoding="utf-8")


def _examples(rng: random.Random, count: int) -> tuple[Sequence[str], Sequence[str]]:
    """Draw requests, and what is none, as users write them."""
    wanted: list[str] = []
    others: list[str] = []
    samples, weights = zip(*_GRAMMARS, strict=True)
    for _ in range(count):
        utterance = rng.choices(samples, weights)[0](rng, "train")
        (wanted if utterance.control == "delegate" else others).append(written(rng, utterance.text))
    return wanted, others
