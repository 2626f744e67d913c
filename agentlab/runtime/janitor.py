"""Runs whose process died go back into the queue, where any worker takes them up; finished steps are not repeated."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable
from typing import Protocol

from dbos import DBOSClient

from agentlab.runtime.engine import OWN, QUEUE
from agentlab.runtime.liveness import Liveness

EVERY_S = 1.0
"""Seconds between two looks."""
_log = logging.getLogger(__name__)


class Rests(Protocol):
    """What the janitor needs from the runs."""

    def finish_parking(self) -> None: ...

    def keep_stopped(self, run_ids: Iterable[str]) -> None: ...


def resume_orphans(client: DBOSClient, liveness: Liveness, here: str = "") -> list[str]:
    """Put every run of a dead process back into the queue; returns their ids.

    Only processes proven dead lose their runs: taking one from the living would run its step twice. A run that another
    one waits for goes to the queue ``here``, which has room for any number: in the common one it might wait behind it.
    """
    pending = client.list_workflows(status="PENDING", load_input=False, load_output=False)
    waiting = client.list_workflows(status="ENQUEUED", load_input=False, load_output=False)
    owned = {run.workflow_id: run.executor_id for run in pending if run.executor_id}
    owned |= {
        run.workflow_id: run.queue_name.removeprefix(OWN)
        for run in waiting
        if run.queue_name and run.queue_name.startswith(OWN)
    }
    dead = {owner for owner in set(owned.values()) if not liveness.is_alive(owner)}
    orphans = [run_id for run_id, owner in owned.items() if owner in dead]
    for queue, chosen in (
        (QUEUE, [one for one in orphans if "." not in one]),
        (here, [one for one in orphans if "." in one]),
    ):
        if chosen:
            client.resume_workflows(chosen, queue_name=queue or QUEUE)
    if orphans:
        _log.info("Resumed %d runs of dead processes: %s", len(orphans), ", ".join(orphans))
    for owner in liveness.dead():
        client.delete_queue(f"{OWN}{owner}")
        liveness.forget(owner)
    return orphans


class Janitor:
    """Looks for orphans once a second, in a thread of its own."""

    def __init__(self, client: DBOSClient, liveness: Liveness, rests: Rests, here: str) -> None:
        self._client = client
        self._liveness = liveness
        self._rests = rests
        self._here = here
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
                resumed = resume_orphans(self._client, self._liveness, self._here)
                self._rests.keep_stopped(resumed)
                self._rests.finish_parking()
            except Exception as error:  # noqa: BLE001 - the janitor outlives a database that is away for a while
                _log.warning("The janitor could not look for orphaned runs: %s", error)
