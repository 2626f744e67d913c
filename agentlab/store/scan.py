"""The Parquet files of the lake for who reads Parquet: Polars scans them without DuckDB, lazily, column by column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentlab.errors import QueryInvalid, near
from agentlab.store.engine import Engine
from agentlab.store.schema import TABLES

if TYPE_CHECKING:
    import polars as pl

    from agentlab.store.traces import TraceStore

SCANNED = ("spans", "notes", "payloads")


def scan(store: TraceStore, table: str) -> pl.LazyFrame:
    """The rows of ``table`` that are in the lake now, columns as in the view. Raises ``QueryInvalid`` for another table."""
    import polars as pl

    if table not in SCANNED:
        raise QueryInvalid(
            f"There are no Parquet files of '{table}'. {near(table, SCANNED)}", hint="Views are asked with lab.sql."
        )
    frames = [_scan(store.engine, file, deletes) for file, deletes in files(store, table)]
    empty = pl.LazyFrame(schema={name: _types()[kind] for name, kind in TABLES[table].items()})
    texts = [pl.col(name).cast(pl.String) for name, kind in TABLES[table].items() if kind == "JSON"]
    return pl.concat([empty, *(frame.with_columns(texts) for frame in frames)], how="diagonal_relaxed")


def files(store: TraceStore, table: str) -> list[tuple[str, str | None]]:
    """The files that make up a table of the lake now, each with the file of the rows deleted from it, if any."""
    if not store.engine.made():
        return []
    listed = store.sql(f"SELECT data_file, delete_file FROM ducklake_list_files('lake', '{table}')")
    return [(str(data), deleted) for data, deleted in listed.fetchall()]


def _scan(engine: Engine, file: str, deletes: str | None) -> pl.LazyFrame:
    import polars as pl

    options = _options(engine) if file.startswith("s3://") else None
    if deletes is None:
        return pl.scan_parquet(file, storage_options=options)
    gone = pl.scan_parquet(deletes, storage_options=options).select(pl.col("pos").cast(pl.UInt32))
    rows = pl.scan_parquet(file, storage_options=options, row_index_name="pos")
    return rows.join(gone, on="pos", how="anti").drop("pos")


def _options(engine: Engine) -> dict[str, str]:
    s3 = engine.s3
    found = {"aws_region": s3.region, "aws_access_key_id": s3.key_id, "aws_secret_access_key": s3.secret}
    if s3.session_token:
        found["aws_session_token"] = s3.session_token
    if s3.endpoint:
        found["aws_endpoint_url"] = s3.endpoint if "://" in s3.endpoint else f"https://{s3.endpoint}"
        found["aws_allow_http"] = str(s3.endpoint.startswith("http://")).lower()
    return {name: value for name, value in found.items() if value}


def _types() -> dict[str, type[pl.DataType] | pl.DataType]:
    import polars as pl

    return {
        "VARCHAR": pl.String,
        "JSON": pl.String,
        "BIGINT": pl.Int64,
        "DOUBLE": pl.Float64,
        "BOOLEAN": pl.Boolean,
        "TIMESTAMP": pl.Datetime("us"),
    }
