"""What there is to be seen now, as a listener to a session's events knows it; pure."""

from weft.orchestrator.events import AnyEvent, Dismissed, Shown, Superseded


class Screen:
    """Follows the events of a session, in order; what is no longer wanted leaves the screen."""

    def __init__(self) -> None:
        """Begin empty."""
        self._shown: list[Shown] = []

    @property
    def shown(self) -> tuple[Shown, ...]:
        """What is to be seen now, oldest first."""
        return tuple(self._shown)

    def add(self, event: AnyEvent) -> None:
        """Take the next event."""
        match event:
            case Shown():
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


def _same(one: Shown, other: Shown) -> bool:
    return (one.delegation_id, one.component) == (other.delegation_id, other.component)
