"""A remote agent that is told placeholders, from the configuration to what the user hears."""

import json

import pytest

from tests.fakes.whole import heard, said, talk
from weft.bench._endpoint import OpenAIServer, Reply, call_chunk, chunk, serving, text_chunks
from weft.clock import WallClock
from weft.interaction_model.scripted import Reply as Line
from weft.interaction_model.scripted import ScriptedModel
from weft.interaction_model.types import ControlToken
from weft.orchestrator.channels.simulated import Say
from weft.orchestrator.events import AnyEvent
from weft.tools.tool import SideEffects, Tool, tool

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


async def redacted_talk(server: OpenAIServer, *script: Say, tools: list[Tool]) -> list[AnyEvent]:
    """Talk with a remote agent that is told placeholders, by a model that delegates every turn."""
    endpoint = {
        "provider": "openai-compatible",
        "model": "m",
        "base_url": server.base_url,
        "api_key": "none",
    }
    return await talk(
        {
            "background": {"agents": {"remote": endpoint}},
            "tools": {"use": []},
            "privacy": {"redact": "patterns"},
        },
        script,
        tools=tools,
        model=ScriptedModel([Line(heard=".", control=ControlToken.DELEGATE)]),
        # The network takes real time.
        clock=WallClock(),
    )


async def test_what_the_user_approved_reaches_a_strangers_tool_as_it_was_said() -> None:
    written: list[str] = []

    @tool(untrusted=True, side_effects=SideEffects.WRITE, question="Shall I write to {to}?")
    async def write_mail(to: str) -> str:
        """Write a letter, through somebody else's server."""
        written.append(to)
        return f"Written to {to}."

    calls = [call_chunk("write_mail", '{"to": "[EMAIL_1]"}'), chunk({}, "tool_calls")]
    answer = text_chunks("It was a letter to EMAIL_1.")
    async with serving(Reply(chunks=calls), Reply(chunks=answer)) as server:
        events = await redacted_talk(
            server,
            Say(text=f"Write to {ADDRESS}."),
            Say(text="Yes please.", after="answered"),
            Say(text="Which letter was that again?", after="answered"),
            tools=[write_mail],
        )
        # The agent that is asked next reads of it in placeholders.
        assert ADDRESS not in json.dumps(server.requests)
        assert "Written to [EMAIL_1]." in json.dumps(server.requests)
    assert f"Shall I write to {ADDRESS}?" in said(events)
    assert written == [ADDRESS]


async def test_a_strangers_tool_that_does_not_ask_gets_placeholders() -> None:
    written: list[str] = []

    @tool(untrusted=True, side_effects=SideEffects.WRITE, approval="when_tainted")
    async def count_visit(of: str) -> str:
        """Count a visit."""
        written.append(of)
        return "Counted."

    calls = [call_chunk("count_visit", '{"of": "[EMAIL_1]"}'), chunk({}, "tool_calls")]
    async with serving(Reply(chunks=calls), Reply(chunks=text_chunks("Done."))) as server:
        await redacted_talk(server, Say(text=f"Count a visit of {ADDRESS}."), tools=[count_visit])
    assert written == ["[EMAIL_1]"]


async def test_what_strangers_know_of_people_reaches_the_user_and_not_the_agent() -> None:
    @tool(untrusted=True)
    def contacts() -> str:
        """Ask a stranger's server for the contacts."""
        return f"Ann is reached under {ADDRESS}."

    calls = [call_chunk("contacts", "{}"), chunk({}, "tool_calls")]
    answer = text_chunks("Ann has the address [EMAIL_1].")
    async with serving(Reply(chunks=calls), Reply(chunks=answer)) as server:
        events = await redacted_talk(server, Say(text="How do I reach Ann?"), tools=[contacts])
        assert "Ann is reached under [EMAIL_1]" in json.dumps(server.requests)
        assert ADDRESS not in json.dumps(server.requests)
    assert heard(events) == [f"Ann has the address {ADDRESS}."]
