"""The views tell of runs, steps, calls, failures and cost, in the words of the house."""

from __future__ import annotations

from datetime import date
from itertools import count

import pytest
from spans import NOON, event

from agentlab.store import TraceStore
from agentlab.types import span_id_of

numbers = count()


@pytest.fixture
def run_id() -> str:
    return f"run_views_{next(numbers)}"


@pytest.fixture
def record(shared_store, run_id):
    """``record(phase, name, store=…, **columns)`` for the run of this test."""

    def to(phase, name, *, store: TraceStore | None = None, **columns) -> None:
        (store or shared_store).record(event(phase, name, run_id=run_id, **columns))

    return to


@pytest.fixture
def other_process(shared_store):
    """A second writer of the same store; closing it is its death."""
    store = TraceStore(shared_store.engine)
    yield store
    store.close()


@pytest.fixture(params=["from the spool", "from the lake"])
def rows(request, shared_store, run_id):
    """``rows(view, columns)`` of the run of this test, before and after a drain."""

    def of(view: str, columns: str) -> list[tuple]:
        if request.param == "from the lake":
            shared_store.drain()
        return shared_store.query(f"SELECT {columns} FROM {view} WHERE run_id = '{run_id}' ORDER BY ALL").rows

    return of


def test_a_run_that_works_and_then_the_same_run_ended(record, rows) -> None:
    record("start", "run", kind="run", model="offline", attributes={"agentlab.goal": "it's a goal"})
    columns = "goal, status, model, started_at, duration_s, cost_usd, credits, steps, errors"
    assert rows("runs", columns) == [("it's a goal", "running", "offline", NOON, None, None, None, 0, 0)]

    record("end", "one", kind="step", step="one")
    record(
        "end",
        "run",
        kind="run",
        model="offline",
        duration_ms=2_500.0,
        cost_usd=0.5,
        credits=1_500_000,
        attributes={"agentlab.goal": "it's a goal", "agentlab.status": "succeeded"},
    )
    assert rows("runs", columns) == [("it's a goal", "succeeded", "offline", NOON, 2.5, 0.5, 1.5, 1, 0)]


@pytest.mark.parametrize(
    ("status", "attributes", "expected"),
    [
        ("ok", {}, "succeeded"),
        ("error", {}, "failed"),
        ("cancelled", {}, "cancelled"),
        ("error", {"agentlab.status": "cancelled"}, "cancelled"),
    ],
)
def test_the_end_of_a_run_has_the_words_of_runs(record, rows, status, attributes, expected) -> None:
    record("end", "run", kind="run", status=status, attributes=attributes)

    assert rows("runs", "status") == [(expected,)]


def test_a_run_whose_process_died_has_crashed(record, rows, other_process) -> None:
    record("start", "run", kind="run", store=other_process)
    other_process.close()

    assert rows("runs", "status, duration_s") == [("crashed", None)]


def test_a_run_taken_up_by_another_process_is_one_row_with_the_newest_state(record, rows, other_process) -> None:
    record("start", "run", kind="run", store=other_process)
    record("start", "one", kind="step", store=other_process)
    other_process.close()
    record("start", "run", kind="run", at=10)
    assert rows("runs", "status, started_at") == [("running", NOON)]

    record("end", "one", kind="step", at=11, duration_ms=1_000.0)
    record("end", "run", kind="run", at=10, duration_ms=2_000.0)
    assert rows("runs", "status, started_at, duration_s, steps, errors") == [("succeeded", NOON, 12.0, 1, 0)]
    assert rows("steps", "status, started_at, duration_ms") == [("succeeded", NOON, 12_000.0)]
    assert rows("spans", "kind, status") == [("run", "ok"), ("step", "ok")]


def test_an_end_that_kept_the_first_start_wins_over_the_crash(record, rows, other_process) -> None:
    record("start", "run", kind="run", store=other_process)
    other_process.close()
    record("end", "run", kind="run", duration_ms=3_000.0)

    assert rows("runs", "status, duration_s") == [("succeeded", 3.0)]


def test_a_run_cancelled_by_a_leaving_worker_and_taken_up_again_is_running(record, rows) -> None:
    record("end", "run", kind="run", status="cancelled")
    record("start", "run", kind="run", at=5)

    assert rows("runs", "status") == [("running",)]


def test_a_failure_is_one_row_where_it_began(record, rows, run_id) -> None:
    top = span_id_of(run_id, "run")
    step = span_id_of(run_id, "step")
    failed = {"status": "error", "error_type": "timeout", "error_message": "too slow"}
    record("end", "call", parent_span_id=step, tool="http.get", attempt=1, **failed)
    record("end", "step", kind="step", parent_span_id=top, step="a", **failed)
    record("end", "lone step", kind="step", parent_span_id=top, step="b", **failed)
    record("end", "run", kind="run", **failed)

    assert rows("errors", "kind, name, tool, attempt, error_type") == [
        ("step", "lone step", None, None, "timeout"),
        ("tool", "call", "http.get", 1, "timeout"),
    ]
    assert rows("runs", "status, errors, steps") == [("failed", 2, 2)]


def test_steps_tell_attempts_and_cost(record, rows) -> None:
    record(
        "end",
        "Fetch it",
        kind="step",
        step="a",
        tool="http.get",
        credits=3_000,
        cost_usd=None,
        attributes={"agentlab.attempts": 2},
    )

    columns = "step, description, tool, status, attempts, credits, cost_usd"
    assert rows("steps", columns) == [("a", "Fetch it", "http.get", "succeeded", 2, 0.003, None)]


def test_calls_are_apart_by_kind(record, rows) -> None:
    record("end", "t", kind="tool", tool="http.get", tool_category="http", credits=1_000_000)
    record("end", "m", kind="llm", provider="local", model="m", input_tokens=3, output_tokens=4, cost_usd=0.1)

    assert rows("tool_calls", "tool, tool_category, credits") == [("http.get", "http", 1.0)]
    assert rows("llm_calls", "provider, model, input_tokens, output_tokens") == [("local", "m", 3, 4)]


def test_cost_by_day_counts_what_it_does_not_know(store) -> None:
    for number, cost in enumerate((0.25, 0.5, None)):
        store.record(event("end", f"{number}", kind="llm", provider="p", model="m", cost_usd=cost, input_tokens=10))
    store.record(event("end", "free", kind="llm", provider="p", model="unknown"))

    found = store.query("FROM cost_daily ORDER BY model").rows
    day = date(2026, 3, 1)
    assert found == [
        (day, None, "p", "m", 3, 30, None, 0.75, None, 1),
        (day, None, "p", "unknown", 1, None, None, None, None, 1),
    ]
