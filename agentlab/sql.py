"""The databases of a lab: opened the way that lets many processes share them, SQLite and Postgres alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite

_PRAGMAS = ("busy_timeout=30000", "foreign_keys=ON", "journal_mode=WAL", "synchronous=NORMAL")
_LOCK = 7_305_121_990_417
"""Held while tables are made, so that two processes do not make them at the same moment."""


def open_database(url: str, *, reads_only: bool = False) -> sa.Engine:
    """An engine for ``url``. On SQLite every transaction takes the write lock at its start (BEGIN IMMEDIATE).

    Without that, several processes that read first and write later overtake each other's limits. Who ``reads_only``
    takes no lock, and is in nobody's way.
    """
    if not url.startswith("sqlite"):
        return sa.create_engine(url, pool_pre_ping=True)
    engine = sa.create_engine(url, connect_args={"timeout": 30, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")

    return engine


def create_tables(database: sa.Engine, tables: sa.MetaData) -> None:
    """Make the tables that are not there yet. Safe to call from several processes at once."""
    with database.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        tables.create_all(connection)


def insert_new(connection: sa.Connection, table: sa.Table, row: Mapping[str, Any]) -> bool:
    """Insert ``row`` unless one with its key is there; whether it was inserted."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return connection.execute(dialect.insert(table).values(dict(row)).on_conflict_do_nothing()).rowcount > 0
