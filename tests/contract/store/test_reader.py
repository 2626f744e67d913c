"""Reading sees every acknowledged span, once, at one moment, and stands in nobody's way."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from spans import event

from agentlab.errors import StoreUnusable
from agentlab.store import VIEWS, Engine, TraceStore


def total(store: TraceStore) -> int:
    return store.query("SELECT count(*) FROM spans").rows[0][0]


def test_a_store_that_does_not_exist_reads_as_empty_and_stays_so(new_store) -> None:
    assert [new_store.query(f"FROM {view}").rows for view in VIEWS] == [[]] * len(VIEWS)
    assert new_store.sql("SELECT count(*) FROM runs").fetchall() == [(0,)]
    assert new_store.health().rows == 0
    assert not new_store.engine.made()


def test_what_another_store_recorded_is_seen_at_once(new_store) -> None:
    other = TraceStore(new_store.engine)
    seen = []
    for number in range(3):
        other.record(event("end", f"{number}"))
        seen.append(total(new_store))
        other.drain()
        seen.append(total(new_store))

    assert seen == [1, 1, 2, 2, 3, 3]
    other.close()


def test_a_relation_keeps_to_its_moment_through_drains_and_other_queries(new_store) -> None:
    new_store.record(event("end", "a"))
    before_any_lake = new_store.sql("SELECT name FROM spans ORDER BY name")
    new_store.drain()
    new_store.record(event("end", "b"))
    held = new_store.sql("SELECT name FROM spans ORDER BY name")
    new_store.record(event("end", "c"))
    new_store.drain()
    later = new_store.sql("SELECT name FROM spans ORDER BY name")
    new_store.close()

    assert before_any_lake.fetchall() == [("a",)]
    assert held.fetchall() == held.fetchall() == [("a",), ("b",)]
    assert later.fetchall() == [("a",), ("b",), ("c",)]


def test_relations_become_frames_of_both_kinds(store) -> None:
    store.record(event("end", "a", attributes={"k": 1}))

    assert store.sql("FROM tool_calls").pl()["tool"].to_list() == [None]
    assert list(store.sql("FROM spans").df()["name"]) == ["a"]


def test_a_frame_of_the_callers_can_be_joined(store) -> None:
    import polars

    store.record(event("end", "a"))
    mine = polars.DataFrame({"name": ["a"], "note": ["good"]})

    assert store.sql("SELECT note FROM spans JOIN mine USING (name)").fetchall() == [("good",)]
    assert len(mine) == 1


def test_readers_in_threads_see_a_growing_whole_while_drains_run(store) -> None:
    store.record(event("end", "0"))
    store.drain()
    stop, seen = threading.Event(), []

    def read() -> None:
        last = 0
        while not stop.is_set():
            rows = store.query("SELECT count(*), count(DISTINCT name) FROM spans").rows[0]
            seen.append(rows[0] == rows[1] >= last)
            last = rows[0]

    with ThreadPoolExecutor() as pool:
        readers = [pool.submit(read) for _ in range(2)]
        for number in range(1, 11):
            for part in range(20):
                store.record(event("end", f"{number}-{part}"))
            store.drain()
        stop.set()
    for reader in readers:
        reader.result()

    assert seen
    assert all(seen)
    assert total(store) == 201


def test_a_segment_removed_while_it_is_read_is_counted_once(store, monkeypatch) -> None:
    from agentlab.store import reader

    store.record(event("end", "a"))
    store.drain()
    total(store)
    other = TraceStore(store.engine)
    other.record(event("end", "b"))
    other.close()
    real, once = reader._positions, []

    def drain_in_between(cursor):
        if not once:
            once.append(store.drain())
            store.record(event("end", "c"))
            store.drain()
        return real(cursor)

    monkeypatch.setattr(reader, "_positions", drain_in_between)

    assert (total(store), once) == (3, [1])


def test_a_first_drain_while_a_reader_opens_hides_nothing(new_store, monkeypatch) -> None:
    from agentlab.store import reader

    new_store.record(event("end", "a"))
    new_store.writer._spool.close()
    real, drained = reader.opened, []

    def drain_first(folder):
        if not drained:
            drained.append(new_store.drain())
        return real(folder)

    monkeypatch.setattr(reader, "opened", drain_first)

    assert (total(new_store), drained) == (1, [1])


def test_a_forked_child_reads_and_drains_on_its_own(store) -> None:
    store.record(event("end", "a"))
    store.drain()
    total(store)
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        store.record(event("end", "b"))
        os.write(write, f"{total(store)} {store.drain()}".encode())
        os._exit(0)
    os.waitpid(child, 0)

    assert os.read(read, 100) == b"2 1"
    assert total(store) == 2


def test_a_broken_catalogue_is_the_operators_matter(tmp_path) -> None:
    (tmp_path / "catalog.sqlite").write_text("no database")

    with pytest.raises(StoreUnusable, match="cannot be read") as caught:
        TraceStore(tmp_path).sql("FROM spans")
    assert "repair" in caught.value.hint


def test_a_catalogue_that_nobody_answers_for_is_the_operators_matter(tmp_path) -> None:
    store = TraceStore(Engine(folder=tmp_path, catalogue_url="postgresql://me:hunter22@127.0.0.1:1/lake"))
    store.record(event("end", "a"))

    with pytest.raises(StoreUnusable, match="refused") as reading:
        store.sql("FROM spans")
    with pytest.raises(StoreUnusable, match="safe in the spool") as draining:
        store.drain()
    assert "hunter22" not in f"{reading.value} {draining.value} {store.engine!r}"
    store.close()


def test_health_tells_what_is_where(store) -> None:
    store.record(event("end", "a"))
    store.drain()
    store.record(event("end", "b"))
    store.record(event("start", "c"))

    health = store.health()

    assert (health.rows, health.segments, health.losses, health.last_error) == (2, 1, (), "")
    assert health.waiting_bytes > 0


def test_more_segments_than_files_may_be_open_are_read_and_moved_all_the_same(tmp_path) -> None:
    program = """
import resource, sys
from pathlib import Path
_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (100, hard))
sys.path.insert(0, sys.argv[2])
from spans import event
from agentlab.store import Spool, TraceStore
folder = Path(sys.argv[1])
for number in range(150):
    spool = Spool(folder / "spool")
    spool.record(event("end", f"{number}"))
    spool.close()
store = TraceStore(folder)
count = "SELECT count(DISTINCT name) FROM spans"
print(store.query(count).rows, store.drain(), store.query(count).rows)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path), str(Path(__file__).parent)], capture_output=True, text=True
    )

    assert done.stdout == "[(150,)] 150 [(150,)]\n", done.stderr
