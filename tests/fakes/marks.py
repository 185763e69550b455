"""Numbers that nothing else has, and how to find them again whatever they were written as."""

import base64
import json
import pickle
import re
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

WINDOW = 6
"""So many numbers in a row are a find, where they are written as text."""

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
        """Look for any WINDOW of them in a row that begins at a multiple of `step`."""
        values = numbers.ravel()
        self._needles: set[bytes] = set()
        self._texts: list[re.Pattern[bytes]] = []
        texts: set[bytes] = set()
        for start in range(0, values.size - WINDOW + 1, step):
            for cast in _casts(values[start : start + WINDOW_BYTES]).values():
                enough = cast[: max(WINDOW, WINDOW_BYTES // cast.itemsize)]
                if enough.nbytes >= WINDOW_BYTES:
                    self._needles |= set(_binary(enough))
            texts |= set(_patterns(values[start : start + WINDOW]))
        self._texts = [re.compile(each) for each in texts]

    def found_in(self, text: bytes) -> bool:
        """Say whether the numbers are in there, in whatever way."""
        return any(needle in text for needle in self._needles) or any(
            pattern.search(text) for pattern in self._texts
        )


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


def _patterns(window: NDArray[np.generic]) -> Iterable[bytes]:
    """Numbers as text: four in a row by their first digits, whatever stands between them."""
    between = rb"[^0-9A-Za-z]{1,6}"
    for cast in _casts(window).values():
        if cast.dtype.kind == "f":
            digits = [f"{abs(float(value)):.9f}"[2:7].encode() for value in cast[:4]]
            yield between.join(rb"0\." + each + rb"\d*" for each in digits)
        else:
            yield rb"(?<!\d)" + between.join(str(abs(int(value))).encode() for value in cast)
