"""Everything that happens is an Event; a start and a finish fold into a Span, one row of the trace store.

The fields of ``Span`` are the columns of the view ``spans``, in this order, under these names.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal

Kind = Literal["run", "plan", "step", "llm", "tool", "skill", "agent", "eval", "other"]
Phase = Literal["start", "end"]
SpanStatus = Literal["running", "ok", "error", "cancelled", "crashed"]


def trace_id_of(run_id: str) -> str:
    """The trace of a run: 32 hex digits, the same in every process that works on the run."""
    return sha256(f"trace:{run_id}".encode()).hexdigest()[:32]


def span_id_of(run_id: str, *parts: object) -> str:
    """A span that several processes must agree on (the run, a step): 16 hex digits."""
    return sha256(":".join(["span", run_id, *map(str, parts)]).encode()).hexdigest()[:16]


@dataclass(slots=True, kw_only=True)
class Span:
    """One piece of work with a beginning and an end."""

    trace_id: str
    """32 hex digits."""
    span_id: str
    """16 hex digits."""
    parent_span_id: str | None = None
    run_id: str | None = None
    name: str = ""
    kind: Kind = "other"
    started_at: datetime
    """UTC, without zone, to the microsecond."""
    duration_ms: float | None = None
    """Milliseconds; None while running."""
    status: SpanStatus = "running"
    error_type: str | None = None
    error_message: str | None = None
    step: str | None = None
    """Id of the plan step this belongs to."""
    attempt: int | None = None
    """Starts at 1."""
    tool: str | None = None
    tool_category: str | None = None
    provider: str | None = None
    model: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost_usd: float | None = None
    """US dollars; None where unknown or where nothing is charged."""
    credits: int | None = None
    """Micro-credits (1,000,000 = 1 credit)."""
    pid: int | None = None
    host: str | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
    """Everything else, as JSON; names follow OpenTelemetry where it has one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Where in a trace new spans belong. Passed along, never hidden."""

    trace_id: str
    run_id: str | None = None
    parent_span_id: str | None = None
    step: str | None = None

    @classmethod
    def of_run(cls, run_id: str) -> Scope:
        """The top of a run's trace; its own span hangs here."""
        return cls(trace_id=trace_id_of(run_id), run_id=run_id)

    def under(self, span: Span, *, step: str | None = None) -> Scope:
        """The place below ``span``."""
        return Scope(trace_id=self.trace_id, run_id=self.run_id, parent_span_id=span.span_id, step=step or self.step)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A span began or ended. Live view, trace store, notebook and test read these same records."""

    phase: Phase
    span: Span
