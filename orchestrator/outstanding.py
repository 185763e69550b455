"""What a listener to a session's events knows to be still under way or owed; pure."""

from weft.orchestrator.events import (
    AnyEvent,
    Delegated,
    Dismissed,
    Heard,
    ResultReady,
    Superseded,
)


class Outstanding:
    """Follows the events of a session, in order; what has been settled is forgotten."""

    def __init__(self) -> None:
        """Begin with nothing asked."""
        self._unanswered: dict[str, str] = {}
        self._owed: dict[str, str] = {}
        self._requests: dict[str, str] = {}

    def __bool__(self) -> bool:
        """Whether an answer is still to come or to be said."""
        return bool(self._unanswered or self._owed)

    @property
    def unanswered(self) -> tuple[str, ...]:
        """Requests of which nothing has come back yet, oldest first."""
        return tuple(self._unanswered.values())

    @property
    def owed(self) -> tuple[str, ...]:
        """Requests whose answer is there and has not been heard to its end."""
        return tuple(dict.fromkeys(self._requests.get(d, "") for d in self._owed.values()))

    def add(self, event: AnyEvent) -> None:
        """Take the next event."""
        match event:
            case Delegated():
                self._requests[event.delegation_id] = event.request
                self._unanswered[event.delegation_id] = event.request
            case ResultReady():
                self._owed[event.result_id] = event.delegation_id
                self._unanswered.pop(event.delegation_id, None)
            case Heard():
                self._settle(event.result_id)
            case Superseded(result_id=None) | Dismissed(result_id=None):
                # A superseded revision is followed by the delegation of the one after it.
                self._forget(event.delegation_id)
                self._unanswered.pop(event.delegation_id, None)
            case Superseded() | Dismissed():
                self._settle(event.result_id)
            case _:
                pass

    def _settle(self, result_id: str | None) -> None:
        if result_id is not None:
            self._owed.pop(result_id, None)

    def _forget(self, delegation_id: str) -> None:
        """Expect no result of a delegation any more that is owed now."""
        self._owed = {r: d for r, d in self._owed.items() if d != delegation_id}
