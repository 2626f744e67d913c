"""A comparison in the terminal: figures side by side, then the calls, with what differs below those that do."""

from __future__ import annotations

from collections.abc import Iterator

from agentlab.insight import written
from agentlab.insight.apart import apart
from agentlab.insight.compare import Comparison, Pair
from agentlab.insight.side import Figures

MARKS = {"same": "=", "changed": "~", "only in A": "-", "only in B": "+"}
ALL_ROWS = 40
"""Up to so many rows are all shown."""
NEAR = 2
"""Rows shown beside one that differs, where there are more."""
Line = tuple[str, str, str]
"""Label, A and B."""


def figure_lines(it: Comparison) -> list[Line]:
    """What the runs took, as label, A and B."""
    return [(label, one, other) for (label, one), (_, other) in zip(_figures(it.a), _figures(it.b), strict=True)]


def compare_text(it: Comparison) -> str:
    """The comparison as lines of text."""
    return "\n".join([*_top(it), "", *_rows(it), "", verdict(it)])


def verdict(it: Comparison) -> str:
    """One sentence: the same, or where they part."""
    if it.first_difference is None:
        return "The runs are the same, but for times and ids."
    row = it.rows[it.first_difference]
    changed = sum(row.state != "same" for row in it.rows)
    where = place(row) if said(row) == row.name.lower() else f"{place(row)}, {said(row)}"
    return f"First difference: {where}. {changed} of {len(it.rows)} rows differ."


def place(row: Pair) -> str:
    """A row in words: its name, and its step where it is a call in one."""
    return f"{row.name} in step '{row.step}'" if row.step and row.kind != "step" else row.name


def said(row: Pair) -> str:
    """What a row has differently, in words."""
    return ", ".join(it.what for it in row.differences) or row.state


def _figures(side: Figures) -> list[tuple[str, str]]:
    duration = None if side.duration_s is None else side.duration_s * 1_000
    return [
        ("Status", side.status),
        ("Model", side.model),
        ("Duration", written.duration(duration)),
        ("Credits", written.credits(side.credits)),
        ("Cost", written.dollars(side.cost_usd)),
        ("Tokens", f"{side.input_tokens:,} in, {side.output_tokens:,} out"),
        ("Calls", f"{side.model_calls} of models, {side.tool_calls} of tools"),
        ("Retries", str(side.attempts)),
    ]


def _top(it: Comparison) -> Iterator[str]:
    yield f"A  {it.a.run_id}  {it.a.goal[:90]}"
    yield f"B  {it.b.run_id}  {it.b.goal[:90]}"
    yield ""
    lines = figure_lines(it)
    wide = max(len(one) for _, one, _ in lines)
    for label, one, other in lines:
        yield f"   {label:<9} {one:<{wide}}   {other}"


def _rows(it: Comparison) -> Iterator[str]:
    shown, left_out = _worth_showing(it), 0
    for number, row in enumerate(it.rows):
        if number not in shown:
            left_out += 1
            continue
        if left_out:
            yield f"=  … {left_out:,} more that are the same"
            left_out = 0
        first = "  <- first difference" if number == it.first_difference else ""
        yield f"{MARKS[row.state]}  {'  ' * row.depth}{row.name[:90]}{first}"
        for found in row.differences:
            one, other = apart(found.a, found.b)
            inset = "  " * row.depth
            yield f"     {inset}{found.what}"
            yield from (
                f"       {inset}{side} {line}" for side, text in (("A", one), ("B", other)) for line in [_flat(text)]
            )


def _worth_showing(it: Comparison) -> set[int]:
    """Places of all rows; where there are many, of those that differ, with those near them, and of the ends."""
    if len(it.rows) <= ALL_ROWS:
        return set(range(len(it.rows)))
    marked = [0, len(it.rows) - 1, *(number for number, row in enumerate(it.rows) if row.state != "same")]
    return {near for number in marked for near in range(number - NEAR, number + NEAR + 1)}


def _flat(text: str) -> str:
    return " ".join(text.split())
