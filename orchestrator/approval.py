"""What waits for the user's yes, from the proposal to the answer. Pure.

waiting → asked → heard → approved          the only way to anything being done
     ↘       ↘       ↘ declined, lapsed     a no; no answer in time, or the talk went on
      withdrawn                             the request was taken back or corrected
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from weft.orchestrator.config import SessionConfig
from weft.orchestrator.floor import FloorState
from weft.orchestrator.transcript import UserTurn
from weft.tools.effect import Effect


class Assent(StrEnum):
    """What a turn of the user says to a question."""

    YES = "yes"
    NO = "no"
    UNCLEAR = "unclear"  # something else, or both


class Stage(StrEnum):
    """How far a proposal has come."""

    WAITING = "waiting"  # another question comes first
    ASKED = "asked"  # the question is owed, or being said
    HEARD = "heard"  # the user has heard it to its end
    APPROVED = "approved"
    DECLINED = "declined"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"


OPEN_STAGES = frozenset({Stage.WAITING, Stage.ASKED, Stage.HEARD})
"""The stages in which a yes may still come."""
_ASKED_STAGES = frozenset({Stage.ASKED, Stage.HEARD})


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Something that is to be done if the user says yes."""

    effect: Effect
    question: str
    detail: str = ""
    """All that would be done, where the question leaves something out."""
    question_id: str
    """The result that is the question."""
    delegation_id: str
    request: str
    stage: Stage = Stage.WAITING
    heard_index: int = -1
    """The slot in which the last word of the question was said."""


class Approvals:
    """All proposals of one session; one question is open at a time."""

    def __init__(self, config: SessionConfig) -> None:
        """Begin with nothing proposed."""
        self._config = config
        self._proposals: dict[str, Proposal] = {}
        self._looked_at_index = -1
        """Last slot of the latest turn that was looked at, so that none is twice."""

    @property
    def asked(self) -> Proposal | None:
        """The proposal whose question is open."""
        return next((p for p in self._proposals.values() if p.stage in _ASKED_STAGES), None)

    @property
    def asking_ids(self) -> frozenset[str]:
        """The delegations that still wait for a yes."""
        waiting = (p for p in self._proposals.values() if p.stage in OPEN_STAGES)
        return frozenset(proposal.delegation_id for proposal in waiting)

    def stage(self, key: str) -> Stage | None:
        """Say how far an effect has come; None when it was never proposed."""
        known = self._proposals.get(key)
        return known.stage if known else None

    def propose(self, proposal: Proposal) -> None:
        """Take in a proposal; one that is known already is not asked about twice."""
        known = self.stage(proposal.effect.key)
        if known is None or known is Stage.WITHDRAWN:
            self._proposals.pop(proposal.effect.key, None)
            self._proposals[proposal.effect.key] = proposal

    def next_question(self) -> Proposal | None:
        """Give the proposal to ask about now, if no other question is open."""
        if self.asked is not None:
            return None
        waiting = [p for p in self._proposals.values() if p.stage is Stage.WAITING]
        return self._enter(waiting[0], Stage.ASKED) if waiting else None

    def hear(self, heard_index: int) -> None:
        """Note that the open question was heard; its last word was said in `heard_index`."""
        proposal = self.asked
        if proposal is not None and proposal.stage is Stage.ASKED:
            self._enter(replace(proposal, heard_index=heard_index), Stage.HEARD)

    def awaits(self, turn: UserTurn) -> bool:
        """Whether a turn may be the answer: it began after the question was over."""
        proposal = self.asked
        return (
            proposal is not None
            and proposal.stage is Stage.HEARD
            and not turn.handed_over
            and turn.first_index > proposal.heard_index
        )

    def answering(self, turn: UserTurn | None, floor: FloorState) -> Proposal | None:
        """Give the open proposal when a turn is to be understood as its answer now.

        A pause is enough where the effect can be undone; elsewhere the turn must be over.
        """
        proposal = self.asked
        if turn is None or proposal is None or not self.awaits(turn) or floor.user_active:
            return None
        silent_slots = floor.index - turn.last_index
        needed_slots = self._config.approval_silent_slots
        if proposal.effect.irreversible:
            needed_slots = max(needed_slots, self._config.turn_gap_slots + 1)
        if silent_slots < needed_slots or turn.last_index == self._looked_at_index:
            return None
        self._looked_at_index = turn.last_index
        return proposal

    def has_looked_at(self, turn: UserTurn) -> bool:
        """Whether a turn, as it is now, was understood as an answer before."""
        return turn.last_index == self._looked_at_index

    def settle(
        self,
        key: str,
        assent: Assent,
        turn: UserTurn,
        now: UserTurn | None,
        floor: FloorState,
    ) -> Proposal | None:
        """Take in what a turn said; give the proposal if that decides it.

        `now` is the turn as it is by now: words that came since are looked at with it, anew.
        """
        proposal = self._proposals.get(key)
        if proposal is None or proposal.stage is not Stage.HEARD or now is None:
            return None
        same = (now.first_index, now.last_index) == (turn.first_index, turn.last_index)
        if not same or not self.awaits(now) or assent is Assent.UNCLEAR:
            return None
        if proposal.effect.irreversible and floor.user_active:
            self._looked_at_index = -1  # Something more may be coming: look again.
            return None
        return self._enter(proposal, Stage.APPROVED if assent is Assent.YES else Stage.DECLINED)

    def decline(self) -> Proposal | None:
        """Take in that the user waves the open question aside."""
        proposal = self.asked
        return self._enter(proposal, Stage.DECLINED) if proposal else None

    def lapse(self, index: int) -> Proposal | None:
        """Give up the open question when nobody has answered in time; gives it."""
        proposal = self.asked
        if proposal is None or proposal.stage is not Stage.HEARD:
            return None
        if index - proposal.heard_index <= self._config.approval_patience_slots:
            return None
        return self._enter(proposal, Stage.LAPSED)

    def pass_over(self) -> Proposal | None:
        """Give up the open question because the talk has gone on; gives it."""
        proposal = self.asked
        if proposal is None or proposal.stage is not Stage.HEARD:
            return None
        return self._enter(proposal, Stage.LAPSED)

    def withdraw(self, delegation_id: str) -> None:
        """Let nothing come of what a delegation has proposed and nobody has answered yet."""
        for proposal in list(self._proposals.values()):
            if proposal.delegation_id == delegation_id and proposal.stage in OPEN_STAGES:
                self._enter(proposal, Stage.WITHDRAWN)

    def _enter(self, proposal: Proposal, stage: Stage) -> Proposal:
        entered = replace(proposal, stage=stage)
        self._proposals[proposal.effect.key] = entered
        return entered
