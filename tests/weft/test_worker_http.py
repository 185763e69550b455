"""What a worker process answers to whoever looks after it."""

import json
from collections import Counter
from dataclasses import replace
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from weft.background_agents.counted import Health
from weft.errors import ConfigError
from weft.worker_http import WorkerMetrics, answering

WELL = Health(ok=True, pool="default", held=2, draining=False, server_silent_s=0.1)


def get(address: str, path: str) -> tuple[int, str]:
    place = urlsplit(address)
    connection = HTTPConnection(place.hostname or "", place.port)
    try:
        connection.request("GET", path)
        reply = connection.getresponse()
        return reply.status, reply.read().decode()
    finally:
        connection.close()


def test_health_is_good_or_not() -> None:
    healths = [WELL, replace(WELL, ok=False, draining=True)]
    metrics = WorkerMetrics("default", 4, lambda: WELL, Counter)
    with answering("127.0.0.1:0", metrics, lambda: healths.pop(0)) as address:
        status, body = get(address, "/health")
        assert (status, json.loads(body)["held"]) == (200, 2)
        status, body = get(address, "/health")
        assert (status, json.loads(body)["draining"]) == (503, True)
        assert get(address, "/")[0] == 404


def test_metrics_are_text_for_prometheus() -> None:
    metrics = WorkerMetrics("default", 4, lambda: WELL, Counter)
    metrics.begun(1)
    metrics.begun(2)
    metrics.ended("answered", 0.3)
    with answering("127.0.0.1:0", metrics, lambda: WELL) as address:
        status, body = get(address, "/metrics")
    assert status == 200
    lines = body.splitlines()
    assert 'weft_worker_packages_begun_total{again="no",pool="default"} 1.0' in lines
    assert 'weft_worker_packages_begun_total{again="yes",pool="default"} 1.0' in lines
    assert 'weft_worker_package_seconds_count{outcome="answered",pool="default"} 1.0' in lines
    assert 'weft_worker_held{pool="default"} 2.0' in lines
    assert 'weft_worker_healthy{pool="default"} 1.0' in lines


def test_what_was_not_taken_is_counted_by_what_it_was_and_why() -> None:
    refused = Counter({("package", "unknown_key"): 2, ("stop", "altered"): 1})
    metrics = WorkerMetrics("default", 4, lambda: WELL, lambda: refused)
    with answering("127.0.0.1:0", metrics, lambda: WELL) as address:
        refused["package", "unknown_key"] += 1
        lines = get(address, "/metrics")[1].splitlines()
    name = "weft_worker_refused_total"
    assert f'{name}{{kind="package",pool="default",reason="unknown_key"}} 3.0' in lines
    assert f'{name}{{kind="stop",pool="default",reason="altered"}} 1.0' in lines


def test_a_place_that_is_taken_is_said_with_its_key() -> None:
    metrics = WorkerMetrics("default", 4, lambda: WELL, Counter)
    with answering("127.0.0.1:0", metrics, lambda: WELL) as address:
        taken = address.removeprefix("http://")
        with (
            pytest.raises(ConfigError, match=r"worker\.http.*another HOST:PORT"),
            answering(taken, metrics, lambda: WELL),
        ):
            pass
