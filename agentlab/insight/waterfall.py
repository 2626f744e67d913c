"""A trace as rows for drawing: spans in the order of a tree, with times counted from the first start."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from agentlab.insight.palette import kind_of
from agentlab.types import to_credits

LONGEST_TEXT = 8_000
"""Characters of one attribute that a row carries; what is longer is cut, with a note."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a waterfall."""

    id: str
    parent: str | None
    depth: int
    """0 at the top."""
    name: str
    kind: str
    """Decides the colour: the tool's category, else the kind of the span; ``group`` for runs, steps and agents."""
    start_ms: float
    """Milliseconds since the first start of the trace."""
    duration_ms: float | None
    """Milliseconds; None while running."""
    status: str
    cost_usd: float | None = None
    credits: float | None = None
    error: str = ""
    """Short name of the error, empty where there is none."""
    message: str = ""
    step: str | None = None
    attempt: int | None = None
    model: str | None = None
    tokens: tuple[int | None, int | None] = (None, None)
    """Input and output."""
    attributes: dict[str, Any] = field(default_factory=dict)

    @property
    def end_ms(self) -> float:
        """Where the bar ends; a running span counts as not having begun to last."""
        return self.start_ms + (self.duration_ms or 0.0)

    def as_dict(self) -> dict[str, Any]:
        """The row as JSON, for the browser."""
        return {it.name: getattr(self, it.name) for it in fields(self)}


def rows_of(spans: Iterable[Mapping[str, Any]]) -> list[Row]:
    """The rows of one trace, parents before their children, siblings in the order in which they began.

    ``spans`` are columns of the view ``spans``, in any order. A span whose parent is missing stands at the top;
    of several spans with the same id the last one counts.
    """
    ordered = _ordered(spans)
    if not ordered:
        return []
    zero = when(ordered[0])
    return [_row(span, depth, parent, zero) for span, depth, parent in _walk(ordered)]


def in_tree(spans: Iterable[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], int, str | None]]:
    """Spans as (span, depth, id of the parent), in the order of ``rows_of``."""
    return list(_walk(_ordered(spans)))


TABLE = (
    "id", "parent", "depth", "name", "kind", "start_ms", "duration_ms", "status", "cost_usd", "credits", "error", "step",
    "attempt",
)  # fmt: skip
"""Columns of ``table_of``."""


def table_of(spans: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The rows of ``rows_of`` as ``{columns, rows}``, without attributes and messages: quick where a trace is large."""
    placed = in_tree(spans)
    zero = min((when(span) for span, *_ in placed), default=None)
    return {"columns": TABLE, "rows": [_cells(span, depth, parent, zero) for span, depth, parent in placed]}


def _cells(span: Mapping[str, Any], depth: int, parent: str | None, zero: datetime | None) -> tuple[Any, ...]:
    credits = span["credits"]
    return (
        span["span_id"],
        parent,
        depth,
        _name(span),
        _colour(span),
        0 if zero is None else (when(span) - zero).total_seconds() * 1_000,
        span["duration_ms"],
        span["status"] or "running",
        span["cost_usd"],
        None if credits is None else to_credits(credits),
        span["error_type"] or "",
        span["step"],
        span["attempt"],
    )


def total_ms(rows: Iterable[Row]) -> float:
    """Milliseconds from the first start to the last end; at least 1, so that it can divide."""
    return max((row.end_ms for row in rows), default=0.0) or 1.0


def _ordered(spans: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    known = {span["span_id"]: span for span in spans}
    return sorted(known.values(), key=lambda span: (when(span), span["span_id"]))


def _walk(ordered: list[Mapping[str, Any]]) -> Iterator[tuple[Mapping[str, Any], int, str | None]]:
    ids = {span["span_id"] for span in ordered}
    children: dict[str | None, list[Mapping[str, Any]]] = {}
    for span in ordered:
        parent = span.get("parent_span_id")
        children.setdefault(parent if parent in ids else None, []).append(span)
    seen: set[str] = set()
    # Spans that are each other's parents hang below no root: each such circle is opened at its first span.
    for root in [*children.get(None, []), *ordered]:
        stack: list[tuple[Mapping[str, Any], int, str | None]] = [(root, 0, None)]
        while stack:
            span, depth, parent = stack.pop()
            if span["span_id"] in seen:
                continue
            seen.add(span["span_id"])
            yield span, depth, parent
            below = children.get(span["span_id"], [])
            stack += [(child, depth + 1, span["span_id"]) for child in reversed(below)]


def _row(span: Mapping[str, Any], depth: int, parent: str | None, zero: datetime) -> Row:
    credits = span.get("credits")
    return Row(
        id=span["span_id"],
        parent=parent,
        depth=depth,
        name=_name(span),
        kind=_colour(span),
        start_ms=(when(span) - zero).total_seconds() * 1_000,
        duration_ms=span.get("duration_ms"),
        status=span.get("status") or "running",
        cost_usd=span.get("cost_usd"),
        credits=None if credits is None else to_credits(credits),
        error=span.get("error_type") or "",
        message=span.get("error_message") or "",
        step=span.get("step"),
        attempt=span.get("attempt"),
        model=span.get("model"),
        tokens=(span.get("input_tokens"), span.get("output_tokens")),
        attributes={name: _cut(value) for name, value in _attributes(span).items()},
    )


def _name(span: Mapping[str, Any]) -> str:
    return "Run" if span["kind"] == "run" else span.get("name") or span["kind"]


def _colour(span: Mapping[str, Any]) -> str:
    return "group" if span["kind"] in {"run", "step", "agent"} else kind_of(span["kind"], span.get("tool_category"))


def _attributes(span: Mapping[str, Any]) -> dict[str, Any]:
    found = span.get("attributes") or {}
    return dict(json.loads(found) if isinstance(found, str) else found)


def when(span: Mapping[str, Any]) -> datetime:
    """The start of a span, without zone."""
    at = span["started_at"]
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    return moment.replace(tzinfo=None) if moment.tzinfo else moment


def _cut(value: Any) -> Any:
    if not isinstance(value, str) or len(value) <= LONGEST_TEXT:
        return value
    return f"{value[:LONGEST_TEXT]} … ({len(value) - LONGEST_TEXT:,} more characters)"
