"""Credits of users, in the way of a ledger: set aside before a call, booked when the run ends, never overdrawn together.

Amounts are micro-credits. A user without a limit is only counted. Every change is one transaction with its condition
inside, so that runs in any number of processes cannot spend the same credits.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from agentlab.sql import create_tables, insert_new
from agentlab.types import MICRO

PORTION = 50 * MICRO
"""What a run sets aside at once, so that it need not ask for every call."""
SHARE = 20
"""A run sets aside no more than one part in so many of what is left, beyond what it needs: others want to work too."""

_tables = sa.MetaData()
_accounts = sa.Table(
    "credit_accounts",
    _tables,
    sa.Column("user_id", sa.String(255), primary_key=True),
    sa.Column("granted", sa.BigInteger),
    sa.Column("spent", sa.BigInteger, nullable=False),
    sa.Column("held", sa.BigInteger, nullable=False),
)
_holds = sa.Table(
    "credit_holds",
    _tables,
    sa.Column("run_id", sa.String(255), primary_key=True),
    sa.Column("user_id", sa.String(255), nullable=False, index=True),
    sa.Column("held", sa.BigInteger, nullable=False),
    sa.Column("spent", sa.BigInteger),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """A user's credits, in micro-credits."""

    user: str
    granted: int | None
    """All that was ever given; None for a user without a limit."""
    spent: int = 0
    """Booked by runs that have ended."""
    held: int = 0
    """Set aside by runs that work."""

    @property
    def left(self) -> int | None:
        """What other runs may still set aside; None without a limit."""
        return None if self.granted is None else self.granted - self.spent - self.held


class Accounts:
    """The accounts of one database of runs."""

    def __init__(self, database: sa.Engine, granted: int | None = None) -> None:
        """``granted`` is what a user begins with who has no account yet; None for no limit."""
        self._database = database
        self._granted = granted
        create_tables(database, _tables)

    def of(self, run_id: str, user: str) -> RunAccount:
        """The account of ``user`` as one run sees it."""
        return RunAccount(self, run_id, user)

    def balance(self, user: str) -> Balance:
        """How a user stands."""
        with self._database.begin() as connection:
            row = self._account(connection, user)
        return Balance(user=user, granted=row.granted, spent=row.spent, held=row.held)

    def grant(self, user: str, micro: int | None) -> Balance:
        """Give a user so many more micro-credits, a limit where there was none; None takes the limit away."""
        with self._database.begin() as connection:
            row = self._account(connection, user)
            granted = None if micro is None else (row.spent if row.granted is None else row.granted) + micro
            connection.execute(sa.update(_accounts).where(_accounts.c.user_id == user).values(granted=granted))
        return self.balance(user)

    def hold(self, run_id: str, user: str, total: int) -> int | None:
        """Let the run have ``total`` set aside, and more where there is more; what it has then. None where it is not there."""
        with self._database.begin() as connection:
            row = self._account(connection, user)
            held = self._held(connection, run_id, user)
            more = total - held
            if more > 0 and row.granted is not None:
                left = row.granted - row.spent - row.held
                if more > left:
                    return None
                more = max(more, min(PORTION, left // SHARE))
            if more > 0:
                connection.execute(
                    sa.update(_accounts).where(_accounts.c.user_id == user).values(held=_accounts.c.held + more)
                )
                connection.execute(sa.update(_holds).where(_holds.c.run_id == run_id).values(held=held + more))
        return held + max(more, 0)

    def loosen(self, run_id: str, user: str, spent: int) -> None:
        """Set aside no more than it has ``spent`` for a run that rests: that may take days."""
        with self._database.begin() as connection:
            self._account(connection, user)
            over = self._held(connection, run_id, user) - spent
            if over > 0:
                connection.execute(sa.update(_holds).where(_holds.c.run_id == run_id).values(held=spent))
                connection.execute(
                    sa.update(_accounts).where(_accounts.c.user_id == user).values(held=_accounts.c.held - over)
                )

    def held(self, run_id: str) -> int:
        """What is set aside for a run: by a process that has died, too."""
        with self._database.connect() as connection:
            return int(connection.execute(sa.select(_holds.c.held).where(_holds.c.run_id == run_id)).scalar() or 0)

    def booked(self, run_id: str) -> int | None:
        """What a run has spent, once it has ended; None before that, and for a run that another one has begun."""
        with self._database.connect() as connection:
            found = connection.execute(sa.select(_holds.c.spent).where(_holds.c.run_id == run_id)).scalar()
        return None if found is None else int(found)

    def left(self, user: str) -> int | None:
        """What may still be set aside; None without a limit."""
        return self.balance(user).left

    def close(self, run_id: str, user: str, spent: int) -> None:
        """Book what the run has spent, and set nothing aside for it any more. Only the first time counts."""
        with self._database.begin() as connection:
            self._account(connection, user)
            held = self._held(connection, run_id, user)
            booked = connection.execute(
                sa.update(_holds).where(_holds.c.run_id == run_id, _holds.c.spent.is_(None)).values(spent=spent, held=0)
            )
            if booked.rowcount:
                connection.execute(
                    sa.update(_accounts)
                    .where(_accounts.c.user_id == user)
                    .values(spent=_accounts.c.spent + spent, held=_accounts.c.held - held)
                )

    def _account(self, connection: sa.Connection, user: str) -> sa.Row[tuple[str, int | None, int, int]]:
        """The row of ``user``, locked until the transaction ends; made where there is none."""
        query = sa.select(_accounts).where(_accounts.c.user_id == user).with_for_update()
        row = connection.execute(query).first()
        if row is None:
            insert_new(connection, _accounts, {"user_id": user, "granted": self._granted, "spent": 0, "held": 0})
            row = connection.execute(query).one()
        return row

    def _held(self, connection: sa.Connection, run_id: str, user: str) -> int:
        found = connection.execute(sa.select(_holds.c.held).where(_holds.c.run_id == run_id)).scalar()
        if found is None:
            insert_new(connection, _holds, {"run_id": run_id, "user_id": user, "held": 0})
        return int(found or 0)


class RunAccount:
    """The port ``Account`` for one run."""

    def __init__(self, accounts: Accounts, run_id: str, user: str) -> None:
        self._accounts = accounts
        self._run_id = run_id
        self._user = user
        self._limited: bool | None = None
        self._held = 0

    def available(self, used: int) -> int:
        """Micro-credits beyond the ``used`` ones that the run could draw now."""
        if not self._is_limited():
            return 2**62
        return max(self._held - used, 0) + max(self._accounts.left(self._user) or 0, 0)

    def draw(self, total: int) -> bool:
        """Set ``total`` micro-credits aside for the run; False where they are not there."""
        if total <= self._held or not self._is_limited():
            return True
        held = self._accounts.hold(self._run_id, self._user, total)
        self._held = held or self._held
        return held is not None

    def close(self, spent: int) -> None:
        """Book what the run has spent."""
        self._accounts.close(self._run_id, self._user, spent)

    def _is_limited(self) -> bool:
        if self._limited is None:
            self._limited = self._accounts.balance(self._user).granted is not None
            self._held = self._accounts.held(self._run_id)
        return self._limited
