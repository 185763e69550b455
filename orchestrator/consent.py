"""Asking before something is changed: proposals become questions, and turns become answers.

It owes questions to the user and reads the turns that follow; what is approved, and what was no
answer after all, it hands back. The state machine itself is `weft.orchestrator.approval`.
"""

from dataclasses import dataclass

from weft.background_agents.types import AgentUpdate
from weft.orchestrator.approval import Approvals, Assent, Proposal, Stage
from weft.orchestrator.config import SessionConfig
from weft.orchestrator.delegation import Delegation
from weft.orchestrator.events import AnyEvent, Dismissed
from weft.orchestrator.floor import FloorState
from weft.orchestrator.injection import InjectionScheduler
from weft.orchestrator.owed import Result
from weft.orchestrator.questions import SaysYes
from weft.orchestrator.transcript import Transcript, UserTurn


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a turn that may have been an answer."""

    events: tuple[AnyEvent, ...] = ()
    approved: Proposal | None = None
    """What is to be carried out."""
    request: UserTurn | None = None
    """The turn, when it was a request after all."""


class Consent:
    """Sees to it that nothing is changed before the user has said yes."""

    def __init__(
        self, config: SessionConfig, injections: InjectionScheduler, transcript: Transcript
    ) -> None:
        """Begin with nothing proposed."""
        self._config = config
        self._injections = injections
        self._transcript = transcript
        self._approvals = Approvals(config)
        self._undecided: SaysYes | None = None
        """What is being compared with a yes."""
        self._held_back_index: int | None = None
        """First slot of a turn that the model would hand over, and that may be a yes instead."""

    @property
    def asking_ids(self) -> frozenset[str]:
        """The delegations that still wait for the user's yes, asked already or not."""
        return self._approvals.asking_ids

    def propose(self, update: AgentUpdate, delegation: Delegation, question_id: str) -> None:
        """Take in a question of an agent; it is asked when no other is open."""
        if update.effect is None:
            return  # There is nothing that a yes could do.
        self._approvals.propose(
            Proposal(
                effect=update.effect,
                question=update.text,
                detail=update.detail,
                question_id=question_id,
                delegation_id=delegation.delegation_id,
                request=delegation.request,
            )
        )

    def ask(self, index: int) -> list[AnyEvent]:
        """Owe the next question, and give up one that nobody answers."""
        events: list[AnyEvent] = []
        following = self._approvals.next_question()
        if following is not None:
            events += self._injections.add(
                Result(
                    result_id=following.question_id,
                    delegation_id=following.delegation_id,
                    kind="question",
                    text=following.question,
                    detail=following.detail,
                ),
                index,
            )
        lapsed = self._approvals.lapse(index)
        return [*events, *_ended(lapsed, "nobody has said yes in time", index)]

    def look(self, floor: FloorState) -> SaysYes | None:
        """Give the turn that is to be compared with a yes now, if there is one."""
        asked = self._approvals.asked
        if asked is None:
            return None
        heard_index = self._injections.heard_to_its_end(asked.question_id)
        if heard_index is not None:
            self._approvals.hear(heard_index)
        turn = self._transcript.user_turn
        answered = self._approvals.answering(turn, floor)
        if answered is None or turn is None:
            return None
        key = answered.effect.key
        self._undecided = SaysYes(turn=turn, question=answered.question, key=key)
        return self._undecided

    def awaits(self, turn: UserTurn) -> bool:
        """Whether a turn may be the answer to the open question."""
        return self._approvals.awaits(turn)

    def holds_back(self, turn: UserTurn) -> bool:
        """Whether a turn that the model would hand over must first be seen as an answer."""
        looked_at = self._approvals.has_looked_at(turn)
        if not self.awaits(turn) or (looked_at and self._undecided is None):
            return False
        self._held_back_index = turn.first_index
        return True

    def decide(self, asked: SaysYes, assent: Assent, floor: FloorState) -> Outcome:
        """Take in what a turn says to the open question."""
        self._undecided = None
        now = self._transcript.user_turn
        decided = self._approvals.settle(asked.key, assent, asked.turn, now, floor)
        if decided is not None:
            self._transcript.hand_over()
            if decided.stage is Stage.APPROVED:
                return Outcome(approved=decided)
            return Outcome(events=tuple(self._declined(decided, floor.index)))
        if now is None or now != asked.turn or now.first_index != self._held_back_index:
            return Outcome()
        self._held_back_index = None
        return Outcome(request=now)

    def decline(self, index: int) -> list[AnyEvent]:
        """Take in that the user waves the open question aside."""
        declined = self._approvals.decline()
        return self._declined(declined, index) if declined else []

    def pass_over(self, index: int) -> list[AnyEvent]:
        """Give up the open question: a later yes would be about what is asked for now."""
        return _ended(self._approvals.pass_over(), "the talk went on", index)

    def withdraw(self, delegation_id: str) -> None:
        """Let nothing come of what a delegation has proposed and nobody has answered yet."""
        self._approvals.withdraw(delegation_id)

    def _declined(self, proposal: Proposal, index: int) -> list[AnyEvent]:
        reason = "the user said no"
        unsaid = self._injections.dismiss(proposal.delegation_id, reason, index)
        acknowledgement = Result(
            result_id=f"{proposal.question_id}.declined",
            delegation_id=proposal.delegation_id,
            kind="refusal",
            text=self._config.declined,
        )
        added = self._injections.add(acknowledgement, index)
        return [*_ended(proposal, reason, index), *unsaid, *added]


def _ended(proposal: Proposal | None, reason: str, index: int) -> list[AnyEvent]:
    if proposal is None:
        return []
    return [
        Dismissed(
            index=index,
            delegation_id=proposal.delegation_id,
            result_id=proposal.question_id,
            reason=reason,
        )
    ]
