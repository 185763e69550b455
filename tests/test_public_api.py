"""What users may rely on: a change of this list is a change for them."""

import typing

import pytest

import weft

PUBLIC = (
    "Agent",
    "AgentConfig",
    "AgentUpdate",
    "BackgroundAgent",
    "Channel",
    "Clock",
    "ConfigError",
    "ContextPackage",
    "Ears",
    "Finding",
    "Floor",
    "FrameSource",
    "InputError",
    "InteractionModel",
    "MicroTurnInput",
    "MicroTurnOutput",
    "Senses",
    "Session",
    "SessionHandle",
    "Tool",
    "ToolContext",
    "ToolError",
    "ToolOutput",
    "TranscribedWord",
    "UpdateKind",
    "VirtualClock",
    "Voice",
    "Voiced",
    "WallClock",
    "WeftError",
    "components",
    "errors",
    "events",
    "load",
    "tool",
)


def test_the_public_names_are_these() -> None:
    assert sorted(weft.__all__) == sorted(PUBLIC)


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_exists_and_is_described(name: str) -> None:
    assert getattr(weft, name).__doc__


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'loaf'"):
        weft.loaf  # noqa: B018


def test_the_names_are_listed_before_they_are_loaded() -> None:
    assert set(PUBLIC) <= set(dir(weft))


def test_every_event_of_a_session_has_a_short_name() -> None:
    kinds = {kind.__name__ for kind in typing.get_args(weft.events.AnyEvent)}
    assert kinds | {"AnyEvent", "Event"} == set(weft.events.__all__)
