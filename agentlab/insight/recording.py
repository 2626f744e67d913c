"""A run as its trace has kept it: its spans, what went into them and came out, its calls, its outcome."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from agentlab.store.schema import literal
from agentlab.types import JSON, RecordedCall, RunResult, RunStatus

Reader = Callable[[str], Any]
"""Runs one query and returns a relation (something with ``.columns`` and ``.fetchall()``), such as ``lab.sql``."""

_STATUS: dict[str, RunStatus] = {
    "ok": "succeeded",
    "error": "failed",
    "running": "running",
    "cancelled": "cancelled",
    "crashed": "crashed",
}


def spans_of(read: Reader, run_id: str) -> list[JSON]:
    """The rows of the view ``spans`` of one run, in order of their start; ``attributes`` as a dict."""
    found = _rows(read, f"from spans where run_id = {literal(run_id)} order by started_at")
    return [row | {"attributes": _loaded(row["attributes"]) or {}} for row in found]


def payloads_of(read: Reader, run_id: str, span_id: str | None = None) -> dict[str, JSON]:
    """Payloads by span and role: ``{span_id: {"input": …, "output": …}}``; of one span, or of the whole run."""
    wanted = f"run_id = {literal(run_id)}" + (f" and span_id = {literal(span_id)}" if span_id else "")
    found: dict[str, JSON] = {}
    for row in _rows(read, f"select span_id, role, content from payloads where {wanted} order by at"):  # noqa: S608 - quoted
        found.setdefault(row["span_id"], {})[row["role"]] = _loaded(row["content"])
    return found


def calls_of(read: Reader, run_id: str) -> list[RecordedCall]:
    """Every call of a model or a tool in one run, in the order in which they began."""
    payloads = payloads_of(read, run_id)
    wanted = f"from spans where run_id = {literal(run_id)} and kind in ('llm', 'tool') order by started_at, span_id"
    return [call_of(row, payloads.get(row["span_id"], {})) for row in _rows(read, wanted)]


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
        fingerprint=known.get("fingerprint"),
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


def outcome_of(read: Reader, run_id: str) -> RunResult | None:
    """The result of a run that only its trace knows, such as one of another framework; None where there is no span.

    Its top is the span of the kind ``run``, else the first without a parent. Steps are left to the reader.
    """
    tops = _rows(read, _TOP.format(run_id=literal(run_id)))
    if not tops:
        return None
    top = tops[0]
    attributes = _loaded(top["attributes"]) or {}
    kept = payloads_of(read, run_id, top["span_id"]).get(top["span_id"], {})
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


def asked_of(read: Reader, run_id: str) -> JSON:
    """What a run was asked, as its trace has kept it: ``goal``, and ``plan`` where it had one of its own."""
    for top in _rows(read, _TOP.format(run_id=literal(run_id))):
        kept = payloads_of(read, run_id, top["span_id"]).get(top["span_id"], {}).get("input")
        if isinstance(kept, dict) and isinstance(kept.get("goal"), str):
            return kept
        return {"goal": top["name"]}
    return {}


def _answer(kept: Any, otherwise: str) -> str:
    if kept is None:
        return otherwise
    return kept if isinstance(kept, str) else json.dumps(kept, ensure_ascii=False, indent=2)


def _rows(read: Reader, sql: str) -> list[JSON]:
    found = read(sql)
    columns = list(found.columns)
    return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]


def _loaded(value: Any) -> Any:
    """A JSON column as a value; DuckDB hands it out as text."""
    return json.loads(value) if isinstance(value, str) else value


_TOP = """
select
  top.*, whole.*
from (
  select span_id, name, status, error_message, model, attributes, credits
  from spans where run_id = {run_id}
  order by kind = 'run' desc, parent_span_id is not null, started_at limit 1
) as top, (
  select
    sum(credits) filter (kind = 'llm')::bigint as model_credits,
    sum(cost_usd) filter (kind = 'llm') as cost,
    bool_or(cost_usd is null) filter (kind = 'llm') as unpriced,
    any_value(model) filter (kind = 'llm') as some_model,
    date_diff('millisecond', min(started_at), max(started_at + to_microseconds((coalesce(duration_ms, 0) * 1000)::bigint)))
      / 1000 as seconds
  from spans where run_id = {run_id}
) as whole
"""
