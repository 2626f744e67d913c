"""Values of attributes as our columns hold them, and times."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, get_args

from agentlab.store.otlp.wire import Malformed
from agentlab.types.span import Kind, SpanStatus

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - the store's times are UTC, without zone
LAST_NS = (1 << 63) - 1
"""The last nanosecond that everyone can read, in the year 2262."""
KINDS: dict[str, Kind] = {kind: kind for kind in get_args(Kind)}
STATUSES: dict[str, SpanStatus] = {status: status for status in get_args(SpanStatus)}
"""The words of our own vocabulary, by themselves: to know one when it comes in."""
_WHOLE = frozenset(
    {"attempt", "credits", "pid", "input_tokens", "output_tokens"}
    | {"cache_read_tokens", "cache_write_tokens", "reasoning_tokens"}
)
_REAL = frozenset({"cost_usd", "ttft_ms", "duration_ms"})


def at(time_ns: int) -> datetime:
    """The time as the store keeps it: UTC, without zone, to the microsecond. Raises ``Malformed`` after the year 2262."""
    if not 0 < time_ns <= LAST_NS:
        raise Malformed(f"{time_ns} is no time in nanoseconds since 1970")
    return EPOCH + timedelta(microseconds=time_ns // 1_000)


def ns_of(moment: datetime) -> int | None:
    """Nanoseconds since 1970; None where OTLP has no number for the time."""
    time_ns = (moment - EPOCH) // timedelta(microseconds=1) * 1_000
    return time_ns if 0 < time_ns <= LAST_NS else None


def typed(column: str, value: Any) -> Any:
    """``value`` as the column holds it; None where it cannot."""
    if column in _WHOLE:
        return whole_of(value)
    if column in _REAL:
        return real_of(value)
    if column == "cache_hit":
        return value if isinstance(value, bool) else None
    if column == "finish_reason" and isinstance(value, list):
        return text_of(value[0]) if len(value) == 1 else None
    return text_of(value)


def whole_of(value: Any) -> int | None:
    """A whole number of 64 bits; None where it is none."""
    if (isinstance(value, float) and value.is_integer()) or (
        isinstance(value, str) and value.isdecimal() and len(value) < 19
    ):
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63 else None


def real_of(value: Any) -> float | None:
    """A number; None where it is none."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def text_of(value: Any) -> str | None:
    """A text; None where it is none."""
    return value if isinstance(value, str) else None
