"""A model with senses begins as the text-only model."""

import pytest
import torch

from weft.errors import InputError
from weft.interaction_model.config import ModelConfig, SensesConfig
from weft.interaction_model.model import InteractionModule
from weft.interaction_model.tokenizer import WordTokenizer
from weft.interaction_model.training.warm_start import begin_from

TEXT = ModelConfig(vocabulary_size=300, width=32, layers=2, heads=4)
WHOLE_WORDS = ("whether", "climate")
SENSES = SensesConfig(whole_words=WHOLE_WORDS)
SENSING = TEXT.model_copy(update={"senses": SENSES, "heard_text": 1, "layers": 4})
TOKENIZER = WordTokenizer.train(["what is the weather in lima"], 300).hearing_whole(WHOLE_WORDS)


def positions(config: ModelConfig, slots: int) -> torch.Tensor:
    """The decision and the said positions of each slot."""
    layout = config.layout
    places = [layout.decision, *range(layout.first_said, layout.positions)]
    return torch.tensor([[s * layout.positions + p for s in range(slots) for p in places]])


def test_heard_and_said_positions_compute_what_they_did_without_senses() -> None:
    torch.manual_seed(0)
    text, sensing = InteractionModule(TEXT).eval(), InteractionModule(SENSING).eval()
    begin_from(sensing, text, TOKENIZER)
    tokens = torch.randint(8, 300, (1, 5 * 7))
    outcomes = []
    for module, config in ((text, TEXT), (sensing, SENSING)):
        at = positions(config, 7)
        mask = module.transformer.sequence_mask(at, torch.ones_like(at, dtype=torch.bool))
        with torch.inference_mode():
            hidden = module.transformer(module.inputs(tokens, at), at, mask)
            outcomes.append(module.heads(hidden))
    assert torch.allclose(outcomes[0].token_logits, outcomes[1].token_logits, atol=1e-5)
    assert torch.allclose(outcomes[0].floor_logits, outcomes[1].floor_logits, atol=1e-5)


def test_a_word_that_is_heard_whole_begins_as_the_mean_of_its_pieces() -> None:
    text, sensing = InteractionModule(TEXT), InteractionModule(SENSING)
    begin_from(sensing, text, TOKENIZER)
    for number, word in enumerate(WHOLE_WORDS):
        pieces = list(TOKENIZER.word(word))
        assert len(pieces) > 1
        row = TEXT.vocabulary_size + number
        assert torch.allclose(sensing.embedding.weight[row], text.embedding.weight[pieces].mean(0))
        assert torch.allclose(
            sensing.transcript.weight[row], text.unembedding.weight[pieces].mean(0)
        )
    assert sensing.unembedding.weight.shape == text.unembedding.weight.shape


def test_a_deeper_text_model_does_not_fit() -> None:
    text = InteractionModule(TEXT.model_copy(update={"layers": 5}))
    with pytest.raises(InputError, match="5 layers for 4"):
        begin_from(InteractionModule(SENSING), text, TOKENIZER)
