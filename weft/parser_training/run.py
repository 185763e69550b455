"""`weft train --request-parser`: reads the labelled requests, varies them, fits the network."""

import json
import random
from importlib.resources import files
from pathlib import Path

from safetensors.torch import save_file

from weft.background_agents.request_parser.network import Sizes
from weft.meaning import HUB_NAME, SentenceMeaning
from weft.parser_training.examples import Drawing, Labelled, written_examples
from weft.parser_training.fitting import fit, row_of
from weft.progress import progress

TALK = 1_200
"""Sentences of talk that asks for nothing in each epoch, from the grammars."""
STEPS = 3_200


def main(out: Path, *, seed: int, steps: int = STEPS, talked: int = TALK) -> None:
    """Fit the parser and write it; takes about an hour on 2 cores."""
    examples, left_out = written_examples(shipped_requests())
    drawing = Drawing(examples, random.Random(seed), talked)
    sight = SentenceMeaning(inline=True).sight({})
    with progress("steps", steps) as tick:
        tensors = fit(
            lambda: [row_of(each) for each in drawing.epoch()],
            sight,
            Sizes(),
            steps=steps,
            seed=seed,
            tick=lambda loss: tick(),
        )
    facts = {
        "sentence_model": HUB_NAME,
        "seed": str(seed),
        "steps": str(steps),
        "requests": str(len(examples)),
        "left_out": str(len(left_out)),
    }
    save_file({name: each.contiguous() for name, each in tensors.items()}, out, metadata=facts)


def shipped_requests() -> list[Labelled]:
    """Read the labelled requests of this package."""
    found: list[Labelled] = []
    for file in sorted((files(__package__) / "requests").iterdir(), key=lambda each: each.name):
        for line in file.read_text(encoding="utf-8").splitlines():
            value = json.loads(line)
            found.append(Labelled(value["text"], value["tool"], value["arguments"]))
    return found
