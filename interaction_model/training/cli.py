"""`weft train`: from the grammars to a weights folder, with a bar, checkpoints and a loss curve."""

import json
from pathlib import Path

import torch
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from weft.interaction_model.config import ModelConfig
from weft.interaction_model.tokenizer import WordTokenizer
from weft.interaction_model.training import trainer
from weft.interaction_model.training.corpus import train_tokenizer
from weft.interaction_model.training.curve import draw_curve

TOKENIZER_TEXTS = 60_000


def main(*, out: Path, steps: int, seed: int = 0, device: str = "auto", threads: int = 0) -> None:
    """Train into folder `out`; an interrupted training there is continued."""
    with trainer.denormals_flushed():  # before torch begins the threads that inherit it
        _train(out=out, steps=steps, seed=seed, device=device, threads=threads)


def _train(*, out: Path, steps: int, seed: int, device: str, threads: int) -> None:
    console = Console(stderr=True)
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    if threads:
        torch.set_num_threads(threads)
    config = ModelConfig()
    plan = trainer.TrainingPlan(out=out, steps=steps, seed=seed, device=device)
    tokenizer_path = out / "tokenizer.json"
    if tokenizer_path.exists():
        tokenizer = WordTokenizer.load(tokenizer_path)
    else:
        console.print("learning the tokenizer …")
        tokenizer = train_tokenizer(config, seed, TOKENIZER_TEXTS)
    training = trainer.Trainer(plan, config, tokenizer)
    if training.step:
        console.print(f"continuing at step {training.step} of {steps}")
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[figures]}"),
    )
    with Progress(*columns, console=console) as bar:
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
