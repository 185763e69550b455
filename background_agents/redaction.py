"""Personal data replaced by placeholders before a package leaves, and put back into what returns.

`ann@example.org` travels as `[EMAIL_1]`. Who is behind a placeholder is known in this process only,
and only while a delegation of the session runs. This is no anonymisation: what the finders miss
travels as it is.
"""

import re
from bisect import bisect_left
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Callable,
    Collection,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from functools import partial
from typing import TypeVar

import anyio
import anyio.to_thread

from weft.background_agents.personal_data import Finder, PatternFinder, PersonalData
from weft.background_agents.types import BackgroundAgent, ContextPackage, Finding
from weft.errors import ToolError
from weft.tools.asking import AskingTool
from weft.tools.tool import Tool, ToolContext, ToolOutput

Value = TypeVar("Value")

LOOKALIKE = "TEXT"
"""The kind of what only looks like a placeholder, and must come back as it was."""
LINK = "LINK"
"""The kind of an address that a stranger gave, as a whole, because it holds personal data."""

ADDRESS = re.compile(
    r"<(?:https?:)?//[^<>\n]*"  # the one form that may hold spaces
    r"|(?:https?:|[/\\]{2}|www\.|[\w-]\.[a-z]{2,24}[/?#:])\S*",
    re.IGNORECASE,
)
"""Where a text becomes the address of a server, to its end; rather too much than too little."""
_BEHIND_LINKS = ").,;:!?]}>\"'"
"""What ends a sentence or a bracket, and no address."""


class Redaction:
    """The placeholders of one conversation; the same words always get the same one."""

    def __init__(self, finders: Sequence[Finder] | None = None) -> None:
        """Keep the finders, by default the built-in patterns; nothing is replaced yet."""
        self._finders = tuple(finders) if finders is not None else (PatternFinder(),)
        kinds = {LOOKALIKE, LINK}.union(*(finder.kinds for finder in self._finders))
        names = "|".join(sorted(map(re.escape, kinds), key=len, reverse=True))
        # Models drop the brackets or the capitals now and then.
        self._placeholder = re.compile(rf"\[?\b((?:{names})_\d+)\b\]?", re.IGNORECASE)
        self._by_words: dict[str, str] = {}
        self._words: dict[str, str] = {}
        self._counts: dict[str, int] = {}

    def __repr__(self) -> str:
        """Say how much is known, and nothing of it."""
        return f"Redaction({len(self._words)} placeholders)"

    def redact(self, text: str) -> str:
        """Replace personal data by placeholders; `restore` gives the text again."""
        return self._replaced(text, self._found(text))

    def redact_strangers(self, text: str, told: Collection[str] = ()) -> str:
        """Replace personal data in the words of strangers; `restore` gives them again.

        The placeholders that they were `told` stay what they are. An address that holds personal
        data is replaced as a whole: it can be shown, and asked for again (see `given_back`).
        """
        found = self._found(text)
        starts = sorted(each.start for each in found)
        for address in ADDRESS.finditer(text):
            end = address.start() + len(address[0].rstrip(_BEHIND_LINKS))
            first = bisect_left(starts, address.start())
            if first < len(starts) and starts[first] < end:
                found.append(PersonalData(LINK, address.start(), end))
        return self._replaced(text, found, told)

    def restore(self, text: str) -> str:
        """Put the words back; a placeholder that was never given stays as it is.

        So does one within the address of a server, which would learn the words when it is asked.
        """
        pieces: list[str] = []
        done = 0
        for address in ADDRESS.finditer(text):
            pieces += [self._with_words(text[done : address.start()]), address[0]]
            done = address.end()
        return "".join([*pieces, self._with_words(text[done:])])

    def restored(self, value: object) -> object:
        """Put the words back into every string of a JSON value, at any depth."""
        return _with_strings(value, self.restore)

    def given_back(self, value: object) -> object:
        """Put addresses that strangers gave back, where one is a whole string of a JSON value.

        Only so can it be asked for: within another address it would tell others what is in it.
        """

        def address(text: str) -> str:
            named = self._placeholder.fullmatch(text.strip())
            name = named[1].upper() if named else ""
            return self._words.get(name, text) if name.startswith(f"{LINK}_") else text

        return _with_strings(value, address)

    def named_in(self, value: object) -> frozenset[str]:
        """Give all placeholders within the strings of a JSON value."""
        names: set[str] = set()

        def look(text: str) -> str:
            names.update(found[1].upper() for found in self._placeholder.finditer(text))
            return text

        _with_strings(value, look)
        return frozenset(names)

    def package(self, package: ContextPackage) -> ContextPackage:
        """Redact everything in a package that somebody has said, seen or noted."""
        return package.model_copy(
            update={
                "request": self.redact(package.request),
                "transcript": tuple(
                    line.model_copy(update={"text": self.redact(line.text)})
                    for line in package.transcript
                ),
                "in_view": tuple(map(self.redact, package.in_view)),
                "open_delegations": tuple(
                    other.model_copy(update={"request": self.redact(other.request)})
                    for other in package.open_delegations
                ),
                "profile": self.redact(package.profile),
                "memory": tuple(map(self.redact, package.memory)),
            }
        )

    def finding(self, finding: Finding) -> Finding:
        """Restore all texts of what an agent found.

        What is shown is as tools made it: no agent sees it, so nothing in it was redacted.
        """
        return replace(
            finding,
            text=self.restore(finding.text),
            detail=self.restore(finding.detail),
            sources=tuple(map(self.restore, finding.sources)),
        )

    def _with_words(self, piece: str) -> str:
        return self._placeholder.sub(
            lambda found: self._words.get(found[1].upper(), found[0]), piece
        )

    def _found(self, text: str) -> list[PersonalData]:
        return [each for finder in self._finders for each in finder.find(text)]

    def _replaced(
        self, text: str, found: Sequence[PersonalData], told: Collection[str] = ()
    ) -> str:
        pieces: list[str] = []
        done = 0
        for each in _apart(found):
            pieces += [self._without_lookalikes(text[done : each.start], told)]
            pieces += [self._name(each.kind, text[each.start : each.end])]
            done = each.end
        return "".join([*pieces, self._without_lookalikes(text[done:], told)])

    def _without_lookalikes(self, piece: str, told: Collection[str]) -> str:
        return self._placeholder.sub(
            lambda found: found[0] if found[1].upper() in told else self._name(LOOKALIKE, found[0]),
            piece,
        )

    def _name(self, kind: str, words: str) -> str:
        known = self._by_words.get(words)
        if known is None:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            known = f"{kind}_{self._counts[kind]}"
            self._by_words[words] = known
            self._words[known] = words
        return f"[{known}]"


class Redactions:
    """The redaction of each session, kept as long as one of its delegations runs."""

    def __init__(self, finders: Sequence[Finder] | None = None, *, inline: bool = False) -> None:
        """Keep the finders that every redaction uses.

        `inline` searches in the calling task, which virtual time needs to stay deterministic.
        """
        self._finders = tuple(finders) if finders is not None else (PatternFinder(),)
        self._inline = inline
        # A redaction has one writer at a time, and finders need not bear two searches at once.
        self._one_at_a_time = anyio.CapacityLimiter(1)
        self._running: dict[str, tuple[Redaction, int]] = {}

    def start(self) -> None:
        """Load what the finders need; the first search would hold up a conversation otherwise."""
        for finder in self._finders:
            finder.find("+1 415 555 2671")

    async def beside(self, redact: Callable[[Value], Value], value: Value) -> Value:
        """Redact something without holding up the event loop: a long page takes a while."""
        if self._inline:
            return redact(value)
        return await anyio.to_thread.run_sync(redact, value, limiter=self._one_at_a_time)

    async def blanked(self, value: object) -> object:
        """Take personal data out of a JSON value, for what nobody will turn back."""
        return await self.beside(partial(blanked, finders=self._finders), value)

    @contextmanager
    def opened(self, session_id: str) -> Iterator[Redaction]:
        """Give the session's redaction, and forget it when nobody has it open any more."""
        redaction, users = self._running.get(session_id, (Redaction(self._finders), 0))
        self._running[session_id] = (redaction, users + 1)
        try:
            yield redaction
        finally:
            redaction, users = self._running.pop(session_id)
            if users > 1:
                self._running[session_id] = (redaction, users - 1)


class RedactedAgent:
    """An agent that never sees personal data, though its answers may name them."""

    def __init__(self, agent: BackgroundAgent, redactions: Redactions) -> None:
        """Wrap an agent."""
        self.name = agent.name
        self._agent = agent
        self._redactions = redactions

    async def start(self) -> None:
        """Make the finders and the agent ready, before the first conversation."""
        self._redactions.start()
        await self._agent.start()

    async def aclose(self) -> None:
        """Close the agent, if it has anything to close."""
        close = getattr(self._agent, "aclose", None)
        if close is not None:
            await close()

    async def answer(self, package: ContextPackage) -> AsyncGenerator[Finding, None]:
        """Yield what the agent finds, with the words put back."""
        with self._redactions.opened(package.session_id) as redaction:
            redacted = await self._redactions.beside(redaction.package, package)
            findings = self._agent.answer(redacted)
            try:
                async for finding in findings:
                    yield redaction.finding(finding)
            finally:
                if isinstance(findings, AsyncGenerator):
                    await findings.aclose()


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactedTool(Tool):
    """A tool as a redacted agent sees it: it works with the words, the agent with placeholders.

    A stranger's tool gets the words only when the user is asked first: what the question says is
    what is then carried out. Any other call of it would carry them out unseen. What it finds holds
    personal data too (a mailbox, a page with contacts), and is redacted like all the rest.
    """

    inner: Tool = field(repr=False)
    redactions: Redactions = field(repr=False)

    async def run(
        self, arguments: Mapping[str, object], context: ToolContext
    ) -> AsyncIterator[ToolOutput]:
        """Yield what the tool finds, redacted; raises ToolError with a redacted sentence."""
        with self.redactions.opened(context.session_id) as redaction:
            if self._may_have_words(context):
                give, redact = redaction.restored, redaction.redact
            else:
                told = redaction.named_in(dict(arguments))
                give, redact = redaction.given_back, partial(redaction.redact_strangers, told=told)
            given = {name: give(value) for name, value in arguments.items()}
            outputs = self.inner.run(given, context)
            try:
                async for output in outputs:
                    yield await self.redactions.beside(partial(_with_texts, redact), output)
            except ToolError as error:
                reason = await self.redactions.beside(redact, str(error))
                raise ToolError(reason) from error
            finally:
                if isinstance(outputs, AsyncGenerator):
                    await outputs.aclose()

    def _may_have_words(self, context: ToolContext) -> bool:
        asks = isinstance(self.inner, AskingTool) and self.inner.asks(context)
        return asks or not self.untrusted


def redacted_tool(tool: Tool, redactions: Redactions) -> RedactedTool:
    """Wrap a tool for an agent that is wrapped with the same redactions."""
    known = {each.name: getattr(tool, each.name) for each in fields(Tool)}
    return RedactedTool(**known, inner=tool, redactions=redactions)


def _with_texts(change: Callable[[str], str], output: ToolOutput) -> ToolOutput:
    """Change all texts of what a tool found, for the agent that called it."""
    return replace(
        output,
        text=change(output.text),
        detail=change(output.detail),
        sources=tuple(map(change, output.sources)),
    )


def _with_strings(value: object, change: Callable[[str], str]) -> object:
    """Change every string of a JSON value, at any depth."""
    match value:
        case str():
            return change(value)
        case list():
            return [_with_strings(each, change) for each in value]
        case dict():
            return {name: _with_strings(each, change) for name, each in value.items()}
        case _:
            return value


def blanked(value: object, finders: Sequence[Finder]) -> object:
    """Replace personal data by its kind, `[EMAIL]`, at any depth; a placeholder stays as it is."""
    match value:
        case str():
            return _blanked_text(value, finders)
        case list() | tuple():
            return [blanked(each, finders) for each in value]
        case Mapping():
            return {
                _blanked_text(str(name), finders): blanked(each, finders)
                for name, each in value.items()
            }
        case bool() | None:
            return value
        case _:
            # A number may be somebody's, too.
            written = str(value)
            kept = _blanked_text(written, finders)
            return value if isinstance(value, int | float) and kept == written else kept


def _blanked_text(text: str, finders: Sequence[Finder]) -> str:
    pieces: list[str] = []
    done = 0
    for found in _apart([each for finder in finders for each in finder.find(text)]):
        pieces += [text[done : found.start], f"[{found.kind}]"]
        done = found.end
    return "".join([*pieces, text[done:]])


def _apart(found: Sequence[PersonalData]) -> Iterator[PersonalData]:
    """Join what overlaps, under the kind of its longest part, in the order of the text."""
    joined: PersonalData | None = None
    longest = 0
    for each in sorted(found, key=lambda one: (one.start, -one.end)):
        if each.end <= each.start:
            continue
        if joined is None or each.start >= joined.end:
            if joined is not None:
                yield joined
            joined, longest = each, each.end - each.start
            continue
        kind = joined.kind
        if each.end - each.start > longest:
            kind, longest = each.kind, each.end - each.start
        joined = PersonalData(kind, joined.start, max(joined.end, each.end))
    if joined is not None:
        yield joined


__all__ = ["RedactedAgent", "RedactedTool", "Redaction", "Redactions", "blanked", "redacted_tool"]
