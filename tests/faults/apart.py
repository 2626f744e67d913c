"""A store in a process of its own, which does what it is told: ``Apart(folder).ask("record(0, 10)")``."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from agentlab import trace
from agentlab.store import TraceStore
from agentlab.types import Event, Scope


class Apart:
    """The test's side."""

    def __init__(self, folder: Path, *, temporary: Path | None = None, **options: Any) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, str(folder), json.dumps(options)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | ({"TMPDIR": str(temporary)} if temporary else {}),
        )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def ask(self, expression: str) -> Any:
        """What an expression over ``store`` and ``record`` comes to there, as JSON."""
        self.tell(expression)
        return self.answer()

    def tell(self, expression: str) -> None:
        """The first half of ``ask``."""
        assert self._process.stdin
        self._process.stdin.write(expression + "\n")
        self._process.stdin.flush()

    def answer(self) -> Any:
        """The second half of ``ask``."""
        assert self._process.stdout
        text = self._process.stdout.readline()
        assert text, "it died"
        answer = json.loads(text)
        assert "raised" not in answer, answer["raised"]
        return answer["came_to"]

    def kill(self) -> None:
        """kill -9."""
        os.kill(self.pid, signal.SIGKILL)
        self._process.wait()

    def close(self) -> None:
        """End it in peace, if it lives."""
        self._process.communicate()


def span(name: str, phase: str = "end", *, text: str = "x" * 200, **columns: Any) -> Event:
    """An event of a span of its own by that name."""
    it = trace.begin(Scope.of_run("run_1"), name, kind=columns.pop("kind", "tool"), **columns)
    it.attributes = {"text": text}
    if phase == "end":
        it.status, it.duration_ms = "ok", 1.0
    return Event(phase="end" if phase == "end" else "start", span=it)


def names(store: TraceStore) -> list[str]:
    """The calls in the store, in the order of their numbers."""
    rows = store.query("SELECT name FROM spans WHERE kind = 'tool' ORDER BY try_cast(name AS INTEGER), name").rows
    return [name for (name,) in rows]


def _serve() -> None:
    store = TraceStore(Path(sys.argv[1]), **json.loads(sys.argv[2]))

    def record(first: int, last: int, **options: Any) -> int:
        for number in range(first, last):
            store.record(span(f"{number}", **options))
        return store.writer._spool.health().waiting

    known = {"store": store, "record": record, "span": span, "os": os, "names": names}
    for line in sys.stdin:
        try:
            answer = {"came_to": eval(line, known)}
        except Exception as error:  # noqa: BLE001 - the test is to see any
            answer = {"raised": repr(error)}
        print(json.dumps(answer, default=str), flush=True)


if __name__ == "__main__":
    _serve()
