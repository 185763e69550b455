"""/health and /metrics of a worker process: the only module that knows prometheus_client.

It answers in threads of its own, so that it can tell when the event loop hangs.
"""

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    make_wsgi_app,
)
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from weft.background_agents.counted import Health, Outcome
from weft.errors import ConfigError, Mistake

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_WORK_S = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)


RefusalCounts = Mapping[tuple[str, str], int]
"""How many messages were not taken, by what they were and why."""


class WorkerMetrics:
    """The numbers of one worker process, for Prometheus to fetch."""

    def __init__(
        self,
        pool: str,
        lanes: int,
        health: Callable[[], Health],
        refused: Callable[[], RefusalCounts],
    ) -> None:
        """Begin at zero; `health` and `refused` are asked when the numbers are fetched."""
        self.registry = CollectorRegistry()
        self.registry.register(_RefusedMessages(pool, refused))
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self._begun = Counter(
            "weft_worker_packages_begun",
            "Packages on which work has begun; again: after another worker had begun.",
            ("pool", "again"),
            registry=self.registry,
        )
        self._ended = Histogram(
            "weft_worker_package_seconds",
            "Seconds of work on a package, by how it ended.",
            ("pool", "outcome"),
            buckets=_WORK_S,
            registry=self.registry,
        )
        self._pool = pool
        gauges: tuple[tuple[str, str, Callable[[], float]], ...] = (
            ("lanes", "Packages that can be worked on at once.", lambda: lanes),
            ("held", "Packages that it has at the moment.", lambda: health().held),
            ("draining", "1 when it takes nothing more.", lambda: float(health().draining)),
            ("healthy", "1 when it works and its server answers.", lambda: float(health().ok)),
        )
        for name, description, value in gauges:
            gauge = Gauge(f"weft_worker_{name}", description, ("pool",), registry=self.registry)
            gauge.labels(pool).set_function(value)

    def begun(self, attempt: int) -> None:
        """Count that work on a package has begun."""
        self._begun.labels(self._pool, "yes" if attempt > 1 else "no").inc()

    def ended(self, outcome: Outcome, after_s: float) -> None:
        """Count that it has ended."""
        self._ended.labels(self._pool, outcome).observe(after_s)


class _RefusedMessages(Collector):
    """Counts of somebody else, who has no need to know where they go."""

    def __init__(self, pool: str, refused: Callable[[], RefusalCounts]) -> None:
        self._pool = pool
        self._refused = refused

    def collect(self) -> Iterator[CounterMetricFamily]:
        """Give the counts as they are now."""
        family = CounterMetricFamily(
            "weft_worker_refused",
            "Messages on the server that were not taken, by what they were and why.",
            labels=("pool", "kind", "reason"),
        )
        for (kind, reason), count in self._refused().items():
            family.add_metric((self._pool, kind, reason), count)
        yield family


@contextmanager
def answering(place: str, metrics: WorkerMetrics, health: Callable[[], Health]) -> Iterator[str]:
    """Answer at HOST:PORT for as long as the block lasts; gives the address.

    Raises ConfigError when the place is taken or is not of this machine.
    """
    parts = urlsplit(f"//{place}")
    app = _application(make_wsgi_app(metrics.registry), health)
    try:
        server = make_server(
            parts.hostname or "", parts.port or 0, app, _ThreadingServer, _QuietHandler
        )
    except OSError as error:
        message = f"cannot answer at {place}: {error.strerror}; name another HOST:PORT, or null"
        raise ConfigError(None, [Mistake("worker.http", None, message)]) from error
    with server:
        thread = threading.Thread(target=server.serve_forever, name="worker-http", daemon=True)
        thread.start()
        try:
            yield f"http://{parts.hostname}:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class _ThreadingServer(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _QuietHandler(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing: whoever looks every few seconds would fill the log."""


def _application(metrics: "WSGIApplication", health: Callable[[], Health]) -> "WSGIApplication":
    def answer(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        match environ.get("PATH_INFO"):
            case "/metrics":
                return metrics(environ, start)
            case "/health":
                state = health()
                start(
                    "200 OK" if state.ok else "503 Service Unavailable",
                    [("Content-Type", "application/json")],
                )
                return [json.dumps(asdict(state)).encode()]
            case _:
                start("404 Not Found", [("Content-Type", "text/plain")])
                return [b"there are /health and /metrics\n"]

    return answer
