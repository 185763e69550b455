"""What a user tells in one conversation and asks in the next, from the configuration on."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.fakes.whole import hands_over, heard, said, talk
from weft.bench._endpoint import Reply, serving, text_chunks
from weft.clock import WallClock
from weft.interaction_model.model_stream import load_stream
from weft.interaction_model.scripted import NOT_FOUND
from weft.orchestrator.channels.simulated import Say, Step, Wait

pytestmark = pytest.mark.anyio

TOLD = "You told me that your sister is called Ann."


def kept_in(folder: Path, **memory: object) -> Mapping[str, object]:
    return {
        "memory": {"path": str(folder / "memory.sqlite"), **memory},
        "tools": {"use": ["remember", "recall", "forget"]},
    }


async def answers(config: Mapping[str, object], text: str, user_id: str | None = "bob") -> str:
    """What a user hears in a conversation in which one thing is said."""
    model = hands_over("remember", "forget")
    events = await talk(config, [Say(text=text)], model=model, user_id=user_id)
    return " ".join(heard(events)) or said(events)


async def test_what_is_told_is_remembered_and_forgotten_on_request(tmp_path: Path) -> None:
    config = kept_in(tmp_path, notice=False)
    told = await answers(config, "Please remember that my sister is called Ann.")
    assert told == "I will remember that your sister is called Ann."
    question = "What do you remember about my sister?"
    assert await answers(config, question) == TOLD
    assert NOT_FOUND in await answers(config, question, user_id="eve")
    forgotten = await answers(config, "Please forget what I told you about my sister.")
    assert forgotten == "I have forgotten that your sister is called Ann."
    assert NOT_FOUND in await answers(config, question)


async def test_of_a_stranger_nothing_is_kept(tmp_path: Path) -> None:
    config = kept_in(tmp_path)
    told = await answers(config, "Please remember that my sister is called Ann.", user_id=None)
    assert NOT_FOUND in told
    assert NOT_FOUND in await answers(config, "What do you remember about my sister?")


async def test_a_lasting_statement_is_noticed_unasked_unless_that_is_off(tmp_path: Path) -> None:
    for notice in (False, True):
        config = kept_in(tmp_path, notice=notice)
        await talk(config, [Say(text="My sister is called Ann."), Wait(until=3.0)], user_id="bob")
        assert (await answers(config, "What do you remember about my sister?") == TOLD) is notice


@pytest.mark.limit_s(180)
async def test_the_shipped_model_lets_its_user_ask_and_delete(tmp_path: Path) -> None:
    config = kept_in(tmp_path, notice=False)
    told = await answers(config, "Please remember that my sister is called Ann.")
    assert told == "I will remember that your sister is called Ann."
    for request, answer in (
        ("What do you remember about me?", TOLD),
        (
            "Forget that my sister is called Ann.",
            "I have forgotten that your sister is called Ann.",
        ),
    ):
        steps: list[Step] = [Say(text=request), Wait(until=14.0)]
        events = await talk(config, steps, model=load_stream(), user_id="bob")
        assert answer in heard(events)


@pytest.mark.integration
@pytest.mark.limit_s(300)
async def test_a_remote_agent_is_told_what_matters_to_the_request(tmp_path: Path) -> None:
    config = kept_in(tmp_path)
    await answers(config, "Please remember that my sister is called Ann.")
    async with serving(Reply(chunks=text_chunks("Ann is."))) as server:
        endpoint = {
            "provider": "openai-compatible",
            "model": "m",
            "base_url": server.base_url,
            "api_key": "none",
        }
        events = await talk(
            {**config, "background": {"agents": {"remote": endpoint}}, "user": "bob"},
            [Say(text="Who is my sister?")],
            # The network takes real time.
            clock=WallClock(),
        )
        [asked] = server.requests
    assert heard(events) == ["Ann is."]
    assert "the user said: my sister is called Ann" in str(asked["messages"])
