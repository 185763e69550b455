"""A voice out of anything that can speak a phrase: text comes slot by slot, sound goes likewise.

Text comes faster than it can be spoken, and in pieces of words. It is gathered into phrases, which
are rendered one after the other, just before they are needed: the longer the text has grown by
then, the better it is spoken. Phrases follow each other without a gap or a click.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from weft.interaction_model.types import (
    SAMPLE_RATE_HZ,
    SLOT_S,
    SLOT_SAMPLES,
    MicroTurnOutput,
    TranscribedWord,
    Voiced,
)

Samples = NDArray[np.float32]

_FADE_SAMPLES = SAMPLE_RATE_HZ // 200
"""5 ms: so long a voice takes to fall silent when it is stopped."""
_EDGE_SAMPLES = SAMPLE_RATE_HZ // 500
"""2 ms at both ends of a phrase, so that phrases can follow each other."""
_JOIN_SAMPLES = SAMPLE_RATE_HZ // 50
"""So much of the silence around a phrase is left where a sentence goes on."""
_PAUSE_SAMPLES = SAMPLE_RATE_HZ // 4
"""So much at most of the silence after a phrase that ends a sentence."""
_SILENCE = 1e-3
_WORDS_PER_S = 3.0
"""How fast text that has not been rendered will be spoken, as a guess."""
_SENTENCE_ENDS = (".", "?", "!", "…", '."', '?"', '!"', ".”", "?”", "!”")
_CLAUSE_ENDS = (",", ";", ":", "–", "—")


@dataclass(frozen=True, slots=True)
class RenderedPhrase:
    """What a renderer made of a phrase."""

    samples: Samples
    """[n] mono at SAMPLE_RATE_HZ."""
    word_times_s: tuple[tuple[float, float], ...] = ()
    """Beginning and end of each of the phrase's words, in seconds; empty where nobody knows."""


class Renderer(Protocol):
    """Speaks one phrase at a time; what it takes long for, it does beside the caller."""

    def begin(self, text: str) -> None:
        """Begin to render a phrase; the one before has been taken or dropped."""
        ...

    def take(self) -> RenderedPhrase | None:
        """Give the phrase when it is ready; raises what rendering it has raised."""
        ...

    def drop(self) -> None:
        """Forget the phrase that has been begun."""
        ...


class InlineRenderer:
    """Renders while the caller waits: for what takes a small part of a slot."""

    def __init__(self, speak: Callable[[str], RenderedPhrase]) -> None:
        """Render by calling `speak`."""
        self._speak = speak
        self._text: str | None = None

    def begin(self, text: str) -> None:
        """Keep the phrase."""
        self._text = text

    def take(self) -> RenderedPhrase | None:
        """Render it."""
        text, self._text = self._text, None
        return None if text is None else self._speak(text)

    def drop(self) -> None:
        """Forget the phrase."""
        self._text = None


@dataclass(slots=True)
class _Word:
    """A word of what was said."""

    text: str
    first_index: int
    last_index: int
    open: bool
    """Whether the next slot may go on with it."""


@dataclass(frozen=True, slots=True)
class _Timed:
    """A word among the rendered samples, which are counted from the voice's beginning."""

    word: _Word
    start: int
    end: int


class PhraseVoice:
    """Speaks phrases made by a renderer (a Voice, see `weft.orchestrator.sound_ports`)."""

    def __init__(self, renderer: Renderer, *, ahead_s: float = 0.0) -> None:
        """`ahead_s`: a phrase is begun when so little sound is left beyond the slot."""
        self._renderer = renderer
        self._ahead = round(ahead_s * SAMPLE_RATE_HZ)
        self._waiting: list[_Word] = []
        """Not rendered yet."""
        self._rendering: list[_Word] = []
        self._sounding: deque[_Timed] = deque()
        """Rendered and not sounded yet."""
        self._samples: Samples = np.zeros(0, np.float32)
        """Rendered and not given yet."""
        self._given = 0
        """Rendered samples given since the voice began."""
        self._tail: Samples | None = None
        """What is left to give of sound that was stopped."""

    def sound(self, said: MicroTurnOutput) -> Voiced:
        """Take the text of a slot, and give the next SLOT_SAMPLES samples."""
        self._add(said.index, said.text)
        self._take_rendered()
        while self._begins_phrase(said.index):
            self._begin_phrase()
            self._take_rendered()
        samples, words = self._next_slot(said.index)
        return Voiced(
            index=said.index,
            samples=samples,
            sounded_index=self._whole_until(said.index),
            waiting_s=self._waiting_s(),
            words=words,
        )

    def stop(self) -> None:
        """Fade what is sounding, and drop the rest."""
        if self._samples.size:
            tail = self._samples[:_FADE_SAMPLES]
            self._tail = tail * np.linspace(1, 0, tail.size, endpoint=False, dtype=np.float32)
        self._given += self._samples.size
        self._renderer.drop()
        self._waiting.clear()
        self._rendering.clear()
        self._sounding.clear()
        self._samples = np.zeros(0, np.float32)

    # Text

    def _add(self, index: int, text: str) -> None:
        """Take in what was said in a slot; a text without a space before it goes on with a word."""
        pieces = text.split()
        last = self._waiting[-1] if self._waiting else None
        if last is not None and last.open:
            last.open = False
            if text and _goes_on(last, index, text):
                last.text += pieces.pop(0)
                last.last_index = index
                last.open = not pieces and not text[-1].isspace()
        for piece in pieces:
            self._waiting.append(_Word(piece, index, index, open=False))
        if pieces:
            self._waiting[-1].open = not text[-1].isspace()

    def _begins_phrase(self, index: int) -> bool:
        """Whether a phrase is rendered now: there are whole words, and little sound is left."""
        ready = self._ready()
        if self._rendering or not ready or self._samples.size >= SLOT_SAMPLES + self._ahead:
            return False
        is_silent = not self._samples.size
        waited_slots = index - ready[0].first_index
        return not is_silent or waited_slots >= 1 or any(_ends_sentence(w.text) for w in ready)

    def _ready(self) -> list[_Word]:
        """Give the waiting words that are whole."""
        return self._waiting[:-1] if self._waiting and self._waiting[-1].open else self._waiting

    def _begin_phrase(self) -> None:
        """Render up to the end of the sentence, else of the last clause, else all that is whole."""
        texts = [word.text for word in self._ready()]
        sentences = (n for n, text in enumerate(texts, 1) if _ends_sentence(text))
        clauses = (n for n in range(len(texts), 0, -1) if texts[n - 1].endswith(_CLAUSE_ENDS))
        count = next(sentences, None) or next(clauses, len(texts))
        self._rendering, self._waiting = self._waiting[:count], self._waiting[count:]
        text = " ".join(texts[:count])
        if not text.endswith((*_SENTENCE_ENDS, *_CLAUSE_ENDS)):
            text += ","  # The sentence goes on, and should not be spoken as if it ended.
        self._renderer.begin(text)

    # Sound

    def _take_rendered(self) -> None:
        """Put a phrase that is ready behind what is being sounded."""
        phrase = self._renderer.take() if self._rendering else None
        if phrase is None:
            return
        words, self._rendering = self._rendering, []
        pause = _PAUSE_SAMPLES if _ends_sentence(words[-1].text) else _JOIN_SAMPLES
        samples, times = _trimmed(phrase, [word.text for word in words], pause)
        began = self._given + self._samples.size
        for word, (start, end) in zip(words, times, strict=True):
            self._sounding.append(_Timed(word, began + start, began + end))
        self._samples = np.concatenate([self._samples, samples])

    def _next_slot(self, index: int) -> tuple[Samples, tuple[TranscribedWord, ...]]:
        """Give the samples of a slot, and the words that end in it with their media time."""
        slot = np.zeros(SLOT_SAMPLES, np.float32)
        if self._tail is not None:
            slot[: self._tail.size] = self._tail
            self._tail = None
        began = self._given
        taken, self._samples = self._samples[:SLOT_SAMPLES], self._samples[SLOT_SAMPLES:]
        slot[: taken.size] += taken
        self._given += taken.size
        words = []
        while self._sounding and self._sounding[0].end <= self._given:
            timed = self._sounding.popleft()
            words.append(
                TranscribedWord(
                    text=timed.word.text,
                    start_s=max(0.0, index * SLOT_S + (timed.start - began) / SAMPLE_RATE_HZ),
                    end_s=index * SLOT_S + (timed.end - began) / SAMPLE_RATE_HZ,
                    confidence=1.0,
                )
            )
        return slot, tuple(words)

    def _whole_until(self, index: int) -> int:
        """Give the last slot of which every word has been sounded."""
        unsounded = [timed.word for timed in self._sounding] + self._rendering + self._waiting
        return unsounded[0].first_index - 1 if unsounded else index

    def _waiting_s(self) -> float:
        unrendered = len(self._rendering) + len(self._waiting)
        return self._samples.size / SAMPLE_RATE_HZ + unrendered / _WORDS_PER_S


def _goes_on(word: _Word, index: int, text: str) -> bool:
    """Say whether a text goes on with the word of the slot before, as transcripts have it."""
    if text[0].isspace() or index - word.last_index > 1:
        return False
    if word.text[-1] not in ".?!":
        return True
    return not (text[0].isupper() or (text[0].isdigit() and not word.text[-2:-1].isdigit()))


def _ends_sentence(word: str) -> bool:
    return word.endswith(_SENTENCE_ENDS)


def _trimmed(
    phrase: RenderedPhrase, words: list[str], pause: int
) -> tuple[Samples, list[tuple[int, int]]]:
    """Take the silence off the ends of a phrase; give its samples and the place of each word.

    `pause` samples at most are left behind it. Raises ValueError when it is not a phrase.
    """
    samples = np.asarray(phrase.samples, np.float32)
    if samples.ndim != 1:
        raise ValueError("a phrase is mono")
    loud = np.flatnonzero(np.abs(np.nan_to_num(samples)) > _SILENCE)
    if not loud.size:
        return np.zeros(0, np.float32), [(0, 0)] * len(words)
    first, last = max(0, int(loud[0]) - _JOIN_SAMPLES), int(loud[-1]) + 1
    kept = samples[first : min(samples.size, last + pause)].copy()
    edge = min(_EDGE_SAMPLES, kept.size // 2)
    ramp = np.linspace(0, 1, edge, endpoint=False, dtype=np.float32)
    kept[:edge] *= ramp
    kept[kept.size - edge :] *= ramp[::-1]
    return kept, _word_places(phrase, words, int(loud[0]), last, first)


def _word_places(
    phrase: RenderedPhrase, words: list[str], began: int, ended: int, first: int
) -> list[tuple[int, int]]:
    """Give where each word lies, in order; where nobody knows, long words take longer."""
    if len(phrase.word_times_s) == len(words):
        raw = [
            (round(start_s * SAMPLE_RATE_HZ), round(end_s * SAMPLE_RATE_HZ))
            for start_s, end_s in phrase.word_times_s
        ]
    else:
        ends = np.cumsum([0, *(1 + len(word) for word in words)])
        places = began + ends * (ended - began) // ends[-1]
        raw = [(int(start), int(end)) for start, end in pairwise(places)]
    placed = []
    before = 0
    for start, end in raw:
        start = min(max(start, began), ended) - first
        before = max(before, min(max(end, began), ended) - first)
        placed.append((min(start, before), before))
    # The last word is over when the sound is, whatever its renderer believes.
    placed[-1] = (placed[-1][0], ended - first)
    return placed
