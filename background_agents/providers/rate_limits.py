"""What response headers say about when an endpoint may be asked again. Pure."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from weft.background_agents.providers.profiles import RateLimitHeaders

_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_UNIT_S: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def retry_after_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """Give the seconds after which the server wants to be asked again; None when it says nothing.

    It may say so in milliseconds, in seconds, or with a date.
    """
    in_ms = duration_s(headers.get("retry-after-ms", ""))
    if in_ms is not None:
        return in_ms / 1000
    said = headers.get("retry-after", "").strip()
    in_s = duration_s(said)
    if in_s is not None or not said:
        return in_s
    try:
        moment = parsedate_to_datetime(said)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


def used_up_for_s(headers: Mapping[str, str], limits: Sequence[RateLimitHeaders]) -> float:
    """Give the seconds until every budget that a reply has used up is filled again; 0 for none."""
    waits_s = [0.0]
    for limit in limits:
        remaining = duration_s(headers.get(limit.remaining, ""))
        reset_s = duration_s(headers.get(limit.reset, ""))
        if remaining is not None and remaining < 1 and reset_s is not None:
            waits_s.append(reset_s)
    return max(waits_s)


def duration_s(text: str) -> float | None:
    """Read `2.5`, `850ms` or `1h6m0s` as seconds; None when it is neither."""
    text = text.strip().lower()
    if re.fullmatch(r"\d+(?:\.\d+)?", text):
        return float(text)
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    return sum(float(number) * _UNIT_S[unit] for number, unit in parts)
