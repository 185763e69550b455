"""The ledger on Redis: what was begun and done, for the workers of all processes.

What cannot be written down is not begun. A beginning without an outcome stays one until the note
expires: whoever comes later cannot know how far it went.
"""

import logging
from collections.abc import Sequence
from typing import Final
from uuid import uuid4

import anyio
from anyio.abc import TaskStatus

from weft.background_agents.queues.places import Keys, RedisOptions
from weft.background_agents.queues.redis_link import Command, Link, LinkDown, Reply, accepted
from weft.background_agents.queues.refusals import Refusals
from weft.background_agents.queues.signing import Purpose
from weft.background_agents.queues.wire import (
    NOTES_KEPT_S,
    EffectNote,
    Unreadable,
    begun_body,
    call_body,
    outcome_body,
    read_call,
    read_note,
)
from weft.clock import Clock
from weft.errors import ToolError
from weft.tools.effect import ChangingCall, Effect
from weft.tools.ledger import Begun, MemoryLedger
from weft.tools.tool import ToolOutput

logger = logging.getLogger(__name__)

_KEPT: Final = ("NX", "EX", NOTES_KEPT_S)
PATIENCE_S: Final = 5.0
"""Most seconds that the server is waited for, with those who ask before."""
NOT_DONE = "That was not done: the server that keeps it from being done twice cannot be reached."
NOT_BELIEVED = "That was not done: I cannot tell whether it was done before."


class RedisLedger:
    """A Ledger that all processes share; what this one has begun it knows without the server."""

    def __init__(self, options: RedisOptions, clock: Clock) -> None:
        """Connect to nothing yet."""
        self._keys = Keys(options.prefix, options.pool)
        self._seals = options.seals
        self._link = Link(options.url, clock, options.tls)
        self.refusals = Refusals()
        """What of the notes of others was not believed."""
        # A server that has lost its data has this worker's packages submitted to it anew.
        self._here = MemoryLedger()

    async def key_of(self, call: ChangingCall) -> str:
        """Give the key of a call: that of its words, or else of its place, if either was known.

        Raises ToolError when the server cannot be reached, or holds what nobody known has signed.
        """
        words = self._keys.call(call.delegation_id, call.words)
        place = self._keys.call(call.delegation_id, call.place)
        try:
            of_words, of_place = await self._ask(("GET", words), ("GET", place))
            key = self._key_in(words, of_words) or self._key_in(place, of_place) or call.place
            mine = call_body(key, self._seals.call(words))
            _, named = await self._ask(("SET", words, mine, *_KEPT), ("GET", words))
            # Whoever was faster with the same words has named it.
            key = self._key_in(words, named) or key
            await self._ask(("SET", place, call_body(key, self._seals.call(place)), *_KEPT))
        except LinkDown as down:
            logger.warning("a call of %s could not be recognised: %s", call.tool, down)
            raise ToolError(NOT_DONE) from down
        except Unreadable as error:
            self.refusals.note(Purpose.CALL, error)
            raise ToolError(NOT_BELIEVED) from error
        return key

    async def begin(self, effect: Effect) -> Begun | None:
        """Write down that an effect is begun; give what is known of it if it was before.

        Raises ToolError when the server cannot be reached.
        """
        before = self._here.known(effect)
        if before is not None:
            return before
        name = self._keys.effect(effect.key)
        try:
            note = EffectNote(beginning_id=uuid4().hex, arguments=effect.arguments)
            mine = begun_body(note, self._seals.effect(effect.key))
            _, found = await self._ask(("SET", name, mine, *_KEPT), ("GET", name))
            if not isinstance(found, bytes):
                raise LinkDown(
                    "queue.url: the server does not keep what it is told; set noeviction"
                )
        except Unreadable as error:
            raise ToolError(f"That was not done: {error}.") from error
        except LinkDown as down:
            logger.warning("an effect of %s was not begun: %s", effect.tool, down)
            raise ToolError(NOT_DONE) from down
        # Its own beginning may have been written by a command whose reply was lost.
        return await self._here.begin(effect) if found == mine else self._known(found, effect)

    async def end(self, effect: Effect, outputs: Sequence[ToolOutput]) -> None:
        """Write down what came of an effect; without the server only this process knows it."""
        await self._here.end(effect, outputs)
        note = EffectNote(arguments=effect.arguments, outputs=tuple(outputs))
        name = self._keys.effect(effect.key)
        # It is done: nobody may be left in doubt because it is not wanted any more.
        with anyio.CancelScope(shield=True):
            try:
                body = outcome_body(note, self._seals.effect(effect.key))
                await self._ask(("SET", name, body, "EX", NOTES_KEPT_S))
            except (LinkDown, Unreadable) as error:
                logger.warning("what came of an effect of %s is not kept: %s", effect.tool, error)

    async def run(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Keep the connection until cancelled."""
        try:
            task_status.started()
            await anyio.sleep_forever()
        finally:
            await self._link.aclose()

    async def _ask(self, *commands: Command) -> list[Reply]:
        """Ask the server; raises LinkDown. All that is asked here may be asked twice."""
        try:
            with anyio.fail_after(PATIENCE_S):
                try:
                    replies = await self._link.ask(*commands)
                except LinkDown:
                    # A connection that broke while nobody used it is noticed only now.
                    replies = await self._link.ask(*commands)
        except TimeoutError as late:
            raise LinkDown(f"queue.url: the server has not answered for {PATIENCE_S:g} s") from late
        accepted(replies)
        return replies

    def _key_in(self, name: str, reply: Reply) -> str | None:
        """Read the key that a call goes by; raises Unreadable. None when it has none yet."""
        return read_call(reply, self._seals.call(name)) if isinstance(reply, bytes) else None

    def _known(self, found: bytes, effect: Effect) -> Begun:
        """Read what somebody else has written; what cannot be was begun, and nothing is known."""
        try:
            note = read_note(found, self._seals.effect(effect.key))
        except Unreadable as error:
            self.refusals.note(Purpose.EFFECT, error)
            return Begun(effect.arguments)
        return Begun(note.arguments, note.outputs)
