"""Every mistake in a YAML agent is said with its line, its place, and what would be right."""

import re
from pathlib import Path

import pytest

from weft.background_agents.config import LocalAgentConfig
from weft.config import AgentConfig, json_schema, load_config, parse_config, shipped_config
from weft.errors import ConfigError, InputError

CONFIGS = sorted((Path(__file__).parents[2] / "configs").glob("*.yaml"))
KEYS = {
    "CEREBRAS_API_KEY": "csk-unseen",
    "OPENAI_API_KEY": "sk-unseen",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
}
AGENTS = "background:\n  agents:\n    local: {provider: local}\n"


def load(folder: Path, text: str, **environment: str) -> AgentConfig:
    file = folder / "agent.yaml"
    file.write_text(text)
    return load_config(file, environment=environment)


def mistakes(folder: Path, text: str, **environment: str) -> list[str]:
    """The mistakes of a file as `line: path: message`."""
    with pytest.raises(ConfigError) as caught:
        load(folder, text, **environment)
    assert str(caught.value).startswith(f"{folder}/agent.yaml:")
    return [f"{m.line}: {m.path}: {m.message}" for m in caught.value.mistakes]


@pytest.mark.parametrize("file", CONFIGS, ids=lambda file: file.stem)
def test_every_shipped_configuration_loads(file: Path) -> None:
    config = load_config(file, environment=KEYS)
    assert config.background.order
    assert shipped_config(file.stem).read_text() == file.read_text()


def test_seven_configurations_are_shipped() -> None:
    shipped = {"assistant", "cerebras", "demo", "local-server", "openai", "redis", "talk"}
    assert {file.stem for file in CONFIGS} == shipped


def test_the_smallest_agent_needs_one_background_agent(tmp_path: Path) -> None:
    config = load(tmp_path, AGENTS)
    assert config.background.order == ("local",)
    assert config.interaction.weights is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "1: (file): the file is empty; it needs at least `background`"),
        ("# only a comment\n", "1: (file): the file is empty; it needs at least `background`"),
        ("- a\n- b\n", "1: (file): should be keys and values, like `background:`"),
        ("just words\n", "1: (file): should be keys and values, like `background:`"),
        (
            "background:\n\tagents: {}\n",
            "2: (file): has a tab where YAML wants spaces; indent with spaces",
        ),
        ("background: [\n", "2: (file): is not valid YAML: "),
        ("background: *else\n", "1: (file): refers to an alias (`*name`) that is not defined"),
        (
            "background: !!python/name:os.system\n",
            "1: background: has a tag (`!name`), which is not allowed",
        ),
        ("a: &a [*a]\n", "1: (file): is not valid YAML: an alias contains itself"),
        ("{}\n", "1: background: is missing; for instance `background: {agents: {local: "),
        (f"{AGENTS}log: {{}}\nlog: {{}}\n", "5: log: is given twice (first in line 4); keep one"),
        (
            f"{AGENTS}sesion: {{}}\n",
            "4: sesion: is not a known key; did you mean `session`? known: inter",
        ),
        (
            f"{AGENTS}session:\n  max_hold: 3\n",
            "5: session.max_hold: is not a known key; did you mean `max_hold_slots`? known: ",
        ),
        (
            f"{AGENTS}interaction: {{decoding: gredy}}\n",
            "4: interaction.decoding: 'gredy' is not one of them; did you mean `greedy`? "
            "known: greedy, sampled",
        ),
        (
            f"{AGENTS}session:\n  backstop: maybe\n",
            "5: session.backstop: 'maybe' is not one of them; known: off, on",
        ),
        (
            f"{AGENTS}session:\n  max_hold_slots: soon\n",
            "5: session.max_hold_slots: should be a whole number, for instance 100; 'soon' is not",
        ),
        (
            f"{AGENTS}interaction:\n  temperature: 9\n",
            "5: interaction.temperature: should be at most 2; 9 is not",
        ),
        (f"{AGENTS}session: 5\n", "4: session: should be keys and values; 5 is not"),
        (
            f"{AGENTS}  fallback: [locl]\n",
            "4: background.fallback[0]: 'locl' is not one of the agents; did you mean `local`? "
            "known: local",
        ),
        ("background: {agents: {}}\n", "1: background.agents: "),
        (
            "background:\n  agents:\n    a: {provider: lokal}\n",
            "3: background.agents.a.provider: 'lokal' is not one of them; did you mean `local`? "
            "known: ",
        ),
        (
            "background:\n  agents:\n    a: {model: x}\n",
            "3: background.agents.a: needs `provider`: one of ",
        ),
        (
            "background:\n  agents:\n    a:\n      provider: local\n      toools: 1\n",
            "5: background.agents.a.toools: is not a known key; ",
        ),
        (
            f"{AGENTS}tools:\n  use: [arithmetik]\n",
            "5: tools.use[0]: no tool is called 'arithmetik' (or write `module:function`); "
            "did you mean `arithmetic`? known: ",
        ),
        (
            f"{AGENTS}tools:\n  use:\n    - {{name: units, time_limit: 3}}\n",
            "6: tools.use[0].time_limit: is not a known key; did you mean `time_limit_s`? "
            "known: name",
        ),
        (
            f"{AGENTS}tools:\n  fetch: {{allowed_networks: [home]}}\n",
            "5: tools.fetch.allowed_networks[0]: 'home' is not a network; one looks like 192.168.1",
        ),
        (
            f"{AGENTS}tools:\n  fetch:\n    time_limit: 3\n",
            "6: tools.fetch.time_limit: is not a known key; did you mean `time_limit_s`? known: ",
        ),
        (
            f"{AGENTS}tools: {{use: [knowledge]}}\n",
            "4: tools.use[0]: has no folder to search; give a local agent `knowledge: FOLDER`",
        ),
        (
            f"{AGENTS}tools: {{use: [web_search]}}\n",
            "4: tools.use[0]: has no service to ask; add for instance `web_search: {provider: ",
        ),
        (
            f"{AGENTS}tools: {{web_search: {{provider: brav}}}}\n",
            "4: tools.web_search.provider: 'brav' is not one of them; did you mean `brave`? ",
        ),
        (
            f"{AGENTS}tools: {{web_search: {{base_url: x}}}}\n",
            "4: tools.web_search: needs `provider`: one of brave, searxng, tavily",
        ),
        (
            f"{AGENTS}tools:\n  web_search:\n    provider: searxng\n    base_url: x\n",
            "7: tools.web_search.base_url: 'x' is not an address; it begins with http",
        ),
        (
            f"{AGENTS}tools: {{web_search: {{provider: brave}}}}\n",
            "4: tools.web_search.api_key: is missing",
        ),
        (
            f"{AGENTS}privacy: {{region: Germany}}\n",
            "4: privacy.region: 'Germany' is not a country; write two capitals, e.g. DE",
        ),
        (
            f"{AGENTS}telemetry:\n  words: export-what-was-said\n",
            "5: telemetry.words: there are no traces to export words with; add `traces: otel`, "
            "or leave this out",
        ),
        (
            f"{AGENTS}telemetry: {{traces: otle}}\n",
            "4: telemetry.traces: 'otle' is not one of them; did you mean `otel`? known: ",
        ),
        (
            f"{AGENTS}privacy:\n  redact: patern\n",
            "5: privacy.redact: 'patern' is not one of them; did you mean `patterns`? known: ",
        ),
        (
            f"{AGENTS}tools: {{use: [recall]}}\n",
            "4: tools.use[0]: has nowhere to keep anything; add for instance `memory: {path: ",
        ),
        (f"{AGENTS}memory: {{}}\n", "4: memory.path: is missing"),
        (f"{AGENTS}memory: {{path: ''}}\n", "4: memory.path: is empty; name a file"),
        (f"{AGENTS}user: ''\n", "4: user: "),
        (
            f"{AGENTS}meaning: {{path: '${{MODEL}}'}}\n",
            "4: meaning.path: uses ${MODEL}, but the environment variable MODEL is not set; "
            "set it, or write ${MODEL:-default}",
        ),
        (
            f"{AGENTS}meaning: {{path: '${{'}}\n",
            "4: meaning.path: has a `${` that is not ",
        ),
        (f"{AGENTS}meaning: {{path: ''}}\n", "4: meaning.path: is empty; name a folder"),
        (f"{AGENTS}session: {{revision_window_s: .inf}}\n", "4: session.revision_window_s: "),
        (f"{AGENTS}interaction: {{seed: {2**63}}}\n", "4: interaction.seed: "),
        (f"{AGENTS}log: {{level: 2024-13-40}}\n", "4: log.level: '2024-13-40' is not one of them"),
        (f"{AGENTS}log: debug\n", "4: log: should be keys and values; 'debug' is not"),
        (f"{AGENTS}tools: {{use: units}}\n", "4: tools.use: should be a list; 'units' is not"),
        (f"{AGENTS}log: \x01\n", "4: (file): has the character '\\x01'"),
    ],
)
def test_a_mistake_is_said_with_line_place_and_remedy(
    tmp_path: Path, text: str, expected: str
) -> None:
    (said,) = mistakes(tmp_path, text)
    assert said.startswith(expected)


def test_aliases_that_multiply_end_in_a_mistake(tmp_path: Path) -> None:
    doubled = "".join(f"k{n}: &k{n} [{', '.join([f'*k{n - 1}'] * 10)}]\n" for n in range(1, 9))
    (said,) = mistakes(tmp_path, f"k0: &k0 x\n{doubled}")
    assert "values, aliases written out" in said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("!!timestamp abc", "a timestamp"),
        ("!!bool maybe", "true or false"),
        ("!!int ''", "a whole number"),
        ("!!float x", "a number"),
        ("9" * 5000, "a whole number of 5000 digits"),
    ],
)
def test_a_value_that_is_not_what_its_tag_says_is_named(
    tmp_path: Path, value: str, said: str
) -> None:
    [cannot, other] = mistakes(tmp_path, f"{AGENTS}user: {value}\nlog: {{level: loud}}\n")
    assert cannot == f"4: user: cannot be read as {said}; put text in quotes"
    assert other.startswith("5: log.level: "), "what cannot be read hides nothing"


@pytest.mark.parametrize(
    "key", ["floor_request", "repair_lead", "aside_lead", "refusal", "declined"]
)
@pytest.mark.parametrize("text", ["", "  "])
def test_a_sentence_that_is_spoken_is_not_empty(tmp_path: Path, key: str, text: str) -> None:
    [mistake] = mistakes(tmp_path, f"{AGENTS}session: {{{key}: '{text}'}}\n")
    assert mistake.startswith(f"4: session.{key}: is empty; write a text, for instance `")


ENDPOINT = "{provider: openai-compatible, model: m, api_key: k, base_url: 'http://h/v1', %s}"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (
            "background: {agents: {a: {provider: local, think_s: %s}}}",
            "background.agents.a.think_s",
        ),
        (
            "background: {agents: {a: {provider: local, think_s: [0, %s]}}}",
            "background.agents.a.think_s[1]",
        ),
        *(
            (
                f"background: {{agents: {{a: {ENDPOINT % f'{key}: %s'}}}}}",
                f"background.agents.a.{key}",
            )
            for key in ("timeout_s", "stall_s", "longest_wait_s", "partial_after_s")
        ),
        (f"{AGENTS}session: {{deadline_s: %s}}", "session.deadline_s"),
        (f"{AGENTS}tools: {{fetch: {{time_limit_s: %s}}}}", "tools.fetch.time_limit_s"),
        (f"{AGENTS}tools: {{run_code: {{time_limit_s: %s}}}}", "tools.run_code.time_limit_s"),
        (
            f"{AGENTS}tools: {{mcp: {{a: {{command: [a], time_limit_s: %s}}}}}}",
            "tools.mcp.a.time_limit_s",
        ),
        (f"{AGENTS}memory: {{path: kept, keep_days: %s}}", "memory.keep_days"),
        (f"{AGENTS}interaction: {{temperature: %s}}", "interaction.temperature"),
    ],
)
@pytest.mark.parametrize("number", [".inf", ".nan", "-.inf"])
def test_a_time_that_never_ends_is_a_mistake(
    tmp_path: Path, text: str, place: str, number: str
) -> None:
    [mistake] = mistakes(tmp_path, text % number + "\n")
    assert mistake.partition(": ")[2].startswith(f"{place}: should be a finite number")


JARGON = re.compile(
    r"[Ii]nput|valid (string|integer|number|boolean|dict|list)|permitted|class '|validation"
    r"|union|tuple|literal|pydantic|instance of"
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("user: 5", "4: user: should be text; put 5 in quotes"),
        (
            "session: {lapse_slots: 1.5}",
            "4: session.lapse_slots: should be a whole number, for instance 25; 1.5 is not",
        ),
        (
            "session: {gap_probability: high}",
            "4: session.gap_probability: should be a number, for instance 0.5; 'high' is not",
        ),
        (
            "session: {speak_commentary: maybe}",
            "4: session.speak_commentary: should be true or false; 'maybe' is not",
        ),
        ("session: {lapse_slots: 1}", "4: session.lapse_slots: should be at least 2; 1 is not"),
        ("session: {deadline_s: 0}", "4: session.deadline_s: should be more than 0; 0 is not"),
        (
            "session:",
            "4: session: should be keys and values; it is empty here: fill it in, "
            "or leave the key out",
        ),
        ("meaning: {path: [1]}", "4: meaning.path: should be a path; a list of 1 is not"),
        (
            "tools: {use: [5]}",
            "4: tools.use[0]: should be text or keys and values; 5 is not",
        ),
        (
            "tools: {openapi: {a: {document: agent.yaml, operations: 5}}}",
            "4: tools.openapi.a.operations: should be `all` or a list; 5 is not; known: all",
        ),
        (
            "tools: {use: [{nme: units}]}",
            "4: tools.use[0].name: is missing: a built-in tool, or an entry point in group "
            "weft.tools",
        ),
        (
            "tools: {mcp: {a: {command: []}}}",
            "4: tools.mcp.a.command: is empty; it needs at least one: program and arguments of",
        ),
        (
            "tools: {mcp: {my_shop: {url: 'http://h/mcp'}}}",
            "4: tools.mcp.my_shop: 'my_shop' cannot begin the names of tools",
        ),
        ("privacy: {entities: []}", "4: privacy.entities: is empty; it needs at least one: "),
        ("~: 3", "4: ~: is not a known key; known: interaction, "),
        ("true: 3", "4: true: is not a known key; known: "),
        ("? [a]\n: 3", "4: (file): has a list as a key; a key is a word"),
        ("<<: 3", "4: (file): merges what is not keys and values; write `<<: *name`"),
        ("user: =", "fine"),
    ],
)
def test_what_is_wrong_is_said_in_plain_words(tmp_path: Path, text: str, expected: str) -> None:
    whole = f"{AGENTS}{text}\n"
    if expected == "fine":
        assert load(tmp_path, whole).user == "="
        return
    said = mistakes(tmp_path, whole)
    assert any(line.startswith(expected) for line in said), said
    assert not JARGON.search("\n".join(said))


@pytest.mark.parametrize(
    ("value", "shown"), [("[1]", "a list of 1"), ("[1, 2, 3]", "a list of 3"), ("soon", "'soon'")]
)
def test_a_waiting_time_is_a_number_or_two(tmp_path: Path, value: str, shown: str) -> None:
    [said] = mistakes(
        tmp_path, f"background: {{agents: {{a: {{provider: local, think_s: {value}}}}}}}\n"
    )
    assert said == (
        "1: background.agents.a.think_s: should be a number or a list of 2 numbers, "
        f"for instance 0.0; {shown} is not"
    )


def test_what_is_no_secret_is_shown_and_what_is_one_is_not(tmp_path: Path) -> None:
    agent = "max_tokens: 3, token_limit_parameter: tokens"
    said = mistakes(
        tmp_path,
        f"background:\n  agents:\n    turkey: {ENDPOINT % agent}\n"
        "tools: {mcp: {keys: {url: 'http://h/mcp', headers: hunter2}}}\n"
        "session: {deadline_s: '${DEADLINE}'}\n",
        DEADLINE="hunter2",
    )
    assert said[:2] == [
        "3: background.agents.turkey.max_tokens: should be at least 16; 3 is not",
        "3: background.agents.turkey.token_limit_parameter: 'tokens' is not one of them; "
        "did you mean `max_tokens`? known: max_completion_tokens, max_tokens",
    ]
    assert "hunter2" not in "".join(said)
    assert said[2] == "4: tools.mcp.keys.headers: should be keys and values; this value is not"


def test_parts_that_disagree_are_said_beside_everything_else(tmp_path: Path) -> None:
    # What depends on several values, while another value of the same section is wrong.
    said = mistakes(
        tmp_path,
        "background:\n"
        "  agents:\n"
        "    a: {provider: local, seed: x}\n"
        "    b: {provider: openai-compatible, model: m, api_key: k, timeout_s: x}\n"
        "  fallback: [a, a]\n"
        "  race: 9\n"
        "tools:\n"
        "  use: [units, units, 5]\n"
        "  mcp:\n"
        "    c: {time_limit_s: x}\n"
        "    d_e: {url: x}\n",
    )
    for place in (
        "3: background.agents.a.seed: should be a whole number",
        "4: background.agents.b.base_url: neither base_url nor a profile",
        "4: background.agents.b.timeout_s: ",
        "5: background.fallback[1]: fallback names an agent twice, 'a'",
        "6: background.race: race asks 9 agents at once; there are 2",
        "8: tools.use[1]: names 'units' twice (first as tools.use[0])",
        "8: tools.use[2]: should be text",
        "10: tools.mcp.c.time_limit_s: ",
        "10: tools.mcp.c.url: needs either `command` (a list) or `url`",
        "11: tools.mcp.d_e: 'd_e' cannot begin",
        "11: tools.mcp.d_e.url: is not an address",
    ):
        assert any(line.startswith(place) for line in said), (place, said)
    assert len(said) == 11


def test_a_merged_mapping_gives_way_to_what_is_written_beside_it(tmp_path: Path) -> None:
    file = (
        "background:\n"
        "  agents:\n"
        "    a: &a {provider: local, seed: 1}\n"
        "    b:\n"
        "      seed: 2\n"
        "      <<: *a\n"
        "    c: {<<: [*a], seed: x}\n"
    )
    assert mistakes(tmp_path, file)[0].startswith("7: background.agents.c.seed: should be")
    b = load(tmp_path, file.replace("x", "3")).background.agents["b"]
    assert isinstance(b, LocalAgentConfig)
    assert b.seed == 2


def test_a_quote_that_does_not_end_is_looked_for_where_it_begins(tmp_path: Path) -> None:
    [said] = mistakes(tmp_path, f'{AGENTS}user: "ann\nlog: {{level: info}}\n')
    assert said.startswith("4: (file): is not valid YAML: a quote or bracket that is opened here")


def test_an_empty_key_is_a_mistake_that_can_be_read(tmp_path: Path) -> None:
    agent = "{provider: openai-compatible, model: m, base_url: 'http://h/v1', api_key: ''}"
    [mistake] = mistakes(tmp_path, f"background:\n  agents:\n    remote: {agent}\n")
    assert "the key is empty" in mistake


def test_all_mistakes_are_said_at_once_and_in_order(tmp_path: Path) -> None:
    said = mistakes(
        tmp_path,
        "log: {level: loud}\n"
        "log: {level: info}\n"
        "background:\n"
        "  agents:\n"
        "    a: {provider: local, nosuch: 1}\n"
        "    b: {provider: openai-compatible}\n"
        "  fallback: [a, c]\n"
        "  concurrency: none\n"
        "tools: {use: [tmie]}\n"
        "meaning: {path: '${NOWHERE}'}\n",
    )
    for place in (
        "2: log:",
        "5: background.agents.a.nosuch:",
        "6: background.agents.b.",
        "7: background.fallback[1]:",
        "8: background.concurrency:",
        "9: tools.use[0]:",
        "10: meaning.path:",
    ):
        assert any(line.startswith(place) for line in said), (place, said)
    lines = [int(line.partition(":")[0]) for line in said]
    assert lines == sorted(lines)


def test_variables_are_expanded_after_parsing(tmp_path: Path) -> None:
    config = load(
        tmp_path,
        f"{AGENTS}interaction: {{seed: '${{SEED}}'}}\n"
        "session:\n"
        "  refusal: 'It costs $$5, ${NAME:-you} and ${OTHER}.'\n"
        "  language: '${LANGUAGE_:-}'\n",
        SEED="7",
        OTHER="x: {y: 1}",
    )
    assert config.interaction.seed == 7
    assert config.session.refusal == "It costs $5, you and x: {y: 1}."
    assert config.session.language == ""


def test_on_and_off_are_words_and_true_is_true(tmp_path: Path) -> None:
    config = load(tmp_path, f"{AGENTS}session: {{backstop: off, speak_commentary: false}}\n")
    assert config.session.backstop == "off"
    assert config.session.speak_commentary is False


def test_paths_count_from_the_folder_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "minilm").mkdir()
    config = load(tmp_path, f"{AGENTS}meaning: {{path: minilm}}\n")
    assert config.meaning.path == tmp_path / "minilm"


def test_a_file_to_keep_need_not_be_there_but_must_not_be_a_folder(tmp_path: Path) -> None:
    config = load(tmp_path, f"{AGENTS}memory: {{path: kept/memory.sqlite}}\n")
    assert config.memory is not None
    assert config.memory.path == tmp_path / "kept" / "memory.sqlite"
    (said,) = mistakes(tmp_path, f"{AGENTS}memory: {{path: .}}\n")
    assert said == f"4: memory.path: {tmp_path} is a folder; name a file in it"


@pytest.mark.parametrize(
    "text",
    [
        "background: {agents: {a: {provider: openai-compatible, api_key: [hunter2]}}}",
        "background: {agents: {a: {provider: openai-compatible, api_kei: hunter2}}}",
        "background: {agents: {a: {provider: openai-compatible, api_key: '${KEY}', model: 1}}}",
        "background: {agents: {a: {provider: local, api_key: '${KEY}'}}}",
        "background: {agents: {a: {provider: openai-compatible, api_key: *hunter2}}}",
        "background: {agents: {a: {provider: openai-compatible, api_key: !hunter2 x}}}",
        "background: {agents: {a: {provider: openai-compatible, api_key: 'hunter2}}}",
        "interaction: {decoding: '${KEY}'}\nbackground: {agents: {a: {provider: '${KEY}'}}}",
        "interaction: {seed: '${KEY}'}",
        "tools: {web_search: {provider: brave, api_key: hunter2, result: 1}}",
    ],
)
def test_a_secret_is_never_printed(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, f"{text}\nlog: {{level: loud}}\n", KEY="hunter2")
    assert "hunter2" not in str(caught.value)


def test_a_folder_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    (said,) = mistakes(
        tmp_path, "background:\n  agents:\n    a: {provider: local, knowledge: notes}\n"
    )
    assert said == f"3: background.agents.a.knowledge: there is no folder {tmp_path}/notes"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.yaml: cannot be read: No such file"):
        load_config(tmp_path / "nowhere.yaml")


def test_bytes_that_are_not_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "agent.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="not UTF-8"):
        load_config(tmp_path / "agent.yaml")


def test_plain_values_follow_the_same_rules_without_lines() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config({"background": {"agents": {"a": {"provider": "local"}}}, "sesion": {}})
    assert str(caught.value).startswith("configuration: sesion: is not a known key; did you mean")


def test_the_schema_describes_every_section() -> None:
    schema = json_schema()
    properties = schema["properties"]
    assert isinstance(properties, dict)
    assert set(properties) == set(AgentConfig.model_fields)
