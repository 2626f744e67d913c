"""Queries of others: one statement that reads, within limits of time, memory and rows.

What a statement may do is decided on its parsed form: kinds of statement and functions are allowed by name, never
refused by name. The database it runs in is confined besides (``reader.confined``).
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import duckdb

from agentlab.errors import QueryInvalid
from agentlab.store.engine import said
from agentlab.store.reader import VIEWS
from agentlab.store.schema import literal

TABLE_FUNCTIONS = frozenset({"range", "generate_series", "unnest", "json_each", "json_tree", "duckdb_columns"})
"""Functions that may stand after FROM. All others may read files, tell about the machine or change something."""
LONGEST_MESSAGE = 400
"""Characters of DuckDB's message that are passed on."""

_HINT = f"Views: {', '.join(VIEWS)}; DESCRIBE lists the columns of one."
_NO_TABLE = re.compile(r"[/.*]|__ducklake", re.IGNORECASE)
"""What the names of files have, and the lake's own bookkeeping, and no table that can be asked for."""
_EXPLAIN = re.compile(r"\s*explain\s+(analyze\s+)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class QueryResult:
    """The rows of a query."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    truncated: bool
    """True where there were more rows than asked for."""


def run(cursor: duckdb.DuckDBPyConnection, sql: str, *, max_rows: int, timeout_s: float) -> QueryResult:
    """Run one reading statement. Raises ``QueryInvalid`` where it is refused, wrong or takes too long."""
    timer = threading.Timer(timeout_s, cursor.interrupt)
    timer.start()
    try:
        check(cursor, sql)
        cursor.execute(sql)
        columns = tuple(name for name, *_ in cursor.description or ())
        rows = cursor.fetchmany(max_rows + 1)
    except duckdb.InterruptException as error:
        raise QueryInvalid(
            f"The query took longer than {timeout_s:g} seconds.",
            hint="Filter by run_id or started_at, or aggregate; AGENTLAB_SQL_TIMEOUT_S sets the limit.",
        ) from error
    except duckdb.OutOfMemoryException as error:
        raise QueryInvalid(
            "The query needs more memory than it may use.",
            hint="Select fewer columns or rows; AGENTLAB_SQL_MEMORY_MB sets the limit.",
        ) from error
    except duckdb.Error as error:
        raise invalid(error) from error
    finally:
        timer.cancel()
    return QueryResult(columns, rows[:max_rows], truncated=len(rows) > max_rows)


def invalid(error: duckdb.Error) -> QueryInvalid:
    """DuckDB's error in our words: its message without the quoted statement, and what can be asked for."""
    return QueryInvalid(f"The query failed: {said(error)[:LONGEST_MESSAGE]}", hint=_HINT)


def check(cursor: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Raises ``QueryInvalid`` unless ``sql`` is exactly one statement that reads nothing but tables and views."""
    statements = duckdb.extract_statements(sql)
    if len(statements) != 1:
        raise _refused(f"{len(statements)} statements were given")
    if statements[0].type not in (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN):
        raise _refused(f"this one is {statements[0].type.name}")
    for node in _nodes(_parsed(cursor, sql)):
        name = str(node.get("function", {}).get("function_name", "")).lower()
        if node.get("type") == "TABLE_FUNCTION" and name not in TABLE_FUNCTIONS:
            raise _refused(f"the table function {name} is not among {', '.join(sorted(TABLE_FUNCTIONS))}")
        if node.get("type") == "BASE_TABLE" and _NO_TABLE.search(
            f"{node['catalog_name']} {node['schema_name']} {node['table_name']}"
        ):
            raise _refused(f"'{node['table_name']}' is no table of the store")


def _parsed(cursor: duckdb.DuckDBPyConnection, sql: str) -> Any:
    """The parsed statement; of an EXPLAIN, what it explains. Only what reads can be written as JSON by DuckDB."""
    statement = _EXPLAIN.sub("", sql, count=1) if _EXPLAIN.match(sql) else sql
    row = cursor.execute(f"SELECT json_serialize_sql({literal(statement)})").fetchone()
    parsed = json.loads(row[0]) if row else {"error": True}
    if parsed["error"]:
        raise _refused(str(parsed.get("error_message", "it cannot be read")))
    return parsed


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Every object in the tree."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node


def _refused(why: str) -> QueryInvalid:
    return QueryInvalid(
        f"Only one statement that reads is run (SELECT, WITH, FROM, DESCRIBE, SUMMARIZE, EXPLAIN), and {why}.",
        hint=_HINT,
    )
