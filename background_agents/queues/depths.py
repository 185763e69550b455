"""How many packages of a pool wait: one worker counts, and tells when gateways are to know. Pure.

In quiet times nothing is told, so that gateways with nothing to do ask nothing. Where many wait a
count is told when it has become another one; of a few that come and go only those that stay.
"""

import math
from collections.abc import Mapping
from typing import Final

COUNT_EVERY_S: Final = 0.5
COUNTER_KEEPS_S: Final = 1.5
"""A worker that has not counted for so long leaves it to another."""
TOLD_WITHIN_S: Final = 3 * COUNT_EVERY_S
"""What was added longer ago than this has been counted, and is known if it was worth telling."""
TELL_AGAIN_S: Final = 60.0
FEW: Final = 20
"""Up to here it is told to the piece."""
ROUGHLY: Final = 0.05
"""Above, a share by which what was told may be off."""
_LIMIT_DIGITS: Final = 15


class Telling:
    """What gateways were last told by the one who counts, and what they are to be told."""

    def __init__(self) -> None:
        """Begin with nothing told."""
        self._told: int | None = None
        self._told_s = -math.inf
        self._before = FEW
        """The count before this one: the first is told as it is."""

    def news(self, waiting: int, now_s: float) -> int | None:
        """Take in a count; give what is to be told, None where gateways know it."""
        lasting = waiting if waiting > FEW else min(waiting, self._before)
        self._before = waiting
        if now_s < self._told_s + TELL_AGAIN_S and self._is_known(lasting):
            return None
        self._told, self._told_s = lasting, now_s
        return lasting

    def _is_known(self, waiting: int) -> bool:
        if self._told is None:
            return False
        off = abs(waiting - self._told)
        return off <= ROUGHLY * self._told if min(waiting, self._told) > FEW else off == 0


def told_in(fields: Mapping[bytes, bytes]) -> int | None:
    """Read what was told; None for what is no count."""
    count = fields.get(b"waiting", b"")
    return int(count) if count.isdigit() and len(count) <= _LIMIT_DIGITS else None
