"""Traces: what a lab logs, how it is asked about them, and how they come in and go out."""

from __future__ import annotations

from abc import ABC
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agentlab import exchange
from agentlab.recorder import LabRecorder
from agentlab.settings import Settings
from agentlab.store import QueryResult, TraceStore
from agentlab.table import Table
from agentlab.trace import utc_now
from agentlab.types import Kind, Note
from agentlab.types.ids import new_id

if TYPE_CHECKING:
    import polars
    from duckdb import DuckDBPyRelation
    from opentelemetry.sdk.trace import TracerProvider

    from agentlab.store.files import Exported, FileForm, Imported
    from agentlab.store.otel import OpenSpan
    from agentlab.store.otlp.forwarder import Forwarder
    from agentlab.store.otlp.receiver import Receiver
    from agentlab.store.retention import Pruning


class Tracing(ABC):
    """The part of ``Lab`` that logs and is asked."""

    settings: Settings
    store: TraceStore
    recorder: LabRecorder

    # --- logging --------------------------------------------------------------------------------------------------

    def span(self, name: str, *, kind: Kind = "other", **values: Any) -> OpenSpan:
        """Log a piece of work: ``with lab.span("rank", kind="tool", input=rows) as span: … span.set(output=found)``.

        When the block is left the span survives the death of this process. ``values`` are columns of ``spans`` by their
        names, ``input`` and ``output`` (any JSON, kept whole as payloads), and attributes of your own. Spans inside it, and
        those of instrumented libraries, are its children; inside a run it belongs to the run.
        """
        return self._otel.span(name, kind, values)

    def record(self, name: str, value: float | str | bool, **attributes: Any) -> None:
        """Write down a value by name, for the view ``records``: a number, or a word. It belongs to the span around it, if any."""
        number = float(value) if isinstance(value, int | float) else None
        note = Note(
            note_id=new_id("note"),
            kind="record",
            recorded_at=utc_now(),
            name=name,
            value=number,
            label=None if number is not None else str(value),
            attributes=attributes,
        )
        self.store.note(note, about=self._otel.around())

    @property
    def tracer_provider(self) -> TracerProvider:
        """OpenTelemetry's way in: ``Instrumentor().instrument(tracer_provider=lab.tracer_provider)`` logs a library here."""
        return self._otel.provider

    @cached_property
    def _otel(self) -> exchange.Otel:
        return exchange.Otel(self.recorder.record)

    # --- asking ---------------------------------------------------------------------------------------------------

    @cached_property
    def runs(self) -> Table:
        """Every run, one row each."""
        return Table("runs", self.sql, newest="started_at")

    @cached_property
    def spans(self) -> Table:
        """Every span of every run."""
        return Table("spans", self.sql, newest="started_at")

    @cached_property
    def records(self) -> Table:
        """Every value that was written down with ``record``."""
        return Table("records", self.sql, newest="recorded_at")

    def sql(self, query: str) -> DuckDBPyRelation:
        """A query over the views of the trace store, as a DuckDB relation: ``.pl()``, ``.df()``, ``.arrow()``, ``.fetchall()``."""
        return self.store.sql(query)

    def query(self, sql: str, *, max_rows: int = 10_000) -> QueryResult:
        """One read-only statement with limits on time, memory and rows, for queries of others. Raises ``QueryInvalid``."""
        return self.store.query(
            sql, max_rows=max_rows, timeout_s=self.settings.sql_timeout_s, memory_mb=self.settings.sql_memory_mb
        )

    def scan(self, table: str = "spans") -> polars.LazyFrame:
        """The Parquet files of ``spans``, ``notes`` or ``payloads`` as Polars scans them: without DuckDB, and without loading.

        Holds what has been moved into the lake, crashed spans apart. Raises ``QueryInvalid`` for another table.
        """
        from agentlab.store.scan import scan

        return scan(self.store, table)

    # --- in and out -----------------------------------------------------------------------------------------------

    def export(self, path: str | Path, form: FileForm = "parquet", **chosen: Any) -> Exported:
        """Write traces to Parquet or OTLP: all, or those with this ``run_id``, ``project``, ``since``. Raises ``FileUnusable``."""
        return exchange.export(self.store, Path(path), form, **chosen)

    def import_(self, path: str | Path) -> Imported:
        """Record the traces of a file or folder, but for those that are here already. Raises ``FileUnusable``."""
        return exchange.import_(self.store, Path(path))

    @cached_property
    def receiver(self) -> Receiver:
        """Keeps what other programs send as OTLP."""
        return exchange.receiver(self.store)

    @cached_property
    def forwarder(self) -> Forwarder | None:
        """Sends what this lab records on to a collector; None where none is named. Raises ``SettingsInvalid``."""
        return exchange.forwarder(self.settings, self.store)

    # --- care -----------------------------------------------------------------------------------------------------

    def prune(
        self,
        *,
        project: str | None = None,
        days: float | None = None,
        megabytes: float | None = None,
        dry_run: bool = True,
    ) -> list[Pruning]:
        """Delete the oldest runs of each project, beyond ``days`` of age or ``megabytes`` of Parquet; whole runs only.

        Says what it would delete; with ``dry_run=False`` it does so. Without limits those of the settings hold. Raises
        ``SettingsInvalid`` where there are none.
        """
        return exchange.prune(self.settings, self.store, project, days, megabytes, dry_run=dry_run)

    def repair(self) -> int:
        """Make a new catalogue from the Parquet files where the old one is damaged. Returns how many spans it found.

        The old one is kept beside it. Raises ``StoreUnusable``.
        """
        from agentlab.store.repair import repair

        return repair(self.store)
