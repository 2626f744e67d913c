"""Drains in the background, for as long as a worker or the app lives."""

from __future__ import annotations

import logging
import threading

from agentlab.errors import StoreUnusable
from agentlab.store.traces import TraceStore

logger = logging.getLogger(__name__)


class Drainer:
    """Calls ``store.drain()`` every ``every_s`` seconds in a thread that never holds the process up."""

    def __init__(self, store: TraceStore, *, every_s: float = 1.0) -> None:
        self._store = store
        self._every_s = every_s
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

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

    def _work(self) -> None:
        while not self._stopping.wait(self._every_s):
            self._drain()
        self._drain()

    def _drain(self) -> None:
        try:
            self._store.drain()
        except StoreUnusable as error:
            logger.warning("%s", error)
