"""Sentences as people say them, one by one: what no grammar of slots would have come to.

Each file beside this one holds lines of `key | sentence`, where `(a/b)` is a choice.
"""

import functools
from collections import defaultdict
from collections.abc import Mapping
from importlib import resources
from typing import Literal

Table = Literal["requests", "small_talk", "statements"]


@functools.cache
def natural(table: Table) -> Mapping[str, tuple[str, ...]]:
    """Read the sentences of a table by key, each once and in the order written."""
    text = resources.files(__package__).joinpath(f"{table}.txt").read_text(encoding="utf-8")
    sentences: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for line in text.splitlines():
        key, _, sentence = line.partition(" | ")
        sentences[key][sentence] = None
    return {key: tuple(of_key) for key, of_key in sentences.items()}


def asked(key: str) -> tuple[str, ...]:
    """Read the requests of a key as whole sentences, each with a mark at its end."""
    return tuple(
        request if request.endswith("?") else f"{request}." for request in natural("requests")[key]
    )
