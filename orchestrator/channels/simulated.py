"""A user made of a script that reacts to what the model really does; only the user is simulated.

The user sees what a person would see: the words that `send` brings, and which of them belong to an
answer (from the session's events, handed in with `saw`). On virtual time the same script, seed and
model give the same conversation.
"""

import random
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from weft.clock import Clock
from weft.interaction_model.types import SLOT_S, MicroTurnInput, MicroTurnOutput
from weft.orchestrator.channels.crank import slots
from weft.orchestrator.channels.pacing import TimedWord, heard_in_slot, heard_slot, time_words
from weft.orchestrator.events import (
    AnyEvent,
    Delegated,
    Heard,
    ModelSpoke,
    ResultReady,
    WeaveCut,
    WeaveStarted,
)
from weft.orchestrator.outstanding import Outstanding

When = Literal["free", "model_starts", "handed_over", "result_ready", "answer_starts", "answered"]
"""What a user can wait for, counted from the moment the step before began.

free           the model had its say (or 3 s went by) and both have been silent for 0.8 s
model_starts   the model said something
handed_over    a request was delegated
result_ready   an answer came back, said or not
answer_starts  the model began to say an answer
answered       an answer was heard to its end
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Say nothing for some seconds, or until something has happened `times` times."""

    until: When | float
    times: int = 1
    patience_s: float = 12.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Say a text once something has happened, or that many seconds after one's own last word.

    With `keep_on`, the user then goes on with these sentences, one after another without a pause,
    until an answer is ready: it is sure to come back while the user speaks.
    """

    text: str
    after: When | float = "free"
    keep_on: tuple[str, ...] = ()
    patience_s: float = 12.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BargeIn:
    """Talk into an answer after so many of its words; left out when no answer gets that far."""

    text: str
    after_words: int = 3
    patience_s: float = 12.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Backchannel:
    """Show that one listens, after so many words of an answer, without taking the floor."""

    text: str = "mm-hm"
    after_words: int = 3
    patience_s: float = 12.0


Step = Say | Wait | BargeIn | Backchannel

_FREE_SLOTS = 4
_REPLY_EXPECTED_S = 3.0


class SimulatedUser:
    """A channel whose user follows a script, as patient as its steps say."""

    def __init__(
        self,
        script: Sequence[Step],
        clock: Clock,
        *,
        seed: int = 0,
        tail_s: float = 3.0,
        longest_tail_s: float = 20.0,
        speak: Callable[[str, float], Sequence[TimedWord]] | None = None,
    ) -> None:
        """Leave `tail_s` of silence after the script; stay up to `longest_tail_s` while owed.

        `speak` says a text aloud from a moment of media time on, in s, and gives its words.
        """
        self._script = tuple(script)
        self._clock = clock
        self._rng = random.Random(seed)
        self._tail_s = tail_s
        self._longest_tail_s = longest_tail_s
        self._say = speak or self._pace
        self._step = 0
        self._step_since_index = 0
        self._words: list[TimedWord] = []
        self._still_to_say: list[str] = []
        self._index = 0
        self._heard_index = -1
        self._user_last_index = -1
        self._model_last_index = -1
        self._model_spoke_since = False
        self._happened: dict[str, int] = {}
        self._answer_words = 0
        self._answer_of: str | None = None
        self._outstanding = Outstanding()
        self._owed_last_index = -1
        self._backchannel_slots: set[int] = set()

    @property
    def backchannel_slots(self) -> frozenset[int]:
        """The slots in which this user only showed to be listening: the truth, for an audit."""
        return frozenset(self._backchannel_slots)

    def saw(self, event: AnyEvent) -> None:
        """Take notice of something the session tells; call it for each event, in order."""
        self._outstanding.add(event)
        match event:
            case Delegated():
                self._count("handed_over")
            case ResultReady():
                self._count("result_ready")
            case WeaveStarted():
                self._answer_of = event.delegation_id
                self._answer_words = 0
                self._count("answer_starts")
            case ModelSpoke() if event.delegation_id and event.delegation_id == self._answer_of:
                self._answer_words += len(event.text.split())
            case WeaveCut():
                self._answer_of = None
            case Heard():
                self._answer_of = None
                self._count("answered")
            case _:
                pass

    async def micro_turns(self) -> AsyncIterator[MicroTurnInput]:
        """Yield one input per slot until the script is over and nothing more is expected."""
        async for index in slots(self._clock):
            self._index = index
            self._words = [word for word in self._words if heard_slot(word) >= index]
            if not self._words:
                self._decide()
            if self._over():
                return
            heard = heard_in_slot(self._words, index)
            if heard.text or heard.user_active:
                self._user_last_index = index
            yield heard

    async def send(self, said: MicroTurnOutput) -> None:
        """Read what the model says as it appears."""
        self.hear_model(said.index, speaks=bool(said.text.strip()))

    def hear_model(self, index: int, *, speaks: bool) -> None:
        """Notice whether the model speaks in a slot; call it once a slot, in order."""
        self._heard_index = index
        if speaks:
            self._model_last_index = index
            self._model_spoke_since = True

    def heard_index(self) -> int:
        """Give the last slot that was sent."""
        return self._heard_index

    def _decide(self) -> None:
        """Begin the next step of the script if its moment has come; the user is silent now."""
        if self._still_to_say:
            if not self._happened.get("result_ready"):
                self._speak(self._still_to_say.pop(0))
                return
            self._still_to_say.clear()
        while self._step < len(self._script):
            step = self._script[self._step]
            impatient = self._since_s() >= step.patience_s
            match step:
                case Wait():
                    if not (self._has_come(step.until, step.times) or impatient):
                        return
                    self._next_step()
                case Say():
                    if not (self._has_come(step.after, 1) or impatient):
                        return
                    self._next_step()
                    self._speak(step.text)
                    self._still_to_say = list(step.keep_on)
                    return
                case BargeIn() | Backchannel():
                    if self._answer_of is None or self._answer_words < step.after_words:
                        if not (impatient or self._happened.get("answered")):
                            return
                        # Left out: what has happened still counts for the step after it.
                        self._step += 1
                        continue
                    self._next_step()
                    self._speak(step.text)
                    if isinstance(step, Backchannel):
                        begin, end = self._index, heard_slot(self._words[-1])
                        self._backchannel_slots.update(range(begin, end + 1))
                    return

    def _has_come(self, moment: When | float, times: int) -> bool:
        """Say whether what a step waits for has happened."""
        if isinstance(moment, int | float):
            return self._silent_slots(self._user_last_index) * SLOT_S >= moment
        if moment == "model_starts":
            return self._model_spoke_since
        if moment == "free":
            replied = self._model_spoke_since or self._since_s() >= _REPLY_EXPECTED_S
            latest = max(self._user_last_index, self._model_last_index)
            return replied and self._silent_slots(latest) >= _FREE_SLOTS
        return self._happened.get(moment, 0) >= times

    def _speak(self, text: str) -> None:
        """Begin to say a text in this slot; what was said before counts as reply to older words."""
        self._words.extend(self._say(text, self._index * SLOT_S))
        self._model_spoke_since = False

    def _pace(self, text: str, start_s: float) -> Sequence[TimedWord]:
        """Time a text by what is usual."""
        return time_words(text, start_s, self._rng)

    def _next_step(self) -> None:
        """Go on in the script: the next step counts from here."""
        self._step += 1
        self._step_since_index = self._index
        self._happened.clear()

    def _over(self) -> bool:
        """Say whether the user leaves now."""
        if self._step < len(self._script) or self._words or self._still_to_say:
            return False
        if self._outstanding:
            self._owed_last_index = self._index
            return self._since_s() >= self._longest_tail_s
        latest = max(
            self._user_last_index,
            self._model_last_index,
            self._step_since_index,
            self._owed_last_index,
        )
        return self._silent_slots(latest) * SLOT_S >= self._tail_s

    def _since_s(self) -> float:
        """Seconds since the step before began, or since one's own last word if that is later."""
        return (self._index - max(self._step_since_index, self._user_last_index)) * SLOT_S

    def _silent_slots(self, last_index: int) -> int:
        """Slots that went by between `last_index` and this one."""
        return self._index - last_index - 1

    def _count(self, moment: When) -> None:
        """Remember that something happened during this step."""
        self._happened[moment] = self._happened.get(moment, 0) + 1
