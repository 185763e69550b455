"""Training resumes where it stopped, and what it saves is verified when it is loaded."""

import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import torch

from weft.errors import InputError, WeightsError
from weft.interaction_model.checkpoint import Weights, load_weights, save_weights
from weft.interaction_model.config import ModelConfig
from weft.interaction_model.model import InteractionModule
from weft.interaction_model.tokenizer import HeardToken
from weft.interaction_model.training import batches, cli, trainer
from weft.interaction_model.training.batches import Stage
from weft.interaction_model.training.corpus import train_tokenizer
from weft.interaction_model.training.muon import orthogonalised
from weft.interaction_model.training.slots import Conversation, Mixture, Slot
from weft.interaction_model.training.trainer import (
    CHECKPOINT,
    Trainer,
    TrainingPlan,
    begun_config,
    denormals_flushed,
)
from weft.interaction_model.types import Floor
from weft.interaction_model.weights_folder import SHIPPED, SHIPPED_SENSES, checksum, remedy
from weft.interaction_model.word_vectors import WordVectors

CONFIG = ModelConfig(vocabulary_size=500, width=16, layers=1, heads=2, key_value_heads=1)
CONFIG_WITH_WORDS = CONFIG.model_copy(update={"word_dims": 4})


@pytest.fixture(autouse=True)
def _short_conversations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "CURRICULUM", (Stage(1.01, 20, 2, Mixture()),))


def fresh_weights(config: ModelConfig = CONFIG, words: WordVectors | None = None) -> Weights:
    return Weights(InteractionModule(config), train_tokenizer(CONFIG, 0, 60), words)


def table() -> WordVectors:
    entries = ["what", "is", "the", "i", "my", "you", "can", "a", "##s"]
    rows = torch.randn(len(entries), 4, generator=torch.Generator().manual_seed(0))
    return WordVectors.quantised(entries, rows)


def train(out: Path, *, interrupt_at: int | None = None, with_words: bool = False) -> Trainer:
    plan = TrainingPlan(out=out, steps=6, checkpoint_every=3, workers=0)
    config = CONFIG_WITH_WORDS if with_words else CONFIG
    words = table() if with_words else None
    training = Trainer(plan, config, train_tokenizer(CONFIG, 0, 60), words)
    if interrupt_at is None:
        training.run(lambda progress: None)
        return training

    def stop(progress: object) -> None:
        if training.step > interrupt_at:
            raise KeyboardInterrupt

    training.plan = TrainingPlan(out=out, steps=6, checkpoint_every=3, measure_every=1, workers=0)
    with pytest.raises(KeyboardInterrupt):
        training.run(stop)
    return training


@pytest.mark.parametrize("with_words", [False, True])
def test_an_interrupted_training_ends_with_the_same_weights(
    tmp_path: Path, with_words: bool
) -> None:
    straight = train(tmp_path / "straight", with_words=with_words)
    train(tmp_path / "resumed", interrupt_at=4, with_words=with_words)
    resumed = train(tmp_path / "resumed", with_words=with_words)
    for (name, a), b in zip(
        straight.module.state_dict().items(), resumed.module.state_dict().values(), strict=True
    ):
        assert torch.allclose(a, b, atol=1e-6), name


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (TrainingPlan(out=Path(), steps=6, seed=1), "with seed 0; it cannot go on with seed 1"),
        (TrainingPlan(out=Path(), steps=9), "with steps 6; it cannot go on with steps 9"),
        (TrainingPlan(out=Path(), steps=9, cool_down=0.1), r"steps 6, cool_down 0\.5; it cannot"),
    ],
)
def test_a_training_does_not_go_on_as_another(
    tmp_path: Path, asked: TrainingPlan, reason: str
) -> None:
    train(tmp_path, interrupt_at=4)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    with pytest.raises(InputError, match=reason):
        Trainer(replace(asked, out=tmp_path), CONFIG, train_tokenizer(CONFIG, 1, 60))
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_a_training_without_word_vectors_does_not_go_on_with_them(tmp_path: Path) -> None:
    train(tmp_path, interrupt_at=4)
    with pytest.raises(InputError, match="begun with word_dims 0; it cannot go on with word_dims"):
        train(tmp_path, with_words=True)


def test_word_vectors_are_learnt_from(tmp_path: Path) -> None:
    trained = train(tmp_path / "trained", with_words=True)
    plan = TrainingPlan(out=tmp_path / "fresh", steps=6)
    fresh = Trainer(plan, CONFIG_WITH_WORDS, trained.tokenizer, table())
    assert not torch.equal(trained.module.word.weight, fresh.module.word.weight)


def test_a_batch_carries_the_vector_of_each_word_once() -> None:
    words = table()
    the, you = words.of("the"), words.of("you")
    assert the is not None
    assert you is not None
    heard = [HeardToken(9, word) for word in ("the", "you", "", "the", "xylophone", "You")]
    talk = Conversation([Slot((token,), (), Floor.USER) for token in heard])
    batch = batches.make_batch([talk], CONFIG_WITH_WORDS, words)
    assert torch.equal(batch.words, torch.stack([the, you, you]))  # "You" is written otherwise
    assert batch.word_at.tolist() == [[0, 0], [0, 1], [0, 3], [0, 5]]
    assert batch.word_of.tolist() == [0, 1, 0, 2]
    assert not len(batches.make_batch([talk], CONFIG).word_of)


def test_the_command_says_what_an_old_checkpoint_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "ModelConfig", lambda: CONFIG)
    monkeypatch.setattr(cli, "TOKENIZER_TEXTS", 60)
    monkeypatch.setattr(trainer, "TrainingPlan", partial(TrainingPlan, workers=0))
    # Left by a training that had another seed and was interrupted before its first checkpoint.
    train_tokenizer(CONFIG, 5, 60).save(tmp_path / "tokenizer.json")
    cli.main(out=tmp_path, steps=2, seed=1, device="cpu")
    train_tokenizer(CONFIG, 1, 60).save(tmp_path / "expected.json")
    assert checksum(tmp_path / "tokenizer.json") == checksum(tmp_path / "expected.json")
    with pytest.raises(InputError, match="begun with seed 1"):
        cli.main(out=tmp_path, steps=2, seed=0, device="cpu")

    state = torch.load(tmp_path / CHECKPOINT, weights_only=True)
    del state["plan"]
    torch.save(state, tmp_path / CHECKPOINT)
    capsys.readouterr()
    cli.main(out=tmp_path, steps=3, seed=1, device="cpu")
    said = " ".join(capsys.readouterr().err.split())
    assert "continuing at step 2 of 3" in said
    assert "does not say with which seed and steps" in said
    assert torch.load(tmp_path / CHECKPOINT, weights_only=True)["plan"]["steps"] == 3


def test_the_command_goes_on_with_the_table_of_words_that_it_began_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []

    def make_table(dims: int) -> WordVectors:
        made.append(dims)
        return table()

    monkeypatch.setattr(cli, "ModelConfig", lambda: CONFIG)
    monkeypatch.setattr(cli, "TOKENIZER_TEXTS", 60)
    monkeypatch.setattr(cli, "make_table", make_table)
    monkeypatch.setattr(trainer, "TrainingPlan", partial(TrainingPlan, workers=0))
    for _ in range(2):
        cli.main(out=tmp_path, steps=2, device="cpu", word_dims=4)
    assert made == [4]
    loaded = load_weights(tmp_path)
    assert loaded.module.config.word_dims == 4
    assert loaded.words is not None
    with pytest.raises(InputError, match="word_dims 4; it cannot go on with word_dims 0"):
        cli.main(out=tmp_path, steps=2, device="cpu")


def test_training_lowers_the_loss_on_what_it_saw(tmp_path: Path) -> None:
    plan = TrainingPlan(out=tmp_path, steps=100, checkpoint_every=100, measure_every=1, workers=0)
    training = Trainer(plan, CONFIG, train_tokenizer(CONFIG, 0, 60))
    training.run(lambda progress: None)
    assert training.history[-1]["loss"] < 0.75 * training.history[0]["loss"]


def test_denormal_numbers_are_zero_in_a_training_and_nowhere_else() -> None:
    smallest = torch.tensor(torch.finfo(torch.float32).tiny)
    with denormals_flushed():
        assert smallest / 2 == 0
    assert smallest / 2 > 0


def test_saved_weights_come_back(tmp_path: Path) -> None:
    module, tokenizer = InteractionModule(CONFIG), train_tokenizer(CONFIG, 0, 60)
    save_weights(tmp_path, Weights(module, tokenizer))
    loaded = load_weights(tmp_path)
    assert loaded.words is None
    for a, b in zip(module.state_dict().values(), loaded.module.state_dict().values(), strict=True):
        assert torch.equal(a, b)


def test_a_saved_table_of_words_comes_back_and_is_verified(tmp_path: Path) -> None:
    saved = fresh_weights(CONFIG_WITH_WORDS, table())
    save_weights(tmp_path, saved)
    loaded = load_weights(tmp_path)
    assert loaded.words is not None
    assert torch.equal(loaded.module.word.weight, saved.module.word.weight)
    rows = tmp_path / "words.safetensors"
    kept = rows.read_bytes()
    rows.write_bytes(kept[:-1] + b"\x55")
    with pytest.raises(WeightsError, match=r"words\.safetensors is corrupted: SHA-256 is"):
        load_weights(tmp_path)
    rows.unlink()
    with pytest.raises(WeightsError, match=r"words\.safetensors is missing"):
        load_weights(tmp_path)


@pytest.mark.parametrize(
    ("entries", "rows", "expected"),
    [
        (["a", "b"], torch.zeros(2, 7), "vectors of 7 dimensions, the model takes 4"),
        (["a"], torch.zeros(1, 4), "is no table of word vectors: 1 rows and 1 scales for 2"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(
    tmp_path: Path, entries: list[str], rows: torch.Tensor, expected: str
) -> None:
    save_weights(tmp_path, fresh_weights(CONFIG_WITH_WORDS, table()))
    WordVectors.quantised(["a", "b"], torch.zeros(2, 4)).save(tmp_path)
    pieces = (tmp_path / "words.json").read_bytes()
    WordVectors.quantised(entries, rows).save(tmp_path)
    (tmp_path / "words.json").write_bytes(pieces)
    described = tmp_path / "weights.json"
    description = json.loads(described.read_text())
    for name in ("words.safetensors", "words.json"):
        description["sha256"][name] = checksum(tmp_path / name)
    described.write_text(json.dumps(description))
    with pytest.raises(WeightsError, match=expected):
        load_weights(tmp_path)


def test_corrupted_weights_are_named_with_both_checksums(tmp_path: Path) -> None:
    save_weights(tmp_path, fresh_weights())
    with (tmp_path / "model.safetensors").open("r+b") as file:
        file.seek(2000)
        file.write(b"\x00\x01\x02")
    with pytest.raises(
        WeightsError, match=r"model\.safetensors is corrupted: SHA-256 is .*weft train"
    ):
        load_weights(tmp_path)


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "weights.json"])
def test_missing_files_are_named_with_the_remedy(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "my own"
    save_weights(folder, fresh_weights())
    expected = "without it no checksum is known"
    if name != "weights.json":
        expected = f"expected SHA-256 {checksum(folder / name)}"
    (folder / name).unlink()
    with pytest.raises(WeightsError, match=rf"{name} is missing.*weft train --out") as caught:
        load_weights(folder)
    assert expected in str(caught.value)
    assert f"`weft train --out '{folder}'`" in str(caught.value)
    assert "git checkout" not in str(caught.value), "that brings the shipped files"


def test_a_training_that_goes_on_knows_the_configuration_that_it_began_with(
    tmp_path: Path,
) -> None:
    assert begun_config(tmp_path) is None
    trained = train(tmp_path)
    assert begun_config(tmp_path) == trained.config == CONFIG


def test_the_shipped_weights_are_had_again_by_another_command() -> None:
    assert "git checkout -- interaction_model/weights`" in remedy(SHIPPED)
    assert "git checkout -- interaction_model/weights_with_senses`" in remedy(SHIPPED_SENSES)
    assert "weft train --senses" in remedy(SHIPPED_SENSES)


def test_a_folder_that_does_not_hold_together_is_refused(tmp_path: Path) -> None:
    save_weights(tmp_path, fresh_weights())
    tokenizer, described = tmp_path / "tokenizer.json", tmp_path / "weights.json"
    tokenizer.write_text("{}")
    description = json.loads(described.read_text())
    description["sha256"]["tokenizer.json"] = checksum(tokenizer)
    for sha256, expected in [
        (description["sha256"], "is no tokenizer"),
        ({}, "`sha256` lacks one of"),
        ([], "`sha256` lacks one of"),
    ]:
        described.write_text(json.dumps(description | {"sha256": sha256}))
        with pytest.raises(WeightsError, match=rf"{expected}.*weft train"):
            load_weights(tmp_path)


def test_orthogonalised_updates_are_nearly_orthogonal() -> None:
    torch.manual_seed(0)
    x = orthogonalised(torch.randn(12, 30))
    singular = torch.linalg.svdvals(x)
    assert float(singular.min()) > 0.5
    assert float(singular.max()) < 1.3
