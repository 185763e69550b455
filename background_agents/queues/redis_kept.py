"""Answers that were found when their session was gone, for another session of the same user.

What a user asks is listed under that user for as long as it is kept. A session of the user looks
there for work that has ended and whose session has fallen silent. Who is to say an answer claims it
on the server first, the session that asked as well: so one of them says it, whoever is cut off,
asleep, or comes at the same moment.
"""

from collections.abc import Collection, Iterator, Sequence

from weft.background_agents.queues.places import Keys, RedisOptions
from weft.background_agents.queues.redis_commands import interest_in
from weft.background_agents.queues.redis_link import Command, Link, Reply, accepted, entries
from weft.background_agents.queues.refusals import Refusals
from weft.background_agents.queues.signing import Purpose
from weft.background_agents.queues.wire import (
    Listed,
    Unreadable,
    Updates,
    listed_body,
    read_listed,
    read_updates,
)
from weft.background_agents.types import AgentUpdate, ContextPackage, KeptAnswer, UpdateKind

READ_AGAIN = 1_000
"""Most messages of one delegation that are read: the latest."""


def answer_in(published: Sequence[Updates], revision: int) -> AgentUpdate | None:
    """Give the answer with which work has ended; None while it goes on, or without one."""
    of_it = [updates for updates in published if updates.revision == revision]
    ended = [updates.attempt for updates in of_it if any(each.final for each in updates.updates)]
    if not ended:
        return None
    last = max(ended)
    told = [each for updates in of_it if updates.attempt == last for each in updates.updates]
    return next((each for each in reversed(told) if each.kind is UpdateKind.RESULT), None)


class KeptAnswers:
    """What one gateway keeps for its users, and finds for them."""

    def __init__(self, options: RedisOptions, keys: Keys, link: Link, refusals: Refusals) -> None:
        """Begin with nobody there; without `keep_results_s` nothing is kept."""
        self._options = options
        self._keys = keys
        self._link = link
        self._seals = options.seals
        self._refusals = refusals
        self._users: dict[str, str] = {}
        """Who talks in the sessions that are here."""
        self._found: dict[str, list[KeptAnswer]] = {}
        self._unsure: set[tuple[str, str]] = set()
        """The claims, by session, of which nobody knows whether they have arrived."""

    def welcome(self, session_id: str, user_id: str | None) -> None:
        """Take in who talks in a session; nothing is ever kept for a stranger."""
        if user_id is not None and self._options.keep_results_s is not None:
            self._users[session_id] = user_id

    def leave(self, session_id: str) -> None:
        """Take in that a session has ended."""
        self._users.pop(session_id, None)
        self._found.pop(session_id, None)
        self._unsure = {each for each in self._unsure if each[0] != session_id}

    def take(self, session_id: str) -> list[KeptAnswer]:
        """Take what was found for a session since the last call."""
        return self._found.pop(session_id, [])

    def listing(self, package: ContextPackage) -> list[Command]:
        """Give what lists a delegation under its user, if it is one that is kept."""
        # A reminder is kept by itself, and comes again in the next session.
        if self._options.keep_results_s is None or package.reminder_id is not None:
            return []
        if package.user_id is None:
            return []
        listed = Listed(
            session_id=package.session_id, revision=package.revision, request=package.request
        )
        key = self._keys.kept(package.user_id)
        seal = self._seals.listed(package.user_id, package.delegation_id)
        return [
            ("HSET", key, package.delegation_id, listed_body(listed, seal)),
            ("EXPIRE", key, self._options.keep_s),
        ]

    async def may_say(self, package: ContextPackage, published: Collection[Updates]) -> bool:
        """Say whether a session may say what has come of its delegation; raises LinkDown.

        Only an answer has to be claimed, and only where another session could have been given it.
        """
        answers = any(
            each.kind is UpdateKind.RESULT
            for updates in published
            if updates.revision == package.revision
            for each in updates.updates
        )
        if not answers or not self.listing(package):
            return True
        told = self._keys.told(package.delegation_id, package.revision)
        _, holder = await self._claim(session_id=package.session_id, told=told)
        return holder == package.session_id.encode()

    async def look(self) -> None:
        """Look for answers for every user who is here; raises LinkDown."""
        here = list(self._users.items())
        replies = await self._link.ask(*(("HGETALL", self._keys.kept(user)) for _, user in here))
        accepted(replies)
        for (session_id, user_id), reply in zip(here, replies, strict=True):
            for delegation_id, listed in self._listed_in(reply, user_id):
                await self._look_at(session_id, self._keys.kept(user_id), delegation_id, listed)

    async def _look_at(self, session_id: str, key: str, delegation_id: str, listed: Listed) -> None:
        [noted] = await self._link.ask(("GET", self._keys.interest(delegation_id)))
        accepted([noted])
        sealed = self._seals.interest(delegation_id)
        interest = interest_in(noted, sealed, self._refusals)
        if interest is None:
            # Its answer was heard, or it was not wanted any more.
            await self._link.ask(("HDEL", key, delegation_id))
            return
        is_here = listed.session_id in self._users
        if is_here or self._link.server_now_ms < interest.here_until_ms:
            return
        log = self._keys.log(delegation_id)
        [reply] = await self._link.ask(("XREVRANGE", log, "+", "-", "COUNT", READ_AGAIN))
        accepted([reply])
        answer = answer_in(list(self._published_in(reply, log)), listed.revision)
        if answer is None:
            return
        # Whoever has it, nobody is to look again; the log stays for what belongs to the session.
        if await self._is_given(session_id, delegation_id, listed.revision):
            found = KeptAnswer(request=listed.request, update=answer)
            self._found.setdefault(session_id, []).append(found)
        await self._link.ask(("HDEL", key, delegation_id))

    async def _is_given(self, session_id: str, delegation_id: str, revision: int) -> bool:
        """Say whether a session is given an answer now; a session that was, is not again."""
        told = self._keys.told(delegation_id, revision)
        was_unsure = (session_id, told) in self._unsure
        self._unsure.add((session_id, told))
        claimed, holder = await self._claim(session_id=session_id, told=told)
        self._unsure.discard((session_id, told))
        return claimed or (was_unsure and holder == session_id.encode())

    async def _claim(self, *, session_id: str, told: str) -> tuple[bool, Reply]:
        """Claim an answer for a session, if none has; gives whether that was so, and who has it."""
        [claimed, holder] = await self._link.ask(
            ("SET", told, session_id, "NX", "EX", self._options.keep_s), ("GET", told)
        )
        accepted([claimed, holder])
        return claimed is not None, holder

    def _listed_in(self, reply: Reply, user_id: str) -> Iterator[tuple[str, Listed]]:
        """Read the answer to HGETALL: what a user has asked, by delegation."""
        listed = reply if isinstance(reply, list) else []
        found = [each for each in listed if isinstance(each, bytes)]
        for name, body in zip(found[::2], found[1::2], strict=True):
            delegation_id = name.decode(errors="replace")
            try:
                yield delegation_id, read_listed(body, self._seals.listed(user_id, delegation_id))
            except Unreadable as error:
                self._refusals.note(Purpose.LISTED, error)

    def _published_in(self, reply: Reply, log: str) -> Iterator[Updates]:
        """Read the answer to XREVRANGE: what was published, oldest first."""
        for entry in list(entries(log, reply))[::-1]:
            try:
                yield read_updates(entry.fields, self._seals.updates(log))
            except Unreadable as error:
                self._refusals.note(Purpose.UPDATES, error)
