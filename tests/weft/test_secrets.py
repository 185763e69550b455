"""Secrets of a configuration: in no repr, no dump, no schema and no message about a mistake."""

from collections.abc import Iterator, Mapping

import pytest

from weft.config import AgentConfig, parse_config
from weft.errors import ConfigError

MARK = "s3cr3t-Mark"
SECRETS: Mapping[str, object] = {
    "background": {
        "agents": {
            "remote": {
                "provider": "openai-compatible",
                "model": "m",
                "base_url": f"https://ann:{MARK}@api.test/v1",
                "api_key": MARK,
                "extra_body": {"user_token": MARK},
            }
        }
    },
    "tools": {
        "use": [],
        "web_search": {"provider": "brave", "api_key": MARK},
        "mcp": {
            "far": {
                "url": f"https://ann:{MARK}@tools.test/mcp?key={MARK}",
                "headers": {"Authorization": f"Bearer {MARK}"},
            },
            "near": {"command": ["loom", f"--token={MARK}"], "env": {"LOOM_TOKEN": MARK}},
        },
        "openapi": {"shop": {"document": __file__, "headers": {"X-Api-Key": MARK}}},
    },
    "queue": {
        "kind": "redis",
        "url": f"rediss://ann:{MARK}@queue.test",
        "signing_keys": [
            f"{MARK} and as much again behind it",
            f"{MARK}, the old one, still there",
        ],
    },
}
"""Every place that is for a secret, or in which people put one."""


def leaves(value: object, *steps: str | int) -> Iterator[tuple[str | int, ...]]:
    """Give the way to every place that holds the mark."""
    match value:
        case dict():
            for name, part in value.items():
                yield from leaves(part, *steps, name)
        case list():
            for number, part in enumerate(value):
                yield from leaves(part, *steps, number)
        case str() if MARK in value:
            yield steps


def changed(value: object, steps: tuple[str | int, ...], put: object) -> object:
    """Give a copy with something else at one place."""
    if not steps:
        return put
    match value:
        case dict():
            return {
                name: changed(part, steps[1:], put) if name == steps[0] else part
                for name, part in value.items()
            }
        case list():
            return [
                changed(part, steps[1:], put) if number == steps[0] else part
                for number, part in enumerate(value)
            ]
    raise AssertionError(steps)


def told_of(values: Mapping[str, object]) -> str:
    """All that is said of a configuration, right or wrong."""
    try:
        return repr(parse_config(values))
    except ConfigError as error:
        return f"{error} {error!r} {error.mistakes}"


def test_no_secret_is_in_a_repr_or_a_dump() -> None:
    config = parse_config(SECRETS)
    shown = [repr(config), str(config), config.model_dump_json(), str(config.model_dump())]
    assert [text for text in shown if MARK in text] == []
    assert MARK not in str(AgentConfig.model_json_schema())
    assert "https://(hidden)@api.test/v1" in config.model_dump_json()


PLACES = list(leaves(SECRETS))


@pytest.mark.parametrize("steps", PLACES, ids=lambda steps: ".".join(map(str, steps)))
@pytest.mark.parametrize(
    "wrong",
    [
        [MARK],
        {"a": MARK},
        f" https://ann:{MARK}@x.test:0 ",
        f"https://x.test/v1?key={MARK} ",
        f"ftp://ann:{MARK}@x.test",
        f"ann:{MARK}@x.test/v1",
    ],
)
def test_no_secret_is_in_a_message_about_a_mistake(
    steps: tuple[str | int, ...], wrong: object
) -> None:
    values = changed(SECRETS, steps, wrong)
    assert isinstance(values, dict)
    assert MARK not in told_of(values)


@pytest.mark.parametrize("key", ["api_kye", "base_ulr", "password"])
def test_no_secret_is_in_a_message_about_a_key_that_is_spelled_wrongly(key: str) -> None:
    agent = {"provider": "openai-compatible", "model": "m", key: f"https://a:{MARK}@x.test"}
    told = told_of({"background": {"agents": {"a": agent}}})
    assert key in told
    assert MARK not in told
