"""Drains in the background, for as long as a worker or the app lives."""

from __future__ import annotations

import logging
import threading
import time

from agentlab.errors import StoreUnusable
from agentlab.store.traces import TraceStore

MUCH_BYTES = 8_000_000
"""Bytes in the spool that make a drain due at once: readers would feel them."""
LITTLE_BYTES = 64_000
"""Bytes below which a drain waits for more: every drain makes a Parquet file, and readers see the spool anyway ..."""
PATIENCE = 10
"""... but not longer than so many times the usual wait."""
LOOK_S = 0.25
"""Seconds between two looks at the spool, at most."""

logger = logging.getLogger(__name__)


class Drainer:
    """Calls ``store.drain()`` in a thread that never holds the process up.

    Every ``every_s`` seconds; sooner when much has come in, later when little has.
    """

    def __init__(self, store: TraceStore, *, every_s: float = 1.0) -> None:
        self._store = store
        self._every_s = every_s
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._seen, self._since = 0, 0.0

    def start(self) -> None:
        """Begin; a second call changes nothing."""
        if self._thread is None:
            self._stopping.clear()
            self._thread = threading.Thread(target=self._work, name="agentlab-drainer", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End after one last drain; returns when that is done."""
        if self._thread is not None:
            self._stopping.set()
            self._thread.join()
            self._thread = None

    def due(self, grown: int, waited_s: float) -> bool:
        """Whether to drain now, ``grown`` bytes and ``waited_s`` seconds after the last drain."""
        if grown >= MUCH_BYTES:
            return True
        return waited_s >= self._every_s * (PATIENCE if grown < LITTLE_BYTES else 1)

    def _work(self) -> None:
        self._since = time.monotonic()
        while not self._stopping.wait(min(self._every_s, LOOK_S)):
            waiting = self._store.waiting_bytes()
            if self.due(max(waiting - self._seen, 0), time.monotonic() - self._since):
                self._drain()
        self._drain()

    def _drain(self) -> None:
        try:
            self._store.drain()
        except StoreUnusable as error:
            logger.warning("%s", error)
        self._seen, self._since = self._store.waiting_bytes(), time.monotonic()
