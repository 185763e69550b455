"""Whole conversations through the SDK, on virtual time: a model by rules, the real local agent."""

import logging
import random
import sys
from pathlib import Path
from typing import Self

import anyio
import numpy as np
import pytest
from numpy.typing import NDArray

import weft
from weft import background_wiring, tool_wiring, wiring
from weft.announcing import announce_in_log
from weft.clock import VirtualClock
from weft.config import parse_config
from weft.errors import InputError
from weft.events import (
    AnyEvent,
    Delegated,
    Heard,
    ModelSpoke,
    ResultReady,
    Shown,
    UserSpoke,
)
from weft.interaction_model.scripted import Reply, ScriptedModel
from weft.interaction_model.types import ControlToken
from weft.meaning import SentenceMeaning
from weft.orchestrator.channels.given_words import GivenWords
from weft.orchestrator.channels.memory import MemoryChannel
from weft.orchestrator.channels.pacing import time_words
from weft.orchestrator.record import read_record

LOCAL: dict[str, object] = {
    "background": {"agents": {"local": {"provider": "local"}}},
    "tools": {"use": ["arithmetic"]},
    "session": {"backstop": "off"},
}
ENOUGH = 200


def asks() -> ScriptedModel:
    """A model that hands every question over."""
    return ScriptedModel(
        [Reply(heard=r"\?", says="Let me find out.", control=ControlToken.DELEGATE)]
    )


async def hold(agent: weft.Agent, text: str, record: Path | None = None) -> list[AnyEvent]:
    """Say one thing and give the events until something was heard, or for 40 s of talk."""
    events = []
    async with agent.session(VirtualClock(), model=asks(), record=record) as session:
        await session.hear(text)
        async for event in session.events():
            events.append(event)
            if isinstance(event, Heard) or event.index > ENOUGH:
                break
    return events


def heard(events: list[AnyEvent]) -> list[str]:
    return [event.text for event in events if isinstance(event, Heard)]


@pytest.mark.anyio
async def test_a_question_is_answered_by_the_local_agent(tmp_path: Path) -> None:
    agent = weft.load(LOCAL)
    events = await hold(agent, "What is fifteen percent of eighty?", tmp_path / "record.jsonl")
    (answer,) = heard(events)
    assert "12" in answer
    said = "".join(event.text for event in events if isinstance(event, ModelSpoke))
    assert answer in said
    record = read_record(tmp_path / "record.jsonl")
    assert record.end
    assert record.slots[-1].heard.index >= events[-1].index


@pytest.mark.anyio
async def test_a_tool_of_ones_own_answers() -> None:
    @weft.tool(examples=("what is on the menu", "what can I eat today"))
    def menu() -> str:
        """Say what is on the menu today."""
        return "Today there is lentil soup."

    events = await hold(weft.load(LOCAL, tools=[menu]), "What is on the menu today?")
    assert heard(events) == ["Today there is lentil soup."]


@pytest.mark.anyio
async def test_a_tool_shows_a_component_beside_what_it_says(tmp_path: Path) -> None:
    soups = weft.components.Table(title="Today", columns=("soup", "price"), rows=(("lentil", 4.5),))

    @weft.tool(examples=("what is on the menu", "what can I eat today"))
    def menu() -> weft.ToolOutput:
        """Say what is on the menu today."""
        return weft.ToolOutput("Today there is lentil soup.", components=(soups,))

    record = tmp_path / "record.jsonl"
    events = await hold(weft.load(LOCAL, tools=[menu]), "What is on the menu today?", record)
    assert [event.component for event in events if isinstance(event, Shown)] == [soups]
    assert heard(events) == ["Today there is lentil soup."]
    assert [e.component for e in read_record(record).events if isinstance(e, Shown)] == [soups]


@pytest.mark.anyio
async def test_a_tool_that_raises_is_a_failure_and_the_conversation_goes_on() -> None:
    @weft.tool(examples=("what is on the menu", "what can I eat today"))
    def menu() -> str:
        """Say what is on the menu today."""
        raise RuntimeError("the kitchen is closed")

    events = await hold(weft.load(LOCAL, tools=[menu]), "What is on the menu today?")
    failures = [e for e in events if isinstance(e, ResultReady) and e.kind == "failure"]
    assert len(failures) == 1
    said = "".join(event.text for event in events if isinstance(event, ModelSpoke))
    assert "I could not find that out." in said
    assert "kitchen" not in said


@pytest.mark.anyio
async def test_without_memory_it_says_so() -> None:
    events = await hold(weft.load(LOCAL), "Can you forget that I live in Rome?")
    assert heard(events) == ["I remember only this conversation."]


@pytest.mark.anyio
async def test_an_agent_of_few_tools_says_so_too() -> None:
    background = {"agents": {"local": {"provider": "local", "tools": ["timer"]}}}
    config = {**LOCAL, "tools": {"use": ["timer", "units"]}, "background": background}
    events = await hold(weft.load(config), "What do you remember about me?")
    assert heard(events) == ["I remember only this conversation."]


@pytest.mark.anyio
async def test_with_memory_it_says_what_it_knows(tmp_path: Path) -> None:
    config = {
        **LOCAL,
        "user": "ann",
        "memory": {"path": str(tmp_path / "memory.sqlite")},
        "tools": {"use": ["remember", "recall"]},
    }
    events = await hold(weft.load(config), "Can you remember that I live in Rome?")
    assert heard(events) == ["I will remember that you live in Rome."]


@pytest.mark.anyio
async def test_an_error_inside_the_block_comes_out_as_it_is() -> None:
    agent = weft.load(LOCAL)
    with pytest.raises(ZeroDivisionError):
        async with agent.session(VirtualClock(), model=asks()):
            raise ZeroDivisionError


@pytest.mark.anyio
async def test_a_session_can_be_left_and_another_opened() -> None:
    agent = weft.load(LOCAL)
    for question in ("What is two plus three?", "What is six times seven?"):
        assert len(heard(await hold(agent, question))) == 1


def test_a_function_is_named_in_the_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my_menu.py").write_text(
        "def menu() -> str:\n    '''Say what is on the menu.'''\n    return 'Soup.'\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    named = {"name": "my_menu:menu", "time_limit_s": 2}
    config = parse_config({**LOCAL, "tools": {"use": ["arithmetic", named]}})
    registry = tool_wiring.make_registry(config)
    assert registry.names == ("arithmetic", "menu")
    assert registry.get("menu").time_limit_s == 2


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("no_such_module:menu", "ModuleNotFoundError"),
        ("json:no_such_function", "AttributeError"),
    ],
)
def test_a_function_that_cannot_be_loaded_is_a_mistake(place: str, reason: str) -> None:
    config = parse_config({**LOCAL, "tools": {"use": [place]}})
    with pytest.raises(weft.ConfigError, match=reason) as caught:
        tool_wiring.make_registry(config)
    assert caught.value.mistakes[0].path == "tools.use[0]"


def test_an_agent_cannot_use_a_tool_that_is_not_there() -> None:
    background = {"agents": {"local": {"provider": "local", "tools": ["units"]}}}
    config = parse_config({**LOCAL, "background": background})
    clock = VirtualClock()
    with pytest.raises(weft.ConfigError, match="units") as caught:
        background_wiring.make_agent(
            "local", config, tool_wiring.make_registry(config), SentenceMeaning(), None, clock
        )
    assert caught.value.mistakes[0].path == "background.agents.local.tools"


def test_missing_weights_are_said_with_a_remedy(tmp_path: Path) -> None:
    config = parse_config({**LOCAL, "interaction": {"weights": str(tmp_path)}})
    with pytest.raises(weft.errors.WeightsError, match="weft train"):
        wiring.open_stream(config)


def test_a_program_keeps_the_log_level_that_it_has_set() -> None:
    clock = VirtualClock()
    config = parse_config({**LOCAL, "log": {"level": "error"}})
    before = logging.getLogger("weft").level
    wiring.build(
        config,
        clock=clock,
        channel=MemoryChannel(clock),
        model=asks(),
        announce=announce_in_log,
    )
    assert logging.getLogger("weft").level == before


def test_start_up_says_what_it_is_doing(capsys: pytest.CaptureFixture[str]) -> None:
    clock = VirtualClock()
    wiring.build(parse_config(LOCAL), clock=clock, channel=MemoryChannel(clock), model=asks())
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "weft: loading the sentence model"
    assert lines[-1].startswith("weft: ready after ")


def test_plain_functions_become_tools() -> None:
    def menu() -> str:
        """Say what is on the menu."""
        return "Soup."

    assert [tool.name for tool in weft.load(LOCAL, tools=[menu]).tools] == ["menu"]


@pytest.mark.anyio
async def test_a_session_goes_on_in_another_process(tmp_path: Path) -> None:
    begun: list[float] = []

    @weft.tool(examples=("what is on the menu", "what can I eat today"))
    async def menu(context: weft.ToolContext) -> str:
        """Say what is on the menu today."""
        begun.append(context.asked_s or 0.0)
        await context.clock.sleep_until_s((context.asked_s or 0.0) + 4.0)
        return "Today there is lentil soup."

    record = tmp_path / "record.jsonl"
    agent = weft.load(LOCAL, tools=[menu])
    async with agent.session(VirtualClock(), model=asks(), record=record) as session:
        await session.hear("What is on the menu today?")
        async for event in session.events():
            if isinstance(event, Delegated):
                break
    second = []
    async with agent.session(VirtualClock(), model=asks(), resume=record) as session:
        async for event in session.events():
            second.append(event)
            if isinstance(event, Heard) or event.index > ENOUGH:
                break
    assert heard(second) == ["Today there is lentil soup."]
    # Done anew, but waited for since it was asked: that was before the second clock began.
    assert len(begun) == 2
    assert begun[1] <= 0.0 < begun[0]
    past = read_record(record)
    assert [slot.heard.index for slot in past.slots] == list(range(len(past.slots)))


@pytest.mark.anyio
async def test_two_files_for_one_record_are_refused(tmp_path: Path) -> None:
    with pytest.raises(weft.InputError, match="leave `record` out"):
        async with weft.load(LOCAL).session(record=tmp_path / "a", resume=tmp_path / "b"):
            pass


HUM = (0.1 * np.sin(np.arange(2 * 16_000) / 20)).astype(np.float32)
ASKED = "What is fifteen percent of eighty?"


def spoken_words() -> GivenWords:
    """Ears that have been told what the hum is to be."""
    return GivenWords(time_words(ASKED, 0.2, random.Random(0)))


@pytest.mark.anyio
async def test_a_session_in_sound_hears_samples_and_speaks() -> None:
    events: list[AnyEvent] = []
    sounded = 0.0
    agent = weft.load(LOCAL)
    async with agent.session(
        VirtualClock(), model=asks(), sound=True, ears=spoken_words()
    ) as session:
        assert await session.hear_sound(HUM[:5_000]) == pytest.approx(5_000 / 16_000)
        await session.hear_sound(HUM[4_000:], at_s=0.25)
        with pytest.raises(InputError, match="hand it in with `hear_sound`"):
            await session.hear("hello")

        async def follow() -> None:
            async for event in session.events():
                events.append(event)
                if isinstance(event, Heard) or event.index > ENOUGH:
                    session.close()

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(follow)
            async for samples in session.voice():
                assert samples.shape == (3_200,)
                sounded += float(np.abs(samples).sum())
    (answer,) = heard(events)
    assert "12" in answer
    assert sounded > 100
    assert "".join(e.text for e in events if isinstance(e, UserSpoke)).startswith("What")


@pytest.mark.anyio
async def test_a_voice_that_nobody_takes_says_nothing_that_counts() -> None:
    events: list[AnyEvent] = []
    words = spoken_words()
    words.add(time_words("Are you still there?", ENOUGH * 0.2, random.Random(0)))
    async with weft.load(LOCAL).session(
        VirtualClock(), model=asks(), sound=True, ears=words
    ) as session:
        await session.hear_sound(HUM)
        async for event in session.events():
            events.append(event)
            if isinstance(event, UserSpoke) and event.index > ENOUGH:
                break
        with pytest.raises(InputError, match="floating-point"):
            await session.hear_sound(np.zeros(100, dtype=np.int16))
    assert heard(events) == []


@pytest.mark.anyio
async def test_a_session_of_words_has_no_sound() -> None:
    async with weft.load(LOCAL).session(VirtualClock(), model=asks()) as session:
        with pytest.raises(InputError, match=r"agent\.session\(sound=True\)"):
            await session.hear_sound(HUM)
        with pytest.raises(InputError, match=r"agent\.session\(sound=True\)"):
            session.voice()


@pytest.mark.anyio
async def test_sound_of_which_nobody_makes_words_is_an_error() -> None:
    with pytest.raises(InputError, match="nobody makes words of the sound"):
        async with weft.load(LOCAL).session(VirtualClock(), model=asks(), sound=True):
            pass


class Slides:
    """Shows one picture for ever."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.closed = False

    def frame_at(self, index: int) -> NDArray[np.uint8]:
        self.asked.append(index)
        return np.full((2, 3, 3), 200, dtype=np.uint8)

    def close(self) -> None:
        self.closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


class Looking:
    """Ears that only look."""

    def __init__(self) -> None:
        self.seen: list[int] = []

    def perceive(self, senses: weft.Senses) -> weft.MicroTurnInput:
        assert senses.frame is not None
        self.seen.append(int(senses.frame.max()))
        return weft.MicroTurnInput(index=senses.index)


@pytest.mark.anyio
async def test_a_program_shows_pictures() -> None:
    slides, ears = Slides(), Looking()
    async with weft.load(LOCAL).session(
        VirtualClock(), model=asks(), sound=True, ears=ears, frames=slides
    ) as session:
        async for _ in session.voice():
            if len(ears.seen) >= 3:
                session.close()
        assert not slides.closed
    assert slides.closed
    assert slides.asked == list(range(len(slides.asked)))
    assert ears.seen == [200] * len(slides.asked)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("sound", "reason"),
    [(False, r"agent\.session\(sound=True\)"), (True, "nobody would look .* `ears: native`")],
)
async def test_pictures_at_which_nobody_would_look_are_refused(sound: bool, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        async with weft.load(LOCAL).session(
            VirtualClock(), model=asks(), sound=sound, frames=Slides()
        ):
            pass
