"""One conversation: the loop that lives through it, one micro-turn at a time.

The loop waits for the channel and for the model, and for nothing else: the queue is only ever asked
without waiting, and comparisons of meaning are child tasks whose answers are read a slot later.
What reaches a slot is gathered at its beginning, so that a record of it can be lived again: the
same code, with the model's part decided and nothing handed on.
"""

import logging
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial

import anyio
import anyio.to_thread
from anyio.abc import TaskGroup

from weft.background_agents.types import TranscriptLine
from weft.clock import Clock
from weft.errors import InputError
from weft.interaction_model.types import (
    SLOT_S,
    LivedSlot,
    MicroTurnInput,
    MicroTurnOutput,
    RelivingModel,
    Row,
)
from weft.orchestrator.arrivals import Arrivals, EarlierReminder, Resumption
from weft.orchestrator.config import SessionConfig
from weft.orchestrator.dispatch import Dispatch
from weft.orchestrator.event_log import EventLog
from weft.orchestrator.events import (
    AnyEvent,
    FloorChanged,
    ModelSpoke,
    SessionEnded,
    SlotMissed,
    SpeechCut,
    UserSpoke,
)
from weft.orchestrator.floor import FloorState, FloorTracker
from weft.orchestrator.injection import InjectionScheduler
from weft.orchestrator.metrics import Lateness, Metrics
from weft.orchestrator.outgoing import Outgoing
from weft.orchestrator.owed import Result
from weft.orchestrator.playback import Playback
from weft.orchestrator.ports import (
    Channel,
    InteractionModel,
    Meaning,
    Reminding,
    SessionQueue,
    Sounding,
)
from weft.orchestrator.questions import Answered, OpenQuestions, Question, Similarities, answer
from weft.orchestrator.record import (
    NoRecord,
    Record,
    RecordedSlot,
    SessionRecord,
    recorded_row,
)
from weft.orchestrator.reliving import PastSlot, check_same, past_slots, refusals
from weft.orchestrator.transcript import Transcript
from weft.sentences import load_splitter

OVERSLEPT_S = 1.0
"""Whoever has not lived for so long may have been replaced, and asks before it says a word."""

_logger = logging.getLogger(__name__)


class Session:
    """Holds one conversation between a channel, a model and the background."""

    def __init__(
        self,
        *,
        channel: Channel,
        model: InteractionModel,
        queue: SessionQueue,
        meaning: Meaning,
        clock: Clock,
        session_id: str,
        user_id: str | None = None,
        reminding: Reminding | None = None,
        config: SessionConfig | None = None,
        record: Record | None = None,
        sounding: Sounding | None = None,
    ) -> None:
        """Bring the parts together; nothing happens before `run`.

        `sounding` is what the channel makes sound with, where it does.
        """
        config = config or SessionConfig()
        self.session_id = session_id
        self.metrics = Metrics()
        # The splitter builds its rules on first use, which must not happen in a micro-turn.
        load_splitter()
        self._channel = channel
        self._sounding = sounding
        self._model = model
        self._queue = queue
        self._meaning = meaning
        self._clock = clock
        self._config = config
        self._user_id = user_id
        self._record: Record = record or NoRecord()
        self._floor = FloorTracker(config)
        self._transcript = Transcript(config.turn_gap_slots)
        self._injections = InjectionScheduler(config, model.encode, model.absent)
        self._outgoing = Outgoing(queue, reminding)
        self._dispatch = Dispatch(
            self._outgoing,
            self._injections,
            self._transcript,
            config,
            session_id,
            user_id=user_id,
        )
        self._questions = OpenQuestions()
        self._answered: list[Answered] = []
        self._reminders: list[EarlierReminder] = []
        """Of earlier sessions, from the next slot on."""
        self._past: RecordedSlot | None = None
        """The last slot of the process before, until the session goes on."""
        self._epoch = 0
        self._log = EventLog()
        self._last_floor: FloorState | None = None
        self._lateness = Lateness(SLOT_S)
        self._alive = (0.0, 0.0)
        """The moment, by both clocks, at which it was last seen that the session lives."""
        self._index = -1

    def events(self) -> AsyncIterator[AnyEvent]:
        """Give what happens from the beginning on, as it happens; ends with the session.

        Of a session that goes on, from the first slot after that: what was before is in the record.
        """
        return self._log.follow()

    @property
    def transcript(self) -> tuple[TranscriptLine, ...]:
        """Both sides of the conversation so far."""
        return self._transcript.lines()

    @property
    def owed(self) -> tuple[Result, ...]:
        """The results that are neither heard nor dismissed yet, oldest first."""
        return self._injections.unheard

    @property
    def tainted(self) -> bool:
        """Whether words of strangers have come into the conversation."""
        return self._dispatch.tainted

    def resume(self, request: str, reminder_id: int, *, tainted: bool = False) -> None:
        """Go on with a reminder of an earlier session, as soon as there is room for it.

        `tainted`: words of strangers had come into that session before the reminder was set.
        """
        reminder = EarlierReminder(request=request, reminder_id=reminder_id, tainted=tainted)
        self._reminders.append(reminder)

    @property
    def next_index(self) -> int:
        """The micro-turn that comes next."""
        return self._index + 1

    def relive(self, past: SessionRecord) -> None:
        """Become what the session was at the end of a record; `run` then goes on from there.

        It costs about as much as the orchestration of the conversation so far, and the model's
        steps of its last minutes. Raises InputError when the record cannot be gone on from.
        """
        if past.header.session_id != self.session_id:
            raise InputError(f"the record is of session {past.header.session_id!r}")
        if not isinstance(self._model, RelivingModel):
            raise InputError("the interaction model in use cannot relive a conversation")
        self._model.relive([self._relive(each) for each in past_slots(past)])
        self._outgoing.go_live()
        self._past = past.slots[-1] if past.slots else None
        self._epoch = past.epoch + 1

    async def run(self) -> None:
        """Hold the conversation until the channel closes, or another process has taken it over."""
        reason = "cancelled"
        if self._epoch:
            self._record.go_on(self._epoch)
        else:
            self._record.begin(self.session_id, self._config, user_id=self._user_id)
        try:
            await self._queue.hold_session(self.session_id, self._epoch, self._user_id)
            async with anyio.create_task_group() as tasks:
                for numbered in self._questions.unanswered:
                    tasks.start_soon(self._answer, *numbered)
                reason = await self._live(tasks)
                tasks.cancel_scope.cancel()
        except Exception as error:
            reason = f"error: {_innermost(error)}"
            raise
        finally:
            self._end(reason)

    async def _live(self, tasks: TaskGroup) -> str:
        """Live through one micro-turn after the other; give the reason for the end."""
        self._alive = self._moments()
        async for heard in self._channel.micro_turns():
            if self._past is not None and heard.index != self.next_index:
                raise ValueError(
                    f"the session goes on with slot {self.next_index}, and the channel began with "
                    f"{heard.index}"
                )
            if await self._has_moved() or not await self._live_through(heard, tasks):
                return "another process holds it now"
        return "the channel closed"

    async def _has_moved(self) -> bool:
        """Whether another process holds the session; asked anew after a time without life."""
        before, self._alive = self._alive, self._moments()
        # A process may be stopped, and a machine put to sleep, which stops the first clock as well.
        slept_s = max(now - then for now, then in zip(self._alive, before, strict=True))
        if slept_s > OVERSLEPT_S:
            await self._queue.look_whether_moved(self.session_id)
        return self._queue.has_moved(self.session_id)

    def _moments(self) -> tuple[float, float]:
        """Give the present moment by the session's clock and, in real time, by the calendar."""
        unix_s = 0.0 if self._clock.virtual else datetime.now(UTC).timestamp()
        return self._clock.now_s(), unix_s

    async def _live_through(self, heard: MicroTurnInput, tasks: TaskGroup) -> bool:
        """Live through one micro-turn; False when another process has it before a word is said."""
        started_s = time.perf_counter()
        arrived = self._take_arrivals()
        floor, row, events = self._before_step(heard, arrived)

        step_started_s = time.perf_counter()
        said = await self._step(heard, row)
        step_s = time.perf_counter() - step_started_s
        if await self._has_moved():
            return False
        await self._channel.send(said)

        heard_index = self._channel.heard_index()
        playback = self._sounding.playback() if self._sounding is not None else None
        events += self._after_step(heard, said, heard_index, playback)
        for numbered in self._questions.add(self._dispatch.take_questions()):
            tasks.start_soon(self._answer, *numbered)
        events += self._missed(heard.index, time.perf_counter() - started_s)
        slot = RecordedSlot(
            heard=heard,
            row=recorded_row(row),
            floor=floor.floor,
            said=said,
            step_ms=1000 * step_s,
            events=tuple(events),
            heard_index=heard_index,
            arrived=arrived,
            playback=playback,
        )
        self._keep(slot)
        total_s = time.perf_counter() - started_s
        self.metrics.add_slot(step_ms=1000 * step_s, orchestration_ms=1000 * (total_s - step_s))
        return True

    def _relive(self, past: PastSlot) -> LivedSlot:
        """Live once more through a recorded micro-turn; nothing is handed on, and nothing told."""
        slot = past.slot
        self._outgoing.relive(refusals(slot.events))
        _, row, events = self._before_step(slot.heard, past.arrived)
        events += self._after_step(slot.heard, slot.said, slot.heard_index, slot.playback)
        self._questions.add(self._dispatch.take_questions())
        check_same(past, events)
        return LivedSlot(slot.heard, row if past.was_heard else None, slot.said)

    def _take_arrivals(self) -> Arrivals:
        """Gather what has come since the slot before; the session learns of nothing else."""
        answered, self._answered = self._answered, []
        reminders, self._reminders = self._reminders, []
        now_s, calendar_s = self._moments()
        unix_s = None if self._clock.virtual else calendar_s
        return Arrivals(
            now_s=now_s,
            unix_s=unix_s,
            updates=tuple(self._queue.updates_nowait(self.session_id)),
            answers=tuple(answered),
            reminders=tuple(reminders),
            kept=tuple(self._queue.kept_nowait(self.session_id)),
            resumed=self._take_resumption(now_s, unix_s),
        )

    def _take_resumption(self, now_s: float, unix_s: float | None) -> Resumption | None:
        """Say, in the first slot after the session has moved, how its time goes on."""
        past, self._past = self._past, None
        if past is None or past.arrived is None:
            return None
        away_s = SLOT_S
        if unix_s is not None and past.arrived.unix_s is not None:
            away_s = max(0.0, unix_s - past.arrived.unix_s)
        return Resumption(
            epoch=self._epoch,
            shift_s=now_s - away_s - past.arrived.now_s,
            now_s=now_s,
            outlived=self._queue.outlives,
        )

    def _before_step(
        self, heard: MicroTurnInput, arrived: Arrivals
    ) -> tuple[FloorState, Row | None, list[AnyEvent]]:
        """Take in what has come, and say what the model is offered."""
        self._index = heard.index
        floor = self._floor.update(heard)
        events = self._heard_events(heard, floor)
        answers = self._questions.settle(arrived.answers)
        events += self._dispatch.take_in(floor, arrived, answers)
        return floor, self._injections.offer(floor), events

    def _after_step(
        self,
        heard: MicroTurnInput,
        said: MicroTurnOutput,
        heard_index: int,
        playback: Playback | None,
    ) -> list[AnyEvent]:
        """Take in what the model did, and how far playback has come."""
        woven = self._injections.settle(said, heard_index, playback)
        events = [*self._take_in_said(heard, said), *self._cut(said.index, playback), *woven]
        if said.control is not None:
            events += self._dispatch.act_on(said.control, said.index)
        return events

    def _cut(self, index: int, playback: Playback | None) -> list[AnyEvent]:
        """Take back what was said and not sounded."""
        if playback is None or playback.cut is None:
            return []
        cut = playback.cut
        return [
            SpeechCut(
                index=index,
                said_index=cut.index,
                character=cut.character,
                unsounded=self._transcript.unsay(cut),
            )
        ]

    async def _step(self, heard: MicroTurnInput, row: Row | None) -> MicroTurnOutput:
        """Let the model live through the slot; in real time beside the event loop, not on it."""
        if self._clock.virtual:
            return self._model.step(heard, row)
        return await anyio.to_thread.run_sync(partial(self._model.step, heard, row))

    async def _answer(self, number: int, question: Question) -> None:
        """Answer one question of meaning; the answer is read in a later slot."""
        found = await answer(
            question,
            self._meaning,
            Similarities(
                same_request=self._config.same_request_similarity,
                same_result=self._config.same_result_similarity,
                same_topic=self._config.same_topic_similarity,
            ),
        )
        # Looked up only now: the loop takes the list away in every slot.
        self._answered.append(Answered.of(number, found))

    def _heard_events(self, heard: MicroTurnInput, floor: FloorState) -> list[AnyEvent]:
        events: list[AnyEvent] = []
        if self._last_floor is None or floor.floor is not self._last_floor.floor:
            events.append(FloorChanged(index=heard.index, floor=floor.floor))
        self._last_floor = floor
        if heard.text:
            events.append(UserSpoke(index=heard.index, text=heard.text))
        return events

    def _take_in_said(self, heard: MicroTurnInput, said: MicroTurnOutput) -> list[AnyEvent]:
        """Bring floor and transcript up to date with what the model did."""
        speaking_for = self._injections.speaking_for
        unverified = speaking_for is None
        self._floor.settle(heard, said)
        self._transcript.add(heard, said, unverified=unverified)
        if not said.text:
            return []
        return [
            ModelSpoke(
                index=said.index,
                text=said.text,
                delegation_id=speaking_for,
                unverified=unverified,
            )
        ]

    def _missed(self, index: int, took_s: float) -> list[AnyEvent]:
        late_s = 0.0 if self._clock.virtual else self._lateness.add(took_s)
        if late_s == 0.0:
            return []
        _logger.warning("micro-turn missed", extra={"slot": index, "late_ms": 1000 * late_s})
        return [SlotMissed(index=index, late_ms=round(1000 * late_s, 3))]

    def _keep(self, slot: RecordedSlot) -> None:
        """Record the slot and tell the readers what happened."""
        self.metrics.add_events(slot.events)
        self._log.add(slot.events)
        self._record.add(slot)

    def _end(self, reason: str) -> None:
        """Withdraw what is under way, complete the record, and let the readers end."""
        ended = SessionEnded(index=self._index, reason=reason)
        moved = self._queue.has_moved(self.session_id)
        self._queue.close_session(self.session_id)
        self._log.add([ended])
        self._log.close()
        # Where another process holds the session, the record is its own.
        self._record.end([] if moved else [ended])
        marks = {"session_id": self.session_id, "slot": self._index, "owed": len(self.owed)}
        _logger.info("session ended", extra=marks)


def _innermost(error: Exception) -> str:
    """Name the error itself, where the task group has wrapped it."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return type(error).__name__
