"""Spans to build traces from."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

NOON = datetime.fromisoformat("2026-03-01T12:00:00")


def a_span(span_id: str, parent: str | None = None, *, at_ms: float = 0, **columns: Any) -> dict[str, Any]:
    """Columns of one span that began ``at_ms`` milliseconds after noon."""
    given = {"kind": "tool", "name": span_id, "status": "ok", "duration_ms": 10.0, "attributes": {}}
    place = {"span_id": span_id, "parent_span_id": parent, "started_at": NOON + timedelta(milliseconds=at_ms)}
    return given | place | columns


def a_trace() -> list[dict[str, Any]]:
    """A run of two steps: one went well, one failed after two attempts."""
    return [
        a_span("run", kind="run", name="Fetch two pages", duration_ms=900.0, status="error", credits=5_000_000),
        a_span("plan", "run", at_ms=5, kind="plan", name="plan", duration_ms=100.0),
        a_span("a", "run", at_ms=110, kind="step", name="Fetch the first", tool_category="http", step="a"),
        a_span("a1", "a", at_ms=111, name="http.get", tool_category="http", credits=1_000, attempt=1),
        a_span("b", "run", at_ms=112, kind="step", name="Fetch the second", status="error", duration_ms=700.0),
        a_span(
            "b1", "b", at_ms=113, name="http.get", tool_category="http", status="error", error_type="timeout", attempt=1
        ),
        a_span(
            "b2", "b", at_ms=400, name="http.get", tool_category="http", status="error", error_type="timeout", attempt=2
        ),
    ]
