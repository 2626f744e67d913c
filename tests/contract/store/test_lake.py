"""Draining: every whole line becomes a row, once, whoever drains and whatever stops it."""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path

import duckdb
import pytest
from spans import event

from agentlab.errors import StoreUnusable
from agentlab.store import TraceStore, compaction, lake, moving
from agentlab.store.schema import COLUMNS
from agentlab.store.segment import sizes


def names(store: TraceStore, where: str = "true") -> list[str]:
    return [name for (name,) in store.query(f"SELECT name FROM spans WHERE {where} ORDER BY started_at, name").rows]


def test_nothing_to_drain_makes_nothing(new_store) -> None:
    assert new_store.drain() == 0
    assert not new_store.engine.made()


def test_rows_move_once(store) -> None:
    store.record(event("start", "a"))
    store.record(event("end", "a"))

    assert [store.drain(), store.drain()] == [1, 0]
    store.record(event("end", "b"))
    assert store.drain() == 1
    assert names(store) == ["a", "b"]


def test_an_idle_drain_leaves_the_lake_alone_until_something_happens(store, monkeypatch) -> None:
    store.record(event("start", "a"))
    store.drain()
    opened: list[int] = []
    monkeypatch.setattr(lake.Lake, "_open", lambda self: opened.append(1))

    assert store.drain() == 0
    assert opened == []
    monkeypatch.undo()
    store.close()
    assert store.drain() == 1


def test_every_column_comes_back_as_it_was_recorded(store) -> None:
    attributes = {"text": 'it\'s a "quote"\n\\ — 你好 \x00', "list": [1, {"a": None}], "agentlab.goal": "g"}
    span = event("end", "all", attributes=attributes, cost_usd=0.25, credits=2**62, error_message="'; DROP").span
    store.record(event("end", "all", attributes=attributes, cost_usd=0.25, credits=2**62, error_message="'; DROP"))
    fresh = store.sql("SELECT * EXCLUDE attributes, attributes->>'$.text' FROM spans").fetchall()
    store.drain()
    stored = store.sql("SELECT * EXCLUDE attributes, attributes->>'$.text' FROM spans").fetchall()

    expected = (*(getattr(span, name) for name in COLUMNS if name != "attributes"), attributes["text"])
    assert fresh == stored == [expected]


def test_the_segment_of_a_living_writer_stays_and_that_of_a_dead_one_goes(store) -> None:
    store.record(event("end", "a"))
    store.drain()
    assert len(sizes(store.folder / "spool")) == 1

    store.close()
    store.drain()
    assert sizes(store.folder / "spool") == {}
    assert names(store) == ["a"]


def test_a_torn_line_of_a_dead_writer_is_no_row(store) -> None:
    store.record(event("end", "a"))
    [name] = sizes(store.folder / "spool")
    with (store.folder / "spool" / name).open("ab") as file:
        file.write(b'{"phase":"end","span_id":"x"')
    store.close()

    assert store.drain() == 1
    assert names(store) == ["a"]


def test_a_line_that_is_no_line_holds_nobody_up(store) -> None:
    store.record(event("end", "a"))
    [name] = sizes(store.folder / "spool")
    with (store.folder / "spool" / name).open("ab") as file:
        file.write(b'nonsense\n\n[]\n{"phase":"end","span_id":"half"}\n')
    store.record(event("end", "b"))
    store.close()

    store.drain()
    assert names(store, "name IS NOT NULL") == ["a", "b"]


def test_two_drains_at_once_are_one(store) -> None:
    store.record(event("end", "a"))
    store.drain()
    store.record(event("end", "b"))
    other = os.open(store.folder / "drain.lock", os.O_RDWR)
    fcntl.flock(other, fcntl.LOCK_EX)

    assert store.drain() == 0
    os.close(other)
    assert store.drain() == 1


@pytest.mark.parametrize("moment", ["before the commit", "after the commit"])
def test_a_drain_that_breaks_loses_and_doubles_nothing(store, monkeypatch, moment) -> None:
    store.record(event("end", "a"))
    store.record(event("start", "cut off"))
    store.close()

    real = Path.unlink

    def unlink(path: Path, **options: bool) -> None:
        if path.suffix == ".jsonl":
            raise OSError("gone")
        real(path, **options)

    if moment == "before the commit":
        monkeypatch.setattr(moving, "_insert", lambda *_, **__: (_ for _ in ()).throw(duckdb.IOException("gone")))
    else:
        monkeypatch.setattr(Path, "unlink", unlink)
    with pytest.raises(StoreUnusable, match="gone"):
        store.drain()
    between = names(store)
    monkeypatch.undo()
    store.drain()

    assert between == names(store) == ["a", "cut off"]
    assert sizes(store.folder / "spool") == {}
    assert store.health().last_error == ""


def test_what_a_dead_writer_began_and_nobody_ended_is_a_crashed_row(store) -> None:
    store.record(event("start", "cut off"))
    assert names(store, "status = 'running'") == ["cut off"]
    store.close()
    assert names(store, "status = 'crashed'") == ["cut off"]

    store.drain()
    assert names(store, "status = 'crashed' AND duration_ms IS NULL") == ["cut off"]
    assert names(store) == ["cut off"]


def test_a_span_that_goes_on_in_the_next_segment_has_not_crashed(store, monkeypatch) -> None:
    monkeypatch.setattr(store.writer._spool, "_full", 1)
    store.record(event("start", "long"))
    store.record(event("end", "short"))

    store.drain()
    assert names(store, "status = 'running'") == ["long"]
    store.record(event("end", "long"))
    store.drain()
    store.close()
    store.drain()
    assert names(store) == names(store, "status = 'ok'") == ["long", "short"]


def test_a_drain_takes_one_batch_after_the_other(store, monkeypatch) -> None:
    monkeypatch.setattr(store.writer._spool, "_full", 1)
    monkeypatch.setattr(lake, "BATCH_BYTES", 1)
    for number in range(5):
        store.record(event("end", f"{number}"))

    assert store.drain() == 5
    assert names(store) == ["0", "1", "2", "3", "4"]


def test_positions_are_kept_once_and_only_as_long_as_they_matter(store) -> None:
    for number in range(3):
        store.record(event("end", f"{number}"))
        store.drain()
    positions = "SELECT count(*), count(DISTINCT segment) FROM lake.segments"
    assert store.sql(positions).fetchall() == [(1, 1)]

    store.close()
    store.record(event("end", "of another segment"))
    store.drain()
    store.record(event("end", "one more"))
    store.drain()
    assert store.sql(positions).fetchall() == [(1, 1)]


def test_small_files_are_merged_and_no_row_changes(store, monkeypatch) -> None:
    monkeypatch.setattr(compaction, "SMALL_FILES", 3)
    held = []
    for number in range(4):
        store.record(event("end", f"{number}"))
        store.drain()
        held.append(store.sql("SELECT name FROM spans"))

    count = "SELECT count(*) FROM ducklake_list_files('lake', 'spans')"
    assert store.sql(count).fetchall() == [(2,)]
    assert [len(relation.fetchall()) for relation in held] == [1, 2, 3, 4]


def test_a_lake_of_an_earlier_version_gets_the_columns_it_lacks(store) -> None:
    store.record(event("end", "old"))
    store.drain()
    with duckdb_on(store) as connection:
        connection.execute("ALTER TABLE lake.spans DROP COLUMN credits")
    store.close()
    assert store.query("SELECT credits FROM spans").rows == [(None,)]

    store.record(event("end", "new", credits=7))
    store.drain()
    assert store.query("SELECT name, credits FROM spans ORDER BY name").rows == [("new", 7), ("old", None)]


def test_a_store_can_be_moved(store, tmp_path) -> None:
    store.record(event("end", "a"))
    store.drain()
    store.close()
    shutil.move(store.folder, tmp_path / "elsewhere")
    moved = TraceStore(tmp_path / "elsewhere")
    moved.record(event("end", "b"))
    moved.drain()

    assert names(moved) == ["a", "b"]
    moved.close()


def test_a_killed_first_drain_leaves_nothing_in_the_way(new_store) -> None:
    new_store.record(event("end", "a"))
    (new_store.folder / "catalog.new").write_bytes(b"half")

    assert new_store.drain() == 1


def test_a_child_forked_during_a_drain_keeps_nobody_from_draining(store, monkeypatch) -> None:
    store.record(event("end", "a"))
    read, write = os.pipe()
    real, children = moving._insert, []

    def fork_and_insert(*args: object, **options: object) -> int:
        if not children:
            children.append(os.fork())
            if children == [0]:
                os.close(write)
                os.read(read, 1)
                os._exit(0)
        return real(*args, **options)

    monkeypatch.setattr(moving, "_insert", fork_and_insert)
    store.drain()
    store.record(event("end", "b"))

    assert store.drain() == 1
    os.close(write)
    os.waitpid(children[0], 0)


def duckdb_on(store: TraceStore) -> duckdb.DuckDBPyConnection:
    connection = store.engine.connect()
    store.engine.attach(connection, options="META_JOURNAL_MODE 'WAL'")
    return connection


def test_a_schema_that_somebody_made_beforehand_is_no_lake_yet(new_store) -> None:
    if new_store.engine.shared:
        import psycopg

        with psycopg.connect(new_store.engine.libpq, autocommit=True) as connection:
            connection.execute("CREATE SCHEMA agentlab_traces")
    new_store.record(event("end", "a"))

    assert names(new_store) == ["a"]
    assert new_store.drain() == 1
    assert names(new_store) == ["a"]
