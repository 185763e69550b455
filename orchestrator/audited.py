"""Word by word: what was said for a delegation, beside the results that were owed for it. Pure.

The words of a result are looked for at the place where its last word was said; several results of
one delegation (a timer's) are taken in the order in which they became ready, each once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from weft.orchestrator.channels.pacing import SlotWord
from weft.orchestrator.events import AnyEvent, ModelSpoke, SpeechCut

_LOOK_AHEAD_WORDS = 3
_RUN_GAP_SLOTS = 2

Fate = Literal["heard", "superseded", "dismissed", "lost"]


@dataclass(slots=True, kw_only=True)
class AuditedResult:
    """What became of one result; indices are micro-turns, None where it never happened."""

    delegation_id: str
    result_id: str
    kind: str
    text: str
    request: str
    delegated_index: int | None
    ready_index: int
    said_index: int | None = None
    """Slot of its first word."""
    last_said_index: int | None = None
    pause_began_index: int | None = None
    """Slot in which the floor got free before its first word, as the session tells."""
    heard_index: int | None = None
    ended_index: int | None = None
    """Slot in which it was superseded or dismissed."""
    ended_before_speech: bool = field(default=False, repr=False)
    """Whether that happened before the model spoke in that slot."""
    fate: Fate = "lost"
    reason: str = ""
    words: tuple[str, ...] = field(default=(), repr=False)
    said_words: int = 0
    """How many of its words were said, in order."""
    unmatched_words: int = field(default=0, repr=False)
    """Words said for it since its last right word that are not its own."""

    @property
    def said_whole(self) -> bool:
        """Whether all its words were said, a wrong one in place of a right one included."""
        if self.kind == "failure":
            return self.said_index is not None
        return self.said_words + self.unmatched_words >= len(self.words)


class Comparison:
    """Compares the words said for one delegation with its results, word by word."""

    def __init__(self, results: Sequence[AuditedResult]) -> None:
        """Begin with nothing said."""
        self._results = results
        self._current: AuditedResult | None = None
        self._again: tuple[AuditedResult, int] | None = None
        self._last_index: int | None = None
        self.said_twice = 0
        self.invented = 0
        self.begun_slots: set[int] = set()
        self.resumed_slots: set[int] = set()
        self.stale_slots: set[int] = set()

    def take(self, spoken: SlotWord) -> None:
        """Find the place of the next word that was said."""
        index = spoken.first_index
        resumed = self._last_index is None or index > self._last_index + 1
        self._place(spoken, index, resumed)
        if self._current is not None and self._current.said_index == index:
            self.begun_slots.add(index)
        elif self._last_index is None or index > self._last_index + _RUN_GAP_SLOTS:
            self.resumed_slots.add(index)
        self._last_index = spoken.last_index

    def _place(self, spoken: SlotWord, index: int, resumed: bool) -> None:
        """Count the word as said, as said again, as stale or as invented."""
        word = bare(spoken.text)
        live = [r for r in self._results if r.ready_index <= index and not _ended(r, index)]
        failure = self._current_failure(live, index)
        if failure is not None:
            # News of a failure that came while an answer was being said waits for its last word.
            answers = [result for result in live if result.kind != "failure"]
            if failure.said_index is None and self._expected(answers, word, spoken):
                return
            self._say(failure, spoken, failure.said_words)
            return
        if self._is_next_again(word):
            self.said_twice += 1
            return
        self._again = None
        if not word or self._expected(live, word, spoken):
            return
        # After a break the scheduler chose where to go on: a step back is said again, not a slip.
        steps = (self._repeated, self._skipped) if resumed else (self._skipped, self._repeated)
        if any(step(live, word, spoken) for step in steps):
            return
        if self._is_stale(index, word, spoken):
            return
        if self._is_cut_word(live, word):
            return
        self.invented += 1
        if self._current is not None:
            self._current.unmatched_words += 1

    def _current_failure(self, live: Sequence[AuditedResult], index: int) -> AuditedResult | None:
        """Give the failure whose words, the model's own, are being said."""
        for result in live:
            if result.kind != "failure":
                continue
            confirmed = result.heard_index is not None and result.heard_index < index
            others = any(r.said_words < len(r.words) for r in live if r is not result)
            if not (confirmed and others):
                return result
        return None

    def _expected(self, live: Sequence[AuditedResult], word: str, spoken: SlotWord) -> bool:
        """Take the word as the next one of the current result, or of the oldest unfinished one."""
        unfinished = [r for r in live if r.said_words < len(r.words)]
        if self._current in unfinished:
            unfinished.remove(self._current)
            unfinished.insert(0, self._current)
        for result in unfinished:
            if result.words[result.said_words] == word:
                self._say(result, spoken, result.said_words + 1)
                return True
        return False

    def _skipped(self, live: Sequence[AuditedResult], word: str, spoken: SlotWord) -> bool:
        """Take the word as one a little further on: words between were left out or said wrong."""
        current = self._current
        if current is None or current not in live:
            return False
        ahead = current.words[current.said_words + 1 : current.said_words + 1 + _LOOK_AHEAD_WORDS]
        if word not in ahead:
            return False
        self._say(current, spoken, current.said_words + 2 + ahead.index(word))
        return True

    def _repeated(self, live: Sequence[AuditedResult], word: str, spoken: SlotWord) -> bool:
        """Count the word as said twice if its result has said it; the latest place counts."""
        said_first = [self._current] if self._current in live and self._current else []
        for result in [*said_first, *(r for r in reversed(live) if r is not self._current)]:
            for place in range(min(result.said_words, len(result.words)) - 1, -1, -1):
                if result.words[place] == word:
                    self._again = (result, place + 1)
                    self.said_twice += 1
                    return True
        return False

    def _is_next_again(self, word: str) -> bool:
        """Follow a repetition until it reaches the first word not said yet."""
        if self._again is None:
            return False
        result, place = self._again
        if place >= result.said_words or result.words[place] != word:
            return False
        self._again = (result, place + 1)
        return True

    def _is_stale(self, index: int, word: str, spoken: SlotWord) -> bool:
        """Count the slots of a word that is of a result that must not be said any more."""
        for result in self._results:
            if _ended(result, index) and word in result.words:
                self.stale_slots.update(range(index, spoken.last_index + 1))
                return True
        return False

    def _is_cut_word(self, live: Sequence[AuditedResult], word: str) -> bool:
        """Say whether this is the first part of the word expected now, cut in the middle."""
        return any(
            result.words[result.said_words].startswith(word)
            for result in live
            if result.said_words < len(result.words)
        )

    def _say(self, result: AuditedResult, spoken: SlotWord, said_words: int) -> None:
        """Advance a result to a number of words said."""
        self._current = result
        if result.said_index is None:
            result.said_index = spoken.first_index
        result.last_said_index = spoken.last_index
        result.said_words = said_words
        result.unmatched_words = 0


def _ended(result: AuditedResult, index: int) -> bool:
    """Say whether a result must not be said any more when the model speaks in a slot."""
    if result.ended_index is None or index < result.ended_index:
        return False
    return index > result.ended_index or result.ended_before_speech


def without_unsounded(events: Iterable[AnyEvent]) -> list[AnyEvent]:
    """Leave out of what was said what the voice has dropped."""
    record: list[AnyEvent] = []
    for event in events:
        if isinstance(event, SpeechCut):
            record = [_shortened(each, event) for each in record]
        record.append(event)
    return record


def _shortened(event: AnyEvent, cut: SpeechCut) -> AnyEvent:
    if not isinstance(event, ModelSpoke) or event.index < cut.said_index:
        return event
    return replace(event, text=event.text[: cut.character if event.index == cut.said_index else 0])


def bare(word: str) -> str:
    """Reduce a word to what is compared: no case, no punctuation around it."""
    return word.casefold().strip(".,;:!?…\"'()[]“”‘’–—-*_`")
