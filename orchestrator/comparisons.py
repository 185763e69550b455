"""The questions of meaning that are open in a session, and since when. Pure."""

import logging
from collections.abc import Iterator, Sequence

from weft.orchestrator.config import SessionConfig
from weft.orchestrator.questions import Answer, Question, SameRequest

_logger = logging.getLogger(__name__)


class Comparisons:
    """Keeps what is asked until it is answered, or for as long as anybody has patience."""

    def __init__(self, config: SessionConfig) -> None:
        """Begin with nothing asked."""
        self._patience_slots = config.meaning_patience_slots
        self._new: list[Question] = []
        self._asked_index: dict[Question, int] = {}
        """The questions whose answer is still awaited, and the slot in which each came up."""

    @property
    def has_request(self) -> bool:
        """Whether a request is not in the ledger yet, because it may be there already."""
        return any(isinstance(question, SameRequest) for question in self._asked_index)

    def ask(self, question: Question, index: int) -> None:
        """Put a question; what waits for it goes on without an answer when none comes in time."""
        self._new.append(question)
        self._asked_index[question] = index

    def take_new(self) -> list[Question]:
        """Give the questions that have come up since the last call."""
        new, self._new = self._new, []
        return new

    def settle(self, answers: Sequence[Answer], index: int) -> Iterator[Answer]:
        """Yield the answers that are awaited, and an empty one for each that took too long.

        A question counts as open until its answer is yielded. What was given up has been decided
        without the answer that comes now.
        """
        for answer in answers:
            if self._asked_index.pop(answer.question, None) is not None:
                yield answer
        latest_index = index - self._patience_slots
        overdue = [q for q, asked_index in self._asked_index.items() if asked_index <= latest_index]
        for question in overdue:
            _logger.warning("comparison of meaning took too long", extra={"slot": index})
            del self._asked_index[question]
            yield Answer(question=question)
