"""Where the events of runs go: to the trace store, and to whoever is watching."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from agentlab.store import TraceStore
from agentlab.types import Event

if TYPE_CHECKING:
    from agentlab.runtime.live import LiveLog


class LabRecorder:
    """Implements the ``Recorder`` port. Viewers get the very line that was stored: what is secret is out of it."""

    def __init__(self, store: TraceStore, live: Callable[[], LiveLog]) -> None:
        self._store = store
        self._live = live

    def record(self, event: Event) -> None:
        """Keep ``event`` and show it; on return it survives the death of this process."""
        line = self._store.record(event)
        if event.span.run_id is not None:
            self._live().record(event.span.run_id, line)
