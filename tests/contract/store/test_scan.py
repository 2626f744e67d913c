"""The Parquet files are the rows, for Polars as for DuckDB; and a catalogue can be made anew from them."""

from __future__ import annotations

import polars
import pytest
from spans import event

from agentlab.errors import QueryInvalid, StoreUnusable
from agentlab.store import TraceStore
from agentlab.store.repair import repair
from agentlab.store.scan import scan
from agentlab.trace import utc_now
from agentlab.types import Note


def test_polars_scans_what_sql_sees(store) -> None:
    for number in range(3):
        made = event("end", f"{number}", attributes={"n": number}, cost_usd=0.1)
        made.span.payloads = {"input": number}
        store.record(made)
        store.drain()

    frame = scan(store, "spans").filter(polars.col("name") != "1").sort("name").collect()

    assert frame["name"].to_list() == ["0", "2"]
    assert frame["attributes"].to_list() == ['{"n":0}', '{"n":2}']
    assert frame.columns == list(store.sql("FROM spans").pl().columns)
    assert scan(store, "payloads").select("content").collect()["content"].to_list() == ["0", "1", "2"]


def test_rows_that_were_deleted_are_not_scanned(store) -> None:
    store.record(event("end", "step", kind="step"))
    store.record(event("end", "other"))
    store.drain()
    store.record(event("end", "step", kind="step", at=5))
    store.drain()

    assert sorted(scan(store, "spans").collect()["name"].to_list()) == ["other", "step"]
    assert store.query("SELECT count(*) FROM spans").rows == [(2,)]


def test_nothing_is_a_frame_too(new_store) -> None:
    assert scan(new_store, "notes").collect().is_empty()


def test_what_has_no_files_is_named(store) -> None:
    with pytest.raises(QueryInvalid, match="spans"):
        scan(store, "spam")


def test_a_damaged_catalogue_is_made_anew_and_nothing_is_missing(tmp_path) -> None:
    store = TraceStore(tmp_path)
    for number in range(4):
        made = event("end", f"{number}", run_id=f"run_{number}")
        made.span.payloads = {"input": "x" * 70_000 if number == 3 else number}
        store.record(made)
        store.note(Note(note_id=f"n{number}", kind="record", recorded_at=utc_now(), name="x", value=number))
        store.drain()
    store.record(event("start", "cut off"))
    store.writer._spool.close()
    store.drain()
    store.record(event("end", "in the spool"))
    everything = _everything(store)
    store.close()
    (tmp_path / "catalog.sqlite").write_bytes(b"garbage" * 1_000)

    with pytest.raises(StoreUnusable, match="repair") as caught:
        store.query("FROM spans")
    assert "agentlab repair" in str(caught.value)
    assert repair(store) == 4
    assert _everything(store) == everything
    assert store.drain() == 0
    assert len(store.payloads([event("end", "3", run_id="run_3").span.span_id])) == 1
    assert list(tmp_path.glob("damaged-*-catalog.sqlite"))
    store.close()


def test_a_writers_segment_that_was_partly_moved_is_not_moved_twice_by_a_repair(tmp_path) -> None:
    store, other = TraceStore(tmp_path), TraceStore(tmp_path)
    other.record(event("end", "moved"))
    store.drain()
    other.record(event("end", "not yet"))
    store.close()
    (tmp_path / "catalog.sqlite").unlink()

    repair(store)

    assert sorted(store.query("SELECT name FROM spans").rows) == [("moved",), ("not yet",)]
    other.close()
    store.close()


def test_a_catalogue_in_postgres_is_restored_from_its_backup(store) -> None:
    if store.engine.shared:
        with pytest.raises(StoreUnusable, match="backup"):
            repair(store)
    else:
        assert repair(store) == 0


def _everything(store: TraceStore) -> list:
    tables = ("spans", "notes", "payloads")
    columns = {
        "spans": "span_id, name, status",
        "notes": "note_id, value",
        "payloads": "span_id, role, content, sha256",
    }
    return [sorted(store.query(f"SELECT {columns[table]} FROM {table}").rows, key=repr) for table in tables]
