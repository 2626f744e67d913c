"""How long traces are kept: whole runs are deleted, the oldest first, and only after it was said which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb

from agentlab.store.compaction import clear
from agentlab.store.engine import count
from agentlab.store.schema import literal
from agentlab.store.traces import TraceStore
from agentlab.trace import utc_now

PRUNED = ("spans", "crashes", "notes", "payloads")
BLOB_REST = timedelta(hours=1)
"""Time that a blob stays after its first use, whatever is deleted: a payload that needs it may be on its way."""
_UNIT = "coalesce(run_id, trace_id)"
_PROJECT = "coalesce(project, 'default')"


@dataclass(frozen=True, slots=True)
class Limit:
    """What a project may keep; None for no limit."""

    days: float | None = None
    """Age of a run's last span, in days."""
    megabytes: float | None = None
    """Parquet of the project, in millions of bytes; which rows take how many is estimated from their number and length."""


@dataclass(frozen=True, slots=True)
class Pruning:
    """What is deleted of one project, or would be."""

    project: str
    runs: int
    spans: int
    bytes: int
    """Bytes of Parquet, estimated."""
    newest: datetime
    """Start of the newest span among them, UTC."""


def prune(store: TraceStore, limits: Mapping[str | None, Limit], *, dry_run: bool) -> list[Pruning]:
    """Delete what is beyond ``limits``, by project; the key None is every project. Returns what, even if nothing is done.

    What is deleted is gone from the disk when this returns: relations that are still held cannot be read any more.
    Raises ``StoreUnusable``.
    """
    store.drain()
    if not store.engine.made():
        return []
    with store.lake.writing() as lake:
        _weigh(lake)
        chosen = [part for project, limit in limits.items() if (part := _beyond(project, limit))]
        lake.execute(f"CREATE OR REPLACE TEMP TABLE doomed AS FROM weighed WHERE {' OR '.join(chosen) or 'false'}")
        found = _told(lake)
        if found and not dry_run:
            _delete(lake)
    return found


def _weigh(lake: duckdb.DuckDBPyConnection) -> None:
    """One row per run: its project, spans, last start, and its share of the bytes."""
    per_span, per_byte = (_bytes(lake, "spans"), _bytes(lake, "payloads"))
    lake.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE weighed AS
        WITH kept AS (
            SELECT {_UNIT} AS unit, {_PROJECT} AS project, count(*) AS spans, max(started_at) AS newest
            FROM (FROM lake.spans UNION ALL BY NAME FROM lake.crashes) GROUP BY ALL
        ), texts AS (
            SELECT {_UNIT} AS unit, sum(bytes) AS bytes FROM lake.payloads GROUP BY ALL
        ), shares AS (
            SELECT kept.*,
                spans * {per_span} / greatest(sum(spans) OVER (), 1)
                + coalesce(bytes, 0) * {per_byte} / greatest(sum(bytes) OVER (), 1) AS weight
            FROM kept LEFT JOIN texts USING (unit)
        )
        SELECT *, sum(weight) OVER (PARTITION BY project ORDER BY newest DESC, unit) AS weight_so_far FROM shares
        """
    )


def _bytes(lake: duckdb.DuckDBPyConnection, table: str) -> int:
    return count(
        lake, f"SELECT coalesce(sum(data_file_size_bytes), 0)::BIGINT FROM ducklake_list_files('lake', '{table}')"
    )


def _beyond(project: str | None, limit: Limit) -> str:
    """The condition on ``weighed`` for what a limit lets go."""
    parts = []
    if limit.days is not None:
        parts.append(f"newest < {literal(str(utc_now() - timedelta(days=limit.days)))}::TIMESTAMP")
    if limit.megabytes is not None:
        parts.append(f"weight_so_far > {limit.megabytes * 1e6}")
    if not parts:
        return ""
    return f"(({' OR '.join(parts)}){f' AND project = {literal(project)}' if project else ''})"


def _told(lake: duckdb.DuckDBPyConnection) -> list[Pruning]:
    rows = lake.execute(
        "SELECT project, count(*), sum(spans)::BIGINT, sum(weight)::BIGINT, max(newest) FROM temp.doomed GROUP BY 1 ORDER BY 1"
    ).fetchall()
    return [Pruning(*row) for row in rows]


def _delete(lake: duckdb.DuckDBPyConnection) -> None:
    lake.execute("BEGIN")
    for table in PRUNED:
        lake.execute(f"DELETE FROM lake.{table} WHERE {_UNIT} IN (SELECT unit FROM temp.doomed)")
    lake.execute(
        "DELETE FROM lake.blobs WHERE sha256 NOT IN (SELECT sha256 FROM lake.payloads WHERE sha256 IS NOT NULL)"
        f" AND recorded_at < {literal(str(utc_now() - BLOB_REST))}::TIMESTAMP"
    )
    lake.execute("COMMIT")
    for table in (*PRUNED, "blobs"):
        count(lake, f"SELECT count(*) FROM ducklake_rewrite_data_files('lake', '{table}', delete_threshold => 0)")
    clear(lake, "INTERVAL 0 SECOND")
