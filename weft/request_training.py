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

_SAMPLES = (questions.sample, requests.sample, small_talk.sample, statements.sample)
_SHARES = (0.25, 0.25, 0.22, 0.28)


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
    for _ in range(count):
        utterance = rng.choices(_SAMPLES, _SHARES)[0](rng, "train")
        (wanted if utterance.control == "delegate" else others).append(written(rng, utterance.text))
    return wanted, others
