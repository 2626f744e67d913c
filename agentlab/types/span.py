"""Everything that happens is an Event; a start and a finish fold into a Span, one row of the trace store.

The fields of ``Span`` are the columns of the view ``spans``, in this order, under these names.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal

from agentlab.types.note import Note

Kind = Literal["run", "plan", "step", "llm", "tool", "skill", "agent", "eval", "other"]
Phase = Literal["start", "end"]
SpanStatus = Literal["running", "waiting", "ok", "error", "cancelled", "crashed"]
NO_COLUMN = {"column": False}
"""Marks a field that is no column of ``spans``."""


def trace_id_of(run_id: str) -> str:
    """The trace of a run: 32 hex digits, the same in every process that works on the run."""
    return sha256(f"trace:{run_id}".encode()).hexdigest()[:32]


def span_id_of(run_id: str, *parts: object) -> str:
    """A span that several processes must agree on (the run, a step): 16 hex digits."""
    return sha256(":".join(["span", run_id, *map(str, parts)]).encode()).hexdigest()[:16]


@dataclass(slots=True, kw_only=True)
class Span:
    """One piece of work with a beginning and an end. Its fields are columns, but for the last two."""

    trace_id: str
    """32 hex digits."""
    span_id: str
    """16 hex digits."""
    parent_span_id: str | None = None
    run_id: str | None = None
    """The run; a trace that no run of this lab began, such as another framework's, is a run by its trace id."""
    project: str | None = None
    """Whose traces these are, for retention; None counts as ``default``."""
    conversation_id: str | None = None
    """The thread of conversation this belongs to."""
    name: str = ""
    kind: Kind = "other"
    operation: str | None = None
    """What OpenTelemetry calls it: ``chat``, ``embeddings``, ``execute_tool``, ``plan``, …"""
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
    agent: str | None = None
    skill: str | None = None
    skill_version: str | None = None
    tool: str | None = None
    tool_category: str | None = None
    provider: str | None = None
    model: str | None = None
    """The model that was asked for."""
    response_model: str | None = None
    """The model that answered, where it said so."""
    input_tokens: int | None = None
    """All tokens of the prompt, cached ones too."""
    output_tokens: int | None = None
    """All tokens of the answer, reasoning too."""
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    reasoning_tokens: int | None = None
    cost_usd: float | None = None
    """US dollars; 0 where nothing is charged, None where unknown."""
    price_version: str | None = None
    """Which price list ``cost_usd`` was reckoned with."""
    credits: int | None = None
    """Micro-credits (1,000,000 = 1 credit)."""
    ttft_ms: float | None = None
    """Milliseconds from the start to the first token of the answer."""
    finish_reason: str | None = None
    cache_hit: bool | None = None
    """True where the answer came from our own cache."""
    user_id: str | None = None
    service: str | None = None
    """The program that recorded it, where it is not this one."""
    host: str | None = None
    pid: int | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
    """Everything else, as JSON; names follow OpenTelemetry where it has one."""
    payloads: dict[str, Any] = field(default_factory=dict, metadata=NO_COLUMN)
    """Large texts by role, kept apart in ``payloads``: ``input`` and ``output`` as JSON; written with the end."""
    notes: list[Note] = field(default_factory=list, metadata=NO_COLUMN)
    """What happened at one moment inside the span; written with the end."""


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
