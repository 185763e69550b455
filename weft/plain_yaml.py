"""YAML as people mean it: only `true` and `false` are booleans, and what looks like a date is text.

This is nearer to YAML 1.2, which is what OpenAPI documents are written in. Knows no file.
"""

import re

import yaml

_BOOLEAN = "tag:yaml.org,2002:bool"
_DATE = "tag:yaml.org,2002:timestamp"


class PlainLoader(yaml.SafeLoader):
    """The safe loader, but only `true` and `false` are booleans, and dates are words like `off`."""


PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in (_BOOLEAN, _DATE)]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
PlainLoader.add_implicit_resolver(
    _BOOLEAN, re.compile(r"true|True|TRUE|false|False|FALSE"), list("tTfF")
)

__all__ = ["PlainLoader"]
