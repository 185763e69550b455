"""The `background` and `queue` sections of an agent's configuration."""

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    SecretStr,
    ValidationInfo,
    field_serializer,
    field_validator,
    model_validator,
)

from weft.background_agents.providers.profiles import EndpointProfile, ProfileName, profile_of
from weft.background_agents.queues.memory import QueueLimits
from weft.background_agents.queues.places import RedisOptions, Tls
from weft.background_agents.queues.signing import SECRET_LEAST_BYTES, Signing
from weft.background_agents.types import TokenUse
from weft.tools.config import Address, bare_address
from weft.tools.hidden import HIDDEN, without_secrets


class _Section(BaseModel):
    """An immutable section without unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class LocalAgentConfig(_Section):
    """The embedded agent: routes requests to tools by meaning, answers from a folder of notes."""

    provider: Literal["local"]
    tools: tuple[str, ...] | None = Field(
        default=None, description="Names of the tools it may call; without it, all of `tools.use`."
    )
    knowledge: Path | None = Field(
        default=None, description="Folder of Markdown and text files to answer from."
    )
    think_s: float | tuple[float, float] = Field(
        default=0.0,
        description="Seconds to wait before an answer, or [least, most] to draw from; "
        "makes it behave like a remote model.",
    )
    seed: int = Field(default=0, description="Seed of the drawn waiting times.")

    @field_validator("think_s")
    @classmethod
    def _in_order(cls, value: float | tuple[float, float]) -> float | tuple[float, float]:
        least, most = value if isinstance(value, tuple) else (value, value)
        if not 0 <= least <= most:
            raise ValueError(
                "is not a waiting time; give seconds (0.8) or [least, most] ([0.5, 2.0])"
            )
        return value


class TokenPrices(_Section):
    """What a model charges, per million tokens, in any one currency."""

    prompt: float = Field(ge=0, description="For a million tokens that it reads.")
    cached_prompt: float | None = Field(
        default=None, ge=0, description="For those it has read before; without it, as the others."
    )
    completion: float = Field(ge=0, description="For a million tokens that it writes.")

    def cost_of(self, use: TokenUse) -> float:
        """Give the price of what was used."""
        cached_price = self.prompt if self.cached_prompt is None else self.cached_prompt
        fresh_tokens = use.prompt_tokens - use.cached_tokens
        millionths = fresh_tokens * self.prompt + use.cached_tokens * cached_price
        return (millionths + use.completion_tokens * self.completion) / 1_000_000


class OpenAICompatibleConfig(_Section):
    """A model behind an HTTP endpoint that speaks OpenAI's chat completions."""

    provider: Literal["openai-compatible"]
    model: str = Field(min_length=1, description="The model's name at the endpoint.")
    profile: ProfileName | None = Field(
        default=None,
        description="The kind of server behind the address; without it, guessed from the address.",
    )
    base_url: Address | None = Field(
        default=None,
        repr=False,
        validate_default=True,
        description="Address of the API, e.g. https://api.openai.com/v1; without it, the usual one "
        "of the profile.",
    )
    api_key: SecretStr = Field(
        description="Key of the endpoint, as ${NAME} from the environment; "
        "any word for a local server."
    )
    tools: tuple[str, ...] | None = Field(
        default=None, description="Names of the tools it may call; without it, all of `tools.use`."
    )
    timeout_s: float = Field(
        default=25.0, gt=0, description="Most seconds from the question to the end of the answer."
    )
    stall_s: float = Field(
        default=8.0, gt=0, description="Most seconds without a sign of life from the endpoint."
    )
    step_limit: int = Field(
        default=6, ge=1, description="Most replies of the model, tool calls included."
    )
    tool_output_chars: int = Field(
        default=4_000,
        ge=100,
        description="Most characters of one tool output that the model reads.",
    )
    max_tokens: int = Field(
        default=800,
        ge=16,
        description="Most tokens of one reply; some endpoints charge them ahead.",
    )
    token_limit_parameter: Literal["max_completion_tokens", "max_tokens"] | None = Field(
        default=None,
        description="What the endpoint calls that limit; without it, as its profile says.",
    )
    tries: int = Field(
        default=2,
        ge=1,
        description="Most times one request is sent while the endpoint refuses it or is out of "
        "reach; a reply that has begun is never asked for again.",
    )
    longest_wait_s: float = Field(
        default=2.0,
        ge=0,
        description="Most seconds to wait between two tries. An endpoint that asks for more is "
        "left alone for that long, and the next agent answers.",
    )
    temperature: float | None = Field(
        default=None, ge=0, le=2, description="Left to the endpoint when not given."
    )
    partial_after_s: float | None = Field(
        default=1.5,
        ge=0,
        description="From this many seconds into an answer, finished sentences are handed over "
        "before its end; null never does.",
    )
    prices: TokenPrices | None = Field(
        default=None, description="What the model charges; with it, each delegation has a cost."
    )
    extra_body: dict[str, JsonValue] = Field(
        default_factory=dict,
        repr=False,
        description="Further fields for the request, e.g. reasoning_effort.",
    )

    @field_validator("base_url")
    @classmethod
    def _is_an_address(cls, value: str | None, before: ValidationInfo) -> str | None:
        if value is None:
            # Here, and not when all else is right: mistakes are said together.
            if "profile" in before.data and not profile_of(before.data["profile"], None).base_url:
                raise ValueError(
                    "neither base_url nor a profile with a usual address is given; "
                    "write base_url: https://... or a profile such as openai"
                )
            return None
        try:
            parts = urlsplit(value)
            usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        except ValueError:
            usable = False
        if not usable or any(c.isspace() for c in value):
            shown = without_secrets(value)
            raise ValueError(
                f"{shown!r} is not an address; it looks like https://api.example.com/v1"
            )
        return bare_address(value)

    @field_validator("api_key")
    @classmethod
    def _not_empty(cls, value: SecretStr) -> SecretStr:
        # An empty key would make the client look for another one in the environment.
        if not value.get_secret_value().strip():
            raise ValueError("the key is empty; a local server takes any word, e.g. none")
        return value

    @field_serializer("extra_body")
    def _without_values(self, value: dict[str, JsonValue]) -> dict[str, str]:
        # Some endpoints want a second key there.
        return dict.fromkeys(value, HIDDEN)

    @property
    def endpoint_profile(self) -> EndpointProfile:
        """What the server wants to be asked like."""
        return profile_of(self.profile, self.base_url)

    @property
    def address(self) -> str:
        """Where the API is found."""
        return self.base_url or self.endpoint_profile.base_url or ""

    @property
    def shown_address(self) -> str:
        """The same for messages and logs, without what is secret in it."""
        return without_secrets(self.address)


AnyAgentConfig = Annotated[
    LocalAgentConfig | OpenAICompatibleConfig, Field(discriminator="provider")
]


def _is_a_word(name: str) -> str:
    if not name.strip():
        raise ValueError("an agent has an empty name; call it by a word, like `local`")
    return name


class BackgroundConfig(_Section):
    """Who answers delegations, and in which order they are asked."""

    agents: dict[Annotated[str, AfterValidator(_is_a_word)], AnyAgentConfig] = Field(
        min_length=1, description="Background agents by name."
    )
    fallback: tuple[str, ...] = Field(
        default=(),
        description="Names of the agents in the order in which they are asked; "
        "without it, the order in which they are written.",
    )
    race: int = Field(
        default=1,
        ge=1,
        description="How many agents, from the first on, are asked at once; the first good answer "
        "wins. They are then given no tools that change anything.",
    )
    concurrency: int = Field(
        default=16, ge=1, description="Most delegations that run at once, running timers included."
    )

    @model_validator(mode="after")
    def _fallback_names_agents(self) -> "BackgroundConfig":
        unknown = [name for name in self.fallback if name not in self.agents]
        if unknown:
            raise ValueError(f"fallback names {unknown}; the agents are {list(self.agents)}")
        if len(set(self.fallback)) < len(self.fallback):
            raise ValueError("fallback names an agent twice; each is asked once")
        if self.race > len(self.order):
            raise ValueError(f"race asks {self.race} agents at once; there are {len(self.order)}")
        return self

    @property
    def order(self) -> tuple[str, ...]:
        """Names of the agents in the order in which they are asked."""
        return self.fallback or tuple(self.agents)


def _is_long_enough(secret: SecretStr) -> SecretStr:
    size_bytes = len(secret.get_secret_value().encode())
    if size_bytes < SECRET_LEAST_BYTES:
        raise ValueError(
            f"is too short to sign with: it has {size_bytes} bytes, and at least "
            f"{SECRET_LEAST_BYTES} are needed; make one with `openssl rand -base64 32`"
        )
    return secret


class QueueConfig(_Section):
    """Where delegations wait for a worker, and how many may."""

    kind: Literal["memory", "redis"] = Field(
        default="memory",
        description="`memory`: in this process, for one machine; `redis`: on a server, for workers "
        "on any number of machines.",
    )
    url: SecretStr | None = Field(
        default=None,
        validate_default=True,
        description="Address of the Redis or Valkey server, as ${NAME} from the environment, e.g. "
        "redis://:PASSWORD@HOST:6379/0; rediss:// with TLS.",
    )
    tls_ca: Path | None = Field(
        default=None,
        validate_default=True,
        description="PEM file of the authority that has signed the server's certificate, beside "
        "those that this machine trusts.",
    )
    tls_certificate: Path | None = Field(
        default=None,
        validate_default=True,
        description="PEM file of the certificate by which the server recognises this process.",
    )
    tls_key: Path | None = Field(
        default=None, validate_default=True, description="PEM file of the certificate's key."
    )
    signing_keys: tuple[Annotated[SecretStr, AfterValidator(_is_long_enough)], ...] = Field(
        default=(),
        description="Secrets that gateways and workers share, as ${NAME} from the environment: the "
        "first signs what is written, all of them verify what is read; without any, whoever may "
        "write to the server may have work done.",
    )
    prefix: str = Field(
        default="weft",
        pattern=r"^[\w.-]+$",
        description="First part of all names on the server; workers have the same.",
    )
    pool: str = Field(
        default="default",
        pattern=r"^[\w.-]+$",
        description="Which workers are to answer: those that name the same pool.",
    )
    workers: Literal["here", "elsewhere"] = Field(
        default="here",
        description="Who does the work: `here`, this process too; `elsewhere`, only processes that "
        "run `weft worker`, so that no agent and no tool is made here.",
    )
    lease_s: float = Field(
        default=15.0,
        ge=1,
        le=600,
        description="Seconds of silence after which a worker's packages are given to another.",
    )
    per_session: int = Field(
        default=8, ge=1, description="Most delegations of one session under way, timers included."
    )
    total: int = Field(default=256, ge=1, description="Most delegations of all sessions under way.")
    waiting: int = Field(
        default=1_000,
        ge=1,
        description="Most packages that wait on the server for the workers of the pool, of all "
        "conversations together; what is asked beyond that is declined in words.",
    )

    when_session_gone: Literal["cancel", "keep"] = Field(
        default="cancel",
        description="What becomes of what is open when a session has ended, or its process died: "
        "`cancel`, its work is stopped; `keep`, it goes on, and its result waits on the server "
        "for the user's return.",
    )
    keep_results_s: float = Field(
        default=3_600.0,
        ge=60,
        le=604_800,
        description="With `keep`: how long results wait for that.",
    )

    @field_validator("url")
    @classmethod
    def _is_a_server(cls, value: SecretStr | None, before: ValidationInfo) -> SecretStr | None:
        if value is None:
            if before.data.get("kind") == "redis":
                raise ValueError("`kind: redis` needs the server; write url: redis://HOST:6379")
            return None
        address = value.get_secret_value()
        try:
            parts = urlsplit(address)
            usable = parts.scheme in ("redis", "rediss", "unix") and parts.port != 0
        except ValueError:
            usable = False
        if not usable or any(c.isspace() for c in address):
            raise ValueError("is not the address of a server; it looks like redis://HOST:6379/0")
        return value

    @field_validator("tls_ca", "tls_certificate")
    @classmethod
    def _is_for_tls(cls, value: Path | None, before: ValidationInfo) -> Path | None:
        url = before.data.get("url")
        if value is None or url is None or url.get_secret_value().startswith("rediss:"):
            return value
        raise ValueError("is for a server that speaks TLS; write url: rediss://HOST:6379")

    @field_validator("tls_key")
    @classmethod
    def _goes_with_a_certificate(cls, value: Path | None, before: ValidationInfo) -> Path | None:
        if "tls_certificate" not in before.data:
            return value
        if (value is None) != (before.data["tls_certificate"] is None):
            raise ValueError(
                "a certificate has a key: name tls_certificate and tls_key, or neither"
            )
        return value

    @field_validator("signing_keys")
    @classmethod
    def _are_different(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        if len({secret.get_secret_value() for secret in value}) < len(value):
            raise ValueError("names a secret twice; the new one comes first, the old one behind it")
        return value

    @field_validator("when_session_gone")
    @classmethod
    def _can_be_kept(cls, value: str, before: ValidationInfo) -> str:
        if value == "keep" and before.data.get("kind") == "memory":
            raise ValueError(
                "a queue in memory ends with its process; add `kind: redis` and `url`, or cancel"
            )
        return value

    @field_validator("workers")
    @classmethod
    def _can_be_elsewhere(cls, value: str, before: ValidationInfo) -> str:
        if value == "elsewhere" and before.data.get("kind") == "memory":
            raise ValueError("a queue in memory has its workers here; add `kind: redis` and `url`")
        return value

    @property
    def limits(self) -> QueueLimits:
        """The limits as the queue takes them."""
        return QueueLimits(per_session=self.per_session, total=self.total, waiting=self.waiting)

    @property
    def redis(self) -> RedisOptions | None:
        """How the server is used; None when there is none."""
        if self.kind != "redis" or self.url is None:
            return None
        return RedisOptions(
            url=self.url.get_secret_value(),
            prefix=self.prefix,
            pool=self.pool,
            lease_s=self.lease_s,
            signing=Signing(tuple(s.get_secret_value().encode() for s in self.signing_keys)),
            tls=Tls(
                ca=_as_text(self.tls_ca),
                certificate=_as_text(self.tls_certificate),
                key=_as_text(self.tls_key),
            ),
            keep_results_s=self.keep_results_s if self.when_session_gone == "keep" else None,
        )


def _as_text(path: Path | None) -> str | None:
    return None if path is None else str(path)


class WorkerConfig(_Section):
    """How `weft worker` runs; a conversation does not read it."""

    http: str | None = Field(
        default="127.0.0.1:9464",
        description="HOST:PORT at which /health and /metrics are answered; port 0 takes a free "
        "one, null answers nowhere.",
    )
    drain_s: float = Field(
        default=20.0,
        ge=0,
        description="Most seconds after the first SIGTERM in which it finishes what it has; other "
        "workers get the rest.",
    )

    @field_validator("http")
    @classmethod
    def _is_a_place(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            parts = urlsplit(f"//{value}")
            usable = parts.hostname and parts.port is not None and parts.netloc == value
        except ValueError:
            usable = False
        if not usable:
            raise ValueError(f"{value!r} is not HOST:PORT; it looks like 127.0.0.1:9464")
        return value


class PrivacyConfig(_Section):
    """What of a conversation is replaced by placeholders before it leaves for a remote agent."""

    redact: Literal["off", "patterns", "presidio"] = Field(
        default="off",
        description="`patterns`: e-mail addresses, telephone, card and account numbers, keys; "
        "`presidio`: names and more beside them, with the extra `presidio`.",
    )
    region: str | None = Field(
        default=None,
        description="Country whose national telephone numbers are known, e.g. DE; "
        "without it, only numbers with a country code are.",
    )
    entities: tuple[str, ...] = Field(
        default=("PERSON",), min_length=1, description="What presidio looks for."
    )

    @field_validator("region")
    @classmethod
    def _has_telephones(cls, value: str | None) -> str | None:
        # Here and not above: loading the numbering plans takes a fifth of a second.
        from phonenumbers import SUPPORTED_REGIONS

        if value is not None and value not in SUPPORTED_REGIONS:
            raise ValueError(f"{value!r} is not a country; write two capitals, e.g. DE")
        return value


class MemoryConfig(_Section):
    """What users have told, kept across conversations; apart for each of them."""

    path: Path = Field(description="File of the memories; it is made when it is missing.")
    keep_days: float | None = Field(
        default=None, gt=0, description="What was last told longer ago is deleted."
    )
    per_user: int = Field(
        default=500, ge=1, description="Most memories of one user; the oldest go first."
    )
    notice: bool = Field(
        default=True,
        description="Whether lasting statements are kept that the user has not asked to keep.",
    )
