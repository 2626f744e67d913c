"""Tables in text (CSV, Markdown): read, described, and asked for totals, extremes and matching rows."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass

from agentlab.models.offline.text import words

_AMOUNT = re.compile(
    r"^[^\d\s+-]{0,3}\s?([+-]?\d{1,3}(?:[,' ]\d{3})+(?:\.\d+)?|[+-]?\d+(?:\.\d+)?)\s?(?:[A-Z]{3}|[€$£%])?$"
)
_RULER = re.compile(r"^[\s|:-]+$")
_MOST_ROWS = 8
"""Rows shown in an answer."""
_AGGREGATES: tuple[tuple[str, str, Callable[[list[float]], float]], ...] = (
    (r"\b(?:total|sum|altogether|in all|how much)\b", "total", sum),
    (r"\b(?:average|mean)\b", "average", lambda values: sum(values) / len(values)),
    (r"\b(?:highest|largest|biggest|maximum|most expensive)\b", "highest", max),
    (r"\b(?:lowest|smallest|cheapest|minimum|least expensive)\b", "lowest", min),
)


@dataclass(frozen=True, slots=True)
class Table:
    """Headings and rows of the same length."""

    columns: list[str]
    rows: list[list[str]]

    def column(self, name: str) -> list[str]:
        """The cells under a heading."""
        at = self.columns.index(name)
        return [row[at] for row in self.rows]

    def numbers(self, name: str) -> list[float]:
        """The cells under a heading as numbers; empty where not all of them are."""
        cells = [cell for cell in self.column(name) if cell]
        found = [value for cell in cells if (value := number(cell)) is not None]
        return found if len(found) == len(cells) else []


def number(cell: str) -> float | None:
    """The number that a cell such as ``€ 1,250.00`` holds, or None."""
    match = _AMOUNT.match(cell.strip())
    return float(re.sub(r"[,' ]", "", match.group(1))) if match else None


def read_table(text: str) -> Table | None:
    """The table that ``text`` is, as CSV, TSV or one Markdown table; None where it is something else."""
    lines = [line for line in text.strip().splitlines() if line.strip()]
    if len(lines) < 2:
        return None
    if all(line.lstrip().startswith("|") for line in lines):
        rows = [
            [cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines if not _RULER.match(line)
        ]
    else:
        mark = next((mark for mark in (",", ";", "\t") if lines[0].count(mark) >= 1), "")
        if not mark or any(mark not in line for line in lines[:20]):
            return None
        rows = _csv(lines, mark)
    return _even(rows)


def _csv(lines: list[str], mark: str) -> list[list[str]]:
    try:
        return [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=mark)]
    except csv.Error:
        return []


def _even(rows: list[list[str]]) -> Table | None:
    if len(rows) < 2 or len(rows[0]) < 2 or any(len(cell) > 40 or not cell for cell in rows[0]):
        return None
    if len({len(row) for row in rows}) > 1 or len(set(rows[0])) < len(rows[0]):
        return None
    return Table(rows[0], rows[1:])


def describe(table: Table) -> str:
    """A few sentences: how many rows, which columns, and what the numbers come to."""
    said = [f"A table of {len(table.rows)} rows with the columns {', '.join(table.columns)}."]
    for name in table.columns:
        values, cells = table.numbers(name), table.column(name)
        if values and not re.search(r"\b(?:id|no|number|year|phone|zip)\b", name.lower()):
            total = f", {_shown(sum(values))} in total" if len(values) > 1 else ""
            said.append(f"{name}: from {_shown(min(values))} to {_shown(max(values))}{total}.")
        elif 1 < len(set(cells)) <= 5 < len(cells):
            counts = ", ".join(f"{cell or 'empty'} {cells.count(cell)}" for cell in dict.fromkeys(cells))
            said.append(f"{name}: {counts}.")
    return " ".join(said)


def ask_table(table: Table, question: str) -> str:
    """The answer to a question about a table, or an empty text where it holds none."""
    asked = question.lower()
    rows, because = _matching(table, set(words(question)))
    if re.search(r"\bhow many\b|\bcount\b|\bnumber of\b", asked):
        return (
            f"{len(rows)} of {len(table.rows)} rows{because}:\n{_listed(table, rows)}"
            if because
            else f"{len(rows)} rows."
        )
    for pattern, name, combine in _AGGREGATES:
        column = _number_column(table, question) if re.search(pattern, asked) else ""
        values = Table(table.columns, rows).numbers(column) if column else []
        if values:
            return _figure(table, rows, column, name, combine(values), because)
    return f"{len(rows)} of {len(table.rows)} rows{because}:\n{_listed(table, rows)}" if because else ""


def _figure(table: Table, rows: list[list[str]], column: str, name: str, value: float, because: str) -> str:
    said = f"The {name} {column} of {len(rows)} rows{because} is {_shown(value)}."
    at = table.columns.index(column)
    shown = (
        [row for row in rows if number(row[at]) == value] if name in ("highest", "lowest") else rows if because else []
    )
    return "\n".join(filter(None, [said, _listed(table, shown)]))


def _matching(table: Table, asked: set[str]) -> tuple[list[list[str]], str]:
    """The rows whose cells the question names, and a phrase that says which cells those were."""
    rows, named = table.rows, []
    for at, name in enumerate(table.columns):
        cells = {row[at] for row in table.rows if (said := set(words(row[at]))) and said <= asked}
        if cells and len(cells) < len({row[at] for row in table.rows}):
            rows = [row for row in rows if row[at] in cells]
            named.append(f"{name} {' or '.join(sorted(cells))}")
    return rows, f" with {' and '.join(named)}" if named else ""


def _number_column(table: Table, question: str) -> str:
    asked = set(words(question))
    numeric = [name for name in table.columns if table.numbers(name)]
    named = [name for name in numeric if set(words(name)) & asked]
    likely = [name for name in numeric if re.search(r"amount|total|price|cost|sum|value", name.lower())]
    return next(iter(named or likely or numeric[-1:]), "")


def _listed(table: Table, rows: list[list[str]]) -> str:
    lines = ["- " + ", ".join(f"{name}: {cell}" for name, cell in zip(table.columns, row, strict=True)) for row in rows]
    more = [f"- and {len(lines) - _MOST_ROWS} more"] if len(lines) > _MOST_ROWS else []
    return "\n".join(lines[:_MOST_ROWS] + more)


def _shown(value: float) -> str:
    return f"{value:,.2f}".rstrip("0").rstrip(".") if value % 1 else f"{value:,.0f}"
