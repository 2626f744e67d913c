"""The columns of `spans` are the fields of `Span`, and the reference tells all of them."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import duckdb
import pytest
from spans import event

from agentlab.store import VIEWS
from agentlab.store.line import encode
from agentlab.store.schema import COLUMNS, duckdb_type, rows_in, rows_of
from agentlab.types import Span

REFERENCE = (Path(__file__).parents[3] / "docs/reference/schema.md").read_text(encoding="utf-8")


def test_the_columns_are_the_fields_of_a_span_in_their_order() -> None:
    assert [*COLUMNS, "payloads", "notes"] == [field.name for field in fields(Span)]


@pytest.mark.parametrize(
    ("hint", "expected"),
    [
        (str, "VARCHAR"),
        (str | None, "VARCHAR"),
        (Literal["a", "b"], "VARCHAR"),
        (int | None, "BIGINT"),
        (float | None, "DOUBLE"),
        (datetime, "TIMESTAMP"),
        (dict[str, Any], "JSON"),
        (Any, "JSON"),
        (bool | None, "BOOLEAN"),
    ],
)
def test_types_of_fields_become_types_of_columns(hint, expected) -> None:
    assert duckdb_type(hint) == expected


def test_a_type_that_no_column_can_hold_is_an_error() -> None:
    with pytest.raises(KeyError):
        duckdb_type(complex)


def test_lines_become_rows_and_what_is_no_line_becomes_none(tmp_path) -> None:
    lines = [encode(event("end", "it's \u0000")).rstrip(), b"nonsense", b"{}", b"[]", b'{"span_id":"\xff"}']
    path = tmp_path / "lines.json"
    path.write_bytes(b"\n".join(lines) + b"\n")

    stated = duckdb.sql(f"SELECT name, status FROM ({rows_of(lines[:4], 'spans')})").fetchall()
    filed = duckdb.sql(f"SELECT name, status FROM ({rows_in(path, 'spans', longest=900)})").fetchall()

    assert stated == filed == [("it's \u0000", "ok")]


@pytest.mark.parametrize("view", VIEWS)
def test_the_reference_tells_every_column_of_every_view_with_its_type(view, shared_store) -> None:
    columns = [(name, kind) for name, kind, *_ in shared_store.query(f"DESCRIBE {view}").rows]

    section = REFERENCE.split(f"\n## `{view}`")[1].split("\n## ")[0]
    told = re.findall(r"^\| `(\w+)` \| ([\w\[\]]+) \| .*\w", section, re.MULTILINE)

    assert told == columns
