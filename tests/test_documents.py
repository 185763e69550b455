"""What the documents show works: code runs, configurations load, links lead somewhere."""

import re
import runpy
from pathlib import Path

import anyio
import pytest
import yaml

import weft.sdk
from weft.clock import VirtualClock
from weft.config import parse_config
from weft.tools.builtin import MEMORY_NAMES

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
KEYS = {
    "CEREBRAS_API_KEY": "unseen",
    "OPENAI_API_KEY": "unseen",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
    "WEFT_SIGNING_KEY": "unseen, and as long as it has to be",
}


def blocks(language: str) -> list[tuple[str, str]]:
    """The fenced blocks of a language in all documents, with a name for the test."""
    found = []
    for document in DOCUMENTS:
        text = document.read_text()
        for number, block in enumerate(re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)):
            found.append((f"{document.relative_to(ROOT)}:{number}", block))
    return found


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_runs_and_fits_a_page(
    example: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert len(example.read_text().splitlines()) <= 60
    monkeypatch.chdir(ROOT)
    runpy.run_path(str(example), run_name="__main__")
    assert capsys.readouterr().out.strip()


@pytest.mark.parametrize(("name", "code"), blocks("python"))
def test_python_in_the_documents_runs(
    name: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(weft.sdk, "WallClock", VirtualClock)
    names: dict[str, object] = {}
    exec(compile(code, name, "exec"), names)
    main = names.get("main")
    if callable(main):
        anyio.run(main)


@pytest.mark.parametrize(("name", "text"), blocks("yaml"))
def test_yaml_in_the_documents_is_a_configuration(
    name: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    assert parse_config(yaml.safe_load(text), environment=KEYS).background.agents


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_inside_the_repository_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)", document.read_text()):
        if "://" not in target:
            assert (document.parent / target).exists(), target


def test_with_the_memory_of_the_privacy_page_a_user_can_do_all_that_its_text_says() -> None:
    text = (ROOT / "docs" / "privacy.md").read_text().partition("\n## Memory\n")[2]
    (example,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert set(MEMORY_NAMES) <= set(yaml.safe_load(example)["tools"]["use"])
