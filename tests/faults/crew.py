"""Writers and drains that are killed.

They are forked from one process that has imported everything already, so that starting one takes a few milliseconds. What
a writer knows to be recorded it notes in a page of memory shared with the test, which outlives it.
"""

from __future__ import annotations

import json
import mmap
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from agentlab import trace
from agentlab.errors import StoreUnusable
from agentlab.store import S3, Engine, TraceStore, compaction
from agentlab.trace import utc_now
from agentlab.types import Event, Note, Scope, span_id_of

SPANS_PER_RUN = 30
WRITERS_AT_MOST = 1_000
ROLL_BYTES = 60_000
"""Size of a segment here: small, so that all of its life passes often."""
SMALL_FILES = 6
"""Files that are merged here, for the same reason."""


class Acknowledged:
    """What each writer knows to be recorded: eight counters for each, in a file that is mapped into memory."""

    def __init__(self, path: Path) -> None:
        with path.open("a+b") as file:
            file.truncate(WRITERS_AT_MOST * 64)
            self._words = memoryview(mmap.mmap(file.fileno(), WRITERS_AT_MOST * 64)).cast("Q")

    def __getitem__(self, place: tuple[int, str]) -> int:
        return self._words[self._at(place)]

    def __setitem__(self, place: tuple[int, str], value: int) -> None:
        self._words[self._at(place)] = value

    def _at(self, place: tuple[int, str]) -> int:
        names = ("spans", "runs_begun", "runs_ended", "resumed_begun", "resumed_ended")
        return place[0] * 8 + names.index(place[1])


class Crew:
    """The test's side: starts and kills them."""

    def __init__(self, engine: Engine) -> None:
        told = asdict(engine) | {"folder": str(engine.folder)}
        command = [sys.executable, __file__, json.dumps(told)]
        self._server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def start(self, kind: str, *, slot: int = 0, after: int | None = None, failpoint: str = "") -> int:
        """One more of its kind. Returns its process id."""
        return int(self._ask(do="start", kind=kind, slot=slot, after=after, failpoint=failpoint))

    def kill(self, pid: int) -> None:
        """kill -9; returns when it is dead."""
        assert self._ask(do="kill", pid=pid) in (signal.SIGKILL, None)

    def dead(self) -> list[int]:
        """Those that died by a failpoint since the last call."""
        died: dict[str, int] = self._ask(do="dead")
        assert set(died.values()) <= {signal.SIGKILL}, f"ended without being killed: {died}"
        return [int(pid) for pid in died]

    def close(self) -> None:
        """End the server; the others must be dead already."""
        self._server.communicate()

    def _ask(self, **question: Any) -> Any:
        assert self._server.stdin
        assert self._server.stdout
        self._server.stdin.write(json.dumps(question) + "\n")
        self._server.stdin.flush()
        return json.loads(self._server.stdout.readline())


def serve(engine: Engine) -> None:
    """The other side: forks whatever is asked for."""
    engine.connect().close()
    compaction.SMALL_FILES = SMALL_FILES
    children: set[int] = set()
    for text in sys.stdin:
        question = json.loads(text)
        answer: Any = None
        if question["do"] == "start":
            answer = os.fork()
            if not answer:
                _work(engine, question)
            children.add(answer)
        elif question["do"] == "kill" and question["pid"] in children:
            os.kill(question["pid"], signal.SIGKILL)
            answer = os.waitstatus_to_exitcode(os.waitpid(question["pid"], 0)[1]) * -1
            children.discard(question["pid"])
        elif question["do"] == "dead":
            ended = {pid: os.waitpid(pid, os.WNOHANG) for pid in children}
            answer = {pid: -os.waitstatus_to_exitcode(status) for pid, (found, status) in ended.items() if found}
            children -= answer.keys()
        print(json.dumps(answer), flush=True)


def _work(engine: Engine, question: dict[str, Any]) -> None:
    """What a child does until it is killed; it never returns."""
    os.close(0)
    os.dup2(2, 1)
    if question["failpoint"]:
        os.environ["AGENTLAB_FAILPOINTS"] = question["failpoint"]
    try:
        if question["kind"] == "writer":
            write(engine, question["slot"], question["after"])
        else:
            drain(engine)
    finally:
        os._exit(1)


def write(engine: Engine, slot: int, after: int | None) -> None:
    """Take up the run that another one was killed in, then record runs of one's own, without an end."""
    store = TraceStore(engine)
    for spool in (store.writer._spool, store.writer._payloads):
        spool._full = ROLL_BYTES
    sure = Acknowledged(engine.folder.parent / "acknowledged")
    if after is not None and (begun := sure[after, "runs_begun"]):
        begin, end = _beginning_and_end(run_of(after, begun - 1))
        for event in begin:
            store.record(event)
        sure[slot, "resumed_begun"] = 1
        for event in end:
            store.record(event)
        sure[slot, "resumed_ended"] = 1
    for number in range(1_000_000):
        begin, end = _beginning_and_end(run_of(slot, number))
        for event in begin:
            store.record(event)
        sure[slot, "runs_begun"] = number + 1
        for span in range(number * SPANS_PER_RUN, (number + 1) * SPANS_PER_RUN):
            store.record(_call(run_of(slot, number), slot, span))
            sure[slot, "spans"] = span + 1
            if span % 5 == 0:
                time.sleep(0.01)
        for event in end:
            store.record(event)
        sure[slot, "runs_ended"] = number + 1


def drain(engine: Engine) -> None:
    """Drain, without an end. What must never happen is written where the test looks for it."""
    store = TraceStore(engine)
    while True:
        try:
            store.drain()
        except StoreUnusable as error:
            with (engine.folder.parent / "errors").open("a") as file:
                file.write(f"{error}\n")
        time.sleep(random.uniform(0, 0.03))


def run_of(slot: int, number: int) -> str:
    """The id of a writer's run."""
    return f"run_{slot:04d}_{number:06d}"


def _beginning_and_end(run_id: str) -> tuple[Iterator[Event], Iterator[Event]]:
    """The events of a run and its one step, as any process tells them that works on it."""
    scope = Scope.of_run(run_id)
    run = trace.begin(scope, run_id, kind="run", span_id=span_id_of(run_id))
    step = trace.begin(scope.under(run), "s1", kind="step", span_id=span_id_of(run_id, "s1"), step="s1")

    def end() -> Iterator[Event]:
        for span in (step, run):
            span.status, span.duration_ms = "ok", 1.0
            yield Event(phase="end", span=span)

    return (Event(phase="start", span=span) for span in (run, step)), end()


def _call(run_id: str, slot: int, number: int) -> Event:
    """A call with a payload and a note; its id tells who recorded it as which one."""
    span = trace.begin(Scope.of_run(run_id), str(number), kind="tool", span_id=f"{slot:04x}{number:012x}")
    span.status, span.duration_ms = "ok", 1.0
    span.attributes = {"text": "x" * 300}
    span.payloads = {"output": {"number": number, "text": "y" * 500}}
    span.notes = [Note(note_id=f"{span.span_id}-note", kind="event", recorded_at=utc_now(), name="retry")]
    return Event(phase="end", span=span)


if __name__ == "__main__":
    _told = json.loads(sys.argv[1])
    serve(Engine(**_told | {"folder": Path(_told["folder"]), "s3": S3(**_told["s3"])}))
