"""Rendered video with a request of the user, and what an ideal model says in which slot.

One frame a slot, drawn from a seed. The kinds are those of the `see` bench:

count    a figure does repetitions; the model says a number after each of those asked for
action   a figure begins and stops doing something; the model says "start" and "stop"
appear   a thing comes into view among others; the model says so, and which
read     a sign becomes readable; the model reads it

In some scenes nobody has asked, something else is going on as well, or comes first: then the model
says nothing of it. What is seen in slot k is the moment at its end, and a model that has seen it
can speak in the same slot. Nothing here knows of the model.
"""

import random
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from weft.errors import InputError
from weft.interaction_model.config import ModelConfig, PatchConfig
from weft.interaction_model.tokenizer import HeardToken, Special, WordTokenizer, pack_words
from weft.interaction_model.training import filming
from weft.interaction_model.training.hearing import HeardWord, choose_pace, spoken, written
from weft.interaction_model.training.language import sights
from weft.interaction_model.training.language.utterance import Split
from weft.interaction_model.training.shown import Shown
from weft.interaction_model.training.slots import Slot
from weft.interaction_model.types import Floor

Kind = Literal["count", "action", "appear", "read"]
KINDS: tuple[Kind, ...] = ("count", "action", "appear", "read")

LEAST_SLOTS = 60
"""A request, its answer and something to see do not fit into less."""

UNASKED_SHARE = 0.1

_ROOM_SLOTS = 18

Laid = Callable[[random.Random, str, int], Sequence[HeardWord]]
"""Lays a request over slots, from a slot on."""

Row = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Manner:
    """How requests are heard and answers said; as text, unless something else is given."""

    laid: Laid | None = None
    """One that speaks the request with a voice, say."""
    rows: Callable[[str], Sequence[Row]] | None = None
    """The tokens of a text for one slot after the other; empty ones where a voice needs time."""
    active: Callable[[int], bool] | None = None
    """Whether the user is noticed in a slot in which no word is heard, once the request is laid."""
    heard_tokens: int | None = None
    """So many tokens are heard in a slot at most; else as many as the layout's heard positions."""
    reply_after_slots: int = 2
    """The answer to the request comes so many slots after the last one in which it was heard."""


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A stretch of film with what was asked of the model and what it should say."""

    kind: Kind
    asked: bool
    """False: the user said nothing, and nothing is to be said."""
    request: str
    words: tuple[HeardWord, ...]
    """The request as it falls into slots."""
    slots: tuple[Slot, ...]
    """What is heard and said as tokens, for a batch maker: one a frame."""
    said: tuple[str, ...]
    """The same as text, "" where the model is silent; a word may go on in the next slot."""
    frames: NDArray[np.uint8]
    """[slots, height, width, 3], as large as the grid of patches."""
    shown: tuple[Shown, ...]
    """What can be seen in each frame."""
    truth: filming.Truth

    @property
    def asked_slot(self) -> int:
        """The slot in which the request is complete; -1 when nothing was asked."""
        return max((word.slot for word in self.words), default=-1)


def make_scene(
    rng: random.Random,
    tokenizer: WordTokenizer,
    config: ModelConfig,
    split: Split,
    slots: int,
    *,
    patches: PatchConfig | None = None,
    kind: Kind | None = None,
    asked: bool | None = None,
    manner: Manner | None = None,
) -> Scene:
    """Make a scene of so many slots; what is not given is chosen.

    The held-out split has phrasings, combinations of colour and thing, and backdrops that training
    never sees. Raises InputError for fewer than LEAST_SLOTS slots, or for so few that what a
    manner of its own lays leaves no room.
    """
    manner = manner or Manner()
    if manner.laid is None and slots < LEAST_SLOTS:
        raise InputError(f"a scene of {slots} slots is too short; it takes {LEAST_SLOTS}")
    patches = patches or PatchConfig()
    about: Kind = rng.choice(KINDS) if kind is None else kind
    asked = rng.random() >= UNASKED_SHARE if asked is None else asked
    topic = filming.choose_topic(rng, about, split)
    request = filming.request(rng, topic, split) if asked else ""
    words = tuple((manner.laid or _spoken)(rng, request, rng.randint(1, 5))) if asked else ()
    heard = _heard(words, tokenizer, manner.heard_tokens or config.heard_text, slots, manner.active)
    lead_at = max((n for n, (_, acted) in enumerate(heard) if acted), default=0)
    lead_at += manner.reply_after_slots
    rows = manner.rows or _rows(tokenizer, config)
    first = lead_at + (len(rows(sights.lead(about))) if asked else 0)
    if slots - first < _ROOM_SLOTS:
        raise InputError(
            f"the request is answered in slot {first} of {slots}, which leaves too little room for "
            f"what is to be seen ({_ROOM_SLOTS} slots); make the scene longer or the request faster"
        )
    size = (patches.width, patches.height)
    film = filming.choose_film(rng, topic, first, slots, split, size)
    due = [(lead_at, sights.lead(about)), *film.due] if asked else []
    said = _said(due, rows, slots)
    return Scene(
        kind=about,
        asked=asked,
        request=request,
        words=words,
        slots=tuple(_slots(heard, said)),
        said=tuple(tokenizer.text_of(tokens) for tokens in said),
        frames=rendered(rng, film, patches, range(slots), split),
        shown=tuple(film.shows(filming.seen_s(index)) for index in range(slots)),
        truth=film.truth,
    )


def _spoken(rng: random.Random, request: str, first_slot: int) -> Sequence[HeardWord]:
    """Lay a request out like the turns of all other training conversations, in three seconds."""
    while True:
        words = tuple(
            spoken(rng, written(rng, request), first_slot, choose_pace(rng), pause_chance=0)
        )
        if words[-1].slot <= first_slot + LEAST_SLOTS // 2:
            return words


def _heard(
    words: Iterable[HeardWord],
    tokenizer: WordTokenizer,
    at_most: int,
    slots: int,
    active: Callable[[int], bool] | None = None,
) -> list[tuple[tuple[HeardToken, ...], bool]]:
    """Tokens that reach the model in each slot, and whether the user did anything in it."""
    coming = deque(words)
    backlog: deque[HeardToken] = deque()
    heard = []
    for index in range(slots):
        while coming and coming[0].slot <= index:
            backlog.extend(tokenizer.heard(coming.popleft().word))
        under_way = bool(coming) and coming[0].slot - coming[0].active_slots <= index
        under_way = under_way if active is None else active(index)
        room = min(at_most, len(backlog))
        taken = tuple(backlog.popleft() for _ in range(room))
        idle = HeardToken(Special.ACTIVE if under_way else Special.NOTHING)
        heard.append((taken or (idle,), bool(taken) or under_way))
    return heard


def _rows(tokenizer: WordTokenizer, config: ModelConfig) -> Callable[[str], Sequence[Row]]:
    """What is said as text comes as fast as the slots take it."""
    return lambda text: tuple(pack_words(tokenizer.words(text), config.said_text))


def _said(
    due: Sequence[tuple[int, str]], rows: Callable[[str], Sequence[Row]], slots: int
) -> list[Row]:
    """Tokens of each slot: each text from its slot on, or when the one before it is out."""
    waiting = deque(due)
    coming: deque[Row] = deque()
    said = []
    for index in range(slots):
        if not coming and waiting and waiting[0][0] <= index:
            coming.extend(rows(waiting.popleft()[1]))
        said.append(coming.popleft() if coming else ())
    return said


def _slots(
    heard: Sequence[tuple[tuple[HeardToken, ...], bool]], said: Sequence[Row]
) -> Iterable[Slot]:
    """What is heard and said, with who holds the floor."""
    last = max((n for n, (_, acted) in enumerate(heard) if acted), default=-1)
    begun = False
    for index, ((tokens, acted), spoken_now) in enumerate(zip(heard, said, strict=True)):
        if spoken_now:
            floor = Floor.MODEL
        elif acted:
            floor = Floor.USER
        else:
            floor = Floor.PAUSE if begun and index < last else Floor.GAP
        begun = begun or acted
        yield Slot(tokens, spoken_now, floor)


def rendered(
    rng: random.Random,
    film: filming.Film,
    patches: PatchConfig,
    slots: Sequence[int],
    split: Split,
) -> NDArray[np.uint8]:
    """Draw what is seen at the end of each of these slots, that follow each other."""
    stage = filming.Stage.made(rng, (patches.width, patches.height), split)
    frames = np.empty((len(slots), patches.height, patches.width, 3), np.uint8)
    for n, index in enumerate(slots):
        image: Image.Image = stage.backdrop.copy()
        film.draw(image, filming.seen_s(index))
        frames[n] = stage.camera.frame(image)
    return frames
