"""One move from the spool into the lake: lines become rows, spans told twice become one, blobs come along."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path

import duckdb
import orjson

from agentlab.store.engine import count
from agentlab.store.schema import ID, ddl, literal, names, rows_in
from agentlab.store.segment import Lines

RUNS_BY_NAME = 500
"""Runs that a statement names; more are asked for by the range of their ids."""


@contextmanager
def scratch(lake: duckdb.DuckDBPyConnection, folder: Path) -> Iterator[Move]:
    """A move with a folder of its own for what it reads, removed afterwards. What a killed drain left is removed too."""
    own = folder / "drain"
    shutil.rmtree(own, ignore_errors=True)
    own.mkdir(parents=True, mode=0o700)
    try:
        yield Move(lake, folder, own)
    finally:
        shutil.rmtree(own, ignore_errors=True)


class Move:
    """Load first, outside of any transaction; store in one; clean up when it is committed."""

    def __init__(self, lake: duckdb.DuckDBPyConnection, folder: Path, scratch: Path) -> None:
        self._lake = lake
        self._folder = folder
        self._scratch = scratch
        self._blobs: list[Path] = []

    def load(self, lines: Lines, crashed: list[bytes], *, doubtful: bool = False) -> None:
        """Read the lines into temporary tables; what is no line of ours is kept under ``damaged``.

        ``doubtful`` leaves out what is in the lake already.
        """
        self._lake.execute(f"CREATE OR REPLACE TEMP TABLE told ({ddl('spans')})")
        damaged = (
            lines.damaged + self._read(lines.end, "told", "spans") + self._read(crashed, "told", "spans", "crashed")
        )
        for table, found in (("notes", lines.note), ("payloads", lines.payload)):
            self._lake.execute(f"CREATE OR REPLACE TEMP TABLE new_{table} ({ddl(table)})")
            damaged += self._read(found, f"new_{table}", table)
        if damaged:
            self._keep(damaged)
        if doubtful:
            self._leave_out_what_is_known()
        reconcile(self._lake, "lake.spans", "lake.crashes")
        self._blobs = (
            [path for path in (self._folder / "blobs").glob("*") if len(path.name) == 64] if lines.payload else []
        )

    def store(self) -> int:
        """Put the rows into the lake, inside the caller's transaction. Returns how many spans."""
        lake = self._lake
        if count(lake, "SELECT count(*) FROM temp.hidden"):
            for table in ("spans", "crashes"):
                lake.execute(f"DELETE FROM lake.{table} WHERE span_id IN (SELECT span_id FROM temp.hidden)")
        rows = _insert(lake, "spans", "FROM temp.told WHERE status IS DISTINCT FROM 'crashed'", "")
        rows += _insert(lake, "crashes", "FROM temp.told WHERE status = 'crashed'", "started_at")
        _insert(lake, "notes", "FROM temp.new_notes", "recorded_at")
        _insert(lake, "payloads", "FROM temp.new_payloads", "recorded_at")
        if self._blobs:
            listed = ", ".join(literal(str(path)) for path in self._blobs)
            lake.execute(
                f"INSERT INTO lake.blobs SELECT parse_filename(filename), content, current_timestamp AT TIME ZONE 'UTC'"
                f" FROM read_blob([{listed}]) WHERE parse_filename(filename) NOT IN (SELECT sha256 FROM lake.blobs)"
            )
        return rows

    def settle(self) -> None:
        """After the commit: the blobs lie in the lake now."""
        for path in self._blobs:
            path.unlink(missing_ok=True)

    def _read(self, lines: list[bytes], into: str, table: str, status: str = "") -> list[bytes]:
        """Read lines into a temporary table. Returns those that cannot be read."""
        if not lines:
            return []
        path = self._scratch / f"{into}-{status or 'told'}.json"
        path.write_bytes(b"\n".join(lines) + b"\n")
        rows = rows_in(path, table, longest=max(map(len, lines)))
        replaced = f"SELECT * REPLACE ({literal(status)} AS status) FROM ({rows})" if status else rows
        read = count(self._lake, f"INSERT INTO temp.{into} {replaced}")
        return [] if read == len(lines) else [line for line in lines if not _readable(line, ID[table])]

    def _leave_out_what_is_known(self) -> None:
        for new, table, same in (
            ("told", "spans", "trace_id, span_id"),
            ("new_notes", "notes", "note_id"),
            ("new_payloads", "payloads", "trace_id, span_id, role"),
        ):
            self._lake.execute(f"DELETE FROM temp.{new} WHERE ({same}) IN (SELECT ({same}) FROM lake.{table})")

    def _keep(self, damaged: list[bytes]) -> None:
        path = self._folder / "damaged" / f"{datetime.now(UTC):%Y-%m-%d}.jsonl"
        path.parent.mkdir(exist_ok=True)
        fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(fd, "ab") as file:
            file.write(b"\n".join(damaged) + b"\n")


def reconcile(connection: duckdb.DuckDBPyConnection, *tables: str) -> bool:
    """Make one row of each run and step in ``temp.told`` that is told twice there, or is in one of ``tables`` already.

    ``temp.hidden`` then holds the ids of rows of the lake that ``told`` replaces. Returns whether there are any.
    """
    of_runs = "kind IN ('run', 'step') AND starts_with(run_id, 'run_')"
    told = connection.execute(
        f"SELECT run_id, count(*), count(DISTINCT span_id) FROM temp.told WHERE {of_runs} GROUP BY 1 ORDER BY 1"
    ).fetchall()
    connection.execute("CREATE OR REPLACE TEMP TABLE hidden (span_id VARCHAR)")
    wanted = f"{of_runs} AND {_among([run_id for run_id, _, _ in told])}"
    known = [table for table in tables if told and _has(connection, table, wanted)]
    if not known and all(rows == spans for _, rows, spans in told):
        return False
    parts = [f"SELECT {names('spans')} FROM {table} WHERE {wanted}" for table in known]
    none = f"SELECT {names('spans')} FROM temp.told WHERE false"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE known AS {' UNION ALL BY NAME '.join([none, *parts])}")
    connection.execute(_reconciling())
    return bool(known)


def _among(runs: list[str]) -> str:
    """The condition that a run is one of these. DuckDB skips what cannot hold them: ids of later runs are greater."""
    if len(runs) <= RUNS_BY_NAME:
        return f"run_id IN ({', '.join(map(literal, runs))})"
    return f"run_id BETWEEN {literal(runs[0])} AND {literal(runs[-1])} AND run_id IN (SELECT run_id FROM temp.told)"


def _has(connection: duckdb.DuckDBPyConnection, table: str, wanted: str) -> bool:
    return bool(connection.execute(f"SELECT 1 FROM {table} WHERE {wanted} LIMIT 1").fetchall())


def sort_out_crashes(lake: duckdb.DuckDBPyConnection) -> None:
    """Bring the spans of a lake that kept crashed ones among the others, and told some twice, into today's order."""
    lake.execute("CREATE OR REPLACE TEMP TABLE told AS FROM lake.spans")
    reconcile(lake)
    lake.execute("DELETE FROM lake.spans")
    _insert(lake, "spans", "FROM temp.told WHERE status IS DISTINCT FROM 'crashed'", "")
    _insert(lake, "crashes", "FROM temp.told WHERE status = 'crashed'", "started_at")


def _insert(lake: duckdb.DuckDBPyConnection, table: str, rows: str, order: str) -> int:
    if not count(lake, f"SELECT count(*) {rows}"):
        return 0
    return count(
        lake, f"INSERT INTO lake.{table} BY NAME SELECT {names(table)} {rows}" + (f" ORDER BY {order}" if order else "")
    )


@cache
def _reconciling() -> str:
    return files("agentlab.store").joinpath("reconcile.sql").read_text(encoding="utf-8")


def _readable(line: bytes, column: str) -> bool:
    try:
        return isinstance(orjson.loads(line)[column], str)
    except (ValueError, KeyError, TypeError):
        return False
