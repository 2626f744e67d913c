"""How fast the trace store is read: by dashboards, as data frames, as one long trace."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from _workload import ERRORS, MODELS, PER_RUN, TOOLS

from agentlab.insight import telemetry, waterfall
from agentlab.store import TraceStore

ROUNDS = 5
CHUNK = 500_000
"""Spans of one Parquet file, about what merging leaves."""
DAYS = 22
LAST_DAY = "started_at >= (SELECT max(started_at) FROM spans) - INTERVAL 24 HOUR"

DASHBOARD = {
    "percentiles by kind": "SELECT kind, count(*), quantile_cont(duration_ms, [0.5, 0.95, 0.99]) FROM spans GROUP BY kind",
    "success rate by day": (
        "SELECT started_at::DATE AS day, count(*), avg((status = 'succeeded')::INT) FROM runs GROUP BY day ORDER BY day"
    ),
    "cost and tokens by model and day": (
        "SELECT day, model, calls, input_tokens, output_tokens, cost_usd FROM cost_daily ORDER BY day, model"
    ),
    "tools: calls, errors, p95": (
        "SELECT tool, count(*), avg((status = 'error')::INT), quantile_cont(duration_ms, 0.95) FROM tool_calls GROUP BY tool"
    ),
    "top errors": (
        "SELECT error_type, tool, count(*), max(started_at) FROM errors GROUP BY ALL ORDER BY count(*) DESC LIMIT 10"
    ),
    "one trace by id": "SELECT * FROM spans WHERE trace_id = '{trace_id}'",
    "errors of the last 24 h": f"SELECT * FROM errors WHERE {LAST_DAY} ORDER BY started_at DESC LIMIT 100",
    "newest runs": "SELECT * FROM runs ORDER BY started_at DESC LIMIT 10",
}
"""The questions of a dashboard, over the public views, as a user would write them."""


def fill(store: TraceStore, total: int, *, first: int = 0, per_run: int = PER_RUN) -> None:
    """Put that many spans into the lake, past the spool."""
    statement = (Path(__file__).parent / "_rows.sql").read_text(encoding="utf-8")
    with store.lake.writing() as lake:
        lake.execute("SET enable_progress_bar = false")
        for start in range(first, first + total, CHUNK):
            lake.execute(
                statement.format(
                    first=start,
                    count=min(CHUNK, first + total - start),
                    total=total,
                    days=DAYS,
                    per_run=per_run,
                    models=[list(pair) for pair in MODELS],
                    model_count=len(MODELS),
                    tools=list(TOOLS),
                    tool_count=len(TOOLS),
                    errors=list(ERRORS),
                )
            )


def rows(store: TraceStore, sql: str) -> list[Any]:
    """The rows of a question."""
    return store.sql(sql).fetchall()


def frame(store: TraceStore, kind: str) -> object:
    """Ten thousand spans as a frame: ``df`` for pandas, ``pl`` for Polars."""
    return getattr(store.sql("FROM spans LIMIT 10_000"), kind)()


def took(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Milliseconds, the median of some rounds after one that does not count."""
    work()
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1_000)
    return statistics.median(times)


@contextmanager
def filled(total: int, *, per_run: int = PER_RUN) -> Iterator[TraceStore]:
    """A store of that many spans, for the block."""
    with tempfile.TemporaryDirectory(prefix="agentlab-bench-") as folder:
        store = TraceStore(Path(folder) / "traces")
        fill(store, total, per_run=per_run)
        yield store
        store.close()


def opening(store: TraceStore) -> float:
    """Milliseconds of a store that is opened and asked one thing, in a process that has done so before."""

    def work() -> None:
        fresh = TraceStore(store.engine)
        fresh.sql("SELECT max(started_at) FROM spans").fetchall()
        fresh.close()

    return took(work)


def dashboard(store: TraceStore) -> dict[str, float]:
    """Milliseconds of each question."""
    [(trace_id,)] = store.sql("SELECT trace_id FROM spans LIMIT 1 OFFSET 1000").fetchall()
    asked = {name: sql.format(trace_id=trace_id) for name, sql in DASHBOARD.items()}
    return {name: took(partial(rows, store, sql)) for name, sql in asked.items()}


def report_dashboard(totals: list[int]) -> None:
    """The eight questions on stores of each size."""
    for total in totals:
        with filled(total) as store:
            size = sum(path.stat().st_size for path in (store.folder / "lake").rglob("*.parquet"))
            print(f"store of {total:,} spans, {size / total:.0f} bytes each; opened in {opening(store):.0f} ms")
            times = dashboard(store)
        for name, milliseconds in times.items():
            print(f"  {name:<34} {milliseconds:8.0f} ms")
        print(f"  {'sum':<34} {sum(times.values()):8.0f} ms")


def report_frames() -> None:
    """The list of runs, data frames, and one long trace."""
    with filled(200_000) as store:
        print(f"list of runs, 200,000 spans      {took(lambda: telemetry.recent_runs(store.sql)):8.0f} ms")
        for kind in ("df", "pl"):
            milliseconds = took(partial(frame, store, kind))
            print(f"10,000 spans as a frame ({kind})     {milliseconds:8.0f} ms")
    with filled(50_000, per_run=50_000) as store:
        [(trace_id,)] = store.sql("SELECT trace_id FROM spans LIMIT 1").fetchall()

        def rows() -> int:
            frame = store.sql(f"FROM spans WHERE trace_id = '{trace_id}'").pl()
            return len(waterfall.rows_of(frame.to_dicts()))

        assert rows() == 50_000
        print(f"50,000 spans as waterfall rows   {took(rows):8.0f} ms")
