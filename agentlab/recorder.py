"""Where the events of runs go: to the trace store, and to whoever is watching."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from itertools import accumulate
from typing import TYPE_CHECKING

from agentlab.store import TraceStore
from agentlab.trace import begin
from agentlab.types import JSON, Delta, Event, Scope, span_id_of

if TYPE_CHECKING:
    from agentlab.runtime.live import LiveLog


SAY_S = 0.05
"""Seconds between two pieces of an answer that viewers are shown."""
HELD_BACK = 80
"""Characters at the end of what is written so far that are not shown yet: a secret may be only begun."""


class Speech:
    """An answer while it is written, for viewers: ``{"phase": "text", "text": …}``, kept nowhere else.

    Secrets are taken out of all that was written so far, so that none is shown because it came in pieces.
    """

    def __init__(self, run_id: str, live: LiveLog, clean: Callable[[str], str]) -> None:
        self._run_id = run_id
        self._live = live
        self._clean = clean
        self._written = ""
        self._shown = ""
        self._at = 0.0

    def hear(self, delta: Delta) -> None:
        """Take one piece; what was shown is taken back where the answer begins anew."""
        if delta.restart:
            self._written = self._shown = ""
            self._say({"phase": "text", "text": "", "restart": True})
        self._written += delta.text
        now = time.monotonic()
        if now - self._at < SAY_S:
            return
        self._at = now
        clean = self._clean(self._written)[:-HELD_BACK]
        if len(clean) > len(self._shown) and clean.startswith(self._shown):
            self._say({"phase": "text", "text": clean[len(self._shown) :]})
            self._shown = clean

    def _say(self, event: JSON) -> None:
        self._live.record(self._run_id, json.dumps(event | {"run_id": self._run_id}, ensure_ascii=False).encode())


class LabRecorder:
    """Implements the ``Recorder`` port. Viewers get the very line that was stored: what is secret is out of it.

    ``live`` is where viewers look; None in a process that has not opened the durable runs, which has none to show.
    """

    def __init__(self, store: TraceStore, live: Callable[[], LiveLog | None]) -> None:
        self._store = store
        self._live = live

    def record(self, event: Event) -> None:
        """Keep ``event`` and show it; on return it survives the death of this process."""
        line = self._store.record(event)
        run_id = event.span.run_id
        if run_id is not None and run_id != event.span.trace_id and (live := self._live()):
            for watched in accumulate(
                run_id.split("."), "{}.{}".format
            ):  # whoever watches a run sees those it has begun
                live.record(watched, line)

    def hear(self, run_id: str) -> Callable[[Delta], None] | None:
        """Who shows the answer of a run while it is written; None in a process that has nobody to show it to."""
        live = self._live()
        return Speech(run_id, live, self._store.redaction.text).hear if live else None

    def tell_cancelled(self, run_id: str, goal: str, model: str) -> None:
        """Record the end of a run that was cancelled while no process worked on it."""
        attributes = {"agentlab.goal": goal}
        span = begin(
            Scope.of_run(run_id), goal, kind="run", span_id=span_id_of(run_id), model=model, attributes=attributes
        )
        self.record(Event(phase="start", span=span))
        span.status, span.duration_ms = "cancelled", 0.0
        self.record(Event(phase="end", span=span))
