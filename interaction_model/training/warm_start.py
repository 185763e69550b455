"""A model with senses begins where the text-only model is: its words keep their meaning."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from weft.errors import InputError
from weft.interaction_model.model import InteractionModule
from weft.interaction_model.tokenizer import WordTokenizer

_BLOCKS = "transformer.blocks."


@torch.no_grad()
def begin_from(
    module: InteractionModule, text: InteractionModule, tokenizer: WordTokenizer
) -> None:
    """Copy the text model's parameters into a model with senses, whose upper blocks they become.

    A word that is heard as one token begins as the mean of its pieces, and the inner transcript
    begins as what the text model says.

    Blocks that the text model lacks come first and pass on what they get, until they have learnt
    something to add. Raises InputError where the two do not fit together.
    """
    extra = module.config.layers - text.config.layers
    if extra < 0 or module.config.senses is None or text.config.senses is not None:
        raise InputError(
            "a model with senses begins from a text-only model that is at most as deep: "
            f"{text.config.layers} layers for {module.config.layers}"
        )
    state = {
        _moved(name, extra): parameter
        for name, parameter in text.state_dict().items()
        if name != "place"
    }
    whole = [tokenizer.word(word) for word in module.config.whole_words]
    state["embedding.weight"] = _with_whole_words(text.embedding.weight, whole)
    state["transcript.weight"] = _with_whole_words(text.unembedding.weight, whole)
    missing, unexpected = module.load_state_dict(state, strict=False)
    new = ("place", "ear.", "eye.", *(f"{_BLOCKS}{n}." for n in range(extra)))
    others = [name for name in missing if not name.startswith(new)]
    if others or unexpected:
        raise InputError(f"the text-only model lacks {others} and has {unexpected} beside")
    for block in module.transformer.blocks[:extra]:
        nn.init.zeros_(block.get_parameter("attention.out.weight"))
        nn.init.zeros_(block.get_parameter("mlp.down.weight"))
    _copy_places(module, text)


def _with_whole_words(rows: Tensor, whole: Sequence[tuple[int, ...]]) -> Tensor:
    """Rows of pieces [V, width], and behind them the mean of each whole word's."""
    return torch.cat([rows, *(rows[list(pieces)].mean(dim=0, keepdim=True) for pieces in whole)])


def _moved(name: str, by: int) -> str:
    if not name.startswith(_BLOCKS):
        return name
    number, _, rest = name.removeprefix(_BLOCKS).partition(".")
    return f"{_BLOCKS}{int(number) + by}.{rest}"


def _copy_places(module: InteractionModule, text: InteractionModule) -> None:
    """A word written down stands where a heard one stood, the decision where the last one did."""
    layout, old = module.config.layout, text.config.layout
    for k in range(layout.transcript):
        module.place[layout.first_transcript + k] = text.place[old.decision - 1]
    module.place[layout.decision] = text.place[old.decision]
    for k in range(layout.said_text):
        module.place[layout.first_said + k] = text.place[old.first_said + k]
