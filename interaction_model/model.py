"""The interaction model as one module: inputs of a slot, transformer, and its three heads.

Sequence of a slot: heard positions (only as many as there were words, at least one), then said
positions (only up to the silence token). Position numbers are fixed by the layout:
`slot × positions + place`. Absent positions are never computed, and the gap in the numbers tells
the model that time has passed.

With senses a slot begins with what was seen (if there was a frame) and the sound of 200 ms. The
last audio position and the words of the inner transcript predict the words just heard; one heard
position, the decision, always follows.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from weft.interaction_model.config import ModelConfig
from weft.interaction_model.ear import EarEmbedding
from weft.interaction_model.patches import PatchEmbedding
from weft.interaction_model.reference import ReferenceEncoder
from weft.interaction_model.transformer import Transformer
from weft.interaction_model.types import Floor


@dataclass(frozen=True, slots=True)
class Heads:
    """What the model predicts at each position: next said token, and who holds the floor."""

    token_logits: Tensor  # [..., vocabulary]
    floor_logits: Tensor  # [..., len(Floor)]


class InteractionModule(nn.Module):
    """Embeddings, reference encoder, transformer and heads."""

    def __init__(self, config: ModelConfig) -> None:
        """Make the module with fresh weights."""
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.heard_vocabulary_size, config.width)
        self.place = nn.Parameter(torch.randn(config.layout.positions, config.width) * 0.1)
        self.reference = ReferenceEncoder(config)
        self.transformer = Transformer(config)
        self.unembedding = nn.Linear(config.width, config.vocabulary_size, bias=False)
        self.floor = nn.Linear(config.width, len(Floor))
        nn.init.normal_(self.embedding.weight, std=0.5)
        nn.init.normal_(self.unembedding.weight, std=0.02)
        if config.word_dims:  # last, so that everything else begins the same without it
            self.word = nn.Linear(config.word_dims, config.width, bias=False)
            nn.init.normal_(self.word.weight, std=0.5 / config.word_dims**0.5)
        if config.senses is not None:
            self.ear = EarEmbedding(config.senses, config.width)
            self.eye = PatchEmbedding(config.senses.patches, config.width)
            self.transcript = nn.Linear(config.width, config.heard_vocabulary_size, bias=False)
            nn.init.normal_(self.transcript.weight, std=0.02)

    def inputs(self, tokens: Tensor, positions: Tensor) -> Tensor:
        """Input vectors [B, T, width] of tokens and positions [B, T], without words and rows."""
        embedded: Tensor = self.embedding(tokens)
        return embedded + self.place[positions % self.config.layout.positions]

    def encode_words(self, vectors: Tensor) -> Tensor:
        """What static vectors [M, word_dims] add [M, width] where their words end."""
        added: Tensor = self.word(vectors)
        return added

    def encode_sound(self, levels: Tensor) -> Tensor:
        """What the sound of audio positions adds: [M, width] of dMel levels [M, frames · bands]."""
        heard: Tensor = self.ear(levels)
        return heard

    def encode_sight(self, patches: Tensor) -> Tensor:
        """What frames add: [M, P, width] of patches [M, P, 40, 40, channels]."""
        seen: Tensor = self.eye(patches)
        return seen

    def transcript_logits(self, hidden: Tensor) -> Tensor:
        """The next token of the inner transcript [..., heard vocabulary]."""
        logits: Tensor = self.transcript(hidden)
        return logits

    def encode_rows(self, tokens: Tensor, ends: Tensor) -> Tensor:
        """Rows [R, N, width] of packed references [R, 4·N]."""
        rows: Tensor = self.reference(self.embedding(tokens), tokens, ends)
        return rows

    def heads(self, hidden: Tensor) -> Heads:
        """Apply both heads to hidden states."""
        return Heads(self.unembedding(hidden), self.floor(hidden))
