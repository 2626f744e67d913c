"""What a span costs its caller, and how fast spans get into the lake."""

from __future__ import annotations

import multiprocessing
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from _workload import Work, percentile, works
from opentelemetry.sdk.trace import TracerProvider

from agentlab.recorder import LabRecorder
from agentlab.store import TraceStore
from agentlab.store.drainer import LOOK_S, MUCH_BYTES
from agentlab.store.otel import OpenSpan, SpoolProcessor, provider
from agentlab.trace import utc_now
from agentlab.types import Event, Span, span_id_of, trace_id_of

SPANS = 20_000
"""Spans that each process records."""
ROUNDS = 3
INGESTED = 200_000
"""Spans that are moved into the lake, by all writers together."""

Call = Callable[[Any], object]


def span_of(work: Work, number: int, process: int = 0) -> Span:
    """The row of one span."""
    run_id = f"run_{process:03d}_{work.run:09d}"
    return Span(
        trace_id=trace_id_of(run_id),
        span_id=span_id_of(run_id, number),
        parent_span_id=span_id_of(run_id),
        run_id=run_id,
        name=work.name,
        kind=work.kind,
        started_at=utc_now(),
        duration_ms=12.5,
        status="error" if "error_type" in work.columns else "ok",
        attributes=work.attributes,
        **work.columns,
    )


def direct(folder: Path) -> tuple[Call, list[Any]]:
    """`store.record`: the span is made before the clock starts, as for every peer."""
    store = TraceStore(folder)
    return store.record, [Event(phase="end", span=span_of(work, number)) for number, work in enumerate(works(SPANS))]


def through_lab(folder: Path) -> tuple[Call, list[Any]]:
    """`lab.span`: its block entered, filled in and left."""
    record = LabRecorder(TraceStore(folder), lambda: None).record
    processor = SpoolProcessor(record)
    tracer = provider(processor).get_tracer("bench")

    def call(work: Work) -> None:
        with OpenSpan(tracer, processor, record, work.name, "other", {**work.columns, **work.attributes}):
            pass

    return call, works(SPANS)


def through_otel(folder: Path) -> tuple[Call, list[Any]]:
    """A span of OpenTelemetry's SDK, as an instrumented library makes it."""
    processor = SpoolProcessor(LabRecorder(TraceStore(folder), lambda: None).record)
    return _sdk(provider(processor))


def bare(_folder: Path) -> tuple[Call, list[Any]]:
    """The same span of OpenTelemetry's SDK, kept nowhere."""
    return _sdk(TracerProvider())


def _sdk(tracer_provider: TracerProvider) -> tuple[Call, list[Any]]:
    tracer = tracer_provider.get_tracer("bench")

    def call(work: Work) -> None:
        with tracer.start_as_current_span(work.name, attributes=work.flat()):
            pass

    return call, works(SPANS)


WAYS = {
    "store.record": direct,
    "lab.span": through_lab,
    "OpenTelemetry, kept": through_otel,
    "OpenTelemetry, bare": bare,
}


def _measure(way: str, folder: Path, together: Any, found: Any) -> None:
    call, given = WAYS[way](folder)
    for each in given[:200]:
        call(each)
    together.wait()
    times = []
    for each in given:
        began = time.perf_counter_ns()
        call(each)
        times.append((time.perf_counter_ns() - began) / 1_000)
    found.put((percentile(times, 0.5), percentile(times, 0.99)))


def caller(way: str, processes: int) -> tuple[float, float]:
    """Microseconds of one span, p50 and p99, each the median over the processes."""
    context = multiprocessing.get_context("fork")
    with tempfile.TemporaryDirectory(prefix="agentlab-bench-") as folder:
        together, found = context.Barrier(processes), context.Queue()
        workers = [
            context.Process(target=_measure, args=(way, Path(folder) / "traces", together, found))
            for _ in range(processes)
        ]
        for worker in workers:
            worker.start()
        results = [found.get(timeout=300) for _ in workers]
        for worker in workers:
            worker.join()
    return percentile([p50 for p50, _ in results], 0.5), percentile([p99 for _, p99 in results], 0.5)


def report_caller() -> dict[str, tuple[float, float]]:
    """A table over ways and numbers of processes. Returns the figures of one process."""
    alone = {}
    for way in WAYS:
        row = []
        for processes in (1, 2, 4, 8):
            rounds = [caller(way, processes) for _ in range(ROUNDS)]
            p50, p99 = (percentile([each[place] for each in rounds], 0.5) for place in (0, 1))
            row.append(f"{processes}: {p50:6.1f} / {p99:6.0f} us")
            if processes == 1:
                alone[way] = (p50, p99)
        print(f"  {way:<20} p50 / p99 by processes   {'   '.join(row)}")
    ratio = alone["lab.span"][0] / alone["OpenTelemetry, bare"][0]
    print(f"  lab.span costs {ratio:.1f} x a span of OpenTelemetry's SDK that is kept nowhere")
    return alone


def _write(folder: Path, process: int, share: int, together: Any) -> None:
    store = TraceStore(folder)
    events = [Event(phase="end", span=span_of(work, number, process)) for number, work in enumerate(works(share))]
    together.wait()
    for event in events:
        store.record(event)


def ingest(writers: int, total: int) -> tuple[float, float, float]:
    """Spans per second until all are in the spool, and in the lake, and bytes per span then. One process drains meanwhile,
    as a worker does: whenever much is waiting."""
    context = multiprocessing.get_context("fork")
    with tempfile.TemporaryDirectory(prefix="agentlab-bench-") as name:
        folder = Path(name) / "traces"
        together = context.Barrier(writers + 1)
        share = total // writers
        workers = [context.Process(target=_write, args=(folder, it, share, together)) for it in range(writers)]
        for worker in workers:
            worker.start()
        store = TraceStore(folder)
        store.record(Event(phase="end", span=span_of(works(1)[0], 0, 999)))
        store.drain()
        together.wait()
        began, moved, spooled, seen = time.perf_counter(), 0, 0.0, 0
        while moved < share * writers:
            if not spooled and not any(worker.is_alive() for worker in workers):
                spooled = time.perf_counter() - began
            if spooled or store.waiting_bytes() - seen > MUCH_BYTES:
                moved += store.drain()
                seen = store.waiting_bytes()
            else:
                time.sleep(LOOK_S / 10)
        moved_after = time.perf_counter() - began
        for worker in workers:
            worker.join()
        store.close()
        size = sum(path.stat().st_size for path in (folder / "lake").rglob("*.parquet"))
        size += (folder / "catalog.sqlite").stat().st_size
    return share * writers / (spooled or moved_after), share * writers / moved_after, size / moved


def report_ingest() -> tuple[float, float]:
    """Spans per second and bytes per span, the medians of some rounds each."""
    best = (0.0, 0.0)
    for writers in (1, 2, 4):
        rounds = [ingest(writers, INGESTED) for _ in range(ROUNDS)]
        spooled, rate, size = (percentile([each[place] for each in rounds], 0.5) for place in (0, 1, 2))
        told = f"{spooled:9,.0f} spans/s recorded, {rate:9,.0f} in the lake, {size:.0f} bytes each there"
        print(f"  {writers} writers: {told}")
        best = max(best, (rate, size))
    return best
