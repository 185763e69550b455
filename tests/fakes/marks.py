"""Numbers that nothing else has, and how to find them again whatever they were written as."""

import array
import base64
import dataclasses
import functools
import json
import logging
import math
import pickle
import re
import sys
import types
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from weft.interaction_model.types import Senses, Voiced
from weft.orchestrator.channels.sound_devices import Exchange

WINDOW = 6
"""No more than so many numbers in a row are needed for a find."""

ENOUGH_DIGITS = 10.0
"""Numbers in a row that agree in so many decimal digits together are a find, but no two alone."""

MOST_COMPARED = 2_000_000
"""So many pairs of numbers are compared at once, for the sake of memory."""

WINDOW_BYTES = 24
"""So many bytes in a row are a find: fewer, in the letters of base64, are found in any text."""


def marked_samples(seed: int, count: int) -> NDArray[np.float32]:
    """Sound as nobody else makes it."""
    rng = np.random.default_rng(seed)
    # Not on the grid of 16-bit sound, so that a cast to it changes them.
    return rng.uniform(-0.9, 0.9, count).astype(np.float32)


def marked_frame(seed: int, height: int, width: int) -> NDArray[np.uint8]:
    """A picture as nobody else makes it."""
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (height, width, 3), dtype=np.uint8)


def written(numbers: NDArray[np.generic]) -> Iterator[tuple[str, bytes]]:
    """The ways in which numbers leave a process, by name."""
    values = numbers.ravel()
    for kind, cast in _casts(values).items():
        for order in ("<", ">") if cast.dtype.itemsize > 1 else ("<",):
            raw = cast.astype(cast.dtype.newbyteorder(order)).tobytes()
            yield f"{kind}{order} raw", raw
            yield f"{kind}{order} base64", base64.b64encode(raw)
            yield f"{kind}{order} urlsafe base64", base64.urlsafe_b64encode(raw)
            yield f"{kind}{order} hex", raw.hex().encode()
        yield f"{kind} json", json.dumps(cast.tolist()).encode()
        yield f"{kind} compact json", json.dumps(cast.tolist(), separators=(",", ":")).encode()
        yield f"{kind} repr", repr(cast.tolist()).encode()
        yield f"{kind} numpy text", np.array2string(cast, threshold=10**9).encode()
        yield f"{kind} pickle", pickle.dumps(cast)
        yield f"{kind} list pickle", pickle.dumps(cast.tolist())


class Searcher:
    """Finds marked numbers in bytes."""

    def __init__(self, numbers: NDArray[np.generic], *, step: int = 1) -> None:
        """Look for any few of them in a row; as bytes, such as begin at a multiple of `step`."""
        values = numbers.ravel()
        self._needles: set[bytes] = set()
        for start in range(0, values.size - WINDOW + 1, step):
            for cast in _casts(values[start : start + WINDOW_BYTES]).values():
                enough = cast[: max(WINDOW, WINDOW_BYTES // cast.itemsize)]
                if enough.nbytes >= WINDOW_BYTES:
                    self._needles |= set(_binary(enough))
        self._sought = [
            np.abs(cast.astype(np.float64))
            for kind, cast in _casts(values).items()
            if kind != "float64"  # As text, no other than those of 32 bits.
        ]

    def found_in(self, text: bytes) -> bool:
        """Say whether the numbers are in there, in whatever way."""
        texts = (text, *_unquoted(text))
        if any(needle in each for each in texts for needle in self._needles):
            return True
        numbers = _numbers_in(text)
        return any(
            _meet(numbers.values[part], near[part], digits[part], sought)
            for sought in self._sought
            for near, digits in numbers.closeness(whole=bool((sought % 1 == 0).all()))
            for part in _parts(numbers.values.size, MOST_COMPARED // sought.size)
        )


@dataclasses.dataclass(frozen=True, slots=True)
class _Numbers:
    """Numbers of a text in their order, all positive, with a NaN wherever something parts them."""

    values: NDArray[np.float64]
    places: NDArray[np.float64]
    """To so many places behind the point each is written."""

    def closeness(
        self, *, whole: bool
    ) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
        """How near each must be to count as equal, and how many digits agree then."""
        if whole:
            # Off by one: 16-bit sound is made with 32,767 or with 32,768.
            large = self.values > 255
            yield np.where(large, 1.0, 0.0), np.where(large, 4.0, math.log10(256))
            return
        # Rounded, or cut off, behind the last place; no finer than 32-bit numbers are.
        fine = np.maximum(10.0**-self.places, 1e-6)
        # Numbers of 16 bits are written to more places than they have.
        for near in (fine, np.maximum(fine, 2.0**-8)):
            yield np.where(self.places >= 2, near, -1.0), -np.log10(2 * near)


_ESCAPED = re.compile(rb"\\(?:x([0-9a-f]{2})|([\\'\"])|([nrt]))")


def _unquoted(text: bytes) -> Iterator[bytes]:
    """The text as it was before it was made a literal of, where bytes seem to have been."""
    for _ in range(2):  # A literal may have been quoted once more.
        if b"\\x" not in text:
            return
        text = _ESCAPED.sub(_unescaped, text)
        yield text


def _unescaped(found: re.Match[bytes]) -> bytes:
    if found[1]:
        return bytes.fromhex(found[1].decode())
    return found[2] or {b"n": b"\n", b"r": b"\r", b"t": b"\t"}[found[3]]


_NUMBER = rb"[0-9]++(?:\.[0-9]*+)?(?:[eE][-+]?[0-9]++)?"
_RUN = re.compile(rb"(?:%b[^0-9A-Za-z]{1,40}){2,}%b" % (_NUMBER, _NUMBER))
_ONE = re.compile(rb"([0-9]++)(?:\.([0-9]*+))?(?:[eE]([-+]?[0-9]++))?")
_BESIDE = re.compile(rb"(?:\b(?:np|numpy|torch)\.)?\b(?:u?int|b?float)[0-9]+\(|\btensor\(|\\+[nrt]")
"""What may stand before a number that is one of a row: its type, and the ends of quoted lines."""


@functools.lru_cache(maxsize=16)
def _numbers_in(text: bytes) -> _Numbers:
    """Read the numbers that stand in rows, with nothing but signs, blanks and brackets between."""
    values: list[float] = []
    places: list[float] = []
    for run in _RUN.finditer(_BESIDE.sub(b" ", text)):
        for one in _ONE.finditer(run[0]):
            exponent = max(-99, min(99, int((one[3] or b"0")[:4])))
            values.append(float(one[0]))
            places.append(min(99, len(one[2] or b"") - exponent))
        values.append(math.nan)
        places.append(0)
    return _Numbers(np.array(values), np.array(places, dtype=np.float64))


def _parts(size: int, most: int) -> Iterator[slice]:
    """Pieces that overlap, so that no row is lost between them."""
    for start in range(0, size, most):
        yield slice(start, start + most + WINDOW)


def _meet(
    values: NDArray[np.float64],
    near: NDArray[np.float64],
    digits: NDArray[np.float64],
    sought: NDArray[np.float64],
) -> bool:
    """Whether some values in a row are some that are sought, to ENOUGH_DIGITS."""
    most = min(WINDOW, values.size, sought.size)
    equal = np.abs(values[:, None] - sought) <= near[:, None]
    # A row may also end where the values do.
    padded = np.pad(equal, ((0, most), (0, most)))
    agreeing = np.pad(digits, (0, most))
    going = np.ones(equal.shape, dtype=bool)
    agreed = np.zeros(equal.shape)
    for step in range(most):
        going &= padded[step : step + equal.shape[0], step : step + equal.shape[1]]
        agreed += agreeing[step : step + equal.shape[0], None]
        if step >= 2 and (going & (agreed >= ENOUGH_DIGITS)).any():
            return True
    return False


def _casts(values: NDArray[np.generic]) -> dict[str, NDArray[np.generic]]:
    """The numbers in the types in which sound and pictures are handed on."""
    if values.dtype == np.uint8:
        return {"uint8": values, "float32": values.astype(np.float32) / 255}
    floats = values.astype(np.float64)
    return {
        "float32": floats.astype(np.float32),
        "float64": floats,
        "int16": np.clip(np.round(floats * 32_767), -32_768, 32_767).astype(np.int16),
    }


def _binary(cast: NDArray[np.generic]) -> Iterable[bytes]:
    """Numbers as bytes: raw, as digits, and as the letters that base64 has for them anywhere."""
    for order in ("<", ">"):
        raw = cast.astype(cast.dtype.newbyteorder(order)).tobytes()
        yield raw
        yield raw.hex().encode()
        for shift in range(3):
            # What stands before shifts the letters; those at the ends depend on the neighbours.
            letters = base64.b64encode(b"\0" * shift + raw)[4 if shift else 0 : -4]
            yield letters
            yield letters.replace(b"+", b"-").replace(b"/", b"_")
    # Numbers of a pickled list, without what stands before and behind them.
    yield pickle.dumps(cast[:4].tolist(), protocol=2)[6:-2]


@contextmanager
def printed_whole() -> Iterator[None]:
    """Let arrays and tensors be written with all their numbers, not with some of their ends.

    Threads that were not begun by this one, or not with its context, shorten arrays none the less.
    """
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_printoptions(threshold=sys.maxsize)
    try:
        with np.printoptions(threshold=sys.maxsize):
            yield
    finally:
        if torch is not None:
            torch.set_printoptions(profile="default")


def text_of(value: object) -> bytes:
    """What a value is as text, and nothing of it left out."""
    with printed_whole():
        return repr(value).encode()


def log_text(records: Iterable[logging.LogRecord]) -> bytes:
    """All that log records hold, and all that a handler makes of them."""
    formatter = logging.Formatter()
    with printed_whole():
        return b"\n".join(
            f"{vars(record)!r}\n{formatter.format(record)}".encode() for record in records
        )


CARRIERS = (
    np.ndarray,
    array.array,
    bytes,
    bytearray,
    memoryview,
    Senses,
    Voiced,
    Exchange,
)
"""What sound and pictures are held in, besides tensors."""


def carriers(value: object, way: str) -> list[str]:
    """The ways to all within a value that can carry sound or a picture, as text or not.

    Looks into containers, dataclasses, errors, and whatever is made of a class of weft. It does not
    see what a closure, a generator, an object of others or a frame of a traceback holds.
    """
    return list(_carriers(value, way, {}))


def _carriers(value: object, way: str, seen: dict[int, object]) -> Iterator[str]:
    if isinstance(value, str | int | float | None) or id(value) in seen:
        return
    seen[id(value)] = value  # Kept: else its id may soon be another's.
    torch = sys.modules.get("torch")
    if isinstance(value, CARRIERS) or (torch is not None and isinstance(value, torch.Tensor)):
        yield f"{way}: {type(value).__name__}"
        return
    for step, inside in _inside(value):
        yield from _carriers(inside, way + step, seen)


def _inside(value: object) -> Iterator[tuple[str, object]]:
    """What a value holds, each with the step to it."""
    if isinstance(value, Mapping):
        for number, (key, each) in enumerate(value.items()):
            yield f".key {number}", key
            yield f"[{key if isinstance(key, str) else number}]", each
    elif isinstance(value, Sequence | Set | deque):
        yield from ((f"[{number}]", each) for number, each in enumerate(value))
    elif isinstance(value, functools.partial):
        yield from ((".func", value.func), (".args", value.args), (".keywords", value.keywords))
    elif isinstance(value, BaseException):
        yield ".args", value.args
        yield ".cause", value.__cause__
        yield ".context", value.__context__
        yield from ((f".{name}", each) for name, each in vars(value).items())
    elif isinstance(value, types.MethodType):
        yield ".self", value.__self__
    elif type(value).__module__.partition(".")[0] in ("weft", "tests") or isinstance(
        value, logging.LogRecord
    ):
        names = [*getattr(value, "__dict__", ()), *_slots(type(value))]
        yield from ((f".{name}", getattr(value, name)) for name in names if hasattr(value, name))
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield f".{field.name}", getattr(value, field.name, None)


def _slots(kind: type) -> Iterator[str]:
    for each in kind.__mro__:
        slots = each.__dict__.get("__slots__", ())
        yield from (slots,) if isinstance(slots, str) else slots
