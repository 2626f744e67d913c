"""Commands about the trace store and the lab's health: sql, doctor."""

from __future__ import annotations

import csv
import json
import sys
from dataclasses import asdict
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


def prune(
    project: Annotated[str | None, typer.Option(help="Only this project; default: every one.")] = None,
    days: Annotated[float | None, typer.Option(min=0, help="Delete runs older than this.")] = None,
    megabytes: Annotated[float | None, typer.Option(min=0, help="Delete the oldest runs beyond this.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without, only say what would be deleted.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Delete old traces, whole runs, by age and size; says first what."""
    with agentlab.open() as lab:
        found = lab.prune(project=project, days=days, megabytes=megabytes, dry_run=not yes)
    if as_json:
        print(json.dumps({"deleted": yes, "projects": [asdict(part) for part in found]}, default=str))
        return
    for part in found:
        size = f"about {part.bytes / 1e6:,.1f} MB"
        what = f"{part.runs:,} runs with {part.spans:,} spans, {size}, up to {part.newest:%Y-%m-%d %H:%M}"
        print(f"{'deleted' if yes else 'would delete'} of {part.project}: {what}")
    if not found:
        print("Nothing is older or larger than that.")
    elif not yes:
        print("Nothing was deleted; add --yes.", file=sys.stderr)


def repair() -> None:
    """Make a new catalogue of the traces where the old one is damaged; end `agentlab up` and workers first."""
    with agentlab.open() as lab:
        print(f"{lab.repair():,} spans are in the new catalogue; the old one lies beside it in {lab.store.folder}.")
