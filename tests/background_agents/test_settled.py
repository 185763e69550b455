"""What an agent cannot do: the user and the record hear why, the log only that."""

import logging
from collections.abc import AsyncIterator

import pytest

from tests.background_agents.packages import package
from weft.background_agents.settled import settled
from weft.background_agents.types import ContextPackage, Finding
from weft.errors import AgentError, AnswerFailed

pytestmark = pytest.mark.anyio
REASON = "There is nobody called Gwendolyn in your contacts."


class Failing:
    """An agent that fails with an error."""

    name = "failing"

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def start(self) -> None:
        """There is nothing to load."""

    async def answer(self, package: ContextPackage) -> AsyncIterator[Finding]:
        raise self._error
        yield


@pytest.mark.parametrize(("error", "logged"), [(AnswerFailed, False), (AgentError, True)])
async def test_what_a_tool_says_of_its_failure_is_for_the_user_and_not_for_the_log(
    error: type[AgentError], logged: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    [finding] = [each async for each in settled(Failing(error(REASON)), package("call her"))]
    assert finding.text == REASON
    assert ("Gwendolyn" in caplog.text) is logged
    assert "failing could not answer" in caplog.text
