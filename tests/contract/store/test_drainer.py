"""The background drain comes and goes with its owner and never disturbs it."""

from __future__ import annotations

import time

import pytest
from spans import event

from agentlab.errors import StoreUnusable
from agentlab.store import Drainer, TraceStore

LAKE_ROWS = "SELECT count(*) FROM lake.spans"


def test_what_is_recorded_reaches_the_lake_by_itself(new_store) -> None:
    new_store.record(event("end", "a"))
    drainer = Drainer(new_store, every_s=0.01)
    drainer.start()
    drainer.start()
    deadline = time.monotonic() + 10
    while not new_store.engine.made() and time.monotonic() < deadline:
        time.sleep(0.01)
    drainer.stop()

    assert new_store.sql(LAKE_ROWS).fetchall() == [(1,)]


def test_stopping_drains_a_last_time(store) -> None:
    drainer = Drainer(store, every_s=60)
    drainer.start()
    store.record(event("end", "a"))
    drainer.stop()
    drainer.stop()

    assert store.sql(LAKE_ROWS).fetchall() == [(1,)]


def test_a_failing_drain_is_told_and_tried_again(store, monkeypatch, caplog) -> None:
    calls: list[int] = []

    def drain() -> int:
        calls.append(1)
        raise StoreUnusable("The lake is out of reach.")

    monkeypatch.setattr(store, "drain", drain)
    drainer = Drainer(store, every_s=0.001)
    drainer.start()
    deadline = time.monotonic() + 10
    while len(calls) < 3 and time.monotonic() < deadline:
        time.sleep(0.001)
    drainer.stop()

    assert len(calls) >= 3
    assert "out of reach" in caplog.text


def test_health_tells_why_the_last_drain_failed(tmp_path) -> None:
    store = TraceStore(tmp_path / "traces")
    store.record(event("end", "a"))
    store.folder.joinpath("lake").write_text("in the way")

    with pytest.raises(StoreUnusable):
        store.drain()
    assert "lake" in store.health().last_error
    assert store.query("SELECT count(*) FROM spans").rows == [(1,)]
    store.close()


@pytest.mark.parametrize(
    ("grown", "waited_s", "due"),
    [
        (0, 1.1, False),
        (1_000, 1.1, False),
        (1_000, 10.1, True),
        (70_000, 0.9, False),
        (70_000, 1.1, True),
        (9_000_000, 0, True),
    ],
)
def test_much_is_moved_at_once_and_little_waits_for_company(new_store, grown, waited_s, due) -> None:
    assert Drainer(new_store, every_s=1.0).due(grown, waited_s) is due
