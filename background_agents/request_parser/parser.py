"""Searches for the program that a request most likely stands for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import as_file, files
from math import exp

import numpy as np
from safetensors.numpy import load_file

from weft.background_agents.request_parser.grammar import allowed
from weft.background_agents.request_parser.network import (
    Array,
    Network,
    Sizes,
    marks_of,
    place_of,
)
from weft.background_agents.request_parser.program import Call, NotACall, Program, call_of
from weft.background_agents.request_parser.sentence import Sentence, read_sentence
from weft.meaning import Changes, SentenceMeaning, Spans, WordSight

SHIPPED = "request_parser.safetensors"
"""The network fitted to all-MiniLM-L6-v2 by `weft train --request-parser`."""
BEAMS = 4
CHANGED = "sentence_model."
"""Before the name of each tensor that changes the sentence model."""

See = Callable[[str, Spans], Array]
"""What the sentence model sees of stretches of a text, [stretches, width]."""


@dataclass(frozen=True, slots=True)
class Parse:
    """What a request stands for, and how likely that is."""

    call: Call | None
    """None when no built-in tool answers it."""
    probability: float


class RequestParser:
    """Reads requests, with the sentence model as it was changed when the network was fitted."""

    def __init__(self, meaning: SentenceMeaning) -> None:
        """Keep the sentence model; what was fitted to it is loaded by `load`."""
        self._meaning = meaning
        self._fitted: tuple[WordSight, Network] | None = None

    def load(self) -> None:
        """Load what was fitted, before the first conversation."""
        if self._fitted is None:
            changes, network = shipped()
            self._fitted = self._meaning.sight(changes), network

    async def read(self, request: str) -> Parse:
        """Read a request without holding up the event loop."""
        return await self._meaning.beside(lambda: self.parse(request))

    def parse(self, request: str) -> Parse:
        """Read a request, here and now."""
        self.load()
        assert self._fitted is not None
        sight, network = self._fitted
        return parse(request, sight.see, network)


def shipped() -> tuple[Changes, Network]:
    """Read what was fitted to the default sentence model: the changes of it, and the network."""
    with as_file(files(__package__) / SHIPPED) as file:
        return fitted(load_file(file))


def fitted(tensors: Mapping[str, Array]) -> tuple[Changes, Network]:
    """Part the tensors of a file into the changes of the sentence model and the network."""
    wide = {name: each.astype(np.float32) for name, each in tensors.items()}
    names = {name.rpartition(".")[0] for name in wide if name.startswith(CHANGED)}
    changes = {
        name.removeprefix(CHANGED): (wide[f"{name}.given"], wide[f"{name}.taken"]) for name in names
    }
    rest = {name: each for name, each in wide.items() if not name.startswith(CHANGED)}
    return changes, Network(rest, Sizes())


def parse(request: str, see: See, network: Network) -> Parse:
    """Read a request; one that is too long to be one stands for nothing."""
    sentence = read_sentence(request)
    if not 0 < len(sentence.pieces) <= network.sizes.longest:
        return Parse(None, 1.0)
    spans = [(piece.start, piece.end) for piece in sentence.pieces]
    memory = network.memory(see(request, spans), marks_of(sentence))
    for score, program in programs(sentence, memory, network):
        try:
            return Parse(call_of(program, sentence), exp(score))
        except NotACall:
            continue
    return Parse(None, 0.0)


def programs(sentence: Sentence, memory: Array, network: Network) -> list[tuple[float, Program]]:
    """Search for whole programs, the likeliest first, with the logarithm of how likely each is."""
    begun: list[tuple[float, Program]] = [(0.0, ())]
    whole: list[tuple[float, Program]] = []
    for _ in range(network.sizes.longest):
        longer: list[tuple[float, Program]] = []
        for score, program in begun:
            following = allowed(program, sentence)
            if not following and program:
                whole.append((score, program))
                continue
            each = network.log_probabilities(memory, program)
            scores = each[[place_of(token, len(sentence.pieces)) for token in following]]
            best_first = np.argsort(-scores)[:BEAMS]
            longer += [(score + float(scores[n]), (*program, following[n])) for n in best_first]
        begun = sorted(longer, key=lambda pair: -pair[0])[:BEAMS]
        best = max((score for score, _ in whole), default=-np.inf)
        if not begun or (len(whole) >= BEAMS and begun[0][0] < best):
            break
    return sorted(whole, key=lambda pair: -pair[0])
