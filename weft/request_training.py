"""Fit the request detector to the sentences that the interaction model is trained on."""

import random
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from weft.interaction_model.training.hearing import written
from weft.interaction_model.training.language import questions, requests, small_talk, statements
from weft.meaning import HUB_NAME, SentenceMeaning
from weft.request_detector import Embed, Network, examples
from weft.request_examples import NOT_REQUESTS, REQUESTS

GENERATED = 12_000
"""Sentences from the grammars' training split, half of them requests."""

HIDDEN = 128
EPOCHS = 15

_SAMPLES = (questions.sample, requests.sample, small_talk.sample, statements.sample)
_SHARES = (0.25, 0.25, 0.22, 0.28)


def main(out: Path, *, seed: int, generated: int = GENERATED) -> None:
    """Fit the network and write it; takes about two minutes."""
    wanted, others = _drawn(random.Random(seed), generated)
    embed = SentenceMeaning(inline=True).embed
    network = fit_network(embed, [*REQUESTS, *wanted], [*NOT_REQUESTS, *others], seed=seed)
    network.save(out, {"sentence_model": HUB_NAME, "seed": str(seed), "drawn": str(generated)})


def fit_network(
    embed: Embed, requests: Sequence[str], others: Sequence[str], *, seed: int
) -> Network:
    """Fit a network with one hidden layer."""
    # Here and not above: it is for training only.
    from sklearn.neural_network import MLPClassifier

    seen, wanted = examples(embed, requests, others)
    classifier = MLPClassifier(
        (HIDDEN,),
        alpha=0.1,
        batch_size=min(128, len(seen)),
        learning_rate_init=2e-3,
        max_iter=EPOCHS,
        random_state=seed,
    )
    with warnings.catch_warnings():
        # That it has not converged is meant: it is stopped before it knows the examples by heart.
        warnings.simplefilter("ignore")
        classifier.fit(seen.astype(np.float32), wanted)
    layers = zip(classifier.coefs_, classifier.intercepts_, strict=True)
    return Network(tuple((w.astype(np.float32), b.astype(np.float32)) for w, b in layers))


def _drawn(rng: random.Random, count: int) -> tuple[Sequence[str], Sequence[str]]:
    """Draw requests, and what is none, as users write them."""
    wanted: list[str] = []
    others: list[str] = []
    for _ in range(count):
        utterance = rng.choices(_SAMPLES, _SHARES)[0](rng, "train")
        (wanted if utterance.control == "delegate" else others).append(written(rng, utterance.text))
    return wanted, others
