"""Where everything is on the server, under which names, and what signs it there. Pure."""

import math
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from weft.background_agents.queues.signing import Purpose, Seal, Signing

KEEP_S: Final = 600
"""Seconds for which the server keeps what belongs to a delegation."""
GONE_AFTER_LEASES: Final = 2
"""A gateway that has not said for so many leases that somebody waits for a delegation is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """Files in PEM with which a server is recognised, and recognises who comes."""

    ca: str | None = None
    """Of authorities that are trusted beside those of this machine."""
    certificate: str | None = None
    key: str | None = None


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
    signing: Signing = field(default_factory=Signing)
    tls: Tls = field(default_factory=Tls)
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

    @property
    def seals(self) -> "Seals":
        """What signs the messages of the pool."""
        return Seals(Keys(self.prefix, self.pool), self.signing)


@dataclass(frozen=True, slots=True)
class Keys:
    """The names of everything on the server; braces keep in one place what is used together."""

    prefix: str
    pool: str

    @property
    def of_pool(self) -> str:
        """Name the pool as a whole."""
        return f"{self.prefix}:{{q:{self.pool}}}"

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
    def needs(self) -> str:
        """Name the hash of what packages of the pool need of workers, and when that was last so."""
        return f"{self.prefix}:{{q:{self.pool}}}:needs"

    @property
    def depth(self) -> str:
        """Name the stream on which one worker tells the gateways how many packages wait."""
        return f"{self.prefix}:{{q:{self.pool}}}:depth"

    @property
    def counting(self) -> str:
        """Name the lock of the worker that counts how many packages wait."""
        return f"{self.prefix}:{{q:{self.pool}}}:lock:count"

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


@dataclass(frozen=True, slots=True)
class Seals:
    """What signs each kind of message for the place at which it is to be read."""

    keys: Keys
    signing: Signing

    @property
    def packages(self) -> Seal:
        """Sign packages for the workers of a pool; a dead letter keeps its signature."""
        return Seal(self.signing, Purpose.PACKAGE, self.keys.of_pool)

    @property
    def stops(self) -> Seal:
        """Sign stop signals for the workers of a pool."""
        return Seal(self.signing, Purpose.STOP, self.keys.control)

    def updates(self, stream: str) -> Seal:
        """Sign updates for one stream: the replies of a gateway, or the log of a delegation."""
        return Seal(self.signing, Purpose.UPDATES, stream)

    def interest(self, delegation_id: str) -> Seal:
        """Sign who waits for one delegation."""
        return Seal(self.signing, Purpose.INTEREST, self.keys.interest(delegation_id))

    def holder(self, session_id: str, epoch: int) -> Seal:
        """Sign who has taken one session over as the `epoch`-th."""
        return Seal(self.signing, Purpose.HOLDER, self.keys.holder(session_id, epoch))

    def listed(self, user_id: str, delegation_id: str) -> Seal:
        """Sign what one user has asked, in one delegation."""
        place = f"{self.keys.kept(user_id)}:{delegation_id}"
        return Seal(self.signing, Purpose.LISTED, place)

    @property
    def moves(self) -> Seal:
        """Sign which sessions have been taken over, for all gateways."""
        return Seal(self.signing, Purpose.MOVE, self.keys.moves)

    def effect(self, key: str) -> Seal:
        """Sign what is known of one effect."""
        return Seal(self.signing, Purpose.EFFECT, self.keys.effect(key))

    def call(self, name: str) -> Seal:
        """Sign which effect a call stands for; `name` is that of the note."""
        return Seal(self.signing, Purpose.CALL, name)
