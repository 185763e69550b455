"""Train the model's voice (the flow head) on espeak-ng's; one seed, and what is begun goes on."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from weft.interaction_model.checkpoint import Weights, load_weights
from weft.interaction_model.dmel import BANDS, SLOT_FRAMES
from weft.interaction_model.flow import (
    LEAST_LOG_POWER,
    FlowConfig,
    FlowHead,
    Score,
    flow_loss,
    slot_noise,
)
from weft.interaction_model.flow_weights import save_flow
from weft.interaction_model.score import around, score_of
from weft.interaction_model.training.muon import Muon
from weft.interaction_model.training.said_aloud import (
    MODELS_VOICE,
    Lesson,
    SpokenBatch,
    batch_of,
    lesson_of,
    said_texts,
    with_hidden,
)
from weft.interaction_model.types import SLOT_SAMPLES

CHECKPOINT = "voice.pt"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakingPlan:
    """Everything that decides what training the voice does, besides the code."""

    out: Path
    steps: int
    seed: int = 0
    lessons: int = 8
    """Utterances in a batch."""
    slots_each: int = 8
    hidden_share: float = 0.5
    """Share of the lessons in which words carry hidden states; the others do without."""
    matrix_rate: float = 0.02
    other_rate: float = 2e-3
    warm_up: float = 0.02
    cool_down: float = 0.6
    duration_weight: float = 0.5
    at_noise: float = 0.3
    """Share of the slots that are learnt at t = 0, where the first Euler step is made."""
    measure_every: int = 20
    checkpoint_every: int = 100
    device: str = "cpu"


def lessons_at(plan: SpeakingPlan, weights: Weights | None, step: int, delay: int) -> list[Lesson]:
    """The utterances of a step: they depend on the seed and the step alone."""
    rng = random.Random(f"{plan.seed}:{step}")
    spoken = MODELS_VOICE.speak_all(list(islice(said_texts(rng, "train"), plan.lessons)))
    plain = [lesson_of(s, rng.randrange(SLOT_SAMPLES)) for s in spoken if s.words]
    carrying = round(plan.hidden_share * len(plain)) if weights is not None else 0
    if not carrying or weights is None:
        return plain
    return with_hidden(plain[:carrying], weights, rng, delay) + plain[carrying:]


def fit_statistics(lessons: list[Lesson], config: FlowConfig) -> FlowConfig:
    """Mean and deviation of each band over the speech of some lessons."""
    frames = torch.cat([lesson.frames for lesson in lessons]).clamp(min=LEAST_LOG_POWER)
    mean, deviation = frames.mean(dim=0), frames.std(dim=0).clamp(min=0.5)
    return config.model_copy(
        update={
            "mean": tuple(round(float(value), 3) for value in mean),
            "deviation": tuple(round(float(value), 3) for value in deviation),
        }
    )


class SpeakingTrainer:
    """Owns the head and its optimisers; goes on where the plan's folder left off."""

    def __init__(
        self,
        plan: SpeakingPlan,
        weights: Weights | None = None,
        config: FlowConfig | None = None,
    ) -> None:
        """Begin from the seed, or from a checkpoint.

        `weights` is the trunk (the shipped one); `config` has the head's sizes and no statistics.
        """
        torch.manual_seed(plan.seed)
        self.plan = plan
        self.weights = weights or load_weights()
        config = config or FlowConfig()
        width = self.weights.module.config.width
        config = config.model_copy(update={"trunk_width": width})
        self.step = 0
        self.history: list[dict[str, float]] = []
        plan.out.mkdir(parents=True, exist_ok=True)
        state = None
        if (plan.out / CHECKPOINT).exists():
            state = torch.load(plan.out / CHECKPOINT, map_location="cpu", weights_only=True)
            config = FlowConfig.model_validate_json(state["config"])
        else:
            shown = [lesson for n in range(8) for lesson in lessons_at(plan, None, -1 - n, 0)]
            config = fit_statistics(shown, config)
        self.head = FlowHead(config).to(plan.device)
        matrices = [p for p in self.head.layers.parameters() if p.ndim == 2 and min(p.shape) > 16]
        chosen = {id(p) for p in matrices}
        others = [p for p in self.head.parameters() if id(p) not in chosen]
        self._optimisers = (
            Muon(matrices, lr=plan.matrix_rate, momentum=0.95),
            torch.optim.AdamW(others, lr=plan.other_rate, betas=(0.9, 0.98), weight_decay=0.0),
        )
        if state is not None:
            self.head.load_state_dict(state["head"])
            for optimiser, saved in zip(self._optimisers, state["optimisers"], strict=True):
                optimiser.load_state_dict(saved)
            self.step, self.history = state["step"], state["history"]

    def run(self, report: Callable[[dict[str, float]], None]) -> None:
        """Train to the end of the plan; `report` is called after each measured step."""
        while self.step < self.plan.steps:
            figures = self._train_step()
            self.step += 1
            if self.step % self.plan.measure_every == 0:
                self.history.append({"step": self.step, **figures})
                report(self.history[-1])
            if self.step % self.plan.checkpoint_every == 0 or self.step == self.plan.steps:
                self._save()

    def _train_step(self) -> dict[str, float]:
        rng = random.Random(f"{self.plan.seed}:{self.step}:slots")
        generator = torch.Generator().manual_seed(rng.getrandbits(60))
        config = self.head.config
        lessons = lessons_at(self.plan, self.weights, self.step, config.delay_slots)
        batch = batch_of(lessons, config, rng, self.plan.slots_each)
        rates = (self.plan.matrix_rate, self.plan.other_rate)
        for optimiser, full in zip(self._optimisers, rates, strict=True):
            for group in optimiser.param_groups:
                group["lr"] = full * self._rate()
        batch = batch.to(torch.device(self.plan.device))
        score = self._score(batch, generator)
        frames = self.head.normalised(batch.frames)
        noise = torch.randn(frames.shape, generator=generator).to(frames.device)
        t = torch.rand(len(frames), generator=generator) * 0.98
        t = t * (torch.rand(len(frames), generator=generator) >= self.plan.at_noise)
        t = t.to(frames.device)
        loss = flow_loss(self.head, score, frames, batch.weights, batch.unit_weights, noise, t)
        torch.autograd.backward(loss.flow + self.plan.duration_weight * loss.duration)
        nn.utils.clip_grad_norm_(self.head.parameters(), 1.0)
        for optimiser in self._optimisers:
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        return {
            "flow": float(loss.flow.detach()),
            "mel": float(loss.mel),
            "duration": float(loss.duration.detach()),
        }

    def _score(self, batch: SpokenBatch, generator: torch.Generator) -> Score:
        """The batch's score, with past frames as unsure as the head's own will be."""
        before = self.head.normalised(batch.score.before)
        sure = torch.rand((len(before), 1, 1), generator=generator)
        doubt = 0.5 * sure * torch.randn(before.shape, generator=generator)
        return replace(batch.score, before=before + doubt.to(before.device))

    def _rate(self) -> float:
        """Share of the full learning rate at this step: up, flat, and down."""
        progress = self.step / self.plan.steps
        falling = (1.0 - progress) / self.plan.cool_down
        return max(0.01, min(1.0, (progress + 1e-4) / self.plan.warm_up, falling))

    def _save(self) -> None:
        state = {
            "step": self.step,
            "config": self.head.config.model_dump_json(),
            "head": self.head.state_dict(),
            "optimisers": [optimiser.state_dict() for optimiser in self._optimisers],
            "history": self.history,
        }
        path = self.plan.out / CHECKPOINT
        fresh = path.with_suffix(".new")
        torch.save(state, fresh)
        fresh.replace(path)  # never half a checkpoint
        (self.plan.out / "voice_history.json").write_text(json.dumps(self.history))
        save_flow(self.plan.out, self.head)


@torch.inference_mode()
def spoken_slots(head: FlowHead, lesson: Lesson, seed: int = 0) -> Tensor:
    """Frames [S·F, BANDS] that the head makes of a lesson's true times, slot after slot."""
    before = head.normalised(torch.full((1, SLOT_FRAMES, BANDS), LEAST_LOG_POWER))
    found = []
    for slot in range(lesson.slots):
        score = score_of(
            [around(lesson.units, slot * SLOT_FRAMES, head.config)], before, head.config
        )
        memory = head.remember(score, head.reader(score))
        before = head.sample(memory, slot_noise(seed, slot)[None])
        found.append(head.log_mel(before)[0])
    return torch.cat(found)


def mel_distance(made: Tensor, meant: Tensor) -> float:
    """Mean absolute difference of audible log power, in nepers, where there is speech."""
    made, meant = made.clamp(min=LEAST_LOG_POWER), meant.clamp(min=LEAST_LOG_POWER)
    sounding = meant.max(dim=1).values > LEAST_LOG_POWER + 2
    return float(np.mean((made - meant)[sounding].abs().numpy()))
