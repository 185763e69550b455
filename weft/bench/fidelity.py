"""How faithfully a reference is spoken, through the whole path: delegate, inject, say, compare.

One session a reference. The user asks a short held-out question, the model hands it over, an agent
answers with the reference, and the session weaves it in. What is compared is everything that the
model says from the first row it follows until the result was heard, so a slip that is said and then
corrected counts as a slip. A model that does not hand the question over is made to, and that is
counted: it is another bench's subject.

word error rate    substituted, left out and added words by the words of the references. Words are
                   compared without case and without punctuation around them.
exact              share of references said letter by letter, punctuation included.

`--spoken`: the question is said aloud, and the reference at the pace of a voice (see `_aloud`);
what counts is still the text that is said. The same in text is shown beside.
"""

import random
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from weft.background_agents.queues.memory import MemoryQueue
from weft.background_agents.types import ContextPackage, Finding, UpdateKind
from weft.bench import _held_out
from weft.bench._beside_text import Rate, beside_text
from weft.bench._report import Asked, Report, aside, at_most, setting
from weft.bench._users import IN_TEXT, LEAD_IN_SLOTS, Medium, last_index
from weft.bench._whole_path import KeptRecord, hold
from weft.clock import Clock, VirtualClock, sleep_s
from weft.errors import InputError
from weft.interaction_model.model_stream import load_stream
from weft.interaction_model.types import (
    ControlToken,
    InteractionModel,
    MicroTurnInput,
    MicroTurnOutput,
    ReferenceRows,
    Row,
)
from weft.orchestrator.channels.pacing import words_of_slots
from weft.orchestrator.config import SessionConfig
from weft.orchestrator.events import Dismissed, Heard
from weft.orchestrator.record import RecordedSlot
from weft.progress import Tick, no_tick, progress

DEFAULT_SIZE = 300
_THINK_S = 0.4
_HAND_OVER_WITHIN_SLOTS = 6
_LISTEN_SLOTS = 60
_LISTEN_SLOTS_A_WORD = 4
_RATES = (Rate("word_error_rate", better="low"),)
_HANDED_OVER = (ControlToken.DELEGATE, ControlToken.REVISE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """One reference and what was said for it."""

    reference: str
    said: str
    errors: int
    forced: bool
    """Whether the model had to be made to hand the question over."""

    @property
    def exact(self) -> bool:
        """Whether it was said letter by letter."""
        return self.said.split() == self.reference.split()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fidelity:
    """What was measured."""

    spoken: tuple[Spoken, ...]

    @property
    def words(self) -> int:
        """Words of all references."""
        return sum(len(words_of(each.reference)) for each in self.spoken)

    @property
    def word_error_rate(self) -> float:
        """Wrong words by words."""
        return sum(each.errors for each in self.spoken) / max(1, self.words)

    @property
    def exact(self) -> float:
        """Share of references said letter by letter."""
        return sum(each.exact for each in self.spoken) / max(1, len(self.spoken))

    @property
    def forced(self) -> int:
        """How many questions the model did not hand over by itself."""
        return sum(each.forced for each in self.spoken)


def report(asked: Asked) -> Report:
    """Measure; without a file, `size` references are made."""
    if asked.spoken:
        return beside_text(asked, _report, load_stream, _RATES)
    return _report(asked, load_stream(asked.weights), IN_TEXT)


def _report(asked: Asked, model: InteractionModel, medium: Medium) -> Report:
    if asked.references is not None:
        texts = read_references(asked.references)[: asked.size]
    else:
        rng = random.Random(asked.seed)
        texts = [_held_out.reference(rng) for _ in range(asked.size or DEFAULT_SIZE)]
    with progress("references", len(texts)) as tick:
        found = measure(model, texts, seed=asked.seed, medium=medium, tick=tick)
    worst = [each for each in found.spoken if each.errors]
    lines = [
        at_most("word error rate", found.word_error_rate, 0.005, ".4f"),
        aside("references said letter by letter", f"{found.exact:.3f}"),
        aside("references with a wrong word", len(worst)),
        aside("questions that had to be handed over for the model", found.forced),
    ]
    lines += [aside(f"  {each.reference}", each.said) for each in worst[:5]]
    return Report(
        title="Fidelity: what is said of a reference",
        numbers={
            "references": len(texts),
            "words": found.words,
            "word_error_rate": round(found.word_error_rate, 6),
            "exact": round(found.exact, 4),
        },
        lines=lines,
        setting=setting(
            asked,
            sizes=f"{len(texts)} references, {found.words} words",
        ),
    )


def measure(
    model: InteractionModel,
    references: Sequence[str],
    *,
    seed: int,
    medium: Medium = IN_TEXT,
    tick: Tick = no_tick,
) -> Fidelity:
    """Let each reference be spoken in a session of its own; the stream is left as it was."""
    fresh = model.snapshot()
    spoken = []
    for number, reference in enumerate(references):
        spoken.append(_speak(model, reference, random.Random(f"{seed}/{number}"), medium))
        model.restore(fresh)
        medium.begin()
        tick()
    return Fidelity(spoken=tuple(spoken))


def read_references(path: Path) -> list[str]:
    """Read one reference a line; blank lines are left out. Raises InputError."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise InputError(f"{path}: cannot be read: {reason}") from error
    texts = [line.strip() for line in lines if line.strip()]
    if not texts:
        raise InputError(f"{path}: holds no reference; write one a line")
    return texts


def words_of(text: str) -> list[str]:
    """Give the words that are compared: no case, no punctuation around them."""
    bare = (_bare(word) for word in text.casefold().split())
    return [word for word in bare if word]


def word_errors(wanted: Sequence[str], said: Sequence[str]) -> int:
    """Count the substitutions, deletions and insertions between two lists of words."""
    row = list(range(len(said) + 1))
    for n, word in enumerate(wanted, start=1):
        diagonal, row[0] = row[0], n
        for m, other in enumerate(said, start=1):
            diagonal, row[m] = row[m], min(row[m] + 1, row[m - 1] + 1, diagonal + (word != other))
    return row[-1]


class SureToDelegate:
    """Another model that has handed over by slot `by_index`, whether it wanted to or not."""

    def __init__(self, model: InteractionModel, by_index: int) -> None:
        """Wrap a model for one session."""
        self._model = model
        self._by_index = by_index
        self._handed_over = False
        self.forced = False

    def encode(self, text: str) -> ReferenceRows:
        """Turn a text into rows, as the model does."""
        return self._model.encode(text)

    def absent(self) -> ReferenceRows:
        """Give the model's absent row."""
        return self._model.absent()

    def step(self, heard: MicroTurnInput, row: Row | None) -> MicroTurnOutput:
        """Live through one micro-turn; a missing control token is put in when its time has come."""
        said = self._model.step(heard, row)
        if self._handed_over or said.control in _HANDED_OVER:
            self._handed_over = True
        elif said.control is ControlToken.DISMISS or heard.index >= self._by_index:
            self._handed_over = self.forced = True
            return replace(said, control=ControlToken.DELEGATE)
        return said

    def snapshot(self) -> object:
        """Copy the model's state."""
        return self._model.snapshot()

    def restore(self, snapshot: object) -> None:
        """Go back to a snapshot of the model."""
        self._model.restore(snapshot)


class _KnowsTheAnswer:
    """An agent with one answer."""

    name = "knows"

    def __init__(self, text: str, clock: Clock) -> None:
        self._text = text
        self._clock = clock

    async def start(self) -> None:
        """Need nothing."""

    async def answer(self, package: ContextPackage) -> AsyncIterator[Finding]:
        """Give the answer after a moment."""
        await sleep_s(self._clock, _THINK_S)
        yield Finding(kind=UpdateKind.RESULT, text=self._text)


class _NoMeaning:
    """No two texts mean the same: here every answer is the only one."""

    async def similarity(self, left: str, right: str) -> float:
        return 0.0

    async def needs_delegation(self, request: str) -> float:
        return 0.0


def _speak(model: InteractionModel, reference: str, rng: random.Random, medium: Medium) -> Spoken:
    """Hold the session of one reference."""
    clock = VirtualClock()
    record = KeptRecord()
    question = medium.lay_out(rng, _held_out.short_question(rng), LEAD_IN_SLOTS)
    sure = SureToDelegate(model, last_index(question) + _HAND_OVER_WITHIN_SLOTS)

    def over() -> bool:
        settled = record.slots[-1].events if record.slots else ()
        return any(isinstance(event, Heard | Dismissed) for event in settled)

    listen_slots = _LISTEN_SLOTS + _LISTEN_SLOTS_A_WORD * len(reference.split())
    hold(
        model=sure,
        channel=medium.listen(question, clock, over=over, listen_slots=listen_slots),
        queue=MemoryQueue(clock),
        agents=[_KnowsTheAnswer(reference, clock)],
        meaning=_NoMeaning(),
        clock=clock,
        record=record,
        config=SessionConfig(backstop="off"),
    )
    said = _said_for_rows(record.slots)
    errors = word_errors(words_of(reference), words_of(said))
    return Spoken(reference=reference, said=said, errors=errors, forced=sure.forced)


def _said_for_rows(slots: Sequence[RecordedSlot]) -> str:
    """Join all that was said from the first row that the model followed."""
    followed = [slot.said.index for slot in slots if slot.said.reference_followed]
    if not followed:
        return ""
    said = [(slot.said.index, slot.said.text) for slot in slots if slot.said.index >= followed[0]]
    return " ".join(word.text for word in words_of_slots(said))


def _bare(word: str) -> str:
    """Take away what is neither letter nor digit at both ends."""
    marks = "".join({char for char in word if not char.isalnum()})
    return word.strip(marks)
