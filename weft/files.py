"""The files that a command is given: whether it can write its own, and over none of the others."""

from collections.abc import Mapping
from pathlib import Path

from weft.errors import InputError


def check_files(read: Mapping[str, Path | None], written: Mapping[str, Path | None]) -> None:
    """Raise InputError now, not after the conversation, when a file cannot be used.

    `read` and `written` have the files by the options that name them.
    """
    for file in written.values():
        if file is not None:
            _check_writable(file)
    named = {file.resolve(): option for option, file in read.items() if file is not None}
    for option, file in written.items():
        if file is None:
            continue
        # What is written would stand in place of what the other one names.
        other = named.setdefault(file.resolve(), option)
        if other != option:
            raise InputError(f"{option} and {other} name the same file, {file}; give each its own")


def _check_writable(file: Path) -> None:
    try:
        is_new = not file.exists()
        file.open("a", encoding="utf-8").close()
        if is_new:
            file.unlink()  # what is written when the talk never begins would be nothing
    except OSError as error:
        raise InputError(f"{file}: cannot be written: {error.strerror}") from error
