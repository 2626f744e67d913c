"""A comparison as parts of a page: figures side by side, then the calls, with what differs below those that do."""

from __future__ import annotations

from agentlab.insight.apart import apart
from agentlab.insight.compare import Comparison, Difference, Pair
from agentlab.insight.compare_text import MARKS, figure_lines, verdict
from ui.nodes import Node, el, notice

MOST_ROWS = 500
"""Rows shown: all that differ come first where there are more."""


def summary(it: Comparison) -> Node:
    """The same, or where the runs part."""
    return notice(verdict(it), state="ok" if it.same else "cancelled")


def figures(it: Comparison) -> Node:
    """What the two runs took."""
    top = el("tr", el("th", "", scope="col"), _run("A", it.a.run_id), _run("B", it.b.run_id))
    lines = (
        el("tr", el("th", label, scope="row"), el("td", one), el("td", other), kind="" if one == other else "apart")
        for label, one, other in figure_lines(it)
    )
    return el("div", el("table", el("thead", top), el("tbody", *lines)), kind="sides")


def pairs(it: Comparison) -> Node:
    """Every call of both runs; of a very long comparison those that differ."""
    chosen = list(enumerate(it.rows))
    left_out = None
    if len(chosen) > MOST_ROWS:
        chosen = [(place, row) for place, row in chosen if row.state != "same"][:MOST_ROWS]
        left_out = el("div", f"{len(chosen):,} of {len(it.rows):,} rows, those that differ first", kind="pair quiet")
    rows = (_pair(row, place == it.first_difference) for place, row in chosen)
    return el("div", *rows, left_out, kind="pairs")


def _run(side: str, run_id: str) -> Node:
    return el("th", f"{side} ", el("a", run_id, href=f"/run?run={run_id}"), scope="col")


def _pair(row: Pair, first: bool) -> Node:
    state = None if row.state == "same" else el("span", row.state, kind="state-word")
    mark = el("span", "first difference", kind="tag quiet") if first else None
    steps = "".join("· " for _ in range(min(row.depth, 8)))
    name = el("span", el("span", steps, kind="quiet") if steps else None, row.name, kind="goal")
    line = el("div", el("span", MARKS[row.state], kind="sign", aria_hidden="true"), name, state, mark, kind="line")
    found = [part for difference in row.differences for part in _difference(difference)]
    shape = " ".join(filter(None, ("pair", row.state.split()[0], "first" if first else "")))
    return el("div", line, el("div", *found, kind="found") if found else None, kind=shape)


def _difference(it: Difference) -> list[Node]:
    one, other = apart(it.a, it.b, room=600)
    return [el("span", it.what, kind="what"), _side("A", one), _side("B", other)]


def _side(name: str, text: str) -> Node:
    return el("span", el("span", f"{name} ", kind="quiet"), text, kind="side")
