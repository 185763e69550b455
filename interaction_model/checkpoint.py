"""The weights on disk, written and read; see `weights_folder` for what belongs in the folder."""

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from weft.errors import WeightsError
from weft.interaction_model.config import ModelConfig
from weft.interaction_model.model import InteractionModule
from weft.interaction_model.tokenizer import WordTokenizer
from weft.interaction_model.weights_folder import (
    LAYOUT,
    SHIPPED,
    WORD_ROWS,
    checksum,
    hashed,
    layout_checksum,
    remedy,
    verified,
)
from weft.interaction_model.word_vectors import WordVectors


@dataclass(frozen=True, slots=True)
class Weights:
    """What a weights folder holds: the module, and what turns words into its inputs."""

    module: InteractionModule
    tokenizer: WordTokenizer
    words: WordVectors | None = None
    """The table of word vectors; None for a model without one."""


def load_weights(folder: Path | None = None) -> Weights:
    """Load and verify a weights folder; raises WeightsError naming file, checksums and remedy."""
    folder = folder or SHIPPED
    config = ModelConfig.model_validate(verified(folder)["config"])
    try:
        state = {k: v.float() for k, v in load_file(folder / "model.safetensors").items()}
        with torch.device("meta"):  # What does not fit may be larger than the memory.
            InteractionModule(config).load_state_dict(state, assign=True)
        module = InteractionModule(config)
        module.load_state_dict(state)
    except (SafetensorError, RuntimeError) as error:
        raise WeightsError(
            f"{folder} is of another layout than this weft: {error}. {remedy(folder)}"
        ) from error
    try:
        tokenizer = WordTokenizer.load(folder / "tokenizer.json", config.whole_words)
    except Exception as error:  # the tokenizer's library raises nothing narrower
        raise WeightsError(
            f"{folder / 'tokenizer.json'} is no tokenizer: {error}. {remedy(folder)}"
        ) from error
    return Weights(module, tokenizer, _load_words(folder, config))


def _load_words(folder: Path, config: ModelConfig) -> WordVectors | None:
    if not config.word_dims:
        return None
    try:
        words = WordVectors.load(folder)
    except Exception as error:  # the tokenizer's library raises nothing narrower
        raise WeightsError(
            f"{folder / WORD_ROWS} is no table of word vectors: {error}. {remedy(folder)}"
        ) from error
    if words.dims != config.word_dims:
        raise WeightsError(
            f"{folder / WORD_ROWS} has vectors of {words.dims} dimensions, "
            f"the model takes {config.word_dims}. {remedy(folder)}"
        )
    return words


def save_weights(folder: Path, weights: Weights) -> None:
    """Write a weights folder with checksums: in single precision, with senses in bfloat16."""
    folder.mkdir(parents=True, exist_ok=True)
    parameters = weights.module.state_dict()
    kept = torch.float32 if weights.module.config.senses is None else torch.bfloat16
    state = {k: v.detach().to(kept).contiguous() for k, v in parameters.items()}
    save_file(state, folder / "model.safetensors")
    weights.tokenizer.save(folder / "tokenizer.json")
    if weights.words is not None:
        weights.words.save(folder)
    config = weights.module.config.model_dump()
    description = {
        "config": config,
        "sha256": {
            **{name: checksum(folder / name) for name in hashed(config)},
            LAYOUT: layout_checksum(config),
        },
    }
    (folder / "weights.json").write_text(json.dumps(description, indent=2) + "\n")
