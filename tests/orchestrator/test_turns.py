"""The user's turns, as those hear them who listen beside the conversation."""

from collections.abc import AsyncIterator

import pytest

from weft.interaction_model.types import Floor
from weft.orchestrator.events import AnyEvent, FloorChanged, SessionEnded, UserSpoke
from weft.orchestrator.turns import finished_turns

pytestmark = pytest.mark.anyio


async def turns(*events: AnyEvent) -> list[str]:
    async def following() -> AsyncIterator[AnyEvent]:
        for event in events:
            yield event

    return [turn async for turn in finished_turns(following(), 5)]


async def test_words_belong_together_until_a_long_silence() -> None:
    spoke = [(0, "my"), (4, "sister"), (9, "is"), (15, "hello")]
    events = [UserSpoke(index=index, text=text) for index, text in spoke]
    assert await turns(*events) == ["my sister is"]


async def test_any_event_shows_that_a_silence_has_become_long() -> None:
    later = FloorChanged(index=6, floor=Floor.GAP)
    assert await turns(UserSpoke(index=0, text="hello"), later) == ["hello"]
    sooner = FloorChanged(index=5, floor=Floor.GAP)
    assert await turns(UserSpoke(index=0, text="hello"), sooner) == []


async def test_the_end_of_the_session_ends_the_last_turn() -> None:
    ended = SessionEnded(index=1, reason="the channel closed")
    assert await turns(UserSpoke(index=0, text="bye"), ended) == ["bye"]
    assert await turns(ended) == []
