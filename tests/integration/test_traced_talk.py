"""Traces of whole conversations as they are wired, with an endpoint; and the exporter's own way."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.fakes.spans import Spans, about, everything_in
from tests.fakes.whole import heard, talk
from weft.background_agents.redaction import Redactions
from weft.bench._endpoint import Reply, call_chunk, chunk, serving, text_chunks, usage_chunk
from weft.clock import WallClock
from weft.orchestrator.channels.simulated import Say
from weft.tools.tool import tool

pytestmark = [pytest.mark.anyio, pytest.mark.integration]

ADDRESS = "ann@example.org"


@tool
def reverse(word: str) -> str:
    """Turn a word around."""
    return f"Turned around it is {word[::-1]}."


@tool
def write_to(address: str) -> str:
    """Write a letter."""
    return f"The letter to {address} is on its way."


def _endpoint(base_url: str) -> Mapping[str, object]:
    return {
        "provider": "openai-compatible",
        "model": "m",
        "base_url": base_url,
        "api_key": "none",
        "tries": 1,
    }


CALLS = [
    call_chunk("reverse", '{"word": "stressed"}', call_id="one"),
    call_chunk("write_to", '{"address": "[EMAIL_1]"}', index=1, call_id="two"),
    chunk({}, "tool_calls"),
    usage_chunk(100, 20),
]
ANSWER = [*text_chunks("I have written ", "to EMAIL_1."), usage_chunk(150, 30)]


async def test_calls_of_model_and_tools_are_below_the_agent_that_made_them() -> None:
    clock = WallClock()
    spans = Spans(clock)
    replies = (Reply(status=500), Reply(chunks=CALLS), Reply(chunks=ANSWER))
    async with serving(*replies) as server:
        endpoint = _endpoint(server.base_url)
        events = await talk(
            {
                "background": {"agents": {"first": endpoint, "second": endpoint}},
                "tools": {"use": []},
                "privacy": {"redact": "patterns"},
            },
            [Say(text=f"Can you write to {ADDRESS}?")],
            tools=[reverse, write_to],
            # The network takes real time.
            clock=clock,
            tracing=spans.tracing,
        )
    assert heard(events) == [f"I have written to {ADDRESS}."]
    (root,) = spans.roots
    assert sorted(spans.tree(root).splitlines()) == sorted(
        [
            "delegation",
            "  queue wait",
            "  invoke_agent first",
            "    chat m",
            "  invoke_agent second",
            "    chat m",
            "    execute_tool reverse",
            "    execute_tool write_to",
            "    chat m",
        ]
    )
    refused, *_, last = [each for each in spans.ended if each.name == "chat m"]
    assert about(refused, "error.type", "gen_ai.provider.name") == ["EndpointFault", "generic"]
    assert about(last, "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens") == [150, 30]
    assert about(last, "gen_ai.response.finish_reasons") == [("stop",)]
    (first_after_s,) = about(last, "gen_ai.response.time_to_first_chunk")
    assert isinstance(first_after_s, float)
    ids = [about(each, "gen_ai.tool.call.id")[0] for each in spans.ended if "tool" in each.name]
    assert sorted(map(str, ids)) == ["one", "two"]
    assert set(spans.measured()) == {
        "gen_ai.client.operation.duration",
        "gen_ai.client.operation.time_to_first_chunk",
        "gen_ai.client.operation.time_per_output_chunk",
        "gen_ai.client.token.usage",
    }
    left = everything_in(spans.ended)
    assert not [word for word in (ADDRESS, "EMAIL_1", "stressed", "desserts") if word in left]


@pytest.mark.parametrize("agent", ["remote", "local"])
async def test_words_that_leave_are_redacted_whoever_says_them(agent: str) -> None:
    clock = WallClock()
    spans = Spans(clock, exports_words=True, blanked=Redactions().blanked)
    async with serving(Reply(chunks=CALLS), Reply(chunks=ANSWER)) as server:
        agents = {
            "remote": _endpoint(server.base_url),
            "local": {"provider": "local"},
        }
        await talk(
            {
                "background": {"agents": {agent: agents[agent]}},
                "tools": {"use": []},
                "privacy": {"redact": "patterns"},
            },
            [Say(text=f"Can you write to {ADDRESS}?")],
            tools=[reverse, write_to],
            clock=clock,
            tracing=spans.tracing,
        )
    left = everything_in(spans.ended)
    assert ADDRESS not in left
    (root,) = spans.roots
    assert about(root, "weft.request") == ["Can you write to [EMAIL]?"]
    if agent == "local":
        return
    called = spans.named("execute_tool write_to")
    assert about(called, "gen_ai.tool.call.arguments") == ['{"address": "[EMAIL_1]"}']
    last = [each for each in spans.ended if each.name == "chat m"][-1]
    given, said = (
        json.loads(str(each))
        for each in about(last, "gen_ai.input.messages", "gen_ai.output.messages")
    )
    assert [message["role"] for message in given] == ["system", "user", "assistant", "tool", "tool"]
    assert [part["type"] for part in given[2]["parts"]] == ["tool_call", "tool_call"]
    assert said == [
        {
            "role": "assistant",
            "parts": [{"type": "text", "content": "I have written to EMAIL_1."}],
        }
    ]


@contextmanager
def _collector() -> Iterator[tuple[str, list[ExportTraceServiceRequest]]]:
    """Serve what an exporter sends to, at an address of this machine."""
    received: list[ExportTraceServiceRequest] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == "/v1/traces":
                received.append(ExportTraceServiceRequest.FromString(body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", received
        server.shutdown()
        thread.join()


_ONE_SPAN = """
from weft import background_wiring, wiring
from weft.clock import WallClock
from weft.config import parse_config

agents = {"local": {"provider": "local"}}
config = parse_config({"background": {"agents": agents}, "telemetry": {"traces": "otel"}})
tracing = background_wiring.make_tracing(config, WallClock())
tracing.begin("one", parent=None, attributes={}).end()
"""


def _run(**variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", _ONE_SPAN],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_spans_go_where_the_standard_variables_say() -> None:
    with _collector() as (address, received):
        done = _run(OTEL_EXPORTER_OTLP_ENDPOINT=address, OTEL_RESOURCE_ATTRIBUTES="room=attic")
    assert done.returncode == 0, done.stderr
    (of_resource,) = received[0].resource_spans
    described = {each.key: each.value.string_value for each in of_resource.resource.attributes}
    assert (described["service.name"], described["room"]) == ("weft", "attic")
    assert [span.name for span in of_resource.scope_spans[0].spans] == ["one"]


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"OTEL_TRACES_EXPORTER": "carrier-pigeon"}, "no exporter of traces is called"),
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": "smoke"}, "OTEL_EXPORTER_OTLP_PROTOCOL is 'smoke'"),
    ],
)
def test_a_variable_that_names_nothing_is_a_mistake(variables: dict[str, str], said: str) -> None:
    done = _run(**variables)
    assert done.returncode != 0
    assert f"telemetry.traces: OpenTelemetry cannot be set up: ValueError: {said}" in done.stderr
