"""Searches for the program that a request most likely stands for."""

from collections.abc import Callable
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
from weft.meaning import SentenceMeaning, Spans

SHIPPED = "request_parser.safetensors"
"""The network fitted to all-MiniLM-L6-v2 by `weft train --request-parser`."""
BEAMS = 4

See = Callable[[str, Spans], Array]
"""What the sentence model sees of stretches of a text, [stretches, width]."""


@dataclass(frozen=True, slots=True)
class Parse:
    """What a request stands for, and how likely that is."""

    call: Call | None
    """None when no built-in tool answers it."""
    probability: float


class RequestParser:
    """Reads requests with the sentence model that the shipped network was fitted to."""

    def __init__(self, meaning: SentenceMeaning, network: Network | None = None) -> None:
        """Keep what reads; the shipped network is loaded by `load`."""
        self._meaning = meaning
        self._network = network

    def load(self) -> None:
        """Load the network, before the first conversation."""
        if self._network is None:
            self._network = shipped_network()

    async def read(self, request: str) -> Parse:
        """Read a request without holding up the event loop."""
        return await self._meaning.beside(lambda: self.parse(request))

    def parse(self, request: str) -> Parse:
        """Read a request, here and now."""
        self.load()
        assert self._network is not None
        return parse(request, self._see, self._network)

    def _see(self, text: str, spans: Spans) -> Array:
        return self._meaning.words_seen([text], [spans])[0]


def shipped_network() -> Network:
    """Read the network that belongs to the default sentence model."""
    with as_file(files(__package__) / SHIPPED) as file:
        return Network(load_file(file), Sizes())


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
