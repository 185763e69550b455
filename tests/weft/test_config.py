"""Every mistake in a YAML agent is said with its line, its place, and what would be right."""

from pathlib import Path

import pytest

from weft.config import AgentConfig, json_schema, load_config, parse_config, shipped_config
from weft.errors import ConfigError, InputError

CONFIGS = sorted((Path(__file__).parents[2] / "configs").glob("*.yaml"))
KEYS = {"CEREBRAS_API_KEY": "csk-unseen", "OPENAI_API_KEY": "sk-unseen"}
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


def test_six_configurations_are_shipped() -> None:
    shipped = {"assistant", "cerebras", "demo", "local-server", "openai", "talk"}
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
            "1: (file): has a tag (`!name`), which is not allowed",
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
            "5: session.max_hold_slots: should be a valid integer; 'soon' is not",
        ),
        (
            f"{AGENTS}interaction:\n  temperature: 9\n",
            "5: interaction.temperature: should be less than or equal to 2; 9 is not",
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
        ("!!timestamp abc", "'abc' is no timestamp"),
        ("!!bool maybe", "'maybe' is no bool"),
        ("!!int ''", "'' is no int"),
        ("!!float x", "'x' is no float"),
    ],
)
def test_a_value_that_is_not_what_its_tag_says_is_named(
    tmp_path: Path, value: str, said: str
) -> None:
    assert mistakes(tmp_path, f"{AGENTS}user: {value}\n") == [f"4: (file): {said}"]


def test_a_space_is_nothing_to_say(tmp_path: Path) -> None:
    [mistake] = mistakes(tmp_path, f"{AGENTS}session: {{floor_request: '  '}}\n")
    assert mistake.startswith("4: session.floor_request: ")


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
