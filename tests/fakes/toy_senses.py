"""A toy with senses that writes and speaks, and knows nothing."""

from pathlib import Path

import torch

from tests.interaction_model.test_sensing_stream import CONFIG, TEXTS
from weft.interaction_model.checkpoint import Weights
from weft.interaction_model.flow import FlowConfig, FlowHead
from weft.interaction_model.flow_weights import save_flow
from weft.interaction_model.model import InteractionModule
from weft.interaction_model.tokenizer import WordTokenizer
from weft.interaction_model.word_vectors import WordVectors


def toy_weights(seed: int) -> Weights:
    torch.manual_seed(seed)
    tokenizer = WordTokenizer.train(TEXTS, 330)
    config = CONFIG.model_copy(update={"vocabulary_size": tokenizer.vocabulary_size})
    module = InteractionModule(config).eval()
    with torch.no_grad():
        module.unembedding.weight.normal_(std=0.6)
        module.transcript.weight.normal_(std=0.6)
    return Weights(module, tokenizer, WordVectors.quantised(["what", "hello"], torch.randn(2, 6)))


def give_voice(folder: Path) -> None:
    """Write a voice beside toy weights."""
    config = FlowConfig(width=16, layers=1, heads=2, letter_width=8, trunk_width=32)
    save_flow(folder, FlowHead(config))
