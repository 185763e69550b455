"""The weights on disk: a folder with `model.safetensors`, `tokenizer.json` and `weights.json`.

`weights.json` holds the model's configuration and the SHA-256 of the other two, verified at every
load.
"""

import hashlib
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

SHIPPED = Path(__file__).parent / "weights"
_HASHED = ("model.safetensors", "tokenizer.json")
_REMEDY = (
    "Restore the shipped files with `git checkout -- interaction_model/weights`, "
    "or train: `weft train`."
)


def load_weights(folder: Path | None = None) -> tuple[InteractionModule, WordTokenizer]:
    """Load and verify a weights folder; raises WeightsError naming file, checksums and remedy."""
    folder = folder or SHIPPED
    description = _describe(folder)
    for name in _HASHED:
        _verify(folder / name, str(description["sha256"][name]))
    try:
        config = ModelConfig.model_validate(description["config"])
        module = InteractionModule(config)
        state = {k: v.float() for k, v in load_file(folder / "model.safetensors").items()}
        module.load_state_dict(state)
    except (ValidationError, SafetensorError, RuntimeError) as error:
        raise WeightsError(
            f"{folder} is of another layout than this weft: {error}. {_REMEDY}"
        ) from error
    try:
        return module, WordTokenizer.load(folder / "tokenizer.json")
    except Exception as error:  # the tokenizer's library raises nothing narrower
        raise WeightsError(
            f"{folder / 'tokenizer.json'} is no tokenizer: {error}. {_REMEDY}"
        ) from error


def save_weights(folder: Path, module: InteractionModule, tokenizer: WordTokenizer) -> None:
    """Write a weights folder in single precision, with checksums."""
    folder.mkdir(parents=True, exist_ok=True)
    state = {k: v.detach().to(torch.float32).contiguous() for k, v in module.state_dict().items()}
    save_file(state, folder / "model.safetensors")
    tokenizer.save(folder / "tokenizer.json")
    description = {
        "config": module.config.model_dump(),
        "sha256": {name: checksum(folder / name) for name in _HASHED},
    }
    (folder / "weights.json").write_text(json.dumps(description, indent=2) + "\n")


def checksum(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _describe(folder: Path) -> dict[str, dict[str, object]]:
    path = folder / "weights.json"
    try:
        description = json.loads(path.read_text())
    except FileNotFoundError:
        raise WeightsError(f"{path} is missing. {_REMEDY}") from None
    except (OSError, ValueError) as error:
        raise WeightsError(f"{path} cannot be read: {error}. {_REMEDY}") from error
    if not isinstance(description, dict) or not {"config", "sha256"} <= description.keys():
        raise WeightsError(f"{path} lacks `config` or `sha256`. {_REMEDY}")
    named = description["sha256"]
    if not isinstance(named, dict) or not set(_HASHED) <= named.keys():
        raise WeightsError(f"{path}: `sha256` lacks one of {', '.join(_HASHED)}. {_REMEDY}")
    return description


def _verify(path: Path, expected: str) -> None:
    if not path.exists():
        raise WeightsError(f"{path} is missing (expected SHA-256 {expected}). {_REMEDY}")
    found = checksum(path)
    if found != expected:
        raise WeightsError(
            f"{path} is corrupted: SHA-256 is {found}, expected {expected}. {_REMEDY}"
        )
