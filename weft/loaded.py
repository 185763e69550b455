"""What start-up has loaded stays loaded, and the garbage collector is told so."""

import gc
from functools import cache


@cache
def spare_what_is_loaded() -> None:
    """Take all that is alive now out of the collections to come; once in a process.

    Libraries and models leave some 450,000 objects behind them, and a full collection that looks
    at each takes 200 ms, a whole micro-turn (docs/log.md).
    """
    gc.collect()
    gc.freeze()
    # How often it collects goes by what the last collection had left, so one more, of nothing.
    gc.collect()
