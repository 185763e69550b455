"""The channel of a program, and that of a keyboard: what is put in comes out slot by slot."""

import pytest

from weft.clock import VirtualClock
from weft.interaction_model.types import FloorProbabilities, MicroTurnInput, MicroTurnOutput
from weft.orchestrator.channels.memory import MemoryChannel
from weft.orchestrator.channels.observed import ObservedChannel
from weft.orchestrator.channels.terminal import TerminalChannel

SILENT_FLOOR = FloorProbabilities(user=0, pause=0, gap=1, model=0, overlap=0)


@pytest.mark.anyio
async def test_text_that_is_heard_becomes_words_in_natural_time() -> None:
    channel = MemoryChannel(VirtualClock())
    end_s = channel.hear("What is the capital of Norway?")
    slots = []
    async for heard in channel.micro_turns():
        slots.append(heard)
        if heard.start_s >= end_s:
            channel.close()
    assert " ".join(slot.text for slot in slots if slot.text) == "What is the capital of Norway?"
    assert any(slot.user_active for slot in slots)
    assert 1.0 < end_s < 4.0


@pytest.mark.anyio
async def test_a_later_text_waits_for_the_end_of_the_one_before() -> None:
    channel = MemoryChannel(VirtualClock())
    first_end_s = channel.hear("one two three")
    assert channel.hear("four") > first_end_s
    assert channel.hear("") == pytest.approx(channel.hear(" "))
    said = []
    async for heard in channel.micro_turns():
        said += heard.text.split()
        if heard.index == 20:
            channel.hear("five")
        if heard.index == 30:
            channel.close()
    assert said == ["one", "two", "three", "four", "five"]


@pytest.mark.anyio
async def test_keys_are_activity_and_complete_words_are_heard() -> None:
    channel = TerminalChannel(VirtualClock())
    slots = []
    channel.key_pressed()
    async for heard in channel.micro_turns():
        slots.append(heard)
        if heard.index == 0:
            channel.word_completed("hello there")
            channel.key_pressed()
        if heard.index == 2:
            channel.close()
    assert slots == [
        MicroTurnInput(index=0, user_active=True),
        MicroTurnInput(index=1, text="hello there"),
        MicroTurnInput(index=2),
    ]


@pytest.mark.anyio
@pytest.mark.parametrize("kind", [MemoryChannel, TerminalChannel])
async def test_what_is_sent_counts_as_played_and_can_be_observed(
    kind: type[MemoryChannel] | type[TerminalChannel],
) -> None:
    seen = []
    inner = kind(VirtualClock())
    channel = ObservedChannel(inner, lambda heard, said: seen.append((heard.index, said.text)))
    assert channel.heard_index() == -1
    async for heard in channel.micro_turns():
        await channel.send(MicroTurnOutput(index=heard.index, text="hm", floor=SILENT_FLOOR))
        if heard.index == 2:
            inner.close()
    assert channel.heard_index() == 2
    assert seen == [(0, "hm"), (1, "hm"), (2, "hm")]
