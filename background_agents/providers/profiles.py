"""How the servers that speak OpenAI's chat completions differ, as far as requests depend on it.

A profile holds only what the provider acts on. What servers do differently in their replies is
understood from all of them (see `streamed_calls`), so that a wrong profile still works.
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal
from urllib.parse import urlsplit

ProfileName = Literal[
    "cerebras", "openai", "groq", "vllm", "sglang", "ollama", "llama.cpp", "generic"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimitHeaders:
    """The pair of response headers that tells of one budget; both in lower case."""

    remaining: str
    reset: str
    """Holds the time until the budget is filled again: `2.5` (seconds), `850ms` or `6m0s`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointProfile:
    """What one kind of server wants to be asked like."""

    name: ProfileName
    base_url: str | None = None
    """Where this kind of server is found when the configuration gives no address."""
    token_limit_parameter: Literal["max_completion_tokens", "max_tokens"] = "max_completion_tokens"
    usage_chunk: bool = True
    """Whether it may be asked to count tokens at the end of a streamed reply."""
    asks_parallel_calls: bool = False
    """Whether several calls in one reply must be asked for; elsewhere it is usual or refused."""
    checks_model: bool = True
    """Whether the model's name matters; a server of a single model takes any."""
    default_tag: str = ""
    """What its model list adds to a name that was given without a tag."""
    repeatable_codes: tuple[str, ...] = ()
    """Error codes of refused requests that may go well the next time."""
    rate_limits: tuple[RateLimitHeaders, ...] = ()

    def lists(self, model: str, listed: frozenset[str]) -> bool:
        """Say whether a model is among those that the endpoint lists."""
        return model in listed or f"{model}{self.default_tag}" in listed


_REQUESTS_AND_TOKENS: Final = (
    RateLimitHeaders(
        remaining="x-ratelimit-remaining-requests", reset="x-ratelimit-reset-requests"
    ),
    RateLimitHeaders(remaining="x-ratelimit-remaining-tokens", reset="x-ratelimit-reset-tokens"),
)

PROFILES: Final[Mapping[ProfileName, EndpointProfile]] = MappingProxyType(
    {
        profile.name: profile
        for profile in (
            EndpointProfile(
                name="cerebras",
                base_url="https://api.cerebras.ai/v1",
                rate_limits=(
                    RateLimitHeaders(
                        remaining="x-ratelimit-remaining-requests-day",
                        reset="x-ratelimit-reset-requests-day",
                    ),
                    RateLimitHeaders(
                        remaining="x-ratelimit-remaining-tokens-minute",
                        reset="x-ratelimit-reset-tokens-minute",
                    ),
                ),
            ),
            EndpointProfile(
                name="openai",
                base_url="https://api.openai.com/v1",
                rate_limits=_REQUESTS_AND_TOKENS,
            ),
            EndpointProfile(
                name="groq",
                base_url="https://api.groq.com/openai/v1",
                # The model wrote a call that its own grammar refused; another sample may do better.
                repeatable_codes=("tool_use_failed",),
                rate_limits=_REQUESTS_AND_TOKENS,
            ),
            EndpointProfile(name="vllm", base_url="http://127.0.0.1:8000/v1"),
            EndpointProfile(name="sglang", base_url="http://127.0.0.1:30000/v1"),
            EndpointProfile(
                name="ollama",
                base_url="http://127.0.0.1:11434/v1",
                token_limit_parameter="max_tokens",
                default_tag=":latest",
            ),
            EndpointProfile(
                name="llama.cpp",
                base_url="http://127.0.0.1:8080/v1",
                token_limit_parameter="max_tokens",
                asks_parallel_calls=True,
                checks_model=False,
            ),
            # Asks for nothing that an unknown server could refuse.
            EndpointProfile(name="generic", usage_chunk=False),
        )
    }
)

_BY_DOMAIN: Final[Mapping[str, ProfileName]] = MappingProxyType(
    {"cerebras.ai": "cerebras", "openai.com": "openai", "groq.com": "groq"}
)
_BY_PORT: Final[Mapping[int, ProfileName]] = MappingProxyType({30000: "sglang", 11434: "ollama"})
"""Ports that only one kind of server uses by itself; 8000 and 8080 are anybody's."""


def profile_of(name: ProfileName | None, base_url: str | None) -> EndpointProfile:
    """Give the named profile, or guess it from the address: by domain, or by port when near."""
    if name is not None:
        return PROFILES[name]
    parts = urlsplit(base_url or "")
    host = parts.hostname or ""
    for domain, guess in _BY_DOMAIN.items():
        if host == domain or host.endswith(f".{domain}"):
            return PROFILES[guess]
    guess = _BY_PORT.get(parts.port or 0, "generic") if _is_near(host) else "generic"
    return PROFILES[guess]


def _is_near(host: str) -> bool:
    """Say whether a host is this machine or one in its network."""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return host == "localhost" or "." not in host
