"""Numbers as people read them: durations, credits, money. Unknown is a dash, never a zero."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

UNKNOWN = "—"


def duration(ms: float | None) -> str:
    """Milliseconds in the unit that fits: ``420 ms``, ``3.00 s``, ``21.8 s``, ``4 min 05 s``, ``2 h 10 min``."""
    if ms is None:
        return UNKNOWN
    if ms < 999.5:
        return f"{ms:.0f} ms" if ms >= 9.95 or ms == 0 else f"{ms:.1f} ms"
    seconds = ms / 1_000
    if seconds < 59.95:
        return f"{seconds:.2f} s" if seconds < 9.995 else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def credits(amount: float | None) -> str:
    """Credits with as many digits as they are worth: ``0``, ``0.004``, ``1.25``, ``1,204``."""
    if amount is None:
        return UNKNOWN
    if amount == 0:
        return "0"
    if abs(amount) < 0.001:
        return "<0.001"
    if abs(amount) < 100:
        return f"{amount:.3f}".rstrip("0").rstrip(".")
    return f"{amount:,.0f}"


def counted(amount: str | int, what: str) -> str:
    """An amount with its noun: ``1 step``, ``0 steps``, ``1.5 credits``."""
    return f"{amount} {what}{'' if str(amount) == '1' else 's'}"


def dollars(amount: float | None) -> str:
    """US dollars: ``$0``, ``$0.0042``, ``$1.25``; a dash where the price is unknown."""
    if amount is None:
        return UNKNOWN
    if amount == 0:
        return "$0"
    if abs(amount) < 0.0001:
        return "<$0.0001"
    return f"${amount:,.4f}" if abs(amount) < 1 else f"${amount:,.2f}"


def share(part: float, whole: float) -> str:
    """``part`` of ``whole`` in per cent; a dash of nothing."""
    return f"{100 * part / whole:.0f} %" if whole else UNKNOWN


def ago(moment: datetime | None, now: datetime) -> str:
    """How long ago ``moment`` was: ``just now``, ``4 min ago``, ``2 h ago``, ``3 d ago``, then the date."""
    if moment is None:
        return UNKNOWN
    seconds = (now - moment).total_seconds()
    if seconds < 45:
        return "just now"
    if seconds < 3_600:
        return f"{max(1, round(seconds / 60))} min ago"
    if seconds < 86_400:
        return f"{round(seconds / 3_600)} h ago"
    return f"{round(seconds / 86_400)} d ago" if seconds < 14 * 86_400 else f"{moment:%d %b %Y}"


def as_json(value: Any) -> str:
    """``value`` as JSON on one line, what JSON does not have as text."""
    return json.dumps(value, ensure_ascii=False, default=str)
