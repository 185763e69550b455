"""The upper blocks change only the positions at which something is predicted."""

import pytest
import torch

from weft.interaction_model.config import ModelConfig, PatchConfig, SensesConfig
from weft.interaction_model.transformer import Transformer

AGREEMENT = 1e-5
PATCHES = PatchConfig(rows=1, columns=1, widths=(4, 4, 4))


def configured(layers: int) -> ModelConfig:
    return ModelConfig(
        width=32,
        layers=3,
        heads=4,
        key_value_heads=2,
        sinks=2,
        heard_text=1,
        senses=SensesConfig(layers=layers, patches=PATCHES),
    )


def sequences(config: ModelConfig) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Inputs, positions and presence of three rows that have other positions, and other lengths."""
    generator = torch.Generator().manual_seed(0)
    layout = config.layout
    rows = [
        [
            position
            for position in range(4 * layout.positions)
            if torch.rand(1, generator=generator) < share
        ]
        for share in (0.4, 0.9, 0.6)
    ]
    longest = max(map(len, rows))
    positions = torch.tensor([row + [0] * (longest - len(row)) for row in rows])
    present = torch.tensor([[n < len(row) for n in range(longest)] for row in rows])
    return torch.randn(3, longest, config.width, generator=generator), positions, present


def slowly(
    transformer: Transformer, x: torch.Tensor, positions: torch.Tensor, mask: torch.Tensor
) -> torch.Tensor:
    """Every block over every position; what must not change is put back."""
    outlook = transformer.rotary.outlook(positions, mask, transformer.sinks)
    layout = positions % transformer.places
    thinks = (layout >= transformer.first_thinking)[..., None]
    for number, block in enumerate(transformer.blocks):
        changed = block(x, transformer.rotary, outlook, None)
        x = changed if number < transformer.sensing_layers else torch.where(thinks, changed, x)
    normalised: torch.Tensor = transformer.norm(x)
    return normalised


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_upper_blocks_leave_what_was_seen_and_heard_as_it_is(layers: int) -> None:
    torch.manual_seed(1)
    config = configured(layers)
    transformer = Transformer(config).eval()
    x, positions, present = sequences(config)
    mask = transformer.sequence_mask(positions, present)
    with torch.inference_mode():
        quick = transformer(x, positions, mask)
        slow = slowly(transformer, x, positions, mask)
    assert torch.allclose(quick[present], slow[present], atol=AGREEMENT)


def test_a_deeper_way_for_senses_is_another_model() -> None:
    found = []
    for layers in (1, 3):
        torch.manual_seed(1)
        config = configured(layers)
        transformer = Transformer(config).eval()
        x, positions, present = sequences(config)
        with torch.inference_mode():
            found.append(
                transformer(x, positions, transformer.sequence_mask(positions, present))[present]
            )
    shallow, deep = found
    assert not torch.allclose(shallow, deep, atol=0.01)


def test_the_last_sound_of_a_slot_thinks_and_the_others_do_not() -> None:
    layout = configured(1).layout
    assert layout.first_thinking == layout.first_transcript - 1 >= layout.first_audio
    assert ModelConfig().layout.first_thinking == 0


def heard_on(reach: int | None, later_slots: int, layers: int = 3) -> torch.Tensor:
    """Hidden states of ten slots, three positions each, that begin so many slots into a stream."""
    torch.manual_seed(1)
    config = configured(layers=3).model_copy(
        update={"layers": layers, "window_slots": 4, "sinks_reach_slots": reach}
    )
    transformer = Transformer(config).eval()
    places = config.layout.positions
    positions = torch.tensor([[slot * places + n for slot in range(10) for n in (0, 3, 5)]])
    positions = positions + later_slots * places
    x = torch.randn(1, 30, config.width, generator=torch.Generator().manual_seed(2))
    mask = transformer.sequence_mask(positions, torch.ones(1, 30, dtype=torch.bool))
    with torch.inference_mode():
        hidden: torch.Tensor = transformer(x, positions, mask)[0]
    return hidden


def test_a_stream_of_an_hour_is_lived_like_one_of_a_minute() -> None:
    """Only the distance to what is seen counts, if the sinks keep theirs."""
    early = heard_on(reach=6, later_slots=30)
    assert torch.allclose(early, heard_on(reach=6, later_slots=18_000), atol=AGREEMENT)
    # Sinks that stay where the stream began are seen from elsewhere each time.
    gone = heard_on(None, later_slots=18_000)
    assert not torch.allclose(heard_on(None, later_slots=30), gone, atol=1e-2)


def test_sinks_stay_where_a_stream_begins_until_they_would_be_too_far() -> None:
    following, staying = heard_on(6, 0), heard_on(None, 0)
    assert torch.allclose(following[: 3 * 6], staying[: 3 * 6], atol=AGREEMENT)
    # One layer, the last slot: seen from slot 6, where the sinks stand farthest.
    following, moved = heard_on(6, 0, layers=1), heard_on(None, 6 - 9, layers=1)
    assert torch.allclose(following[-3:], moved[-3:], atol=AGREEMENT)
    assert not torch.allclose(following[-3:], heard_on(None, 0, layers=1)[-3:], atol=1e-4)
