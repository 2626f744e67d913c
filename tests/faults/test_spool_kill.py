"""kill -9 of writers and drains at any moment: what was acknowledged is in the store, once."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from agentlab.store import TraceStore

KILLS = 12

WRITER = """
import os, sys, time
from pathlib import Path
from agentlab import trace
from agentlab.store import Spool
from agentlab.types import Event, Scope

folder, name = Path(sys.argv[1]), sys.argv[2]
spool = Spool(folder / "spool", roll_bytes=40_000)
scope = Scope.of_run(name)
acknowledged = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
spool.record(Event(phase="start", span=trace.begin(scope, "open", kind="agent")))
number = 0
while True:
    span = trace.begin(scope, str(number), kind="tool", attributes={"text": "x" * 300})
    span.status = "ok"
    spool.record(Event(phase="end", span=span))
    os.write(acknowledged, b".")
    number += 1
    if number % 10 == 0:
        time.sleep(0.005)
"""

DRAIN = """
import sys
from pathlib import Path
from agentlab.store import TraceStore
store = TraceStore(Path(sys.argv[1]))
while True:
    store.drain()
"""


class Processes:
    """Writers and drains, killed and replaced."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: list[tuple[str, subprocess.Popen[bytes]]] = []
        self.writers: list[str] = []

    def start(self, kind: str) -> None:
        """One more of its kind."""
        arguments = [str(self._folder)]
        if kind == "writer":
            self.writers.append(f"writer-{len(self.writers)}")
            arguments.append(self.writers[-1])
        program = WRITER if kind == "writer" else DRAIN
        self._running.append((kind, subprocess.Popen([sys.executable, "-c", program, *arguments])))

    def kill_one(self) -> str:
        """Kill any one of them. Returns its kind."""
        kind, process = self._running.pop(random.randrange(len(self._running)))
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        return kind

    def kill_all(self) -> None:
        """Kill what is left."""
        while self._running:
            self.kill_one()


def test_what_was_acknowledged_is_there_once(tmp_path) -> None:
    store = TraceStore(tmp_path)
    processes, seen = Processes(tmp_path), [0]
    try:
        for kind in ("writer", "writer", "drain", "drain"):
            processes.start(kind)
        for _ in range(KILLS):
            time.sleep(random.uniform(0.1, 0.6))
            seen.append(distinct(store))
            processes.start(processes.kill_one())
    finally:
        processes.kill_all()
    store.drain()

    acknowledged = {name: path.stat().st_size for name in processes.writers if (path := tmp_path / name).exists()}
    rows = (
        "SELECT run_id, count(*), count(DISTINCT name), max(name::BIGINT) + 1 FROM spans WHERE kind = 'tool' GROUP BY 1"
    )
    stored = {run_id: counts for run_id, *counts in store.query(rows).rows}
    lost = {name: count for name, count in acknowledged.items() if count and stored[name][0] < count}
    doubled = {name: counts for name, counts in stored.items() if len(set(counts)) > 1}
    cut_off = store.query("SELECT run_id, status FROM spans WHERE kind = 'agent'").rows

    assert sum(acknowledged.values()) > 1_000
    assert (lost, doubled) == ({}, {})
    assert seen == sorted(seen)
    assert {name for name, count in acknowledged.items() if count} <= dict(cut_off).keys()
    assert set(cut_off) == {(name, "crashed") for name, _ in cut_off}
    assert len(set(cut_off)) == len(cut_off)
    assert store.health().segments == 0


def distinct(store: TraceStore) -> int:
    """Spans seen in the middle of it all, none of them twice."""
    [(rows, distinct)] = store.query(
        "SELECT count(*), count(DISTINCT (run_id, name)) FROM spans WHERE kind = 'tool'"
    ).rows
    assert rows == distinct
    return int(rows)
