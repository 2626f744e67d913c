"""What was told and what is still to be sent, in two tables of the database of runs.

A message is written before anything is sent, once for each run, status and question, so that whoever tells again after a
crash tells nothing new. Who sends takes a message for a while; if nothing is heard of it by then, another one may take it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from agentlab.sql import create_tables
from agentlab.types import Notification

LEASE_S = 120.0
"""Seconds for which a message belongs to the process that sends it."""
WAITS_S = (5.0, 30.0, 120.0, 600.0)
"""Seconds between one attempt and the next; after the last one it is given up."""
TRIES = len(WAITS_S) + 1
KEEP_S = 90 * 86_400.0
"""Seconds that messages are kept."""

_tables = sa.MetaData()
_notifications = sa.Table(  # DBOS has a table of the plain name
    "run_notifications",
    _tables,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("run_id", sa.String(64), nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("question", sa.String(128), nullable=False),
    sa.Column("user", sa.String(255), nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("read_at", sa.Float),
    sa.UniqueConstraint("run_id", "status", "question"),
    sqlite_autoincrement=True,
)
_sendings = sa.Table(
    "run_notification_sendings",
    _tables,
    sa.Column("notification", sa.Integer, sa.ForeignKey("run_notifications.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("target", sa.String(64), primary_key=True),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("try_at", sa.Float),
    sa.Column("sent_at", sa.Float),
    sa.Column("error", sa.Text, nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """One message on its way to one target."""

    notification: int
    target: str
    """The target's key."""
    tries: int
    """Attempts, this one included."""
    run_id: str
    status: str
    title: str
    text: str


class NotificationBook:
    """The messages in one database, open for any number of processes. Times are seconds since the epoch."""

    def __init__(self, database: sa.Engine) -> None:
        self._database = database
        create_tables(database, _tables)

    def close(self) -> None:
        """Let go of the database."""
        self._database.dispose()

    def forget_old(self, now: float) -> None:
        """Drop messages that are older than ``KEEP_S``."""
        with self._database.begin() as connection:
            connection.execute(sa.delete(_notifications).where(_notifications.c.at < now - KEEP_S))

    def write(self, told: Notification, *, question: str = "", targets: Iterable[str] = ()) -> bool:
        """Keep a message that is to go to ``targets`` (keys). False where it was kept before, and nothing has changed."""
        row = {
            "run_id": told.run_id,
            "status": told.status,
            "question": question,
            "user": told.user,
            "title": told.title,
            "text": told.text,
            "at": told.at,
        }
        try:
            with self._database.begin() as connection:
                made = connection.execute(sa.insert(_notifications).returning(_notifications.c.id), row).scalar_one()
                usual = {"notification": made, "tries": 0, "try_at": told.at, "error": ""}
                if sendings := [usual | {"target": target} for target in dict.fromkeys(targets)]:
                    connection.execute(sa.insert(_sendings), sendings)
        except sa.exc.IntegrityError:
            return False
        return True

    def list(self, user: str, *, unread: bool = False, limit: int = 100) -> list[Notification]:
        """A user's messages, the newest first."""
        sent, unsent = (
            sa.func.count(sa.case((condition, 1)))
            for condition in (
                _sendings.c.sent_at.is_not(None),
                _sendings.c.target.is_not(None) & _sendings.c.sent_at.is_(None),
            )
        )
        error = sa.func.max(sa.case((_sendings.c.sent_at.is_(None), _sendings.c.error), else_=""))
        query = (
            sa.select(_notifications, sent.label("sent"), unsent.label("unsent"), error.label("error"))
            .outerjoin(_sendings, _sendings.c.notification == _notifications.c.id)
            .where(_mine(user, unread=unread))
            .group_by(_notifications.c.id)
            .order_by(_notifications.c.id.desc())
            .limit(limit)
        )
        with self._database.connect() as connection:
            return [_notification(row) for row in connection.execute(query)]

    def unread(self, user: str) -> int:
        """How many messages a user has not read."""
        query = sa.select(sa.func.count()).select_from(_notifications).where(_mine(user, unread=True))
        with self._database.connect() as connection:
            return int(connection.execute(query).scalar_one())

    def read(self, user: str, now: float, ids: Iterable[int] | None = None) -> int:
        """Mark a user's messages as read, all of them where ``ids`` is None; returns how many were not."""
        mine = _mine(user, unread=True)
        if ids is not None:
            mine &= _notifications.c.id.in_(tuple(ids))
        with self._database.begin() as connection:
            return int(connection.execute(sa.update(_notifications).where(mine).values(read_at=now)).rowcount)

    def take(self, now: float) -> Sending | None:
        """A message that is due to be sent; it is the caller's for ``LEASE_S``. None where nothing is due."""
        due = _sendings.c.sent_at.is_(None) & (_sendings.c.try_at <= now)
        query = sa.select(_sendings).where(due).order_by(_sendings.c.try_at).limit(1)
        with self._database.connect() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return None
        if row.tries >= TRIES:  # who sent it the last time died meanwhile
            self._set(row.notification, row.target, try_at=None)
            return self.take(now)
        mine = _place(row.notification, row.target) & (_sendings.c.tries == row.tries) & due
        with self._database.begin() as connection:
            taken = sa.update(_sendings).where(mine).values(tries=row.tries + 1, try_at=now + LEASE_S)
            if not connection.execute(taken).rowcount:
                return None
            whole = sa.select(_notifications).where(_notifications.c.id == row.notification)
            told = connection.execute(whole).one()
        return Sending(
            notification=row.notification,
            target=row.target,
            tries=row.tries + 1,
            run_id=told.run_id,
            status=told.status,
            title=told.title,
            text=told.text,
        )

    def sent(self, sending: Sending, now: float) -> None:
        """It has arrived."""
        self._set(sending.notification, sending.target, sent_at=now, try_at=None, error="")

    def not_sent(self, sending: Sending, now: float, error: str) -> None:
        """It has not; there is another attempt later, up to ``TRIES`` of them."""
        again = now + WAITS_S[sending.tries - 1] if sending.tries < TRIES else None
        self._set(sending.notification, sending.target, try_at=again, error=error)

    def _set(self, notification: int, target: str, **changes: Any) -> None:
        with self._database.begin() as connection:
            connection.execute(sa.update(_sendings).where(_place(notification, target)).values(changes))


def _mine(user: str, *, unread: bool) -> sa.ColumnElement[bool]:
    mine = _notifications.c.user == user
    return mine & _notifications.c.read_at.is_(None) if unread else mine


def _place(notification: int, target: str) -> sa.ColumnElement[bool]:
    return (_sendings.c.notification == notification) & (_sendings.c.target == target)


def _notification(row: sa.Row[Any]) -> Notification:
    return Notification(
        id=row.id,
        run_id=row.run_id,
        status=row.status,
        title=row.title,
        text=row.text,
        user=row.user,
        at=row.at,
        read_at=row.read_at,
        sent=row.sent,
        unsent=row.unsent,
        error=row.error or "",
    )
