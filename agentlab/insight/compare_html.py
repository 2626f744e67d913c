"""A comparison as self-contained HTML, for notebooks: no script, no file, no request."""

from __future__ import annotations

from html import escape

from agentlab.insight.apart import apart
from agentlab.insight.compare import Comparison, Pair
from agentlab.insight.compare_text import MARKS, figure_lines, verdict
from agentlab.insight.html import block

MOST_ROWS = 300
"""Rows shown; a longer comparison says how many it leaves out."""

_RULES = """
.alw table{border-collapse:collapse;margin:0 14px 12px;font:inherit;color:inherit;background:none}
.alw th,.alw td{text-align:left;padding:4px 18px 4px 0;border-bottom:1px solid var(--alw-border);vertical-align:top;
overflow-wrap:anywhere;background:none;max-width:44ch}
.alw th{color:var(--alw-gray);font-weight:500}
.alw .alw-pair{padding:5px 14px;border-top:1px solid var(--alw-border)}
.alw .alw-mark{display:inline-block;width:1.6em;font-family:ui-monospace,monospace;color:var(--alw-gray)}
.alw .alw-other{background:var(--alw-panel)}.alw .alw-first{box-shadow:inset 3px 0 0 var(--alw-orange)}
.alw .alw-what{display:grid;grid-template-columns:90px 1fr 1fr;gap:3px 12px;margin:4px 0 2px 1.6em;font-size:12px}
.alw .alw-what span{overflow-wrap:anywhere;white-space:pre-wrap}
"""


def compare_html(it: Comparison) -> str:
    """The comparison as one block of HTML that follows the light or dark look of what surrounds it."""
    goals = it.a.goal if it.a.goal == it.b.goal else f"{it.a.goal} / {it.b.goal}"
    top = f'<div class="alw-top"><b>{escape(goals)}</b><span>{escape(verdict(it))}</span></div>'
    head = f"<tr><th></th><th>A {escape(it.a.run_id)}</th><th>B {escape(it.b.run_id)}</th></tr>"
    lines = "".join(
        f"<tr><th>{escape(label)}</th><td>{escape(one)}</td><td>{escape(other)}</td></tr>"
        for label, one, other in figure_lines(it)
    )
    rows = "".join(_row(row, number == it.first_difference) for number, row in enumerate(it.rows[:MOST_ROWS]))
    left_out = len(it.rows) - MOST_ROWS
    note = f'<div class="alw-pair alw-quiet">and {left_out:,} more</div>' if left_out > 0 else ""
    return block(f"{top}<table>{head}{lines}</table>{rows}{note}", rules=_RULES)


def _row(row: Pair, first: bool) -> str:
    shape = "alw-pair" + " alw-other" * (row.state != "same") + " alw-first" * first
    state = "" if row.state == "same" else f' <span class="alw-quiet">{escape(row.state)}</span>'
    note = ' <span class="alw-tag">first difference</span>' if first else ""
    name = f'<span style="padding-left:{row.depth * 14}px">{escape(row.name)}</span>{state}{note}'
    return f'<div class="{shape}"><span class="alw-mark">{MARKS[row.state]}</span>{name}{_differences(row)}</div>'


def _differences(row: Pair) -> str:
    cells = ""
    for found in row.differences:
        one, other = apart(found.a, found.b, room=400)
        cells += (
            f'<span class="alw-quiet">{escape(found.what)}</span><span>{escape(one)}</span><span>{escape(other)}</span>'
        )
    return f'<div class="alw-what">{cells}</div>' if cells else ""
