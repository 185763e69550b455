"""What is owed to the user, and how far each of it has come: the values of the scheduler.

pending → weaving → spoken → heard        cut: the user took the floor, the rest is owed
              ↘ cut → weaving             superseded, dismissed: will not be said, with a reason
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from weft.orchestrator.playback import Cut
from weft.tools.components import AnyComponent


class ResultState(StrEnum):
    """How far a result has come on its way to the user."""

    PENDING = "pending"  # nothing of it has been said
    WEAVING = "weaving"  # some of it has been said, and it goes on
    CUT = "cut"  # the user took the floor; the rest is owed
    SPOKEN = "spoken"  # all of it has been said; playback has not confirmed it yet
    HEARD = "heard"  # playback has confirmed it: no longer owed
    SUPERSEDED = "superseded"  # a newer revision or attempt took its place
    DISMISSED = "dismissed"  # it will not be said, for a recorded reason


UNSAID_STATES = frozenset({ResultState.PENDING, ResultState.WEAVING, ResultState.CUT})
"""The states in which words are still owed."""
SAID_STATES = frozenset({ResultState.SPOKEN, ResultState.HEARD})
"""The states in which no word is owed any more, since all were said."""
UNHEARD_STATES = UNSAID_STATES | {ResultState.SPOKEN}
"""The states in which playback has still to say that the last word was heard."""
BEGUN_OR_SAID_STATES = SAID_STATES | {ResultState.WEAVING, ResultState.CUT}
"""The states in which the user has heard at least a part of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Something to be said: an answer, progress, the news of a failure, or a refusal."""

    result_id: str
    delegation_id: str
    revision: int = 0
    attempt: int = 0
    kind: Literal["commentary", "result", "failure", "refusal", "question"]
    text: str
    """What to say; for a failure the reason, which is for the record and never said."""
    detail: str = ""
    """The long form (Markdown), which is shown and never said."""
    timer: bool = False
    """Whether it is due at this very moment and goes before answers."""
    sources: tuple[str, ...] = ()
    components: tuple[AnyComponent, ...] = ()
    """What is shown as soon as it is ready, and never said."""
    aside: bool = False
    """Whether the talk has gone on to something else since it was asked for."""


@dataclass(slots=True, kw_only=True)
class Owed:
    """A result with what has become of it; only the scheduler writes to it."""

    result: Result
    order: int
    ready_index: int
    waiting_since_index: int
    unsaid: list[str]
    """Sentences not yet said; the first may be the rest of one that was cut."""
    state: ResultState = ResultState.PENDING
    said: str = ""
    last_said_index: int = -1
    asked_for_floor: bool = False
    absent_tries: int = 0
    _said_in: list[tuple[int, int]] = field(default_factory=list)
    """For each slot in which something of `said` was said, where its text begins."""

    def say(self, text: str, index: int) -> None:
        """Take words that were said in slot `index`."""
        self._said_in.append((index, len(self.said)))
        self.said += text
        self.last_said_index = self.waiting_since_index = index

    def unsay(self, cut: Cut) -> str:
        """Take back what was cut; gives those words, empty when all was sounded."""
        cut_off = [(index, at) for index, at in self._said_in if index >= cut.index]
        if not cut_off:
            return ""
        index, at = cut_off[0]
        # A word that was broken off in the text has been taken out of `said` already.
        at = min(at + cut.begins_at(index), len(self.said))
        unsounded, self.said = self.said[at:].strip(), self.said[:at].rstrip()
        # A later cut is of words that were said later.
        self._said_in.clear()
        return unsounded
