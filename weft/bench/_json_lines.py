"""Reads a file of JSON lines that somebody brings to a bench."""

import json
from collections.abc import Iterator
from pathlib import Path

from weft.errors import InputError


def objects(path: Path, *, example: str) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield where each object stands, for messages, and the object.

    Raises InputError naming the line; `example` says what a line looks like.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise InputError(f"{path}: cannot be read: {reason}") from error
    numbered = [(number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    if not numbered:
        raise InputError(f"{path}: holds nothing; a line is {example}")
    for number, line in numbered:
        where = f"{path}:{number}"
        try:
            value = json.loads(line)
        except ValueError as error:
            raise InputError(f"{where}: is not JSON ({error})") from error
        if not isinstance(value, dict):
            raise InputError(f"{where}: is not an object; a line is {example}")
        yield where, value
