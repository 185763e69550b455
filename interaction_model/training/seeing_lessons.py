"""Lessons in seeing: scenes with what the user asked of them, aloud or typed."""

import random
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from weft.interaction_model.config import ModelConfig, PatchConfig
from weft.interaction_model.patches import cut
from weft.interaction_model.tokenizer import HeardToken, Special, WordTokenizer
from weft.interaction_model.training import filming
from weft.interaction_model.training.hearing import HeardWord, written
from weft.interaction_model.training.hearing_lessons import Track
from weft.interaction_model.training.language.utterance import Split
from weft.interaction_model.training.said_words import as_said
from weft.interaction_model.training.scenes import KINDS, Kind, Manner, make_scene, rendered
from weft.interaction_model.training.shown import Shown
from weft.interaction_model.training.slots import Conversation, Slot
from weft.interaction_model.training.spoken_conversation import voiced_rows
from weft.interaction_model.training.transcribing import audible, written_slot
from weft.interaction_model.training.voices import sample_voice
from weft.interaction_model.types import SLOT_S, Floor

TYPED = 0.5
"""Share of lessons without any sound, in which the request is typed."""

_NAMED: tuple[Kind, ...] = ("appear", "read")
_FILM_SLOTS = 40
_WORTH_SEEING = 0.85


def seeing_lesson(
    rng: random.Random,
    tokenizer: WordTokenizer,
    config: ModelConfig,
    slots: int,
    split: Split = "train",
) -> Conversation:
    """A scene of `slots` micro-turns, with patches and mostly with sound."""
    senses = config.senses
    assert senses is not None
    track = Track(slots)
    voice = sample_voice(rng, split)

    def spoken(_rng: random.Random, text: str, first_slot: int) -> Sequence[HeardWord]:
        before = len(track.words)
        track.add(voice.speak(as_said(text)), first_slot * SLOT_S)
        return [
            HeardWord(word.text, written_slot(word.end_s, senses), 2)
            for word in track.words[before:]
        ]

    typed = rng.random() < TYPED
    manner = Manner(heard_tokens=senses.transcript_tokens)
    if not typed:
        rows = partial(voiced_rows, tokenizer=tokenizer, room=config.said_text)
        active = partial(audible, track.words)
        manner = replace(manner, laid=spoken, active=active, rows=rows, reply_after_slots=1)
    scene = make_scene(rng, tokenizer, config, split, slots, patches=senses.patches, manner=manner)
    seen = patches_of(scene.frames, senses.patches)
    sounds = [None] * slots if typed else track.sounds(rng, senses)
    return Conversation(
        [
            replace(slot, patches=patches, sound=sound, shown=shown)
            for slot, patches, sound, shown in zip(
                scene.slots, seen, sounds, scene.shown, strict=True
            )
        ]
    )


def naming_lesson(
    rng: random.Random,
    tokenizer: WordTokenizer,
    config: ModelConfig,
    slots: int,
    split: Split = "train",
) -> Conversation:
    """A scene with something to be named soon after a request that is typed at once.

    In a scene as long as those of `seeing_lesson` one slot in thirty names anything.
    """
    assert config.senses is not None
    patches = config.senses.patches
    manner = Manner(laid=_at_once, heard_tokens=config.senses.transcript_tokens)
    kind = rng.choice(_NAMED)
    scene = make_scene(
        rng, tokenizer, config, split, slots, patches=patches, kind=kind, manner=manner
    )
    seen = patches_of(scene.frames, patches)
    return Conversation(
        [
            replace(slot, patches=each, shown=shown)
            for slot, each, shown in zip(scene.slots, seen, scene.shown, strict=True)
        ]
    )


def _at_once(rng: random.Random, text: str, first_slot: int) -> Sequence[HeardWord]:
    """All words are there in one slot; they are read as fast as the layout takes them."""
    return [HeardWord(word, first_slot, 0) for word in written(rng, text).split()]


def looking_lesson(rng: random.Random, config: ModelConfig, slots: int) -> Conversation:
    """A moment of film in which mostly something can be seen, and nobody says a word."""
    assert config.senses is not None
    nothing = (HeardToken(Special.NOTHING),)
    return Conversation(
        [
            Slot(nothing, (), Floor.GAP, patches=seen, shown=shown, withheld=True)
            for seen, shown in moment(rng, config.senses.patches, slots)
        ]
    )


def moment(
    rng: random.Random, patches: PatchConfig, slots: int
) -> list[tuple[NDArray[np.uint8], Shown]]:
    """Some frames of a film, each as patches [P, 40, 40, channels], and what they show.

    Short moments of many films teach more than the same film for long.
    """
    topic = filming.choose_topic(rng, rng.choice(KINDS), "train")
    size = (patches.width, patches.height)
    film = filming.choose_film(rng, topic, 0, _FILM_SLOTS + slots, "train", size)
    shown = [film.shows(filming.seen_s(index)) for index in range(_FILM_SLOTS + slots)]
    worth = [index for index, each in enumerate(shown) if each != Shown()]
    at = rng.choice(worth if worth and rng.random() < _WORTH_SEEING else range(len(shown)))
    first = min(_FILM_SLOTS, max(1, at - rng.randrange(slots)))
    # The frame before the first is what its change is seen against.
    frames = rendered(rng, film, patches, range(first - 1, first + slots), "train")
    seen = patches_of(frames, patches)[1:]
    # What had come before that is no news: nobody has seen it come.
    missed = shown[first - 1].latest
    told = [
        replace(each, latest=()) if each.latest == missed else each
        for each in shown[first : first + slots]
    ]
    return list(zip(seen, told, strict=True))


def patches_of(frames: NDArray[np.uint8], patches: PatchConfig) -> NDArray[np.uint8]:
    """Frames [slots, H, W, 3] of the grid's size as patches [slots, P, 40, 40, channels]."""
    if patches.before:
        earlier = frames[[0, *range(len(frames) - 1)]]
        frames = np.concatenate([frames, earlier], axis=-1)
    return cut(frames, patches)
