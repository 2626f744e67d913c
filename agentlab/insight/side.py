"""One of the two runs of a comparison."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from agentlab.insight.waterfall import in_tree, when
from agentlab.types import JSON, to_credits, total_usd

Payloads = Mapping[str, JSON]
"""``{span_id: {"input": …, "output": …}}``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One run in figures."""

    run_id: str
    goal: str
    status: str
    model: str
    duration_s: float | None
    credits: float
    cost_usd: float | None
    """US dollars; None where any part is unknown."""
    input_tokens: int
    output_tokens: int
    model_calls: int
    tool_calls: int
    attempts: int
    """Tool calls beyond the first of their step."""


class Side:
    """One of the two runs of a comparison: its tree of spans and its payloads."""

    def __init__(self, spans: Iterable[Mapping[str, Any]], payloads: Payloads) -> None:
        self.payloads = payloads
        self.below: dict[str | None, list[Mapping[str, Any]]] = {}
        self.spans: list[Mapping[str, Any]] = []
        for span, _, parent in in_tree(spans):
            self.spans.append(span)
            self.below.setdefault(parent, []).append(span)
        self.top: Mapping[str, Any] = next((it for it in self.below.get(None, []) if it["kind"] == "run"), {})
        if not self.top and len(self.below.get(None, [])) == 1:
            self.top = self.below[None][0]

    @property
    def ids(self) -> set[str]:
        """Every id that another run has another of."""
        return {str(it[name]) for it in self.spans for name in ("run_id", "trace_id", "span_id") if it.get(name)}

    @property
    def lasted(self) -> tuple[datetime, datetime] | None:
        """From the first start to the last end."""
        starts = [when(it) for it in self.spans]
        ends = [
            begun + timedelta(milliseconds=it.get("duration_ms") or 0)
            for begun, it in zip(starts, self.spans, strict=True)
        ]
        return (min(starts), max(ends)) if starts else None

    @property
    def first(self) -> list[Mapping[str, Any]]:
        """What stands directly below the run; where a trace is but one call, that call."""
        below = self.below.get(self.top["span_id"], []) if self.top else []
        return below if below or self.top.get("kind") == "run" else self.below.get(None, [])

    def inside(self, span: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
        """What stands directly below ``span``."""
        return self.below.get(span["span_id"], []) if span else []

    @property
    def goal(self) -> Any:
        """What was asked."""
        return (self.top.get("attributes") or {}).get("agentlab.goal") or self.top.get("name")

    @property
    def end(self) -> JSON:
        """How it ended: ``status``, ``error``, ``answer``."""
        if not self.top:
            return {}
        status = (self.top.get("attributes") or {}).get("agentlab.status") or self.top.get("status")
        answer = self.payload(self.top, "output", "agentlab.answer")
        return {"status": status, "error": self.top.get("error_message"), "answer": answer or None}

    def payload(self, span: Mapping[str, Any], role: str, attribute: str = "") -> Any:
        """A payload of ``span``, else the excerpt that its attributes hold."""
        kept = self.payloads.get(span["span_id"], {})
        return kept[role] if role in kept else (span.get("attributes") or {}).get(attribute)

    def figures(self) -> Figures:
        """The run in figures."""
        calls = [it for it in self.spans if it["kind"] in {"llm", "tool"}]
        models, tools = ([it for it in calls if it["kind"] == kind] for kind in ("llm", "tool"))
        top, attributes = self.top, self.top.get("attributes") or {}
        cost = top["cost_usd"] if top.get("cost_usd") is not None else total_usd(it.get("cost_usd") for it in models)
        duration = top.get("duration_ms")
        credits = top.get("credits") or sum(it.get("credits") or 0 for it in models)
        return Figures(
            run_id=str(top.get("run_id") or next((it["run_id"] for it in self.spans if it.get("run_id")), "")),
            goal=str(attributes.get("agentlab.goal") or top.get("name") or ""),
            status=str(attributes.get("agentlab.status") or top.get("status") or ""),
            model=str(top.get("model") or next((it["model"] for it in models if it.get("model")), "")),
            duration_s=None if duration is None else duration / 1_000,
            credits=to_credits(credits),
            cost_usd=cost,
            input_tokens=sum(it.get("input_tokens") or 0 for it in models),
            output_tokens=sum(it.get("output_tokens") or 0 for it in models),
            model_calls=len(models),
            tool_calls=len(tools),
            attempts=sum((it.get("attempt") or 1) > 1 for it in tools),
        )
