"""`weft train --request-parser`: reads the labelled requests, varies them, fits the network."""

import json
import random
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

from safetensors.torch import save_file

from weft.background_agents.request_parser.network import Sizes
from weft.meaning import HUB_NAME, SentenceMeaning
from weft.parser_training.examples import Labelled, talk, variations, written_examples
from weft.parser_training.fitting import CHUNK, batches_of, fit, rows_of
from weft.progress import progress

VARIATIONS = 7
"""Other ways of saying each labelled request, at most."""
TALK = 4_000
"""Sentences of talk that asks for nothing, from the grammars."""
EPOCHS = 12


def main(
    out: Path,
    *,
    seed: int,
    each: int = VARIATIONS,
    talked: int = TALK,
    epochs: int = EPOCHS,
) -> None:
    """Fit the network and write it; takes about half an hour on 2 cores."""
    rng = random.Random(seed)
    labelled = shipped_requests()
    examples, unwritten = written_examples(labelled)
    with progress("varying requests", len(examples)) as tick:
        varied = [*variations(rng, examples, each, tick), *talk(rng, talked)]
    meaning = SentenceMeaning(inline=True)
    with progress("reading them", -(-len(varied) // CHUNK)) as tick:
        rows = rows_of(varied, meaning.words_seen, tick)
    with progress("fitting", epochs * len(batches_of(rows))) as tick:
        network = fit(rows, Sizes(), epochs=epochs, seed=seed, tick=_without_loss(tick))
    tensors = {name: tensor.contiguous() for name, tensor in network.state_dict().items()}
    facts = {
        "sentence_model": HUB_NAME,
        "seed": str(seed),
        "requests": str(len(examples)),
        "left_out": str(len(unwritten)),
        "varied": str(len(varied)),
        "epochs": str(epochs),
    }
    save_file(tensors, out, metadata=facts)


def shipped_requests() -> list[Labelled]:
    """Read the labelled requests of this package."""
    found: list[Labelled] = []
    for file in sorted((files(__package__) / "requests").iterdir(), key=lambda each: each.name):
        for line in file.read_text(encoding="utf-8").splitlines():
            value = json.loads(line)
            found.append(Labelled(value["text"], value["tool"], value["arguments"]))
    return found


def _without_loss(tick: Callable[[], None]) -> Callable[[float], None]:
    return lambda loss: tick()
