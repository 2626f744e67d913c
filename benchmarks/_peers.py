"""MLflow and Phoenix at the same work, run by the Python of an environment of their own: ``_peers.py mlflow 3600``.

Prints JSON: microseconds that a span costs its caller, seconds until all spans are in the store, its bytes, and how long a
data frame of all spans takes. Both keep their traces in SQLite here, as they do by default.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import Any

from _workload import Work, percentile, works

DEADLINE_S = 240


def main() -> None:
    """Measure the peer that is named."""
    peer, count = sys.argv[1], int(sys.argv[2])
    with tempfile.TemporaryDirectory(prefix="agentlab-peer-") as folder:
        told = {"mlflow": mlflow, "phoenix": phoenix}[peer](Path(folder), works(count))
        size = sum(path.stat().st_size for path in Path(folder).rglob("*.db*"))
    print(json.dumps(told | {"spans": count, "bytes": size}))


def mlflow(folder: Path, spans: list[Work]) -> dict[str, Any]:
    """MLflow's own tracing API, its asynchronous export as it comes, tracking store in SQLite."""
    import mlflow as sdk

    sdk.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
    experiment = sdk.set_experiment("bench").experiment_id

    def record(parent: Any, work: Work) -> None:
        with sdk.start_span(work.name, span_type=work.kind.upper(), attributes=work.flat()) as span:
            span.set_outputs({"text": "ok"})

    began = time.perf_counter()
    times = _in_runs(spans, lambda: sdk.start_span("run", span_type="AGENT"), record)
    called = time.perf_counter() - began
    sdk.flush_trace_async_logging()
    runs = len({work.run for work in spans})
    while len(_found(sdk, experiment, runs)) < runs and time.perf_counter() - began < DEADLINE_S:
        time.sleep(0.2)
    stored = time.perf_counter() - began
    began = time.perf_counter()
    rows = sum(len(trace.data.spans) for trace in _found(sdk, experiment, runs))
    framed = time.perf_counter() - began
    return {"times_us": times, "called_s": called, "stored_s": stored, "rows": rows, "frame_s": framed}


def _found(sdk: Any, experiment: str, runs: int) -> list[Any]:
    found: list[Any] = sdk.search_traces(locations=[experiment], max_results=runs, return_type="list")
    return found


def phoenix(folder: Path, spans: list[Work]) -> dict[str, Any]:
    """OpenTelemetry's SDK with its batch processor over OTLP/HTTP to a Phoenix server, which keeps its traces in SQLite."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    port = "16006"
    env = os.environ | {
        "PHOENIX_WORKING_DIR": str(folder),
        "PHOENIX_PORT": port,
        "PHOENIX_GRPC_PORT": "14317",
        "PHOENIX_HOST": "127.0.0.1",
        "PHOENIX_TELEMETRY_ENABLED": "false",
    }
    server = subprocess.Popen(
        [sys.executable, "-m", "phoenix.server.main", "serve"],
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    base = f"http://127.0.0.1:{port}"
    try:
        _await(lambda: urllib.request.urlopen(f"{base}/healthz", timeout=5).status == 200)
        provider = TracerProvider()
        queue = len(spans) * 2  # its own default of 2,048 would drop what this benchmark records in one go
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(f"{base}/v1/traces"), max_queue_size=queue))
        tracer = provider.get_tracer("bench")

        def record(parent: Any, work: Work) -> None:
            with tracer.start_as_current_span(work.name, attributes=work.flat()):
                pass

        began = time.perf_counter()
        times = _in_runs(spans, lambda: tracer.start_as_current_span("run"), record)
        called = time.perf_counter() - began
        provider.force_flush(DEADLINE_S * 1_000)
        wanted = len(spans) + len({work.run for work in spans})
        _await(lambda: _rows(folder) >= wanted, every_s=0.2)
        stored = time.perf_counter() - began
        began = time.perf_counter()
        rows = _frame(base, wanted)
        return {
            "times_us": times,
            "called_s": called,
            "stored_s": stored,
            "rows": rows,
            "frame_s": time.perf_counter() - began,
        }
    finally:
        server.terminate()
        server.wait(30)


def _rows(folder: Path) -> int:
    import sqlite3

    with sqlite3.connect(folder / "phoenix.db") as connection:
        return int(connection.execute("SELECT count(*) FROM spans").fetchone()[0])


def _frame(base: str, limit: int) -> int:
    from phoenix.client import Client

    return len(Client(base_url=base).spans.get_spans_dataframe(project_name="default", limit=limit, timeout=DEADLINE_S))


def _in_runs(spans: list[Work], run: Callable[[], Any], record: Callable[[Any, Work], None]) -> dict[str, float]:
    """Record all spans, each below the span of its run. Returns what one cost the caller."""
    times = []
    for _, members in groupby(spans, key=lambda work: work.run):
        with run() as parent:
            for work in members:
                began = time.perf_counter_ns()
                record(parent, work)
                times.append((time.perf_counter_ns() - began) / 1_000)
    return {"p50": percentile(times, 0.5), "p99": percentile(times, 0.99)}


def _await(ready: Callable[[], bool], *, every_s: float = 0.5) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while True:
        try:
            if ready():
                return
        except OSError:
            pass
        if time.monotonic() > deadline:
            raise TimeoutError("it does not answer")
        time.sleep(every_s)


if __name__ == "__main__":
    main()
