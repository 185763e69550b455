"""The voice's weights on disk: `voice.safetensors`; `voice.json` has its shape and checksum."""

import json
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from weft.errors import WeightsError
from weft.interaction_model.flow import FlowConfig, FlowHead
from weft.interaction_model.weights_folder import (
    VOICE,
    VOICE_STATE,
    checksum,
    remedy,
    verified_voice,
)


def save_flow(folder: Path, head: FlowHead) -> None:
    """Write the voice into a weights folder, in bfloat16."""
    state = {
        name: tensor.detach().to(torch.bfloat16).contiguous()
        for name, tensor in head.state_dict().items()
    }
    save_file(state, folder / VOICE_STATE)
    description = {
        "config": head.config.model_dump(),
        "sha256": {VOICE_STATE: checksum(folder / VOICE_STATE)},
    }
    (folder / VOICE).write_text(json.dumps(description, indent=2) + "\n")


def load_flow(folder: Path) -> FlowHead:
    """Load and verify the voice of a weights folder; raises WeightsError with the remedy."""
    description = verified_voice(folder)
    try:
        head = FlowHead(FlowConfig.model_validate(description["config"]))
        head.load_state_dict({k: v.float() for k, v in load_file(folder / VOICE_STATE).items()})
    except (ValueError, TypeError, SafetensorError, RuntimeError) as error:
        raise WeightsError(
            f"{folder} has a voice of another shape: {error}. {remedy(folder, of_voice=True)}"
        ) from error
    return head.eval()
