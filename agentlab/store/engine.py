"""DuckDB with the lake attached: SQLite and a folder by default, Postgres and S3 for a team. Only what is here tells them apart."""

from __future__ import annotations

import fcntl
import importlib.util
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from agentlab.errors import StoreUnusable
from agentlab.store.schema import literal

if TYPE_CHECKING:
    import psycopg

SCHEMA = "agentlab_traces"
"""Schema of the catalogue in a Postgres that others use too."""
SCHEMA_ASIDE, FILE_ASIDE = "agentlab_traces_new", "catalog.new"
"""What a catalogue is called until it is complete."""
DRAIN_LOCK = 0x6167_656E_746C_6162
"""Number of the advisory lock that one drain holds among all hosts of one Postgres."""
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "temp_directory": "",
}
"""No network but the lake's, and no file of its own."""

_FORKED: list[Any] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class S3:
    """How an S3 server is reached. Empty parts are the service's own defaults."""

    endpoint: str = ""
    """``host:port``, with ``http://`` where it has no TLS; empty for Amazon's."""
    region: str = "us-east-1"
    key_id: str = ""
    secret: str = field(default="", repr=False)
    session_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """Where a lake lies. The spool, and the lock of this host, always lie in ``folder``."""

    folder: Path
    catalogue_url: str = field(default="", repr=False)
    """``postgresql://…``; empty for SQLite in the folder."""
    data: str = ""
    """Folder or ``s3://bucket/prefix`` of the Parquet files; empty for ``lake`` in the folder."""
    s3: S3 = field(default_factory=S3)

    @property
    def catalogue(self) -> Path:
        """The catalogue of a lake on one machine. It exists once the lake does, complete."""
        return self.folder / "catalog.sqlite"

    @property
    def data_path(self) -> str:
        """Where the Parquet files lie, with a slash at the end."""
        return f"{self.data or self.folder / 'lake'}".rstrip("/") + "/"

    @property
    def shared(self) -> bool:
        """Whether other hosts may use the same lake."""
        return bool(self.catalogue_url)

    @property
    def libpq(self) -> str:
        """The catalogue's address as Postgres's own library reads it."""
        return re.sub(r"^postgres(?:ql)?(?:\+\w+)?://", "postgresql://", self.catalogue_url)

    @property
    def _mark(self) -> Path:
        """A file that says that the catalogue was made once."""
        return self.folder / "catalog.sqlite.made"

    def which(self) -> int:
        """Tells the catalogue from another one at the same place; 0 where there is none, or that cannot happen."""
        try:
            return 0 if self.shared else self.catalogue.stat().st_ino
        except FileNotFoundError:
            return 0

    def made(self) -> bool:
        """Whether there is a lake already, complete. Raises ``StoreUnusable`` where it was there and is gone."""
        if not self.shared:
            if not self.catalogue.exists() and self._mark.exists():
                raise StoreUnusable(
                    f"The catalogue {self.catalogue} is gone, and with it the way to what was moved into the lake.",
                    hint="agentlab repair makes a new one from the files of the lake; see docs/how-to/repair.md.",
                )
            return self.catalogue.exists()
        with self._postgres() as postgres:
            found = postgres.execute("SELECT to_regclass(%s) IS NOT NULL", (f"{SCHEMA}.ducklake_metadata",))
            return found.fetchone() == (True,)

    @contextmanager
    def making(self, connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
        """Attach a new lake. At the end of the block it is moved into place, so that nobody ever sees half of it."""
        self._discard()
        self.attach(connection, options="META_JOURNAL_MODE 'DELETE'", name=SCHEMA_ASIDE if self.shared else FILE_ASIDE)
        yield
        connection.execute("DETACH lake")
        if not self.shared:
            (self.folder / FILE_ASIDE).rename(self.catalogue)
            self._mark.touch()
            return
        with self._postgres() as postgres:
            postgres.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} RESTRICT")  # one that somebody made beforehand, empty
            postgres.execute(f"ALTER SCHEMA {SCHEMA_ASIDE} RENAME TO {SCHEMA}")

    def connect(self) -> duckdb.DuckDBPyConnection:
        """A DuckDB in memory that can attach the lake. Raises ``StoreUnusable`` where an extension is missing."""
        extensions = ("ducklake", "postgres_scanner" if self.shared else "sqlite_scanner", *self._data_extensions())
        settings = _CONFIG | {"allow_unsigned_extensions": _verified(extensions)}
        connection = duckdb.connect(":memory:", config=settings)
        _load(connection, extensions)
        connection.execute("SET GLOBAL TimeZone = 'UTC'")
        if not self.shared:
            # Scans by several threads are not of one transaction: they would miss files that are being merged.
            connection.execute("SET GLOBAL sqlite_disable_multithreaded_scans = true")
        if self.data.startswith("s3://"):
            connection.execute(self._secret())
        return connection

    def attach(self, connection: duckdb.DuckDBPyConnection, *, options: str = "READ_ONLY", name: str = "") -> None:
        """Attach the lake as ``lake``; ``name`` is that of a catalogue being made."""
        if self.shared:
            where = f"ducklake:postgres:{self.libpq}"
            options = f"METADATA_SCHEMA '{name or SCHEMA}'" + (", READ_ONLY" if options == "READ_ONLY" else "")
        else:
            where = f"ducklake:sqlite:{self.folder / (name or self.catalogue.name)}"
            options = f"META_BUSY_TIMEOUT 30000, {options}"
        if not name:
            options = f"CREATE_IF_NOT_EXISTS false, {options}"
        connection.execute(
            f"ATTACH {literal(where)} AS lake (DATA_PATH {literal(self.data_path)}, OVERRIDE_DATA_PATH true, {options})"
        )

    @contextmanager
    def alone(self) -> Iterator[int]:
        """A descriptor of the lock that only one drain holds, on this host and among all; -1 where another has it."""
        guard = os.open(self.folder / "drain.lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            if not locked(guard):
                yield -1
            elif self.shared:
                with self._advisory() as mine:
                    yield guard if mine else -1
            else:
                yield guard
        finally:
            os.close(guard)

    def _discard(self) -> None:
        """Remove what a drain left that was killed while it made the lake."""
        if not self.shared:
            (self.folder / FILE_ASIDE).unlink(missing_ok=True)
            return
        with self._postgres() as postgres:
            postgres.execute(f"DROP SCHEMA IF EXISTS {SCHEMA_ASIDE} CASCADE")

    @contextmanager
    def _advisory(self) -> Iterator[bool]:
        with self._postgres() as postgres:
            yield postgres.execute("SELECT pg_try_advisory_lock(%s)", (DRAIN_LOCK,)).fetchone() == (True,)

    @contextmanager
    def _postgres(self) -> Iterator[psycopg.Connection[Any]]:
        import psycopg

        try:
            with psycopg.connect(self.libpq, autocommit=True, connect_timeout=10) as connection:
                yield connection
        except psycopg.Error as error:
            raise duckdb.IOException(f"Postgres: {error}") from error

    def _data_extensions(self) -> tuple[str, ...]:
        return ("httpfs",) if self.data.startswith("s3://") else ()

    def _secret(self) -> str:
        bucket = "/".join(self.data.split("/")[:3])
        host = self.s3.endpoint.removeprefix("http://").removeprefix("https://").rstrip("/")
        parts = [f"REGION {literal(self.s3.region)}", f"SCOPE {literal(bucket)}"]
        if self.s3.key_id:
            parts += [f"KEY_ID {literal(self.s3.key_id)}", f"SECRET {literal(self.s3.secret)}"]
        if self.s3.session_token:
            parts.append(f"SESSION_TOKEN {literal(self.s3.session_token)}")
        if host:
            parts += [f"ENDPOINT {literal(host)}", "URL_STYLE 'path'"]
            parts.append(f"USE_SSL {'false' if self.s3.endpoint.startswith('http://') else 'true'}")
        return f"CREATE SECRET lake (TYPE s3, {', '.join(parts)})"


def tables(connection: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
    """The tables of the attached lake, each with its columns; a lake of an earlier version may lack some."""
    found: dict[str, set[str]] = {}
    rows = connection.execute("SELECT table_name, column_name FROM duckdb_columns() WHERE database_name = 'lake'")
    for table, column in rows.fetchall():
        found.setdefault(table, set()).add(column)
    return found


def said(error: Exception) -> str:
    """What DuckDB said, without the statement that it quotes, and without a password."""
    text = " ".join(str(error).partition("\nLINE ")[0].split())
    return re.sub(
        r"(postgres(?:ql)?(?:\+\w+)?://[^:@/\s]*):[^@\s]*@", r"\1:…@", re.sub(r"(password=)\S+", r"\1…", text)
    )


def count(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    """The one number that a statement gives. All of it is fetched: until then it is not committed."""
    rows = connection.execute(sql).fetchall()
    return int(rows[0][0]) if rows else 0


def abandon(connection: object | None) -> None:
    """Keep a parent's connection from being closed in a forked child: its threads do not exist there."""
    if connection is not None:
        _FORKED.append(connection)


@cache
def _verified(extensions: tuple[str, ...]) -> bool:
    """Have DuckDB check the signatures of the extensions, once per process: it takes a tenth of a second for each."""
    with duckdb.connect(":memory:", config=_CONFIG) as connection:
        _load(connection, extensions)
    return True


def _load(connection: duckdb.DuckDBPyConnection, extensions: tuple[str, ...]) -> None:
    for extension in extensions:
        connection.execute(f"LOAD {literal(str(_extension(extension)))}")


def _extension(name: str) -> Path:
    spec = importlib.util.find_spec(f"duckdb_extension_{name}")
    folder = Path(spec.origin).parent if spec and spec.origin else Path()
    path = folder / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"
    if not path.is_file():
        package = f"duckdb-extension-{name.replace('_', '-')}=={duckdb.__version__}"
        package = '"agentlab-bench[team]"' if name in {"postgres_scanner", "httpfs"} else package
        raise StoreUnusable(
            f"DuckDB's extension {name} for version {duckdb.__version__} is not installed.",
            hint=f"Install it: pip install {package}.",
            extension=name,
        )
    return path


def locked(fd: int) -> bool:
    """Take the lock of an open file, unless somebody has it. Returns whether it is ours now."""
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
