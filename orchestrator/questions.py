"""What the session asks about meaning, and the answers, as values.

Sentence embeddings take longer than the loop may wait. A question is therefore answered in a child
task, and its answer is read in a later micro-turn.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from weft.orchestrator.approval import Assent
from weft.orchestrator.assent import assent
from weft.orchestrator.meant import differ
from weft.orchestrator.owed import Result
from weft.orchestrator.ports import Meaning
from weft.orchestrator.transcript import UserTurn

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SameRequest:
    """Is a turn, about to be delegated, a request that is under way already?"""

    turn: UserTurn
    earlier: tuple[tuple[str, str], ...]
    """Delegation id and request of each open delegation."""
    by_backstop: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultFits:
    """How does a result fit in: was it said, or is it owed, already? Has the talk gone on?"""

    result: Result
    request: str
    earlier: tuple[tuple[str, str, str], ...]
    """Result id, text and request of each result it may repeat."""
    said_since: str = ""
    """What the user has said last since the request, if anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IsRequest:
    """Is a turn that was not delegated a request for knowledge or for a tool?"""

    turn: UserTurn


@dataclass(frozen=True, slots=True, kw_only=True)
class SaysYes:
    """Does a turn say yes to what was asked?"""

    turn: UserTurn
    question: str
    key: str
    """The effect that waits for it."""


Question = SameRequest | ResultFits | IsRequest | SaysYes


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the comparison of meaning gave."""

    question: Question
    match_id: str | None = None
    """The delegation or result that means the same, if any."""
    off_topic: bool = False
    """For `ResultFits`: whether the user has gone on to something else."""
    probability: float = 0.0
    """For `IsRequest`: how likely it is one."""
    assent: Assent = Assent.UNCLEAR
    """For `SaysYes`: what the turn says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An answer without its question, which goes by its number in the session."""

    number: int
    match_id: str | None = None
    off_topic: bool = False
    probability: float = 0.0
    assent: Assent = Assent.UNCLEAR

    @classmethod
    def of(cls, number: int, answer: Answer) -> "Answered":
        """Take what an answer says."""
        return cls(
            number=number,
            match_id=answer.match_id,
            off_topic=answer.off_topic,
            probability=answer.probability,
            assent=answer.assent,
        )

    def to(self, question: Question) -> Answer:
        """Say it about the question."""
        return Answer(
            question=question,
            match_id=self.match_id,
            off_topic=self.off_topic,
            probability=self.probability,
            assent=self.assent,
        )


class OpenQuestions:
    """The questions that are being answered, each with a number: the same ones when relived."""

    def __init__(self) -> None:
        """Begin with none."""
        self._open: dict[int, Question] = {}
        self._asked = 0

    @property
    def unanswered(self) -> tuple[tuple[int, Question], ...]:
        """All that are open, oldest first."""
        return tuple(self._open.items())

    def add(self, questions: Iterable[Question]) -> list[tuple[int, Question]]:
        """Number questions; gives them."""
        numbered = list(enumerate(questions, start=self._asked))
        self._asked += len(numbered)
        self._open.update(numbered)
        return numbered

    def settle(self, answered: Sequence[Answered]) -> list[Answer]:
        """Take in answers, and put each to its question; one that nobody asked for is dropped."""
        known = [each for each in answered if each.number in self._open]
        return [each.to(self._open.pop(each.number)) for each in known]


@dataclass(frozen=True, slots=True, kw_only=True)
class Similarities:
    """From where on two meanings count as one."""

    same_request: float
    same_result: float
    same_topic: float


async def answer(question: Question, meaning: Meaning, limits: Similarities) -> Answer:
    """Compare meanings; when that fails, answer that nothing is the same and nothing is a request.

    A result must never be lost because a comparison failed, so no error leaves this function.
    """
    try:
        match question:
            case IsRequest(turn=turn):
                probability = await meaning.needs_delegation(turn.text)
                return Answer(question=question, probability=probability)
            case SaysYes(turn=turn, question=asked):
                return Answer(question=question, assent=await assent(turn.text, asked, meaning))
            case SameRequest():
                match_id = await _same_request(question, meaning, limits)
                return Answer(question=question, match_id=match_id)
            case ResultFits():
                match_id = await _same_result(question, meaning, limits)
                off_topic = match_id is None and await _off_topic(question, meaning, limits)
                return Answer(question=question, match_id=match_id, off_topic=off_topic)
    except Exception:
        _logger.exception(
            "comparison of meaning failed", extra={"question": type(question).__name__}
        )
        return Answer(question=question)


async def _same_request(
    question: SameRequest, meaning: Meaning, limits: Similarities
) -> str | None:
    """Give the first open delegation whose request means the same."""
    text = question.turn.text
    for delegation_id, request in question.earlier:
        if differ(text, request):
            continue
        if await meaning.similarity(text, request) >= limits.same_request:
            return delegation_id
    return None


async def _same_result(question: ResultFits, meaning: Meaning, limits: Similarities) -> str | None:
    """Give the first result that says the same in answer to the same."""
    for result_id, text, asked in question.earlier:
        if differ(question.request, asked):
            continue
        if (
            await meaning.similarity(question.result.text, text) >= limits.same_result
            and await meaning.similarity(question.request, asked) >= limits.same_request
        ):
            return result_id
    return None


async def _off_topic(question: ResultFits, meaning: Meaning, limits: Similarities) -> bool:
    """Compare what the user said last with the request, and with the answer to it."""
    if not question.said_since:
        return False
    for text in (question.request, question.result.text):
        if await meaning.similarity(question.said_since, text) >= limits.same_topic:
            return False
    return True
