"""What spans, attributes and metrics are called: the names of OpenTelemetry, and weft's own.

Those that begin with `gen_ai` are still in development and change now and then; they are written
here and nowhere else.
"""

from dataclasses import dataclass
from typing import Final

# Operations, and first words of span names
CHAT: Final = "chat"
INVOKE_AGENT: Final = "invoke_agent"
EXECUTE_TOOL: Final = "execute_tool"
DELEGATION: Final = "delegation"
QUEUE_WAIT: Final = "queue wait"

# Of OpenTelemetry, for generative AI
OPERATION: Final = "gen_ai.operation.name"
PROVIDER: Final = "gen_ai.provider.name"
CONVERSATION: Final = "gen_ai.conversation.id"
AGENT: Final = "gen_ai.agent.name"
MODEL: Final = "gen_ai.request.model"
MAX_TOKENS: Final = "gen_ai.request.max_tokens"
TEMPERATURE: Final = "gen_ai.request.temperature"
STREAM: Final = "gen_ai.request.stream"
FINISH_REASONS: Final = "gen_ai.response.finish_reasons"
FIRST_CHUNK_AFTER_S: Final = "gen_ai.response.time_to_first_chunk"
INPUT_TOKENS: Final = "gen_ai.usage.input_tokens"
CACHED_TOKENS: Final = "gen_ai.usage.cache_read.input_tokens"
OUTPUT_TOKENS: Final = "gen_ai.usage.output_tokens"
TOKEN_TYPE: Final = "gen_ai.token.type"
TOOL: Final = "gen_ai.tool.name"
TOOL_TYPE: Final = "gen_ai.tool.type"
TOOL_CALL: Final = "gen_ai.tool.call.id"

# The same, with words of user, model or tools in them: only where a configuration exports words
INPUT_MESSAGES: Final = "gen_ai.input.messages"
OUTPUT_MESSAGES: Final = "gen_ai.output.messages"
TOOL_ARGUMENTS: Final = "gen_ai.tool.call.arguments"
TOOL_RESULT: Final = "gen_ai.tool.call.result"

# Of OpenTelemetry, for anything
ERROR: Final = "error.type"
SERVER_ADDRESS: Final = "server.address"
SERVER_PORT: Final = "server.port"
MESSAGING_SYSTEM: Final = "messaging.system"
MESSAGING_OPERATION: Final = "messaging.operation.name"
MESSAGING_OPERATION_TYPE: Final = "messaging.operation.type"
DESTINATION: Final = "messaging.destination.name"
MESSAGE: Final = "messaging.message.id"

# weft's own
DELEGATION_ID: Final = "weft.delegation.id"
REVISION: Final = "weft.delegation.revision"
ATTEMPT: Final = "weft.delegation.attempt"
ASKED_BY: Final = "weft.delegation.by"
DELIVERY: Final = "weft.delivery.state"
RESULT: Final = "weft.result.id"
RESULT_KIND: Final = "weft.result.kind"
REASON: Final = "weft.reason"
SLOT: Final = "weft.slot"
ASKED_SLOT: Final = "weft.asked_slot"
READY_SLOT: Final = "weft.ready_slot"
WEAVING_SLOT: Final = "weft.weaving_slot"
HEARD_SLOT: Final = "weft.heard_slot"
CUTS: Final = "weft.cuts"
READY_AFTER_S: Final = "weft.ready_after_s"
WEAVE_LATENCY_SLOTS: Final = "weft.weave_latency_slots"
HEARD_AFTER_S: Final = "weft.heard_after_s"
COST: Final = "weft.cost"
STOPPED: Final = "weft.stopped"
# With words in them
REQUEST: Final = "weft.request"
TEXT: Final = "weft.text"

# Events of a delegation
READY: Final = "weft.ready"
WEAVING: Final = "weft.weaving"
CUT: Final = "weft.cut"
RESUMED: Final = "weft.resumed"
HEARD: Final = "weft.heard"
DISMISSED: Final = "weft.dismissed"
SUPERSEDED: Final = "weft.superseded"


@dataclass(frozen=True, slots=True)
class Metric:
    """A histogram: how it is called, and where its buckets end."""

    name: str
    unit: str
    description: str
    boundaries: tuple[float, ...]


_OPERATION_S: Final = (
    0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92
)  # fmt: skip
_CHUNK_S: Final = (
    0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0
)  # fmt: skip
_TOKENS: Final = tuple(float(4**power) for power in range(14))

DURATION: Final = Metric(
    "gen_ai.client.operation.duration", "s", "How long an operation took.", _OPERATION_S
)
FIRST_CHUNK: Final = Metric(
    "gen_ai.client.operation.time_to_first_chunk",
    "s",
    "From a request to the first piece of the reply.",
    _CHUNK_S,
)
EACH_CHUNK: Final = Metric(
    "gen_ai.client.operation.time_per_output_chunk",
    "s",
    "From one piece of a reply to the next.",
    _CHUNK_S,
)
TOKENS: Final = Metric(
    "gen_ai.client.token.usage", "{token}", "Tokens of one reply, by kind.", _TOKENS
)
METRICS: Final = (DURATION, FIRST_CHUNK, EACH_CHUNK, TOKENS)


@dataclass(frozen=True, slots=True)
class Count:
    """A number that only grows: how it is called."""

    name: str
    unit: str
    description: str


DECLINED: Final = Count(
    "weft.delegations.declined", "{delegation}", "Delegations declined in words, by why."
)
COUNTS: Final = (DECLINED,)
