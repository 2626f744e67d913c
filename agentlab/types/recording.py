"""A call of a model or a tool as a run's trace has kept it: what replays, scripts and comparisons read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

ToolSource = Literal["live", "recorded"]
"""Where the tools of a run get their results: from what they do, or from the run that is replayed."""
REDACTED = "[redacted]"
"""What stands in the trace where a secret was; ``agentlab.store.redact`` puts it there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedCall:
    """One question to a model, or one attempt of a tool, in the order in which they began."""

    kind: Literal["llm", "tool"]
    span_id: str
    parent: str | None = None
    """The span it was made in."""
    step: str | None = None
    """Id of the plan step; None outside of steps, and in traces of programs that have none."""
    attempt: int | None = None
    tool: str | None = None
    purpose: str | None = None
    """Why a model was asked; None where the trace does not say."""
    fingerprint: str | None = None
    """Of the question, as ``agentlab.models.question`` makes it, before secrets were taken out."""
    model: str = ""
    """The model that answered."""
    status: str = "ok"
    input: Any = None
    """The payload of that role, as JSON; None where there is none."""
    output: Any = None
    error: str = ""
    """Message of the failure; empty where there was none."""
    error_type: str = ""
    untrusted: bool = False
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost_usd: float | None = None
    credits: int = 0
    """Micro-credits."""
