"""Where nothing is kept, requests to remember, recall or forget have an honest answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.clock import VirtualClock
from weft.tools.builtin.no_memory import no_memory, read_memory_request
from weft.tools.tool import SideEffects, ToolContext

pytestmark = pytest.mark.anyio

OF_ANYBODY = "do you remember where the spare key is"
"""Only who keeps memories can tell that it is about the user and not about the world."""


@pytest.mark.parametrize(
    "request_",
    [
        *(example for example in no_memory.examples if example != OF_ANYBODY),
        "Could you keep in mind that my sister is called Ann?",
        "What do you know about me?",
        "what's my name",
        "Do you know who I am?",
        "do you still remember where I put the drill",
        "have I told you about my sister?",
        "Is my name still in your memory?",
        "surely you haven't forgotten me already",
        "do you forget things?",
        "have we talked before?",
        "What do you have on me?",
        "I told you about my birthday once, what was it?",
        "list everything you remember about me",
        "who's older, from what I told you?",
        "the bins go out on Monday, remember that",
        "I don't want you to remember my address",
        "stop remembering that I smoke",
        "no longer remember my age",
        "Did I mention my bad knee to you?",
        "do you still know how old my sister is",
        "get rid of what I said about Tom",
        "what was it that I asked you to keep?",
        "Forget that I live in Rome.",
        "Forget everything about me, please.",
        "Erase my birthday from memory.",
        "delete everything you have stored about me",
    ],
)
def test_requests_about_memory_are_read(request_: str) -> None:
    assert read_memory_request(request_) == {}


@pytest.mark.parametrize(
    "request_",
    [
        "what is the capital of Peru",
        "what do you know about Mars",
        "do you remember who wrote Hamlet",
        OF_ANYBODY,
        "I can't remember who killed Hector",
        "I forgot my keys again",
        "never mind",
        "forget it",
        "forget it, I found it",
        "forget what I asked",
        "forget my last question",
        "delete the timer",
        "remove the eggs from the shopping list",
        "erase everything",
        "remind me to call Ann in ten minutes",
        "how does human memory work",
        "before I forget, what time is it in Oslo",
        "don't forget to turn off the lights",
        "I told you to set a timer, so do it",
        "I forgot which is bigger, Mars or Venus",
        "how do I free memory on my phone",
    ],
)
def test_other_requests_are_left_to_others(request_: str) -> None:
    assert read_memory_request(request_) is None


async def test_nothing_is_claimed_to_be_kept() -> None:
    context = ToolContext(clock=VirtualClock(), session_id="s", delegation_id="d", user_id="ann")
    (output,) = [each async for each in no_memory.run({}, context)]
    assert output.text == "I remember only this conversation."
    assert no_memory.side_effects is SideEffects.READ


@given(st.text(max_size=80))
def test_reading_any_request_never_fails(request_: str) -> None:
    read_memory_request(request_)
