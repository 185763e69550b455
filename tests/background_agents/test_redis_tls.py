"""A server that speaks TLS: it is recognised by its certificate, or nothing is said to it."""

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import trustme

from tests.background_agents.packages import package, update
from tests.background_agents.queues_opened import (
    Sides,
    eventually,
    gateway,
    options_for,
    worker,
)
from tests.redis_server import RedisServer, documented_settings, programs
from weft.background_agents.queues.places import RedisOptions, Tls

pytestmark = [pytest.mark.anyio, pytest.mark.integration]

TLS_SETTINGS = (
    "tls-port",
    "tls-cert-file",
    "tls-key-file",
    "tls-ca-cert-file",
    "tls-auth-clients",
)


@dataclass(frozen=True, slots=True)
class Certified:
    """A certificate with its key and the authority that has signed it, in files."""

    certificate: str
    key: str
    ca: str


def certified(folder: Path, *names: str, authority: trustme.CA | None = None) -> Certified:
    """Make a certificate for some names, signed by an authority of its own if none is given."""
    authority = authority or trustme.CA()
    folder.mkdir()
    paths = Certified(*(str(folder / name) for name in ("one.crt", "one.key", "ca.crt")))
    issued = authority.issue_cert(*names)
    issued.cert_chain_pems[0].write_to_path(paths.certificate)
    issued.private_key_pem.write_to_path(paths.key)
    authority.cert_pem.write_to_path(paths.ca)
    return paths


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(params=["redis", "valkey"])
def program(request: pytest.FixtureRequest) -> str:
    found = programs().get(request.param)
    if found is None:
        pytest.skip(f"there is no {request.param} here")
    return found


@contextmanager
def speaking_tls(program: str, folder: Path, files: Certified, **settings: str) -> Iterator[int]:
    """Run a server with the settings of the document, and give the port at which it speaks TLS."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    written = documented_settings(*TLS_SETTINGS)
    options = dict(zip(written[::2], written[1::2], strict=True)) | {
        "--tls-port": str(port),
        "--tls-cert-file": files.certificate,
        "--tls-key-file": files.key,
        "--tls-ca-cert-file": files.ca,
        **{f"--tls-{name}": value for name, value in settings.items()},
    }
    server = RedisServer(
        program, folder, options=tuple(p for pair in options.items() for p in pair)
    )
    try:
        server.start()
    except RuntimeError as error:
        if "tls" in str(error).lower():
            pytest.skip("this server was built without TLS")
        raise
    try:
        yield port
    finally:
        server.kill()


def options_with(port: int, *, host: str = "127.0.0.1", **files: str) -> RedisOptions:
    return replace(options_for(f"rediss://{host}:{port}/0"), tls=Tls(**files))


async def is_answered(options: RedisOptions) -> None:
    async with gateway(options) as session, worker(options) as queue:
        session.submit_nowait(package())
        claim = await queue.claim()
        queue.publish_nowait(update(claim, final=True))
        queue.finish_nowait(claim)
        assert len(await Sides(session, queue).updates()) == 1


async def is_refused(options: RedisOptions, told: str, caplog: pytest.LogCaptureFixture) -> None:
    """Say nothing to a server that is not to be trusted, and say in the log what to do."""
    caplog.clear()
    caplog.set_level(logging.WARNING)
    async with gateway(options) as session:
        session.submit_nowait(package())
        await eventually(lambda: bool(caplog.messages))
        assert session.updates_nowait("s") == []
    assert told in caplog.text


async def test_a_server_is_recognised_by_who_has_signed_its_certificate(
    program: str, tmp_path: Path, authority: trustme.CA, caplog: pytest.LogCaptureFixture
) -> None:
    files = certified(tmp_path / "server", "127.0.0.1", authority=authority)
    with speaking_tls(program, tmp_path, files) as port:
        await is_answered(options_with(port, ca=files.ca))
        await is_refused(options_with(port), "queue.tls_ca: ", caplog)
        strangers = certified(tmp_path / "strangers", "127.0.0.1")
        await is_refused(options_with(port, ca=strangers.ca), "queue.tls_ca: ", caplog)
        await is_refused(options_with(port, ca=files.key), "no certificate in that file", caplog)
        # Whatever the address asks for: it would be a password for anybody who answers.
        careless = options_with(port)
        careless = replace(careless, url=f"{careless.url}?ssl_cert_reqs=none")
        await is_refused(careless, "queue.tls_ca: ", caplog)


async def test_a_certificate_for_another_host_is_refused(
    program: str, tmp_path: Path, authority: trustme.CA, caplog: pytest.LogCaptureFixture
) -> None:
    files = certified(tmp_path / "server", "elsewhere.test", authority=authority)
    with speaking_tls(program, tmp_path, files) as port:
        for host in ("127.0.0.1", "localhost"):
            options = options_with(port, host=host, ca=files.ca)
            await is_refused(options, "queue.url: the certificate of the server", caplog)


async def test_a_server_may_want_to_know_who_comes(
    program: str, tmp_path: Path, authority: trustme.CA, caplog: pytest.LogCaptureFixture
) -> None:
    files = certified(tmp_path / "server", "127.0.0.1", authority=authority)
    mine = certified(tmp_path / "mine", "gateway", authority=authority)
    strangers = certified(tmp_path / "strangers", "gateway")
    with speaking_tls(program, tmp_path, files, **{"auth-clients": "yes"}) as port:
        known = {"ca": files.ca, "certificate": mine.certificate, "key": mine.key}
        await is_answered(options_with(port, **known))
        await is_refused(options_with(port, ca=files.ca), "queue.tls_certificate", caplog)
        stranger = known | {"certificate": strangers.certificate, "key": strangers.key}
        await is_refused(options_with(port, **stranger), "queue.tls_certificate", caplog)
        mixed = known | {"key": strangers.key}
        await is_refused(options_with(port, **mixed), "queue.tls_key: ", caplog)


async def test_who_speaks_tls_and_who_does_not_do_not_understand_each_other(
    program: str, tmp_path: Path, authority: trustme.CA, caplog: pytest.LogCaptureFixture
) -> None:
    files = certified(tmp_path / "server", "127.0.0.1", authority=authority)
    with speaking_tls(program, tmp_path, files) as port:
        plain = RedisServer(program, tmp_path)
        plain.start()
        options = options_with(plain.port)
        await is_refused(options, "if it speaks no TLS there, write redis://", caplog)
        plain.kill()
        options = options_for(f"redis://127.0.0.1:{port}/0")
        await is_refused(options, "if it speaks TLS there, write rediss://", caplog)
