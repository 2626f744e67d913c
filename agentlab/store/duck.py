"""DuckDB with the lake attached. What a team's lake (Postgres, S3) does differently is in ``attach`` and nowhere else."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path

import duckdb

from agentlab.errors import StoreUnusable
from agentlab.store.schema import literal

EXTENSIONS = ("ducklake", "sqlite_scanner")
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "temp_directory": "",
}
"""No network, and no file of its own."""

_FORKED: list[duckdb.DuckDBPyConnection] = []


def catalogue(folder: Path) -> Path:
    """Where the lake under ``folder`` says what it holds. It exists once the lake does, complete."""
    return folder / "catalog.sqlite"


def attach(folder: Path, *, name: str = "", options: str = "READ_ONLY") -> str:
    """The ATTACH statement of the lake under ``folder``; ``name`` is that of a catalogue being made."""
    path = folder / name if name else catalogue(folder)
    data = literal(f"{folder / 'lake'}/")
    return (
        f"ATTACH {literal(f'ducklake:sqlite:{path}')} AS lake"
        f" (DATA_PATH {data}, OVERRIDE_DATA_PATH true, META_BUSY_TIMEOUT 30000, {options})"
    )


def connect() -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory that can attach the lake. Raises ``StoreUnusable`` where an extension is missing."""
    connection = duckdb.connect(":memory:", config=_CONFIG | {"allow_unsigned_extensions": _verified()})
    _load(connection)
    return connection


@cache
def _verified() -> bool:
    """Have DuckDB check the signatures of the extensions, once per process: it takes a tenth of a second for each."""
    with duckdb.connect(":memory:", config=_CONFIG) as connection:
        _load(connection)
    return True


def _load(connection: duckdb.DuckDBPyConnection) -> None:
    for extension in EXTENSIONS:
        connection.execute(f"LOAD {literal(str(_extension(extension)))}")


def said(error: Exception) -> str:
    """What DuckDB said, without the statement that it quotes."""
    return " ".join(str(error).partition("\nLINE ")[0].split())


def count(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    """The one number that a statement gives. All of it is fetched: until then it is not committed."""
    rows = connection.execute(sql).fetchall()
    return int(rows[0][0]) if rows else 0


def abandon(connection: duckdb.DuckDBPyConnection | None) -> None:
    """Keep a parent's connection from being closed in a forked child: its threads do not exist there."""
    if connection is not None:
        _FORKED.append(connection)


def _extension(name: str) -> Path:
    spec = importlib.util.find_spec(f"duckdb_extension_{name}")
    folder = Path(spec.origin).parent if spec and spec.origin else Path()
    path = folder / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"
    if not path.is_file():
        raise StoreUnusable(
            f"DuckDB's extension {name} for version {duckdb.__version__} is not installed.",
            hint=f"Install it: pip install duckdb-extension-{name.replace('_', '-')}=={duckdb.__version__}.",
            extension=name,
        )
    return path
