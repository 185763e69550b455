"""The sections of background agents and queue: what they accept, and what they say when not."""

import pytest
from pydantic import ValidationError

from weft.background_agents.config import BackgroundConfig, QueueConfig
from weft.background_agents.queues.memory import QueueLimits
from weft.background_agents.queues.places import Tls
from weft.config import parse_config
from weft.errors import ConfigError

LOCAL = {"provider": "local"}
REMOTE = {
    "provider": "openai-compatible",
    "model": "m",
    "base_url": "http://127.0.0.1:8000/v1/",
    "api_key": "very secret",
}


def background(**values: object) -> BackgroundConfig:
    return BackgroundConfig.model_validate(values)


def test_agents_are_asked_in_the_order_in_which_they_are_written() -> None:
    agents = {"far": REMOTE, "near": LOCAL}
    assert background(agents=agents).order == ("far", "near")
    assert background(agents=agents, fallback=["near"]).order == ("near",)


def test_a_key_is_never_printed() -> None:
    config = background(agents={"far": REMOTE})
    assert "very secret" not in repr(config) + str(config) + config.model_dump_json()


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"agents": {}}, "at least 1"),
        ({"agents": {"a": {"provider": "magic"}}}, "'openai-compatible'"),
        ({"agents": {"a": LOCAL | {"model": "m"}}}, "Extra inputs"),
        ({"agents": {"a": LOCAL | {"think_s": [2, 1]}}}, "[0.5, 2.0]"),
        ({"agents": {"a": REMOTE | {"base_url": "localhost"}}}, "looks like https://"),
        ({"agents": {"a": REMOTE | {"api_key": " "}}}, "the key is empty"),
        ({"agents": {"a": LOCAL}, "fallback": ["b"]}, "the agents are ['a']"),
        ({"agents": {"a": LOCAL}, "fallback": ["a", "a"]}, "twice"),
    ],
)
def test_a_mistake_says_what_would_be_right(values: dict[str, object], told: str) -> None:
    with pytest.raises(ValidationError) as raised:
        background(**values)
    assert told in str(raised.value)
    assert "very secret" not in str(raised.value)


def test_the_queue_has_limits() -> None:
    assert QueueConfig(per_session=2, total=5).limits == QueueLimits(
        per_session=2, total=5, waiting=1_000
    )


def test_a_queue_on_a_server_has_its_address_and_never_shows_it() -> None:
    config = QueueConfig.model_validate({"kind": "redis", "url": "rediss://:very%20secret@host/1"})
    assert config.redis is not None
    assert config.redis.url == "rediss://:very%20secret@host/1"
    assert "secret" not in repr(config) + config.model_dump_json() + repr(config.redis)
    assert QueueConfig().redis is None


def test_results_are_kept_for_a_return_when_that_is_said() -> None:
    server = {"kind": "redis", "url": "redis://h", "lease_s": 3, "keep_results_s": 120}
    stopped, kept = (
        QueueConfig.model_validate({**server, "when_session_gone": each}).redis
        for each in ("cancel", "keep")
    )
    assert stopped is not None
    assert kept is not None
    assert (stopped.keep_results_s, stopped.interest_ms) == (None, 6_000)
    assert (kept.keep_results_s, kept.interest_ms) == (120, 120_000)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"kind": "redis"}, "write url: redis://HOST:6379"),
        ({"kind": "redis", "url": "host:6379"}, "looks like redis://HOST:6379/0"),
        ({"kind": "redis", "url": "http://host"}, "looks like redis://HOST:6379/0"),
        ({"kind": "redis", "url": "redis://h", "pool": "a b"}, "String should match pattern"),
        ({"kind": "redis", "url": "redis://h", "lease_s": 0}, "greater than or equal to 1"),
        ({"kind": "rabbit"}, "'memory' or 'redis'"),
        ({"when_session_gone": "keep"}, "add `kind: redis` and `url`, or cancel"),
        ({"kind": "redis", "url": "redis://h", "when_session_gone": "drop"}, "'cancel' or 'keep'"),
        ({"kind": "redis", "url": "redis://h", "keep_results_s": 1}, "greater than or equal to 60"),
    ],
)
def test_a_queue_that_cannot_be_is_told_what_would_be_right(
    values: dict[str, object], told: str
) -> None:
    with pytest.raises(ValidationError) as raised:
        QueueConfig.model_validate(values)
    assert told in str(raised.value)


KEY = "very secret, and as long as it has to be"


def test_a_queue_has_its_keys_and_files_and_never_shows_a_key() -> None:
    values = {"signing_keys": [KEY, f"{KEY} once"], "tls_ca": "tls/ca.crt"}
    config = QueueConfig.model_validate({"kind": "redis", "url": "rediss://host"} | values)
    assert config.redis is not None
    assert config.redis.signing.secrets == (KEY.encode(), f"{KEY} once".encode())
    assert config.redis.tls == Tls(ca="tls/ca.crt")
    assert "secret" not in repr(config) + config.model_dump_json() + repr(config.redis)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"signing_keys": ["very secret"]}, "make one with `openssl rand -base64 32`"),
        ({"signing_keys": [KEY, KEY]}, "names a secret twice"),
        ({"signing_keys": KEY}, "signing_keys: should be a list"),
        ({"url": "redis://host", "tls_ca": __file__}, "tls_ca: is for a server that speaks TLS"),
        ({"tls_certificate": __file__}, "tls_key: a certificate has a key"),
        ({"tls_key": __file__}, "tls_key: a certificate has a key"),
        ({"tls_ca": "/nowhere/ca.crt"}, "tls_ca: there is no file /nowhere/ca.crt"),
    ],
)
def test_keys_and_files_that_cannot_be_are_told_what_would_be_right(
    values: dict[str, object], told: str
) -> None:
    queue = {"kind": "redis", "url": "rediss://host"} | values
    with pytest.raises(ConfigError) as raised:
        parse_config({"background": {"agents": {"local": LOCAL}}, "queue": queue})
    assert told in str(raised.value)
    assert "very secret" not in str(raised.value)


def test_an_address_with_a_mistake_is_not_shown_either() -> None:
    with pytest.raises(ConfigError) as raised:
        parse_config(
            {
                "background": {"agents": {"local": LOCAL}},
                "queue": {"kind": "redis", "url": "http://:very%20secret@host"},
            }
        )
    assert "queue.url: is not the address of a server" in str(raised.value)
    assert "secret" not in str(raised.value)
