"""What is written to Redis. Pure: it knows the format, and no server.

Everything is JSON that pydantic checks: unknown fields, other versions and sizes beyond a cap are
refused before anybody acts on them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import PydanticSerializationError

from weft.background_agents.queues.places import KEEP_S
from weft.background_agents.queues.signing import (
    SIGNATURE_BYTES,
    Doubt,
    Reason,
    Seal,
    parted,
)
from weft.background_agents.types import AgentUpdate, ContextPackage
from weft.errors import QueueError
from weft.tools.tool import ToolOutput

VERSION: Final = 1
PRIORITIES: Final = (0, 1, 2)
"""What the user has just said yes to; what was asked; what nobody waits for."""
GROUP: Final = "workers"
PACKAGE_LIMIT_BYTES: Final = 256 * 1024
UPDATES_LIMIT_BYTES: Final = 512 * 1024
SMALL_LIMIT_BYTES: Final = 4 * 1024
"""Of a header or a stop signal."""
NOTE_LIMIT_BYTES: Final = 512 * 1024
BEGUN_LIMIT_BYTES: Final = 256 * 1024
"""Of a note without an outcome: it leaves room for one."""
LAST_WORDS_CHARS: Final = 10_000
"""How much is kept of the last thing said, where the whole outcome is too much."""
FIELDS_SHOWN: Final = 5
NAME_SHOWN_CHARS: Final = 60
"""Of what somebody else has named: nobody is to fill a log, or to write lines of it."""
ANNOUNCEMENT_LIMIT_BYTES: Final = 64 * 1024
ANNOUNCED_EVERY_S: Final = 2.0
NEEDS_KEPT_S: Final = 3_600
"""What no package has needed for so long is forgotten, once nothing of it waits."""
LOOK_AGAIN: Final = b"look"
"""Said on the control channel: there is a new need, and whoever meets it is to read its streams."""
SILENT_AFTER_MS: Final = 7_000
"""A worker that has not announced itself for so long is taken for gone."""
NOTES_KEPT_S: Final = 86_400
"""Far longer than a lease or a deadline; what is delivered again later than that is not known."""


class Unreadable(QueueError):
    """A message on the server that is foreign, damaged, too large, or of another version."""

    reason = "unreadable"
    """A word for it, as metrics count them."""


class Untrusted(Unreadable):
    """A message that nobody known has signed, or that was signed for something else."""

    def __init__(self, doubt: Doubt) -> None:
        """Say why, and what to do."""
        super().__init__(doubt.told)
        self.reason = doubt.reason


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
    agents: tuple[str, ...] = ()
    """Those of which any may answer; empty where nothing is said about it."""
    again: bool = False
    """Whether a copy may be there already, since the reply to an earlier sending was lost."""
    submitted_ms: int | None = None
    """When the session submitted it, by the server's clock; a worker's own clock says other."""
    signed_ms: int | None = None
    """By the server's clock; None where nothing is signed, and not written then."""


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


class Holder(_Message):
    """Which gateway has taken a session over."""

    version: Literal[1] = VERSION
    gateway_id: str


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
    readers: tuple[str, ...] = ()
    """Which of the tools are built in and read requests."""
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
    readers: tuple[str, ...] = ()
    """Which of the tools are built in and read requests: a gateway can read them for itself."""


@dataclass(frozen=True, slots=True)
class Order:
    """A package as a worker reads it."""

    header: Header
    package: ContextPackage


def package_body(package: ContextPackage) -> bytes:
    """Write a package; raises Unreadable when no worker would read it for its size."""
    # A worker that is older refuses a field that it does not know, but not one that is left out.
    body = package.model_dump_json(exclude_none=True).encode()
    if len(body) > PACKAGE_LIMIT_BYTES:
        raise Unreadable(
            f"package {package.delegation_id!r} has {len(body)} bytes; "
            f"at most {PACKAGE_LIMIT_BYTES} travel"
        )
    return body


def order_fields(header: Header, body: bytes, seal: Seal) -> tuple[str | bytes, ...]:
    """Give the fields of a stream entry that holds a package."""
    unused = {"signed_ms"} if header.signed_ms is None else None
    head = header.model_dump_json(exclude=unused).encode()
    return ("h", head, "d", body, *_signature_field(seal, head, body))


def read_order(fields: dict[bytes, bytes], seal: Seal) -> Order:
    """Read a package from a stream entry; raises Unreadable."""
    _check_fields(fields, {b"h", b"d"})
    head, body = fields[b"h"], fields[b"d"]
    _check_size("Header", head, SMALL_LIMIT_BYTES)
    _check_size("ContextPackage", body, PACKAGE_LIMIT_BYTES)
    _believe(seal, fields.get(b"s", b""), head, body)
    return Order(_read(Header, head), _read(ContextPackage, body))


def refuse_old(order: Order, now_ms: int) -> None:
    """Raise Untrusted when a package was signed too long ago to know what was done since."""
    signed_ms = order.header.signed_ms
    if signed_ms is not None and now_ms - signed_ms > 1000 * NOTES_KEPT_S:
        raise Untrusted(_OLD)


def updates_fields(updates: Updates, seal: Seal) -> tuple[str | bytes, ...]:
    """Give the fields of a stream entry that holds updates."""
    body = updates.model_dump_json().encode()
    return ("d", body, *_signature_field(seal, body))


def read_updates(fields: dict[bytes, bytes], seal: Seal) -> Updates:
    """Read updates from a stream entry; raises Unreadable."""
    return _read(Updates, _body_of_entry("Updates", fields, UPDATES_LIMIT_BYTES, seal))


def stop_body(stop: Stop, seal: Seal) -> bytes:
    """Write a stop signal."""
    return seal.closed(stop.model_dump_json().encode())


def read_stop(value: bytes, seal: Seal) -> Stop:
    """Read a stop signal; raises Unreadable."""
    return _read(Stop, _opened("Stop", value, SMALL_LIMIT_BYTES, seal))


def interest_body(interest: Interest, seal: Seal) -> bytes:
    """Write who waits for a delegation."""
    return seal.closed(interest.model_dump_json().encode())


def read_interest(value: bytes, seal: Seal) -> Interest:
    """Read who waits for a delegation; raises Unreadable."""
    return _read(Interest, _opened("Interest", value, SMALL_LIMIT_BYTES, seal))


def listed_body(listed: Listed, seal: Seal) -> bytes:
    """Write what a user has asked."""
    return seal.closed(listed.model_dump_json().encode())


def read_listed(value: bytes, seal: Seal) -> Listed:
    """Read what a user has asked; raises Unreadable."""
    return _read(Listed, _opened("Listed", value, PACKAGE_LIMIT_BYTES, seal))


def holder_body(holder: Holder, seal: Seal) -> bytes:
    """Write who has taken a session over."""
    return seal.closed(holder.model_dump_json().encode())


def read_holder(value: bytes, seal: Seal) -> Holder:
    """Read who has taken a session over; raises Unreadable."""
    return _read(Holder, _opened("Holder", value, SMALL_LIMIT_BYTES, seal))


def move_fields(move: Move, seal: Seal) -> tuple[str | bytes, ...]:
    """Give the fields of a stream entry that tells of a move."""
    body = move.model_dump_json().encode()
    return ("d", body, *_signature_field(seal, body))


def read_move(fields: dict[bytes, bytes], seal: Seal) -> Move:
    """Read that a session was taken over; raises Unreadable."""
    return _read(Move, _body_of_entry("Move", fields, SMALL_LIMIT_BYTES, seal))


def call_body(key: str, seal: Seal) -> bytes:
    """Write which effect a call stands for."""
    return seal.closed(key.encode())


def read_call(value: bytes, seal: Seal) -> str:
    """Read which effect a call stands for; raises Unreadable."""
    try:
        return _opened("the key of a call", value, SMALL_LIMIT_BYTES, seal).decode()
    except UnicodeDecodeError as error:
        raise Unreadable("the key of a call is not text") from error


def begun_body(note: EffectNote, seal: Seal) -> bytes:
    """Write that an effect is begun; raises Unreadable when its arguments cannot be written."""
    body = _written(note)
    if len(body) > BEGUN_LIMIT_BYTES:
        raise Unreadable(
            f"the arguments have {len(body)} bytes; at most {BEGUN_LIMIT_BYTES} are kept"
        )
    return seal.closed(body)


def outcome_body(note: EffectNote, seal: Seal) -> bytes:
    """Write what came of an effect, or as much of it as there is room for; raises Unreadable."""
    body = b""
    for outputs in _less_and_less(note.outputs or ()):
        body = _written(note.model_copy(update={"outputs": outputs}))
        if len(body) <= NOTE_LIMIT_BYTES:
            break
    return seal.closed(body)


def _less_and_less(outputs: Sequence[ToolOutput]) -> Iterator[tuple[ToolOutput, ...]]:
    """Give outputs whole, then only what is said of them, then only the last words."""
    yield tuple(outputs)
    spoken = tuple(replace(each, detail="", sources=(), components=()) for each in outputs)
    yield spoken
    yield tuple(replace(each, text=each.text[:LAST_WORDS_CHARS]) for each in spoken[-1:])


def read_note(value: bytes, seal: Seal) -> EffectNote:
    """Read what is known of an effect; raises Unreadable."""
    return _read(EffectNote, _opened("EffectNote", value, NOTE_LIMIT_BYTES, seal))


def _written(note: EffectNote) -> bytes:
    try:
        return note.model_dump_json().encode()
    except PydanticSerializationError as error:
        raise Unreadable("it holds characters that no JSON can hold") from error


def read_announcement(body: bytes) -> Announcement:
    """Read what a worker says of itself; raises Unreadable."""
    _check_size("Announcement", body, ANNOUNCEMENT_LIMIT_BYTES)
    return _read(Announcement, body)


def is_there(announcement: Announcement | None, now_ms: int) -> bool:
    """Say whether a worker has announced itself lately, in words that can be read."""
    return announcement is not None and now_ms - announcement.seen_ms <= SILENT_AFTER_MS


def priority_of(package: ContextPackage) -> int:
    """Say how urgent a package is."""
    if package.approved is not None:
        return PRIORITIES[0]
    return PRIORITIES[2] if package.reminder_id is not None else PRIORITIES[1]


def _body_of_entry(name: str, fields: dict[bytes, bytes], limit_bytes: int, seal: Seal) -> bytes:
    """Give the body of a stream entry of one part that is to be believed."""
    _check_fields(fields, {b"d"})
    body = fields[b"d"]
    _check_size(name, body, limit_bytes)
    _believe(seal, fields.get(b"s", b""), body)
    return body


def _check_fields(fields: dict[bytes, bytes], known: set[bytes]) -> None:
    if set(fields) - {b"s"} != known:
        found = [_shown(name.decode(errors="replace")) for name in sorted(fields)[:FIELDS_SHOWN]]
        wanted = ", ".join(name.decode() for name in sorted(known))
        raise Unreadable(
            f"the entry has the fields {', '.join(found)}; weft writes {wanted}: somebody else "
            "writes to this stream, or a newer weft does; find out who, or update this weft"
        )


def _shown(name: str) -> str:
    """Give a name that others have chosen as it may stand in one line of a log."""
    return "".join(each if each.isprintable() else "?" for each in name[:NAME_SHOWN_CHARS])


def _signature_field(seal: Seal, *parts: bytes) -> tuple[str | bytes, ...]:
    signature = seal.signature(*parts)
    return ("s", signature) if signature else ()


def _believe(seal: Seal, signature: bytes, *parts: bytes) -> None:
    doubt = seal.doubt(signature, *parts)
    if doubt is not None:
        raise Untrusted(doubt)


def _opened(name: str, value: bytes, limit_bytes: int, seal: Seal) -> bytes:
    """Give the body of a message of one piece that is to be believed."""
    signature, body = parted(value)
    _check_size("the signature", signature, SIGNATURE_BYTES)
    _check_size(name, body, limit_bytes)
    _believe(seal, signature, body)
    return body


def _check_size(name: str, body: bytes, limit_bytes: int) -> None:
    if len(body) > limit_bytes:
        raise Unreadable(f"{name} has {len(body)} bytes; at most {limit_bytes} are read")


def _read(kind: type[_M], body: bytes) -> _M:
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        raise Unreadable(_said(kind, error)) from error


_OLD = Doubt(
    Reason.OLD,
    f"it was signed more than {NOTES_KEPT_S // 3600} hours ago, and what was done since is not "
    "known; `weft queue CONFIG retry` signs it anew",
)


def _said(kind: type[BaseModel], error: ValidationError) -> str:
    """Say what is wrong without a word of what was in it."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = _shown(".".join(str(step) for step in first["loc"])) or "the message"
    if where == "version":
        return f"{kind.__name__} is of another version than {VERSION}; update the older weft"
    return f"{kind.__name__}: {where}: {first['msg']}"
