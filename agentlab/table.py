"""A table of the lab: a view of the trace store that shows itself and becomes a Polars or pandas frame on demand."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas
    import polars
    from duckdb import DuckDBPyRelation


class Table:
    """``lab.runs``, ``lab.spans`` and their like. Every access reads afresh, so a table never goes stale."""

    def __init__(self, name: str, read: Callable[[str], DuckDBPyRelation], *, newest: str) -> None:
        self.name = name
        self._read = read
        self._newest = newest

    @property
    def rel(self) -> DuckDBPyRelation:
        """The rows as a DuckDB relation, newest first."""
        return self._read(f"select * from {self.name} order by {self._newest} desc")  # noqa: S608 - names are ours

    def pl(self) -> polars.DataFrame:
        """The rows as a Polars frame."""
        return self.rel.pl()

    def df(self) -> pandas.DataFrame:
        """The rows as a pandas frame."""
        return self.rel.df()

    def where(self, condition: str) -> DuckDBPyRelation:
        """The rows that meet an SQL condition, such as ``"cost_usd > 0.1"``."""
        return self.rel.filter(condition)

    def __len__(self) -> int:
        row = self._read(f"select count(*) from {self.name}").fetchone()  # noqa: S608 - names are ours
        return int(row[0]) if row else 0

    def __repr__(self) -> str:
        return f"{self.name}, {len(self)} rows\n{self.rel.limit(20)}"

    def _repr_html_(self) -> str:
        return str(self.rel.limit(20).df().to_html(index=False, border=0))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise AttributeError(f"A table has no '{name}'. Use .pl(), .df(), .rel or .where(\"…\").")
