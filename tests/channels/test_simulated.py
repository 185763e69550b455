"""The simulated user reacts to what the model does, and would react to anything else as well."""

from collections.abc import Callable, Mapping, Sequence

import pytest

from weft.clock import VirtualClock
from weft.interaction_model.types import FloorProbabilities, MicroTurnOutput
from weft.orchestrator.channels.simulated import (
    Backchannel,
    BargeIn,
    Say,
    SimulatedUser,
    Step,
    Wait,
)
from weft.orchestrator.events import (
    AnyEvent,
    Delegated,
    Heard,
    ModelSpoke,
    ResultReady,
    WeaveStarted,
)

SILENT_FLOOR = FloorProbabilities(user=0, pause=0, gap=1, model=0, overlap=0)


Happens = Mapping[int, Sequence[AnyEvent]]
"""Events of the session, by slot."""


async def live(
    script: Sequence[Step],
    says: Callable[[int], str] = lambda index: "",
    happens: Happens | None = None,
    seed: int = 0,
) -> tuple[dict[int, str], SimulatedUser, int]:
    """Give what the user said by slot, the user, and the last slot."""
    user = SimulatedUser(script, VirtualClock(), seed=seed)
    said: dict[int, str] = {}
    last = -1
    async for heard in user.micro_turns():
        last = heard.index
        if heard.text:
            said[heard.index] = heard.text
        text = says(heard.index)
        await user.send(MicroTurnOutput(index=heard.index, text=text, floor=SILENT_FLOOR))
        if text:
            user.saw(ModelSpoke(index=last, text=text, delegation_id="d1"))
        for event in (happens or {}).get(heard.index, ()):
            user.saw(event)
    return said, user, last


def handed_over(index: int) -> Delegated:
    return Delegated(index=index, delegation_id="d1", revision=0, request="?", by="token")


def ready(index: int) -> ResultReady:
    return ResultReady(index=index, delegation_id="d1", result_id="r1", kind="result", text="")


def weave_started(index: int) -> WeaveStarted:
    return WeaveStarted(index=index, delegation_id="d1", result_id="r1", pause_began_index=index)


def heard(index: int) -> Heard:
    return Heard(index=index, delegation_id="d1", result_id="r1", text="")


@pytest.mark.anyio
async def test_a_text_is_said_after_its_seconds_and_the_user_leaves() -> None:
    said, _, last = await live([Say(text="Hi there!", after=1.0)])
    assert 5 <= min(said) <= 6
    assert " ".join(said.values()) == "Hi there!"
    assert last == max(said) + 15


@pytest.mark.anyio
async def test_the_user_waits_until_the_model_had_its_say() -> None:
    def says(index: int) -> str:
        return " word" if 6 <= index < 20 else ""

    said, _, _ = await live([Say(text="Hi", after=0.0), Say(text="bye")], says)
    assert list(said.values()) == ["Hi", "bye"]
    assert 19 + 4 < max(said) < 19 + 8


@pytest.mark.anyio
async def test_a_silent_model_is_not_waited_for_for_ever() -> None:
    said, _, last = await live(
        [Say(text="Hi", after=0.0), Say(text="hello?"), Say(text="bye", after="answered")]
    )
    assert list(said.values()) == ["Hi", "hello?", "bye"]
    assert last < 150


@pytest.mark.anyio
async def test_the_user_keeps_on_until_the_result_is_there() -> None:
    script = [Say(text="so", after="handed_over", keep_on=("one", "two", "three") * 9)]
    happens: Happens = {3: [handed_over(3)], 12: [ready(12)], 40: [heard(40)]}
    said, _, last = await live(script, happens=happens)
    assert min(said) >= 4
    assert 12 <= max(said) <= 15
    assert last >= 40


@pytest.mark.anyio
async def test_a_barge_in_comes_after_so_many_words_of_an_answer() -> None:
    script = [BargeIn(text="Wait.", after_words=3)]
    said, _, _ = await live(
        script,
        lambda index: " word" if 10 <= index < 30 else "",
        {9: [ready(9), weave_started(9)], 31: [heard(31)]},
    )
    assert 13 <= min(said) <= 16


@pytest.mark.anyio
async def test_a_barge_in_into_no_answer_is_left_out() -> None:
    said, _, _ = await live([BargeIn(text="Wait.", patience_s=2.0), Say(text="bye")])
    assert list(said.values()) == ["bye"]


@pytest.mark.anyio
async def test_the_slots_of_a_backchannel_are_known() -> None:
    said, user, _ = await live(
        [Backchannel(after_words=2)],
        lambda index: " word" if 5 <= index < 20 else "",
        {4: [weave_started(4)]},
    )
    assert list(said.values()) == ["mm-hm"]
    assert set(said) <= user.backchannel_slots


@pytest.mark.anyio
async def test_waiting_for_several_answers_counts_them() -> None:
    happens: Happens = {i: [heard(i)] for i in (10, 20, 30)}
    said, _, _ = await live(
        [Wait(until="answered", times=3), Say(text="stop", after=0.0)], happens=happens
    )
    assert 31 <= min(said) <= 33


@pytest.mark.anyio
async def test_the_user_stays_while_something_is_owed_but_not_for_ever() -> None:
    _, _, answered = await live([], happens={2: [handed_over(2)], 40: [ready(40), heard(41)]})
    assert 41 <= answered <= 60
    _, _, never = await live([], happens={2: [handed_over(2)]})
    assert never == 99


@pytest.mark.anyio
async def test_the_same_seed_is_the_same_user() -> None:
    script = [Say(text="this is a rather long sentence to say", after=0.0)]
    assert (await live(script, seed=1))[0] == (await live(script, seed=1))[0]
    assert (await live(script, seed=1))[0] != (await live(script, seed=2))[0]
