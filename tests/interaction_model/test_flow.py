"""The flow head: straight paths, letters laid out in time, and batches that change nothing."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from weft.errors import WeightsError
from weft.interaction_model.dmel import BANDS, SLOT_FRAMES
from weft.interaction_model.flow import (
    FlowConfig,
    FlowHead,
    Memory,
    Score,
    flow_loss,
    letter_times,
    slot_noise,
)
from weft.interaction_model.flow_weights import load_flow, save_flow
from weft.interaction_model.score import TimedUnit, around, score_of
from weft.interaction_model.spoken_units import Unit, units_of
from weft.interaction_model.weights_folder import has_voice

SMALL = FlowConfig(width=32, layers=2, heads=4, letter_width=24, letter_layers=2, trunk_width=16)


def small_head(seed: int = 0) -> FlowHead:
    """A head with fresh weights."""
    torch.manual_seed(seed)
    return FlowHead(SMALL).eval()


def timed(words: str, start: float = 0.0, frames: float = 20.0) -> list[TimedUnit]:
    """Words that follow each other, each as long."""
    units = []
    for n, word in enumerate(words.split()):
        core, pause = units_of(word)
        hidden = torch.randn(16, generator=torch.Generator().manual_seed(n))
        units.append(TimedUnit(core, start, frames, hidden))
        units.append(TimedUnit(pause, start + frames, 3.0))
        start += frames + 3.0
    return units


def score(*slots: list[TimedUnit]) -> Score:
    """A score whose slots go on from different frames."""
    before = torch.randn(len(slots), SLOT_FRAMES, BANDS, generator=torch.Generator().manual_seed(5))
    return score_of(slots, before, SMALL)


def noise(batch: int, seed: int = 1) -> Tensor:
    """Noise of a batch of slots."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(batch, SLOT_FRAMES, BANDS, generator=generator)


def test_the_head_as_configured_has_at_most_three_million_parameters() -> None:
    assert sum(p.numel() for p in FlowHead(FlowConfig()).parameters()) <= 3_000_000


class KnowsTheEnd(FlowHead):
    """A head whose estimate is right from the beginning."""

    end = noise(2, seed=9)

    def destination(self, x: Tensor, t: Tensor, memory: Memory) -> Tensor:
        """Give the end of the path."""
        return self.end


@pytest.mark.parametrize("steps", [1, 2, 4, 7])
def test_who_knows_the_end_gets_there_in_any_number_of_steps(steps: int) -> None:
    made = KnowsTheEnd(SMALL).sample(Memory([], [], []), noise(2), steps)
    torch.testing.assert_close(made, KnowsTheEnd.end, atol=1e-4, rtol=0)


def test_the_velocity_points_straight_to_the_end() -> None:
    start, t = noise(2), torch.tensor([0.0, 0.6])
    at = t[:, None, None]
    x = (1 - at) * start + at * KnowsTheEnd.end
    velocity = KnowsTheEnd(SMALL).velocity(x, t, Memory([], [], []))
    torch.testing.assert_close(velocity, KnowsTheEnd.end - start, atol=1e-4, rtol=1e-4)


def test_the_loss_is_the_squared_error_of_the_velocity() -> None:
    head, laid = small_head(), score(timed("hello there"), timed("one", -5.0))
    frames, start, t = noise(2, 3), noise(2, 4), torch.tensor([0.0, 0.7])
    weights = torch.rand(2, SLOT_FRAMES, generator=torch.Generator().manual_seed(2))
    loss = flow_loss(head, laid, frames, weights, torch.ones(laid.start.shape), start, t)
    memory = head.remember(laid, head.reader(laid))
    x = (1 - t[:, None, None]) * start + t[:, None, None] * frames
    error = (head.velocity(x, t, memory) - (frames - start)).square().mean(dim=-1)
    torch.testing.assert_close(loss.flow, (error * weights).sum() / weights.sum())


def test_frames_without_weight_teach_nothing() -> None:
    head, laid = small_head(), score(timed("hello there"))
    frames, start, t = noise(1, 3), noise(1, 4), torch.tensor([0.0])
    weights = torch.ones(1, SLOT_FRAMES)
    weights[:, 7:] = 0
    other = frames.clone()
    other[:, 7:] += 5
    units = torch.ones(laid.start.shape)
    one = flow_loss(head, laid, frames, weights, units, start, t)
    two = flow_loss(head, laid, other, weights, units, start, t)
    assert one.flow == two.flow
    assert one.mel == two.mel


def test_how_long_units_take_is_learnt_where_they_are_whole() -> None:
    head, laid = small_head(), score(timed("hello there"))
    units = torch.zeros(laid.start.shape)
    units[0, 0] = 1.0
    arguments = (noise(1, 3), torch.ones(1, SLOT_FRAMES), units, noise(1, 4), torch.tensor([0.0]))
    loss = flow_loss(head, laid, *arguments).duration
    longer = replace(laid, frames=laid.frames + torch.tensor([[0.0, 9.0, 9.0, 9.0]]))
    assert flow_loss(head, longer, *arguments).duration == loss
    longer = replace(laid, frames=laid.frames + torch.tensor([[9.0, 0.0, 0.0, 0.0]]))
    assert flow_loss(head, longer, *arguments).duration != loss


@given(
    lengths=st.lists(st.integers(1, 9), min_size=1, max_size=6),
    seed=st.integers(0, 2**32 - 1),
)
def test_letters_share_the_time_of_their_unit_in_order(lengths: list[int], seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    # A pause can be as short as this beside letters that take long.
    own = 10 ** (torch.rand(sum(lengths), generator=generator) * 3 - 2)
    start = torch.randn(len(lengths), generator=generator) * 20
    frames = torch.rand(len(lengths), generator=generator) * 30
    units = [
        TimedUnit(Unit(b"x" * length), float(s), float(f))
        for length, s, f in zip(lengths, start, frames, strict=True)
    ]
    place, long, share = letter_times(score(units), own[None])
    number = 0
    for unit in units:
        mine = own[number : number + len(unit.unit.letters)]
        passed = 0.0
        for part in mine / mine.sum():
            expected = unit.start + (passed + float(part) / 2) * unit.frames
            assert float(place[0, number]) == pytest.approx(expected, abs=1e-4)
            assert float(long[0, number]) == pytest.approx(float(part) * unit.frames, abs=1e-4)
            assert float(share[0, number]) == pytest.approx(passed + float(part) / 2, abs=1e-5)
            passed += float(part)
            number += 1


def test_a_slot_is_the_same_alone_and_beside_longer_ones() -> None:
    head = small_head()
    slots = [timed("hi", 2.0), timed("a much longer text of words", -30.0), []]
    together = score(*slots)
    made = head.sample(head.remember(together, head.reader(together)), noise(3), 3)
    for b, slot in enumerate(slots):
        alone = score_of([slot], together.before[b : b + 1], SMALL)
        single = head.sample(head.remember(alone, head.reader(alone)), noise(3)[b : b + 1], 3)
        torch.testing.assert_close(single, made[b : b + 1], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("what", ["letters", "start", "hidden", "before"])
def test_everything_in_the_score_is_heard(what: str) -> None:
    head, laid = small_head(), score(timed("hello there"))
    changed = {
        "letters": replace(laid, letters=laid.letters.roll(1, dims=1)),
        "start": replace(laid, start=laid.start + 4),
        "hidden": replace(laid, hidden=laid.hidden + 1),
        "before": replace(laid, before=laid.before + 1),
    }[what]
    one, two = (head.sample(head.remember(s, head.reader(s)), noise(1)) for s in (laid, changed))
    assert float((one - two).detach().abs().max()) > 1e-4


def test_silence_has_a_scale_and_comes_back() -> None:
    head = small_head()
    log_mel = torch.linspace(-13, 8, BANDS).expand(SLOT_FRAMES, -1)
    back = head.log_mel(head.normalised(log_mel))
    torch.testing.assert_close(back, log_mel.clamp(min=-8.0), atol=1e-5, rtol=0)


def test_noise_is_of_its_session_and_slot() -> None:
    assert torch.equal(slot_noise(3, 7), slot_noise(3, 7))
    different = [slot_noise(seed, index) for seed in range(4) for index in range(4)]
    assert len({tuple(n[0].tolist()) for n in different}) == 16
    assert abs(float(torch.stack(different).mean())) < 0.02
    assert float(torch.stack(different).std()) == pytest.approx(1, abs=0.02)


def test_what_is_around_a_slot_is_read_and_no_more_than_fits() -> None:
    units = timed("one two three four five six seven eight nine ten eleven twelve")
    near = around(units, 60, SMALL)
    assert all(unit.end > -30 and unit.start < SLOT_FRAMES + 60 for unit in near)
    assert (
        near[0].start == units[units.index(replace(near[0], start=near[0].start + 60))].start - 60
    )
    tight = around(units, 60, SMALL.model_copy(update={"letters_max": 8}))
    assert sum(len(unit.unit.letters) for unit in tight) <= 8
    assert any(unit.start < SLOT_FRAMES and unit.end > 0 for unit in tight), "what sounds stays"


def test_a_saved_voice_comes_back(tmp_path: Path) -> None:
    head = small_head()
    assert not has_voice(tmp_path)
    save_flow(tmp_path, head)
    assert has_voice(tmp_path)
    loaded = load_flow(tmp_path)
    assert loaded.config == head.config
    for name, tensor in head.state_dict().items():
        torch.testing.assert_close(loaded.state_dict()[name], tensor, atol=1e-2, rtol=1e-2)
    again = tmp_path / "again"
    again.mkdir()
    save_flow(again, loaded)
    twice = load_flow(again)
    assert all(
        torch.equal(a, b) for a, b in zip(loaded.parameters(), twice.parameters(), strict=True)
    )


def test_a_voice_that_is_missing_or_damaged_is_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"voice\.json is missing.*weft train --voice --out"):
        load_flow(tmp_path)
    save_flow(tmp_path, small_head())
    description = json.loads((tmp_path / "voice.json").read_text())
    description["config"]["width"] = 64
    (tmp_path / "voice.json").write_text(json.dumps(description))
    with pytest.raises(WeightsError, match="of another shape"):
        load_flow(tmp_path)
    data = bytearray((tmp_path / "voice.safetensors").read_bytes())
    data[-1] ^= 1
    (tmp_path / "voice.safetensors").write_bytes(data)
    with pytest.raises(WeightsError, match=r"voice\.safetensors is corrupted: SHA-256 is \w+, exp"):
        load_flow(tmp_path)


@pytest.mark.parametrize(
    ("word", "units"),
    [
        ("Honey", [(b"honey", False), (b" ", True)]),
        ("nectar,", [(b"nectar", False), (b", ", True)]),
        ("don't", [(b"don't", False), (b" ", True)]),
        ("8:36", [(b"8:36", False), (b" ", True)]),
        ("(wings).", [(b"(wings", False), (b"). ", True)]),
        ("—", [("— ".encode(), True)]),
        ("Zürich!", ["zürich".encode(), b"! "]),
    ],
)
def test_words_are_cut_into_letters_and_pause(word: str, units: list[object]) -> None:
    found = [
        unit.letters if isinstance(expected, bytes) else (unit.letters, unit.is_pause)
        for unit, expected in zip(units_of(word), units, strict=True)
    ]
    assert found == units


@given(st.text())
def test_any_word_has_units_and_the_last_is_a_pause(word: str) -> None:
    units = units_of(word)
    assert [unit.is_pause for unit in units] in ([True], [False, True])
    assert all(0 < len(unit.letters) <= 41 for unit in units)
