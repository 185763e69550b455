"""What the session asks about meaning, and the answers, as values.

Sentence embeddings take longer than the loop may wait. A question is therefore answered in a child
task, and its answer is read in a later micro-turn.
"""

import logging
from dataclasses import dataclass

from weft.orchestrator.injection import Result
from weft.orchestrator.meant import differ
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
class SameResult:
    """Was a result said, or is it owed, under another delegation already?"""

    result: Result
    request: str
    earlier: tuple[tuple[str, str, str], ...]
    """Result id, text and request of each result it may repeat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IsRequest:
    """Is a turn that was not delegated a request for knowledge or for a tool?"""

    turn: UserTurn


Question = SameRequest | SameResult | IsRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the comparison of meaning gave."""

    question: Question
    match_id: str | None = None
    """The delegation or result that means the same, if any."""
    probability: float = 0.0
    """For `IsRequest`: how likely it is one."""


async def answer(
    question: Question, meaning: Meaning, *, same_request: float, same_result: float
) -> Answer:
    """Compare meanings; when that fails, answer that nothing is the same and nothing is a request.

    A result must never be lost because a comparison failed, so no error leaves this function.
    """
    try:
        match question:
            case IsRequest(turn=turn):
                probability = await meaning.needs_delegation(turn.text)
                return Answer(question=question, probability=probability)
            case SameRequest(turn=turn, earlier=earlier_requests):
                for delegation_id, request in earlier_requests:
                    if differ(turn.text, request):
                        continue
                    if await meaning.similarity(turn.text, request) >= same_request:
                        return Answer(question=question, match_id=delegation_id)
            case SameResult(result=result, request=request, earlier=earlier_results):
                for result_id, text, asked in earlier_results:
                    if differ(request, asked):
                        continue
                    if (
                        await meaning.similarity(result.text, text) >= same_result
                        and await meaning.similarity(request, asked) >= same_request
                    ):
                        return Answer(question=question, match_id=result_id)
    except Exception:
        _logger.exception(
            "comparison of meaning failed", extra={"question": type(question).__name__}
        )
    return Answer(question=question)
