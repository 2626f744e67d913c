"""Where the events of runs go: to the trace store, and to whoever is watching."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from agentlab.store import TraceStore
from agentlab.types import Event

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
            live.record(run_id, line)
