"""Retention: whole runs, the oldest first, per project, said before it is done, and gone from the disk afterwards."""

from __future__ import annotations

from datetime import timedelta

import pytest
from spans import event

from agentlab.store import TraceStore
from agentlab.store.retention import Limit, prune
from agentlab.trace import utc_now
from agentlab.types import Note


def record(store: TraceStore, run_id: str, *, days: float, project: str | None = None, text: str = "") -> None:
    """A run of two spans, so many days ago."""
    for name in ("run", "call"):
        made = event("end", f"{name}-{run_id}", run_id=run_id, project=project, kind="llm")
        made.span.started_at = utc_now() - timedelta(days=days)
        made.span.payloads = {"input": text or name}
        store.record(made)
    store.note(
        Note(note_id=f"n-{run_id}", kind="score", recorded_at=utc_now(), run_id=run_id, project=project, name="x")
    )


def runs(store: TraceStore) -> dict[str, list[str]]:
    """The runs that each table still knows."""
    tables = ("spans", "notes", "payloads")
    return {
        table: [run_id for (run_id,) in store.query(f"SELECT DISTINCT run_id FROM {table} ORDER BY 1").rows]
        for table in tables
    }


def test_what_would_be_deleted_is_said_and_stays(store) -> None:
    record(store, "run_old", days=10)
    record(store, "run_new", days=1)

    [found] = prune(store, {None: Limit(days=5)}, dry_run=True)

    assert (found.project, found.runs, found.spans) == ("default", 1, 2)
    assert found.bytes > 0
    assert utc_now() - timedelta(days=10, minutes=1) < found.newest < utc_now() - timedelta(days=9)
    assert runs(store)["spans"] == ["run_new", "run_old"]


def test_old_runs_go_with_all_that_belongs_to_them(store) -> None:
    record(store, "run_old", days=10, text="Zebra " * 20_000)
    record(store, "run_new", days=1)
    record(store, "run_undrained", days=9)

    prune(store, {None: Limit(days=5)}, dry_run=False)

    assert runs(store) == {table: ["run_new"] for table in ("spans", "notes", "payloads")}
    assert prune(store, {None: Limit(days=5)}, dry_run=False) == []


def test_a_run_that_still_works_is_not_old(store) -> None:
    record(store, "run_long", days=10)
    made = event("end", "just now", run_id="run_long")
    made.span.started_at = utc_now()
    store.record(made)

    assert prune(store, {None: Limit(days=5)}, dry_run=True) == []


def test_each_project_has_its_own_limit(store) -> None:
    for project in ("mine", "yours", None):
        record(store, f"run_{project}", days=10, project=project)

    found = prune(store, {"mine": Limit(days=5), "default": Limit(days=20)}, dry_run=False)

    assert [part.project for part in found] == ["mine"]
    assert runs(store)["spans"] == ["run_None", "run_yours"]


def test_the_oldest_go_where_there_is_too_much(store) -> None:
    for day in range(1, 6):
        record(store, f"run_{day}", days=day, text="x" * 10_000)
    store.drain()
    [everything] = prune(store, {None: Limit(megabytes=0)}, dry_run=True)

    prune(store, {None: Limit(megabytes=everything.bytes * 0.5 / 1e6)}, dry_run=False)

    assert everything.runs == 5
    assert runs(store)["spans"] == ["run_1", "run_2"]


def test_what_is_deleted_is_gone_from_the_disk(tmp_path) -> None:
    store = TraceStore(tmp_path)
    record(store, "run_old", days=10, text="Zebra")
    record(store, "run_new", days=1, text="Lion")
    store.drain()
    prune(store, {None: Limit(days=5)}, dry_run=False)
    store.close()
    store.drain()

    names = {path.name for path in tmp_path.rglob("*.parquet")}
    listed = store.sql(
        " UNION ALL ".join(
            f"SELECT data_file, delete_file FROM ducklake_list_files('lake', '{table}')"
            for table in ("spans", "crashes", "notes", "payloads", "blobs")
        )
    ).fetchall()
    assert names == {data.rsplit("/", 1)[1] for data, _ in listed}
    assert {deletes for _, deletes in listed} == {None}
    store.close()


@pytest.mark.parametrize("limit", [Limit(), Limit(days=5)])
def test_nothing_to_delete_is_nothing(new_store, limit) -> None:
    assert prune(new_store, {None: limit}, dry_run=False) == []
