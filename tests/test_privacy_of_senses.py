"""No sound and no picture can leave: by the types of what leaves, and by who knows of them.

That none does in a whole conversation is in tests/integration/test_privacy_of_senses.py.
"""

import ast
import copy
import dataclasses
import json
import pickle
import types
import typing
from collections.abc import Iterator, Mapping, Sequence, Set
from datetime import datetime
from enum import Enum
from pathlib import Path

import numpy as np
import pytest
from pydantic import BaseModel

from tests.fakes.marks import Searcher, marked_frame, marked_samples, written
from weft.background_agents.memory import Memory
from weft.background_agents.queues import wire
from weft.background_agents.types import AgentUpdate, Claim, ContextPackage, Finding, KeptAnswer
from weft.interaction_model.types import (
    SLOT_SAMPLES,
    MicroTurnInput,
    MicroTurnOutput,
    Senses,
    Voiced,
)
from weft.orchestrator.arrivals import Arrivals
from weft.orchestrator.events import AnyEvent
from weft.orchestrator.record import RecordedSlot, RecordHeader, SessionRecord

ROOT = Path(__file__).parents[1]


def messages(kind: type[object]) -> Iterator[type[object]]:
    """A class and what is made of it."""
    yield kind
    for each in kind.__subclasses__():
        yield from messages(each)


LEAVING: tuple[object, ...] = (
    ContextPackage,
    AgentUpdate,
    Finding,
    Claim,
    KeptAnswer,
    Memory,
    wire.Order,
    wire.Offer,
    *messages(wire._Message),
    *typing.get_args(AnyEvent),
    RecordHeader,
    RecordedSlot,
    SessionRecord,
    Arrivals,
    MicroTurnInput,
    MicroTurnOutput,
)
"""What goes to a package, a queue, a memory, a record or to who follows the events."""

PLAIN = (str, int, float, bool, type(None), datetime)


def held(hint: object, way: str, seen: set[object]) -> Iterator[tuple[str, object]]:
    """Everything that a value of a type may hold, to its leaves, with the way to it."""
    origin, inside = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        yield from held(inside[0], way, seen)
    elif origin is typing.Literal:
        yield from ((way, type(value)) for value in inside)
    elif origin in (typing.Union, types.UnionType) or _is_container(origin):
        for each in inside:
            if each is not Ellipsis:
                yield from held(each, way, seen)
    elif isinstance(hint, type) and (dataclasses.is_dataclass(hint) or issubclass(hint, BaseModel)):
        if hint not in seen:
            seen.add(hint)
            try:
                hints = typing.get_type_hints(hint, include_extras=True)
            except NameError:  # numpy's types are named for checkers only
                yield way, hint
                return
            for name in fields_of(hint):
                yield from held(hints[name], f"{way}.{name}", seen)
    else:
        yield way, hint


def _is_container(origin: object) -> bool:
    return isinstance(origin, type) and issubclass(origin, Sequence | Mapping | Set)


def fields_of(kind: type) -> list[str]:
    if issubclass(kind, BaseModel):
        return list(kind.model_fields)
    return [field.name for field in dataclasses.fields(kind)]  # type: ignore[arg-type]  # it is


def unfit(kind: object) -> list[tuple[str, object]]:
    """The leaves of a type that could hold sound or a picture."""
    name = getattr(kind, "__name__", str(kind))
    return [
        (way, leaf)
        for way, leaf in held(kind, name, set())
        if not (isinstance(leaf, type) and (leaf in PLAIN or issubclass(leaf, Enum)))
    ]


@pytest.mark.parametrize("kind", LEAVING, ids=lambda kind: kind.__name__)
def test_nothing_that_leaves_has_room_for_sound_or_pictures(kind: type) -> None:
    assert unfit(kind) == []


@dataclasses.dataclass
class _Leaky:
    name: str
    inside: "tuple[_Inside, ...] | None" = None


@dataclasses.dataclass
class _Inside:
    samples: np.ndarray
    raw: bytes
    anything: object
    senses: dict[str, Senses]


def test_the_walk_through_the_types_would_find_them() -> None:
    assert [way for way, _ in unfit(_Leaky)] == [
        "_Leaky.inside.samples",
        "_Leaky.inside.raw",
        "_Leaky.inside.anything",
        "_Leaky.inside.senses",
    ]


SENSES = Senses(index=7, samples=marked_samples(1, SLOT_SAMPLES), frame=marked_frame(2, 4, 4))
VOICED = Voiced(index=7, samples=marked_samples(1, SLOT_SAMPLES), sounded_index=7, waiting_s=0.0)


@pytest.mark.parametrize("value", [SENSES, VOICED], ids=["senses", "voiced"])
def test_sound_and_pictures_can_be_neither_written_nor_packed_nor_copied(value: object) -> None:
    name = type(value).__name__
    assert repr(value) == str(value) == f"{name}(index=7)"
    for leave in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="stay where the interaction model runs"):
            leave(value)
    with pytest.raises(TypeError, match="not JSON serializable"):
        json.dumps(value)
    # As a log record has them: the format string and what belongs into it.
    assert "%s %r" % (value, value) == f"{name}(index=7) {name}(index=7)"  # noqa: UP031


MAY_KNOW = (
    "interaction_model/",
    "orchestrator/channels/",
    "orchestrator/sound_ports.py",
    "orchestrator/guarded_sound.py",
    "orchestrator/patient_sound.py",
    "weft/__init__.py",
    "weft/bench/",
    "weft/sdk.py",
)
"""Who has to do with sound and pictures; nobody else knows their types."""


def sources() -> Iterator[Path]:
    for folder in ("weft", "orchestrator", "interaction_model", "background_agents", "tools"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            if not (folder == "weft" and file.relative_to(ROOT / "weft").parts[0] in LINKED):
                yield file


LINKED = ("orchestrator", "interaction_model", "background_agents", "tools")


def names_in(node: ast.AST) -> set[str]:
    """Every name that a piece of code uses."""
    names = set()
    for each in ast.walk(node):
        if isinstance(each, ast.Name):
            names.add(each.id)
        elif isinstance(each, ast.Attribute):
            names.add(each.attr)
        elif isinstance(each, ast.ImportFrom | ast.Import):
            names |= {alias.name.rpartition(".")[2] for alias in each.names}
    return names


def test_only_what_has_to_do_with_sound_knows_of_it() -> None:
    knowing = {
        str(file.relative_to(ROOT))
        for file in sources()
        if names_in(ast.parse(file.read_text())) & {"Senses", "Voiced"}
    }
    assert {file for file in knowing if not file.startswith(MAY_KNOW)} == set()
    assert "orchestrator/channels/sounded.py" in knowing


LEVELS = {"debug", "info", "warning", "error", "exception", "critical", "log"}
SOUND = {"senses", "samples", "frame", "frames", "voiced", "pixels", "picture", "pictures", "sound"}


def test_no_call_of_a_logger_is_given_sound_or_pictures() -> None:
    calls = 0
    for file in sources():
        for node in ast.walk(ast.parse(file.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            logger = names_in(node.func.value)
            if node.func.attr in LEVELS and logger & {"logger", "_logger", "logging"}:
                calls += 1
                given = set().union(*(names_in(each) for each in (*node.args, *node.keywords)))
                assert not given & SOUND, f"{file}:{node.lineno}"
    assert calls > 20


@pytest.mark.parametrize(
    "numbers", [marked_samples(3, 64), marked_frame(4, 4, 6)], ids=["samples", "pixels"]
)
def test_marks_are_found_however_they_are_written(numbers: np.ndarray) -> None:
    searcher = Searcher(numbers)
    for how, text in written(numbers):
        for before in (b"", b"x", b"xy"):
            assert searcher.found_in(before + text + b"rest"), how
    others = marked_samples(5, 64) if numbers.dtype == np.float32 else marked_frame(6, 4, 6)
    for how, text in written(others):
        assert not searcher.found_in(text), how
