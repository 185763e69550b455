"""What counts as a picture; no torch here, so that whoever shows one can look."""

import numpy as np
from numpy.typing import NDArray

from weft.errors import InputError


def in_colours(frame: object) -> NDArray[np.uint8]:
    """Make a frame RGB [height, width, 3]; one that is RGB is given back as it is.

    Takes uint8 [h, w] or [h, w, 1] (grey), [h, w, 3] (RGB) and [h, w, 4] (RGBA, laid over black).
    Raises InputError for anything else, naming shape and type.
    """
    if not isinstance(frame, np.ndarray):
        raise _no_frame(type(frame).__name__)
    shape = frame.shape
    usable = frame.dtype == np.uint8 and len(shape) in (2, 3) and min(shape) > 0
    if not usable or (len(shape) == 3 and shape[2] not in (1, 3, 4)):
        raise _no_frame(f"{frame.dtype} {list(shape)}")
    if len(shape) == 2:
        frame = frame[:, :, None]
    if frame.shape[2] == 1:
        return np.repeat(frame, 3, axis=2)
    if frame.shape[2] == 4:
        opaque = frame[:, :, 3:].astype(np.uint16)
        return ((frame[:, :, :3] * opaque + 127) // 255).astype(np.uint8)
    return frame


def _no_frame(found: str) -> InputError:
    return InputError(
        "a video frame must be uint8 [height, width] or [height, width, 1, 3 or 4] with at least "
        f"one pixel; this one is {found}"
    )
