"""Small Parquet files become few: drains make many of them, and every query opens each one."""

from __future__ import annotations

import duckdb

from agentlab.failpoints import reach
from agentlab.store.engine import count

MERGED = ("spans", "crashes", "notes", "payloads")
SMALL_BYTES = 4_000_000
"""Parquet files below this size are merged with their neighbours ..."""
SMALL_FILES = 64
"""... once there are so many of them in one table."""
KEEP = "INTERVAL 1 DAY"
"""How long files that were merged stay, for relations that are still being held."""


def compact(lake: duckdb.DuckDBPyConnection, *, at_least: int | None = None) -> None:
    """Merge the small files of each table that has enough of them; ``at_least`` files instead of ``SMALL_FILES``."""
    merged = [table for table in MERGED if _small_files(lake, table) >= (at_least or SMALL_FILES)]
    for table in merged:
        reach("compact.before_merge")
        count(
            lake,
            f"SELECT count(*) FROM ducklake_merge_adjacent_files('lake', '{table}', max_file_size => {SMALL_BYTES})",
        )
    if merged:
        reach("compact.after_merge")
        clear(lake, KEEP)
        reach("compact.after_clear")


def clear(lake: duckdb.DuckDBPyConnection, keep: str) -> None:
    """Forget states of the lake older than ``keep``, an SQL interval, and remove the files that only they need."""
    for call in (
        f"ducklake_expire_snapshots('lake', older_than => now() - {keep})",
        f"ducklake_cleanup_old_files('lake', older_than => now() - {keep})",
    ):
        count(lake, f"SELECT count(*) FROM {call}")


def _small_files(lake: duckdb.DuckDBPyConnection, table: str) -> int:
    listed = f"ducklake_list_files('lake', '{table}') WHERE data_file_size_bytes < {SMALL_BYTES}"
    return count(lake, f"SELECT count(*) FROM {listed}")
