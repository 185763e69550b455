"""Between the conversation and its background: control tokens out, updates in. Never waits.

It decides by the ledger, and acts on the queue and on what is owed. It knows neither the model nor
the channel; whatever needs a comparison of meaning is put as a question, to be answered later.
"""

import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from weft.background_agents.types import KeptAnswer
from weft.errors import QueueFull
from weft.interaction_model.types import ControlToken, slots_in
from weft.orchestrator.arrivals import Arrivals, EarlierReminder, Resumption
from weft.orchestrator.backstop import Backstop
from weft.orchestrator.comparisons import Comparisons
from weft.orchestrator.config import SessionConfig
from weft.orchestrator.consent import Consent, Outcome
from weft.orchestrator.delegation import (
    TIMER_SOURCE,
    Delegation,
    DelegationLedger,
    DelegationState,
    log_marks,
)
from weft.orchestrator.events import (
    AnyEvent,
    AskedAgain,
    Delegated,
    Dismissed,
    Superseded,
)
from weft.orchestrator.floor import FloorState
from weft.orchestrator.incoming import UNWANTED, Incoming
from weft.orchestrator.injection import InjectionScheduler
from weft.orchestrator.meant import corrected, withdrawn
from weft.orchestrator.outgoing import Outgoing
from weft.orchestrator.owed import Result
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

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A turn, handed over already, and what is to be done about it."""

    control: ControlToken
    turn: UserTurn
    by_backstop: bool = False
    completes: UserTurn | None = None
    """The turn whose sentence this one ends, if it does."""


class Dispatch:
    """Hands requests over to the background and takes in what comes of them."""

    def __init__(
        self,
        outgoing: Outgoing,
        injections: InjectionScheduler,
        transcript: Transcript,
        config: SessionConfig,
        session_id: str,
        *,
        user_id: str | None = None,
    ) -> None:
        """Begin with nothing asked."""
        self._outgoing = outgoing
        self._injections = injections
        self._transcript = transcript
        self._config = config
        self._now_s = 0.0
        """The session's clock in the slot that is lived through."""
        self._ledger = DelegationLedger(session_id, config, user_id)
        self._backstop = Backstop(config)
        self._consent = Consent(config, injections, transcript)
        self._rest = RestOfTurn(config)
        self._last_delegated: tuple[UserTurn, str] | None = None
        """The turn that was delegated last, and as what."""
        self._to_resume: deque[EarlierReminder] = deque()
        """The reminders of earlier sessions that wait for room."""
        self._comparisons = Comparisons(config)
        self._incoming = Incoming(
            outgoing,
            self._ledger,
            injections,
            self._consent,
            self._comparisons,
            transcript,
            config,
        )
        self._put_off: deque[_Asked] = deque()
        """What waits until the request before it is in the ledger: a correction or a dismissal may
        be about that one, and another request may be the same."""

    def take_questions(self) -> list[Question]:
        """Give the questions of meaning that have come up since the last call."""
        return self._comparisons.take_new()

    @property
    def tainted(self) -> bool:
        """Whether words of strangers have come into the session."""
        return self._ledger.tainted

    # What comes in, before the model's step

    def take_in(
        self, floor: FloorState, arrived: Arrivals, answers: Sequence[Answer]
    ) -> list[AnyEvent]:
        """Take in what has arrived and expiries, and let the backstop look at the user's turn."""
        index, self._now_s = floor.index, arrived.now_s
        events: list[AnyEvent] = []
        if arrived.resumed is not None:
            events += self._go_on(arrived.resumed, index)
        for kept in arrived.kept:
            events += self._take_kept(kept, index)
        self._to_resume += arrived.reminders
        events += self._resume(index)
        for answer in self._comparisons.settle(answers, index):
            events += self._take_answer(answer, floor)
        events += self._act_on_put_off(index)
        events += self._take_rest(floor)
        events += self._incoming.take_updates(arrived.updates, index)
        for late in self._ledger.expire(self._now_s):
            events += self._incoming.give_up(late, index)
        events += self._consent.ask(index)
        says_yes = self._consent.look(floor)
        if says_yes is not None:
            self._comparisons.ask(says_yes, index)
        turn = self._backstop.due(self._transcript.user_turn, floor)
        if turn is not None:
            self._comparisons.ask(IsRequest(turn=turn), index)
        self._injections.forget_before(index - slots_in(self._config.repeat_window_s))
        return events

    def _take_rest(self, floor: FloorState) -> list[AnyEvent]:
        """Go on with a sentence that was handed over before its end, once all of it is there."""
        rest = self._rest.take(self._transcript.user_turn, floor)
        if rest is None:
            return []
        self._transcript.hand_over()
        asked = _Asked(control=ControlToken.DELEGATE, turn=rest.turn, completes=rest.beginning)
        return self._act_in_order(asked, floor.index)

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
                result = replace(result, aside=result.aside or answer.off_topic)
                return self._incoming.settle_fitting(result, answer.match_id, index)
            case SaysYes():
                return self._go_on_after(
                    self._consent.decide(answer.question, answer.assent, floor), index
                )
            case IsRequest(turn=turn):
                now = self._transcript.user_turn
                if not self._backstop.decide(turn, now, answer.probability):
                    return []
                return self._hand_over(turn, index, by_backstop=True)

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

    def _act_in_order(self, asked: _Asked, index: int) -> list[AnyEvent]:
        """Act on a turn now, or after what came before it."""
        if self._comparisons.has_request or self._put_off:
            self._put_off.append(asked)
            return []
        return self._act(asked, index)

    def _act_on_put_off(self, index: int) -> list[AnyEvent]:
        events: list[AnyEvent] = []
        while self._put_off and not self._comparisons.has_request:
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
                self._incoming.dismissing_index = asked.turn.first_index
                return self._dismiss(asked.turn, index)

    def _go_on_after(self, outcome: Outcome, index: int) -> list[AnyEvent]:
        """Carry out what was approved, and hand over what was no answer."""
        events = list(outcome.events)
        if outcome.approved is not None:
            proposal = outcome.approved
            delegation = self._ledger.ask(proposal.request, self._now_s, index)
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
        # What waits for a yes is under way too: asked for again, it is still one thing to be done.
        under_way = self._ledger.open_or_among(self._consent.asking_ids)
        if not under_way:
            return self._delegate(turn, index, by_backstop=by_backstop)
        earlier = tuple((d.delegation_id, d.request) for d in under_way)
        self._comparisons.ask(
            SameRequest(turn=turn, earlier=earlier, by_backstop=by_backstop), index
        )
        return []

    def _delegate(self, turn: UserTurn, index: int, *, by_backstop: bool) -> list[AnyEvent]:
        has_room = self._ledger.has_room
        delegation = self._ledger.ask(turn.text, self._now_s, index)
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
        new = self._ledger.complete(delegation.delegation_id, rest.text, self._now_s, index)
        return self._renew(delegation, new, index)

    def _resume(self, index: int) -> list[AnyEvent]:
        """Submit reminders of earlier sessions; half of the room is left for what is asked now."""
        events: list[AnyEvent] = []
        most = self._config.max_open_delegations // 2
        while self._to_resume and len(self._ledger.open) < most:
            reminder = self._to_resume.popleft()
            if reminder.tainted:
                self._ledger.taint()
            delegation = self._ledger.ask(reminder.request, self._now_s, index)
            number = reminder.reminder_id
            events += self._submit(delegation, index, "reminder", reminder_id=number)
        return events

    def _take_kept(self, kept: KeptAnswer, index: int) -> list[AnyEvent]:
        """Owe the user what was found out after an earlier session had ended."""
        if TIMER_SOURCE in kept.update.sources:
            return []  # It was due then; what is to come back are reminders.
        delegation = self._ledger.ask(kept.request, self._now_s, index, asked_earlier=True)
        delegated = Delegated(
            index=index,
            delegation_id=delegation.delegation_id,
            revision=delegation.revision,
            request=delegation.request,
            by="return",
        )
        _logger.info("kept answer taken in", extra=log_marks(delegation, index))
        return [delegated, *self._incoming.take_kept(kept, delegation, index)]

    def _go_on(self, resumed: Resumption, index: int) -> list[AnyEvent]:
        """Go on in another process with what was open in the one before."""
        self._ledger.go_on(resumed.epoch, resumed.shift_s, resumed.now_s)
        events: list[AnyEvent] = []
        for delegation in self._ledger.open:
            events += self._go_on_with(delegation, resumed, index)
        return events

    def _go_on_with(
        self, delegation: Delegation, resumed: Resumption, index: int
    ) -> list[AnyEvent]:
        """Have work on a delegation go on, or say what is known of it where it cannot."""
        delegation_id = delegation.delegation_id
        package = self._outgoing.take_package(delegation_id)
        assert package is not None, "what is open was submitted"
        said_all = delegation.owed_something and not delegation.timed
        if not resumed.outlived and (said_all or package.approved is not None):
            # Done again, an answer would be said twice, and an effect might be had twice.
            self._ledger.close(delegation_id, DelegationState.COMPLETED)
            return [] if said_all else self._owe_uncertainty(delegation, index)
        package = package.model_copy(update={"submitted_s": delegation.asked_s})
        self._outgoing.take_over(package, self._ledger.position(delegation_id))
        return []

    def _owe_uncertainty(self, delegation: Delegation, index: int) -> list[AnyEvent]:
        """Say of something that was being done that nobody knows whether it was."""
        _logger.warning("nobody knows whether it was done", extra=log_marks(delegation, index))
        uncertain = Result(
            result_id=f"{delegation.delegation_id}.{delegation.revision}.uncertain",
            delegation_id=delegation.delegation_id,
            revision=delegation.revision,
            kind="result",
            text=self._config.uncertain,
        )
        return self._injections.add(uncertain, index)

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
        new = self._ledger.revise(old.delegation_id, turn.text, self._now_s, index)
        return self._renew(old, new, index)

    def _renew(self, old: Delegation, new: Delegation, index: int) -> list[AnyEvent]:
        """Let a new revision take the place of the old one."""
        superseded = Superseded(index=index, delegation_id=old.delegation_id, revision=old.revision)
        unsaid = self._injections.supersede(old.delegation_id, new.revision, index)
        self._no_longer_wanted(old)
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
            # Nothing to withdraw: "forget my birthday" may be a request, which the backstop hears.
            self._transcript.reopen(turn)
            return []
        delegation_id = delegation.delegation_id
        self._no_longer_wanted(delegation)
        if delegation.is_open:
            self._outgoing.cancel(delegation_id)
        self._ledger.close(delegation_id, DelegationState.CANCELLED)
        unsaid = self._injections.dismiss(delegation_id, UNWANTED, index)
        return [
            Dismissed(index=index, delegation_id=delegation_id, result_id=None, reason=UNWANTED),
            *unsaid,
        ]

    def _no_longer_wanted(self, delegation: Delegation) -> None:
        self._consent.withdraw(delegation.delegation_id)
        self._outgoing.dismiss_reminders(delegation.delegation_id, delegation.revision)

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
            self._outgoing.submit(package)
        except QueueFull as full:
            return self._refuse(delegation, full.spoken, index)
        delegated = Delegated(
            index=index,
            delegation_id=delegation.delegation_id,
            revision=delegation.revision,
            request=delegation.request,
            by=by,
        )
        _logger.info("delegated", extra=log_marks(delegation, index) | {"by": by})
        return [delegated]

    def _refuse(self, delegation: Delegation, spoken: str, index: int) -> list[AnyEvent]:
        self._ledger.close(delegation.delegation_id, DelegationState.FAILED)
        _logger.warning("delegation refused", extra=log_marks(delegation, index))
        refusal = Result(
            result_id=f"{delegation.delegation_id}.{delegation.revision}.refused",
            delegation_id=delegation.delegation_id,
            revision=delegation.revision,
            kind="refusal",
            text=spoken,
        )
        return self._injections.add(refusal, index)

    def _recent_since_s(self) -> float:
        return self._now_s - self._config.revision_window_s

    def _recent_ids(self, index: int) -> set[str]:
        """Delegations of which something is unsaid, or was said within the revision window."""
        since_index = index - slots_in(self._config.revision_window_s)
        return {result.delegation_id for result in self._injections.known_since(since_index)}
