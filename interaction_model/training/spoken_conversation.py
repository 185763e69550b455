"""Conversations in sound: the user speaks aloud, and the model speaks at the pace of a voice."""

import random
from collections import deque
from dataclasses import replace

from weft.interaction_model.config import ModelConfig
from weft.interaction_model.inner_transcript import spoken_s
from weft.interaction_model.tokenizer import FIRST_TEXT_ID, WordTokenizer
from weft.interaction_model.training.conversation import ConversationMaker
from weft.interaction_model.training.hearing import HeardWord, Pace, with_pause
from weft.interaction_model.training.hearing_lessons import Track
from weft.interaction_model.training.language.utterance import Split
from weft.interaction_model.training.said_words import as_said
from weft.interaction_model.training.slots import Conversation, Mixture
from weft.interaction_model.training.transcribing import audible, written_slot
from weft.interaction_model.training.voices import sample_voice
from weft.interaction_model.types import SLOT_S


class SpokenConversationMaker(ConversationMaker):
    """The same conversations, with a user who is heard and a model that is sounded."""

    # A word is written one slot after its end, so that this is two slots after the sound.
    reply_slots = 1

    def __init__(
        self,
        tokenizer: WordTokenizer,
        config: ModelConfig,
        rng: random.Random,
        split: Split = "train",
        mixture: Mixture | None = None,
    ) -> None:
        """Choose the user's voice."""
        super().__init__(tokenizer, config, rng, split, mixture)
        self._voice = sample_voice(rng, split)
        self._track = Track(0)

    def make(self, slots: int) -> Conversation:
        """Simulate this many micro-turns, and what they sound like."""
        assert self._config.senses is not None
        self._track = Track(slots)
        talk = super().make(slots)
        sounds = self._track.sounds(self._rng, self._config.senses)
        talk.slots = [
            replace(slot, sound=sound) for slot, sound in zip(talk.slots, sounds, strict=True)
        ]
        return talk

    def _words_of(self, text: str, index: int, pace: Pace, pause_chance: float) -> deque[HeardWord]:
        """Say a turn aloud from this slot on; words are heard when they are written down."""
        assert self._config.senses is not None
        words, pause_at, pause_slots = with_pause(self._rng, as_said(text).split(), pause_chance)
        parts = [words[:pause_at], words[pause_at:]] if pause_at else [words]
        moment_s = index * SLOT_S + self._rng.uniform(0.0, SLOT_S)
        before = len(self._track.words)
        for part in parts:
            end_s = self._track.add(self._voice.speak(" ".join(part)), moment_s)
            moment_s = end_s + pause_slots * SLOT_S
        said = self._track.words[before:]
        return deque(
            HeardWord(word.text, written_slot(word.end_s, self._config.senses), 0) for word in said
        )

    def _is_active(self, coming: HeardWord, index: int) -> bool:
        return audible(self._track.words, index)

    def _own_rows(self, text: str, first_room: int) -> list[tuple[int, ...]]:
        room = self._config.said_text
        return voiced_rows(text, tokenizer=self._tokenizer, room=room, first_room=first_room)

    def _gap_after(self, row: tuple[int, ...]) -> int:
        """The next row is offered when this one has nearly been sounded."""
        text = self._tokenizer.text_of(token for token in row if token >= FIRST_TEXT_ID)
        length_s = sum(spoken_s(word) for word in text.split())
        return max(1, round(length_s / SLOT_S + self._rng.uniform(-0.5, 0.5)))


def voiced_rows(
    text: str, *, tokenizer: WordTokenizer, room: int, first_room: int | None = None
) -> list[tuple[int, ...]]:
    """One word after the other, as fast as a voice says them; slots between them are empty."""
    rows: list[list[int]] = []
    moment_s = 0.0
    for word, tokens in zip(text.split(), tokenizer.words(text), strict=True):
        rows += [[] for _ in range(int(moment_s / SLOT_S) + 1 - len(rows))]
        rest = list(tokens)
        while rest:
            here = room if len(rows) > 1 or first_room is None else first_room
            free = here - len(rows[-1])
            rows[-1] += rest[:free]
            rest = rest[free:]
            if rest:
                rows.append([])
        moment_s = max(moment_s + spoken_s(word), (len(rows) - 1) * SLOT_S)
    return [tuple(row) for row in rows]
