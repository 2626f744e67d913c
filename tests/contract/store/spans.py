"""Events for the tests of the store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from agentlab.types import Event, Span, span_id_of, trace_id_of
from agentlab.types.span import Phase

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC).replace(tzinfo=None)


def event(phase: Phase, name: str, *, run_id: str = "run_1", at: float = 0.0, **columns: Any) -> Event:
    """An event of the span called ``name``; ``at`` is its start in seconds after noon."""
    if phase == "end":
        columns = {"status": "ok", "duration_ms": 1_000.0} | columns
    columns = {"span_id": span_id_of(run_id, name), "trace_id": trace_id_of(run_id), "kind": "tool"} | columns
    return Event(phase=phase, span=Span(run_id=run_id, name=name, started_at=NOON + timedelta(seconds=at), **columns))
