"""What is a request under one configuration: whatever a tool of it can read."""

import logging
from collections.abc import Iterable

import anyio.to_thread

from weft.orchestrator.ports import Meaning
from weft.tools.registry import Registry
from weft.tools.tool import Tool

logger = logging.getLogger(__name__)


class ToolRequests:
    """The Meaning of a session whose agents have tools.

    "What do you remember about me?" is small talk, until there is a tool that remembers. What can
    be read is nearly always meant: 4 of 2,492 sentences that ask for nothing were (docs/log.md).
    """

    def __init__(self, meaning: Meaning, registry: Registry, *, inline: bool = False) -> None:
        """Keep what is asked; `inline` reads on the event loop, for virtual time."""
        self._meaning = meaning
        self._registry = registry
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
        tools = self._registry.tools
        if self._inline:
            return _any_reads(tools, request)
        # Reading for the first time takes tens of milliseconds, and a plugin's reader any time.
        return await anyio.to_thread.run_sync(_any_reads, tools, request, abandon_on_cancel=True)


def _any_reads(tools: Iterable[Tool], request: str) -> bool:
    return any(_reads(tool, request) for tool in tools)


def _reads(tool: Tool, request: str) -> bool:
    if tool.read_arguments is None:
        return False
    try:
        return tool.read_arguments(request) is not None
    except Exception:  # a plugin's author wrote it
        logger.exception("the tool %s cannot read a request", tool.name)
        return False
