"""What somebody meant who wrote a name that is not known."""

import difflib
from collections.abc import Iterable


def suggestion(wrong: str, known: Iterable[str]) -> str:
    """Say what would be right: the nearest of the known names if there is one, and all."""
    names = list(known)
    near = difflib.get_close_matches(wrong.lower(), names, n=1, cutoff=0.6)
    guess = f"did you mean `{near[0]}`? " if near else ""
    return f"{guess}known: {', '.join(names) or 'none'}"
