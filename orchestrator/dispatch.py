"""Between the conversation and its background: control tokens out, updates in. Never waits.

It decides by the ledger, and acts on the queue and on what is owed. It knows neither the model nor
the channel; whatever needs a comparison of meaning is put as a question, to be answered later.
"""

import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from weft.background_agents.types import AgentUpdate, SessionQueue, UpdateKind
from weft.clock import Clock
from weft.errors import QueueFull
from weft.interaction_model.types import SLOT_S, ControlToken
from weft.orchestrator.backstop import Backstop
from weft.orchestrator.config import SessionConfig
from weft.orchestrator.consent import Consent, Outcome
from weft.orchestrator.delegation import (
    TIMER_SOURCE,
    Delegation,
    DelegationLedger,
    DelegationState,
)
from weft.orchestrator.events import (
    AgentProgress,
    AnyEvent,
    AskedAgain,
    Delegated,
    Dismissed,
    Superseded,
)
from weft.orchestrator.floor import FloorState
from weft.orchestrator.injection import InjectionScheduler
from weft.orchestrator.meant import corrected, withdrawn
from weft.orchestrator.owed import Result
from weft.orchestrator.ports import Reminding
from weft.orchestrator.questions import (
    Answer,
    IsRequest,
    Question,
    ResultFits,
    SameRequest,
    SaysYes,
)
from weft.orchestrator.rest_of_turn import RestOfTurn
from weft.orchestrator.transcript import Transcript, UserTurn
from weft.tools.effect import Effect

_REPEAT_WORD_OVERLAP = 0.4
"""Texts that share fewer of their words cannot mean nearly the same; asking would cost a slot."""

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A turn, handed over already, and what is to be done about it."""

    control: ControlToken
    turn: UserTurn
    by_backstop: bool = False
    completes: UserTurn | None = None
    """The turn whose sentence this one ends, if it does."""


@dataclass(frozen=True, slots=True)
class _ToResume:
    """A reminder of an earlier session that waits for room."""

    request: str
    reminder_id: int
    tainted: bool


class Dispatch:
    """Hands requests over to the background and takes in what comes of them."""

    def __init__(
        self,
        queue: SessionQueue,
        injections: InjectionScheduler,
        transcript: Transcript,
        clock: Clock,
        config: SessionConfig,
        session_id: str,
        *,
        user_id: str | None = None,
        reminding: Reminding | None = None,
    ) -> None:
        """Begin with nothing asked."""
        self._queue = queue
        self._injections = injections
        self._transcript = transcript
        self._clock = clock
        self._config = config
        self._session_id = session_id
        self._ledger = DelegationLedger(session_id, config, user_id)
        self._backstop = Backstop(config)
        self._consent = Consent(config, injections, transcript)
        self._rest = RestOfTurn(config)
        self._last_delegated: tuple[UserTurn, str] | None = None
        """The turn that was delegated last, and as what."""
        self._reminding = reminding
        self._to_resume: deque[_ToResume] = deque()
        """The reminders of earlier sessions that wait for room."""
        self._updates: deque[AgentUpdate] = deque()
        """What has come from the queue and is not taken in yet."""
        self._questions: list[Question] = []
        self._asked_index: dict[Question, int] = {}
        """The questions whose answer is still awaited, and the slot in which each came up."""
        self._put_off: deque[_Asked] = deque()
        """What waits until the request before it is in the ledger: a correction or a dismissal may
        be about that one, and another request may be the same."""
        self._dismissing_index: int | None = None
        """First slot of the user's last turn that withdrew a request; it changed no topic."""

    def take_questions(self) -> list[Question]:
        """Give the questions of meaning that have come up since the last call."""
        questions, self._questions = self._questions, []
        return questions

    @property
    def tainted(self) -> bool:
        """Whether words of strangers have come into the session."""
        return self._ledger.tainted

    def resume(self, request: str, reminder_id: int, *, tainted: bool) -> None:
        """Go on with a reminder of an earlier session, as soon as there is room for it."""
        self._to_resume.append(_ToResume(request, reminder_id, tainted))

    # What comes in, before the model's step

    def take_in(self, floor: FloorState, answers: Sequence[Answer]) -> list[AnyEvent]:
        """Take in answers, updates and expiries, and let the backstop look at the user's turn."""
        index = floor.index
        events = self._resume(index)
        for answer in answers:
            # What was given up has been decided without the answer that comes now.
            if self._asked_index.pop(answer.question, None) is not None:
                events += self._take_answer(answer, floor)
        for question in self._overdue(index):
            _logger.warning("comparison of meaning took too long", extra={"slot": index})
            del self._asked_index[question]
            events += self._take_answer(Answer(question=question), floor)
        events += self._act_on_put_off(index)
        events += self._take_rest(floor)
        self._updates += self._queue.updates_nowait(self._session_id)
        for _ in range(min(len(self._updates), self._config.updates_a_slot)):
            events += self._take_update(self._updates.popleft(), index)
        for late in self._ledger.expire(self._clock.now_s()):
            events += self._give_up(late, index)
        events += self._consent.ask(index)
        says_yes = self._consent.look(floor)
        if says_yes is not None:
            self._ask(says_yes, index)
        turn = self._backstop.due(self._transcript.user_turn, floor)
        if turn is not None:
            self._ask(IsRequest(turn=turn), index)
        self._injections.forget_before(index - self._slots(self._config.repeat_window_s))
        return events

    def _take_rest(self, floor: FloorState) -> list[AnyEvent]:
        """Go on with a sentence that was handed over before its end, once all of it is there."""
        rest = self._rest.take(self._transcript.user_turn, floor)
        if rest is None:
            return []
        self._transcript.hand_over()
        asked = _Asked(control=ControlToken.DELEGATE, turn=rest.turn, completes=rest.beginning)
        return self._act_in_order(asked, floor.index)

    def _take_update(self, update: AgentUpdate, index: int) -> list[AnyEvent]:
        delegation = self._ledger.accept(update)
        if delegation is None:
            _logger.info("update dropped", extra=_marks(update, index))
            return []
        result = _result_of(update, delegation)
        events: list[AnyEvent] = []
        match update.kind:
            case UpdateKind.THINKING if update.text:
                events += [_progress(update, "thinking", index)]
            case UpdateKind.THINKING:
                pass  # A sign of life, or a plain end.
            case UpdateKind.COMMENTARY if update.text and self._config.speak_commentary:
                events += self._injections.add(result, index)
            case UpdateKind.COMMENTARY:
                events += [_progress(update, "commentary", index)]
            case UpdateKind.RESULT:
                events += self._injections.replace_attempts(
                    update.delegation_id, update.attempt, index
                )
                events += self._owe_once(result, delegation, index)
            case UpdateKind.QUESTION:
                self._consent.propose(update, delegation, result.result_id)
            case UpdateKind.FAILURE if self._found_earlier(update):
                reason = "an earlier attempt has found the answer"
                events += [_dismissed(update.delegation_id, result.result_id, reason, index)]
            case UpdateKind.FAILURE:
                events += self._injections.add(result, index)
        if update.final and not delegation.owed_something:
            events += self._owe_failure(
                delegation, "empty", "the work ended without a result", index
            )
        return events

    def _found_earlier(self, update: AgentUpdate) -> bool:
        return any(
            known.kind == "result"
            and (known.delegation_id, known.revision) == (update.delegation_id, update.revision)
            and known.attempt < update.attempt
            for known in self._injections.known_since(0)
        )

    def _owe_once(self, result: Result, delegation: Delegation, index: int) -> list[AnyEvent]:
        """Owe a result; if it may repeat another, or comes late, ask first how it fits in.

        A timer says the same again and again, and is meant to. Whoever asks again after having
        heard the answer wants to hear it again.
        """
        since_index = max(
            index - self._slots(self._config.repeat_window_s), self._slots(delegation.asked_s)
        )
        earlier = []
        for other in self._injections.known_since(since_index):
            same_work = (other.delegation_id, other.attempt) == (
                result.delegation_id,
                result.attempt,
            )
            asked = self._ledger.get(other.delegation_id)
            shows_the_same = other.components == result.components
            may_repeat = shows_the_same and _overlap(other.text, result.text)
            if not same_work and asked is not None and may_repeat:
                earlier.append((other.result_id, other.text, asked.request))
        said_since = "" if result.timer else self._said_since(delegation)
        if result.timer or not (earlier or said_since):
            return self._injections.add(result, index)
        self._ask(
            ResultFits(
                result=result,
                request=delegation.request,
                earlier=tuple(earlier),
                said_since=said_since,
            ),
            index,
        )
        return []

    def _said_since(self, delegation: Delegation) -> str:
        """Give the user's last turn if it came after a request and is more than a word or two."""
        turn = self._transcript.user_turn
        if turn is None or turn.first_index <= self._slots(delegation.asked_s):
            return ""
        if turn.first_index == self._dismissing_index:
            return ""
        return turn.text if len(turn.text.split()) >= self._config.backstop_min_words else ""

    def _give_up(self, late: Delegation, index: int) -> list[AnyEvent]:
        """End the work on a delegation whose time is over; say so if nothing has come of it."""
        _logger.warning("delegation expired", extra=_marks(late, index))
        self._queue.cancel_nowait(late.delegation_id)
        if late.owed_something:
            return []
        return self._owe_failure(late, "expired", "no answer came in time", index)

    def _owe_failure(
        self, delegation: Delegation, cause: str, reason: str, index: int
    ) -> list[AnyEvent]:
        return self._injections.add(
            Result(
                result_id=f"{delegation.delegation_id}.{delegation.revision}.{cause}",
                delegation_id=delegation.delegation_id,
                revision=delegation.revision,
                kind="failure",
                text=reason,
            ),
            index,
        )

    def _take_answer(self, answer: Answer, floor: FloorState) -> list[AnyEvent]:
        index = floor.index
        match answer.question:
            case SameRequest(turn=turn, by_backstop=by_backstop):
                same = self._ledger.get(answer.match_id or "")
                if same is None or not same.is_worth_waiting_for:
                    return self._delegate(turn, index, by_backstop=by_backstop)
                self._ledger.ask_again(same.delegation_id)
                return [
                    AskedAgain(index=index, delegation_id=same.delegation_id, request=turn.text)
                ]
            case ResultFits(result=result):
                result = replace(result, aside=answer.off_topic)
                return self._settle_fitting(result, answer.match_id, index)
            case SaysYes():
                return self._go_on_after(
                    self._consent.decide(answer.question, answer.assent, floor), index
                )
            case IsRequest(turn=turn):
                now = self._transcript.user_turn
                if not self._backstop.decide(turn, now, answer.probability):
                    return []
                return self._hand_over(turn, index, by_backstop=True)

    def _settle_fitting(self, result: Result, match_id: str | None, index: int) -> list[AnyEvent]:
        delegation = self._ledger.get(result.delegation_id)
        if delegation is None or delegation.revision != result.revision:
            return []  # A correction has taken its place while the question was open.
        if delegation.state is DelegationState.CANCELLED:
            return [_dismissed(result.delegation_id, result.result_id, _UNWANTED, index)]
        if match_id is not None:
            return self._injections.add_repeated(result, match_id, index)
        return self._injections.add(result, index)

    # What goes out, after the model's step

    def act_on(self, control: ControlToken, index: int) -> list[AnyEvent]:
        """Do what the model asked for with a control token."""
        turn = self._transcript.user_turn
        if turn is None or turn.handed_over:
            _logger.info("control token without a new turn", extra={"control": control.value})
            return []
        match control:
            case ControlToken.DELEGATE if self._consent.holds_back(turn):
                return []
            case ControlToken.DISMISS if self._consent.awaits(turn):
                self._transcript.hand_over()
                return self._consent.decline(index)
            case ControlToken.DELEGATE if self._rest.awaits(turn):
                return []
            case ControlToken.DELEGATE:
                self._rest.hand_over(turn, index)
                return self._hand_over(turn, index, by_backstop=False)
            case ControlToken.REVISE | ControlToken.DISMISS:
                self._transcript.hand_over()
                return self._act_in_order(_Asked(control=control, turn=turn), index)

    @property
    def _compares_a_request(self) -> bool:
        """Whether a request is not in the ledger yet, because it may be there already."""
        return any(isinstance(question, SameRequest) for question in self._asked_index)

    def _act_in_order(self, asked: _Asked, index: int) -> list[AnyEvent]:
        """Act on a turn now, or after what came before it."""
        if self._compares_a_request or self._put_off:
            self._put_off.append(asked)
            return []
        return self._act(asked, index)

    def _act_on_put_off(self, index: int) -> list[AnyEvent]:
        events: list[AnyEvent] = []
        while self._put_off and not self._compares_a_request:
            events += self._act(self._put_off.popleft(), index)
        return events

    def _act(self, asked: _Asked, index: int) -> list[AnyEvent]:
        match asked.control:
            case ControlToken.DELEGATE if asked.completes is not None:
                return self._complete(asked.completes, asked.turn, index)
            case ControlToken.DELEGATE:
                return self._request(asked.turn, index, by_backstop=asked.by_backstop)
            case ControlToken.REVISE:
                return self._revise(asked.turn, index)
            case ControlToken.DISMISS:
                self._dismissing_index = asked.turn.first_index
                return self._dismiss(asked.turn, index)

    def _go_on_after(self, outcome: Outcome, index: int) -> list[AnyEvent]:
        """Carry out what was approved, and hand over what was no answer."""
        events = list(outcome.events)
        if outcome.approved is not None:
            proposal = outcome.approved
            delegation = self._ledger.ask(proposal.request, self._clock.now_s())
            events += self._submit(delegation, index, "approval", approved=proposal.effect)
        if outcome.request is not None:
            events += self._hand_over(outcome.request, index, by_backstop=False)
        return events

    def _hand_over(self, turn: UserTurn, index: int, *, by_backstop: bool) -> list[AnyEvent]:
        self._transcript.hand_over()
        asked = _Asked(control=ControlToken.DELEGATE, turn=turn, by_backstop=by_backstop)
        return [*self._pass_over(turn, index), *self._act_in_order(asked, index)]

    def _pass_over(self, turn: UserTurn, index: int) -> list[AnyEvent]:
        return self._consent.pass_over(index) if self._consent.awaits(turn) else []

    def _request(self, turn: UserTurn, index: int, *, by_backstop: bool) -> list[AnyEvent]:
        """Delegate a turn; where something is under way, ask first whether it is the same."""
        if not self._ledger.open:
            return self._delegate(turn, index, by_backstop=by_backstop)
        earlier = tuple((d.delegation_id, d.request) for d in self._ledger.open)
        self._ask(SameRequest(turn=turn, earlier=earlier, by_backstop=by_backstop), index)
        return []

    def _delegate(self, turn: UserTurn, index: int, *, by_backstop: bool) -> list[AnyEvent]:
        has_room = self._ledger.has_room
        delegation = self._ledger.ask(turn.text, self._clock.now_s())
        self._last_delegated = (turn, delegation.delegation_id)
        if not has_room:
            return self._refuse(delegation, self._config.refusal, index)
        return self._submit(delegation, index, "backstop" if by_backstop else "token")

    def _complete(self, beginning: UserTurn, rest: UserTurn, index: int) -> list[AnyEvent]:
        """Give the rest of a sentence to the delegation that has its beginning."""
        if self._last_delegated is None or self._last_delegated[0] != beginning:
            # The beginning was taken for another request; the whole may be a different one.
            whole = replace(rest, text=f"{beginning.text} {rest.text}")
            return self._request(whole, index, by_backstop=False)
        delegation = self._ledger.get(self._last_delegated[1])
        if delegation is None or delegation.is_unwanted:
            return []
        new = self._ledger.complete(delegation.delegation_id, rest.text, self._clock.now_s())
        return self._renew(delegation, new, index)

    def _resume(self, index: int) -> list[AnyEvent]:
        """Submit reminders of earlier sessions; half of the room is left for what is asked now."""
        events: list[AnyEvent] = []
        most = self._config.max_open_delegations // 2
        while self._to_resume and len(self._ledger.open) < most:
            reminder = self._to_resume.popleft()
            if reminder.tainted:
                self._ledger.taint()
            delegation = self._ledger.ask(reminder.request, self._clock.now_s())
            number = reminder.reminder_id
            events += self._submit(delegation, index, "reminder", reminder_id=number)
        return events

    def _revise(self, turn: UserTurn, index: int) -> list[AnyEvent]:
        old = corrected(
            turn.text,
            self._ledger.open_or_among(self._recent_ids(index)),
            recent_since_s=self._recent_since_s(),
        )
        if old is None:
            return [
                *self._pass_over(turn, index),
                *self._request(turn, index, by_backstop=False),
            ]
        new = self._ledger.revise(old.delegation_id, turn.text, self._clock.now_s())
        return self._renew(old, new, index)

    def _renew(self, old: Delegation, new: Delegation, index: int) -> list[AnyEvent]:
        """Let a new revision take the place of the old one."""
        superseded = Superseded(index=index, delegation_id=old.delegation_id, revision=old.revision)
        unsaid = self._injections.supersede(old.delegation_id, new.revision, index)
        self._no_longer_wanted(old.delegation_id)
        return [superseded, *unsaid, *self._submit(new, index, "token")]

    def _dismiss(self, turn: UserTurn, index: int) -> list[AnyEvent]:
        unsaid_ids = {result.delegation_id for result in self._injections.unsaid}
        delegation = withdrawn(
            turn.text,
            self._ledger.open_or_among(unsaid_ids),
            begun_ids=self._injections.begun_ids,
            recent_since_s=self._recent_since_s(),
        )
        if delegation is None:
            return []
        delegation_id = delegation.delegation_id
        self._no_longer_wanted(delegation_id)
        if delegation.is_open:
            self._queue.cancel_nowait(delegation_id)
        self._ledger.close(delegation_id, DelegationState.CANCELLED)
        unsaid = self._injections.dismiss(delegation_id, _UNWANTED, index)
        return [_dismissed(delegation_id, None, _UNWANTED, index), *unsaid]

    def _no_longer_wanted(self, delegation_id: str) -> None:
        self._consent.withdraw(delegation_id)
        if self._reminding is not None:
            self._reminding.dismiss_nowait(delegation_id)

    def _submit(
        self,
        delegation: Delegation,
        index: int,
        by: Literal["token", "backstop", "reminder", "approval"],
        *,
        reminder_id: int | None = None,
        approved: Effect | None = None,
    ) -> list[AnyEvent]:
        package = self._ledger.package(
            delegation,
            cutoff_index=index,
            transcript=self._transcript.lines(),
            reminder_id=reminder_id,
            approved=approved,
        )
        try:
            self._queue.submit_nowait(package)
        except QueueFull as full:
            return self._refuse(delegation, full.spoken, index)
        delegated = Delegated(
            index=index,
            delegation_id=delegation.delegation_id,
            revision=delegation.revision,
            request=delegation.request,
            by=by,
        )
        _logger.info("delegated", extra=_marks(delegation, index) | {"by": by})
        return [delegated]

    def _refuse(self, delegation: Delegation, spoken: str, index: int) -> list[AnyEvent]:
        self._ledger.close(delegation.delegation_id, DelegationState.FAILED)
        _logger.warning("delegation refused", extra=_marks(delegation, index))
        refusal = Result(
            result_id=f"{delegation.delegation_id}.{delegation.revision}.refused",
            delegation_id=delegation.delegation_id,
            revision=delegation.revision,
            kind="refusal",
            text=spoken,
        )
        return self._injections.add(refusal, index)

    def _ask(self, question: Question, index: int) -> None:
        """Put a question; what waits for it goes on without an answer when none comes in time."""
        self._questions.append(question)
        self._asked_index[question] = index

    def _overdue(self, index: int) -> list[Question]:
        latest_index = index - self._config.meaning_patience_slots
        return [q for q, asked_index in self._asked_index.items() if asked_index <= latest_index]

    def _recent_since_s(self) -> float:
        return self._clock.now_s() - self._config.revision_window_s

    def _recent_ids(self, index: int) -> set[str]:
        """Delegations of which something is unsaid, or was said within the revision window."""
        since_index = index - self._slots(self._config.revision_window_s)
        return {result.delegation_id for result in self._injections.known_since(since_index)}

    @staticmethod
    def _slots(seconds: float) -> int:
        return round(seconds / SLOT_S)


_UNWANTED = "the user no longer wants it"


def _result_of(update: AgentUpdate, delegation: Delegation) -> Result:
    at_its_beat = TIMER_SOURCE in update.sources or delegation.results > 1
    kinds: dict[UpdateKind, Literal["commentary", "result", "failure"]] = {
        UpdateKind.COMMENTARY: "commentary",
        UpdateKind.FAILURE: "failure",
    }
    return Result(
        result_id=f"{update.delegation_id}.{update.revision}.{update.attempt}.{update.sequence}",
        delegation_id=update.delegation_id,
        revision=update.revision,
        attempt=update.attempt,
        kind=kinds.get(update.kind, "result"),
        text=update.text,
        detail=update.detail,
        timer=update.kind is UpdateKind.RESULT and at_its_beat,
        sources=update.sources,
        components=update.components,
    )


def _progress(
    update: AgentUpdate, kind: Literal["thinking", "commentary"], index: int
) -> AgentProgress:
    return AgentProgress(
        index=index, delegation_id=update.delegation_id, kind=kind, text=update.text
    )


def _dismissed(delegation_id: str, result_id: str | None, reason: str, index: int) -> Dismissed:
    return Dismissed(index=index, delegation_id=delegation_id, result_id=result_id, reason=reason)


def _overlap(left: str, right: str) -> bool:
    """Whether two texts share so many words that they may say the same."""
    words, others = set(left.lower().split()), set(right.lower().split())
    return len(words & others) >= _REPEAT_WORD_OVERLAP * len(words | others)


def _marks(of: AgentUpdate | Delegation, index: int) -> dict[str, str | int]:
    """What a log line says about a delegation: never a word of the conversation."""
    return {"delegation_id": of.delegation_id, "revision": of.revision, "slot": index}
