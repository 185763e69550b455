"""What comes back from the background, and how it is owed to the user. Never waits."""

import logging
from collections import deque
from collections.abc import Sequence
from typing import Literal

from weft.background_agents.types import AgentUpdate, KeptAnswer, UpdateKind
from weft.interaction_model.types import slots_in
from weft.orchestrator.comparisons import Comparisons
from weft.orchestrator.config import SessionConfig
from weft.orchestrator.consent import Consent
from weft.orchestrator.delegation import (
    TIMER_SOURCE,
    Delegation,
    DelegationLedger,
    DelegationState,
    log_marks,
)
from weft.orchestrator.events import AgentProgress, AnyEvent, Dismissed
from weft.orchestrator.injection import InjectionScheduler
from weft.orchestrator.outgoing import Outgoing
from weft.orchestrator.owed import Result
from weft.orchestrator.questions import ResultFits
from weft.orchestrator.transcript import Transcript
from weft.tools.remarks import phrase

UNWANTED = "the user no longer wants it"
_REPEAT_WORD_OVERLAP = 0.4
"""Texts that share fewer of their words cannot mean nearly the same; asking would cost a slot."""

_logger = logging.getLogger(__name__)


class Incoming:
    """Takes in what the background has found, and decides how it is owed to the user."""

    def __init__(
        self,
        outgoing: Outgoing,
        ledger: DelegationLedger,
        injections: InjectionScheduler,
        consent: Consent,
        comparisons: Comparisons,
        transcript: Transcript,
        config: SessionConfig,
    ) -> None:
        """Begin with nothing taken in."""
        self._outgoing = outgoing
        self._ledger = ledger
        self._injections = injections
        self._consent = consent
        self._comparisons = comparisons
        self._transcript = transcript
        self._config = config
        self._updates: deque[AgentUpdate] = deque()
        """What has come from the queue and is not taken in yet."""
        self.dismissing_index: int | None = None
        """First slot of the user's last turn that withdrew a request; it changed no topic."""

    def take_updates(self, updates: Sequence[AgentUpdate], index: int) -> list[AnyEvent]:
        """Take in what has come, as much of it as one slot has time for."""
        self._updates += updates
        events: list[AnyEvent] = []
        for _ in range(min(len(self._updates), self._config.updates_a_slot)):
            events += self._take(self._updates.popleft(), index)
        return events

    def take_kept(self, kept: KeptAnswer, delegation: Delegation, index: int) -> list[AnyEvent]:
        """Take in the answer to what the user had asked in an earlier session."""
        answer = kept.update.model_copy(
            update={
                "delegation_id": delegation.delegation_id,
                "revision": delegation.revision,
                "sequence": 0,
                "final": True,
            }
        )
        return self._take(answer, index)

    def _take(self, update: AgentUpdate, index: int) -> list[AnyEvent]:
        delegation = self._ledger.accept(update)
        if delegation is None:
            _logger.info("update dropped", extra=log_marks(update, index))
            return []
        result = _result_of(update, delegation)
        events: list[AnyEvent] = []
        match update.kind:
            case UpdateKind.THINKING if update.text:
                events += [_progress(update, "thinking", index)]
            case UpdateKind.THINKING:
                pass  # A sign of life, or a plain end.
            case UpdateKind.COMMENTARY if self._config.speak_commentary and self._is_new(update):
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
                events += [
                    Dismissed(
                        index=index,
                        delegation_id=update.delegation_id,
                        result_id=result.result_id,
                        reason=reason,
                    )
                ]
            case UpdateKind.FAILURE:
                events += self._injections.add(result, index)
        if update.final and not delegation.owed_something:
            events += self._owe_failure(
                delegation, "empty", "the work ended without a result", index
            )
        return events

    def _is_new(self, update: AgentUpdate) -> bool:
        """Whether commentary says something, and not what other commentary has said just now.

        Agents know only of their own: the next one, and the next revision, begin alike.
        """
        said = {phrase(o.text) for o in self._injections.known_since(0) if o.kind == "commentary"}
        return phrase(update.text) not in {"", *said}

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
            index - slots_in(self._config.repeat_window_s), delegation.asked_index + 1
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
        self._comparisons.ask(
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
        if turn is None or turn.first_index <= delegation.asked_index + 1:
            return ""
        if turn.first_index == self.dismissing_index:
            return ""
        return turn.text if len(turn.text.split()) >= self._config.backstop_min_words else ""

    def give_up(self, late: Delegation, index: int) -> list[AnyEvent]:
        """End the work on a delegation whose time is over; say so if nothing has come of it."""
        _logger.warning("delegation expired", extra=log_marks(late, index))
        self._outgoing.cancel(late.delegation_id)
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

    def settle_fitting(self, result: Result, match_id: str | None, index: int) -> list[AnyEvent]:
        delegation = self._ledger.get(result.delegation_id)
        if delegation is None or delegation.revision != result.revision:
            return []  # A correction has taken its place while the question was open.
        if delegation.state is DelegationState.CANCELLED:
            return [
                Dismissed(
                    index=index,
                    delegation_id=result.delegation_id,
                    result_id=result.result_id,
                    reason=UNWANTED,
                )
            ]
        if match_id is not None:
            return self._injections.add_repeated(result, match_id, index)
        return self._injections.add(result, index)


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
        aside=delegation.asked_earlier,
    )


def _progress(
    update: AgentUpdate, kind: Literal["thinking", "commentary"], index: int
) -> AgentProgress:
    return AgentProgress(
        index=index, delegation_id=update.delegation_id, kind=kind, text=update.text
    )


def _overlap(left: str, right: str) -> bool:
    """Whether two texts share so many words that they may say the same."""
    words, others = set(left.lower().split()), set(right.lower().split())
    return len(words & others) >= _REPEAT_WORD_OVERLAP * len(words | others)
