"""The memory of streams beside one that forgets nothing and looks everything up."""

import random

import pytest
import torch

from weft.interaction_model.cache import WindowCache
from weft.interaction_model.config import ModelConfig

CONFIG = ModelConfig(width=8, layers=2, heads=2, key_value_heads=1, window_slots=3, sinks=2)
BATCH = 2
Held = dict[int, tuple[list[bool], torch.Tensor]]
"""For each position: in which streams it is present, and its keys [layers, B, K, D]."""


def sinks() -> list[tuple[torch.Tensor, torch.Tensor]]:
    torch.manual_seed(1)
    return [
        (torch.randn(1, 2, CONFIG.head_width), torch.randn(1, 2, CONFIG.head_width))
        for _ in range(CONFIG.layers)
    ]


def append(cache: WindowCache, held: Held, positions: list[int], rng: random.Random) -> None:
    """Append to both, and compare what every query of each stream sees."""
    present = [[rng.random() < 0.6 for _ in positions] for _ in range(BATCH)]
    for column in range(len(positions)):
        present[rng.randrange(BATCH)][column] = True
    keys = torch.randn(CONFIG.layers, BATCH, 1, len(positions), CONFIG.head_width)
    for n, position in enumerate(positions):
        held[position] = ([present[b][n] for b in range(BATCH)], keys[:, :, :, n])
    views, mask = cache.layers_for(torch.tensor(positions).expand(BATCH, -1), torch.tensor(present))
    for layer, view in enumerate(views):
        seen_keys, seen_values = view.append(keys[layer], -keys[layer])
        assert seen_keys.shape[2] == mask.shape[3]
        for b in range(BATCH):
            assert torch.equal(seen_keys[b, :, :2], sinks_of[layer][0])
            assert torch.equal(seen_values[b, :, :2], sinks_of[layer][1])
            for n, query in enumerate(positions):
                visible = [
                    key[layer, b]
                    for position, (there, key) in sorted(held.items())
                    if there[b] and query - CONFIG.window_positions < position <= query
                ]
                assert mask[b, 0, n, :2].all()
                found = seen_keys[b][:, mask[b, 0, n]][:, 2:]
                assert found.shape[1] == len(visible)
                if visible:
                    assert torch.equal(found, torch.stack(visible, dim=1))
                    assert torch.equal(seen_values[b][:, mask[b, 0, n]][:, 2:], -found)


sinks_of = sinks()


@pytest.mark.parametrize("share", [0.2, 1.0], ids=["mostly_absent", "everything_there"])
def test_the_window_is_seen_for_ever_and_nothing_else(share: float) -> None:
    cache = WindowCache(CONFIG, BATCH, sinks_of)
    rng = random.Random(3)
    held: Held = {}
    memory = cache.keys.data_ptr()
    per_slot = CONFIG.layout.positions
    for slot in range(60):
        chosen = [slot * per_slot + place for place in range(per_slot) if rng.random() < share] or [
            slot * per_slot
        ]
        cut = rng.randint(1, len(chosen))
        append(cache, held, chosen[:cut], rng)
        if chosen[cut:]:
            append(cache, held, chosen[cut:], rng)
    assert len(held) > 2 * cache.places or share < 1
    assert cache.keys.data_ptr() == memory, "it never grows"


def test_a_copy_brings_everything_back() -> None:
    rng = random.Random(4)
    cache = WindowCache(CONFIG, BATCH, sinks_of)
    held: Held = {}
    for slot in range(10):
        append(cache, held, [slot * CONFIG.layout.positions + 3], rng)
    copied, known = cache.copy(), dict(held)
    for slot in range(10, 50):
        append(cache, held, [slot * CONFIG.layout.positions + place for place in (0, 1, 4)], rng)
    cache.load(copied)
    append(cache, known, [10 * CONFIG.layout.positions], rng)


def test_what_is_absent_takes_no_room() -> None:
    cache = WindowCache(CONFIG, 1, sinks_of)
    for slot in range(30):
        positions = torch.tensor([[slot * CONFIG.layout.positions]])
        _, mask = cache.layers_for(positions, torch.ones(1, 1, dtype=torch.bool))
    assert mask.shape[3] == CONFIG.sinks + CONFIG.window_slots
