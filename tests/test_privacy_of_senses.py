"""No sound and no picture can leave: by the types of what leaves, and by who knows of them.

That none does in a whole conversation is in tests/integration/test_privacy_of_senses.py.
"""

import ast
import base64
import copy
import dataclasses
import functools
import json
import logging
import pickle
import re
import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from datetime import datetime
from enum import Enum
from pathlib import Path

import numpy as np
import pytest
import torch
from pydantic import BaseModel

from tests.fakes.marks import (
    Searcher,
    carriers,
    log_text,
    marked_frame,
    marked_samples,
    searchers_of_hearing,
    searchers_of_sight,
    text_of,
    written,
)
from weft.background_agents.memory import Memory
from weft.background_agents.queues import wire
from weft.background_agents.types import AgentUpdate, Claim, ContextPackage, Finding, KeptAnswer
from weft.interaction_model.config import PatchConfig
from weft.interaction_model.dmel import SLOT_FRAMES, DMelConfig, log_mel
from weft.interaction_model.patches import Sight, letterbox
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


@functools.cache
def trees() -> dict[str, ast.Module]:
    """All that is written in weft, by its file."""
    return {str(file.relative_to(ROOT)): ast.parse(file.read_text()) for file in sources()}


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
    knowing = {file for file, tree in trees().items() if names_in(tree) & {"Senses", "Voiced"}}
    assert {file for file in knowing if not file.startswith(MAY_KNOW)} == set()
    assert "orchestrator/channels/sounded.py" in knowing


SOUND = {"senses", "samples", "frame", "frames", "voiced", "pixels", "picture", "pictures", "sound"}
SOUND |= {"exchange", "wanted", "mended", "chunks", "pcm", "waveform", "spectrogram", "log_mel"}
"""What is called so is taken for sound or a picture, wherever it comes from."""

SOUND_TYPES = {"NDArray", "ndarray", "Tensor", "Senses", "Voiced", "Exchange"}
TELLING = {
    "logger": (
        {"logger", "_logger", "logging"},
        {"debug", "info", "warning", "error", "exception"},
    ),
    "log": ({"logger", "_logger", "logging"}, {"critical", "log", "warn"}),
    "trace": (
        {"span", "_span", "spans", "tracing", "_tracing", "trace", "_trace", "traces", "_traces"},
        {"set", "event", "begin", "measure", "count", "words", "end"},
    ),
}
"""By what calls something is told: the names of what is called, and its verbs."""

NO_SOUND = {"len", "int", "float", "bool", "isinstance", "type"}
"""What gives a number or a yes of sound, and no sound."""

TAKING = {"append", "appendleft", "add", "extend", "put", "put_nowait", "push"}


def tells_of_sound(tree: ast.Module) -> Iterator[tuple[int, set[str]]]:
    """The lines on which a module tells a log or a trace something that may be sound or a picture.

    Such is what is called like it, what the module annotates as it, a function that returns it, and
    what is assigned, looped over, appended or computed from any of those, by its name, unless that
    is annotated as one number. Nothing else is seen: not what another module has made of sound and
    given a name that says nothing, not what a `**` or a `match` takes apart, and not the words of
    an error that is raised and told later.
    """
    sound = SOUND | _named_as_sound(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            called = names_in(node.func.value)
            if any(called & who and node.func.attr in how for who, how in TELLING.values()):
                given = set().union(*(_carried(each) for each in (*node.args, *node.keywords)))
                if given & sound:
                    yield node.lineno, given & sound


def _named_as_sound(tree: ast.Module) -> set[str]:
    """The names that stand for sound in a module by what is written there."""
    names: set[str] = set()
    single = {name for each in ast.walk(tree) for name in _single_numbers(each)}
    flows: list[tuple[set[str], set[str]]] = []
    """(names, what is made of them)"""
    for node in ast.walk(tree):
        match node:
            case ast.arg(arg=name, annotation=hint) if _is_sound(hint):
                names.add(name)
            case ast.FunctionDef(name=name, returns=hint) if _is_sound(hint):
                names.add(name)
            case ast.AnnAssign(target=target, annotation=hint, value=value):
                if _is_sound(hint):
                    names |= _targets(target)
                if value is not None:
                    flows.append((_carried(value), _targets(target)))
            case ast.Assign(targets=targets, value=value):
                flows.append((_carried(value), set().union(*map(_targets, targets))))
            case (
                ast.NamedExpr(target=target, value=value)
                | ast.AugAssign(target=target, value=value)
            ):
                flows.append((_carried(value), _targets(target)))
            case (
                ast.For(target=target, iter=value)
                | ast.AsyncFor(target=target, iter=value)
                | ast.comprehension(target=target, iter=value)
            ):
                flows.append((_carried(value), _targets(target)))
            case ast.withitem(context_expr=value, optional_vars=ast.expr() as target):
                flows.append((_carried(value), _targets(target)))
            case ast.Call(func=ast.Attribute(value=target, attr=verb), args=args) if verb in TAKING:
                flows.append((set().union(*map(_carried, args)), _targets(target)))
    while True:
        more = (
            {name for used, made in flows if used & (names | SOUND) for name in made}
            - names
            - single
        )
        if not more:
            return names
        names |= more


def _is_sound(hint: ast.expr | None) -> bool:
    """Whether an annotation names sound or a picture, also in quotes."""
    if hint is None:
        return False
    quoted = (each.value for each in ast.walk(hint) if isinstance(each, ast.Constant))
    written = [ast.unparse(hint), *(each for each in quoted if isinstance(each, str))]
    return any(set(re.findall(r"\w+", each)) & SOUND_TYPES for each in written)


def _single_numbers(node: ast.AST) -> set[str]:
    """The names that a piece of code annotates as one number, which mypy holds them to."""
    match node:
        case ast.arg(arg=name, annotation=ast.expr() as hint):
            names = {name}
        case ast.AnnAssign(target=target, annotation=hint):
            names = _targets(target)
        case _:
            return set()
    written = set(re.findall(r"\w+", ast.unparse(hint)))
    return names if written <= {"int", "float", "bool", "None"} else set()


def _targets(node: ast.expr) -> set[str]:
    """The names by which what is assigned is known from then on."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return {name}
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            return set().union(*map(_targets, parts))
        case ast.Starred(value=value) | ast.Subscript(value=value):
            return _targets(value)
    return set()


def _carried(node: ast.AST) -> set[str]:
    """The names that a piece of code uses, but for those of which it only takes a measure."""
    match node:
        case ast.Compare():
            return set()
        case ast.Call(func=ast.Name(id=name)) if name in NO_SOUND:
            return set()
        case ast.Attribute(attr="shape" | "size" | "dtype" | "ndim" | "nbytes" | "index"):
            return set()
        case ast.Name(id=name) | ast.Attribute(attr=name):
            own = {name}
        case _:
            own = set()
    return own.union(*map(_carried, ast.iter_child_nodes(node)))


def test_no_call_of_a_logger_or_a_trace_is_given_sound_or_pictures() -> None:
    for file, tree in trees().items():
        assert list(tells_of_sound(tree)) == [], file
    channel = trees()["orchestrator/channels/device_channel.py"]
    assert {"exchange", "wanted", "_chunks"} <= _named_as_sound(channel)
    assert "mended" in _named_as_sound(trees()["orchestrator/channels/sound_repairs.py"])


@pytest.mark.parametrize(
    "code",
    [
        "def f(exchange): _logger.debug('%s', exchange.heard)",
        "def f(x: NDArray[np.float32]): _logger.debug('%s', x)",
        "def f(x: 'Tensor | None'): self._logger.debug('%s', x)",
        "def f(x: Exchange): _logger.debug('%s', x.heard)",
        "def f(x: NDArray):\n mended = np.asarray(x)\n _logger.info(f'{mended}')",
        "def take() -> Senses: ...\nslot = take()\nlogging.warning('%s', slot)",
        "class A:\n heard: deque[NDArray]\ndef f(a):\n for block in a.heard: logger.log(1, block)",
        "def f(x: Tensor):\n kept.append(x)\n _logger.error('no', extra={'a': kept[0].tolist()})",
        "def f(x: Tensor): self._span.set({'weft.heard': str(x)})",
        "def f(x: Voiced): tracing.begin('voice', parent=None, attributes={'sound': x.words})",
        "def f(x: Voiced):\n with open(x) as y: _logger.exception('no %r', y)",
    ],
)
def test_the_walk_through_the_code_would_find_them(code: str) -> None:
    assert list(tells_of_sound(ast.parse(code)))


def test_a_measure_of_sound_may_be_told() -> None:
    code = "def f(x: Tensor):\n n = int(x.sum())\n _logger.debug('%d %s %d', n, x.shape, len(x))"
    assert not list(tells_of_sound(ast.parse(code)))
    code = "def f(x: Tensor):\n end_s: float | None = last(x)\n _logger.debug('%s', end_s)"
    assert not list(tells_of_sound(ast.parse(code)))


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


SLOT = marked_samples(1, SLOT_SAMPLES)
FRAME = marked_frame(2, 40, 40)
PLANTED = {"the begin": SLOT[:120], "the end": SLOT[-120:], "a picture": FRAME[0]}


def logged(message: str, *given: object) -> logging.LogRecord:
    """A log record as a logger makes it."""
    return logging.makeLogRecord({"msg": message, "args": given})


def lettered(values: np.ndarray) -> str:
    """Write numbers in the letters of base64, behind a word."""
    return "sound" + base64.b64encode(values.tobytes()).decode()


def rounded(values: np.ndarray, places: int) -> str:
    return " ".join(f"{value:.{places}f}" for value in values.ravel().tolist())


SOUND_WRITTEN: dict[str, Callable[[np.ndarray], object]] = {
    "an array": lambda x: x,
    "an array in a dict": lambda x: {"what": [x]},
    "a tensor": torch.from_numpy,
    "half a tensor": lambda x: torch.from_numpy(x).half(),
    "a tensor of 16 bits": lambda x: torch.from_numpy(x).bfloat16(),
    "a list": lambda x: x.tolist(),
    "a list of numpy's numbers": list,
    "a list of tensors": lambda x: [*torch.from_numpy(x[:60]), *torch.from_numpy(x[-60:])],
    "five places": lambda x: rounded(x, 5),
    "three places": lambda x: rounded(x, 3),
    "two places": lambda x: rounded(x, 2),
    "cut off": lambda x: [int(value * 1_000) / 1_000 for value in x],
    "with exponents": lambda x: [f"{value:.3e}" for value in x],
    "lines": lambda x: json.dumps(x[:400].tolist() + x[-400:].tolist(), indent=12),
    "quoted lines": lambda x: repr(np.array2string(x, threshold=10**9)),
    "shortened before": lambda x: f"I heard {np.array2string(x, threshold=9)}",
    "16-bit numbers": lambda x: (x * 32_768).astype(np.int16).tolist(),
    "bytes": lambda x: x.tobytes(),
    "quoted bytes": lambda x: json.dumps(str(x.tobytes())),
    "a few": lambda x: x[[0, 1, 2, 3, -4, -3, -2, -1]].tolist(),
    "half as loud": lambda x: (x / 2).tolist(),
    "louder, and of three places": lambda x: rounded(x * 1.7, 3),
    "every second": lambda x: x[::2].tolist(),
    "every second from the second": lambda x: x[1::2].tolist(),
    "8-bit numbers": lambda x: (x * 128).astype(np.int8).tolist(),
    "8-bit numbers without a sign": lambda x: (x * 127 + 128).astype(np.uint8).tolist(),
    "base64": lambda x: lettered(x),
    "base64 of 16-bit floats": lambda x: lettered(x.astype(np.float16)),
    "base64 of 8 bits": lambda x: lettered((x * 128).astype(np.int8)),
    "base64 of 8 bits without a sign": lambda x: lettered((x * 127 + 128).astype(np.uint8)),
    "base64, half as loud": lambda x: lettered(x / 2),
    "base64 of every second": lambda x: lettered(x[::2]),
    "digits of bytes, half as loud": lambda x: (x / 2).tobytes().hex(),
    "quoted bytes of every second": lambda x: json.dumps(str(x[::2].tobytes())),
}


@pytest.mark.parametrize("how", SOUND_WRITTEN)
def test_sound_that_is_given_to_a_logger_is_found(how: str) -> None:
    text = log_text([logged("heard %s", SOUND_WRITTEN[how](SLOT))])
    for where in ("the begin", "the end"):
        assert Searcher(PLANTED[where]).found_in(text), where
    assert not Searcher(marked_samples(9, 120)).found_in(text)
    assert not Searcher(PLANTED["a picture"]).found_in(text)


PICTURE_WRITTEN: dict[str, Callable[[np.ndarray], object]] = {
    "an array": lambda x: x,
    "a tensor": torch.from_numpy,
    "a list": lambda x: x.tolist(),
    "a list of numpy's numbers": lambda x: list(x.ravel()),
    "floats": lambda x: x.astype(np.float32),
    "shares": lambda x: x / 255,
    "shares of three places": lambda x: rounded(x / 255, 3),
    "shortened before": lambda x: f"I saw {np.array2string(x, threshold=9)}",
    "bytes": lambda x: x.tobytes(),
    "blue first": lambda x: x[..., ::-1].tolist(),
    "bytes, blue first": lambda x: x[..., ::-1].tobytes(),
    "base64, blue first": lambda x: lettered(x[..., ::-1]),
    "colour after colour": lambda x: x.transpose(2, 0, 1).tolist(),
    "darker": lambda x: (x * 0.4).tolist(),
    "around zero": lambda x: (x / 127.5 - 1).tolist(),
    "base64 around zero": lambda x: lettered((x / 127.5 - 1).astype(np.float16)),
}


@pytest.mark.parametrize("how", PICTURE_WRITTEN)
def test_a_picture_that_is_given_to_a_logger_is_found(how: str) -> None:
    text = log_text([logged("seen %s", PICTURE_WRITTEN[how](FRAME))])
    assert Searcher(PLANTED["a picture"]).found_in(text)
    assert not Searcher(marked_frame(9, 1, 40)).found_in(text)
    assert not Searcher(PLANTED["the begin"]).found_in(text)


HEARING_WRITTEN: dict[str, Callable[[np.ndarray], object]] = {
    "a list": lambda x: x.tolist(),
    "a list in a word": lambda x: json.dumps({"text": str(x.ravel().tolist())}),
    "band after band": lambda x: x.T.tolist(),
    "floats": lambda x: (x * 1.5 - 3).tolist(),
    "bytes": lambda x: x.tobytes(),
    "quoted bytes": lambda x: json.dumps(str(x.tobytes())),
    **{
        f"base64 of {kind}": lambda x, kind=kind: lettered(x.astype(kind))  # type: ignore[misc]
        for kind in ("float16", "float32")
    },
}
LEVELS_WRITTEN: dict[str, Callable[[np.ndarray], object]] = {
    "a letter each": lambda x: "".join(f"{level:x}" for level in x.ravel().tolist()),
    **{
        f"{kind} {how}": lambda x, kind=kind, write=write: write(x.astype(kind))  # type: ignore[misc]
        for kind in ("uint8", "int32", "int64", "float32")
        for how, write in {"bytes": lambda x: x.tobytes(), "base64": lettered}.items()
    },
}
MEL = log_mel(marked_samples(7, 2 * SLOT_SAMPLES))
LEVELS = DMelConfig().quantise(MEL)


@pytest.mark.parametrize(
    ("numbers", "write"),
    [
        *(pytest.param(MEL, write, id=f"mel as {how}") for how, write in HEARING_WRITTEN.items()),
        *(
            pytest.param(LEVELS, write, id=f"levels as {how}")
            for how, write in (HEARING_WRITTEN | LEVELS_WRITTEN).items()
        ),
    ],
)
def test_what_ears_make_of_sound_is_found(
    numbers: np.ndarray, write: Callable[[np.ndarray], object]
) -> None:
    text = log_text([logged("heard %s", write(numbers[SLOT_FRAMES:]))])
    of_it = searchers_of_hearing(marked_samples(7, 2 * SLOT_SAMPLES))
    assert any(searcher.found_in(text) for searcher in of_it)
    of_others = searchers_of_hearing(marked_samples(8, 2 * SLOT_SAMPLES))
    assert not any(searcher.found_in(text) for searcher in of_others)


@pytest.mark.parametrize("grid", [PatchConfig(), PatchConfig(before=False)], ids=str)
@pytest.mark.parametrize("write", [np.ndarray.tolist, np.ndarray.tobytes, lettered])
def test_what_eyes_make_of_a_picture_is_found(
    grid: PatchConfig, write: Callable[[np.ndarray], object]
) -> None:
    ours, others = (searchers_of_sight([marked_frame(seed, 40, 80)], grid) for seed in (11, 12))
    patches = Sight(grid).look(marked_frame(11, 40, 80))
    assert patches is not None
    boxed = letterbox(marked_frame(11, 40, 80), grid)
    for seen in (boxed[58:63], patches[len(patches) // 2, 18:22]):
        text = log_text([logged("seen %s", write(seen))])
        assert any(searcher.found_in(text) for searcher in ours)
        assert not any(searcher.found_in(text) for searcher in others)


def test_sound_in_an_event_and_in_the_words_of_an_error_is_found() -> None:
    searcher = Searcher(PLANTED["the begin"])
    assert searcher.found_in(text_of([{"event": SLOT}]))
    try:
        raise ValueError(f"no words in {SLOT.tolist()}")
    except ValueError as error:
        failed = logged("it failed")
        failed.exc_info = (type(error), error, error.__traceback__)
    assert searcher.found_in(log_text([failed]))


@dataclasses.dataclass
class _Event:
    inside: object


class _Holder:
    __slots__ = ("inside",)

    def __init__(self, inside: object) -> None:
        self.inside = inside

    def turn(self) -> None: ...


@pytest.mark.parametrize(
    "carrier",
    [
        SLOT,
        SLOT[:1],
        torch.from_numpy(SLOT),
        b"sound",
        bytearray(b"sound"),
        memoryview(b"sound"),
        SENSES,
        VOICED,
    ],
    ids=lambda carrier: type(carrier).__name__,
)
def test_what_carries_sound_is_found_wherever_it_is(carrier: object) -> None:
    kind = type(carrier).__name__
    error = ValueError("no words")
    error.__cause__ = RuntimeError("of", carrier)
    ways: dict[str, object] = {
        "": carrier,
        "[1]": ("a", carrier),
        "[a][0]": {"a": [carrier]},
        ".inside.inside": _Event(_Holder(carrier)),
        ".cause.args[1]": error,
        ".self.inside": _Holder(carrier).turn,
    }
    for way, holder in ways.items():
        assert carriers(holder, "it") == [f"it{way}: {kind}"]
        record = logged("%s %s", "first", holder)
        assert carriers(record, "log") == [f"log.args[1]{way}: {kind}"]
        record = logged("as an attribute")
        vars(record)["extra"] = holder
        assert carriers(record, "log") == [f"log.extra{way}: {kind}"]


def test_what_carries_no_sound_is_none() -> None:
    heard = MicroTurnInput(index=1, text="two words")
    assert carriers([heard, {"a": 1.5, "b": None}, "text", datetime(2026, 1, 1)], "it") == []
    plain = "2026-01-02 03:04:05,678 [0.2, 0.4, 0.6, 0.8] 127.0.0.1:6379 1, 2, 3, 4, 5, 6, 7"
    for searcher in (Searcher(each) for each in PLANTED.values()):
        assert not searcher.found_in(plain.encode())
