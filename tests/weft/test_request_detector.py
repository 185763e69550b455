"""The request detector over embeddings made of nothing but letters: the form alone must carry."""

import random
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load_file

from weft import request_training
from weft.interaction_model.training.language import questions, statements
from weft.meaning import SentenceMeaning
from weft.request_detector import SHIPPED_NETWORK, RequestDetector, fit_linear, shipped_network
from weft.request_examples import NOT_REQUESTS, REQUESTS


def letters(texts: list[str]) -> NDArray[np.float32]:
    """Embed a text as the share of each letter: it says next to nothing about the form."""
    rows = np.array([[text.count(chr(97 + n)) + 0.1 for n in range(26)] for text in texts])
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def test_a_fitted_layer_tells_questions_from_statements_by_their_form() -> None:
    detector = RequestDetector(letters, fit_linear(letters, REQUESTS, NOT_REQUESTS))
    rng = random.Random(3)
    asked = [detector.probability(questions.sample(rng, "held_out").text) for _ in range(100)]
    told = [detector.probability(statements.sample(rng, "held_out").text) for _ in range(100)]
    assert np.mean(asked) > np.mean(told) + 0.25


def test_the_most_likely_clause_decides() -> None:
    detector = RequestDetector(letters, fit_linear(letters, REQUESTS, NOT_REQUESTS))
    alone = detector.probability("What is the capital of France?")
    assert detector.probability("I was in town. What is the capital of France?") >= alone


def test_the_shipped_network_belongs_to_the_default_sentence_model() -> None:
    weights, _ = shipped_network().layers[0]
    assert (len(weights) - 11) / 2 == 384


def test_fitting_ahead_of_time_writes_a_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SentenceMeaning, "embed", lambda _, texts: letters(texts))
    request_training.main(tmp_path / SHIPPED_NETWORK, seed=0, generated=50)
    tensors = load_file(tmp_path / SHIPPED_NETWORK)
    hidden = request_training.MEMBERS * request_training.HIDDEN
    assert tensors["0.weights"].shape == (2 * 26 + 11, hidden)
    assert tensors["1.biases"].shape == (1,)
