"""What is a request under one configuration: whatever a tool of it can read."""

import logging

from weft.orchestrator.ports import Meaning
from weft.tools.registry import Registry
from weft.tools.tool import Tool

logger = logging.getLogger(__name__)


class ToolRequests:
    """The Meaning of a session whose agents have tools.

    "What do you remember about me?" is small talk, until there is a tool that remembers. What can
    be read is nearly always meant: 4 of 2,492 sentences that ask for nothing were (docs/log.md).
    """

    def __init__(self, meaning: Meaning, registry: Registry) -> None:
        """Keep what is asked."""
        self._meaning = meaning
        self._registry = registry

    async def similarity(self, left: str, right: str) -> float:
        """Cosine similarity of two short texts, -1 … 1."""
        return await self._meaning.similarity(left, right)

    async def needs_delegation(self, request: str) -> float:
        """How likely an utterance is a request, 0 … 1; certainly, when it is one for a tool."""
        if any(_reads(tool, request) for tool in self._registry.tools):
            return 1.0
        return await self._meaning.needs_delegation(request)


def _reads(tool: Tool, request: str) -> bool:
    if tool.read_arguments is None:
        return False
    try:
        return tool.read_arguments(request) is not None
    except Exception:  # a plugin's author wrote it
        logger.exception("the tool %s cannot read a request", tool.name)
        return False
