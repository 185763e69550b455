"""A conversation that leaves the work to other processes, and what its configuration may say."""

import pytest

from tests.background_agents.words_meaning import WordsMeaning
from tests.fakes.whole import hands_over
from weft import wiring
from weft.announcing import announce_in_log
from weft.clock import WallClock
from weft.config import parse_config
from weft.errors import ConfigError
from weft.orchestrator.channels.memory import MemoryChannel

AGENTS = {"agents": {"local": {"provider": "local"}}}
SERVER = {"kind": "redis", "url": "redis://127.0.0.1:1/0"}


def built(workers: str) -> wiring.Conversation:
    clock = WallClock()
    return wiring.build(
        parse_config({"background": AGENTS, "queue": {**SERVER, "workers": workers}}),
        clock=clock,
        channel=MemoryChannel(clock),
        model=hands_over(),
        meaning=WordsMeaning(),
        announce=announce_in_log,
    )


def test_no_agent_is_made_where_the_work_is_left_to_others() -> None:
    elsewhere, here = built("elsewhere"), built("here")
    assert (elsewhere.background, elsewhere.queue.worker) == (None, None)
    assert here.background is not None
    assert here.background.offer().agents == ("local",)
    assert here.queue.worker is not None


def test_a_queue_in_memory_has_its_workers_here() -> None:
    values = {"background": AGENTS, "queue": {"kind": "memory", "workers": "elsewhere"}}
    with pytest.raises(ConfigError, match=r"queue\.workers.*kind: redis"):
        parse_config(values)


def test_a_worker_needs_a_server() -> None:
    config = parse_config({"background": AGENTS})
    with pytest.raises(ConfigError, match=r"queue\.kind.*url"):
        wiring.make_worker_queue(config.queue, WallClock(), lambda: pytest.fail("not asked"))


@pytest.mark.parametrize("place", ["9464", "here:port", "http://127.0.0.1:9464", "", "a:99999"])
def test_a_place_that_is_none_is_said(place: str) -> None:
    with pytest.raises(ConfigError, match=r"worker\.http"):
        parse_config({"background": AGENTS, "worker": {"http": place}})


@pytest.mark.parametrize("place", ["127.0.0.1:9464", "[::1]:0", "worker.example:80", None])
def test_a_place_may_be_any_host_and_port(place: str | None) -> None:
    config = parse_config({"background": AGENTS, "worker": {"http": place}})
    assert config.worker.http == place
