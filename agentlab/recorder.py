"""Where the events of runs go: to the trace store, and to whoever is watching."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate
from typing import TYPE_CHECKING

from agentlab.store import TraceStore
from agentlab.trace import begin
from agentlab.types import Event, Scope, span_id_of

if TYPE_CHECKING:
    from agentlab.runtime.live import LiveLog


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

    def tell_cancelled(self, run_id: str, goal: str, model: str) -> None:
        """Record the end of a run that was cancelled while no process worked on it."""
        attributes = {"agentlab.goal": goal}
        span = begin(
            Scope.of_run(run_id), goal, kind="run", span_id=span_id_of(run_id), model=model, attributes=attributes
        )
        self.record(Event(phase="start", span=span))
        span.status, span.duration_ms = "cancelled", 0.0
        self.record(Event(phase="end", span=span))
