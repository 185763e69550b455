"""The outer wall around one agent: whatever it does, it only ever yields findings."""

import logging
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing

from weft.background_agents.types import BackgroundAgent, ContextPackage, Finding, UpdateKind
from weft.errors import AgentError, AnswerFailed
from weft.tools.hidden import hide_addresses_in_log

logger = logging.getLogger(__name__)
# The error of an agent that breaks down may be any library's.
hide_addresses_in_log(__name__)


async def settled(agent: BackgroundAgent, package: ContextPackage) -> AsyncGenerator[Finding, None]:
    """Yield what an agent finds; an error of its becomes a failure with the reason."""
    try:
        findings = agent.answer(package)
        async with AsyncExitStack() as closing:
            if isinstance(findings, AsyncGenerator):
                await closing.enter_async_context(aclosing(findings))
            async for finding in findings:
                if finding.kind is UpdateKind.FAILURE and not finding.text:
                    yield _failure("no reason given")
                else:
                    yield finding
    except AnswerFailed as error:
        # Its words are for the user and the record; what was said does not go into a log.
        logger.warning("background agent %s could not answer: a tool failed", agent.name)
        yield _failure(str(error) or "no reason given")
    except AgentError as error:
        logger.warning("background agent %s could not answer: %s", agent.name, error)
        yield _failure(str(error) or "no reason given")
    except Exception as error:
        # A fault in an agent must not end the conversation.
        logger.exception("background agent %s broke down", agent.name)
        yield _failure(f"broke down with {type(error).__name__}")


def _failure(reason: str) -> Finding:
    return Finding(kind=UpdateKind.FAILURE, text=reason)
