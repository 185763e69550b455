"""The schema for editors takes `${VAR}` exactly where the loader does, key by key."""

import copy
from collections.abc import Iterator, Mapping
from pathlib import Path

import jsonschema
import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import BaseModel

from weft.config import AgentConfig, json_schema, load_config, parse_config
from weft.editor_schema import VARIABLE_PATTERN
from weft.errors import ConfigError
from weft.located_yaml import Steps

WHOLE = """
interaction:
  weights: .
  decoding: sampled
  temperature: 0.5
  seed: 3
  injection: additive
  ears: {name: words, options: {folder: .}}
  voice: espeak
background:
  agents:
    near: {provider: local, tools: [units], knowledge: ., think_s: [0.5, 2], seed: 1}
    soon: {provider: local, think_s: 0.5}
    far:
      provider: openai-compatible
      model: m
      profile: vllm
      base_url: http://localhost:8000/v1
      api_key: k
      tools: [units]
      timeout_s: 20
      stall_s: 5
      step_limit: 4
      tool_output_chars: 500
      max_tokens: 100
      token_limit_parameter: max_tokens
      tries: 1
      longest_wait_s: 1
      temperature: 0.5
      partial_after_s: 1
      prices: {prompt: 1, cached_prompt: 0.5, completion: 2}
      extra_body: {reasoning_effort: low, nested: {deep: [1, true]}}
  fallback: [near, far]
  race: 1
  concurrency: 4
queue:
  kind: redis
  url: rediss://localhost:6379/0
  tls_ca: shop.yaml
  tls_certificate: shop.yaml
  tls_key: shop.yaml
  signing_keys: ["a secret as long as one has to be", "an old secret that is still around"]
  prefix: loom
  pool: heavy
  workers: elsewhere
  lease_s: 3
  per_session: 2
  total: 4
  waiting: 5
  when_session_gone: keep
  keep_results_s: 120
worker: {http: "127.0.0.1:0", drain_s: 3}
tools:
  use:
    - arithmetic
    - {name: units, time_limit_s: 2, output_limit_chars: 100, approval: always}
  home_zone: Europe/Rome
  reminders: reminders.sqlite
  fetch: {allowed_networks: [192.168.1.0/24], time_limit_s: 2, size_limit_bytes: 5000}
  web_search: {provider: searxng, base_url: http://localhost:8080, results: 3, time_limit_s: 2}
  run_code:
    time_limit_s: 5
    processor_limit_s: 3
    memory_limit_mb: 100
    files_limit_mb: 2
    output_limit_bytes: 500
  mcp:
    piped:
      command: [server]
      env: {TOKEN: t}
      tools: [look]
      side_effects: read
      connect_limit_s: 3
      time_limit_s: 3
      output_limit_chars: 300
    afar: {url: http://localhost:9000/mcp, headers: {X-Key: k}}
  openapi:
    shop:
      document: shop.yaml
      base_url: http://localhost:9001
      headers: {X-Key: k}
      operations: [list]
      side_effects: write
      allowed_networks: [127.0.0.0/8]
      time_limit_s: 3
      output_limit_chars: 300
    all: {document: shop.yaml, operations: all}
user: Ada
memory: {path: kept.sqlite, keep_days: 3, per_user: 10, notice: false}
privacy: {redact: patterns, region: DE, entities: [PERSON]}
session: {}
meaning: {path: .}
log: {level: info}
telemetry: {traces: otel, words: keep}
"""
SEARCHES = (
    "{provider: brave, api_key: k, base_url: 'http://localhost', results: 3, time_limit_s: 2}",
    "{provider: tavily, api_key: k, base_url: 'http://localhost', results: 3, time_limit_s: 2}",
)


def written(search: str | None = None) -> dict[str, object]:
    """A file that names every key there is, with one of the search services."""
    values: dict[str, dict[str, object]] = yaml.safe_load(WHOLE)
    defaults = AgentConfig.model_validate({"background": {"agents": {"a": {"provider": "local"}}}})
    values["session"] = defaults.session.model_dump()
    if search is not None:
        values["tools"]["web_search"] = yaml.safe_load(search)
    return dict(values)


SCHEMA = jsonschema.Draft202012Validator(json_schema())
EXPANDED = jsonschema.Draft202012Validator(AgentConfig.model_json_schema())
"""Of the values after the variables are filled in."""
FILES = (written(), *map(written, SEARCHES))


def places(value: object, steps: Steps = ()) -> Iterator[tuple[Steps, object]]:
    """Every place in nested values with what lies there."""
    if steps:
        yield steps, value
    inside: Iterator[tuple[str | int, object]] = iter(())
    if isinstance(value, dict):
        inside = iter(value.items())
    elif isinstance(value, list):
        inside = iter(enumerate(value))
    for step, item in inside:
        yield from places(item, (*steps, step))


def replaced(values: object, steps: Steps, new: object) -> object:
    """A copy of nested values with something else at one place."""
    copied = copy.deepcopy(values)
    inside = copied
    for step in steps[:-1]:
        inside = inside[step]  # type: ignore[index]
    inside[steps[-1]] = new  # type: ignore[index]
    return copied


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with what the files name."""
    (tmp_path / "shop.yaml").write_text("{}")
    return tmp_path


def loader_takes(folder: Path, values: object, **environment: str) -> bool:
    file = folder / "agent.yaml"
    file.write_text(yaml.safe_dump(values, sort_keys=False))
    try:
        load_config(file, environment=environment)
    except ConfigError:
        return False
    return True


def sections(value: object) -> Iterator[BaseModel]:
    """Every section in a configuration."""
    if isinstance(value, BaseModel):
        yield value
        value = dict(value)
    if isinstance(value, Mapping):
        value = tuple(value.values())
    for item in value if isinstance(value, tuple) else ():
        yield from sections(item)


def test_the_files_of_this_test_name_every_key_there_is() -> None:
    given_keys: dict[str, set[str]] = {}
    for values in FILES:
        for section in sections(AgentConfig.model_validate(values)):
            given_keys.setdefault(type(section).__name__, set()).update(section.model_fields_set)
    definitions = AgentConfig.model_json_schema()["$defs"]
    known = {
        name: set(definition["properties"])
        for name, definition in definitions.items()
        if "properties" in definition
    }
    known["AgentConfig"] = set(AgentConfig.model_fields)
    assert given_keys == known


CASES = [
    pytest.param(values, steps, value, id=".".join(map(str, (number, *steps))))
    for number, values in enumerate(FILES)
    for steps, value in places(values)
    if number == 0 or "web_search" in steps
]


@pytest.mark.parametrize(("values", "steps", "value"), CASES)
def test_a_variable_is_taken_where_the_loader_takes_it(
    folder: Path, values: object, steps: Steps, value: object
) -> None:
    with_variable = replaced(values, steps, "${HELD}")
    # In the place of a list or of keys and values, some take one value as well.
    single = not isinstance(value, dict | list)
    held = [str(value)] if single else ["1", "all", "units", "words"]
    taken = any(loader_takes(folder, with_variable, HELD=each) for each in held)
    assert SCHEMA.is_valid(with_variable) == taken
    if single:
        assert taken, "every single value can come from the environment"
        assert loader_takes(folder, replaced(values, steps, f"${{UNSET:-{value}}}"))
        assert SCHEMA.is_valid(replaced(values, steps, f"${{UNSET:-{value}}}"))


@pytest.mark.parametrize(("values", "steps", "value"), CASES)
def test_what_is_no_variable_is_taken_as_any_other_text(
    values: object, steps: Steps, value: object
) -> None:
    for text in ("$${HELD}", "${9}", "$HELD", "${HELD:9}"):
        wrong = replaced(values, steps, text)
        assert SCHEMA.is_valid(wrong) == EXPANDED.is_valid(wrong)


class Everything(Mapping[str, str]):
    """An environment in which every variable is set, to the same."""

    def __init__(self, held: str) -> None:
        self._held = held

    def __getitem__(self, name: str) -> str:
        return self._held

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


@example(text="$$${HELD}")
@example(text="$${HELD}")
@example(text="$$$${HELD}")
@example(text="1${HELD:-}")
@given(text=st.text(alphabet="${}HELD:-1 ", max_size=14))
def test_a_text_that_the_loader_fills_in_is_what_the_schema_takes_for_a_variable(text: str) -> None:
    taken = jsonschema.Draft202012Validator({"pattern": VARIABLE_PATTERN}).is_valid(text)
    file = {"background": {"agents": {"a": {"provider": "local"}}}, "user": f"x{text}"}
    try:
        read = [parse_config(file, environment=Everything(held)).user for held in "12"]
    except ConfigError:
        return  # A `${` beside it that begins nothing is said when the file is read.
    assert taken == (read[0] != read[1])
