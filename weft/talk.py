"""`weft talk`: a full-duplex conversation in the terminal, or with a timed transcript as the user.

Keys are heard while the model speaks: a letter is activity in its micro-turn, a word is heard when
it is completed with a space or Enter. The timeline is drawn above the line one types in, and what
agents show stands between the two. Both follow what is new until one scrolls back in them, with the
wheel, or in the timeline with Page Up.
"""

import json
import sys
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

import anyio
from rich.console import Console, Group
from rich.markdown import Markdown
from rich.text import Text
from textual import events
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Input, Static

from weft import command_log, wiring
from weft.clock import Clock, VirtualClock, WallClock
from weft.config import shipped_config
from weft.errors import InputError
from weft.files import check_files
from weft.interaction_model.types import SLOT_S, MicroTurnInput, MicroTurnOutput
from weft.orchestrator.channels.observed import ObservedChannel
from weft.orchestrator.channels.pacing import TimedWord
from weft.orchestrator.channels.terminal import TerminalChannel
from weft.orchestrator.channels.words import WordsChannel, read_words, said_transcript
from weft.orchestrator.events import AnyEvent
from weft.orchestrator.live import LiveTimeline
from weft.orchestrator.outstanding import Outstanding
from weft.orchestrator.ports import Channel
from weft.orchestrator.record import SessionRecord, read_record
from weft.orchestrator.screen import Screen, seen_markdown
from weft.orchestrator.timeline import Timeline, legend, slots_per_strip

Build = Callable[[Clock, Channel], wiring.Conversation]
"""Makes a conversation on a clock and a channel."""

_NEW_LINE_SLOTS = 10
_KEPT_STRIPS = 4
_MOST_STRIPS = 40
"""So many strips can be scrolled back to; each costs time whenever the screen is laid out."""
_MOST_STRIPS_READ = 200
"""So many are kept while somebody reads in them: taking the oldest away would move the others."""
_KEPT_COMPONENTS = 3
_SCROLLBAR = 2
_SAID_LINES = 2
_LEGEND_FROM_LINES = 20
"""Height of a terminal in which the talk leaves room for the legend."""


def main(
    config_path: Path | None,
    *,
    words: Path | None,
    fast: bool,
    out: Path | None,
    record: Path | None,
    resume: Path | None = None,
) -> int:
    """Hold a conversation and give the exit code; what the model said goes to `out`.

    With `resume` it is the one of a record, which goes on as well.
    """
    if words is None:
        _check_terminal()
    user_words = read_words(words) if words is not None else ()
    past = read_record(resume) if resume is not None else None
    record = record or resume
    config_path = config_path or shipped_config("talk")
    config = wiring.checked_config(config_path)
    command_log.set_level(config.log.level)
    check_files({"CONFIG": config_path, "--words": words}, {"--out": out, "--record": record})

    begun = False

    def build(clock: Clock, channel: Channel) -> wiring.Conversation:
        nonlocal begun
        conversation = wiring.build(config, clock=clock, channel=channel, record=record, past=past)
        begun = True
        return conversation

    said: list[MicroTurnOutput] = []
    try:
        if words is None:
            return _talk_in_terminal(build, said, past)
        clock: Clock = VirtualClock() if fast else WallClock()
        with LiveTimeline(Console(highlight=False), redraw=not fast) as live:
            anyio.run(talk_with_words, build, clock, user_words, said, live, past)
        return 0
    finally:
        # Also after Ctrl-C: what was said up to then was said. A talk that never began leaves alone
        # what is in the file.
        if out is not None and begun:
            _write_transcript(out, said)


def _talk_in_terminal(build: Build, said: list[MicroTurnOutput], past: SessionRecord | None) -> int:
    """Let a person type; raises what ended the conversation, if it was no wish of theirs."""
    app = TalkApp(build, said, past)
    with command_log.held_back():
        app.run()
    if app.failure is not None:
        raise app.failure
    # Of an error in the drawing Textual has written the traceback, and this is all that is left.
    return app.return_code or 0


def _write_transcript(out: Path, said: Sequence[MicroTurnOutput]) -> None:
    transcript = json.dumps(said_transcript(said), ensure_ascii=False, indent=1) + "\n"
    try:
        out.write_text(transcript, encoding="utf-8")
    except OSError as error:
        # The conversation will not be held again: better on the screen than lost.
        sys.stdout.write(transcript)
        reason = error.strerror or "the disk takes no more"
        raise InputError(
            f"cannot write the transcript to {str(out)!r}: {reason}; it is on standard output"
        ) from error


def replay(file: Path) -> int:
    """Draw the timeline of a recorded session."""
    console = Console(highlight=False)
    with LiveTimeline(console, redraw=False) as live:
        _draw(read_record(file), live)
    return 0


def _draw(recorded: SessionRecord, live: LiveTimeline) -> None:
    for slot in recorded.slots:
        live.slot(slot.heard, slot.said)
        for event in slot.events:
            live.event(event)


async def talk_with_words(
    build: Build,
    clock: Clock,
    words: Sequence[TimedWord],
    said: list[MicroTurnOutput],
    live: LiveTimeline,
    past: SessionRecord | None = None,
) -> None:
    """Let timed words be the user; the slots in which the model spoke are added to `said`.

    With a `past` the words are what the user says after that.
    """
    outstanding = Outstanding()
    first_index = 0
    if past is not None:
        first_index = past.next_index
        _draw(past, live)
        for event in past.events:
            outstanding.add(event)
    user = WordsChannel(words, clock, still_owed=lambda: bool(outstanding), first_index=first_index)

    def observe(heard: MicroTurnInput, now_said: MicroTurnOutput) -> None:
        if now_said.text:
            said.append(now_said)
        live.slot(heard, now_said)

    conversation = build(clock, ObservedChannel(user, observe))

    async def follow() -> None:
        async for event in conversation.session.events():
            outstanding.add(event)
            live.event(event)

    with wiring.single_errors():
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(follow)
            await conversation.run()


class Following(VerticalScroll):
    """Shows the end of what grows in it, until one scrolls away, and again when one is back."""

    follows = True
    """Whether the end is shown."""

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Notice where one has scrolled to; what grows moves the end, and not this."""
        super().watch_scroll_y(old_value, new_value)
        self.follows = new_value >= self.max_scroll_y

    def grown(self) -> None:
        """Show the end when what was added has been laid out."""
        # Asked only then: one may have scrolled away meanwhile.
        self.call_after_refresh(self._show_end)

    def _show_end(self) -> None:
        if self.follows:
            self.scroll_end(animate=False, immediate=True)


class TalkApp(App[None]):
    """The terminal in which a person types while the model speaks."""

    TITLE = "weft"
    CSS = """
    #strips { height: 1fr; }
    #screen { height: auto; max-height: 50%; }
    #legend, #status { color: $text-muted; }
    #said { color: $success; min-height: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "leave", "leave", priority=True),
        Binding("ctrl+q", "leave", "leave", priority=True),
        # Before the line one types in, which would take them and do nothing.
        Binding("pageup", "page_up", "back", priority=True),
        Binding("pagedown", "page_down", "on", priority=True),
    ]
    ENABLE_COMMAND_PALETTE = False

    def __init__(
        self, build: Build, said: list[MicroTurnOutput], past: SessionRecord | None = None
    ) -> None:
        """`build` is called when the app is up, in a thread; what is said is added to `said`.

        `past` is shown as what came before.
        """
        super().__init__()
        self._said = said
        self.failure: Exception | None = None
        """What broke the conversation off, if something did."""
        self._build = build
        self._clock = WallClock()
        self._channel = TerminalChannel(self._clock, first_index=past.next_index if past else 0)
        self._timeline = Timeline()
        self._outstanding = Outstanding()
        self._screen = Screen()
        self._last_words = ""
        self._last_said_index = -1
        self._width = 100
        self._shown_strip = -1
        self._current_strip: Static | None = None
        if past is not None:
            self._take_in_past(past)

    def compose(self) -> ComposeResult:
        """Put the timeline above the line one types in."""
        yield Following(id="strips")
        with Following(id="screen"):
            yield Static(id="shown")
        yield Static(id="legend")
        yield Static(id="said")
        yield Static("waking up …", id="status")
        yield Input(placeholder="type; every word is heard when it is complete", id="line")

    def on_mount(self) -> None:
        """Begin the conversation."""
        self.query_one("#strips", Following).can_focus = False
        self.query_one("#screen", Following).can_focus = False
        self.query_one("#line", Input).focus()
        self.run_worker(self._converse(), exit_on_error=True)

    def on_resize(self, resized: events.Resize) -> None:
        """Go on in the new width; strips of the old width are left out."""
        self._width = max(40, resized.size.width - _SCROLLBAR)
        legend_line = self.query_one("#legend", Static)
        legend_line.update(legend(resized.size.width))
        legend_line.display = resized.size.height >= _LEGEND_FROM_LINES
        self.query_one("#strips", Following).remove_children()
        self._current_strip = None
        newest = max(0, self._timeline.slots - 1) // slots_per_strip(self._width)
        self._shown_strip = max(-1, newest - _KEPT_STRIPS)

    def on_input_changed(self, changed: Input.Changed) -> None:
        """Hear a key: words that are complete leave the line, the rest is activity."""
        # What the line holds now: with keys faster than their events, `changed.value` is older,
        # and words that have been taken out of the line would be heard again.
        typed = changed.input.value
        complete, rest = split_typed(typed)
        if complete:
            self._channel.word_completed(complete)
        else:
            self._channel.key_pressed()
        if rest != typed:
            with self.prevent(Input.Changed):
                changed.input.value = rest
                changed.input.cursor_position = len(rest)

    def on_input_submitted(self, submitted: Input.Submitted) -> None:
        """Hear what is left in the line."""
        self._channel.word_completed(submitted.input.value)
        with self.prevent(Input.Changed):
            submitted.input.value = ""

    def action_leave(self) -> None:
        """End the session cleanly: its last slot is done and recorded before the app goes."""
        self._channel.close()
        # While the models load, nothing can stop them: it must be seen that the key was.
        self.query_one("#status", Static).update("leaving …")

    def action_page_up(self) -> None:
        """Look back in the timeline."""
        self.query_one("#strips", Following).scroll_page_up(animate=False)

    def action_page_down(self) -> None:
        """Look on in the timeline; at its end it is followed again."""
        self.query_one("#strips", Following).scroll_page_down(animate=False)

    async def _converse(self) -> None:
        """Hold the conversation until the person leaves."""
        channel = ObservedChannel(self._channel, self._slot)
        try:
            with wiring.single_errors():
                conversation = await anyio.to_thread.run_sync(self._build, self._clock, channel)
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(self._follow, conversation)
                    await conversation.run()
        except Exception as error:  # raised again by whoever runs the app, when the screen is back
            self.failure = error
        self.exit(return_code=0 if self.failure is None else 1)

    async def _follow(self, conversation: wiring.Conversation) -> None:
        """Take in what the session tells."""
        async for event in conversation.session.events():
            self._timeline.add_event(event)
            self._outstanding.add(event)
            self._show_screen(event)

    def _slot(self, heard: MicroTurnInput, said: MicroTurnOutput) -> None:
        """Show one micro-turn: its words at once, its column when its events have come, too."""
        self._show_strips()
        self._timeline.add_slot(heard, said)
        if said.text:
            self._said.append(said)
        self._show_said(said)
        self.query_one("#status", Static).update(Text(status(self._outstanding, said.behind_slots)))

    def _take_in_past(self, past: SessionRecord) -> None:
        """Begin with what is under way and shown since an earlier process."""
        for slot in past.slots:
            self._timeline.add_slot(slot.heard, slot.said)
            for event in slot.events:
                self._timeline.add_event(event)
                self._outstanding.add(event)
                self._screen.add(event)

    def _show_screen(self, event: AnyEvent) -> None:
        """Show what agents put beside the talk, the newest at the end."""
        before = self._screen.shown
        self._screen.add(event)
        if self._screen.shown != before:
            latest = self._screen.shown[-_KEPT_COMPONENTS:]
            shown = [Markdown(seen_markdown(each)) for each in latest]
            self.query_one("#shown", Static).update(Group(*shown))
            self.query_one("#screen", Following).grown()

    def _show_said(self, said: MicroTurnOutput) -> None:
        """Show the model's latest words as they are said, so many as leave room for the rest."""
        if not said.text:
            return
        if said.index - self._last_said_index > _NEW_LINE_SLOTS:
            self._last_words = ""
        self._last_words += said.text
        self._last_said_index = said.index
        lines = textwrap.wrap(self._last_words.strip(), self._width)
        self.query_one("#said", Static).update(Text("\n".join(lines[-_SAID_LINES:])))

    def _show_strips(self) -> None:
        """Draw the strip that is being filled, and finish those before it."""
        newest = max(0, self._timeline.slots - 1) // slots_per_strip(self._width)
        strips = self.query_one("#strips", Following)
        while self._shown_strip < newest:
            if self._current_strip is not None:
                # With another width there are several to draw, and not only the newest.
                self._current_strip.update(self._timeline.strip(self._shown_strip, self._width))
            self._shown_strip += 1
            self._current_strip = Static()
            strips.mount(self._current_strip)
            # Older strips stand as they were drawn.
            per_strip = slots_per_strip(self._width)
            self._timeline.forget_before((self._shown_strip - _MOST_STRIPS) * per_strip)
        most = _MOST_STRIPS if strips.follows else _MOST_STRIPS_READ
        for old in strips.children[:-most]:
            old.remove()
        if self._current_strip is not None:
            self._current_strip.update(self._timeline.strip(newest, self._width))
        strips.grown()


def split_typed(line: str) -> tuple[str, str]:
    """Part what is typed into the words that are complete and the beginning of the next one."""
    stripped = line.rstrip()
    if line != stripped:
        return stripped.strip(), ""
    complete, _, rest = line.rpartition(" ")
    return complete.strip(), rest


def status(outstanding: Outstanding, behind_slots: int) -> str:
    """Say in one line what is still to be heard, and what the background is at."""
    parts = []
    if behind_slots:
        parts.append(f"still hearing you: {behind_slots * SLOT_S:.1f} s of words wait")
    if outstanding.unanswered:
        parts.append("finding out: " + ", ".join(outstanding.unanswered))
    if outstanding.owed:
        parts.append("to be said: " + ", ".join(outstanding.owed))
    return "   ".join(parts) or "nothing under way   (Ctrl-C leaves)"


def _check_terminal() -> None:
    """Raise InputError where nobody could type, or nobody would see the screen."""
    if not sys.stdin.isatty():
        raise InputError("weft talk needs a terminal; without one, give it --words FILE")
    # Textual draws there, wherever standard output leads.
    if sys.__stderr__ is None or not sys.__stderr__.isatty():
        raise InputError(
            "weft talk draws its screen on standard error, which is no terminal here: start it "
            "without `2>` (its log is written there when the talk is over), or give it --words FILE"
        )
