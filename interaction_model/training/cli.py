"""`weft train`: from the grammars to a weights folder, with a bar, checkpoints and a loss curve."""

import json
from dataclasses import replace
from pathlib import Path

import torch
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from weft.errors import InputError
from weft.interaction_model.checkpoint import load_weights
from weft.interaction_model.config import ModelConfig, SensesConfig
from weft.interaction_model.tokenizer import WordTokenizer
from weft.interaction_model.training import trainer
from weft.interaction_model.training.corpus import train_tokenizer
from weft.interaction_model.training.curve import draw_curve
from weft.interaction_model.training.sense_batches import LARGEST_TEAM
from weft.interaction_model.training.speaking import SpeakingPlan, SpeakingTrainer
from weft.interaction_model.training.spoken import fit_dmel, frequent_words
from weft.interaction_model.training.team import Team, gathered
from weft.interaction_model.training.word_table import make_table
from weft.interaction_model.weights_folder import SHIPPED_SENSES, WORD_ROWS, has_senses
from weft.interaction_model.word_vectors import WordVectors

TOKENIZER_TEXTS = 60_000

VOICE_SHARE = 4
"""The voice is trained for a quarter of the steps that the model with senses was."""

SENSES_MATRIX_RATE, SENSES_OTHER_RATE = 0.03, 0.008
"""A model that learns to hear takes larger steps than one of text alone."""

WHOLE_WORDS = 2_000
"""So many words are heard as one token each."""

EAR_LAYERS = 2
"""Blocks that a model with senses has below those of the text-only model."""


def main(
    *,
    out: Path,
    steps: int,
    seed: int = 0,
    device: str = "auto",
    threads: int = 0,
    word_dims: int = 0,
    senses: bool = False,
    processes: int = 1,
) -> None:
    """Train into folder `out`; an interrupted training there is continued.

    `word_dims` is how many dimensions of word vectors the model is given; 0: it has no table. With
    `senses` the training begins from the shipped text-only weights, whose table it shares, and
    `processes` share its lessons, each with a thread of its own.
    Raises InputError, before any work, when nothing can be computed on `device`.
    """
    device = usable_device(device)
    with trainer.denormals_flushed():  # before torch begins the threads that inherit it
        if threads:
            torch.set_num_threads(threads)
        plan = trainer.TrainingPlan(out=out, steps=steps, seed=seed, device=device)
        if not senses:
            _run(_text_only(plan, word_dims))
            return
        threads = torch.get_num_threads()
        _run_with_senses(plan, processes)
        torch.set_num_threads(threads)
        _run_voice(SpeakingPlan(out=out, steps=max(1, steps // VOICE_SHARE), seed=seed), out)


def train_voice(*, out: Path, steps: int, seed: int, device: str, threads: int) -> None:
    """Teach the model of folder `out` to sound what it says; the shipped one if there is none.

    An interrupted training there is continued. Raises InputError and WeightsError.
    """
    device = usable_device(device)
    own = (out / "weights.json").exists()
    trunk = out if own else SHIPPED_SENSES if has_senses(SHIPPED_SENSES) else None
    plan = SpeakingPlan(out=out, steps=steps, seed=seed, device=device)
    with trainer.denormals_flushed():
        if threads:
            torch.set_num_threads(threads)
        _run_voice(plan, trunk)


def usable_device(name: str) -> str:
    """Give the device that `name` means; raises InputError when nothing can be computed on it."""
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.zeros(1, device=name).item()
    except (RuntimeError, AssertionError, ImportError) as error:  # torch raises each of them
        reason = str(error).partition("\n")[0].partition(". ")[0]
        raise InputError(
            f"cannot train on device {name!r}: {reason}; use auto, cpu or cuda"
        ) from error
    return name


def _text_only(plan: trainer.TrainingPlan, word_dims: int) -> trainer.Trainer:
    config = ModelConfig().model_copy(update={"word_dims": word_dims})
    tokenizer_path = plan.out / "tokenizer.json"
    # What is left of a training without a checkpoint may be of another seed.
    begun = (plan.out / trainer.CHECKPOINT).exists()
    if begun and tokenizer_path.exists():
        tokenizer = WordTokenizer.load(tokenizer_path)
    else:
        _console().print("learning the tokenizer …")
        tokenizer = train_tokenizer(config, plan.seed, TOKENIZER_TEXTS)
    words = _word_table(plan.out, word_dims, begun=begun) if word_dims else None
    return trainer.Trainer(plan, config, tokenizer, words)


def _run_with_senses(plan: trainer.TrainingPlan, processes: int) -> None:
    if processes > LARGEST_TEAM:
        raise InputError(f"{processes} processes: some steps have only {LARGEST_TEAM} lessons")
    if processes > 1:
        torch.set_num_threads(1)
        plan = replace(plan, workers=0)
    plan = replace(plan, matrix_rate=SENSES_MATRIX_RATE, other_rate=SENSES_OTHER_RATE)
    begun = trainer.begun_config(plan.out)
    senses = None if begun is None else begun.senses
    asked = (plan, senses or _measured_senses(plan.seed))
    with gathered(processes, _follow, asked) as team:
        _run(_with_senses(*asked, team))


def _measured_senses(seed: int) -> SensesConfig:
    _console().print("measuring how loud speech is, and which words are frequent …")
    whole_words = frequent_words(seed, load_weights().tokenizer, WHOLE_WORDS)
    return SensesConfig(dmel=fit_dmel(seed), whole_words=whole_words)


def _follow(team: Team, asked: tuple[trainer.TrainingPlan, SensesConfig]) -> None:
    with trainer.denormals_flushed():
        torch.set_num_threads(1)
        _with_senses(*asked, team).run(lambda _progress: None)


def _with_senses(plan: trainer.TrainingPlan, senses: SensesConfig, team: Team) -> trainer.Trainer:
    text = load_weights()
    begun = text.module.config
    added = {
        "senses": senses,
        "heard_text": 1,
        "layers": begun.layers + EAR_LAYERS,
        # Ears whose sinks were ever farther away heard well only in the first minute.
        "sinks_reach_slots": begun.window_slots,
    }
    config = begun.model_copy(update=added)
    tokenizer = text.tokenizer.hearing_whole(senses.whole_words)
    return trainer.Trainer(plan, config, tokenizer, text.words, text.module, team)


def _console() -> Console:
    return Console(stderr=True)


def _run(training: trainer.Trainer) -> None:
    console, plan = _console(), training.plan
    steps, seed, out = plan.steps, plan.seed, plan.out
    if training.step:
        console.print(f"continuing at step {training.step} of {steps}")
    if training.plan_unknown:
        console.print(
            "the checkpoint does not say with which seed and steps it was begun; "
            f"it goes on with seed {seed} and {steps} steps"
        )
    with _bar(console) as bar:
        task = bar.add_task("training", total=steps, completed=training.step, figures="")

        def report(progress: trainer.Progress) -> None:
            shares = " ".join(f"{k} {v:.3f}" for k, v in progress.accuracy.items())
            bar.update(task, completed=progress.step, figures=f"loss {progress.loss:.3f} {shares}")
            if not console.is_terminal and progress.step % 100 == 1:
                console.print(f"step {progress.step}/{steps} loss {progress.loss:.3f} {shares}")

        training.run(report)
    history = json.loads((out / "history.json").read_text())
    draw_curve(history, out / "curve.png")
    console.print(f"weights, history and curve are in {out}")


def _run_voice(plan: SpeakingPlan, trunk: Path | None) -> None:
    """Teach the model in folder `trunk` to sound what it says; None: the one of text alone."""
    console = _console()
    training = SpeakingTrainer(plan, load_weights(trunk))
    if training.step:
        console.print(f"continuing the voice at step {training.step} of {plan.steps}")
    with _bar(console) as bar:
        task = bar.add_task("voice", total=plan.steps, completed=training.step, figures="")

        def report(figures: dict[str, float]) -> None:
            step = int(figures["step"])
            told = " ".join(f"{k} {v:.3f}" for k, v in figures.items() if k != "step")
            bar.update(task, completed=step, figures=told)
            if not console.is_terminal and step % 100 == 0:
                console.print(f"voice, step {step}/{plan.steps} {told}")

        training.run(report)
    console.print(f"the voice is in {plan.out}")


def _bar(console: Console) -> Progress:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[figures]}"),
    )
    return Progress(*columns, console=console)


def _word_table(out: Path, dims: int, *, begun: bool) -> WordVectors:
    """The table that a begun training has, or one made anew."""
    if begun and (out / WORD_ROWS).exists():
        return WordVectors.load(out)
    return make_table(dims)
