"""What is written to Redis, and under which names. Pure: it knows the format, and no server.

Everything is JSON that pydantic checks: unknown fields, other versions and sizes beyond a cap are
refused before anybody acts on them.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Final, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import PydanticSerializationError

from weft.background_agents.types import AgentUpdate, ContextPackage
from weft.errors import QueueError
from weft.tools.tool import ToolOutput

VERSION: Final = 1
PRIORITIES: Final = (0, 1, 2)
"""What the user has just said yes to; what was asked; what nobody waits for."""
GROUP: Final = "workers"
KEEP_S: Final = 600
"""Seconds for which the server keeps what belongs to a delegation."""
PACKAGE_LIMIT_BYTES: Final = 256 * 1024
UPDATES_LIMIT_BYTES: Final = 512 * 1024
SMALL_LIMIT_BYTES: Final = 4 * 1024
"""Of a header or a stop signal."""
NOTE_LIMIT_BYTES: Final = 512 * 1024
BEGUN_LIMIT_BYTES: Final = 256 * 1024
"""Of a note without an outcome: it leaves room for one."""
LAST_WORDS_CHARS: Final = 10_000
"""How much is kept of the last thing said, where the whole outcome is too much."""
ANNOUNCEMENT_LIMIT_BYTES: Final = 64 * 1024
ANNOUNCED_EVERY_S: Final = 2.0
GONE_AFTER_LEASES: Final = 2
"""A gateway that has not said for so many leases that somebody waits for a delegation is gone."""
SILENT_AFTER_MS: Final = 7_000
"""A worker that has not announced itself for so long is taken for gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisOptions:
    """Where the server is, and how delegations are handed around on it."""

    url: str = field(repr=False)
    """It may hold a password, and is never shown."""
    prefix: str = "weft"
    pool: str = "default"
    lease_s: float = 15.0
    deliveries: int = 3
    """Most times a package is given to a worker before it is set aside as a dead letter."""
    keep_results_s: float | None = None
    """How long work goes on, and its results are kept, when nobody waits any more; None: it is
    stopped."""

    @property
    def gone_ms(self) -> int:
        """For how long a gateway may be silent before it is taken for gone."""
        return round(1000 * GONE_AFTER_LEASES * self.lease_s)

    @property
    def interest_ms(self) -> int:
        """For how long the word of a gateway counts that somebody waits for a delegation."""
        return self.gone_ms if self.keep_results_s is None else round(1000 * self.keep_results_s)

    @property
    def keep_s(self) -> int:
        """For how long the server keeps what belongs to a delegation."""
        return max(KEEP_S, math.ceil(self.keep_results_s or 0.0))

    @property
    def attempts(self) -> int:
        """How many numbers of attempts one submission takes up; the last is for giving it up."""
        return self.deliveries + 1


@dataclass(frozen=True, slots=True)
class Keys:
    """The names of everything on the server; braces keep in one place what is used together."""

    prefix: str
    pool: str

    def packages(self, priority: int) -> str:
        """Name the stream of waiting packages of one priority."""
        return f"{self.prefix}:{{q:{self.pool}}}:p{priority}"

    @property
    def dead_letters(self) -> str:
        """Name the stream of packages that no worker could do."""
        return f"{self.prefix}:{{q:{self.pool}}}:dlq"

    @property
    def sweeping(self) -> str:
        """Name the lock of the worker that looks for abandoned work at the moment."""
        return f"{self.prefix}:{{q:{self.pool}}}:lock"

    @property
    def workers(self) -> str:
        """Name the hash in which the workers of the pool say what they have."""
        return f"{self.prefix}:{{q:{self.pool}}}:workers"

    @property
    def control(self) -> str:
        """Name the channel on which workers are told to stop."""
        return f"{self.prefix}:ctl:{self.pool}"

    def replies(self, gateway_id: str) -> str:
        """Name the stream on which one gateway process hears of all its delegations."""
        return f"{self.prefix}:{{gw:{gateway_id}}}:ev"

    def log(self, delegation_id: str) -> str:
        """Name the stream from which missed updates of a delegation are read again."""
        return f"{self.prefix}:{{t:{delegation_id}}}:log"

    def stop(self, delegation_id: str) -> str:
        """Name the flag up to which attempt a delegation is not wanted any more."""
        return f"{self.prefix}:{{t:{delegation_id}}}:cancel"

    def run(self, delegation_id: str, base_attempt: int) -> str:
        """Name the flag of which entry of the stream stands for a submission."""
        return f"{self.prefix}:{{t:{delegation_id}}}:run:{base_attempt}"

    def interest(self, delegation_id: str) -> str:
        """Name the note of who waits for a delegation, and for which submission of it."""
        return f"{self.prefix}:{{t:{delegation_id}}}:open"

    def kept(self, user_id: str) -> str:
        """Name the hash of what a user has asked and what is kept of it; it shows no name."""
        return f"{self.prefix}:{{u:{sha256(user_id.encode()).hexdigest()}}}:kept"

    def told(self, delegation_id: str, revision: int) -> str:
        """Name the flag of which session says the answer to a revision of a delegation."""
        return f"{self.prefix}:{{t:{delegation_id}}}:told:{revision}"

    def holder(self, session_id: str, epoch: int) -> str:
        """Name the flag of which process has taken a session over as the `epoch`-th."""
        return f"{self.prefix}:{{s:{session_id}}}:held:{epoch}"

    @property
    def moves(self) -> str:
        """Name the stream on which all gateways hear which sessions have been taken over."""
        return f"{self.prefix}:moves"

    def call(self, delegation_id: str, name: str) -> str:
        """Name the note of which effect a call of a delegation stands for."""
        return f"{self.prefix}:{{t:{delegation_id}}}:fx:{name}"

    def effect(self, key: str) -> str:
        """Name the note of an effect that was begun.

        Without a delegation: the one that carries it out is another than the one that asked.
        """
        return f"{self.prefix}:fx:{key}"


class Unreadable(QueueError):
    """A message on the server that is foreign, damaged, too large, or of another version."""


class _Message(BaseModel):
    """What travels: immutable, and without unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


_M = TypeVar("_M", bound=BaseModel)


class Header(_Message):
    """What a worker must know of a package besides what is in it."""

    version: Literal[1] = VERSION
    gateway_id: str
    base_attempt: int
    """Attempts of this submission count from here: it is added to the number of the delivery."""
    deadline_ms: int | None
    """By the server's clock; None once something was heard of the delegation."""
    again: bool = False
    """Whether a copy may be there already, since the reply to an earlier sending was lost."""
    submitted_ms: int | None = None
    """When the session submitted it, by the server's clock; a worker's own clock says other."""


class Updates(_Message):
    """Updates of one attempt, in order; without any, it says that the attempt has begun."""

    version: Literal[1] = VERSION
    delegation_id: str
    revision: int
    attempt: int
    updates: tuple[AgentUpdate, ...] = ()

    @model_validator(mode="after")
    def _belong_together(self) -> Self:
        mine = (self.delegation_id, self.revision, self.attempt)
        if any((u.delegation_id, u.revision, u.attempt) != mine for u in self.updates):
            raise ValueError("holds updates of another attempt than it names")
        return self


class Stop(_Message):
    """A delegation is not wanted any more, up to an attempt."""

    version: Literal[1] = VERSION
    delegation_id: str
    up_to_attempt: int
    revision: int
    """The revision that is wanted: that of the work itself, or one that corrects it."""


class Interest(_Message):
    """Somebody waits for what comes of a delegation."""

    version: Literal[1] = VERSION
    revision: int
    base_attempt: int
    """Of the submission that stands for it."""
    until_ms: int
    """By the server's clock: whoever waits says so again before, or is gone."""
    keep_s: int = KEEP_S
    """How long what is published is to be kept."""
    here_until_ms: int = 0
    """Until then the session is taken to be there; what is kept for it is waited for longer."""


class Listed(_Message):
    """A user has asked something, and what comes of it is kept."""

    version: Literal[1] = VERSION
    session_id: str
    revision: int
    request: str


class Move(_Message):
    """A session was taken over by another process."""

    version: Literal[1] = VERSION
    session_id: str
    epoch: int


class EffectNote(_Message):
    """An effect was begun, and perhaps done."""

    version: Literal[1] = VERSION
    beginning_id: str = ""
    """By which whoever begins it knows its own note again; empty once it has ended."""
    arguments: str
    outputs: tuple[ToolOutput, ...] | None = None
    """None while it runs, and for good when whoever ran it died."""


class Announcement(_Message):
    """What a worker says of itself again and again, for as long as it takes packages."""

    version: Literal[1] = VERSION
    agents: tuple[str, ...]
    tools: tuple[str, ...]
    lanes: int
    """How many packages it works on at once."""
    held: int
    draining: bool
    since_ms: int
    seen_ms: int
    """Both by the server's clock."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a worker can do."""

    agents: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    lanes: int = 0


@dataclass(frozen=True, slots=True)
class Order:
    """A package as a worker reads it."""

    header: Header
    package: ContextPackage


def package_body(package: ContextPackage) -> bytes:
    """Write a package; raises Unreadable when no worker would read it for its size."""
    body = package.model_dump_json().encode()
    if len(body) > PACKAGE_LIMIT_BYTES:
        raise Unreadable(
            f"package {package.delegation_id!r} has {len(body)} bytes; "
            f"at most {PACKAGE_LIMIT_BYTES} travel"
        )
    return body


def order_fields(header: Header, body: bytes) -> tuple[str | bytes, ...]:
    """Give the fields of a stream entry that holds a package."""
    return ("h", header.model_dump_json(), "d", body)


def read_order(fields: dict[bytes, bytes]) -> Order:
    """Read a package from a stream entry; raises Unreadable."""
    _check_fields(fields, {b"h", b"d"})
    header = _read(Header, fields[b"h"], SMALL_LIMIT_BYTES)
    return Order(header, _read(ContextPackage, fields[b"d"], PACKAGE_LIMIT_BYTES))


def updates_fields(updates: Updates) -> tuple[str | bytes, ...]:
    """Give the fields of a stream entry that holds updates."""
    return ("d", updates.model_dump_json())


def read_updates(fields: dict[bytes, bytes]) -> Updates:
    """Read updates from a stream entry; raises Unreadable."""
    _check_fields(fields, {b"d"})
    return _read(Updates, fields[b"d"], UPDATES_LIMIT_BYTES)


def read_stop(body: bytes) -> Stop:
    """Read a stop signal; raises Unreadable."""
    return _read(Stop, body, SMALL_LIMIT_BYTES)


def read_interest(body: bytes) -> Interest:
    """Read who waits for a delegation; raises Unreadable."""
    return _read(Interest, body, SMALL_LIMIT_BYTES)


def read_listed(body: bytes) -> Listed:
    """Read what a user has asked; raises Unreadable."""
    return _read(Listed, body, PACKAGE_LIMIT_BYTES)


def move_fields(move: Move) -> tuple[str | bytes, ...]:
    """Give the fields of a stream entry that tells of a move."""
    return ("d", move.model_dump_json())


def read_move(fields: dict[bytes, bytes]) -> Move:
    """Read that a session was taken over; raises Unreadable."""
    _check_fields(fields, {b"d"})
    return _read(Move, fields[b"d"], SMALL_LIMIT_BYTES)


def begun_body(note: EffectNote) -> bytes:
    """Write that an effect is begun; raises Unreadable when its arguments cannot be written."""
    body = _written(note)
    if len(body) > BEGUN_LIMIT_BYTES:
        raise Unreadable(
            f"the arguments have {len(body)} bytes; at most {BEGUN_LIMIT_BYTES} are kept"
        )
    return body


def outcome_body(note: EffectNote) -> bytes:
    """Write what came of an effect, or as much of it as there is room for; raises Unreadable."""
    body = b""
    for outputs in _less_and_less(note.outputs or ()):
        body = _written(note.model_copy(update={"outputs": outputs}))
        if len(body) <= NOTE_LIMIT_BYTES:
            break
    return body


def _less_and_less(outputs: Sequence[ToolOutput]) -> Iterator[tuple[ToolOutput, ...]]:
    """Give outputs whole, then only what is said of them, then only the last words."""
    yield tuple(outputs)
    spoken = tuple(replace(each, detail="", sources=(), components=()) for each in outputs)
    yield spoken
    yield tuple(replace(each, text=each.text[:LAST_WORDS_CHARS]) for each in spoken[-1:])


def read_note(body: bytes) -> EffectNote:
    """Read what is known of an effect; raises Unreadable."""
    return _read(EffectNote, body, NOTE_LIMIT_BYTES)


def _written(note: EffectNote) -> bytes:
    try:
        return note.model_dump_json().encode()
    except PydanticSerializationError as error:
        raise Unreadable("it holds characters that no JSON can hold") from error


def read_announcement(body: bytes) -> Announcement:
    """Read what a worker says of itself; raises Unreadable."""
    return _read(Announcement, body, ANNOUNCEMENT_LIMIT_BYTES)


def somebody_can(
    package: ContextPackage, agents: Sequence[str], workers: Sequence[Announcement]
) -> bool:
    """Say whether one of the workers of a pool can do a package, which any of `agents` may answer.

    True as long as there are none: some may come.
    """
    if not workers:
        return True
    if package.approved is not None:
        return any(package.approved.tool in worker.tools for worker in workers)
    return not agents or any(set(agents) & set(worker.agents) for worker in workers)


def is_there(announcement: Announcement | None, now_ms: int) -> bool:
    """Say whether a worker has announced itself lately, in words that can be read."""
    return announcement is not None and now_ms - announcement.seen_ms <= SILENT_AFTER_MS


def priority_of(package: ContextPackage) -> int:
    """Say how urgent a package is."""
    if package.approved is not None:
        return PRIORITIES[0]
    return PRIORITIES[2] if package.reminder_id is not None else PRIORITIES[1]


def _check_fields(fields: dict[bytes, bytes], known: set[bytes]) -> None:
    if set(fields) != known:
        raise Unreadable(
            f"the entry has the fields {sorted(fields)}; weft writes {sorted(known)}: "
            "somebody else writes to this stream, or a newer weft does"
        )


def _read(kind: type[_M], body: bytes, limit_bytes: int) -> _M:
    if len(body) > limit_bytes:
        raise Unreadable(f"{kind.__name__} has {len(body)} bytes; at most {limit_bytes} are read")
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        raise Unreadable(_said(kind, error)) from error


def _said(kind: type[BaseModel], error: ValidationError) -> str:
    """Say what is wrong without a word of what was in it."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = ".".join(str(step) for step in first["loc"]) or "the message"
    if where == "version":
        return f"{kind.__name__} is of another version than {VERSION}; update the older weft"
    return f"{kind.__name__}: {where}: {first['msg']}"
