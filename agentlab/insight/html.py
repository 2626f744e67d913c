"""A run and its waterfall as self-contained HTML: no script, no file, no request; for notebooks, reports and mail."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from agentlab.insight import written
from agentlab.insight.palette import KINDS, TOKENS, Theme, kind_colours
from agentlab.insight.waterfall import Row, rows_of, total_ms

MOST_ROWS = 500
"""Rows drawn; a longer trace says how many it leaves out."""

_RULES = """
.alw{font:13px/1.4 Inter,system-ui,sans-serif;color:var(--alw-text);background:var(--alw-background);
border:1px solid var(--alw-border);border-radius:8px;overflow:hidden;max-width:1100px}
.alw .alw-row{display:grid;grid-template-columns:minmax(150px,30%) 1fr 72px 72px;gap:10px;align-items:center;
padding:0 12px;min-height:28px;border-top:1px solid var(--alw-border)}
.alw .alw-head{border-top:0;color:var(--alw-gray);font-size:11.5px;background:var(--alw-panel)}
.alw .alw-name{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.alw .alw-name i{display:inline-block;width:8px;height:8px;border-radius:2px;margin-right:7px}
.alw .alw-lane{position:relative;height:28px;background:linear-gradient(to right,var(--alw-border) 1px,transparent 1px) 0/25%}
.alw .alw-bar{position:absolute;top:8px;height:12px;min-width:3px;border-radius:3px}
.alw .alw-group{top:12px;height:4px;opacity:.55}
.alw .alw-failed{background:repeating-linear-gradient(-45deg,var(--alw-red) 0 4px,transparent 4px 7px)!important;
outline:1px solid var(--alw-red)}
.alw .alw-number{text-align:right;font-variant-numeric:tabular-nums}
.alw .alw-tag{color:var(--alw-red);font-size:11px;margin-left:6px}
.alw .alw-top{padding:12px 14px;display:flex;flex-wrap:wrap;gap:4px 18px;align-items:baseline}
.alw .alw-top b{font-size:15px;font-weight:600;flex-basis:100%}
.alw .alw-succeeded{color:var(--alw-green);font-weight:600}.alw .alw-failed-run{color:var(--alw-red);font-weight:600}
.alw .alw-quiet{color:var(--alw-gray)}
.alw .alw-answer{padding:0 14px 12px;white-space:pre-wrap;overflow-wrap:anywhere;max-width:80ch}
"""


def waterfall_html(rows: Sequence[Row]) -> str:
    """The rows as one block of HTML that follows the light or dark look of what surrounds it."""
    return block(_lines(rows))


def run_html(run: Mapping[str, Any], spans: Iterable[Mapping[str, Any]]) -> str:
    """A run as a notebook shows it: goal, state and figures, answer or error, waterfall.

    ``run`` is ``Run.as_dict()``, ``spans`` are its rows of the view ``spans``.
    """
    return block(_top(run) + _lines(rows_of(spans)))


def block(inside: str, *, rules: str = "") -> str:
    """``inside``, which must be escaped, in a frame with our colours; ``rules`` are further CSS."""
    return f'<style>{_style()}{rules}</style><div class="alw">{inside}</div>'


def _lines(rows: Sequence[Row]) -> str:
    if not rows:
        return ""
    total = total_ms(rows)
    head = _line("alw-head", "Step", "", "Time", "Credits")
    body = "".join(_row(row, total) for row in rows[:MOST_ROWS])
    left_out = len(rows) - MOST_ROWS
    note = f'<div class="alw-row alw-head">and {left_out:,} more</div>' if left_out > 0 else ""
    return f'<div role="img" aria-label="{_summary(rows, total)}">{head}{body}{note}</div>'


def _top(run: Mapping[str, Any]) -> str:
    done = sum(step["status"] == "succeeded" for step in run["steps"])
    state = "alw-succeeded" if run["status"] == "succeeded" else "alw-failed-run" if run["error"] else "alw-quiet"
    facts = [
        written.duration(run["duration_s"] * 1_000),
        f"{done} of {len(run['steps'])} steps",
        f"{written.credits(run['credits'])} credits",
        written.dollars(run["cost_usd"]),
        run["model"],
        run["run_id"],
    ]
    quiet = "".join(f'<span class="alw-quiet">{escape(str(fact))}</span>' for fact in facts)
    head = f'<b>{escape(run["goal"])}</b><span class="{state}">{escape(run["status"])}</span>{quiet}'
    return f'<div class="alw-top">{head}</div><div class="alw-answer">{escape(run["answer"] or run["error"])}</div>'


def _style() -> str:
    dark = _variables("dark")
    return (
        f".alw{{{_variables('light')}}}@media (prefers-color-scheme:dark){{.alw{{{dark}}}}}"
        f"[data-jp-theme-light=true] .alw{{{_variables('light')}}}[data-jp-theme-light=false] .alw{{{dark}}}{_RULES}"
    )


def _variables(theme: Theme) -> str:
    named = TOKENS[theme] | dict(zip(KINDS, kind_colours(theme), strict=True)) | {"group": TOKENS[theme]["gray"]}
    return "".join(f"--alw-{name}:{colour};" for name, colour in named.items())


def _summary(rows: Sequence[Row], total: float) -> str:
    failed = sum(row.status == "error" for row in rows)
    return escape(f"Waterfall of {len(rows)} spans in {written.duration(total)}, {failed} failed")


def _row(row: Row, total: float) -> str:
    failed = row.status in {"error", "crashed"}
    tag = f'<span class="alw-tag">{escape(row.error or row.status)}</span>' if failed else ""
    name = (
        f'<span style="padding-left:{row.depth * 14}px"></span><i style="background:var(--alw-{row.kind})"></i>'
        f"{escape(row.name)}{tag}"
    )
    return _line("", name, _bar(row, total, failed), written.duration(row.duration_ms), written.credits(row.credits))


def _bar(row: Row, total: float, failed: bool) -> str:
    length = total - row.start_ms if row.duration_ms is None else row.duration_ms
    shape = "alw-bar" + " alw-group" * (row.kind == "group") + " alw-failed" * failed
    place = f"left:{100 * row.start_ms / total:.2f}%;width:{100 * length / total:.2f}%"
    return f'<div class="{shape}" style="{place};background:var(--alw-{row.kind})"></div>'


def _line(shape: str, name: str, lane: str, time: str, credits: str) -> str:
    return (
        f'<div class="alw-row {shape}"><div class="alw-name">{name}</div><div class="{"alw-lane" if lane else ""}">{lane}'
        f'</div><div class="alw-number">{escape(time)}</div><div class="alw-number">{escape(credits)}</div></div>'
    )
