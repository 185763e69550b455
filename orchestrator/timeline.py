"""Draws a session as strips of three lanes, one column a micro-turn; pure, it prints nothing.

A strip is a ruler, what the user said, what the model said, and one row for each delegation that
was under way. A column is 0.2 s, a word takes more columns than it has time: the lanes show when
somebody spoke, and the words stand below, beginning where they were begun.
"""

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from rich.text import Text

from weft.interaction_model.types import SLOT_S, Floor, MicroTurnInput, MicroTurnOutput
from weft.orchestrator.channels.pacing import words_of_slots
from weft.orchestrator.events import (
    AnyEvent,
    Delegated,
    Dismissed,
    FloorChanged,
    Heard,
    ModelSpoke,
    ResultReady,
    SlotMissed,
    SpeechCut,
    Superseded,
    UserSpoke,
    WeaveCut,
)

GUTTER = 8
"""Columns for the names of the lanes."""

RULER_S = 5
_RULER_SLOTS = round(RULER_S / SLOT_S)
_SAME_UTTERANCE_SLOTS = 4
_NARROWEST_CAPTION = 16
_WIDEST_CAPTION = 44
_TALLEST_CAPTION = 4
_USER, _MODEL, _QUIET, _BAD = "bright_cyan", "bright_green", "bright_black", "bright_red"
_THREAD_STYLES = ("bright_yellow", "bright_magenta", "orange1", "bright_blue", "spring_green2")

_LEGEND = (
    ("█", _USER, "speaks"),
    ("▄", _USER, "sound, no whole word yet"),
    ("·", _USER, "pause inside a turn"),
    ("◆", _THREAD_STYLES[0], "handed over"),
    ("─", _THREAD_STYLES[0], "at work"),
    ("●", _THREAD_STYLES[0], "result ready"),
    ("╌", _THREAD_STYLES[0], "owed, waits"),
    ("▓", _THREAD_STYLES[0], "woven in"),
    ("✔", _THREAD_STYLES[0], "heard"),
    ("✖", _BAD, "barge-in"),
    ("▲", _BAD, "failed"),
    ("⊘", _BAD, "superseded or dismissed"),
    ("!", _BAD, "slot missed"),
)


@dataclass(slots=True)
class _Thread:
    """The life of one delegation, as far as it is drawn."""

    number: int
    """Its place among the delegations, from 0 in the order in which they were asked."""
    delegation_id: str
    began: int
    request: str
    style: str
    marks: dict[int, tuple[str, str]] = field(default_factory=dict)
    last_mark: int = -1
    owed: list[tuple[int, str]] = field(default_factory=list)
    """(slot, result id) of what is owed and not yet heard."""
    waited: set[int] = field(default_factory=set)
    """Slots in which something was owed that is settled now."""
    notes: list[str] = field(default_factory=list)
    answered: int | None = None
    """The slot in which the first result came."""
    ended: int | None = None
    filed_to: int = -1
    """The last slot in which the timeline knows of it."""

    def mark(self, index: int, mark: str, style: str) -> None:
        """Put a mark in a slot."""
        self.marks[index] = (mark, style)
        self.last_mark = max(self.last_mark, index)

    def settle(self, index: int, result_id: str | None) -> None:
        """Close what was owed: one result, or all of them."""
        for began, owed_id in list(self.owed):
            if result_id in (None, owed_id):
                self.waited.update(range(began, index + 1))
                self.owed.remove((began, owed_id))

    @property
    def goes_on(self) -> bool:
        """Whether it is drawn up to the newest slot: it is at work, or something of it waits."""
        return bool(self.owed) or (self.answered is None and self.ended is None)

    def last(self, now: int) -> int:
        """The last slot in which there is something to draw."""
        return now if self.goes_on else max(self.last_mark, self.began)

    def waits(self, index: int) -> bool:
        """Whether something of it was owed in a slot."""
        return index in self.waited or any(began <= index for began, _ in self.owed)


class Timeline:
    """What happened so far, slot by slot; add to it as it comes and draw any strip at any time.

    A strip is drawn anew in every micro-turn, so its cost must not grow with the conversation:
    whatever is kept is looked up by slot, and nothing is gone through from the beginning.
    """

    def __init__(self) -> None:
        """Start empty."""
        self._last_index = -1
        self._first_index = 0
        """The first slot that is not forgotten."""
        self._user_words: dict[int, str] = {}
        self._user_active: set[int] = set()
        self._model_words: dict[int, str] = {}
        self._woven: dict[int, str] = {}
        self._pauses: set[int] = set()
        self._floor: tuple[int, Floor] | None = None
        self._cuts: set[int] = set()
        self._missed: set[int] = set()
        self._threads: dict[str, _Thread] = {}
        self._going_on: dict[str, _Thread] = {}
        self._threads_at: dict[int, list[_Thread]] = {}
        """The delegations that may have something to draw in a slot."""

    @property
    def slots(self) -> int:
        """How many micro-turns there are to draw."""
        return self._last_index + 1

    def add_slot(self, heard: MicroTurnInput, said: MicroTurnOutput) -> None:
        """Take both sides of one micro-turn: sounds and pauses are seen only here."""
        self._reach(said.index)
        if heard.text.strip():
            self._user_words[heard.index] = heard.text
        elif heard.user_active:
            self._user_active.add(heard.index)
        elif said.floor.most_likely is Floor.PAUSE:
            self._pauses.add(heard.index)
        if said.text.strip():
            self._model_words[said.index] = said.text

    def add_event(self, event: AnyEvent) -> None:
        """Take one event of the session; enough by itself to draw a recorded session."""
        self._reach(event.index)
        match event:
            case UserSpoke():
                self._user_words[event.index] = event.text
            case ModelSpoke():
                self._model_words[event.index] = event.text
                if event.delegation_id is not None:
                    self._woven[event.index] = event.delegation_id
            case FloorChanged():
                self._change_floor(event)
            case WeaveCut():
                self._cuts.add(event.index)
            case SpeechCut():
                self._cuts.add(event.index)
                self._take_back(event)
            case SlotMissed():
                self._missed.add(event.index)
            case Delegated() if event.delegation_id not in self._threads:
                style = _THREAD_STYLES[len(self._threads) % len(_THREAD_STYLES)]
                number = len(self._threads)
                thread = _Thread(number, event.delegation_id, event.index, event.request, style)
                thread.mark(event.index, "◆", style)
                thread.filed_to = event.index - 1
                self._threads[event.delegation_id] = thread
                self._file(thread)
            case Delegated() | ResultReady() | Heard() | Superseded() | Dismissed():
                if (known := self._threads.get(event.delegation_id)) is not None:
                    _tell_thread(known, event)
                    self._file(known)
            case _:
                pass

    def _take_back(self, cut: SpeechCut) -> None:
        """Let go of words that were never sounded."""
        for index in range(cut.said_index, cut.index + 1):
            text = self._model_words.pop(index, "")
            kept = text[: cut.character] if index == cut.said_index else ""
            if kept.strip():
                self._model_words[index] = kept

    def forget_before(self, index: int) -> None:
        """Let go of the slots before `index`, so that a long conversation costs no more memory."""
        for slot in range(self._first_index, index):
            for texts in (self._user_words, self._model_words, self._woven):
                texts.pop(slot, None)
            for marked in (self._user_active, self._pauses, self._cuts, self._missed):
                marked.discard(slot)
            for thread in self._threads_at.pop(slot, ()):
                thread.marks.pop(slot, None)
                thread.waited.discard(slot)
        self._first_index = max(self._first_index, index)

    def strips(self, width: int) -> Iterator[Text]:
        """Draw everything, cut into strips that fit `width` columns of a terminal."""
        per_strip = slots_per_strip(width)
        for number in range(max(1, -(-self.slots // per_strip))):
            yield self.strip(number, width)

    def is_silent(self, number: int, width: int) -> bool:
        """Say whether nothing was said and nothing came in strip `number`."""
        per_strip = slots_per_strip(width)
        return not any(
            index in self._user_words
            or index in self._user_active
            or index in self._model_words
            or index in self._missed
            or any(index in thread.marks for thread in self._threads_at.get(index, ()))
            for index in range(number * per_strip, (number + 1) * per_strip)
        )

    def strip(self, number: int, width: int) -> Text:
        """Draw strip `number`, counted from 0, `width` columns wide with the lanes' names."""
        per_strip = slots_per_strip(width)
        shown = range(number * per_strip, (number + 1) * per_strip)
        canvas = _Canvas(per_strip)
        self._draw_ruler(canvas, shown)
        self._draw_user(canvas, shown)
        self._draw_model(canvas, shown)
        self._draw_threads(canvas, shown)
        return canvas.text()

    def _reach(self, index: int) -> None:
        self._last_index = max(self._last_index, index)
        for thread in self._going_on.values():
            self._file_to(thread, self._last_index)

    def _file(self, thread: _Thread) -> None:
        """Note in which slots there is something of a delegation to draw, up to now."""
        if thread.goes_on:
            self._going_on[thread.delegation_id] = thread
        else:
            self._going_on.pop(thread.delegation_id, None)
        self._file_to(thread, thread.last(self._last_index))

    def _file_to(self, thread: _Thread, last_index: int) -> None:
        for index in range(thread.filed_to + 1, last_index + 1):
            self._threads_at.setdefault(index, []).append(thread)
        thread.filed_to = max(thread.filed_to, last_index)

    def _change_floor(self, event: FloorChanged) -> None:
        """Fill in the pause that ends with another state of the floor."""
        if self._floor is not None and self._floor[1] is Floor.PAUSE:
            self._pauses.update(
                index
                for index in range(self._floor[0], event.index)
                if index not in self._user_words and index not in self._user_active
            )
        self._floor = (event.index, event.floor)

    def _draw_ruler(self, canvas: "_Canvas", shown: range) -> None:
        """Draw slots that were missed, and over them the time every five seconds."""
        row = canvas.lane("")
        for index in self._missed.intersection(shown):
            canvas.put(row, index - shown.start, "!", _BAD)
        for index in shown:
            if index % _RULER_SLOTS == 0:
                label = f"╷{index * SLOT_S:.0f} s"
                covers_missed = not self._missed.isdisjoint(range(index, index + len(label)))
                style = _BAD if covers_missed else _QUIET
                canvas.put(row, index - shown.start, label, style)

    def _draw_user(self, canvas: "_Canvas", shown: range) -> None:
        """Draw what the user did."""
        row = canvas.lane("you", _USER)
        for index in shown:
            column = index - shown.start
            if index in self._user_words:
                canvas.put(row, column, "█", _USER)
            elif index in self._user_active:
                canvas.put(row, column, "▄", _USER)
            elif index in self._pauses:
                canvas.put(row, column, "·", _USER)
        # Words come whole from the user: the space keeps each slot's words apart.
        said = [(i, f" {self._user_words[i]}", _USER) for i in shown if i in self._user_words]
        canvas.captions(_utterances(said, shown.start))

    def _draw_model(self, canvas: "_Canvas", shown: range) -> None:
        """Draw what the model said, by itself or from a result."""
        canvas.lane("")
        row = canvas.lane("weft", _MODEL)
        said = []
        for index in shown:
            if index in self._model_words:
                thread = self._threads.get(self._woven.get(index, ""))
                style = thread.style if thread else _MODEL
                cell = "▓" if index in self._woven else "█"
                canvas.put(row, index - shown.start, cell, style)
                said.append((index, self._model_words[index], style))
        for index in self._cuts.intersection(shown):
            canvas.put(row, index - shown.start, "✖", _BAD)
        canvas.captions(_utterances(said, shown.start))

    def _draw_threads(self, canvas: "_Canvas", shown: range) -> None:
        """Draw the delegations, those that do not touch in one row."""
        canvas.lane("")
        rows: list[list[_Thread]] = []
        for thread in self._threads_within(shown):
            free = (r for r in rows if r[-1].last(self._last_index) + 2 < thread.began)
            together = next(free, None)
            if together is None:
                rows.append([thread])
            else:
                together.append(thread)
        for number, threads in enumerate(rows or [[]]):
            row = canvas.lane("agents" if number == 0 else "", _QUIET)
            captions = []
            for thread in threads:
                self._draw_thread(canvas, row, thread, shown)
                column = max(0, thread.began - shown.start)
                captions.append((column, _thread_caption(thread, shown), thread.style))
            canvas.captions([caption for caption in captions if caption[1]])

    def _threads_within(self, shown: range) -> list[_Thread]:
        """Give the delegations with something to draw in a strip, in the order they were asked."""
        filed = {t.number: t for index in shown for t in self._threads_at.get(index, ())}
        now = self._last_index
        return [filed[n] for n in sorted(filed) if filed[n].last(now) >= shown.start]

    def _draw_thread(self, canvas: "_Canvas", row: int, thread: _Thread, shown: range) -> None:
        """Draw one delegation: at work, owed, being said, over."""
        now = self._last_index
        at_work_to = thread.last(now)
        for index in shown:
            column = index - shown.start
            if self._woven.get(index) == thread.delegation_id:
                canvas.put(row, column, "▓", thread.style)
            elif index <= now and thread.waits(index):
                canvas.put(row, column, "╌", thread.style)
            elif thread.began <= index <= at_work_to:
                canvas.put(row, column, "─", thread.style)
            if index in thread.marks:
                mark, style = thread.marks[index]
                canvas.put(row, column, mark, style)


def slots_per_strip(width: int) -> int:
    """How many micro-turns fit into a strip: whole seconds, at least four of them."""
    return max(20, (width - GUTTER) // 5 * 5)


def legend(width: int) -> Text:
    """Explain the marks, wrapped to `width` columns."""
    text = Text()
    column = 0
    for mark, style, meaning in _LEGEND:
        item = len(mark) + 1 + len(meaning) + 3
        if column and column + item - 3 > width:
            text.append("\n")
            column = 0
        text.append("   " if column else "").append(mark, style).append(f" {meaning}", _QUIET)
        column += item
    text.rstrip()
    return text


class _Canvas:
    """Rows of styled characters, each with a name at its left."""

    def __init__(self, columns: int) -> None:
        self._columns = columns
        self._names: list[tuple[str, str]] = []
        self._rows: list[list[tuple[str, str]]] = []

    def lane(self, name: str, style: str = "") -> int:
        """Begin a new row and give its number."""
        self._names.append((name, style))
        self._rows.append([(" ", "")] * self._columns)
        return len(self._rows) - 1

    def put(self, row: int, column: int, text: str, style: str) -> None:
        """Write into a row; what does not fit is cut off."""
        for place, character in enumerate(text[: self._columns - column], start=column):
            self._rows[row][place] = (character, style)

    def captions(self, captions: Sequence[tuple[int, str, str]]) -> None:
        """Write (column, text, style) below the last row, each wrapped into the room it has."""
        base = len(self._rows)
        used = [0] * self._columns
        for number, (column, text, style) in enumerate(captions):
            following = captions[number + 1][0] if number + 1 < len(captions) else self._columns
            room = min(_WIDEST_CAPTION, following - column - 1, self._columns - column)
            lines = _wrapped(text, min(self._columns, room))
            width = max(map(len, lines), default=0)
            column = min(column, self._columns - width)
            covered = range(column, min(self._columns, column + width + 1))
            row = max((used[place] for place in covered), default=0)
            for place in covered:
                used[place] = row + len(lines)
            for line_number, line in enumerate(lines):
                while base + row + line_number >= len(self._rows):
                    self.lane("")
                self.put(base + row + line_number, column, line, style)

    def text(self) -> Text:
        """Give the rows as one text, without blanks at their ends."""
        text = Text(no_wrap=True)
        for (name, style), row in zip(self._names, self._rows, strict=True):
            text.append(f"{name:>{GUTTER - 2}}  ", f"bold {style}".strip())
            line = Text()
            for character, cell_style in row:
                line.append(character, cell_style)
            line.rstrip()
            text.append_text(line)
            text.rstrip()
            text.append("\n")
        return text


def _wrapped(text: str, room: int) -> list[str]:
    """Wrap a caption into its room; where that would be a tall column, let it be wider."""
    longest = max(map(len, text.split()), default=0)
    if longest <= room:
        lines = textwrap.wrap(text, room)
        if len(lines) <= _TALLEST_CAPTION:
            return lines
    return textwrap.wrap(text, max(_NARROWEST_CAPTION, room))


def _utterances(
    said: Iterable[tuple[int, str, str]], first_index: int
) -> list[tuple[int, str, str]]:
    """Join what was said, (index, text, style), into captions (column, text, style)."""
    groups: list[list[tuple[int, str, str]]] = []
    for index, text, style in said:
        last = groups[-1][-1] if groups else None
        if last and last[2] == style and index - last[0] <= _SAME_UTTERANCE_SLOTS:
            groups[-1].append((index, text, style))
        else:
            groups.append([(index, text, style)])
    return [
        (
            group[0][0] - first_index,
            " ".join(word.text for word in words_of_slots([(i, text) for i, text, _ in group])),
            group[0][2],
        )
        for group in groups
    ]


def _tell_thread(
    thread: _Thread, event: Delegated | ResultReady | Heard | Superseded | Dismissed
) -> None:
    """Mark on a delegation's row what happened to it."""
    index = event.index
    match event:
        case Delegated():
            thread.mark(index, "◆", thread.style)
            thread.notes.append(event.request)
            thread.answered = thread.ended = None
        case ResultReady():
            failed = event.kind in ("failure", "refusal")
            thread.mark(index, *(("▲", _BAD) if failed else ("●", thread.style)))
            thread.owed.append((index, event.result_id))
            thread.answered = index if thread.answered is None else thread.answered
        case Heard():
            thread.settle(index, event.result_id)
            thread.mark(index, "✔", thread.style)
        case Superseded():
            thread.settle(index, event.result_id)
            if index not in thread.marks:
                thread.mark(index, "⊘", _BAD)
        case Dismissed():
            thread.settle(index, event.result_id)
            thread.mark(index, "⊘", _BAD)
            if event.result_id is None:
                thread.ended = index


def _thread_caption(thread: _Thread, shown: range) -> str:
    """Say what a delegation is about in the strip in which it began, and its corrections."""
    if thread.began not in shown:
        return ""
    return " → ".join([thread.request, *thread.notes])
