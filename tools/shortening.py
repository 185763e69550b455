"""Cutting a text to a length so that it can still be said. Pure."""

import re


def shorten(text: str, limit_chars: int) -> str:
    """Cut text to a length, after a whole sentence if that keeps half of it, else after a word."""
    text = text.strip()
    if len(text) <= limit_chars:
        return text
    kept = text[:limit_chars]
    ends = [found.end() for found in re.finditer(r"[.!?](?=\s)", kept)]
    if ends and ends[-1] >= limit_chars // 2:
        return kept[: ends[-1]]
    words, space, _ = kept.rpartition(" ")
    return (words if space else kept[:-1]).rstrip(",;: ") + "…"
