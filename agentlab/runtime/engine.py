"""The durable engine: DBOS on SQLite or Postgres, set up the way that makes a step cost about a millisecond."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import sqlalchemy as sa
from dbos import DBOS, DBOSClient, DBOSConfig, DBOSPortableJSONSerializer, run_dbos_database_migrations

from agentlab.errors import OperatorError
from agentlab.types.ids import new_id

NAME = "agentlab"
QUEUE = "runs"
OWN = "own-"
"""How the queues begin that belong to one process."""
VERSION = "runs-2"
"""Version of the workflow's shape. Fixed by hand: a hash of the source would orphan runs at every edit."""
POLL_S = 0.1
"""Seconds between looks into the database for queued runs and for ends of runs."""


def migrate(url: str) -> None:
    """Bring the database to the schema this version needs. Safe to call from several processes at once."""
    quiet()
    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    try:
        run_dbos_database_migrations(url)
    except (Exception, SystemExit) as error:
        raise OperatorError(
            f"The database of runs cannot be prepared: {error}.",
            hint="Check AGENTLAB_RUNS_URL and that the database can be reached and written.",
        ) from error


def quiet() -> None:
    """Keep the engine's own log off the screen; its errors reach the caller as ours."""
    logger = logging.getLogger("dbos")
    logger.setLevel(logging.CRITICAL)
    logger.propagate = False


def own_queue(executor: str) -> str:
    """The queue of one process alone: for runs that its runs begin, and for those that come back where no worker lives."""
    return f"{OWN}{executor}"


def new_executor() -> str:
    """An id for this process as one that runs things."""
    return f"{os.getpid()}-{new_id('x')[-8:]}"


def launch(database: sa.Engine, url: str, executor: str, *, listen: bool, concurrency: int, together: int = 0) -> None:
    """Start the engine in this process as ``executor``, which must be alive for others by then.

    ``listen`` takes queued runs, at most ``concurrency`` of them at the same time, and ``together`` at most in all processes
    together (0 for no such limit); runs of its own queue it always takes.
    """
    own = own_queue(executor)
    config = DBOSConfig(
        name=NAME,
        system_database_url=url,
        system_database_engine=database,
        run_migrations=False,
        application_version=VERSION,
        executor_id=executor,
        serializer=DBOSPortableJSONSerializer(),
        notification_listener_polling_interval_sec=POLL_S,
        console_log_level="CRITICAL",
        use_listen_notify=not url.startswith("sqlite"),
    )
    DBOS(config=config)
    DBOS.listen_queues([QUEUE, own] if listen else [own])
    DBOS.launch()
    DBOS.register_queue(own, polling_interval_sec=POLL_S, on_conflict="always_update")
    if listen:
        DBOS.register_queue(
            QUEUE,
            worker_concurrency=min(concurrency, together) if together else concurrency,
            global_concurrency=together or None,
            polling_interval_sec=POLL_S,
            on_conflict="always_update",
        )
    quiet()


def client(database: sa.Engine, url: str) -> DBOSClient:
    """A door to the database of runs for processes that run nothing themselves."""
    return DBOSClient(
        system_database_url=url,
        system_database_engine=database,
        serializer=DBOSPortableJSONSerializer(),
        application_name=NAME,
    )
