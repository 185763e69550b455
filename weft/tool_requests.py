"""What is a request under one configuration: whatever a tool of it can read."""

import logging
from collections.abc import Callable, Iterable, Mapping

import anyio.to_thread

from weft.orchestrator.ports import Meaning
from weft.tools.builtin.readers import builtin_reader
from weft.tools.registry import Registry
from weft.tools.tool import ReadArguments

logger = logging.getLogger(__name__)

Readers = Mapping[str, ReadArguments]
"""What reads requests, by the name of its tool."""


def readers_of(registry: Registry) -> Readers:
    """Give what reads requests for the tools that there are now."""
    return {
        tool.name: tool.read_arguments for tool in registry.tools if tool.read_arguments is not None
    }


def readers_named(names: Iterable[str]) -> Readers:
    """Give what reads requests for built-in tools that others have; passes over unknown names."""
    found = {name: builtin_reader(name) for name in names}
    return {name: reader for name, reader in found.items() if reader is not None}


class ToolRequests:
    """The Meaning of a session whose agents have tools.

    "What do you remember about me?" is small talk, until there is a tool that remembers. What can
    be read is nearly always meant: 4 of 2,492 sentences that ask for nothing were (docs/log.md).
    """

    def __init__(
        self, meaning: Meaning, readers: Callable[[], Readers], *, inline: bool = False
    ) -> None:
        """Keep what is asked; `inline` reads on the event loop, for virtual time."""
        self._meaning = meaning
        self._readers = readers
        self._inline = inline

    async def similarity(self, left: str, right: str) -> float:
        """Cosine similarity of two short texts, -1 … 1."""
        return await self._meaning.similarity(left, right)

    async def needs_delegation(self, request: str) -> float:
        """How likely an utterance is a request, 0 … 1; certainly, when it is one for a tool."""
        if await self._is_for_a_tool(request):
            return 1.0
        return await self._meaning.needs_delegation(request)

    async def _is_for_a_tool(self, request: str) -> bool:
        if self._inline:
            return _any_reads(self._readers(), request)
        # Reading for the first time takes tens of milliseconds, and a plugin's reader any time.
        return await anyio.to_thread.run_sync(
            _any_reads, self._readers(), request, abandon_on_cancel=True
        )


def _any_reads(readers: Readers, request: str) -> bool:
    return any(_reads(name, reader, request) for name, reader in readers.items())


def _reads(name: str, reader: ReadArguments, request: str) -> bool:
    try:
        return reader(request) is not None
    except Exception:  # a plugin's author wrote it
        logger.exception("the tool %s cannot read a request", name)
        return False
