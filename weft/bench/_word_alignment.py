"""Which word that was heard stands for which word that was said. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Aligned:
    """One word that was said with the one that was heard for it; None where there is none."""

    said: int | None
    heard: int | None
    right: bool


def align(said: Sequence[str], heard: Sequence[str]) -> list[Aligned]:
    """Pair two lists of words with as few substitutions, deletions and insertions as can be.

    Among equally few, a word that is right is paired as late as it can be.
    """
    costs = _costs(said, heard)
    pairs: list[Aligned] = []
    n, m = len(said), len(heard)
    while n or m:
        right = bool(n and m) and said[n - 1] == heard[m - 1]
        if n and m and costs[n][m] == costs[n - 1][m - 1] + (not right):
            n, m = n - 1, m - 1
            pairs.append(Aligned(n, m, right))
        elif n and costs[n][m] == costs[n - 1][m] + 1:
            n -= 1
            pairs.append(Aligned(n, None, right=False))
        else:
            m -= 1
            pairs.append(Aligned(None, m, right=False))
    return pairs[::-1]


def _costs(said: Sequence[str], heard: Sequence[str]) -> list[list[int]]:
    """Errors between the first n words said and the first m heard, [n][m]."""
    costs = [list(range(len(heard) + 1))]
    for n, word in enumerate(said, start=1):
        row = [n]
        for m, other in enumerate(heard, start=1):
            row.append(min(costs[-1][m] + 1, row[-1] + 1, costs[-1][m - 1] + (word != other)))
        costs.append(row)
    return costs
