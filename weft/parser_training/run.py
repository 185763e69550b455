"""`weft train --request-parser`: reads the labelled requests, varies them, fits the network."""

import json
import random
from importlib.resources import files
from pathlib import Path

from safetensors.torch import save_file

from weft.background_agents.request_parser.network import Sizes
from weft.meaning import HUB_NAME, SentenceMeaning
from weft.parser_training.examples import Drawing, Labelled, written_examples
from weft.parser_training.fitting import Fitting, row_of
from weft.progress import progress

TALK = 1_200
"""Sentences of talk that asks for nothing in each epoch, from the grammars."""
STEPS = 3_200
KEEP_EVERY = 100
"""Steps between two checkpoints."""


def main(out: Path, *, seed: int, steps: int = STEPS, talked: int = TALK) -> None:
    """Fit the parser and write it; half an hour on 2 cores. Goes on where it was interrupted."""
    examples, left_out = written_examples(shipped_requests())
    drawing = Drawing(examples, random.Random(seed), talked)
    sight = SentenceMeaning(inline=True).sight({})
    fitting = Fitting(sight, Sizes(), steps=steps, seed=seed)
    checkpoint = out.with_suffix(".checkpoint")
    if checkpoint.exists():
        fitting.load(checkpoint)
    with progress("steps", steps, fitting.step) as tick:
        for _ in fitting.learn(lambda: [row_of(each) for each in drawing.epoch()]):
            tick()
            if fitting.step % KEEP_EVERY == 0:
                fitting.save(checkpoint)
    facts = {
        "sentence_model": HUB_NAME,
        "seed": str(seed),
        "steps": str(steps),
        "requests": str(len(examples)),
        "left_out": str(len(left_out)),
    }
    tensors = {name: each.half().contiguous() for name, each in fitting.tensors().items()}
    save_file(tensors, out, metadata=facts)
    checkpoint.unlink(missing_ok=True)


def shipped_requests() -> list[Labelled]:
    """Read the labelled requests of this package."""
    found: list[Labelled] = []
    for file in sorted((files(__package__) / "requests").iterdir(), key=lambda each: each.name):
        for line in file.read_text(encoding="utf-8").splitlines():
            value = json.loads(line)
            found.append(Labelled(value["text"], value["tool"], value["arguments"]))
    return found
