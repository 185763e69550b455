"""What a package needs of a worker, and which streams a worker therefore reads. Pure.

Packages with the same need share a stream of each priority, which only those read who meet it. The
name of the stream follows from the package alone: it is right whoever comes, goes or dies.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import quote, unquote

from weft.background_agents.queues.places import Keys
from weft.background_agents.queues.signing import Doubt, Reason
from weft.background_agents.queues.wire import (
    PRIORITIES,
    Announcement,
    Offer,
    Order,
    Untrusted,
    priority_of,
)
from weft.background_agents.types import ContextPackage

LABEL_LIMIT_CHARS: Final = 4_096
_AGENTS: Final = "agents:"
_TOOL: Final = "tool:"


@dataclass(frozen=True, slots=True)
class Need:
    """What a worker must have; without either, every worker will do."""

    agents: tuple[str, ...] = ()
    """One of these, sorted by name."""
    tool: str | None = None

    @property
    def label(self) -> str:
        """Name it, in letters that mean nothing to the server."""
        return _label(self)

    @property
    def words(self) -> str:
        """Say it to a person."""
        if self.tool is not None:
            return f"the tool {self.tool!r}"
        names = " or ".join(repr(each) for each in self.agents)
        return f"the agent {names}" if names else "any worker"

    def met_by(self, agents: Collection[str], tools: Collection[str]) -> bool:
        """Say whether a worker with these agents and tools can do it."""
        if self.tool is not None:
            return self.tool in tools
        return not self.agents or not set(self.agents).isdisjoint(agents)

    @property
    def priorities(self) -> Sequence[int]:
        """How urgent packages with this need can be: what was said yes to needs a tool."""
        if self == ANYBODY:
            return PRIORITIES
        return PRIORITIES[:1] if self.tool is not None else PRIORITIES[1:]

    def stream(self, keys: Keys, priority: int) -> str:
        """Name the stream of waiting packages with this need, of one priority."""
        plain = keys.packages(priority)
        return plain if self == ANYBODY else f"{plain}:{self.label}"

    def streams(self, keys: Keys) -> list[str]:
        """Name all streams of waiting packages with this need, the most urgent first."""
        return [self.stream(keys, priority) for priority in self.priorities]

    def lock(self, keys: Keys) -> str:
        """Name the lock of the worker that looks for abandoned work of this need."""
        return keys.sweeping if self == ANYBODY else f"{keys.sweeping}:{self.label}"


@lru_cache(maxsize=256)
def _label(need: Need) -> str:
    if need.tool is not None:
        return f"{_TOOL}{quote(need.tool, safe='')}"
    return _AGENTS + ",".join(quote(each, safe="") for each in need.agents)


ANYBODY: Final = Need()


def need_of(package: ContextPackage, agents: Sequence[str]) -> Need:
    """Say what a package needs that any of `agents` may answer; without them, anybody will do."""
    if not agents:
        return ANYBODY
    if package.approved is not None:
        return Need(tool=package.approved.tool)
    return _any_of(tuple(agents))


@lru_cache(maxsize=256)
def _any_of(agents: tuple[str, ...]) -> Need:
    return Need(agents=tuple(sorted(set(agents))))


def stream_of(package: ContextPackage, agents: Sequence[str], keys: Keys) -> str:
    """Name the stream on which a package waits, wherever and whenever it is asked for."""
    return need_of(package, agents).stream(keys, priority_of(package))


def refuse_misplaced(order: Order, stream: str, keys: Keys) -> None:
    """Raise Untrusted when a package was read from another stream than it was submitted to.

    A copy there would have a number of its own, by which it could stand for the submission too.
    """
    if stream != stream_of(order.package, order.header.agents, keys):
        raise Untrusted(_MISPLACED)


def need_named(label: str) -> Need | None:
    """Read a need from its name; None when it is none, or not the name that it would be given."""
    if len(label) > LABEL_LIMIT_CHARS:
        return None
    if label.startswith(_TOOL):
        need = Need(tool=unquote(label.removeprefix(_TOOL)))
    else:
        names = label.removeprefix(_AGENTS).split(",")
        need = Need(agents=tuple(sorted({unquote(each) for each in names})))
    return need if need.label == label else None


def somebody_can(need: Need, workers: Sequence[Announcement]) -> bool:
    """Say whether one of the workers of a pool meets a need.

    True as long as there are none: some may come.
    """
    return not workers or any(need.met_by(each.agents, each.tools) for each in workers)


_MISPLACED: Final = Doubt(
    Reason.MISPLACED,
    "it was submitted to another stream of the pool; find out who else writes to this server",
)


class Routes:
    """Which streams one worker reads: those of the needs that it meets at the moment."""

    def __init__(self, keys: Keys, offer: Callable[[], Offer]) -> None:
        """Know of no need yet but that for anybody."""
        self._keys = keys
        self._offer = offer
        self._known: frozenset[Need] = frozenset()
        self._looked_at: Offer | None = None
        """What it could do when it was last looked which needs it meets."""
        self._met = [ANYBODY]
        self._read: dict[int, list[str]] = {}
        """What is read of those, by whose turn it is to be first."""

    def note(self, needs: Iterable[Need]) -> bool:
        """Take in which needs there are in the pool; say whether that changes what is read."""
        before = self.needs
        self._known, self._looked_at = frozenset(needs), None
        return self.needs != before

    @property
    def needs(self) -> list[Need]:
        """The needs that it meets, always in the same order."""
        offer = self._offer()
        if offer != self._looked_at:
            met = [need for need in self._known if need.met_by(offer.agents, offer.tools)]
            self._met = [ANYBODY, *sorted(met, key=lambda need: need.label)]
            self._looked_at, self._read = offer, {}
        return self._met

    @property
    def known_streams(self) -> list[str]:
        """All streams of the pool that it knows, and may once have read."""
        return [stream for need in (ANYBODY, *self._known) for stream in need.streams(self._keys)]

    def streams(self, turn: int = 0) -> Sequence[str]:
        """Name what is to be read, the most urgent first.

        Of those that are equally urgent, each comes first in its turn.
        """
        needs = self.needs
        first = turn % len(needs)
        if first not in self._read:
            in_turn = [*needs[first:], *needs[:first]]
            self._read[first] = [
                need.stream(self._keys, priority)
                for priority in PRIORITIES
                for need in in_turn
                if priority in need.priorities
            ]
        return self._read[first]
