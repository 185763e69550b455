"""The model's own voice: a flow head that makes a slot's 20 mel frames of what is being said.

Flow matching along straight lines (arXiv 2210.02747): from noise x0 at t = 0 to frames x1 at t = 1,
x_t = (1-t)·x0 + t·x1, and the velocity to learn is x1 - x0. Sampling takes a few Euler steps.

The frames attend to three things: each other, the frames of the slot before, and the letters of the
words around the slot, each of which carries the hidden state that the transformer had where it said
the word. Every one of them has its place in time, and what is near counts more. How long letters
take is predicted too (`Read.frames`); a word's own length comes from outside, in training from the
voice that is learnt, in a conversation from the prediction.

Shapes: B batch, F frames of a slot, M letters, U units (`spoken_units`), W width of the head.
"""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn
from torch.nn import functional

from weft.interaction_model.dmel import BANDS, SLOT_FRAMES

LEAST_LOG_POWER = -8.0
"""Speech is made down to this log power of a band, some 65 dB below its loudest."""
_LEAST_TIME_LEFT = 0.2
"""The loss counts frames at t near 1 as if so much of the way were left."""


class FlowConfig(BaseModel):
    """Sizes of the flow head and statistics of the voice; stored beside its weights."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    width: int = 192
    layers: int = 3
    heads: int = 4
    letter_width: int = 160
    letter_layers: int = 3
    trunk_width: int = 192
    """Width of the transformer whose hidden states the words carry."""
    letters_max: int = 72
    """So many letters around a slot are read; what does not fit lies furthest ahead."""
    delay_slots: int = Field(default=1, ge=0)
    """A word sounds so many slots after its text at the earliest: text leads sound."""
    euler_steps: int = Field(default=2, ge=1)
    """More are sharper and, of a voice that is unsure, wilder; each takes some 2 ms."""
    mean: tuple[float, ...] = (-3.0,) * BANDS
    """Of each band's log power in the voice."""
    deviation: tuple[float, ...] = (4.0,) * BANDS


@dataclass(frozen=True, slots=True)
class Score:
    """What a batch of slots is to sound: letters, the units they are in, and when those sound."""

    letters: Tensor  # [B, M] bytes; 0 where there is none
    unit: Tensor  # [B, M] index of the letter's unit
    start: Tensor  # [B, U] frames from the slot's begin; negative for what began before
    frames: Tensor  # [B, U] how long the unit sounds
    hidden: Tensor  # [B, U, trunk_width] of the position that said the unit's word
    has_hidden: Tensor  # [B, U] false where there is no hidden state
    before: Tensor  # [B, F, BANDS] normalised frames of the slot before

    def to(self, device: torch.device) -> Self:
        """Move every tensor."""
        return type(self)(**{f.name: getattr(self, f.name).to(device) for f in fields(self)})


@dataclass(frozen=True, slots=True)
class Read:
    """Letters as the head understands them."""

    encoded: Tensor  # [B, M, letter_width]
    frames: Tensor  # [B, M] how long each would sound if it had its own way


@dataclass(frozen=True, slots=True)
class Memory:
    """What the frames attend to besides each other: keys and values of each layer, and its bias."""

    keys: list[Tensor]  # [B, heads, F + M, W / heads]
    values: list[Tensor]
    biases: list[Tensor]  # [B, heads, F, F + F + M] of all keys, own frames first


class LetterReader(nn.Module):
    """Convolutions over letters, for how they sound beside each other and how long they take."""

    def __init__(self, config: FlowConfig) -> None:
        """Make the layers."""
        super().__init__()
        width = config.letter_width
        self.letter = nn.Embedding(256, width)
        self.hidden = nn.Linear(config.trunk_width, width, bias=False)
        self.no_hidden = nn.Parameter(torch.zeros(width))
        self.norms = nn.ModuleList(nn.RMSNorm(width) for _ in range(config.letter_layers))
        self.layers = nn.ModuleList(
            nn.Conv1d(width, 2 * width, kernel_size=5, padding=2)
            for _ in range(config.letter_layers)
        )
        self.out = nn.RMSNorm(width)
        self.duration = nn.Linear(width, 1)
        nn.init.normal_(self.letter.weight, std=0.5)
        nn.init.constant_(self.duration.bias, 6.0)

    def forward(self, score: Score) -> Read:
        """Read a score's letters."""
        present = (score.letters > 0)[..., None]
        told = torch.where(score.has_hidden[..., None], self.hidden(score.hidden), self.no_hidden)
        x = self.letter(score.letters)
        x = x + told.gather(1, score.unit[..., None].expand(-1, -1, told.shape[-1]))
        x = x * present
        for norm, layer in zip(self.norms, self.layers, strict=True):
            mixed = layer((norm(x) * present).transpose(1, 2)).transpose(1, 2)
            x = (x + functional.glu(mixed, dim=-1)) * present
        encoded = self.out(x)
        frames = functional.softplus(self.duration(encoded)[..., 0]) + 0.05
        return Read(encoded, frames * present[..., 0])


class Layer(nn.Module):
    """Attention of frames to frames, past frames and letters; then an MLP. Both see the time t."""

    def __init__(self, config: FlowConfig) -> None:
        """Make the projections, with heads that look before, at and behind their own time."""
        super().__init__()
        width = config.width
        self.heads = config.heads
        self.norm, self.mlp_norm = nn.RMSNorm(width), nn.RMSNorm(width)
        self.query = nn.Linear(width, width, bias=False)
        self.frame = nn.Linear(width, 2 * width, bias=False)
        self.letter = nn.Linear(width, 2 * width, bias=False)
        self.out = nn.Linear(width, width, bias=False)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width, bias=False)
        self.scale = nn.Linear(width, 2 * width)
        # How much being off counts and which distance is best, for frames and for letters.
        self.steepness = nn.Parameter(torch.tensor([[-1.0], [-1.0]]).repeat(1, config.heads))
        self.shift = nn.Parameter(torch.linspace(-6, 6, config.heads).repeat(2, 1))
        nn.init.zeros_(self.scale.weight)
        nn.init.zeros_(self.scale.bias)

    def split(self, x: Tensor) -> Tensor:
        """[B, T, W] as heads [B, H, T, W / H]."""
        return x.view(*x.shape[:2], self.heads, -1).transpose(1, 2)

    def bias(self, kind: int, distance: Tensor, present: Tensor) -> Tensor:
        """What is added to attention [B, H, F, T] at a distance [B, F, T] in frames."""
        off = (distance[:, None] - self.shift[kind][:, None, None]).abs()
        bias = -functional.softplus(self.steepness[kind])[:, None, None] * off
        return bias.masked_fill(~present[:, None, None], float("-inf"))

    def forward(
        self, x: Tensor, time: Tensor, keys: Tensor, values: Tensor, bias: Tensor
    ) -> Tensor:
        """Run frames [B, F, W] at embedded time [B, 1, W] through the layer."""
        attention_scale, mlp_scale = self.scale(time).chunk(2, dim=-1)
        normed = self.norm(x) * (1 + attention_scale)
        own_keys, own_values = self.frame(normed).chunk(2, dim=-1)
        attended = functional.scaled_dot_product_attention(
            self.split(self.query(normed)),
            torch.cat([self.split(own_keys), keys], dim=2),
            torch.cat([self.split(own_values), values], dim=2),
            attn_mask=bias,
        )
        x = x + self.out(attended.transpose(1, 2).flatten(2))
        normed = self.mlp_norm(x) * (1 + mlp_scale)
        mapped: Tensor = self.down(functional.gelu(self.up(normed)))
        return x + mapped


class FlowHead(nn.Module):
    """Reader, layers and the velocity; about 2.4 million parameters as configured by default."""

    def __init__(self, config: FlowConfig) -> None:
        """Make the head with fresh weights."""
        super().__init__()
        self.config = config
        width = config.width
        self.reader = LetterReader(config)
        self.letter_in = nn.Linear(config.letter_width + 3, width)
        self.frame_in = nn.Linear(BANDS, width)
        self.noisy_in = nn.Linear(BANDS, width)
        self.place = nn.Parameter(torch.randn(SLOT_FRAMES, width) * 0.1)
        self.place_before = nn.Parameter(torch.randn(SLOT_FRAMES, width) * 0.1)
        self.time = nn.Sequential(nn.Linear(2, width), nn.GELU(), nn.Linear(width, width))
        self.layers = nn.ModuleList(Layer(config) for _ in range(config.layers))
        self.norm = nn.RMSNorm(width)
        self.out = nn.Linear(width, BANDS)
        self.register_buffer("mean", torch.tensor(config.mean), persistent=False)
        self.register_buffer("deviation", torch.tensor(config.deviation), persistent=False)
        self.mean: Tensor
        self.deviation: Tensor

    def normalised(self, log_mel: Tensor) -> Tensor:
        """Log power [..., BANDS] in the head's own scale; what is too faint counts as silence."""
        return (log_mel.clamp(min=LEAST_LOG_POWER) - self.mean) / self.deviation

    def log_mel(self, normalised: Tensor) -> Tensor:
        """Log power [..., BANDS] of frames in the head's own scale."""
        return normalised * self.deviation + self.mean

    def remember(self, score: Score, read: Read) -> Memory:
        """Lay letters out in time and prepare what all Euler steps attend to."""
        place, length, share = letter_times(score, read.frames)
        timing = torch.stack([length.clamp(min=0.05).log(), share, place / SLOT_FRAMES], dim=-1)
        letters = self.letter_in(torch.cat([read.encoded, timing], dim=-1))
        before = self.frame_in(score.before) + self.place_before
        now = torch.arange(SLOT_FRAMES, device=letters.device) + 0.5
        batch = len(letters)
        frames_at = torch.cat([now, now - SLOT_FRAMES]).expand(batch, SLOT_FRAMES, -1)
        frame_distance = frames_at - now[None, :, None]
        letter_distance = place[:, None, :] - now[None, :, None]
        all_frames = torch.ones(batch, 2 * SLOT_FRAMES, dtype=torch.bool, device=letters.device)
        memory = Memory([], [], [])
        for layer in self.layers:
            assert isinstance(layer, Layer)
            frame_keys, frame_values = layer.frame(before).chunk(2, dim=-1)
            keys, values = layer.letter(letters).chunk(2, dim=-1)
            memory.keys.append(layer.split(torch.cat([frame_keys, keys], dim=1)))
            memory.values.append(layer.split(torch.cat([frame_values, values], dim=1)))
            biases = (
                layer.bias(0, frame_distance, all_frames),
                layer.bias(1, letter_distance, score.letters > 0),
            )
            memory.biases.append(torch.cat(biases, dim=-1))
        return memory

    def destination(self, x: Tensor, t: Tensor, memory: Memory) -> Tensor:
        """Where x_t [B, F, BANDS] at time t [B] is taken to end: an estimate of x1."""
        at = t[:, None, None]
        time = self.time(torch.cat([at, at.square()], dim=-1))
        y = self.noisy_in(x) + self.place + time
        parts = zip(self.layers, memory.keys, memory.values, memory.biases, strict=True)
        for layer, keys, values, bias in parts:
            y = layer(y, time, keys, values, bias)
        frames: Tensor = self.out(self.norm(y))
        return frames

    def velocity(self, x: Tensor, t: Tensor, memory: Memory) -> Tensor:
        """The estimate of x1 - x0 [B, F, BANDS] at x_t, for t [B] below 1."""
        return (self.destination(x, t, memory) - x) / (1 - t[:, None, None])

    def sample(self, memory: Memory, noise: Tensor, steps: int | None = None) -> Tensor:
        """Frames [B, F, BANDS] from noise of the same shape, by Euler steps of equal length."""
        steps = steps or self.config.euler_steps
        x = noise
        for step in range(steps):
            t = x.new_full((len(x),), step / steps)
            x = x + self.velocity(x, t, memory) / steps
        return x


def letter_times(score: Score, letter_frames: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Middle and length of each letter in frames, and where in its unit it is, each [B, M].

    The letters of a unit share its time in proportion to how long each would take.
    """
    counted = torch.zeros_like(score.frames).scatter_add(1, score.unit, letter_frames)
    whole = counted.gather(1, score.unit).clamp(min=1e-3)
    stretch = score.frames.gather(1, score.unit) / whole
    # What comes before it in its own unit is summed alone: the difference of two sums over all
    # letters has an error that a short unit, which is divided by, makes large.
    same_unit = score.unit[:, :, None] == score.unit[:, None, :]
    before = letter_frames[:, None, :] * same_unit.tril(-1)
    into = before.sum(-1) + letter_frames / 2
    place = score.start.gather(1, score.unit) + into * stretch
    return place, letter_frames * stretch, into / whole


def slot_noise(seed: int, index: int) -> Tensor:
    """Noise x0 [F, BANDS] of a slot: the same whenever the session is lived again."""
    # Mixed, so that neighbouring slots of neighbouring seeds have nothing in common.
    mixed = int(np.random.SeedSequence([seed, index]).generate_state(1, np.uint64)[0] >> 1)
    return torch.randn(SLOT_FRAMES, BANDS, generator=torch.Generator().manual_seed(mixed))


@dataclass(frozen=True, slots=True)
class FlowLoss:
    """What a batch of slots costs, each a scalar."""

    flow: Tensor
    """Squared error of the velocity."""
    mel: Tensor
    """Absolute error of the estimate of the frames, in deviations; to be looked at."""
    duration: Tensor
    """Absolute error of the logarithm of units' lengths."""


def flow_loss(
    head: FlowHead,
    score: Score,
    frames: Tensor,
    weights: Tensor,
    unit_weights: Tensor,
    noise: Tensor,
    t: Tensor,
) -> FlowLoss:
    """Loss of normalised frames [B, F, BANDS] that count with weights [B, F], at times t [B].

    `unit_weights` [B, U] is how much each unit's length counts: 0 for one that is not whole.
    """
    read = head.reader(score)
    # How letters share a word's time is learnt from the words' lengths alone.
    memory = head.remember(score, Read(read.encoded, read.frames.detach()))
    at = t[:, None, None]
    x = (1 - at) * noise + at * frames
    off = head.destination(x, t, memory) - frames
    # (x̂1 - x1) / (1 - t) is the error of the velocity x1 - x0.
    squared = (off / (1 - at).clamp(min=_LEAST_TIME_LEFT)).square().mean(dim=-1)
    count = weights.sum().clamp(min=1e-6)
    found = torch.zeros_like(score.frames).scatter_add(1, score.unit, read.frames)
    apart = ((found + 0.5).log() - (score.frames + 0.5).log()).abs()
    return FlowLoss(
        flow=(squared * weights).sum() / count,
        mel=(off.detach().abs().mean(dim=-1) * weights).sum() / count,
        duration=(apart * unit_weights).sum() / unit_weights.sum().clamp(min=1e-6),
    )
