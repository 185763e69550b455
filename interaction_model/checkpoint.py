"""The weights on disk, written and read; see `weights_folder` for what belongs in the folder."""

import json
from pathlib import Path

import torch
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from weft.errors import WeightsError
from weft.interaction_model.config import ModelConfig
from weft.interaction_model.model import InteractionModule
from weft.interaction_model.tokenizer import WordTokenizer
from weft.interaction_model.weights_folder import HASHED, SHIPPED, checksum, remedy, verified


def load_weights(folder: Path | None = None) -> tuple[InteractionModule, WordTokenizer]:
    """Load and verify a weights folder; raises WeightsError naming file, checksums and remedy."""
    folder = folder or SHIPPED
    description = verified(folder)
    try:
        config = ModelConfig.model_validate(description["config"])
        module = InteractionModule(config)
        state = {k: v.float() for k, v in load_file(folder / "model.safetensors").items()}
        module.load_state_dict(state)
    except (ValidationError, SafetensorError, RuntimeError) as error:
        raise WeightsError(
            f"{folder} is of another layout than this weft: {error}. {remedy(folder)}"
        ) from error
    try:
        return module, WordTokenizer.load(folder / "tokenizer.json")
    except Exception as error:  # the tokenizer's library raises nothing narrower
        raise WeightsError(
            f"{folder / 'tokenizer.json'} is no tokenizer: {error}. {remedy(folder)}"
        ) from error


def save_weights(folder: Path, module: InteractionModule, tokenizer: WordTokenizer) -> None:
    """Write a weights folder in single precision, with checksums."""
    folder.mkdir(parents=True, exist_ok=True)
    state = {k: v.detach().to(torch.float32).contiguous() for k, v in module.state_dict().items()}
    save_file(state, folder / "model.safetensors")
    tokenizer.save(folder / "tokenizer.json")
    description = {
        "config": module.config.model_dump(),
        "sha256": {name: checksum(folder / name) for name in HASHED},
    }
    (folder / "weights.json").write_text(json.dumps(description, indent=2) + "\n")
