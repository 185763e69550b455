"""What headers say about waiting."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.background_agents.providers.profiles import PROFILES
from weft.background_agents.providers.rate_limits import (
    duration_s,
    retry_after_s,
    used_up_for_s,
)

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "Sat, 21 Nov 2026 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Sat, 21 Nov 2026 11:00:00 GMT"}, 0.0),
        ({"retry-after-ms": "250", "retry-after": "1"}, 0.25),
        ({"retry-after": "soon"}, None),
        ({"retry-after": ""}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_in_all_its_forms(
    headers: dict[str, str], wait_s: float | None
) -> None:
    assert retry_after_s(headers, NOON) == wait_s


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2.5", 2.5),
        ("850ms", 0.85),
        ("6m0s", 360.0),
        ("1h0m1.5s", 3601.5),
        ("6 minutes", None),
        ("s", None),
        ("-3", None),
        ("nan", None),
        ("", None),
    ],
)
def test_durations_are_read_as_servers_write_them(text: str, seconds: float | None) -> None:
    assert duration_s(text) == seconds


def test_the_budget_that_is_filled_last_counts() -> None:
    headers = {
        "x-ratelimit-remaining-requests-day": "0",
        "x-ratelimit-reset-requests-day": "12.5",
        "x-ratelimit-remaining-tokens-minute": "0",
        "x-ratelimit-reset-tokens-minute": "30",
    }
    limits = PROFILES["cerebras"].rate_limits
    assert used_up_for_s(headers, limits) == 30
    assert used_up_for_s(headers | {"x-ratelimit-remaining-tokens-minute": "900"}, limits) == 12.5
    assert used_up_for_s({}, limits) == 0


@given(st.text(max_size=20))
def test_no_header_breaks_the_reading(text: str) -> None:
    waits = [
        retry_after_s({"retry-after": text}, NOON),
        retry_after_s({"retry-after-ms": text}, NOON),
    ]
    assert all(wait_s is None or wait_s >= 0 for wait_s in waits)
