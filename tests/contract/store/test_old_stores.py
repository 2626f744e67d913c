"""Stores that earlier versions made open in this one. Each file under ``old`` was written by the version it names."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from spans import event

from agentlab.store import VIEWS, TraceStore

OLD = sorted((Path(__file__).parent / "old").glob("*.tar.gz"))
RUNS = [
    ("run_01old", "succeeded", 1, 0),
    ("run_02crashed", "crashed", 0, 1),
    ("run_03resumed", "succeeded", 0, 0),
    ("run_04spool", "succeeded", 0, 0),
]


@pytest.fixture(params=OLD, ids=lambda path: path.name)
def old(request, tmp_path):
    shutil.unpack_archive(request.param, tmp_path)
    store = TraceStore(tmp_path / "traces")
    yield store
    store.close()


def runs(store: TraceStore) -> list[tuple]:
    return store.query("SELECT run_id, status, steps, errors FROM runs ORDER BY run_id").rows


def test_every_view_of_an_old_store_can_be_asked(old) -> None:
    for view in VIEWS:
        old.query(f"FROM {view}")
    old.drain()
    for view in VIEWS:
        old.query(f"FROM {view}")


def test_rows_of_an_old_store_and_new_ones_stand_side_by_side(old) -> None:
    before = old.query("SELECT span_id, name, kind, status, cost_usd, credits FROM spans ORDER BY ALL").rows
    made = event("end", "new", run_id="run_05new", kind="run", cache_read_tokens=5)
    made.span.payloads = {"input": "x"}
    old.record(made)
    old.drain()

    after = old.query("SELECT span_id, name, kind, status, cost_usd, credits FROM spans ORDER BY ALL").rows
    assert len(after) == len(before) + 1
    assert set(before) <= set(after)
    assert old.query("SELECT name FROM spans WHERE cache_read_tokens = 5").rows == [("new",)]
    assert runs(old) == [*RUNS, ("run_05new", "succeeded", 0, 0)]
    assert len(old.payloads([made.span.span_id])) == 1


def test_what_versions_since_notes_and_payloads_kept_is_read_whole(tmp_path) -> None:
    shutil.unpack_archive(Path(__file__).parent / "old" / "traces-0.2.0.tar.gz", tmp_path)
    store = TraceStore(tmp_path / "traces")
    for _ in range(2):
        assert store.query("SELECT run_id, name, value FROM scores").rows == [("run_01old", "good", 1.0)]
        assert store.query("SELECT run_id, name FROM events").rows == [("run_01old", "half way")]
        [(call,)] = store.query("SELECT span_id FROM tool_calls").rows
        assert store.payloads([call])[call] == {"input": {"url": "https://example.org"}, "output": "x" * 70_000}
        assert store.payloads(["e" * 16]) == {"e" * 16: {"input": "not moved yet"}}
        store.drain()
    store.close()
