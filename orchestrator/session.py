"""One conversation: the loop that lives through it, one micro-turn at a time.

The loop waits for the channel and for the model, and for nothing else: the queue is only ever asked
without waiting, and comparisons of meaning are child tasks whose answers are read a slot later.
"""

import logging
import time
from collections.abc import AsyncIterator
from functools import partial

import anyio
import anyio.to_thread
from anyio.abc import TaskGroup

from weft.background_agents.types import TranscriptLine
from weft.clock import Clock
from weft.interaction_model.types import SLOT_S, MicroTurnInput, MicroTurnOutput, Row
from weft.orchestrator.config import SessionConfig
from weft.orchestrator.dispatch import Dispatch
from weft.orchestrator.event_log import EventLog
from weft.orchestrator.events import (
    AnyEvent,
    FloorChanged,
    ModelSpoke,
    SessionEnded,
    SlotMissed,
    UserSpoke,
)
from weft.orchestrator.floor import FloorState, FloorTracker
from weft.orchestrator.injection import InjectionScheduler
from weft.orchestrator.metrics import Lateness, Metrics
from weft.orchestrator.owed import Result
from weft.orchestrator.ports import Channel, InteractionModel, Meaning, Reminding, SessionQueue
from weft.orchestrator.questions import Answer, Question, Similarities, answer
from weft.orchestrator.record import NoRecord, Record, RecordedSlot, recorded_row
from weft.orchestrator.transcript import Transcript
from weft.sentences import load_splitter

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
    ) -> None:
        """Bring the parts together; nothing happens before `run`."""
        config = config or SessionConfig()
        self.session_id = session_id
        self.metrics = Metrics()
        # The splitter builds its rules on first use, which must not happen in a micro-turn.
        load_splitter()
        self._channel = channel
        self._model = model
        self._queue = queue
        self._meaning = meaning
        self._clock = clock
        self._config = config
        self._record: Record = record or NoRecord()
        self._floor = FloorTracker(config)
        self._transcript = Transcript(config.turn_gap_slots)
        self._injections = InjectionScheduler(config, model.encode, model.absent)
        self._dispatch = Dispatch(
            queue,
            self._injections,
            self._transcript,
            clock,
            config,
            session_id,
            user_id=user_id,
            reminding=reminding,
        )
        self._answers: list[Answer] = []
        self._log = EventLog()
        self._last_floor: FloorState | None = None
        self._lateness = Lateness(SLOT_S)
        self._index = -1

    def events(self) -> AsyncIterator[AnyEvent]:
        """Give what happens from the beginning on, as it happens; ends with the session."""
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
        self._dispatch.resume(request, reminder_id, tainted=tainted)

    async def run(self) -> None:
        """Hold the conversation until the channel closes."""
        reason = "cancelled"
        self._record.begin(self.session_id, self._config)
        try:
            async with anyio.create_task_group() as tasks:
                async for heard in self._channel.micro_turns():
                    await self._live_through(heard, tasks)
                tasks.cancel_scope.cancel()
            reason = "the channel closed"
        except Exception as error:
            reason = f"error: {_innermost(error)}"
            raise
        finally:
            self._end(reason)

    async def _live_through(self, heard: MicroTurnInput, tasks: TaskGroup) -> None:
        """Live through one micro-turn."""
        started_s = time.perf_counter()
        self._index = heard.index
        floor = self._floor.update(heard)
        events = self._heard_events(heard, floor)
        events += self._dispatch.take_in(floor, self._take_answers())
        row = self._injections.offer(floor)

        step_started_s = time.perf_counter()
        said = await self._step(heard, row)
        step_s = time.perf_counter() - step_started_s
        await self._channel.send(said)

        woven = self._injections.settle(said, self._channel.heard_index())
        events += [*self._take_in_said(heard, said), *woven]
        if said.control is not None:
            events += self._dispatch.act_on(said.control, said.index)
        for question in self._dispatch.take_questions():
            tasks.start_soon(self._answer, question)
        events += self._missed(heard.index, time.perf_counter() - started_s)
        self._keep(heard, row, floor, said, step_s, events)
        total_s = time.perf_counter() - started_s
        self.metrics.add_slot(step_ms=1000 * step_s, orchestration_ms=1000 * (total_s - step_s))

    async def _step(self, heard: MicroTurnInput, row: Row | None) -> MicroTurnOutput:
        """Let the model live through the slot; in real time beside the event loop, not on it."""
        if self._clock.virtual:
            return self._model.step(heard, row)
        return await anyio.to_thread.run_sync(partial(self._model.step, heard, row))

    async def _answer(self, question: Question) -> None:
        """Answer one question of meaning; the answer is read in a later slot."""
        answered = await answer(
            question,
            self._meaning,
            Similarities(
                same_request=self._config.same_request_similarity,
                same_result=self._config.same_result_similarity,
                same_topic=self._config.same_topic_similarity,
            ),
        )
        # Looked up only now: the loop takes the list away in every slot.
        self._answers.append(answered)

    def _take_answers(self) -> list[Answer]:
        answers, self._answers = self._answers, []
        return answers

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

    def _keep(
        self,
        heard: MicroTurnInput,
        row: Row | None,
        floor: FloorState,
        said: MicroTurnOutput,
        step_s: float,
        events: list[AnyEvent],
    ) -> None:
        """Record the slot and tell the readers what happened."""
        self.metrics.add_events(events)
        self._log.add(events)
        self._record.add(
            RecordedSlot(
                heard=heard,
                row=recorded_row(row),
                floor=floor.floor,
                said=said,
                step_ms=1000 * step_s,
                events=tuple(events),
            )
        )

    def _end(self, reason: str) -> None:
        """Withdraw what is under way, complete the record, and let the readers end."""
        ended = SessionEnded(index=self._index, reason=reason)
        self._queue.close_session(self.session_id)
        self._log.add([ended])
        self._log.close()
        self._record.end([ended])
        marks = {"session_id": self.session_id, "slot": self._index, "owed": len(self.owed)}
        _logger.info("session ended", extra=marks)


def _innermost(error: Exception) -> str:
    """Name the error itself, where the task group has wrapped it."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return type(error).__name__
