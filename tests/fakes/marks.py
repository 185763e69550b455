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
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from weft.interaction_model.config import PatchConfig
from weft.interaction_model.dmel import SLOT_FRAMES, DMelConfig, log_mel
from weft.interaction_model.patches import Sight, letterbox
from weft.interaction_model.types import Senses, Voiced
from weft.orchestrator.channels.sound_devices import Exchange

WINDOW = 6
"""No more than so many numbers in a row are needed for a find."""

ENOUGH_DIGITS = 10.0
"""Numbers in a row that agree in so many decimal digits together are a find, but no two alone."""

MOST_COMPARED = 2_000_000
"""So many pairs of numbers are compared at once, for the sake of memory."""

WINDOW_BYTES = 24
"""So many bytes in a row are a find."""

ROW = 20
"""So many numbers in a row are a find by their shape alone, however loud or bright they are."""

COARSE_ROW = 40
"""So many where neighbours are nearly alike, or of few levels."""

ALIKE = 0.999
"""Rows of numbers that correlate so highly have the same shape."""


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
    """Finds marked numbers in bytes.

    It does not find what is compressed or encrypted, what is rounded to less than about 20 steps,
    or bent (mu-law); nor, where bytes stand as they are, what is scaled.
    """

    def __init__(
        self, numbers: NDArray[np.generic], *, step: int = 1, coarse: bool = False
    ) -> None:
        """Look for any few of them in a row; as bytes, such as begin at a multiple of `step`.

        Where they are `coarse`, of few levels or smooth, a few are met anywhere: then for ROW.
        """
        orders = list(_orders(numbers))
        window, row = (ROW, COARSE_ROW) if coarse else (WINDOW, ROW)
        needles: set[bytes] = set()
        for values in orders:
            for start in range(0, values.size - window + 1, step):
                if coarse and np.bincount(values[start : start + window]).max() > window / 2:
                    continue  # Sound of others has as long a row of one level.
                for cast in _casts(values[start : start + WINDOW_BYTES]).values():
                    enough = cast[: max(window, WINDOW_BYTES // cast.itemsize)]
                    if coarse or enough.nbytes >= WINDOW_BYTES:
                        needles |= set(_binary(enough))
                if coarse:
                    letters = (f"{level:x}" for level in values[start : start + 24].tolist())
                    needles.add("".join(letters).encode())
        self._needles = list(needles)
        self._begun = np.array([_beginnings(needle)[0] for needle in self._needles], np.uint64)
        self._first_bytes = np.zeros(1 << 16, dtype=bool)
        self._first_bytes[self._begun & np.uint64(0xFFFF)] = True
        self._sought = [
            np.abs(cast.astype(np.float64))
            for kind, cast in _casts(orders[0]).items()
            if kind in _WRITTEN_FEW and not coarse
        ]
        # Numbers of a text have no sign, those of bytes have.
        floats = [values.astype(np.float64) for values in orders]
        floats += [np.abs(each - (127.5 if numbers.dtype == np.uint8 else 0.0)) for each in floats]
        self._shapes = np.concatenate([_shapes(each, row, step=4) for each in floats])

    def found_in(self, text: bytes) -> bool:
        """Say whether the numbers are in there, in whatever way."""
        texts = (text, *_unquoted(text), *_decoded(text), _small_in(text))
        if any(map(self._needles_in, texts)):
            return True
        row = self._shapes.shape[1]
        if any((np.abs(part @ self._shapes.T) > ALIKE).any() for part in _rows_in(text, row)):
            return True
        numbers = _numbers_in(text)
        return any(
            _meet(numbers.values[part], near[part], digits[part], sought)
            for sought in self._sought
            for near, digits in numbers.closeness(whole=bool((sought % 1 == 0).all()))
            for part in _parts(numbers.values.size, MOST_COMPARED // sought.size)
        )

    def _needles_in(self, text: bytes) -> bool:
        # All places at once, by how needles begin: there are thousands of them.
        places = _beginnings(text)
        places = places[self._first_bytes[places & np.uint64(0xFFFF)]]
        begun = places[np.isin(places, self._begun)]
        return any(self._needles[n] in text for n in np.flatnonzero(np.isin(self._begun, begun)))


def _beginnings(text: bytes) -> NDArray[np.uint64]:
    """What stands at each place of a text, as one number."""
    return np.ndarray((max(0, len(text) - 7),), np.uint64, text, strides=(1,))


def searchers_of_hearing(samples: NDArray[np.float32]) -> list[Searcher]:
    """For what ears make of sound, of which a vocoder makes sound again: in whichever slot it is.

    That is the log-mel bands and their dMel levels: a frame of each slot, and the low bands,
    whose levels vary most, over all.
    """
    mel = log_mel(samples)
    levels = DMelConfig().quantise(mel)
    return [
        *(Searcher(row, step=8) for row in (mel[5::SLOT_FRAMES].ravel(), mel[:, 5])),
        *(
            Searcher(row, step=4, coarse=True)
            for row in (levels[5::SLOT_FRAMES].ravel(), levels[:, :8].T.ravel())
        ),
    ]


def searchers_of_sight(frames: Sequence[NDArray[np.uint8]], grid: PatchConfig) -> list[Searcher]:
    """For what eyes make of pictures, one after the other: fitted into a grid, cut into patches."""
    boxed = [letterbox(frame, grid) for frame in frames]
    row = len(boxed[0]) // 2
    sight = Sight(grid)
    patches = [cut for frame in frames if (cut := sight.look(frame)) is not None]
    middle, within = len(patches[0]) // 2, row % patches[0].shape[1]
    return [
        Searcher(np.concatenate([each[row, :48] for each in boxed]), step=8, coarse=True),
        Searcher(np.concatenate([each[middle, within] for each in patches]), step=8, coarse=True),
    ]


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


_BASE64 = re.compile(rb"[0-9A-Za-z+/_-]{32,}")
_HEX = re.compile(rb"[0-9A-Fa-f]{48,}")
_STANDARD = bytes.maketrans(b"-_", b"+/")


@functools.lru_cache(maxsize=16)
def _decoded(text: bytes) -> tuple[bytes, ...]:
    """What stands in a text as base64 or as digits of bytes, from wherever that begins."""
    runs = (run for run in _BASE64.findall(text) if not _HEX.fullmatch(run))
    letters = [run.translate(_STANDARD) for run in runs]
    digits = _HEX.findall(text)
    return (
        *(b"".join(base64.b64decode(_whole(run[at:], 4)) for run in letters) for at in range(4)),
        *(b"".join(bytes.fromhex(_whole(run[at:], 2).decode()) for run in digits) for at in (0, 1)),
    )


def _small_in(text: bytes) -> bytes:
    """The numbers of a text as bytes, where they have room in one."""
    values = _numbers_in(text).values
    with np.errstate(invalid="ignore"):
        fits = (values % 1 == 0) & (values < 256)
        return np.where(fits, values, 255).astype(np.uint8).tobytes()


def _whole(run: bytes, size: int) -> bytes:
    return run[: len(run) // size * size]


_OF_BYTES = ["u1", "i1", "<i2", "<f2", "<f4"]
"""In other types decoded numbers are found only as they were."""


@functools.lru_cache(maxsize=16)
def _rows_in(text: bytes, row: int) -> tuple[NDArray[np.float32], ...]:
    """The shapes [n, row] of all that may be rows of numbers, as text or decoded."""
    rows = [_shapes(_numbers_in(text).values, row)]
    for decoded in _decoded(text):
        for kind in map(np.dtype, _OF_BYTES):
            for at in range(kind.itemsize):
                values = np.frombuffer(_whole(decoded[at:], kind.itemsize), kind)
                rows.append(_shapes(values, row))
    most = MOST_COMPARED // row
    return tuple(each[at : at + most] for each in rows for at in range(0, len(each), most))


def _shapes(values: NDArray[np.generic], row: int, *, step: int = 1) -> NDArray[np.float32]:
    """Rows of numbers [n, row], each of length one and around zero: without loudness and offset.

    Those are left out in which few stand out, as in any row of zeros with a one in it.
    """
    if values.size < row:
        return np.empty((0, row), np.float32)
    with np.errstate(all="ignore"):  # Whatever bytes may be as numbers.
        rows = sliding_window_view(values.astype(np.float64), row)[::step]
        rows = rows[np.isfinite(rows).all(axis=1)]
        around = rows - rows.mean(axis=1, keepdims=True)
        around /= np.abs(rows).max(axis=1, keepdims=True)
        length = np.linalg.norm(around, axis=1, keepdims=True)
        shapes = around / length
        varied = (length[:, 0] > 1e-6) & ((shapes**4).sum(axis=1) < 0.2)
        found: NDArray[np.float32] = shapes[varied].astype(np.float32)
        return found


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


_WRITTEN_FEW = ("float32", "int16", "uint8")
"""Casts of which a few are known again as text."""


def _casts(values: NDArray[np.generic]) -> dict[str, NDArray[np.generic]]:
    """The numbers in the types in which sound and pictures are handed on."""
    if values.dtype == np.uint8:
        return {
            "uint8": values,
            "int32": values.astype(np.int32),
            "int64": values.astype(np.int64),
            "large float32": values.astype(np.float32),
            "float32": values.astype(np.float32) / 255,
            "float16": (values.astype(np.float32) / 255).astype(np.float16),
        }
    floats = values.astype(np.float64)
    casts: dict[str, NDArray[np.generic]] = {
        "float32": floats.astype(np.float32),
        "float64": floats,
        "float16": floats.astype(np.float16),
    }
    if np.abs(floats).max() <= 1:
        casts["int16"] = np.round(floats * 32_767).astype(np.int16)
        casts["int8"] = np.round(floats * 127).astype(np.int8)
        casts["offset uint8"] = np.round(floats * 127 + 128).astype(np.uint8)
    return casts


def _orders(numbers: NDArray[np.generic]) -> Iterator[NDArray[np.generic]]:
    """As they are; and colours with blue first or each for itself, of all else every second."""
    values = numbers.ravel()
    yield values
    if numbers.ndim > 1 and numbers.shape[-1] == 3:
        yield numbers[..., ::-1].ravel()
        yield from (numbers[..., colour].ravel() for colour in range(3))
    else:
        yield from (values[::2], values[1::2])


def _binary(cast: NDArray[np.generic]) -> Iterable[bytes]:
    """Numbers as bytes, and as a pickled list, without what stands before and behind them."""
    for order in ("<", ">"):
        yield cast.astype(cast.dtype.newbyteorder(order)).tobytes()
    yield pickle.dumps(cast.tolist(), protocol=2)[6:-2]


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
