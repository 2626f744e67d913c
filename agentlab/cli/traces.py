"""Commands about the trace store and the lab's health: sql, doctor."""

from __future__ import annotations

import csv
import json
import sys
from enum import StrEnum
from typing import Annotated, Any

import typer

import agentlab
from agentlab.store import QueryResult


class Format(StrEnum):
    """How rows are printed."""

    table = "table"
    json = "json"
    csv = "csv"


def sql(
    query: Annotated[str, typer.Argument(help="One SELECT over the views; docs/reference/schema.md lists them.")],
    output: Annotated[Format, typer.Option("--format", help="How to print the rows.")] = Format.table,
) -> None:
    """Query the traces, read-only, also while runs are being written."""
    with agentlab.open() as lab:
        _PRINTERS[output](lab.query(query))


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Check what the lab stands on. Ends with 4 where something is wrong."""
    with agentlab.open() as lab:
        checks = lab.doctor()
    if as_json:
        print(json.dumps([{"name": c.name, "ok": c.ok, "detail": c.detail, "hint": c.hint} for c in checks]))
    else:
        for check in checks:
            print(f"{'ok  ' if check.ok else 'BAD '} {check.name:<8} {check.detail}")
            if check.hint:
                print(f"              {check.hint}")
    if not all(check.ok for check in checks):
        raise typer.Exit(4)


def _as_json(found: QueryResult) -> None:
    rows = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
    print(json.dumps(rows, ensure_ascii=False, default=str))
    _say_if_cut(found)


def _as_csv(found: QueryResult) -> None:
    writer = csv.writer(sys.stdout)
    writer.writerow(found.columns)
    writer.writerows(found.rows)
    _say_if_cut(found)


def _as_table(found: QueryResult) -> None:
    cells = [list(found.columns), *[[_cell(value) for value in row] for row in found.rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(found.columns))]
    for number, row in enumerate(cells):
        print("  ".join(value.ljust(width) for value, width in zip(row, widths, strict=True)).rstrip())
        if number == 0:
            print("  ".join("-" * width for width in widths))
    _say_if_cut(found)


def _cell(value: Any) -> str:
    text = "" if value is None else str(value).replace("\n", " ")
    return text if len(text) <= 60 else text[:59] + "…"


def _say_if_cut(found: QueryResult) -> None:
    if found.truncated:
        print(f"Only the first {len(found.rows):,} rows are shown; add a LIMIT or aggregate.", file=sys.stderr)


_PRINTERS = {Format.table: _as_table, Format.json: _as_json, Format.csv: _as_csv}
