"""The tables of memory and conversations, in the database of runs: SQLite or Postgres."""

from __future__ import annotations

import sqlalchemy as sa

from agentlab.sql import create_tables, insert_new

metadata = sa.MetaData()
memories = sa.Table(
    "memories",
    metadata,
    sa.Column("id", sa.String(80), primary_key=True),
    sa.Column("user", sa.String(200), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("importance", sa.Float, nullable=False),
    sa.Column("source", sa.String(128), nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("untrusted", sa.Boolean, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("gone", sa.Boolean, nullable=False),  # forgotten: the text is wiped, the row tells other processes
    sa.Column("vector", sa.LargeBinary),
    sa.Column("vector_of", sa.String(200)),  # the embeddings model that made it
    sa.Index("memories_user", "user", "version"),
)
versions = sa.Table(
    "memory_versions",
    metadata,
    sa.Column("user", sa.String(200), primary_key=True),
    sa.Column("version", sa.BigInteger, nullable=False),
)
turns = sa.Table(
    "turns",
    metadata,
    sa.Column("run_id", sa.String(64), primary_key=True),
    sa.Column("thread", sa.String(200), nullable=False),
    sa.Column("user", sa.String(200), nullable=False),
    sa.Column("goal", sa.Text, nullable=False),
    sa.Column("answer", sa.Text, nullable=False),
    sa.Column("found", sa.Text, nullable=False),  # JSON
    sa.Column("untrusted", sa.Boolean, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Index("turns_thread", "user", "thread", "at"),
)
titles = sa.Table(
    "thread_titles",
    metadata,
    sa.Column("thread", sa.String(200), primary_key=True),
    sa.Column("user", sa.String(200), primary_key=True),
    sa.Column("title", sa.Text, nullable=False),
)


def prepare(database: sa.Engine) -> None:
    """Make the tables that are not there yet. Safe to call from several processes at once."""
    create_tables(database, metadata)


def next_version(connection: sa.Connection, user: str) -> int:
    """A number above all that changes of the user's memories had so far.

    Its row stays locked until the transaction ends, so that changes are seen in the order of their numbers.
    """
    insert_new(connection, versions, {"user": user, "version": 0})
    mine = sa.update(versions).where(versions.c.user == user)
    found: int = connection.execute(
        mine.values(version=versions.c.version + 1).returning(versions.c.version)
    ).scalar_one()
    return found
