"""A run as its trace has kept it: its spans, what went into them and came out, its calls, its outcome."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agentlab.models.question import fingerprint_of
from agentlab.store.schema import literal
from agentlab.types import JSON, RecordedCall, RunResult, RunStatus

if TYPE_CHECKING:
    from agentlab.store import TraceStore

LIGHT = (
    "span_id, parent_span_id, name, kind, tool_category, started_at, duration_ms, status, cost_usd, credits, error_type, "
    "step, attempt"
)
"""Columns of a line of a waterfall."""
_STATUS: dict[str, RunStatus] = {
    "ok": "succeeded",
    "error": "failed",
    "running": "running",
    "waiting": "waiting",
    "cancelled": "cancelled",
    "crashed": "crashed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """A trace in numbers."""

    spans: int = 0
    tool_calls: int = 0
    model_calls: int = 0
    failed: int = 0
    """Spans that failed or crashed, groups included."""
    longest: str | None = None
    """Description of the step that took longest; None where there is no step."""
    longest_ms: float | None = None


def _in(run_id: str) -> str:
    """The condition for rows of a run and of those it has begun, whose ids are its own with a dot behind: one range."""
    return f"run_id >= {literal(run_id)} and run_id < {literal(f'{run_id}/')}"


def spans_of(store: TraceStore, run_id: str) -> list[JSON]:
    """The rows of the view ``spans`` of one run, and of those it has begun, by their start; ``attributes`` as a dict."""
    found = _rows(store, f"from spans where {_in(run_id)} order by started_at")
    return [row | {"attributes": _loaded(row["attributes"]) or {}} for row in found]


def light_spans_of(store: TraceStore, run_id: str) -> list[JSON]:
    """The rows of ``spans_of`` with no more columns than a line of a waterfall shows."""
    return _rows(store, f"select {LIGHT} from spans where {_in(run_id)} order by started_at")  # noqa: S608 - quoted


def span_of(store: TraceStore, run_id: str, span_id: str) -> JSON:
    """One row of ``spans_of``; empty where there is none."""
    wanted = f"from spans where {_in(run_id)} and span_id = {literal(span_id)} limit 1"
    found = _rows(store, wanted)
    return found[0] | {"attributes": _loaded(found[0]["attributes"]) or {}} if found else {}


def totals_of(store: TraceStore, run_id: str) -> Totals:
    """How many spans and calls a run has, and which of its steps took longest."""
    (row,) = _rows(store, _TOTALS.format(condition=_in(run_id)))
    return Totals(**row)


def payloads_of(store: TraceStore, run_id: str, span_id: str | None = None) -> dict[str, JSON]:
    """Payloads by span and role: ``{span_id: {"input": …, "output": …}}``; of one span, or of the whole run."""
    wanted = _in(run_id) + (f" and span_id = {literal(span_id)}" if span_id else "")
    rows = _rows(store, f"select span_id, role, content, sha256 from payloads where {wanted} order by recorded_at")  # noqa: S608 - quoted
    apart = store.payloads(sorted({row["span_id"] for row in rows if row["sha256"]}))
    found: dict[str, JSON] = {}
    for row in rows:
        kept = apart[row["span_id"]][row["role"]] if row["sha256"] else _loaded(row["content"])
        found.setdefault(row["span_id"], {})[row["role"]] = kept
    return found


def calls_of(store: TraceStore, run_id: str) -> list[RecordedCall]:
    """Every call of a model or a tool in one run, in the order in which they began."""
    payloads = payloads_of(store, run_id)
    wanted = f"from spans where run_id = {literal(run_id)} and kind in ('llm', 'tool') order by started_at, span_id"
    return [call_of(row, payloads.get(row["span_id"], {})) for row in _rows(store, wanted)]


def scores_of(store: TraceStore, run_id: str) -> list[JSON]:
    """What is thought of a run and its spans: rows of the view ``scores``, oldest first."""
    return _rows(store, f"from scores where run_id = {literal(run_id)} order by recorded_at, note_id")


def call_of(row: Mapping[str, Any], payloads: JSON) -> RecordedCall:
    """One row of the view ``spans``, of a model or a tool, and its payloads, as a call."""
    attributes, asked = _loaded(row["attributes"]) or {}, payloads.get("input")
    known: JSON = asked if isinstance(asked, dict) and row["kind"] == "llm" else {}
    return RecordedCall(
        kind=row["kind"],
        span_id=row["span_id"],
        parent=row["parent_span_id"],
        step=row["step"],
        attempt=row["attempt"],
        tool=row["tool"] or (row["name"] if row["kind"] == "tool" else None),
        purpose=attributes.get("agentlab.purpose"),
        fingerprint=known.get("fingerprint") or _fingerprint(asked),
        model=row["response_model"] or row["model"] or "",
        status=row["status"],
        input=asked,
        output=payloads.get("output"),
        error=row["error_message"] or "",
        error_type=row["error_type"] or "",
        untrusted=bool(attributes.get("agentlab.untrusted")),
        input_tokens=row["input_tokens"],
        output_tokens=row["output_tokens"],
        cost_usd=row["cost_usd"],
        credits=row["credits"] or 0,
    )


def _fingerprint(asked: Any) -> str | None:
    """Of a prompt that another framework has kept as a list of messages; None where it is of another form."""
    if (
        isinstance(asked, list)
        and asked
        and all(isinstance(it, dict) and {"role", "content"} <= it.keys() for it in asked)
    ):
        return fingerprint_of([[it["role"], it["content"]] for it in asked])
    return None


def outcome_of(store: TraceStore, run_id: str) -> RunResult | None:
    """The result of a run that only its trace knows, such as one of another framework; None where there is no span.

    Its top is the span of the kind ``run``, else the first without a parent. Steps are left to the reader.
    """
    top = _top(store, run_id)
    if not top:
        return None
    attributes = top["attributes"]
    kept = payloads_of(store, run_id, top["span_id"]).get(top["span_id"], {})
    return RunResult(
        run_id=run_id,
        status=attributes.get("agentlab.status") or _STATUS.get(top["status"], "running"),
        goal=attributes.get("agentlab.goal") or top["name"] or run_id,
        answer=_answer(kept.get("output"), attributes.get("agentlab.answer", "")),
        error=top["error_message"] or "",
        credits=int(top["credits"] or top["model_credits"] or 0),
        cost_usd=None if top["unpriced"] else float(top["cost"] or 0.0),
        duration_s=float(top["seconds"] or 0.0),
        model=top["model"] or top["some_model"] or "",
    )


def asked_of(store: TraceStore, run_id: str) -> JSON:
    """What a run was asked, as its trace has kept it: ``goal``, and ``plan`` where it had one of its own."""
    top = _top(store, run_id)
    kept = payloads_of(store, run_id, top["span_id"]).get(top["span_id"], {}).get("input") if top else None
    if isinstance(kept, dict) and isinstance(kept.get("goal"), str):
        return kept
    return {"goal": top["name"]} if top else {}


def _top(store: TraceStore, run_id: str) -> JSON:
    """The uppermost span, and sums over all of them; empty where there is none."""
    (whole,) = _rows(store, _WHOLE.format(run_id=literal(run_id)))
    return whole | span_of(store, run_id, whole["span_id"]) if whole["span_id"] else {}


def _answer(kept: Any, otherwise: str) -> str:
    if kept is None:
        return otherwise
    return kept if isinstance(kept, str) else json.dumps(kept, ensure_ascii=False, indent=2)


def _rows(store: TraceStore, sql: str) -> list[JSON]:
    found = store.sql(sql)
    columns = list(found.columns)
    return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]


def _loaded(value: Any) -> Any:
    """A JSON column as a value; DuckDB hands it out as text."""
    return json.loads(value) if isinstance(value, str) else value


_TOTALS = """
select
  count(*)::int as spans,
  count(*) filter (kind = 'tool')::int as tool_calls,
  count(*) filter (kind = 'llm')::int as model_calls,
  count(*) filter (status in ('error', 'crashed'))::int as failed,
  arg_max(name, duration_ms) filter (kind = 'step') as longest,
  max(duration_ms) filter (kind = 'step') as longest_ms
from spans where {condition}
"""

_WHOLE = """
select
  arg_min(span_id, (kind <> 'run', parent_span_id is not null, started_at)) as span_id,
  sum(credits) filter (kind = 'llm')::bigint as model_credits,
  sum(cost_usd) filter (kind = 'llm') as cost,
  bool_or(cost_usd is null) filter (kind = 'llm') as unpriced,
  any_value(model) filter (kind = 'llm') as some_model,
  date_diff('millisecond', min(started_at), max(started_at + to_microseconds((coalesce(duration_ms, 0) * 1000)::bigint)))
    / 1000 as seconds
from spans where run_id = {run_id}
"""
