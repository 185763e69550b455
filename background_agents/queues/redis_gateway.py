"""The session's side of the queue on Redis: decides in memory at once, and lets others do the I/O.

One task sends, one reads, and one asks after what has been quiet for too long. While the server
cannot be reached, everything waits here; what the server has lost is submitted anew.
"""

import logging
from collections.abc import Collection, Sequence
from uuid import uuid4

import anyio
from anyio.abc import TaskStatus

from weft.background_agents.queues.depths import told_in
from weft.background_agents.queues.memory import QueueLimits
from weft.background_agents.queues.needs import ANYBODY, Need, need_of, somebody_can, stream_of
from weft.background_agents.queues.open_delegations import (
    NOBODY_CAN,
    Forget,
    OpenDelegations,
    Outgoing,
    Submission,
    TakeOff,
)
from weft.background_agents.queues.places import KEEP_S, Keys, RedisOptions
from weft.background_agents.queues.redis_commands import (
    announcements,
    counting,
    depths_in,
    interest_in,
    needing,
    needs_in,
)
from weft.background_agents.queues.redis_kept import READ_AGAIN, KeptAnswers
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
    LOOK_AGAIN,
    Announcement,
    Header,
    Holder,
    Interest,
    Move,
    Stop,
    Unreadable,
    Updates,
    holder_body,
    interest_body,
    is_there,
    move_fields,
    order_fields,
    read_holder,
    read_move,
    read_updates,
    stop_body,
)
from weft.background_agents.types import AgentUpdate, ContextPackage, KeptAnswer, Position
from weft.clock import Clock, sleep_s
from weft.errors import Declined, QueueFull

logger = logging.getLogger(__name__)

BLOCK_MS = 1_000
SENT_AT_ONCE = 64
"""Most things that are sent in one exchange."""
READ_AT_ONCE = 200
AUDIT_S = 0.5
WORKERS_EVERY_S = 5.0
"""With many gateways and workers, what workers say of themselves is the larger part."""
NOBODY_AFTER_S = 2.0
"""What waits for so long while no worker is there is told of in the log."""
MOVES_KEPT = 1_000
HELD_KEEP_S = 86_400
SILENT_WITHIN_S = 2.0
"""A gateway that can reach the server hears within so long that a session was taken from it: at
once, or before it says a word when it has slept (`OVERSLEPT_S`)."""
ASKED_WITHIN_S = 0.5
"""Most seconds that a session which has slept waits for the server's word."""
LAST_WORDS_S = 1.0
"""Most seconds that withdrawing what is open may take when the conversation ends."""


class RedisGateway:
    """A SessionQueue for all sessions of one process; its work is done while `run` runs."""

    outlives = True

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
        self._agents = tuple(agents)
        self._needs: frozenset[Need] = frozenset()
        """What packages of the pool need, whoever's they are, when that was last asked."""
        self._said: frozenset[Need] = frozenset()
        """What is needed here, as the server was last told, which is done again and again."""
        self._said_on: int | None = None
        """On which connection that was: a server that is back may have lost it."""
        self._told: set[Need] = set()
        """The needs of which the workers were told over the control channel."""
        self._workers: tuple[Announcement, ...] = ()
        self._workers_due_s = 0.0
        """When it is next asked who works in the pool."""
        self._said_that_nobody_works = False
        self._sender = Link(options.url, clock, options.tls)
        self._reader = Link(options.url, clock, options.tls)
        self._kept = KeptAnswers(options, self._keys, self._sender, self.refusals)
        self._read_up_to: bytes = b"0-0"
        self._waiting = 0
        """How many packages wait, as the worker that counts them has last told."""
        self._depth_read_up_to: bytes = b"0-0"
        self._moves_read_to: bytes = b"0-0"
        self._epochs: dict[str, int] = {}
        """The sessions that are held here, each by which process in a row this is."""
        self._moved: set[str] = set()
        """Those that another process holds now."""
        self._unclaimed: set[str] = set()
        """Those that were taken over while the server could not be told."""
        self._interest_due_s = 0.0
        """When it is next said that somebody waits for what is open."""
        self._audited_connections = 0
        self._something_to_send = anyio.Event()

    def submit_nowait(self, package: ContextPackage) -> None:
        """Accept a package without waiting; a higher revision replaces a lower one.

        Raises QueueFull with a sentence for the user when a limit is reached.
        """
        self._open.expire(self._clock.now_s())
        if not somebody_can(need_of(package, self._agents), self._workers):
            logger.warning(
                "no worker of pool %r can do what is asked: start `weft worker` with the agents "
                "and tools of this configuration, or name another queue.pool",
                self._options.pool,
            )
            raise QueueFull(NOBODY_CAN, Declined.NOBODY)
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

    @property
    def readers(self) -> tuple[str, ...]:
        """Names of the built-in tools of which workers have said that they read requests."""
        return tuple(dict.fromkeys(name for each in self._workers for name in each.readers))

    def close_session(self, session_id: str) -> None:
        """Forget a session; what it has under way is cancelled, unless it is kept for a return."""
        self._epochs.pop(session_id, None)
        self._kept.leave(session_id)
        if session_id in self._moved:
            self._moved.discard(session_id)
            self._open.let_go(session_id, send_rest=False)
        elif self._options.keep_results_s is not None:
            self._open.let_go(session_id, send_rest=True)
        else:
            self._open.close_session(session_id)
        self._something_to_send.set()

    def take_over_nowait(self, package: ContextPackage, heard: Position) -> None:
        """Go on with a delegation that another gateway had under way for its session."""
        epoch = self._epochs.get(package.session_id, 0)
        self._open.take_over(package, heard, epoch, self._clock.now_s())
        self._something_to_send.set()

    async def hold_session(self, session_id: str, epoch: int, user_id: str | None = None) -> None:
        """Take a session; one that others have held is given the time to fall silent there."""
        self._epochs[session_id] = epoch
        if epoch > 0:
            await self._take_from_others(session_id, epoch)
        if session_id not in self._moved:
            self._kept.welcome(session_id, user_id)
            # What was kept is looked for at once.
            self._interest_due_s = 0.0

    async def _take_from_others(self, session_id: str, epoch: int) -> None:
        """Be the one that has taken a session over, unless another was first."""
        try:
            await self._claim_session(session_id, epoch)
        except LinkDown as down:
            logger.warning("who else holds the session cannot be found out: %s", down)
            self._unclaimed.add(session_id)
            return
        if session_id not in self._moved:
            await sleep_s(self._clock, SILENT_WITHIN_S)

    async def _claim_session(self, session_id: str, epoch: int) -> None:
        """Tell all that a session was taken over, and learn whether it was; raises LinkDown."""
        flag, moves = self._keys.holder(session_id, epoch), self._keys.moves
        mine = holder_body(
            Holder(gateway_id=self.gateway_id), self._seals.holder(session_id, epoch)
        )
        move = move_fields(Move(session_id=session_id, epoch=epoch), self._seals.moves)
        replies = await self._sender.ask(
            ("SET", flag, mine, "NX", "EX", HELD_KEEP_S),
            ("GET", flag),
            ("XADD", moves, "MAXLEN", "~", MOVES_KEPT, "*", *move),
            ("EXPIRE", moves, HELD_KEEP_S),
        )
        accepted(replies)
        holder = self._holder_in(replies[1], session_id, epoch)
        if holder is not None and holder.gateway_id != self.gateway_id:
            self._moved.add(session_id)

    async def _claim_late(self) -> None:
        """Claim what was taken over while the server was away, before anything of it is read."""
        for session_id in list(self._unclaimed):
            if session_id in self._epochs:
                await self._claim_session(session_id, self._epochs[session_id])
            self._unclaimed.discard(session_id)

    def kept_nowait(self, session_id: str) -> list[KeptAnswer]:
        """Take what was kept for the user of a session and found since the last call."""
        return self._kept.take(session_id)

    def has_moved(self, session_id: str) -> bool:
        """Whether another process is known to hold a session now."""
        return session_id in self._moved

    async def look_whether_moved(self, session_id: str) -> None:
        """Ask the server, if it answers soon, whether another process has taken a session over."""
        with anyio.move_on_after(ASKED_WITHIN_S):
            try:
                await self._look_for_holders([session_id])
            except LinkDown as down:
                logger.warning("who holds the session cannot be found out: %s", down)

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
        """Wait until there is something to send or to look for, and do it."""
        if not self._open.outgoing and not self._open.taken_over:
            self._something_to_send = anyio.Event()
            await self._something_to_send.wait()
        if self._unclaimed or self._open.taken_over:
            await self._look_for_taken_over()
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
                need = need_of(each.package, self._agents)
                # The entry comes last, when everybody can know where to look for it, and who waits.
                return [
                    *self._needing(need),
                    *self._telling(need),
                    *self._interest(each),
                    self._submission(each),
                ]
            case Stop():
                signal = stop_body(each, self._seals.stops)
                return [
                    ("SET", self._keys.stop(each.delegation_id), signal, "EX", KEEP_S),
                    ("PUBLISH", self._keys.control, signal),
                    *self._forgetting(each.delegation_id),
                ]
            case TakeOff(submission):
                if submission.entry_id is None:
                    return []
                stream = self._stream(submission.package)
                return [("XDEL", stream, submission.entry_id)]
            case Forget():
                return self._forgetting(each.delegation_id)

    def _forgetting(self, delegation_id: str) -> list[Command]:
        log, interest = self._keys.log(delegation_id), self._keys.interest(delegation_id)
        return [("DEL", log), ("DEL", interest)]

    def _interest(self, each: Submission) -> list[Command]:
        now_ms = self._sender.server_now_ms
        interest = Interest(
            revision=each.package.revision,
            base_attempt=each.base_attempt,
            until_ms=now_ms + self._options.interest_ms,
            keep_s=self._options.keep_s,
            here_until_ms=now_ms + self._options.gone_ms,
        )
        key = self._keys.interest(each.package.delegation_id)
        note = interest_body(interest, self._seals.interest(each.package.delegation_id))
        said: Command = ("SET", key, note, "EX", self._options.keep_s)
        return [said, *self._kept.listing(each.package)]

    def _needing(self, need: Need) -> list[Command]:
        """Give what tells the workers of a need, unless the server was told of it lately."""
        if need in self._said and self._sender.standing == self._said_on:
            return []
        return needing(self._keys, need, self._sender.server_now_ms)

    def _telling(self, need: Need) -> list[Command]:
        """Give what has the workers look at once for a need that this gateway has not had yet."""
        if need == ANYBODY or need in self._told:
            return []
        self._told.add(need)
        return [("PUBLISH", self._keys.control, LOOK_AGAIN)]

    def _stream(self, package: ContextPackage) -> str:
        return stream_of(package, self._agents, self._keys)

    def _submission(self, each: Submission) -> Command:
        now_s, now_ms = self._clock.now_s(), self._sender.server_now_ms
        left_ms = round(1000 * (each.due_s - now_s))
        ago_ms = round(1000 * (now_s - each.package.submitted_s))
        header = Header(
            gateway_id=self.gateway_id,
            base_attempt=each.base_attempt,
            agents=self._agents,
            deadline_ms=None if each.heard_of else now_ms + left_ms,
            again=each.tried,
            submitted_ms=now_ms - ago_ms,
            signed_ms=now_ms if self._options.signing.secrets else None,
        )
        stream = self._stream(each.package)
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
                entry_id = replies[position + len(of_each) - 1]
                assert isinstance(entry_id, bytes)
                each.entry_id, each.quiet_since_s = entry_id, self._clock.now_s()
                each.sent_s = each.quiet_since_s
            position += len(of_each)

    async def _read(self) -> None:
        """Wait for updates of all sessions, for their moves and how much waits; take them in."""
        read_from, moves_from = self._read_up_to, self._moves_read_to
        logs = {
            self._keys.log(each.package.delegation_id): each
            for each in self._open.under_way
            if each.log_read_to is not None
        }
        streams = {
            self._keys.replies(self.gateway_id): read_from,
            self._keys.moves: moves_from,
            self._keys.depth: self._depth_read_up_to,
            **{key: each.log_read_to or b"0-0" for key, each in logs.items()},
        }
        reading: Command = ("XREAD", "COUNT", READ_AT_ONCE, "BLOCK", BLOCK_MS, "STREAMS")
        [reply] = await self._reader.ask(
            (*reading, *streams, *streams.values()), wait_s=BLOCK_MS / 1000 + 2.0
        )
        accepted([reply])
        for entry in entries_read(reply):
            if entry.stream == self._keys.moves:
                self._moves_read_to = entry.entry_id
                self._take_move(entry)
                continue
            if entry.stream == self._keys.depth:
                self._take_told(entry)
                continue
            updates = self._readable(entry)
            # First of all: without the server's word it does not count as read.
            mine = updates is None or await self._may_be_said(self._open.of(updates), [updates])
            if entry.stream in logs:
                logs[entry.stream].log_read_to = entry.entry_id
            elif self._read_up_to == read_from:
                self._read_up_to = read_from = entry.entry_id
            if updates is None or not mine:
                continue
            incomplete = self._open.take(updates, self._clock.now_s())
            if incomplete is not None:
                await self._look_after([incomplete])
        if self._open.outgoing:
            self._something_to_send.set()

    def _take_told(self, entry: Entry) -> None:
        """Take in how much waits; what is no count is passed over."""
        self._depth_read_up_to = entry.entry_id
        told = told_in(entry.fields)
        if told is None:
            return
        self._waiting = told
        if self._workers:
            self._open.note_waiting(told)

    def _take_move(self, entry: Entry) -> None:
        try:
            move = read_move(entry.fields, self._seals.moves)
        except Unreadable as error:
            self.refusals.note(Purpose.MOVE, error)
            return
        if move.epoch > self._epochs.get(move.session_id, move.epoch):
            self._moved.add(move.session_id)

    async def _look_for_holders(self, session_ids: Sequence[str]) -> None:
        """Ask which of the sessions that are held here another process has taken over."""
        next_ones = [(each, self._epochs[each] + 1) for each in session_ids if each in self._epochs]
        flags = [self._keys.holder(session_id, epoch) for session_id, epoch in next_ones]
        taken = await self._sender.ask(*(("GET", flag) for flag in flags))
        accepted(taken)
        for (session_id, epoch), by in zip(next_ones, taken, strict=True):
            if self._holder_in(by, session_id, epoch) is not None:
                self._moved.add(session_id)

    def _holder_in(self, reply: Reply, session_id: str, epoch: int) -> Holder | None:
        """Read who has taken a session over; None when nobody has, or it is not to be believed."""
        if not isinstance(reply, bytes):
            return None
        try:
            return read_holder(reply, self._seals.holder(session_id, epoch))
        except Unreadable as error:
            self.refusals.note(Purpose.HOLDER, error)
            return None

    async def _look_for_taken_over(self) -> None:
        """Find on the server what other gateways had under way for sessions that are here now."""
        await self._claim_late()
        looked_for = self._open.taken_over[:]
        ids = [each.package.delegation_id for each in looked_for]
        notes = await self._sender.ask(*(("GET", self._keys.interest(each)) for each in ids))
        accepted(notes)
        del self._open.taken_over[: len(looked_for)]
        there = []
        for each, note in zip(looked_for, notes, strict=True):
            sealed = self._seals.interest(each.package.delegation_id)
            interest = interest_in(note, sealed, self.refusals)
            if each.ended:
                continue
            of_it = interest is not None and interest.revision == each.package.revision
            if self._open.found(each, interest.base_attempt if interest and of_it else None):
                there.append(each)
            else:
                self._open.submit_anew(each, self._clock.now_s())
        if there:
            await self._look_after(there)

    async def _keep_interest(self) -> None:
        """Say again and again that somebody waits for what is open; look for what was kept."""
        if self._clock.now_s() < self._interest_due_s:
            return
        next_due_s = self._clock.now_s() + self._options.lease_s / 2
        waited_for = [each for each in self._open.under_way if each.entry_id or each.log_read_to]
        said = [command for each in waited_for for command in self._interest(each)]
        accepted(await self._sender.ask(*said))
        await self._kept.look()
        # Only now: what the server has not heard is said as soon as it is back.
        self._interest_due_s = next_due_s

    async def _audit(self) -> None:
        """Ask after what has been quiet for a lease, and after everything when the link broke."""
        await sleep_s(self._clock, AUDIT_S)
        await self._claim_late()
        await self._look_at_pool()
        await self._keep_interest()
        since_s = self._clock.now_s() - self._options.lease_s
        made = self._sender.connections + self._reader.connections
        if made != self._audited_connections:
            since_s = self._clock.now_s()
            await self._look_for_holders(list(self._epochs))
        quiet = self._open.quiet(since_s)
        if quiet:
            await self._look_after(quiet)
        self._audited_connections = made

    async def _look_at_pool(self) -> None:
        """Learn now and then what the workers can do; while none is there, how much waits."""
        if self._clock.now_s() >= self._workers_due_s:
            await self._look_who_works()
        if self._workers:
            self._open.note_waiting(self._waiting)
        else:
            await self._count()

    async def _count(self) -> None:
        """Count what waits, since nobody else does."""
        asked_s = self._clock.now_s()
        streams = [each for need in (ANYBODY, *self._needs) for each in need.streams(self._keys)]
        counted = await self._sender.ask(*counting(streams))
        waiting = sum(depth.waiting for depth in depths_in(counted))
        self._open.note_waiting(waiting, counted_s=asked_s)

    async def _look_who_works(self) -> None:
        """Learn what the workers can do and what is needed of them, and say what is needed here."""
        self._workers_due_s = self._clock.now_s() + WORKERS_EVERY_S
        now_ms = self._sender.server_now_ms
        own = {need_of(package, self._agents) for package in self._open.packages()}
        if self._agents:
            own.add(Need(agents=tuple(sorted(set(self._agents)))))
        saying = [command for need in own for command in needing(self._keys, need, now_ms)]
        *said_so, needed, listed = await self._sender.ask(
            *saying, ("HGETALL", self._keys.needs), ("HGETALL", self._keys.workers)
        )
        accepted([*said_so, needed, listed])
        self._said, self._said_on = frozenset(own), self._sender.standing
        self._needs = frozenset(need for need, _ in needs_in(needed))
        said = [each for _, each in announcements(listed)]
        self._workers = tuple(each for each in said if each and is_there(each, now_ms))
        self._tell_if_nobody_works()

    def _tell_if_nobody_works(self) -> None:
        """Tell once that something waits and no worker is there, perhaps since they are elsewhere.

        In another database, or under another prefix, nobody finds anything wrong.
        """
        if self._workers:
            self._said_that_nobody_works = False
            return
        long_ago_s = self._clock.now_s() - NOBODY_AFTER_S
        waits = any(each.sent_s <= long_ago_s for each in self._open.under_way)
        if waits and not self._said_that_nobody_works:
            self._said_that_nobody_works = True
            logger.warning(
                "what is asked waits, and no worker of pool %r is there: start `weft worker` with "
                "the queue.url (its database as well), queue.prefix and queue.pool of this one",
                self._options.pool,
            )

    async def _look_after(self, asked: Sequence[Submission]) -> None:
        """Read again what was published for some delegations; submit anew what is gone."""
        runs = [self._keys.run(each.package.delegation_id, each.base_attempt) for each in asked]
        standing = await self._sender.ask(*(("GET", run) for run in runs))
        accepted(standing)
        commands: list[Command] = []
        for each, stands_for_it in zip(asked, standing, strict=True):
            stream = self._stream(each.package)
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
            log_key = self._keys.log(each.package.delegation_id)
            oldest_first = list(entries(log_key, log))[::-1]
            read = (self._readable(each_entry) for each_entry in oldest_first)
            published = [updates for updates in read if updates is not None]
            if not each.ended and await self._may_be_said(each, published):
                self._settle(each, there=bool(entry), published=published)
        self._something_to_send.set()

    async def _may_be_said(
        self, current: Submission | None, published: Collection[Updates]
    ) -> bool:
        """Say whether what was published is this session's to say, where others could have it."""
        if current is None or await self._kept.may_say(current.package, published):
            return True
        logger.warning(
            "another session of the user was given an answer while this one was silent",
            extra={"delegation_id": current.package.delegation_id},
        )
        self._open.told_elsewhere(current, self._clock.now_s())
        return False

    def _settle(self, each: Submission, *, there: bool, published: Sequence[Updates]) -> None:
        now_s = self._clock.now_s()
        each.quiet_since_s = now_s
        for updates in published:
            self._open.take(updates, now_s)
        self._open.skip_missing(each)
        # An end that was not taken is that of an old worker, which took the package from a new one.
        if there or each.ended:
            return
        logger.warning(
            "the server has lost a package, or a worker has set it aside; it is submitted anew",
            extra={"delegation_id": each.package.delegation_id},
        )
        self._open.submit_anew(each, now_s)
        # What the server numbers from now on may be lower than what was read already.
        self._read_up_to = self._moves_read_to = self._depth_read_up_to = b"0-0"

    def _readable(self, entry: Entry) -> Updates | None:
        try:
            return read_updates(entry.fields, self._seals.updates(entry.stream))
        except Unreadable as error:
            self.refusals.note(Purpose.UPDATES, error)
            return None
