"""What start-up says while it loads, and where it says it."""

import logging
import sys
from collections.abc import Callable

logger = logging.getLogger(__name__)

Announce = Callable[[str], None]


def announce_on_stderr(what: str) -> None:
    """Say on standard error what start-up is doing."""
    sys.stderr.write(f"weft: {what}\n")
    sys.stderr.flush()


def announce_in_log(what: str) -> None:
    """Say in the log what start-up is doing: for programs, whose standard error is their own."""
    logger.info(what)
