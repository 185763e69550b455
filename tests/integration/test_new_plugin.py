"""A package that `weft tools new` made, taken the way its author takes it, with the real pip."""

import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

pytestmark = [pytest.mark.integration, pytest.mark.limit_s(1_800)]


def test_a_new_package_installs_is_found_and_passes_its_own_test(tmp_path: Path) -> None:
    def weft(*arguments: str, python: str = sys.executable) -> str:
        return run(python, "-m", "weft", *arguments)

    def run(*command: str) -> str:
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    weft("tools", "new", "moon-phase")
    # A new environment in which weft is already there, as it is for whoever has the command.
    venv.create(tmp_path / "env")
    python = str(tmp_path / "env" / "bin" / "python")
    seen = f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n"
    inside = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    (Path(inside) / "weft_is_here.pth").write_text(seen)

    pip = (sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-index")
    run(*pip, "--no-build-isolation", "./moon-phase")

    assert "moon-phase 0.1.0" in weft("tools", python=python)
    said = weft("tools", "call", "moon-phase", '{"word": "loom"}', python=python)
    assert said.splitlines()[0] == "loom is spelt L, O, O, M."
    report = run(python, "-m", "pytest", "-q", "moon-phase")
    assert "4 passed" in report
