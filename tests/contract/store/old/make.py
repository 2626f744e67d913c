"""Writes a small store as this version writes it, to be opened by all later ones: run it once at each release.

``python tests/contract/store/old/make.py`` makes ``traces-<version>.tar.gz`` beside this file; commit it.
"""

from __future__ import annotations

import sqlite3
import tarfile
import tempfile
from pathlib import Path

from agentlab import __version__, trace
from agentlab.store import TraceStore
from agentlab.types import Event, Note, Scope


def main() -> None:
    """One run with steps, calls, payloads and notes; a crashed one; one taken up again; one that is still in the spool."""
    folder = Path(tempfile.mkdtemp()) / "traces"
    store, other = TraceStore(folder), TraceStore(folder)
    record_a_run(store)
    store.drain()
    for run_id, name, span_id in (("run_02crashed", "cut off", "c" * 16), ("run_03resumed", "resumed", "d" * 16)):
        begun = trace.begin(Scope.of_run(run_id), name, kind="run", span_id=span_id)
        other.record(Event(phase="start", span=begun))
    other.close()
    store.drain()
    with trace.span(store, Scope.of_run("run_03resumed"), "resumed", kind="run", span_id="d" * 16):
        pass
    store.drain()
    with trace.span(store, Scope.of_run("run_04spool"), "in the spool", kind="run", span_id="e" * 16) as span:
        span.payloads["input"] = "not moved yet"
    store.close()
    with sqlite3.connect(folder / "catalog.sqlite") as catalogue:
        catalogue.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    target = Path(__file__).parent / f"traces-{__version__}.tar.gz"
    with tarfile.open(target, "w:gz") as packed:
        packed.add(folder, "traces")
    print(f"{target}: {target.stat().st_size:,} bytes")


def record_a_run(store: TraceStore) -> None:
    """A run with one step, its call, and a model's answer."""
    top = Scope.of_run("run_01old")
    told = {"agentlab.goal": "Summarise a file", "agentlab.status": "succeeded"}
    with trace.span(store, top, "Summarise a file", kind="run", span_id="a" * 16, attributes=told) as run:
        below = top.under(run)
        with (
            trace.span(store, below, "fetch", kind="step", span_id="b" * 16, step="fetch", tool="http.get") as step,
            trace.span(
                store, below.under(step, step="fetch"), "http.get", kind="tool", tool="http.get", attempt=1
            ) as call,
        ):
            call.credits = 1_000_000
            call.payloads = {"input": {"url": "https://example.org"}, "output": "x" * 70_000}
        with trace.span(store, below, "answer", kind="llm", model="offline", provider="agentlab") as asked:
            asked.input_tokens, asked.output_tokens, asked.cost_usd = 12, 3, 0.0
            asked.notes = [Note(note_id="note_event", kind="event", recorded_at=trace.utc_now(), name="half way")]
    score = Note(
        note_id="note_score", kind="score", recorded_at=trace.utc_now(), run_id="run_01old", name="good", value=1.0
    )
    store.note(score)


if __name__ == "__main__":
    main()
