"""Prints a timeline while the conversation goes on: each strip when it is full, on a terminal also
the one being filled. What was shown in a strip stands below it."""

from itertools import takewhile
from types import TracebackType

from rich.console import Console, Group
from rich.live import Live
from rich.markdown import Markdown
from rich.segment import Segments
from rich.text import Text

from weft.interaction_model.types import MicroTurnInput, MicroTurnOutput
from weft.orchestrator.events import AnyEvent
from weft.orchestrator.screen import Screen, Seen, is_seen, seen_markdown
from weft.orchestrator.timeline import Timeline, legend, slots_per_strip

_NARROWEST = 60
_WIDEST = 120


class LiveTimeline:
    """A timeline that shows itself; use it as a context so that the last strip is printed."""

    def __init__(self, console: Console, *, quiet: bool = False, redraw: bool = True) -> None:
        """`quiet` draws nothing; without `redraw`, or off a terminal, only full ones show."""
        self.timeline = Timeline()
        self._screen = Screen()
        self._drawn: dict[Seen, Segments] = {}
        self._console = console
        self._quiet = quiet
        self._width = min(_WIDEST, max(_NARROWEST, console.width))
        self._per_strip = slots_per_strip(self._width)
        self._printed = 0
        self._begun = False
        self._live: Live | None = None
        if redraw and console.is_terminal and not quiet:
            self._live = Live(console=console, auto_refresh=False, transient=True)

    def __enter__(self) -> "LiveTimeline":
        """Begin; nothing is shown before the first micro-turn, so that start-up can report."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Print what was not printed yet, also when the conversation was broken off."""
        if self._live is not None and self._live.is_started:
            self._live.update(Text(""))
            self._live.stop()
        while self._printed * self._per_strip < self.timeline.slots:
            if self.timeline.is_silent(self._printed, self._width):
                self._printed += 1
            else:
                self._print_strip()

    def slot(self, heard: MicroTurnInput, said: MicroTurnOutput) -> None:
        """Take a micro-turn; it is drawn with the next one, so that its events are in it."""
        if not self._begun:
            self._begin()
        if (self._printed + 1) * self._per_strip <= self.timeline.slots:
            self._print_strip()
        if self._live is not None:
            self._live.update(self._strip(), refresh=True)
        self.timeline.add_slot(heard, said)

    def event(self, event: AnyEvent) -> None:
        """Take an event."""
        self.timeline.add_event(event)
        self._screen.add(event)
        if is_seen(event) and not self._quiet:
            # Once, and not in every slot: a long table takes a good part of one.
            drawing = self._console.render(Markdown(seen_markdown(event)))
            self._drawn[event] = Segments(drawing)

    def _begin(self) -> None:
        """Print the legend and begin to redraw."""
        self._begun = True
        if not self._quiet:
            self._console.print(legend(self._width))
        if self._live is not None:
            self._live.start()

    def _print_strip(self) -> None:
        if not self._quiet:
            self._console.print(self._strip())
        self._printed += 1
        self._forget_printed()

    def _forget_printed(self) -> None:
        """Let go of what stands in strips that are printed and will not be drawn again."""
        first_index = self._printed * self._per_strip
        self.timeline.forget_before(first_index)
        self._drawn = {
            each: drawing for each, drawing in self._drawn.items() if each.index >= first_index
        }

    def _strip(self) -> Group:
        """Draw the strip that is printed next, and what of its time is still to be seen."""
        strip = self.timeline.strip(self._printed, self._width)
        # From the newest back: what stands below strips that are printed is not looked at again.
        latest = takewhile(
            lambda each: each.index // self._per_strip >= self._printed,
            reversed(self._screen.shown),
        )
        shown = [each for each in latest if each.index // self._per_strip == self._printed]
        return Group(strip, *(self._drawn[each] for each in reversed(shown)))
