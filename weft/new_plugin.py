"""`weft tools new NAME`: a package with one tool and its test, ready to be installed and changed.

Knows only names and text: the package is written, not installed and not imported.
"""

import keyword
import re
import sys
from collections.abc import Mapping
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from string import Template

from weft.errors import InputError
from weft.tools.builtin import BUILTIN_NAMES

PYPROJECT = """\
[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "$name"
version = "0.1.0"
description = "A tool for weft"
requires-python = ">=3.11"
dependencies = ["weft>=$weft"]

[project.optional-dependencies]
dev = ["pytest>=8"]

[project.entry-points."weft.tools"]
$name = "$module:$module"

[tool.setuptools]
packages = ["$module"]
package-dir = { "" = "src" }

[tool.setuptools.package-data]
$module = ["py.typed"]

[tool.pytest.ini_options]
testpaths = ["tests"]
"""

SOURCE = '''\
"""The tool `$name`: change what it does, its examples and its test together."""

import weft


@weft.tool(
    name="$name",
    examples=("spell the word rhythm", "how do you spell necessary"),
    # What it changes in the world: read (nothing), write, or irreversible.
    side_effects="read",
    time_limit_s=5,
)
async def $module(word: str) -> weft.ToolOutput:
    """Spell a word letter by letter.

    Args:
        word: the word to be spelt.
    """
    letters = [sign.upper() for sign in word if sign.isalpha()]
    if not letters:
        # The reason is said to the user, once and as it stands.
        raise weft.ToolError("There are no letters in that.")
    # `text` is said aloud, so it is a plain sentence; `detail` is shown where there is a screen.
    return weft.ToolOutput(f"{word} is spelt {', '.join(letters)}.", detail=" ".join(letters))
'''

TEST = '''\
"""What `$name` answers, and that weft finds it once it is installed."""

from importlib import metadata

import anyio
import pytest
import weft

from $module import $module as the_tool


def answers(**arguments: object) -> list[str]:
    """Call the tool as an agent does, with its checks and limits."""

    async def call() -> list[str]:
        clock = weft.VirtualClock()
        context = weft.ToolContext(clock=clock, session_id="s", delegation_id="s.1")
        return [output.text async for output in the_tool.run(arguments, context)]

    return anyio.run(call)


def test_it_answers() -> None:
    assert answers(word="loom") == ["loom is spelt L, O, O, M."]


def test_it_says_why_it_cannot() -> None:
    with pytest.raises(weft.ToolError, match="no letters"):
        answers(word="42")


def test_arguments_that_do_not_fit_are_refused() -> None:
    with pytest.raises(weft.ToolError, match="cannot use its arguments"):
        answers(words="loom")


def test_weft_finds_it() -> None:
    (entry,) = metadata.entry_points(group="weft.tools", name="$name")
    assert entry.load() is the_tool
'''

README = """\
# $name

A tool for weft. In the environment in which weft is installed:

```sh
pip install -e '.[dev]'
pytest
weft tools call $name '{"word": "loom"}'
```

An agent may call it once its configuration names it: `tools: {use: [$name]}`.
"""

FILES: Mapping[str, str] = {
    "pyproject.toml": PYPROJECT,
    "README.md": README,
    "src/$module/__init__.py": SOURCE,
    "src/$module/py.typed": "",
    "tests/test_$module.py": TEST,
}


def write_plugin(name: str, folder: Path) -> Path:
    """Write the package into a new folder of that name inside `folder`, and give its path.

    Raises InputError when the name cannot be used, or something is in the way.
    """
    module = module_name(name)
    home = folder / name
    words = {"name": name, "module": module, "weft": metadata.version("weft")}
    try:
        home.mkdir(parents=True)
        for path, template in FILES.items():
            file = home / Template(path).substitute(words)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(Template(template).substitute(words), encoding="utf-8")
    except FileExistsError as error:
        raise InputError(f"{home} is there already; choose another name or --folder") from error
    except OSError as error:
        raise InputError(f"{home} cannot be written: {error.strerror}") from error
    return home


def module_name(name: str) -> str:
    """Give the module that a tool's package will hold; raises InputError for an unusable name."""
    if not re.fullmatch(r"[a-z](?:[a-z0-9]|[-_](?=[a-z0-9])){0,62}", name):
        raise InputError(
            f"a tool cannot be called {name!r}: use a-z, 0-9, - and _, beginning with a letter, "
            "like moon-phase"
        )
    if name in BUILTIN_NAMES:
        raise InputError(f"{name!r} is built in; choose another name, like my-{name}")
    module = name.replace("-", "_")
    if keyword.iskeyword(module) or keyword.issoftkeyword(module):
        raise InputError(f"{name!r} is a word of Python; choose another name")
    if module in sys.stdlib_module_names or _is_importable(module):
        raise InputError(
            f"there is a Python module {module!r} already, which the tool would hide or be hidden "
            f"by; choose another name, like my-{name}"
        )
    return module


def _is_importable(module: str) -> bool:
    """Whether something installed has that name; a mere folder on the way does not count."""
    spec = find_spec(module)
    return spec is not None and spec.origin is not None
