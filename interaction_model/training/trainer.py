"""Train the interaction model: one seed, checkpoints that resume, a history to draw."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn
from torch.utils.data import DataLoader, IterableDataset

from weft.errors import InputError
from weft.interaction_model.checkpoint import Weights, save_weights
from weft.interaction_model.config import ModelConfig
from weft.interaction_model.model import InteractionModule
from weft.interaction_model.tokenizer import WordTokenizer
from weft.interaction_model.training.batches import Batch, Sights, batches
from weft.interaction_model.training.hearing_aid import HearingAid
from weft.interaction_model.training.loss import outcome
from weft.interaction_model.training.muon import Muon
from weft.interaction_model.training.seeing_aid import SeeingAid
from weft.interaction_model.training.sense_batches import sense_batches
from weft.interaction_model.training.team import ALONE, Team
from weft.interaction_model.training.warm_start import begin_from
from weft.interaction_model.word_vectors import WordVectors

CHECKPOINT = "checkpoint.pt"

EAR_RATE = 0.3
"""Share of AdamW's rate for the ear: with a thousand inputs its steps are large as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingPlan:
    """Everything that decides what training does, besides the code."""

    out: Path
    steps: int = 2400
    seed: int = 0
    matrix_rate: float = 0.02
    """Muon's learning rate for the matrices inside the blocks."""
    other_rate: float = 3e-3
    """AdamW's for embeddings, norms and heads."""
    warm_up: float = 0.02
    cool_down: float = 0.5
    """Share of the training over which the rates fall to a hundredth."""
    checkpoint_every: int = 200
    measure_every: int = 20
    device: str = "cpu"
    workers: int = 1
    """Processes that make batches beside the training; 0 makes them in its own."""

    def decides(self) -> dict[str, float]:
        """Give what the weights depend on; a training can only be continued with the same."""
        return {
            "steps": self.steps,
            "seed": self.seed,
            "matrix_rate": self.matrix_rate,
            "other_rate": self.other_rate,
            "warm_up": self.warm_up,
            "cool_down": self.cool_down,
        }


@dataclass(frozen=True, slots=True)
class Progress:
    """What training has reached after a step."""

    step: int
    steps: int
    loss: float
    accuracy: dict[str, float]


class _Stream(IterableDataset[Batch | Sights]):
    """The batches as a data set, so that they are made in another process."""

    def __init__(
        self,
        tokenizer_path: Path,
        words_folder: Path | None,
        config: ModelConfig,
        plan: TrainingPlan,
        first: int,
        team: Team,
    ) -> None:
        super().__init__()
        self._team = team
        self._tokenizer_path, self._config, self._plan = tokenizer_path, config, plan
        self._first = first
        self._words_folder = words_folder

    def __iter__(self) -> Iterator[Batch | Sights]:
        tokenizer = WordTokenizer.load(self._tokenizer_path, self._config.whole_words)
        words = None if self._words_folder is None else WordVectors.load(self._words_folder)
        plan = self._plan
        if self._config.senses is None:
            yield from batches(tokenizer, self._config, plan.seed, self._first, plan.steps, words)
        else:
            yield from sense_batches(
                tokenizer, self._config, plan.seed, self._first, plan.steps, words, self._team
            )


@contextmanager
def denormals_flushed() -> Iterator[None]:
    """Take denormal numbers for zero, in this thread and those that begin inside the block.

    Squared activations leave them, and some processors multiply them 50 times slower.
    """
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)


def begun_config(out: Path) -> ModelConfig | None:
    """Give the configuration of the training that folder `out` has a checkpoint of; None of none.

    What was measured of the data at its beginning may come out otherwise with the code of today.
    """
    if not (out / CHECKPOINT).exists():
        return None
    state = torch.load(out / CHECKPOINT, map_location="cpu", weights_only=True, mmap=True)
    config: str | None = state.get("config")
    return None if config is None else ModelConfig.model_validate_json(config)


class Trainer:
    """Owns module and optimisers; continues from the last checkpoint in the plan's folder."""

    def __init__(
        self,
        plan: TrainingPlan,
        config: ModelConfig,
        tokenizer: WordTokenizer,
        words: WordVectors | None = None,
        text: InteractionModule | None = None,
        team: Team = ALONE,
    ) -> None:
        """Make everything from the seed, or load what an interrupted training left.

        `words` is the table of a model with `word_dims`; `text` the text-only model from which a
        model with senses begins. Only the leader of a team writes files.
        Raises InputError, and writes nothing, when that training had another plan.
        """
        torch.manual_seed(plan.seed)
        self.plan, self.config, self.tokenizer, self.words = plan, config, tokenizer, words
        self._team = team
        self.module = InteractionModule(config).to(plan.device)
        if text is not None:
            begin_from(self.module, text, tokenizer)
        self._aid: HearingAid | None = None
        self._eye: SeeingAid | None = None
        looking: list[nn.Parameter] = []
        matrices, others, ear = _split_parameters(self.module)
        if config.senses is not None:
            self._aid = HearingAid(self.module).to(plan.device)
            self._eye = SeeingAid(self.module).to(plan.device)
            others += list(self._aid.parameters())
            looking += list(self._eye.parameters())
        self._parameters = [*matrices, *others, *ear, *looking]
        self._optimisers = (
            Muon(matrices, lr=plan.matrix_rate, momentum=0.95, team=team),
            torch.optim.AdamW(
                [
                    {"params": others, "share": 1.0},
                    {"params": ear, "share": EAR_RATE},
                    *([{"params": looking, "share": 1.0}] if looking else []),
                ],
                lr=plan.other_rate,
                betas=(0.9, 0.98),
                weight_decay=0.0,
            ),
        )
        self.step = 0
        self.history: list[dict[str, float]] = []
        self.plan_unknown = False
        """Whether what is continued was begun before checkpoints kept their plan."""
        plan.out.mkdir(parents=True, exist_ok=True)
        self._checkpoint_path = plan.out / CHECKPOINT
        if self._checkpoint_path.exists():
            self._load_checkpoint()
        self._tokenizer_path = plan.out / "tokenizer.json"
        if team.leads:
            tokenizer.save(self._tokenizer_path)
            if words is not None:
                words.save(plan.out)

    def run(self, report: Callable[[Progress], None]) -> None:
        """Train to the end of the plan; `report` is called after each measured step."""
        self._team.wait()  # until the leader has written what all read
        words_folder = None if self.words is None else self.plan.out
        stream = _Stream(
            self._tokenizer_path, words_folder, self.config, self.plan, self.step, self._team
        )
        if self.plan.workers:
            loader = DataLoader(
                stream,
                batch_size=None,
                num_workers=self.plan.workers,
                prefetch_factor=4,
                multiprocessing_context="spawn",
            )
        else:
            loader = DataLoader(stream, batch_size=None)
        for batch in loader:
            measure = self.step % self.plan.measure_every == 0
            loss, accuracy = self._train_step(batch.to(torch.device(self.plan.device)), measure)
            self.step += 1
            if measure:
                self.history.append({"step": self.step, "loss": loss, **accuracy})
                report(Progress(self.step, self.plan.steps, loss, accuracy))
            due = self.step % self.plan.checkpoint_every == 0 or self.step == self.plan.steps
            if due and self._team.leads:
                self._save_checkpoint()

    def _train_step(self, batch: Batch | Sights, measure: bool) -> tuple[float, dict[str, float]]:
        rate = self._rate()
        for optimiser, full in zip(
            self._optimisers, (self.plan.matrix_rate, self.plan.other_rate), strict=True
        ):
            for group in optimiser.param_groups:
                group["lr"] = full * rate * group.get("share", 1.0)
        result = outcome(self.module, batch, measure=measure, aid=self._aid, eye=self._eye)
        torch.autograd.backward(result.loss)
        self._team.average_gradients(self._parameters)
        nn.utils.clip_grad_norm_(self.module.parameters(), 1.0)
        for optimiser in self._optimisers:
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        return float(result.loss.detach()), result.accuracy

    def _rate(self) -> float:
        """Share of the full learning rate at this step: up, flat, and down."""
        progress = self.step / self.plan.steps
        rising = progress / self.plan.warm_up
        falling = (1.0 - progress) / self.plan.cool_down
        return max(0.01, min(1.0, rising, falling))

    def _decides(self) -> dict[str, float]:
        """Give what the weights depend on, of plan and model."""
        senses = self.config.senses is not None
        return self.plan.decides() | {"word_dims": self.config.word_dims, "senses": senses}

    def _save_checkpoint(self) -> None:
        state = {
            "step": self.step,
            "plan": self._decides(),
            "config": self.config.model_dump_json(),
            "module": self.module.state_dict(),
            "optimisers": [optimiser.state_dict() for optimiser in self._optimisers],
            "history": self.history,
            "aid": None if self._aid is None else self._aid.state_dict(),
            "eye": None if self._eye is None else self._eye.state_dict(),
        }
        fresh = self._checkpoint_path.with_suffix(".new")
        torch.save(state, fresh)
        fresh.replace(self._checkpoint_path)  # never half a checkpoint
        (self.plan.out / "history.json").write_text(json.dumps(self.history))
        save_weights(self.plan.out, Weights(self.module, self.tokenizer, self.words))

    def _load_checkpoint(self) -> None:
        state = torch.load(self._checkpoint_path, map_location="cpu", weights_only=True)
        begun_with: dict[str, float] | None = state.get("plan")
        if begun_with is None:
            self.plan_unknown = True
        else:
            before_that = {"word_dims": 0, "senses": False}
            _check_same_plan(self.plan.out, self._decides(), before_that | begun_with)
        self.module.load_state_dict(state["module"])
        if self._aid is not None:
            self._aid.load_state_dict(state["aid"])
        if self._eye is not None:
            self._eye.load_state_dict(state["eye"])
        for optimiser, saved in zip(self._optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(saved)
        self.step, self.history = state["step"], state["history"]


def _check_same_plan(
    out: Path, asked: Mapping[str, float], begun_with: Mapping[str, float]
) -> None:
    """Raise InputError when a training would go on as another than it was begun."""
    other = {name: value for name, value in asked.items() if begun_with.get(name) != value}
    if other:
        then = ", ".join(f"{name} {begun_with.get(name)}" for name in other)
        now = ", ".join(f"{name} {value}" for name, value in other.items())
        raise InputError(
            f"{out} holds a training that was begun with {then}; it cannot go on with {now}: "
            "ask for the same again, or train into another folder"
        )


_MATRICES = ("transformer.blocks", "reference.", "eye.first.", "eye.stages.")
"""The eye's too: AdamW has hardly taught it colours when Muon has taught it most (docs/log.md)."""


def _split_parameters(
    module: InteractionModule,
) -> tuple[list[nn.Parameter], list[nn.Parameter], list[nn.Parameter]]:
    """Matrices inside blocks and of the eye for Muon; the rest for AdamW, the ear's apart."""
    matrices: list[nn.Parameter] = []
    others: list[nn.Parameter] = []
    ear: list[nn.Parameter] = []
    for name, parameter in module.named_parameters():
        inside = name.startswith(_MATRICES) and name.endswith(".weight")
        if inside and parameter.ndim == 2:
            matrices.append(parameter)
        else:
            (ear if name.startswith("ear.") else others).append(parameter)
    return matrices, others, ear
