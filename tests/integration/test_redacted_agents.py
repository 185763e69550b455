"""A remote agent that is told placeholders, from the configuration to what the user hears."""

import json

import pytest

from tests.fakes.whole import heard, talk
from weft.bench._endpoint import Reply, call_chunk, chunk, serving, text_chunks
from weft.clock import WallClock
from weft.orchestrator.channels.simulated import Say
from weft.tools.tool import tool

pytestmark = [pytest.mark.anyio, pytest.mark.integration]

ADDRESS = "ann@example.org"
told: list[str] = []


@tool
def write_to(address: str) -> str:
    """Write a letter to an address."""
    told.append(address)
    return f"The letter to {address} is on its way."


@tool(untrusted=True)
def look_up(address: str) -> str:
    """Ask strangers about an address."""
    told.append(address)
    return "Nobody knows it."


async def test_the_agent_sees_placeholders_and_tools_and_the_user_have_the_words() -> None:
    told.clear()
    calls = [
        call_chunk("write_to", '{"address": "[EMAIL_1]"}'),
        call_chunk("look_up", '{"address": "[EMAIL_1]"}', index=1, call_id="b"),
        chunk({}, "tool_calls"),
    ]
    answer = text_chunks("I have written to EMAIL_1.")
    async with serving(Reply(chunks=calls), Reply(chunks=answer)) as server:
        endpoint = {
            "provider": "openai-compatible",
            "model": "m",
            "base_url": server.base_url,
            "api_key": "none",
        }
        events = await talk(
            {
                "background": {"agents": {"remote": endpoint}},
                "tools": {"use": []},
                "privacy": {"redact": "patterns"},
            },
            [Say(text=f"Can you write to {ADDRESS}?")],
            tools=[write_to, look_up],
            # The network takes real time.
            clock=WallClock(),
        )
        assert ADDRESS not in json.dumps(server.requests)
    assert sorted(told) == ["[EMAIL_1]", ADDRESS]
    assert heard(events) == [f"I have written to {ADDRESS}."]
