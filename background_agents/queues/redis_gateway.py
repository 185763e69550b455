"""The session's side of the queue on Redis: decides in memory at once, and lets others do the I/O.

One task sends, one reads, and one asks after what has been quiet for too long. While the server
cannot be reached, everything waits here; what the server has lost is submitted anew.
"""

import logging
from collections.abc import Sequence
from uuid import uuid4

import anyio
from anyio.abc import TaskStatus

from weft.background_agents.queues.memory import QueueLimits
from weft.background_agents.queues.open_delegations import (
    NOBODY_CAN,
    Forget,
    OpenDelegations,
    Outgoing,
    Submission,
    TakeOff,
    has_final,
)
from weft.background_agents.queues.redis_commands import announcements, counting, depths_in
from weft.background_agents.queues.redis_link import (
    Command,
    Entry,
    Link,
    LinkDown,
    Reply,
    accepted,
    entries,
    entries_read,
)
from weft.background_agents.queues.refusals import Refusals
from weft.background_agents.queues.signing import Purpose
from weft.background_agents.queues.wire import (
    KEEP_S,
    PRIORITIES,
    Announcement,
    Header,
    Keys,
    RedisOptions,
    Stop,
    Unreadable,
    Updates,
    is_there,
    order_fields,
    priority_of,
    read_updates,
    somebody_can,
    stop_body,
)
from weft.background_agents.types import AgentUpdate, ContextPackage
from weft.clock import Clock, sleep_s
from weft.errors import QueueFull

logger = logging.getLogger(__name__)

BLOCK_MS = 1_000
SENT_AT_ONCE = 64
"""Most things that are sent in one exchange."""
READ_AT_ONCE = 200
READ_AGAIN = 1_000
"""Most messages of one delegation that are read again: the latest."""
AUDIT_S = 0.5
WORKERS_EVERY_S = 5.0
"""With many gateways and workers, what workers say of themselves is the larger part."""
LAST_WORDS_S = 1.0
"""Most seconds that withdrawing what is open may take when the conversation ends."""


class RedisGateway:
    """A SessionQueue for all sessions of one process; its work is done while `run` runs."""

    def __init__(
        self,
        options: RedisOptions,
        clock: Clock,
        limits: QueueLimits | None = None,
        agents: Sequence[str] = (),
    ) -> None:
        """Connect to nothing yet; packages are accepted from now on.

        `agents` are those that the sessions count on: where workers are there and none has any of
        them, packages are declined. Without them, every worker will do.
        """
        self.gateway_id = uuid4().hex
        self._options = options
        self._clock = clock
        self._keys = Keys(options.prefix, options.pool)
        self._seals = options.seals
        self.refusals = Refusals()
        """What of the messages of others was not taken."""
        self._open = OpenDelegations(options, limits or QueueLimits())
        self._agents = agents
        self._workers: tuple[Announcement, ...] = ()
        self._workers_due_s = 0.0
        """When it is next asked who works in the pool."""
        self._sender = Link(options.url, clock, options.tls)
        self._reader = Link(options.url, clock, options.tls)
        self._read_up_to: bytes = b"0-0"
        self._audited_connections = 0
        self._something_to_send = anyio.Event()

    def submit_nowait(self, package: ContextPackage) -> None:
        """Accept a package without waiting; a higher revision replaces a lower one.

        Raises QueueFull with a sentence for the user when a limit is reached.
        """
        self._open.expire(self._clock.now_s())
        if not somebody_can(package, self._agents, self._workers):
            logger.warning(
                "no worker of pool %r can do what is asked: start `weft worker` with the agents "
                "and tools of this configuration, or name another queue.pool",
                self._options.pool,
            )
            raise QueueFull(NOBODY_CAN)
        self._open.submit(package, self._clock.now_s())
        self._something_to_send.set()

    def cancel_nowait(self, delegation_id: str, *, below_revision: int | None = None) -> None:
        """Withdraw a delegation (or only its revisions below one); running work is told to stop."""
        self._open.cancel(delegation_id, below_revision)
        self._something_to_send.set()

    def updates_nowait(self, session_id: str) -> list[AgentUpdate]:
        """Take all updates that have arrived for a session since the last call, in order."""
        self._open.expire(self._clock.now_s())
        if self._open.outgoing:
            self._something_to_send.set()
        return self._open.updates(session_id)

    def close_session(self, session_id: str) -> None:
        """Cancel all that a session still has under way and forget it."""
        self._open.close_session(session_id)
        self._something_to_send.set()

    async def run(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Send and read until cancelled; then withdraw what has been given up by then."""
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._sender.persist, self._send)
                tasks.start_soon(self._reader.persist, self._read)
                tasks.start_soon(self._sender.persist, self._audit)
                task_status.started()
        finally:
            with anyio.move_on_after(LAST_WORDS_S, shield=True):
                await self._say_last_words()
            await self._sender.aclose()
            await self._reader.aclose()

    async def _say_last_words(self) -> None:
        try:
            while self._open.outgoing:
                await self._send_what_is_there()
        except LinkDown as down:
            logger.warning("what was open could not be withdrawn: %s", down)

    async def _send(self) -> None:
        """Wait until there is something to send, and send it."""
        if not self._open.outgoing:
            self._something_to_send = anyio.Event()
            await self._something_to_send.wait()
        await self._send_what_is_there()

    async def _send_what_is_there(self) -> None:
        sending = self._open.outgoing[:SENT_AT_ONCE]
        # A first exchange, for a deadline is written by the server's clock.
        if not self._sender.connections:
            await self._sender.ask(("PING",))
        commands = [self._commands(each) for each in sending]
        for each in sending:
            if isinstance(each, Submission):
                each.tried = True
        replies = await self._sender.ask(*(one for several in commands for one in several))
        accepted(replies)
        # Only now, for without an answer nobody knows what has arrived: all is sent again then.
        del self._open.outgoing[: len(sending)]
        self._note_entries(sending, commands, replies)

    def _commands(self, each: Outgoing) -> list[Command]:
        match each:
            case Submission(ended=True):
                return []
            case Submission():
                return [self._submission(each)]
            case Stop():
                signal = stop_body(each, self._seals.stops)
                return [
                    ("SET", self._keys.stop(each.delegation_id), signal, "EX", KEEP_S),
                    ("PUBLISH", self._keys.control, signal),
                    ("DEL", self._keys.log(each.delegation_id)),
                ]
            case TakeOff(submission):
                if submission.entry_id is None:
                    return []
                stream = self._keys.packages(priority_of(submission.package))
                return [("XDEL", stream, submission.entry_id)]
            case Forget():
                return [("DEL", self._keys.log(each.delegation_id))]

    def _submission(self, each: Submission) -> Command:
        left_ms = round(1000 * (each.due_s - self._clock.now_s()))
        now_ms = self._sender.server_now_ms
        header = Header(
            gateway_id=self.gateway_id,
            base_attempt=each.base_attempt,
            deadline_ms=None if each.heard_of else now_ms + left_ms,
            again=each.tried,
            signed_ms=now_ms if self._options.signing.secrets else None,
        )
        stream = self._keys.packages(priority_of(each.package))
        return ("XADD", stream, "*", *order_fields(header, each.body, self._seals.packages))

    def _note_entries(
        self,
        sent: Sequence[Outgoing],
        commands: Sequence[Sequence[Command]],
        replies: Sequence[Reply],
    ) -> None:
        position = 0
        for each, of_each in zip(sent, commands, strict=True):
            if isinstance(each, Submission) and of_each:
                entry_id = replies[position]
                assert isinstance(entry_id, bytes)
                each.entry_id, each.quiet_since_s = entry_id, self._clock.now_s()
            position += len(of_each)

    async def _read(self) -> None:
        """Wait for updates of all sessions, and take them in."""
        stream = self._keys.replies(self.gateway_id)
        read_from = self._read_up_to
        [reply] = await self._reader.ask(
            ("XREAD", "COUNT", READ_AT_ONCE, "BLOCK", BLOCK_MS, "STREAMS", stream, read_from),
            wait_s=BLOCK_MS / 1000 + 2.0,
        )
        accepted([reply])
        for entry in entries_read(reply):
            if self._read_up_to == read_from:
                self._read_up_to = read_from = entry.entry_id
            updates = self._readable(entry)
            if updates is None:
                continue
            incomplete = self._open.take(updates, self._clock.now_s())
            if incomplete is not None:
                await self._look_after([incomplete])
        if self._open.outgoing:
            self._something_to_send.set()

    async def _audit(self) -> None:
        """Ask after what has been quiet for a lease, and after everything when the link broke."""
        await sleep_s(self._clock, AUDIT_S)
        await self._look_at_pool()
        since_s = self._clock.now_s() - self._options.lease_s
        made = self._sender.connections + self._reader.connections
        if made != self._audited_connections:
            since_s = self._clock.now_s()
        quiet = self._open.quiet(since_s)
        if quiet:
            await self._look_after(quiet)
        self._audited_connections = made

    async def _look_at_pool(self) -> None:
        """Learn how much waits for the workers, and now and then what they can do."""
        streams = [self._keys.packages(priority) for priority in PRIORITIES]
        counted = await self._sender.ask(*counting(streams))
        self._open.note_waiting(sum(depth.waiting for depth in depths_in(counted)))
        if self._clock.now_s() < self._workers_due_s:
            return
        self._workers_due_s = self._clock.now_s() + WORKERS_EVERY_S
        [listed] = await self._sender.ask(("HGETALL", self._keys.workers))
        accepted([listed])
        now_ms = self._sender.server_now_ms
        said = [each for _, each in announcements(listed)]
        self._workers = tuple(each for each in said if each and is_there(each, now_ms))

    async def _look_after(self, asked: Sequence[Submission]) -> None:
        """Read again what was published for some delegations; submit anew what is gone."""
        runs = [self._keys.run(each.package.delegation_id, each.base_attempt) for each in asked]
        standing = await self._sender.ask(*(("GET", run) for run in runs))
        accepted(standing)
        commands: list[Command] = []
        for each, stands_for_it in zip(asked, standing, strict=True):
            stream = self._keys.packages(priority_of(each.package))
            # Of two copies, after a reply that was lost, it is the first that a worker took.
            entry_id = stands_for_it if isinstance(stands_for_it, bytes) else each.entry_id
            entry_id = entry_id or b"0-0"
            # In this order: whoever finishes writes the last update before it takes the entry off.
            commands.append(("XRANGE", stream, entry_id, entry_id))
            log_key = self._keys.log(each.package.delegation_id)
            commands.append(("XREVRANGE", log_key, "+", "-", "COUNT", READ_AGAIN))
        replies = await self._sender.ask(*commands)
        accepted(replies)
        for each, entry, log in zip(asked, replies[::2], replies[1::2], strict=True):
            if not each.ended:
                newest_first = list(entries("", log))
                self._settle(each, there=bool(entry), log=newest_first[::-1])
        self._something_to_send.set()

    def _settle(self, each: Submission, *, there: bool, log: Sequence[Entry]) -> None:
        now_s = self._clock.now_s()
        each.quiet_since_s = now_s
        published = [updates for entry in log if (updates := self._readable(entry)) is not None]
        for updates in published:
            self._open.take(updates, now_s)
        self._open.skip_missing(each)
        if there or each.ended or has_final(published, each.base_attempt):
            return
        logger.warning(
            "the server has lost a package, or a worker has set it aside; it is submitted anew",
            extra={"delegation_id": each.package.delegation_id},
        )
        self._open.submit_anew(each, now_s)
        # What the server numbers from now on may be lower than what was read already.
        self._read_up_to = b"0-0"

    def _readable(self, entry: Entry) -> Updates | None:
        try:
            return read_updates(entry.fields, self._seals.updates(self.gateway_id))
        except Unreadable as error:
            self.refusals.note(Purpose.UPDATES, error)
            return None
