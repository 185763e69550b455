"""The agents bench against its own server: the times are in order, and of the server's rate."""

import pytest

from weft.bench.agents import measure

pytestmark = pytest.mark.anyio


async def test_times_come_in_order_and_no_sooner_than_the_server_sends() -> None:
    [run] = await measure([(600, 2)], size=2)
    assert (run.tokens_per_s, run.at_once, run.delegations) == (600, 2, 2)
    # 60 tokens at 600 a second.
    assert run.result_ms_p50 >= 100
    assert run.first_update_ms_p50 <= run.first_speakable_ms_p50 <= run.result_ms_p50
    assert run.added_ms_p50 <= run.added_ms_p99 < run.result_ms_p50
