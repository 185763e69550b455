"""When an endpoint that keeps failing is left alone, and when it is tried again. Pure.

closed: it is asked. open: it is not, until its recovery is over. half-open: one request finds out
whether it is back, and the others do without it meanwhile.
"""

import math
from dataclasses import dataclass, replace
from typing import Final

FAILURES_TO_OPEN: Final = 3
"""In a row; one alone may be chance."""
FIRST_RECOVERY_S: Final = 5.0
LONGEST_RECOVERY_S: Final = 60.0
"""Also for a server that asks for more: a wrong header must not end its use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """The state of one endpoint; each thing that happens to it gives the next state."""

    failures: int = 0
    """In a row, up to now."""
    recovers_until_s: float = -math.inf
    probing: bool = False

    def recovery_s(self, now_s: float) -> float:
        """Seconds until it may be asked: 0 for now, infinity while a probe decides."""
        if self.probing:
            return math.inf
        return max(0.0, self.recovers_until_s - now_s)

    def asked(self) -> "Breaker":
        """A request goes out; after failures it is a probe."""
        return replace(self, probing=self.failures >= FAILURES_TO_OPEN)

    def succeeded(self) -> "Breaker":
        """A reply came whole."""
        return replace(self, failures=0, probing=False)

    def failed(self, now_s: float) -> "Breaker":
        """The endpoint failed; from the third time on it recovers, longer each time."""
        if not self.probing and self.failures >= FAILURES_TO_OPEN and now_s < self.recovers_until_s:
            # It was asked before that time began: requests that break at once are one failure.
            return self
        failures = self.failures + 1
        recovery_s = 0.0
        if failures >= FAILURES_TO_OPEN:
            # Bounded before the power is taken: a server may be away for days.
            doublings = min(failures - FAILURES_TO_OPEN, 10)
            recovery_s = min(LONGEST_RECOVERY_S, FIRST_RECOVERY_S * 2**doublings)
        return replace(self, failures=failures, probing=False).recovering(now_s, recovery_s)

    def abandoned(self) -> "Breaker":
        """A request was given up before it could tell anything."""
        return replace(self, probing=False)

    def recovering(self, now_s: float, recovery_s: float) -> "Breaker":
        """Leave it alone for a while, as it asked for."""
        until_s = now_s + min(recovery_s, LONGEST_RECOVERY_S)
        return replace(self, recovers_until_s=max(self.recovers_until_s, until_s))
