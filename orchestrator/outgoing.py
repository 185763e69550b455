"""What a session asks of the queue and of its reminders; while it relives a record, nothing."""

from collections.abc import Mapping

from weft.background_agents.types import ContextPackage, Position, SessionQueue
from weft.errors import QueueFull
from weft.orchestrator.ports import Reminding

Refusals = Mapping[tuple[str, int], str]
"""What was said when a delegation's revision was declined by the queue."""


class Outgoing:
    """Hands on what the session decides; what was decided in a record has been handed on before."""

    def __init__(self, queue: SessionQueue, reminding: Reminding | None) -> None:
        """Hand everything on."""
        self._queue = queue
        self._reminding = reminding
        self._refusals: Refusals | None = None
        """Of the slot that is relived; None when everything is handed on."""
        self._packages: dict[str, ContextPackage] = {}
        """The latest of each delegation that was submitted in a relived slot and not ended."""

    def relive(self, refusals: Refusals) -> None:
        """Hand nothing on from here: the queue has had it, or has declined it with these words."""
        self._refusals = refusals

    def go_live(self) -> None:
        """Hand everything on from here."""
        self._refusals = None

    def submit(self, package: ContextPackage) -> None:
        """Submit a package; raises QueueFull when there is, or was, no room for it."""
        if self._refusals is None:
            self._queue.submit_nowait(package)
            return
        spoken = self._refusals.get((package.delegation_id, package.revision))
        if spoken is not None:
            raise QueueFull(spoken)
        self._packages[package.delegation_id] = package

    def cancel(self, delegation_id: str) -> None:
        """Withdraw a delegation."""
        if self._refusals is None:
            self._queue.cancel_nowait(delegation_id)
        self._packages.pop(delegation_id, None)

    def dismiss_reminders(self, delegation_id: str, revision: int) -> None:
        """Say that what a revision of a delegation has set is not wanted, or was corrected."""
        if self._refusals is None and self._reminding is not None:
            self._reminding.dismiss_nowait(delegation_id, revision)

    def take_package(self, delegation_id: str) -> ContextPackage | None:
        """Give what was submitted of a delegation in a relived slot, once."""
        return self._packages.pop(delegation_id, None)

    def take_over(self, package: ContextPackage, heard: Position) -> None:
        """Go on with a delegation of which updates were taken in up to a position."""
        if self._refusals is None:
            self._queue.take_over_nowait(package, heard)
        else:
            self._packages[package.delegation_id] = package
