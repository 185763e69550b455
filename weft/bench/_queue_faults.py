"""What faults do to delegations on Redis: `weft bench faults --area queue`.

Delegations come at a steady rate; two worker processes publish parts of each answer and then the
answer. Meanwhile a fault strikes a few times. Server, processes, sockets and kills are real; only
a jump of the server's clock is acted out, by what it does to the keys.

heard_once    the answer and one last word were heard, in order, and nothing else
lost          no answer, a failure in its stead, or no last word; for poison: no failure
twice         an answer, a last word or an update that was heard again
stale         an update of an attempt that came after one of a later attempt
recovery_s    of a delegation that was open while the fault lasted: from the moment at which the
              fault was over (a kill: at once; an outage: when all works again; for one that was
              asked later, when it was asked) to its last word; 0 if that was heard before. The
              last fault that struck it counts. Without poison, whose end comes after three leases
first_s_max   the same for the first of those that a strike had struck, after the worst strike
"""

import logging
import math
import signal
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass, replace

import anyio
import anyio.to_thread

from weft.background_agents.queues.memory import QueueLimits
from weft.background_agents.queues.needs import Need
from weft.background_agents.queues.places import Keys, Seals
from weft.background_agents.queues.redis_gateway import RedisGateway
from weft.background_agents.queues.redis_link import Link, Reply
from weft.background_agents.queues.wire import (
    GROUP,
    PRIORITIES,
    Header,
    Stop,
    Updates,
    order_fields,
    package_body,
    stop_body,
    updates_fields,
)
from weft.background_agents.types import AgentUpdate, ContextPackage, UpdateKind
from weft.bench._flow import Flow, Sums, Told, delegation_of
from weft.bench._queue_worker import AGENT, POISON, Plan, Work
from weft.bench._redis_server import RedisServer, started
from weft.bench._report import Asked, Report, aside, at_most
from weft.bench._tcp_proxy import Proxy
from weft.bench._workers import Workers, working
from weft.clock import WallClock
from weft.progress import Tick, no_tick, progress

DEFAULT_SIZE = 1_000
PER_S = 100.0
LEASE_S = 2.0
STRIKES = 3
OUTAGE_S = 1.0
LATE_S = 0.1
"""How much later everything arrives on a slow link."""
PATIENCE_S = 30.0
USUAL_WORK = Work(parts=3, between_s=0.02)
GOAL_RECOVERY_S = LEASE_S + 1.0
HOUR_MS = 3_600_000
ASKED = PRIORITIES[1]
NEED = Need(agents=(AGENT,))
"""What every package of the bench needs."""
_NO_LIMITS = QueueLimits(per_session=8, total=1_000_000)
_PREFIX = "bench"
_SIGNING_KEY = "what gateway and workers of the bench share"
_WRONG_KEY = "what somebody has who is none of them"


@dataclass(frozen=True, slots=True)
class Episode:
    """One strike; moments on the monotonic clock."""

    began_s: float
    over_s: float
    """From here on recovery counts."""
    until_s: float
    """What was open between its beginning and this moment was struck."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """All that a fault can strike."""

    server: RedisServer
    proxy: Proxy
    workers: Workers
    flow: Flow
    keys: Keys
    plan: Plan
    admin: Link
    """A link of one's own to the server, past the proxy."""

    @property
    def packages(self) -> str:
        """Name the stream of what was asked."""
        return NEED.stream(self.keys, ASKED)

    async def say(self, *command: str | bytes | int) -> Reply:
        """Say one thing to the server."""
        [reply] = await self.admin.ask(command)
        return reply


Strike = Callable[[Place], Awaitable[Sequence[Episode]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong, and what is under way meanwhile."""

    name: str
    strike: Strike
    work: Work = USUAL_WORK
    by_proxy: bool = False
    """Whether session and workers reach the server by the wire that can be cut."""
    per_s: float = PER_S
    limits: QueueLimits = _NO_LIMITS
    strikes: int = STRIKES


@dataclass(frozen=True, slots=True, kw_only=True)
class OfFault:
    """The delegations with one fault, added up; None where none was struck."""

    fault: str
    delegations: int
    heard_once: int
    lost: int
    twice: int
    stale: int
    recovery_s_p50: float | None
    recovery_s_max: float | None
    first_s_max: float | None
    struck: int


def report(asked: Asked) -> Report:
    """Measure; `size` is the number of delegations with each fault."""
    faults, size = queue_faults(), asked.size or DEFAULT_SIZE
    with _without_warnings(), progress("faults", len(faults)) as tick:
        outcomes = anyio.run(measure, faults, size, tick)
    sums = {name: sum(getattr(o, name) for o in outcomes) for name in ("lost", "twice", "stale")}
    slowest_s = max((o.recovery_s_max or 0.0 for o in outcomes), default=0.0)
    return Report(
        title="Faults: what they do to delegations on Redis",
        numbers={
            **sums,
            "recovery_s_max": round(slowest_s, 3),
            "faults": [asdict(each) for each in outcomes],
        },
        lines=[
            *(at_most(name, number, 0, "d") for name, number in sums.items()),
            at_most("slowest recovery, s", slowest_s, GOAL_RECOVERY_S),
            *(aside(f"  {each.fault}", _in_words(each)) for each in outcomes),
        ],
        setting=(
            f"{size} delegations a fault",
            f"{PER_S:g} a second",
            f"lease {LEASE_S:g} s",
            "real time",
        ),
    )


@contextmanager
def _without_warnings() -> Iterator[None]:
    """Leave unsaid what the queue says of each fault: here they are made on purpose."""
    queues = logging.getLogger("weft.background_agents.queues")
    before = queues.level
    queues.setLevel(logging.ERROR)
    try:
        yield
    finally:
        queues.setLevel(before)


async def measure(faults: Sequence[Fault], size: int, tick: Tick = no_tick) -> list[OfFault]:
    """Meet the faults one after the other, each on a server of its own."""
    outcomes = []
    for fault in faults:
        outcomes.append(await meet(fault, size))
        tick()
    return outcomes


async def meet(fault: Fault, size: int) -> OfFault:
    """Send so many delegations through a queue while a fault strikes."""
    async with _place(fault) as place:
        flow = place.flow
        episodes: list[Episode] = []
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(flow.listen)
            for number in range(fault.strikes):
                # Each strike has a part of the delegations for itself, and falls in their middle.
                share = size * (number + 1) // fault.strikes - size * number // fault.strikes
                middle = flow.asked + max(1, share // 2)
                await place.workers.all_there()
                async with anyio.create_task_group() as under_way:
                    under_way.start_soon(flow.submit, share, fault.per_s)
                    await flow.have_asked(middle)
                    episodes += await fault.strike(place)
            await flow.all_ended(PATIENCE_S)
            # Whatever comes a second time comes within a lease.
            await anyio.sleep(LEASE_S / 2)
            tasks.cancel_scope.cancel()
        flow.take_rest()
    return summed_up(fault.name, flow.sums(), list(flow.told.values()), episodes)


def summed_up(name: str, sums: Sums, told: Sequence[Told], episodes: Sequence[Episode]) -> OfFault:
    """Add up what was heard, and how long it took after the fault."""
    by_episode = [
        sorted(_recovery_s(each, episode) for each in told if _is_last(each, episode, episodes))
        for episode in episodes
    ]
    recoveries_s = sorted(r for of_episode in by_episode for r in of_episode)
    first_s = [of_episode[0] for of_episode in by_episode if of_episode]
    return OfFault(
        fault=name,
        **asdict(sums),
        recovery_s_p50=round(statistics.median(recoveries_s), 3) if recoveries_s else None,
        recovery_s_max=round(recoveries_s[-1], 3) if recoveries_s else None,
        first_s_max=round(max(first_s), 3) if first_s else None,
        struck=len(recoveries_s),
    )


def _is_last(told: Told, episode: Episode, episodes: Sequence[Episode]) -> bool:
    """Say whether a strike is the last that struck a delegation, and it was heard of."""
    if told.poison or not told.ended:
        return False
    struck = [e for e in episodes if told.asked_s <= e.until_s and told.ended_s >= e.began_s]
    return bool(struck) and episode is max(struck, key=lambda e: e.over_s)


def _recovery_s(told: Told, episode: Episode) -> float:
    return max(0.0, told.ended_s - max(episode.over_s, told.asked_s))


@asynccontextmanager
async def _place(fault: Fault) -> AsyncIterator[Place]:
    async with AsyncExitStack() as stack:
        server = stack.enter_context(started())
        proxy = Proxy(server.port)
        await stack.enter_async_context(proxy.running())
        url = proxy.url if fault.by_proxy else server.url
        plan = Plan(
            url=url, prefix=_PREFIX, lease_s=LEASE_S, work=fault.work, signing_key=_SIGNING_KEY
        )
        workers = await stack.enter_async_context(working(plan, 2))
        gateway = RedisGateway(plan.options, WallClock(), fault.limits, [AGENT])
        tasks = await stack.enter_async_context(anyio.create_task_group())
        stack.callback(tasks.cancel_scope.cancel)
        await tasks.start(gateway.run)
        admin = Link(server.url, WallClock())
        stack.push_async_callback(admin.aclose)
        yield Place(
            server=server,
            proxy=proxy,
            workers=workers,
            flow=Flow(gateway),
            keys=Keys(_PREFIX, plan.options.pool),
            plan=plan,
            admin=admin,
        )


def queue_faults() -> list[Fault]:
    """All of them."""
    return [
        Fault(
            name="worker killed before partial results",
            strike=kill_worker,
            work=Work(before_s=0.2, parts=3, between_s=0.01),
        ),
        Fault(
            name="worker killed during partial results",
            strike=kill_worker,
            work=Work(parts=6, between_s=0.05),
        ),
        Fault(
            name="worker killed after partial results",
            strike=kill_worker,
            work=Work(parts=3, between_s=0.01, after_s=0.2),
        ),
        Fault(name="server killed and restarted", strike=kill_server),
        Fault(name="link cut", strike=cut_link, by_proxy=True),
        Fault(name="link slow", strike=slow_link, by_proxy=True),
        Fault(name="link half-open", strike=silence_link, by_proxy=True),
        Fault(name="replies lost", strike=lose_replies, by_proxy=True),
        Fault(name="two workers own the same", strike=stop_worker, strikes=2),
        Fault(name="worker's clock jumps", strike=turn_workers_clock),
        Fault(name="server's clock jumps ahead", strike=turn_servers_clock),
        Fault(name="server out of memory", strike=fill_server),
        Fault(name="stream of replies full", strike=trim_replies),
        Fault(name="poison", strike=poison, strikes=2),
        Fault(name="flood", strike=flood, per_s=math.inf, limits=QueueLimits(), strikes=1),
        Fault(name="password wrong for a while", strike=change_password),
        Fault(name="foreign messages", strike=write_nonsense),
        Fault(name="wrong key", strike=use_wrong_key),
    ]


async def kill_worker(place: Place) -> Sequence[Episode]:
    """Kill a worker with what it holds."""
    now_s = time.monotonic()
    place.workers.kill_oldest()
    return [Episode(now_s, now_s, now_s)]


async def kill_server(place: Place) -> Sequence[Episode]:
    """Kill the server, and start it again with what it has kept."""
    began_s = time.monotonic()
    await anyio.to_thread.run_sync(place.server.kill)
    await anyio.sleep(OUTAGE_S / 2)
    await anyio.to_thread.run_sync(place.server.start)
    return [_over(began_s)]


async def cut_link(place: Place) -> Sequence[Episode]:
    """Break all connections at once."""
    began_s = time.monotonic()
    await place.proxy.cut()
    return [_over(began_s)]


async def slow_link(place: Place) -> Sequence[Episode]:
    """Let everything come late for a while."""
    began_s = time.monotonic()
    place.proxy.delay_s = LATE_S
    await anyio.sleep(OUTAGE_S)
    place.proxy.delay_s = 0.0
    return [_over(began_s)]


async def silence_link(place: Place) -> Sequence[Episode]:
    """Let nothing pass for a while; connections on which something was said stay silent."""
    began_s = time.monotonic()
    place.proxy.silent = True
    await anyio.sleep(OUTAGE_S)
    place.proxy.silent = False
    return [_over(began_s)]


async def lose_replies(place: Place) -> Sequence[Episode]:
    """Break a connection each time before the reply to some command has passed."""
    began_s = time.monotonic()
    for command in (b"XADD", b"XREADGROUP", b"XPENDING", b"XACK", b"XREAD", b"XADD"):
        place.proxy.lose_reply_to = command
        with anyio.move_on_after(OUTAGE_S):
            while place.proxy.lose_reply_to is not None:  # noqa: ASYNC110 (it is on a wire)
                await anyio.sleep(0.002)
    return [_over(began_s)]


async def stop_worker(place: Place) -> Sequence[Episode]:
    """Let a worker sleep until others have its work, and wake up believing it has it."""
    began_s = time.monotonic()
    place.workers.send_oldest(signal.SIGSTOP)
    await anyio.sleep(LEASE_S + 0.8)
    place.workers.send_oldest(signal.SIGCONT)
    # Others take over while it sleeps: nothing waits for it to wake up.
    return [Episode(began_s, began_s, time.monotonic())]


async def turn_workers_clock(place: Place) -> Sequence[Episode]:
    """Turn the clock of a worker an hour ahead and, the next time, that of another an hour back."""
    began_s = time.monotonic()
    place.workers.send_oldest(signal.SIGUSR1)
    place.workers.running.append(place.workers.running.pop(0))
    place.workers.send_oldest(signal.SIGUSR2)
    return [_over(began_s)]


async def turn_servers_clock(place: Place) -> Sequence[Episode]:
    """Do what an hour does: all that is worked on looks abandoned, all that expires is gone."""
    began_s = time.monotonic()
    for stream in NEED.streams(place.keys):
        listed = await place.say("XPENDING", stream, GROUP, "-", "+", 10_000)
        for row in listed if isinstance(listed, list) else ():
            match row:
                case [bytes(entry_id), bytes(consumer), *_]:
                    claim = ("XCLAIM", stream, GROUP, consumer, 0, entry_id)
                    await place.say(*claim, "IDLE", HOUR_MS, "JUSTID")
                case _:
                    pass
    names = await place.say("KEYS", f"{_PREFIX}:*")
    for name in names if isinstance(names, list) else ():
        assert isinstance(name, bytes)
        if await place.say("PTTL", name) != -1:
            await place.say("DEL", name)
    return [_over(began_s)]


async def fill_server(place: Place) -> Sequence[Episode]:
    """Let the server refuse whatever takes memory for a while."""
    began_s = time.monotonic()
    await place.say("CONFIG", "SET", "maxmemory", 1)
    await anyio.sleep(OUTAGE_S)
    await place.say("CONFIG", "SET", "maxmemory", 0)
    return [_over(began_s)]


async def trim_replies(place: Place) -> Sequence[Episode]:
    """Take away replies before they are read, as if many thousands more had come."""
    began_s = time.monotonic()
    replies = place.keys.replies(place.flow.session.gateway_id)
    while time.monotonic() < began_s + OUTAGE_S / 2:
        await place.say("XTRIM", replies, "MAXLEN", 0)
    return [_over(began_s)]


async def poison(place: Place) -> Sequence[Episode]:
    """Delegate what ends every worker that begins with it."""
    deaths = len(place.workers.died_s)
    told = await place.flow.ask(POISON)
    with anyio.move_on_after(PATIENCE_S):
        while not told.ended:  # noqa: ASYNC110 (what is waited for is on a server)
            await anyio.sleep(0.01)
    return [Episode(s, s, s) for s in place.workers.died_s[deaths:]]


async def flood(place: Place) -> Sequence[Episode]:
    """Find out when the last of many that came together was accepted."""
    began_s, asked = time.monotonic(), -1
    while asked != place.flow.asked:
        asked = place.flow.asked
        await anyio.sleep(0.3)
    last_s = max(told.asked_s for told in place.flow.told.values())
    return [Episode(began_s, last_s, last_s)]


async def change_password(place: Place) -> Sequence[Episode]:
    """Let the server want a password that nobody else knows, and throw everybody out."""
    began_s = time.monotonic()
    await place.say("CONFIG", "SET", "requirepass", "another")
    for kind in ("normal", "pubsub"):
        await place.say("CLIENT", "KILL", "TYPE", kind, "SKIPME", "yes")
    await anyio.sleep(OUTAGE_S)
    await place.say("CONFIG", "SET", "requirepass", "")
    return [_over(began_s)]


async def write_nonsense(place: Place) -> Sequence[Episode]:
    """Write what is foreign, damaged, or of a newer version, wherever something is read."""
    began_s = time.monotonic()
    packages = place.packages
    replies = place.keys.replies(place.flow.session.gateway_id)
    for number in range(20):
        await place.say("XADD", packages, "*", "command", "drop everything")
        await place.say("XADD", packages, "*", "h", '{"version":2}', "d", "{}")
        await place.say("XADD", packages, "*", "h", b"\xff" * number, "d", "[" * 1_000)
        await place.say("XADD", replies, "*", "d", '{"version":1,"updates":"none"}')
        await place.say("PUBLISH", place.keys.control, "stop")
    return [_over(began_s)]


async def use_wrong_key(place: Place) -> Sequence[Episode]:
    """Let a worker in that has another key, and write lies with it wherever something is read."""
    began_s = time.monotonic()
    wrong = replace(place.plan, signing_key=_WRONG_KEY)
    async with working(wrong, 1):
        until_s = time.monotonic() + OUTAGE_S
        while time.monotonic() < until_s:
            # What was asked before may have ended until such a worker is there.
            await place.flow.ask("Where is it?")
            await _tell_lies(place, wrong.options.seals)
            await anyio.sleep(OUTAGE_S / 10)
    return [_over(began_s)]


async def _tell_lies(place: Place, seals: Seals) -> None:
    """Say that all that is open has failed, have it stopped, and delegate something else."""
    gateway_id = place.flow.session.gateway_id
    for session_id in place.flow.open_sessions:
        delegation_id = delegation_of(session_id)
        failure = AgentUpdate(
            session_id=session_id,
            delegation_id=delegation_id,
            revision=0,
            attempt=place.plan.options.attempts,
            sequence=0,
            kind=UpdateKind.FAILURE,
            text="I could not find the drawer.",
            final=True,
        )
        lie = Updates(
            delegation_id=failure.delegation_id,
            revision=failure.revision,
            attempt=failure.attempt,
            updates=(failure,),
        )
        for stream in (place.keys.replies(gateway_id), place.keys.log(delegation_id)):
            await place.say("XADD", stream, "*", *updates_fields(lie, seals.updates(stream)))
        stop = Stop(delegation_id=delegation_id, up_to_attempt=failure.attempt, revision=1)
        await place.say("PUBLISH", place.keys.control, stop_body(stop, seals.stops))
        header = Header(
            gateway_id=gateway_id, base_attempt=0, deadline_ms=None, agents=NEED.agents, signed_ms=0
        )
        work = ContextPackage(
            delegation_id=delegation_id,
            session_id=session_id,
            cutoff_index=0,
            request=POISON,
        )
        fields = order_fields(header, package_body(work), seals.packages)
        await place.say("XADD", place.packages, "*", *fields)


def _over(began_s: float) -> Episode:
    """Give a strike that is over now."""
    now_s = time.monotonic()
    return Episode(began_s, now_s, now_s)


def _in_words(each: OfFault) -> str:
    counted = f"{each.heard_once} of {each.delegations} heard once"
    if each.recovery_s_max is None:
        return counted
    return (
        f"{counted}; {each.struck} struck, again after {each.recovery_s_p50} s, "
        f"at most {each.recovery_s_max} s"
    )
