"""Fit the request detector to the sentences that the interaction model is trained on."""

import random
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from weft.interaction_model.training.hearing import written
from weft.interaction_model.training.language import questions, requests, small_talk, statements
from weft.meaning import HUB_NAME, SentenceMeaning
from weft.request_detector import Embed, Network, examples
from weft.request_examples import NOT_REQUESTS, REQUESTS

GENERATED = 12_000
"""Sentences from the grammars' training split, half of them requests."""

HIDDEN = 128
EPOCHS = 15
MEMBERS = 5
"""Networks that are joined."""

_SAMPLES = (questions.sample, requests.sample, small_talk.sample, statements.sample)
_SHARES = (0.25, 0.25, 0.22, 0.28)


def main(out: Path, *, seed: int, generated: int = GENERATED) -> None:
    """Fit the network and write it; takes about four minutes."""
    wanted, others = _drawn(random.Random(seed), generated)
    embed = SentenceMeaning(inline=True).embed
    network = fit_network(embed, [*REQUESTS, *wanted], [*NOT_REQUESTS, *others], seed=seed)
    network.save(out, {"sentence_model": HUB_NAME, "seed": str(seed), "drawn": str(generated)})


def fit_network(
    embed: Embed, requests: Sequence[str], others: Sequence[str], *, seed: int
) -> Network:
    """Fit networks with one hidden layer from several seeds, and join them into one.

    What one of them makes of an unusual sentence is half chance; their mean (of the scores before
    the last squashing) is less.
    """
    seen, wanted = examples(embed, requests, others)
    fitted = [_fit_one(seen, wanted, seed + n) for n in range(MEMBERS)]
    hidden, last = ([network.layers[n] for network in fitted] for n in (0, 1))
    weights = np.vstack([weights for weights, _ in last]) / np.float32(MEMBERS)
    bias = np.asarray(np.mean([biases for _, biases in last], axis=0), dtype=np.float32)
    first = tuple(np.hstack([layer[n] for layer in hidden]) for n in (0, 1))
    return Network(((first[0], first[1]), (weights, bias)))


def _fit_one(seen: NDArray[np.float64], wanted: NDArray[np.bool_], seed: int) -> Network:
    # Here and not above: it is for training only.
    from sklearn.neural_network import MLPClassifier

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
