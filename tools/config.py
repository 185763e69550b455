"""The `tools` section of an agent's configuration."""

import re
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    SecretStr,
    ValidationInfo,
    field_validator,
)

from weft.tools.hidden import HIDDEN, Secrets, secrets_in, secrets_of, without_secrets
from weft.tools.tool import SideEffects

SOURCE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,23}")
"""What a server may be called: no underscore, for that ends the name in the names of its tools."""
_NAMES_A_SECRET = re.compile(r"key|token|secret|passw|credential|auth", re.IGNORECASE)
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def _program_only(command: tuple[str, ...]) -> tuple[str, ...]:
    return (*command[:1], *(HIDDEN for _ in command[1:]))


# What may hold secrets, though it need not: a dump hides them. A field of these has no repr.
Address = Annotated[str, PlainSerializer(without_secrets)]
Command = Annotated[tuple[str, ...], PlainSerializer(_program_only)]


class _Section(BaseModel):
    """An immutable section without unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class ToolEntry(_Section):
    """One tool to use, by the name of a built-in or of an entry point in group `weft.tools`."""

    name: str = Field(description="A built-in tool, or an entry point in group weft.tools.")
    time_limit_s: float | None = Field(
        default=None, gt=0, description="Overrides the tool's own time limit, in seconds."
    )
    output_limit_chars: int | None = Field(
        default=None, ge=20, description="Overrides the tool's own limit of spoken characters."
    )
    approval: Literal["always", "when_tainted"] | None = Field(
        default=None,
        description="Overrides when the user is asked before the tool changes something; "
        "`when_tainted`: only when words of strangers have come into the session.",
    )


class FetchConfig(_Section):
    """What reading one web page may cost, and where pages may be read beside the public web."""

    allowed_networks: tuple[IPv4Network | IPv6Network, ...] = Field(
        default=(),
        description="Networks that are not public and may be reached all the same, e.g. "
        "192.168.1.0/24; a page can make an agent ask anything in them.",
    )
    time_limit_s: float = Field(
        default=8.0, gt=0, description="Most seconds for a page, all redirects included."
    )
    size_limit_bytes: int = Field(
        default=2_000_000, ge=1_000, description="What of a page is beyond it is not read."
    )


class RunCodeConfig(_Section):
    """What one program that the tool `run_code` runs may use."""

    time_limit_s: float = Field(default=10.0, gt=0, description="Most seconds of one run.")
    processor_limit_s: int = Field(default=5, ge=1, description="Most seconds of computing.")
    memory_limit_mb: int = Field(
        default=256, ge=64, description="Most memory, Python itself included."
    )
    files_limit_mb: int = Field(
        default=16, ge=1, description="Most that its /tmp may hold, beside that memory."
    )
    output_limit_bytes: int = Field(
        default=16_000, ge=100, description="A program that prints more is stopped."
    )


class _Service(_Section):
    """What all search services have in common."""

    results: int = Field(default=5, ge=1, le=10, description="How many pages are looked at.")
    time_limit_s: float = Field(default=6.0, gt=0, description="Most seconds of one search.")

    @field_validator("base_url", check_fields=False)
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        if not is_http_address(value):
            shown = without_secrets(value)
            raise ValueError(f"{shown!r} is not an address; it begins with http:// or https://")
        return plain_address(value)

    @field_validator("api_key", check_fields=False)
    @classmethod
    def _not_empty(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value().strip():
            raise ValueError("the key is empty; name it as ${NAME} from the environment")
        return value


class SearxngConfig(_Service):
    """A SearXNG server of one's own; `json` must be among its `search.formats`."""

    provider: Literal["searxng"]
    base_url: str = Field(description="Address of the server, e.g. http://localhost:8080.")


class BraveConfig(_Service):
    """The Brave Search API."""

    provider: Literal["brave"]
    api_key: SecretStr = Field(description="Subscription token, as ${NAME} from the environment.")
    base_url: str = Field(default="https://api.search.brave.com", description="Address of the API.")


class TavilyConfig(_Service):
    """The Tavily search API."""

    provider: Literal["tavily"]
    api_key: SecretStr = Field(description="Key, as ${NAME} from the environment.")
    base_url: str = Field(default="https://api.tavily.com", description="Address of the API.")


WebSearchConfig = Annotated[
    SearxngConfig | BraveConfig | TavilyConfig, Field(discriminator="provider")
]


class McpServerConfig(_Section):
    """One MCP server: a program to start, or an address to connect to."""

    command: Command | None = Field(
        default=None,
        repr=False,
        min_length=1,
        description="Program and arguments of a server that speaks over its pipes.",
    )
    env: dict[str, SecretStr] = Field(
        default_factory=dict,
        description="Environment of that program, beside PATH, HOME and the like.",
    )
    url: Address | None = Field(
        default=None,
        repr=False,
        validate_default=True,
        description="Address of a server that speaks streamable HTTP.",
    )
    headers: dict[str, SecretStr] = Field(
        default_factory=dict, description="Sent with each request, e.g. Authorization."
    )
    tools: tuple[str, ...] | None = Field(
        default=None, description="Which of its tools to use, as the server calls them; else all."
    )
    side_effects: SideEffects | None = Field(
        default=None,
        description="What its tools change; without it, what the server says of each, "
        "and irreversible where it says nothing.",
    )
    connect_limit_s: float = Field(
        default=20.0,
        gt=0,
        description="Most seconds from starting the server to its list of tools; some load much "
        "before they speak.",
    )
    time_limit_s: float = Field(default=30.0, gt=0, description="Most seconds of one call.")
    output_limit_chars: int = Field(
        default=2_000, ge=20, description="Most characters of an answer that are spoken."
    )

    # Each on its own field, and not on the whole: that would be asked only when all else is right.

    @field_validator("env")
    @classmethod
    def _only_for_a_program(
        cls, value: dict[str, SecretStr], before: ValidationInfo
    ) -> dict[str, SecretStr]:
        if value and "command" in before.data and before.data["command"] is None:
            raise ValueError("is what only a `command` can have; send `headers` to a `url`")
        return value

    @field_validator("url")
    @classmethod
    def _one_way_to_reach_it(cls, value: str | None, before: ValidationInfo) -> str | None:
        if value is not None and not is_http_address(value):
            # Without the value: its query may hold a key.
            raise ValueError("is not an address; one looks like https://tools.example.com/mcp")
        if "command" in before.data and (before.data["command"] is None) == (value is None):
            raise ValueError("needs either `command` (a list) or `url`, and not both")
        return value

    @field_validator("headers")
    @classmethod
    def _only_for_an_address(
        cls, value: dict[str, SecretStr], before: ValidationInfo
    ) -> dict[str, SecretStr]:
        if value and before.data.get("command") is not None:
            raise ValueError("is what only a `url` can have; give a `command` its `env`")
        return value

    @property
    def secrets(self) -> Secrets:
        """What the server is told, and must not come back from it."""
        values = [each.get_secret_value() for each in self.headers.values()]
        named = {name: each.get_secret_value() for name, each in self.env.items()}
        values += [value for name, value in named.items() if _NAMES_A_SECRET.search(name)]
        return secrets_of([*values, *secrets_in(self.url or "")])


class OpenApiConfig(_Section):
    """One OpenAPI document, whose operations are tools, and how its server is asked."""

    document: Path = Field(description="File with the document, OpenAPI 3.0 or 3.1.")
    base_url: str | None = Field(
        default=None,
        description="Address of the server; without it, the first that the document names.",
    )
    headers: dict[str, SecretStr] = Field(
        default_factory=dict, description="Sent with each request, e.g. Authorization."
    )
    operations: Literal["all"] | tuple[str, ...] = Field(
        default="all", description="Which operations to use, by operationId, or `all`."
    )
    side_effects: SideEffects | None = Field(
        default=None,
        description="What its operations change; without it, GET and HEAD read, POST, PUT and "
        "PATCH write, and DELETE is irreversible.",
    )
    allowed_networks: tuple[IPv4Network | IPv6Network, ...] = Field(
        default=(),
        description="Networks that are not public and may be reached all the same, e.g. "
        "127.0.0.0/8 for a server on this machine.",
    )
    time_limit_s: float = Field(default=20.0, gt=0, description="Most seconds of one call.")
    output_limit_chars: int = Field(
        default=2_000, ge=20, description="Most characters of an answer that are spoken."
    )

    # No message repeats a value: an address or a header may hold a secret.

    @field_validator("base_url")
    @classmethod
    def _only_an_address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        if not is_http_address(value):
            raise ValueError("is not an address; one looks like https://shop.example.com/v1")
        return plain_address(value, instead="; send them in `headers`")

    @field_validator("headers")
    @classmethod
    def _can_be_sent(cls, value: dict[str, SecretStr]) -> dict[str, SecretStr]:
        for name, secret in value.items():
            text = secret.get_secret_value()
            if not _HEADER_NAME.fullmatch(name):
                raise ValueError("has a name that is none of a header; one looks like X-Api-Key")
            if not (text.isascii() and text.isprintable()):
                raise ValueError(f"{name} holds signs that cannot be in a header")
        return value

    @field_validator("operations")
    @classmethod
    def _once_each(cls, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        if isinstance(value, str):
            return value
        if not value:
            raise ValueError("names none; name those that are needed, or write `all`")
        twice = sorted({name for name in value if value.count(name) > 1})
        if twice:
            raise ValueError(f"names {', '.join(map(repr, twice))} twice; keep one of each")
        return value


def is_http_address(text: str) -> bool:
    """Say whether a text is the address of something that speaks HTTP."""
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        return False
    return bool(usable) and not any(sign.isspace() for sign in text)


def plain_address(value: str, *, instead: str = "") -> str:
    """Check that an address holds no secrets; raises ValueError without a word of it."""
    if "@" in urlsplit(value).netloc:
        raise ValueError(f"holds a name or password{instead}")
    return bare_address(value)


def bare_address(value: str) -> str:
    """Check that an address ends with its path, behind which others are put."""
    if "?" in value or "#" in value:
        raise ValueError("goes on after the path; leave out what begins with ? or #")
    return value.rstrip("/")


def _begins_names(name: str) -> str:
    if not SOURCE_NAME.fullmatch(name):
        raise ValueError(
            f"{name!r} cannot begin the names of tools; use up to 24 letters, digits and -"
        )
    return name


SourceName = Annotated[str, AfterValidator(_begins_names)]


class ToolsConfig(_Section):
    """Which tools the background agents may call."""

    use: tuple[str | ToolEntry, ...] = Field(
        default=("arithmetic", "units", "time", "timer", "repeat"),
        description="Tools by name; nothing that is not named here is loaded.",
    )
    home_zone: str = Field(
        default="UTC", description="Time zone meant when no place is named, e.g. Europe/Rome."
    )
    reminders: Path | None = Field(
        default=None,
        description="File in which the timers of a known user survive a restart; "
        "it is made when it is missing.",
    )
    fetch: FetchConfig = Field(default=FetchConfig(), description="Limits of the tool `fetch`.")
    web_search: WebSearchConfig | None = Field(
        default=None, description="The service that the tool `web_search` asks."
    )
    run_code: RunCodeConfig = Field(
        default=RunCodeConfig(), description="Limits of the tool `run_code`."
    )

    mcp: dict[SourceName, McpServerConfig] = Field(
        default_factory=dict,
        description="MCP servers by name; their tools are called NAME_TOOL.",
    )

    openapi: dict[SourceName, OpenApiConfig] = Field(
        default_factory=dict,
        description="OpenAPI documents by name; their operations are tools called NAME_OPERATION.",
    )

    @field_validator("openapi")
    @classmethod
    def _names_are_its_own(
        cls, value: dict[str, OpenApiConfig], before: ValidationInfo
    ) -> dict[str, OpenApiConfig]:
        both = sorted(value.keys() & before.data.get("mcp", {}).keys())
        if both:
            raise ValueError(f"{both[0]!r} is an MCP server too; call one of them something else")
        return value

    @field_validator("use")
    @classmethod
    def _once_each(cls, value: tuple[str | ToolEntry, ...]) -> tuple[str | ToolEntry, ...]:
        names = [given if isinstance(given, str) else given.name for given in value]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"names {', '.join(map(repr, twice))} twice; keep one of each")
        return value

    @field_validator("home_zone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"{value!r} is not a time zone; an example is Europe/Rome") from error
        return value
