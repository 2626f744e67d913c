"""Runs whose process died go back into the queue, where any worker takes them up; finished steps are not repeated."""

from __future__ import annotations

import logging
import threading

from dbos import DBOSClient

from agentlab.runtime.engine import QUEUE
from agentlab.runtime.liveness import Liveness

EVERY_S = 1.0
"""Seconds between two looks."""
_log = logging.getLogger(__name__)


def resume_orphans(client: DBOSClient, liveness: Liveness) -> list[str]:
    """Put every run of a dead process back into the queue; returns their ids.

    Only processes proven dead lose their runs: taking one from the living would run its step twice.
    """
    pending = client.list_workflows(status="PENDING", load_input=False, load_output=False)
    owners = {run.executor_id for run in pending if run.executor_id}
    dead = {owner for owner in owners if not liveness.is_alive(owner)}
    orphans = [run.workflow_id for run in pending if run.executor_id in dead]
    if orphans:
        client.resume_workflows(orphans, queue_name=QUEUE)
        _log.info("Resumed %d runs of dead processes: %s", len(orphans), ", ".join(orphans))
    for owner in liveness.dead():
        liveness.forget(owner)
    return orphans


class Janitor:
    """Looks for orphans once a second, in a thread of its own."""

    def __init__(self, client: DBOSClient, liveness: Liveness) -> None:
        self._client = client
        self._liveness = liveness
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="agentlab-janitor", daemon=True)

    def start(self) -> None:
        """Begin looking."""
        self._thread.start()

    def stop(self) -> None:
        """Stop looking."""
        self._stop.set()

    def _work(self) -> None:
        while not self._stop.wait(EVERY_S):
            try:
                resume_orphans(self._client, self._liveness)
            except Exception as error:  # noqa: BLE001 - the janitor outlives a database that is away for a while
                _log.warning("The janitor could not look for orphaned runs: %s", error)
