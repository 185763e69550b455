"""The house stands as docs/architecture.md says: packages, import names, and who loads torch."""

import os
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest

from weft.interaction_model.weights_folder import SHIPPED, SHIPPED_SENSES

ROOT = Path(__file__).parents[1]
FLAT_FOLDERS = ("background_agents", "interaction_model", "orchestrator", "tools")


def _in_fresh_python(code: str) -> str:
    """Run code in a new interpreter outside the repository and give what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
        cwd="/",
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_packages_named_are_the_folders_on_disk() -> None:
    setuptools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    on_disk = {"weft"}
    for folder in ("configs", *FLAT_FOLDERS, "weft"):
        name = folder if folder == "weft" else f"weft.{folder}"
        for file in (ROOT / folder).rglob("__init__.py"):
            inside = file.parent.relative_to(ROOT / folder)
            # Python 3.13 walks into linked folders, earlier ones do not.
            if folder == "weft" and inside.parts[:1] and inside.parts[0] in FLAT_FOLDERS:
                continue
            on_disk.add(".".join([name, *inside.parts]))
    assert set(setuptools["packages"]) == on_disk


def test_a_wheel_has_every_file_of_the_weights() -> None:
    setuptools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    patterns = setuptools["package-data"]["*"]
    # The weights with senses are shipped once they are trained; their place is known before.
    assert {f"{folder.name}/*" for folder in (SHIPPED, SHIPPED_SENSES)} <= set(patterns)
    model = ROOT / "interaction_model"
    for folder in (model / SHIPPED.name, model / SHIPPED_SENSES.name):
        for file in folder.rglob("*"):
            inside = file.relative_to(model)
            # setuptools' `*` ends at a slash, that of fnmatch does not.
            assert any(
                fnmatch(str(inside), pattern) and pattern.count("/") == len(inside.parts) - 1
                for pattern in patterns
            ), f"{inside} is in no wheel"


def test_every_folder_with_modules_is_a_package() -> None:
    for folder in ("configs", *FLAT_FOLDERS, "weft"):
        for file in (ROOT / folder).rglob("*.py"):
            assert (file.parent / "__init__.py").exists(), f"{file.parent} lacks __init__.py"


def test_the_links_show_the_flat_folders() -> None:
    for folder in FLAT_FOLDERS:
        link = ROOT / "weft" / folder
        assert link.resolve() == ROOT / folder


def test_nothing_is_imported_by_its_bare_name() -> None:
    loaded = _in_fresh_python(
        "import sys, weft.orchestrator.session, weft.background_agents.worker, weft.wiring\n"
        f"print(sorted(set({FLAT_FOLDERS!r}) & set(sys.modules)))"
    )
    assert loaded == "[]"


@pytest.mark.parametrize(
    "module",
    [
        "weft",
        "weft.cli",
        "weft.config",
        "weft.wiring",
        "weft.sdk",
        "weft.orchestrator.session",
        "weft.background_agents.worker",
        "weft.tools.registry",
        "weft.interaction_model.types",
        "weft.interaction_model.config",
    ],
)
def test_torch_is_not_loaded_by(module: str) -> None:
    heavy = _in_fresh_python(
        f"import sys, {module}\n"
        "print({'torch', 'sentence_transformers'} & set(sys.modules) or '')"
    )
    assert heavy == ""


def test_redis_is_loaded_only_where_a_server_is_used() -> None:
    loaded = _in_fresh_python(
        "import sys, weft.wiring, weft.background_agents.queues.redis_worker\n"
        "print({'redis', 'hiredis'} & set(sys.modules) or '')"
    )
    assert loaded == ""


def test_importing_weft_takes_at_most_a_fifth_of_a_second() -> None:
    code = (
        "import time; began = time.perf_counter(); import weft; print(time.perf_counter() - began)"
    )
    assert min(float(_in_fresh_python(code)) for _ in range(3)) <= 0.2


@pytest.mark.parametrize("module", ["weft", "weft.cli", "weft.wiring", "weft.orchestrator.traces"])
def test_opentelemetry_is_not_loaded_by(module: str) -> None:
    loaded = _in_fresh_python(
        f"import sys, {module}\nprint([name for name in sys.modules if 'opentelemetry' in name])"
    )
    assert loaded == "[]"


def test_without_opentelemetry_a_conversation_that_wants_none_is_built() -> None:
    built = _in_fresh_python(
        "import sys\n"
        "sys.modules['opentelemetry'] = None\n"
        "from weft import background_wiring, wiring\n"
        "from weft.clock import WallClock\n"
        "values = {'background': {'agents': {'local': {'provider': 'local'}}}}\n"
        "print(background_wiring.make_tracing(wiring.checked_config(values), WallClock()))\n"
        "try:\n"
        "    wiring.checked_config({**values, 'telemetry': {'traces': 'otel'}})\n"
        "except wiring.ConfigError as error:\n"
        "    print(error)\n"
    )
    assert built.splitlines() == [
        "None",
        "configuration: telemetry.traces: OpenTelemetry is not installed: pip install 'weft[otel]'",
    ]
