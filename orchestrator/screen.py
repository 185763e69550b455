"""What there is to be seen now, as a listener to a session's events knows it; pure."""

import re
from typing import TypeGuard

from weft.orchestrator.events import AnyEvent, Dismissed, ResultReady, Shown, Superseded
from weft.tools.component_markdown import markdown

Seen = Shown | ResultReady
"""A component, or the long form of what is said."""


class Screen:
    """Follows the events of a session, in order; what is no longer wanted leaves the screen."""

    def __init__(self) -> None:
        """Begin empty."""
        self._shown: list[Seen] = []

    @property
    def shown(self) -> tuple[Seen, ...]:
        """What is to be seen now, oldest first."""
        return tuple(self._shown)

    def add(self, event: AnyEvent) -> None:
        """Take the next event."""
        match event:
            case Shown() | ResultReady() if is_seen(event):
                # A delegation that is delivered twice shows the same twice.
                self._shown = [each for each in self._shown if not _same(each, event)]
                self._shown.append(event)
            case Superseded(result_id=None) | Dismissed(result_id=None):
                self._shown = [e for e in self._shown if e.delegation_id != event.delegation_id]
            case Superseded():
                self._shown = [e for e in self._shown if e.result_id != event.result_id]
            case _:
                # A result that is dismissed alone was said in other words, and stays to be seen.
                pass


def is_seen(event: AnyEvent) -> TypeGuard[Seen]:
    """Whether an event brings something to the screen: a component, or more than what is said."""
    match event:
        case Shown():
            return True
        case ResultReady(kind="result" | "question"):
            return bool(event.detail) and _words(event.detail) != _words(event.text)
        case _:
            return False


def seen_markdown(seen: Seen) -> str:
    """Write what is to be seen as Markdown."""
    return markdown(seen.component) if isinstance(seen, Shown) else seen.detail


def _same(one: Seen, other: Seen) -> bool:
    if one.delegation_id != other.delegation_id:
        return False
    if isinstance(one, Shown) and isinstance(other, Shown):
        return one.component == other.component
    return seen_markdown(one) == seen_markdown(other)


def _words(text: str) -> list[str]:
    """Give the words of a text without its marks."""
    return re.findall(r"\w+", text)
