"""Where it is written what was begun and done, and under which key each call is known.

An effect that was begun is never begun again, whoever asks: the one process that has a
`MemoryLedger`, or all that share another one.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from weft.tools.effect import ChangingCall, Effect
from weft.tools.tool import ToolOutput

_EFFECTS_KEPT = 10_000
"""Effects whose outcome is known; a redelivery comes soon or never."""
_KEYS_KEPT = 4 * _EFFECTS_KEPT


@dataclass(frozen=True, slots=True)
class Begun:
    """An effect that was begun, and what came of it."""

    arguments: str
    outputs: tuple[ToolOutput, ...] | None = None
    """None while it runs, and for good when it broke off: nobody knows what was done."""


class Ledger(Protocol):
    """What carrying out asks before, and tells after."""

    async def key_of(self, call: ChangingCall) -> str:
        """Give the key of a call: that of its words, or else of its place, if either was known.

        From then on both are known by it. Raises ToolError when the ledger cannot be read.
        """
        ...

    async def begin(self, effect: Effect) -> Begun | None:
        """Write down that an effect is begun; give what is known of it if it was before.

        Raises ToolError when it cannot be written down: then it must not be begun.
        """
        ...

    async def end(self, effect: Effect, outputs: Sequence[ToolOutput]) -> None:
        """Write down what came of an effect, as far as that is possible by now."""
        ...


class MemoryLedger:
    """The ledger of one process, which ends with it."""

    def __init__(self) -> None:
        """Begin with nothing done."""
        self._begun: OrderedDict[str, Begun] = OrderedDict()
        self._keys: OrderedDict[str, str] = OrderedDict()

    async def key_of(self, call: ChangingCall) -> str:
        """Give the key of a call: that of its words, or else of its place, if either was known."""
        key = self._keys.get(call.words) or self._keys.get(call.place) or call.place
        self._keys.setdefault(call.words, key)
        self._keys.setdefault(call.place, key)
        while len(self._keys) > _KEYS_KEPT:
            self._keys.popitem(last=False)
        return key

    async def begin(self, effect: Effect) -> Begun | None:
        """Note that an effect is begun; give what is known of it if it was before."""
        before = self.known(effect)
        if before is None:
            self._note(effect, Begun(effect.arguments))
        return before

    async def end(self, effect: Effect, outputs: Sequence[ToolOutput]) -> None:
        """Note what came of an effect."""
        self._note(effect, Begun(effect.arguments, tuple(outputs)))

    def known(self, effect: Effect) -> Begun | None:
        """Give what is known of an effect; None when it was not begun."""
        return self._begun.get(effect.key)

    def _note(self, effect: Effect, begun: Begun) -> None:
        self._begun[effect.key] = begun
        while len(self._begun) > _EFFECTS_KEPT:
            self._begun.popitem(last=False)


__all__ = ["Begun", "Ledger", "MemoryLedger"]
