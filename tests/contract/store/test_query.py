"""Queries of strangers: reading works, everything else is refused, and no query runs away."""

from __future__ import annotations

import sqlite3
import time

import pytest
from spans import event

from agentlab.errors import QueryInvalid
from agentlab.store import TraceStore


@pytest.fixture(scope="module")
def filled(tmp_path_factory) -> TraceStore:
    store = TraceStore(tmp_path_factory.mktemp("filled") / "traces")
    store.record(event("end", "a"))
    store.drain()
    store.record(event("end", "b"))
    secret = sqlite3.connect(store.folder.parent / "runs.sqlite")
    secret.execute("CREATE TABLE secrets (word)")
    secret.execute("INSERT INTO secrets VALUES ('hush')")
    secret.commit()
    secret.close()
    return store


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) FROM spans",
        "WITH a AS (SELECT 1) FROM a",
        "FROM spans",
        "  -- a comment\n SELECT 1;",
        "DESCRIBE spans",
        "SHOW TABLES",
        "SUMMARIZE spans",
        "EXPLAIN SELECT 1",
        "explain analyze SELECT count(*) FROM spans",
        "VALUES (1)",
        "SELECT * FROM range(3), unnest([1, 2])",
        "SELECT name, (SELECT max(x) FROM generate_series(3) t(x)) FROM spans",
        "SELECT key FROM spans, json_each(attributes)",
        "SELECT attributes->>'agentlab.goal' FROM spans",
    ],
)
def test_reading_is_allowed(filled, sql) -> None:
    assert filled.query(sql).columns


REFUSED = [
    "SELECT * FROM read_csv('/etc/passwd')",
    "FROM '/etc/passwd'",
    "FROM 'local.csv'",
    "SELECT (SELECT count(*) FROM read_text('/etc/passwd'))",
    "WITH a AS MATERIALIZED (FROM read_blob('/etc/passwd')) FROM a",
    "SELECT 1 WHERE EXISTS (FROM glob('/etc/*'))",
    "SUMMARIZE FROM read_text('/etc/passwd')",
    "DESCRIBE FROM sniff_csv('/etc/passwd')",
    "FROM query('SELECT * FROM read_text(''/etc/passwd'')')",
    "FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
    "FROM sqlite_scan('{folder}/../runs.sqlite', 'secrets')",
    "FROM \"SQLITE_SCAN\"('{folder}/../runs.sqlite', 'secrets')",
    "FROM sqlite_query('lake', 'SELECT 1')",
    "FROM read_parquet('{folder}/lake/**/*.parquet')",
    "FROM '{folder}/catalog.sqlite'",
    "FROM ducklake_delete_orphaned_files('lake', cleanup_all => true)",
    "FROM ducklake_merge_adjacent_files('lake')",
    "FROM enable_logging(storage := 'file', storage_path := '/tmp/logs')",
    "FROM checkpoint('lake')",
    "FROM duckdb_settings()",
    "FROM __ducklake_metadata_lake.ducklake_metadata",
    "FROM __DuckLake_metadata_lake.main.ducklake_metadata",
    "COPY (SELECT 1) TO '/tmp/agentlab.csv'",
    "COPY (SELECT 1) TO '{folder}/lake/x.csv'",
    "EXPLAIN ANALYZE COPY (SELECT 1) TO '{folder}/lake/x.csv'",
    "EXPLAIN ANALYZE CREATE TABLE x AS SELECT 1",
    "/* */ EXPLAIN ANALYZE CREATE TABLE x AS SELECT 1",
    "EXPLAIN EXPLAIN SELECT 1",
    "EXPORT DATABASE '/tmp/agentlab'",
    "ATTACH '/tmp/agentlab.db'",
    "ATTACH 'sqlite:{folder}/../runs.sqlite'",
    "DETACH lake",
    "USE lake",
    "INSTALL httpfs",
    "LOAD httpfs",
    "INSERT INTO lake.spans (name) VALUES ('x')",
    "DELETE FROM lake.spans",
    "UPDATE lake.spans SET name = 'x'",
    "DROP TABLE lake.spans",
    "DROP VIEW spans",
    "CREATE TEMP TABLE x AS SELECT 1",
    "CREATE MACRO f() AS 1",
    "CALL ducklake_flush_inlined_data('lake')",
    "PRAGMA database_list",
    "PRAGMA threads = 1",
    "SET threads = 1",
    "SET VARIABLE snapshot = 0",
    "RESET memory_limit",
    "PREPARE p AS SELECT 1",
    "BEGIN",
    "CHECKPOINT",
    "SELECT 1; SELECT 2",
    "SELECT 1; DROP TABLE lake.spans",
    "",
    "  -- nothing",
    "SELECT getenv('HOME')",
    "SELECT nonsense FROM spans",
    "SELEC 1",
    "SELECT ?",
]


@pytest.mark.parametrize("sql", REFUSED)
def test_everything_else_is_refused_with_what_can_be_asked(filled, sql) -> None:
    with pytest.raises(QueryInvalid) as caught:
        filled.query(sql.replace("{folder}", str(filled.folder)))

    assert caught.value.message
    assert "spans, runs" in caught.value.hint
    assert "LINE" not in caught.value.message


def test_after_all_that_the_store_is_as_it_was(filled) -> None:
    assert filled.query("SELECT count(*) FROM spans").rows == [(2,)]
    assert [path.suffix for path in filled.folder.rglob("lake/**/*") if path.is_file()] == [".parquet"]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "FROM '/etc/passwd'",
        "COPY (SELECT 1) TO '/tmp/agentlab.csv'",
        "ATTACH '/tmp/agentlab.db'",
        "LOAD httpfs",
        "INSTALL httpfs",
        "SET GLOBAL enable_external_access = true",
        "SET GLOBAL memory_limit = '64GB'",
        "INSERT INTO lake.spans (name) VALUES ('x')",
        "DELETE FROM lake.spans",
        "DROP TABLE lake.spans",
    ],
)
def test_the_database_is_confined_also_without_the_check(filled, monkeypatch, sql) -> None:
    monkeypatch.setattr("agentlab.store.query.check", lambda *_: None)

    with pytest.raises(QueryInvalid):
        filled.query(sql)


def test_variables_of_this_process_are_no_tables(filled) -> None:
    assert filled.query("SELECT current_setting('python_enable_replacements')").rows == [(False,)]


def test_rows_are_cut_and_said_to_be(filled) -> None:
    cut = filled.query("SELECT * FROM range(11)", max_rows=10)
    whole = filled.query("SELECT * FROM range(10)", max_rows=10)

    assert (len(cut.rows), cut.truncated) == (10, True)
    assert (len(whole.rows), whole.truncated) == (10, False)


def test_a_query_of_any_length_ends_in_time(filled) -> None:
    began = time.monotonic()
    with pytest.raises(QueryInvalid, match=r"longer than 0\.2 seconds") as caught:
        filled.query("SELECT sum(a.range * b.range) FROM range(1000000) a, range(1000000) b", timeout_s=0.2)

    assert time.monotonic() - began < 5
    assert "AGENTLAB_SQL_TIMEOUT_S" in caught.value.hint


def test_memory_has_a_limit(filled) -> None:
    with pytest.raises(QueryInvalid, match="memory") as caught:
        filled.query("SELECT list(range) FROM range(100000000)", memory_mb=64)

    assert "AGENTLAB_SQL_MEMORY_MB" in caught.value.hint


def test_a_name_nearly_right_is_answered_with_the_right_one(filled) -> None:
    with pytest.raises(QueryInvalid, match="started_at"):
        filled.query("SELECT started FROM spans")


def test_trusted_sql_explains_itself_too(filled) -> None:
    with pytest.raises(QueryInvalid, match="nonsense"):
        filled.sql("SELECT nonsense FROM spans")
    with pytest.raises(QueryInvalid, match="no rows"):
        filled.sql("CREATE TEMP TABLE x AS SELECT 1")
