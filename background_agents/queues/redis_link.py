"""One connection to a Redis server: commands out, replies in, no retries. Only this imports redis.

It knows commands and nothing of delegations. A command is never repeated by itself, for a reply
that was lost says nothing about the command: whoever sent it knows what repeating it would do.
"""

import logging
import math
import random
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

import anyio

from weft.background_agents.queues.places import Tls
from weft.clock import Clock, sleep_s
from weft.errors import QueueError

if TYPE_CHECKING:
    from redis.asyncio.connection import AbstractConnection, RedisSSLContext

logger = logging.getLogger(__name__)

Command: TypeAlias = tuple[str | bytes | int, ...]
FIRST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 0.5
PING_AFTER_S = 5.0
NO_FILES = Tls()
CLOCK_KEEPS_S = 30.0
"""So long the server's time is reckoned from what it said last."""


@dataclass(frozen=True, slots=True)
class Refused:
    """What the server says when it does not carry out a command."""

    text: str

    def is_a(self, code: str) -> bool:
        """Say whether it is an error of this kind, for instance NOGROUP."""
        return self.text.startswith(code)


Reply: TypeAlias = "int | bytes | Refused | Sequence[Reply] | None"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a stream."""

    stream: str
    entry_id: bytes
    fields: dict[bytes, bytes]


class LinkDown(QueueError):
    """The server cannot be reached, or does not let anything be done."""


class Link:
    """One connection, made when it is first needed and made anew when it broke.

    Any task may ask; the exchanges come one after the other.
    """

    def __init__(self, url: str, clock: Clock, tls: Tls = NO_FILES) -> None:
        """Connect to nothing yet; `tls` counts for addresses that begin with rediss."""
        # A conversation on the in-process queue never loads it; here and not when it is first
        # needed, for it takes so long that the server would seem to be silent.
        import redis.asyncio  # noqa: F401
        from hiredis import pack_command
        from redis.exceptions import RedisError, ResponseError

        # Kept, for looking them up takes longer than what they do.
        self._pack = pack_command
        self._failures = (RedisError, OSError)
        self._refusal = ResponseError
        self._url = url
        self._clock = clock
        self._tls = tls
        if url.startswith("rediss:"):
            # What is wrong with the files is said when the server is asked for something.
            with suppress(OSError):
                _tls_context(tls).get()
        self._connection: AbstractConnection | None = None
        self._busy = anyio.Lock(fast_acquire=True)
        self._complaints: set[str] = set()
        """What is wrong at the moment, as it was told once to whoever reads the log."""
        self._server_ahead_ms = 0.0
        self._measured_s = -math.inf
        self.answered_s = -math.inf
        """When the server last answered."""
        self.connections = 0
        """How often the link was made; when it has grown, something may have been missed."""

    async def ask(self, *commands: Command, wait_s: float = 2.0) -> list[Reply]:
        """Send commands together and give their replies; raises LinkDown when any is missing."""
        if not commands:
            return []
        async with self._busy:
            try:
                with anyio.move_on_after(wait_s):
                    connection = await self._connected()
                    return await self._exchange(connection, commands)
                silent = f"queue.url: the server has not answered for {wait_s:g} s"
                raise LinkDown(silent + self._if_it_never_has())
            except BaseException:
                # Half an exchange: the next reply on this connection would belong to this one.
                await self._drop()
                raise

    async def subscribe(self, channel: str, take: Callable[[bytes], None]) -> None:
        """Take what is said on a channel, until the link breaks or the caller is cancelled."""
        await self.ask(("SUBSCRIBE", channel))
        async with self._busy:
            connection = await self._connected()
            answered = True
            try:
                while True:
                    heard = await self._read(connection, wait_s=PING_AFTER_S)
                    if heard is None and not answered:
                        raise LinkDown("queue.url: the server has fallen silent")
                    if heard is None:
                        await self._send(connection, [("PING",)])
                    answered = heard is not None
                    match heard:
                        case [b"message", _, bytes(body)]:
                            take(body)
                        case _:
                            pass
            finally:
                await self._drop()

    @property
    def standing(self) -> int | None:
        """Which of its connections this is, as far as is known; None while there is none."""
        return self.connections if self._connection is not None else None

    @property
    def server_now_ms(self) -> int:
        """The server's clock, as far as it is known; call it after the first exchange."""
        return round(1000 * self._clock.now_s() + self._server_ahead_ms)

    async def persist(
        self, turn: Callable[[], Awaitable[None]], *, until: Callable[[], bool] = lambda: False
    ) -> None:
        """Do something again and again; while the server cannot be reached, with pauses."""
        pause_s, complaint = FIRST_PAUSE_S, ""
        while not until():
            try:
                await turn()
            except LinkDown as down:
                if str(down) not in self._complaints:
                    logger.warning("%s; trying again", down)
                self._complaints.discard(complaint)
                complaint = str(down)
                self._complaints.add(complaint)
                # Not all at once: a server that comes back is met by everybody.
                await sleep_s(self._clock, pause_s * random.uniform(0.5, 1.0))
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
            else:
                self._complaints.discard(complaint)
                pause_s, complaint = FIRST_PAUSE_S, ""

    async def aclose(self) -> None:
        """Close the connection."""
        await self._drop()

    async def _connected(self) -> "AbstractConnection":
        if self._connection is not None:
            return self._connection
        from redis.asyncio.connection import Connection, SSLConnection, parse_url
        from redis.asyncio.retry import Retry
        from redis.backoff import NoBackoff
        from redis.exceptions import RedisError

        given: dict[str, Any] = dict(parse_url(self._url))
        kind = given.pop("connection_class", Connection)
        # Without its name: not every user may say it, and each refusal is in the server's log.
        settings = {
            "protocol": 2,
            "retry": Retry(NoBackoff(), 0),
            "socket_timeout": None,
            "driver_info": None,
        }
        connection: AbstractConnection = kind(**{**given, **settings})
        if isinstance(connection, SSLConnection):
            # Whatever the address says: who is not recognised gets neither password nor package.
            connection.ssl_context = _tls_context(self._tls)
        self._connection = connection
        try:
            await connection.connect()
        except (RedisError, OSError) as error:
            raise LinkDown(explained(str(error))) from error
        self.connections += 1
        self._measured_s = -math.inf
        return connection

    async def _exchange(
        self, connection: "AbstractConnection", commands: Sequence[Command]
    ) -> list[Reply]:
        asked_s = self._clock.now_s()
        stale = asked_s - self._measured_s > CLOCK_KEEPS_S
        await self._send(connection, [("TIME",), *commands] if stale else commands)
        if stale:
            self._take_time(await self._read(connection), asked_s)
        replies = [_placed(await self._read(connection), command) for command in commands]
        self.answered_s = self._clock.now_s()
        return replies

    async def _send(self, connection: "AbstractConnection", commands: Sequence[Command]) -> None:
        try:
            # Eight times as fast as the connection's own, which is written in Python.
            # Its stub knows tuples of one item only.
            packed = [self._pack(command) for command in commands]  # type: ignore[arg-type]
            await connection.send_packed_command(packed, check_health=False)
        except self._failures as error:
            raise LinkDown(explained(str(error), self._if_it_never_has())) from error

    async def _read(
        self, connection: "AbstractConnection", *, wait_s: float | None = None
    ) -> Reply:
        try:
            reply: Reply = await connection.read_response(timeout=wait_s)
        except self._refusal as refused:
            # redis-py takes the code off the errors that it knows.
            return Refused(f"{refused.status_code or ''} {refused}".strip())
        except self._failures as error:
            raise LinkDown(explained(str(error), self._if_it_never_has())) from error
        return reply

    def _if_it_never_has(self) -> str:
        """Say what may be wrong where a server is that has never answered."""
        if self.answered_s > -math.inf:
            return ""
        if not self._url.startswith("rediss:"):
            return "; if it speaks TLS there, write rediss://"
        without_tls = "; if it speaks no TLS there, write redis://"
        if self._tls.certificate is None:
            return without_tls + ", and if it wants to know who comes, name queue.tls_certificate"
        return without_tls + ", and have queue.tls_certificate signed by who is known there"

    def _take_time(self, reply: Reply, asked_s: float) -> None:
        match reply:
            case [bytes(seconds), bytes(microseconds)]:
                now_s = self._clock.now_s()
                server_ms = 1000 * int(seconds) + int(microseconds) / 1000
                self._server_ahead_ms = server_ms - 500 * (asked_s + now_s)
                self._measured_s = now_s
            case _:
                raise LinkDown(explained(f"TIME gave {reply!r}"))

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with anyio.CancelScope(shield=True):
                await connection.disconnect(nowait=True)


@lru_cache(maxsize=8)
def _tls_context(tls: Tls) -> "RedisSSLContext":
    """Make what recognises a server, once for all links.

    It reads all authorities that this machine trusts, which would hold up a conversation.
    """
    from redis.asyncio.connection import RedisSSLContext

    return RedisSSLContext(
        cert_reqs="required",
        check_hostname=True,
        ca_certs=tls.ca,
        certfile=tls.certificate,
        keyfile=tls.key,
    )


_WHAT_TO_DO = {
    # First, for the name that they give may have any of the others in it: a pool of `rooms`.
    "WRONGTYPE": "something that is not weft's has that name on the server; delete it there, or "
    "name another queue.prefix",
    "NOPERM": "this user may not do that; give it the rights of an ACL user for weft",
    "WRONGPASS": "the user or the password is wrong; correct it in the address",
    "invalid username-password": "the user or the password is wrong; correct it in the address",
    "NOAUTH": "the server wants a password; write redis://:PASSWORD@HOST",
    "Authentication required": "the server wants a password; write redis://:PASSWORD@HOST",
    "DB index": "there is no such database; leave the number at the end of the address out",
    "READONLY": "this is a read-only replica; give the address of the primary",
    "OOM": "the server's memory is full; raise maxmemory, or let workers catch up",
    "LOADING": "the server is still loading its data",
    "MISCONF": "the server cannot write to its disk",
    "unknown command": "the server is older than Redis 6.2; update it",
    # Nothing else that weft says is one: XPENDING has known IDLE since 6.2.
    "syntax error": "the server is older than Redis 6.2; update it",
    "Connect call failed": "no server answers there; start it, or correct the address",
    "Name or service not known": "there is no such host; correct the address",
    "Hostname mismatch": "the certificate of the server is for another host; write that one",
    "IP address mismatch": "the certificate of the server is for another host; write that one",
}
_WHAT_TO_DO_ABOUT_TLS = {
    "CERTIFICATE_REQUIRED": (
        "queue.tls_certificate",
        "the server wants to know who comes; name a certificate that its authority has signed, "
        "and its key in queue.tls_key",
    ),
    "UNKNOWN_CA": (
        "queue.tls_certificate",
        "the server does not know who has signed the certificate; let its authority do it",
    ),
    "KEY_VALUES_MISMATCH": ("queue.tls_key", "it is not the key of queue.tls_certificate"),
    "CERTIFICATE_VERIFY_FAILED": (
        "queue.tls_ca",
        "the certificate of the server is not to be trusted; name the file of the authority that "
        "has signed it",
    ),
    "NO_CERTIFICATE_OR_CRL_FOUND": ("queue.tls_ca", "there is no certificate in that file"),
}


def explained(error: str, otherwise: str = "") -> str:
    """Say of an error what it means, which key it is about and what to do.

    `otherwise` is added to what nobody here knows.
    """
    for sign, meaning in _WHAT_TO_DO.items():
        if sign.lower() in error.lower():
            return f"queue.url: {meaning} ({error})"
    for sign, (key, meaning) in _WHAT_TO_DO_ABOUT_TLS.items():
        if sign.lower() in error.lower():
            return f"{key}: {meaning} ({error})"
    return f"queue.url: the server cannot be used: {error}{otherwise}"


def _placed(reply: Reply, command: Command) -> Reply:
    """Add to a refusal that is about a name on the server which name that is."""
    if not isinstance(reply, Refused) or not (reply.is_a("WRONGTYPE") or reply.is_a("NOPERM")):
        return reply
    # Whatever a command carries follows the names, and is nobody's business.
    names = [each for each in command if isinstance(each, str) and ":" in each]
    if "STREAMS" not in command:
        del names[1:]
    return Refused(f"{reply.text}: {' '.join([str(command[0]), *names])}")


def accepted(replies: Sequence[Reply]) -> None:
    """Raise LinkDown with what to do when the server has refused one of the commands."""
    for reply in replies:
        if isinstance(reply, Refused):
            raise LinkDown(explained(reply.text))
        # A transaction that runs gives its refusals inside its reply.
        if isinstance(reply, list):
            for inside in reply:
                if isinstance(inside, Exception):
                    raise LinkDown(explained(str(inside)))


def entries(stream: str, reply: Reply) -> Iterator[Entry]:
    """Give the entries of XRANGE, XCLAIM or one stream of XREAD; deleted ones are left out."""
    for each in reply if isinstance(reply, list) else ():
        match each:
            case [bytes(entry_id), [*flat]]:
                yield Entry(stream, entry_id, dict(zip(flat[::2], flat[1::2], strict=True)))
            case _:
                pass


def entries_read(reply: Reply) -> Iterator[Entry]:
    """Give the entries of XREAD and XREADGROUP, of all their streams."""
    for each in reply if isinstance(reply, list) else ():
        match each:
            case [bytes(stream), [*of_stream]]:
                yield from entries(stream.decode(), of_stream)
            case _:
                pass
