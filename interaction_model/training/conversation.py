"""Full-duplex conversations, slot by slot, with what an ideal model says: the training data.

A user (grammars of `language/`), a background that answers late, fails or is corrected, and a
scheduler that offers reference rows play against an *oracle* that knows what the text means. The
oracle's rules are the behaviour that the model is to learn:

- answer in the second silent slot after a finished turn; stay silent in a pause inside a turn;
- hand over what needs knowledge or a tool, with a control token and a short lead;
- say an offered row, unless an answer of one's own is due or the user wants the floor;
- stop in the first slot in which what the user says can no longer be a backchannel;
- say of an absent reference that it could not be found out.
"""

import random
from collections import deque
from dataclasses import dataclass

from weft.interaction_model.config import ModelConfig
from weft.interaction_model.tokenizer import (
    CONTROL_IDS,
    FIRST_TEXT_ID,
    HeardToken,
    Special,
    WordTokenizer,
    pack_words,
)
from weft.interaction_model.training.hearing import (
    HeardWord,
    Pace,
    choose_pace,
    misheard,
    spoken,
    written,
)
from weft.interaction_model.training.language import (
    backchannels,
    corrections,
    questions,
    references,
    requests,
    small_talk,
    statements,
)
from weft.interaction_model.training.language.utterance import Split, Utterance, choose
from weft.interaction_model.training.slots import (
    Conversation,
    Mixture,
    PackedReference,
    RowGiven,
    Slot,
)
from weft.interaction_model.types import ControlToken, Floor

FAILURE_SENTENCE = "I could not find that out."
"""What the model has learnt to say when a reference is absent."""

REPLY_AFTER_SLOTS = 2
"""The reply comes in this silent slot after a finished turn."""

LAPSE_SLOTS = 15
"""A turn left unfinished this long is taken as abandoned: the floor is free again."""


@dataclass(slots=True)
class _Turn:
    """What the user is saying now, and what the model owes once it is finished."""

    utterance: Utterance
    words: deque[HeardWord]
    is_backchannel: bool = False


@dataclass(slots=True)
class _Owed:
    """A reference on its way: known to the scheduler from `ready_slot` on."""

    rows: list[tuple[int, ...]]
    reference: int | None
    ready_slot: int
    next_row: int = 0


class ConversationMaker:
    """Simulates one conversation; every choice comes from one seeded generator."""

    reply_slots = REPLY_AFTER_SLOTS

    def __init__(
        self,
        tokenizer: WordTokenizer,
        config: ModelConfig,
        rng: random.Random,
        split: Split = "train",
        mixture: Mixture | None = None,
    ) -> None:
        """Start in silence."""
        self._tokenizer, self._config, self._rng, self._split = tokenizer, config, rng, split
        self._mixture = mixture or Mixture()
        self._talk = Conversation()
        self._backlog: deque[HeardToken] = deque()
        self._turn: _Turn | None = None
        self._next_turn_slot = rng.randrange(1, 12)
        self._silent_slots = 0
        self._turn_finished = True
        self._reply_due: Utterance | None = None
        self._reply_after_slots = self.reply_slots
        self._own_speech: deque[tuple[int, ...]] = deque()
        self._owed: list[_Owed] = []
        self._weaving: _Owed | None = None
        self._was_speaking = False
        self._turn_text = ""
        self._last_floor = Floor.GAP
        self._open_until_slot = 0
        self._row_gap = rng.choice((1, 1, 1, 1, 1, 1, 1, 1, 2, 3))
        self._since_row = 0
        self._pace = choose_pace(rng)

    def make(self, slots: int) -> Conversation:
        """Simulate this many micro-turns."""
        if self._rng.random() < self._mixture.unasked_reference:
            for _ in range(self._rng.choice((1, 1, 2, 4, 8))):
                self._owe(self._rng.randrange(0, slots // 2))
        for index in range(slots):
            self._talk.slots.append(self._slot(index))
        return self._talk

    # The user's side

    def _begin_turn(self, index: int) -> None:
        self._turn_text = ""
        utterance = self._choose_utterance()
        text = written(self._rng, utterance.text)
        if self._rng.random() < self._mixture.misheard:
            text = misheard(self._rng, text)
        if self._rng.random() < 0.1:
            self._pace = choose_pace(self._rng)
        words = self._words_of(text, index, self._pace, self._mixture.pause)
        self._turn = _Turn(utterance, words)
        self._turn_finished = False
        self._reply_due = None

    def _words_of(self, text: str, index: int, pace: Pace, pause_chance: float) -> deque[HeardWord]:
        """When each word of a turn that begins in this slot is heard."""
        return deque(spoken(self._rng, text, index, pace, pause_chance=pause_chance))

    def _choose_utterance(self) -> Utterance:
        rng, m = self._rng, self._mixture
        if (self._owed or self._open_until_slot > len(self._talk.slots)) and rng.random() < 0.4:
            sample = rng.choices(
                (
                    corrections.sample_correction,
                    corrections.sample_dismissal,
                    corrections.sample_follow_up,
                ),
                (0.5, 0.3, 0.2),
            )[0]
        else:
            sample = rng.choices(
                (
                    statements.sample,
                    small_talk.sample,
                    questions.sample,
                    requests.sample,
                    corrections.sample_correction,
                    corrections.sample_dismissal,
                    corrections.sample_follow_up,
                ),
                (m.statements, m.small_talk, m.questions, m.requests, 0.03, 0.02, 0.02),
            )[0]
        return sample(rng, self._split)

    def _begin_over_speech(self, index: int) -> None:
        """The user speaks over the model: a backchannel, a short barge-in, or a whole turn."""
        rng = self._rng
        pace = choose_pace(rng)
        self._turn_text = ""
        kind = rng.random()
        backchannel_share = self._mixture.backchannel / (
            self._mixture.backchannel + self._mixture.barge_in
        )
        if kind < backchannel_share:
            text = choose(rng, backchannels.USER_BACKCHANNELS, self._split)
            utterance = Utterance(text, text, "backchannel", "none", "")
            words = self._words_of(written(rng, text), index, pace, 0.0)
            self._turn = _Turn(utterance, words, is_backchannel=True)
            return
        if rng.random() < 0.5:
            text = backchannels.sample_barge_in(rng, self._split)
            utterance = Utterance(text, text, "barge_in", "none", "")
        else:
            utterance = self._choose_utterance()
        text = written(rng, utterance.text)
        words = self._words_of(text, index, pace, 0.1)
        # Over the model's speech, words that are no more than a backchannel are one.
        mere = backchannels.is_backchannel(backchannels.plain(text))
        self._turn = _Turn(utterance, words, is_backchannel=mere)
        if not mere:
            self._reply_due = None

    def _hear(self, index: int) -> tuple[tuple[HeardToken, ...], bool]:
        """Tokens that reach the model in this slot, and whether the user did anything in it."""
        active = False
        turn = self._turn
        if turn is not None:
            while turn.words and turn.words[0].slot <= index:
                word = turn.words.popleft()
                self._backlog.extend(self._heard_tokens(word.word))
                self._turn_text = f"{self._turn_text} {word.word}"
            if turn.words:
                coming = turn.words[0]
                active = self._is_active(coming, index)
        room = min(self._config.written_tokens, len(self._backlog))
        taken = tuple(self._backlog.popleft() for _ in range(room))
        if taken:
            return taken, True
        return (HeardToken(Special.ACTIVE if active else Special.NOTHING),), active

    def _is_active(self, coming: HeardWord, index: int) -> bool:
        """Whether the user is noticed to be at the next word; activity is not gapless."""
        return coming.slot - coming.active_slots <= index and self._rng.random() < 0.92

    def _heard_tokens(self, word: str) -> list[HeardToken]:
        tokens = list(self._tokenizer.heard(word))
        if self._rng.random() < self._mixture.wordless:
            return [HeardToken(heard.token) for heard in tokens]
        return tokens

    # The background and the scheduler

    def _owe(self, ready_slot: int, text: str | None = None) -> None:
        rng = self._rng
        if text is None and rng.random() < self._mixture.absent:
            self._owed.append(_Owed([()], None, ready_slot))
            return
        if text is None and rng.random() < self._mixture.random_reference:
            rows = self._random_rows()
        else:
            text = text or references.sample_reference(rng, self._split)
            rows = list(pack_words(self._tokenizer.words(text), self._config.said_text))
        self._owed.append(_Owed(rows, self._refer(rows), ready_slot))

    def _refer(self, rows: list[tuple[int, ...]]) -> int:
        """Add a reference in parts, as the encoder takes it; index of its first part."""
        references, longest = self._talk.references, self._config.reference_rows_max
        first = len(references)
        for start in range(0, len(rows), longest):
            part = tuple(rows[start : start + longest])
            references.append(PackedReference(part, ended=start + longest >= len(rows)))
        return first

    def _random_rows(self) -> list[tuple[int, ...]]:
        rng = self._rng
        return [
            tuple(
                rng.randrange(FIRST_TEXT_ID, self._tokenizer.vocabulary_size)
                for _ in range(rng.choice((1, 2, 3, 4, 4, 4)))
            )
            for _ in range(rng.randrange(1, 9))
        ]

    def _offer(self, index: int, *, quiet: bool) -> _Owed | None:
        """What the scheduler offers, seeing the last slot's floor and this slot's input."""
        rng = self._rng
        if self._weaving is not None:
            self._since_row += 1
            withheld = self._last_floor in (Floor.USER, Floor.OVERLAP)
            if withheld or self._since_row < self._row_gap:
                return None
            return self._weaving
        due = next((o for o in self._owed if o.ready_slot <= index), None)
        if due is None:
            return None
        if self._keeps_back():
            return None
        odd = rng.random() < 0.015  # an urgent result, or a scheduler of somebody else's
        free = quiet and self._last_floor is Floor.GAP and not self._own_speech
        return due if free or odd else None

    def _given(self, offered: _Owed) -> RowGiven:
        if offered.reference is None:
            return RowGiven(None, 0)
        part, row = divmod(offered.next_row, self._config.reference_rows_max)
        return RowGiven(offered.reference + part, row)

    # The oracle

    def _slot(self, index: int) -> Slot:
        self._user_acts(index)
        heard, acted = self._hear(index)
        self._silent_slots = 0 if acted else self._silent_slots + 1
        self._note_turn_end()
        offered = self._offer(index, quiet=not acted)
        wants_floor = acted and self._takes_floor()
        was_speaking = self._was_speaking
        said, followed = self._speak(index, offered, wants_floor=wants_floor, acted=acted)
        given = None
        if offered is not None:
            given = self._given(offered)
            self._advance(offered, followed=followed, interrupted=wants_floor)
        elif self._weaving is not None and wants_floor:
            self._cut(self._weaving)
        floor = self._floor(
            acted=acted, wants_floor=wants_floor, was_speaking=was_speaking, said=said
        )
        # In the slots between paced rows the model still holds the floor, though it says nothing.
        under_way = bool(self._own_speech) or self._weaving is not None
        self._was_speaking = bool(said) or under_way
        self._last_floor = floor
        return Slot(
            heard,
            said,
            floor,
            given,
            barge_in=wants_floor and was_speaking,
            withheld=not said and self._keeps_back(),
        )

    def _user_acts(self, index: int) -> None:
        rng, m = self._rng, self._mixture
        if self._turn is not None:
            return
        if self._was_speaking:
            if rng.random() < m.barge_in + m.backchannel:
                self._begin_over_speech(index)
        elif index >= self._next_turn_slot and not self._backlog:
            # A user mostly waits for the reply; now and then two turns follow at once.
            waiting = self._reply_due is not None and rng.random() < 0.97
            if not waiting:
                self._begin_turn(index)

    def _note_turn_end(self) -> None:
        turn = self._turn
        if turn is None or turn.words or self._backlog:
            return
        if not turn.is_backchannel:
            self._turn_finished = True
            self._reply_due = turn.utterance
            self._reply_after_slots = self._choose_delay_slots(turn.utterance)
            self._silent_slots = 0
        self._turn = None
        self._next_turn_slot = len(self._talk.slots) + self._rng.choice(
            (4, 5, 6, 8, 10, 12, 16, 24, 45)
        )

    def _choose_delay_slots(self, utterance: Utterance) -> int:
        answered = bool(utterance.reply) or utterance.control != "none"
        if not answered or self._rng.random() >= self._mixture.late:
            return self.reply_slots
        return self.reply_slots + self._rng.choice((1, 1, 2, 2, 3, 4, 5, 6, 8, 10))

    def _keeps_back(self) -> bool:
        due = self._reply_due is not None
        return due and self.reply_slots <= self._silent_slots < self._reply_after_slots

    def _takes_floor(self) -> bool:
        """Whether what has been heard of this turn can no longer be a backchannel."""
        said = backchannels.plain(self._turn_text)
        return bool(said) and not backchannels.may_be_backchannel(said)

    def _speak(
        self, index: int, offered: _Owed | None, *, wants_floor: bool, acted: bool
    ) -> tuple[tuple[int, ...], bool]:
        """Decide this slot's tokens; also whether they are the offered row's."""
        if wants_floor:
            self._own_speech.clear()
            return (), False
        if self._own_speech:
            return self._own_speech.popleft(), False
        if self._reply_due is not None and self._silent_slots >= self._reply_after_slots:
            reply = self._reply(index)
            if reply:  # to some things silence is the answer; then the slot is free for a row
                return reply, False
        if offered is not None and not (acted and self._weaving is None):
            if offered.reference is None:
                return self._say(FAILURE_SENTENCE, None), True
            return offered.rows[offered.next_row], True
        return (), False

    def _reply(self, index: int) -> tuple[int, ...]:
        utterance, self._reply_due = self._reply_due, None
        assert utterance is not None
        control = None if utterance.control == "none" else ControlToken(utterance.control)
        self._background(index, utterance)
        return self._say(utterance.reply, control)

    def _say(self, text: str, control: ControlToken | None) -> tuple[int, ...]:
        """Queue an utterance of the model's own; its first slot is returned."""
        capacity = self._config.said_text
        opening = () if control is None else (CONTROL_IDS[control],)
        first, *rest = self._own_rows(text, capacity - len(opening)) or [()]
        self._own_speech = deque(rest)
        return opening + first

    def _own_rows(self, text: str, first_room: int) -> list[tuple[int, ...]]:
        """What each slot says of an utterance of the model's own; the first has less room."""
        words = self._tokenizer.words(text)
        return list(pack_words(words, self._config.said_text, first_room))

    def _background(self, index: int, utterance: Utterance) -> None:
        rng = self._rng
        if utterance.control == "none":
            return
        if utterance.control in ("revise", "dismiss"):
            self._owed = [o for o in self._owed if o.ready_slot <= index and rng.random() < 0.3]
            self._weaving = None
        if utterance.control == "dismiss":
            self._owed, self._open_until_slot = [], 0
            return
        self._open_until_slot = index + rng.randrange(20, 60)
        delay = rng.choice((1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 30, 40))
        if utterance.kind == "timed":
            period = rng.randrange(4, 40)
            for n in range(rng.randrange(1, 5)):
                phrase = references.sample_echo_phrase(rng, self._split)
                self._owe(index + delay + n * period, phrase)
        else:
            self._owe(index + delay)

    def _advance(self, offered: _Owed, *, followed: bool, interrupted: bool) -> None:
        """The scheduler learns what became of its offer."""
        if followed:
            if offered in self._owed:
                self._owed.remove(offered)
            self._since_row = 0
            self._row_gap = self._gap_after(offered.rows[offered.next_row])
            offered.next_row += 1
            done = offered.next_row >= len(offered.rows)
            self._weaving = None if done else offered
        elif self._weaving is offered and interrupted:
            self._cut(offered)

    def _gap_after(self, row: tuple[int, ...]) -> int:
        """How many slots after a row the scheduler offers the next one."""
        return self._row_gap

    def _cut(self, woven: _Owed) -> None:
        """The rest is owed: it becomes a reference of its own, for a later pause."""
        self._weaving = None
        rest = woven.rows[woven.next_row :]
        if rest and woven.reference is not None:
            ready = len(self._talk.slots) + self._rng.randrange(2, 8)
            self._owed.append(_Owed(rest, self._refer(rest), ready))

    def _floor(
        self, *, acted: bool, wants_floor: bool, was_speaking: bool, said: tuple[int, ...]
    ) -> Floor:
        if wants_floor and was_speaking:
            return Floor.OVERLAP
        if said or self._own_speech or (self._weaving is not None):
            return Floor.MODEL
        if acted:
            return Floor.USER
        unfinished = self._turn is not None and not self._turn.is_backchannel
        # A turn's first word has not come yet: nobody can know that it will.
        begun = unfinished and bool(self._turn_text)
        if begun and self._silent_slots < LAPSE_SLOTS:
            return Floor.PAUSE
        return Floor.GAP
