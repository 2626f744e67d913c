"""A new catalogue where the old one is damaged. The Parquet files hold the rows, the spool the rest; nothing is thrown away."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import duckdb

from agentlab.errors import StoreUnusable
from agentlab.store.engine import count
from agentlab.store.schema import literal, names
from agentlab.store.traces import TraceStore

_SAME = {
    "spans": "trace_id, span_id",
    "crashes": "trace_id, span_id",
    "notes": "note_id",
    "payloads": "trace_id, span_id, role",
    "blobs": "sha256",
}
"""What makes two rows the same: merged files, and those they were merged from, lie beside each other for a day."""
_NEWEST = {"spans": "started_at DESC", "crashes": "started_at DESC"}


def repair(store: TraceStore) -> int:
    """Move the catalogue aside and make a new one from the files of the lake. Returns how many spans it holds.

    What the spool still holds comes in besides, once. Rows that were deleted within the last day may be back. Raises
    ``StoreUnusable`` where the catalogue is a Postgres: that is restored from its backup.
    """
    engine = store.engine
    if engine.shared:
        raise StoreUnusable("The catalogue is a Postgres database.", hint="Restore it from its backup.")
    store.close()
    found = _files(Path(engine.data_path))
    with engine.alone() as guard:
        if guard < 0:
            raise StoreUnusable(
                "Another process is moving traces right now.", hint="End agentlab up and the workers first."
            )
        _set_aside(engine.catalogue)
    with store.lake.writing() as lake:
        lake.execute("BEGIN")
        for table, paths in found.items():
            _insert(lake, table, paths)
        lake.execute("COMMIT")
        rows = count(lake, "SELECT count(*) FROM lake.spans")
    store.lake.drain(doubtful=True)
    for paths in found.values():
        for path in paths:
            path.unlink()
    return rows


def _files(folder: Path) -> dict[str, list[Path]]:
    found = {table: sorted((folder / "main" / table).rglob("*.parquet")) for table in _SAME}
    rows = {
        table: [path for path in paths if not path.name.endswith("-delete.parquet")] for table, paths in found.items()
    }
    return {table: paths for table, paths in rows.items() if paths}


def _insert(lake: duckdb.DuckDBPyConnection, table: str, paths: list[Path]) -> None:
    listed = ", ".join(literal(str(path)) for path in paths)
    columns = {
        name for name, *_ in lake.execute(f"DESCRIBE FROM read_parquet([{listed}], union_by_name => true)").fetchall()
    }
    known = ", ".join(name for name in names(table).split(", ") if name in columns)
    order = _NEWEST.get(table, _SAME[table])
    ended = " AND span_id NOT IN (SELECT span_id FROM lake.spans)" if table == "crashes" else ""
    lake.execute(
        f"INSERT INTO lake.{table} BY NAME SELECT DISTINCT ON ({_SAME[table]}) {known}"
        f" FROM read_parquet([{listed}], union_by_name => true) WHERE {_SAME[table].rsplit(', ', 1)[-1]} IS NOT NULL{ended}"
        f" ORDER BY {_SAME[table]}, {order}"
    )


def _set_aside(catalogue: Path) -> None:
    stamp = f"{datetime.now(UTC):%Y%m%d-%H%M%S}"
    for path in catalogue.parent.glob(f"{catalogue.name}*"):
        path.rename(path.with_name(f"damaged-{stamp}-{path.name}"))
