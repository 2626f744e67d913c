"""The questions of the Telemetry page, asked of a real trace store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from agentlab import trace
from agentlab.insight import figures, telemetry
from agentlab.insight.telemetry import Filters
from agentlab.store import TraceStore
from agentlab.types import Event, Scope, span_id_of

NAUGHTY = "it's; drop table spans --"


def record_run(store: TraceStore, name: str, *, model: str = "offline", fail: bool = False, days_ago: int = 0) -> None:
    """One run with one step and one tool call."""
    top = Scope.of_run(name)
    run = trace.begin(top, f"Goal of {name}", kind="run", span_id=span_id_of(name), model=model)
    tool = trace.begin(
        top.under(run, step="a"), "http.get", kind="tool", tool="http.get", tool_category="http", attempt=1
    )
    for span, took in ((tool, 200.0), (run, 1_000.0)):
        span.started_at -= timedelta(days=days_ago)
        store.record(Event(phase="start", span=span))
        span.duration_ms, span.credits, span.status = took, 2_000_000, "error" if fail else "ok"
        if fail:
            span.error_type, span.error_message = "timeout", f"{name} did not answer"
    run.attributes |= {"agentlab.goal": f"Goal of {name}", "agentlab.status": "failed" if fail else "succeeded"}
    for span in (tool, run):
        store.record(Event(phase="end", span=span))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TraceStore]:
    store = TraceStore(tmp_path_factory.mktemp("traces"))
    record_run(store, "one")
    record_run(store, "two", fail=True)
    record_run(store, "three", model=NAUGHTY, days_ago=3)
    record_run(store, "old", days_ago=60)
    yield store
    store.close()


def test_totals_count_runs_that_ended_and_how(store) -> None:
    found = telemetry.totals(store.sql, Filters.last(30))

    assert (found.runs, found.finished, found.succeeded, found.credits) == (3, 3, 2, 6.0)
    assert found.p50_s == pytest.approx(1.0)
    assert found.cost_usd is None
    assert ("Succeeded", "67 %", "1 did not") in found.figures()


def test_filters_leave_out_old_runs_and_other_models_and_quote_what_they_are_given(store) -> None:
    assert telemetry.totals(store.sql, Filters()).runs == 4
    assert telemetry.totals(store.sql, Filters.last(30, model=NAUGHTY)).runs == 1
    assert telemetry.totals(store.sql, Filters(model="nobody")).runs == 0
    assert telemetry.models(store.sql) == [NAUGHTY, "offline"]


def test_the_sql_that_is_shown_gives_the_same_rows(store) -> None:
    for question in (telemetry.runs_per_day, telemetry.latency_by_tool, telemetry.spent_per_day, telemetry.errors):
        answer = question(store.sql, Filters.last(30))

        assert not answer.rows.is_empty()
        assert store.sql(answer.sql).pl().equals(answer.rows)


def test_errors_name_the_place_the_last_message_and_its_run(store) -> None:
    (row,) = telemetry.errors(store.sql, Filters.last(30)).rows.to_dicts()

    assert (row["error"], row["place"], row["times"], row["run_id"]) == ("timeout", "http.get", 1, "two")
    assert row["message"] == "two did not answer"


def test_latency_has_median_and_tail(store) -> None:
    (row,) = telemetry.latency_by_tool(store.sql, Filters.last(30)).rows.to_dicts()

    assert (row["tool"], row["category"], row["calls"], row["failed"]) == ("http.get", "http", 3, 1)
    assert row["p50_ms"] == pytest.approx(200)


def test_recent_runs_are_newest_first(store) -> None:
    assert telemetry.recent_runs(store.sql, limit=3).rows["run_id"].to_list() == ["two", "one", "three"]


def test_an_empty_store_answers_with_nothing(tmp_path: Path) -> None:
    store = TraceStore(tmp_path)

    found = telemetry.totals(store.sql, Filters.last(7))

    assert (found.runs, found.p95_s, found.credits) == (0, None, 0.0)
    assert found.figures()[1] == ("Succeeded", "—", "0 did not")
    assert telemetry.errors(store.sql, Filters()).rows.is_empty()
    store.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_figures_of_real_rows_say_what_they_show(store, theme) -> None:
    filters = Filters.last(30)

    runs = figures.runs_per_day(telemetry.runs_per_day(store.sql, filters).rows, theme)
    spent = figures.spent_per_day(telemetry.spent_per_day(store.sql, filters).rows, theme)
    slow = figures.latency_by_tool(telemetry.latency_by_tool(store.sql, filters).rows, theme)

    assert runs.layout.meta == "3 runs on 2 days, 1 of them failed"
    assert [bar.name for bar in runs.data] == ["succeeded", "failed"]
    assert runs.data[1].marker.pattern.shape == "/"
    assert spent.layout.meta == "6 credits on 2 days"
    assert slow.layout.meta == "Duration of 1 tool; the slowest is http.get with a p95 of 200 ms"
    assert sum(len(line.x) for line in (*runs.data, *spent.data, *slow.data)) <= figures.MOST_POINTS


def test_names_from_outside_are_not_read_as_html_by_a_figure(store) -> None:
    rows = pl.DataFrame(
        [{"tool": "<a href='http://evil.example'>x</a>", "category": "mcp", "calls": 1, "p50_ms": 1.0, "p95_ms": 2.0}]
    )

    figure = figures.latency_by_tool(rows, "light")

    assert figure.data[0].y[0].startswith("&lt;a")
