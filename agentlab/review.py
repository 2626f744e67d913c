"""Looking back: what a lab can do with runs that are recorded. Replay them, write them out, compare them, score them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from agentlab.errors import ScoreInvalid, UnknownRun
from agentlab.insight import recording
from agentlab.insight.compare import Comparison, compare
from agentlab.models import script_of
from agentlab.run import Run
from agentlab.scoring import score
from agentlab.table import Table
from agentlab.types import JSON, Note, Plan, RecordedCall, Source
from agentlab.types.span import trace_id_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyRelation

    from agentlab.runtime.runs import Runs
    from agentlab.store import TraceStore


class Review(ABC):
    """The part of ``Lab`` that looks back."""

    store: TraceStore

    @property
    @abstractmethod
    def durable(self) -> Runs:
        """The durable runs of the lab."""

    @abstractmethod
    def events(self, run_id: str, after: int = 0) -> list[tuple[int, JSON]]:
        """What has happened in a run since the event numbered ``after``."""

    @abstractmethod
    def sql(self, query: str) -> DuckDBPyRelation:
        """A query over the views of the trace store."""

    def run_of(self, run_id: str) -> Run:
        """The run with this id; of traces that no run of this lab began, the id is the trace's. Raises ``UnknownRun``."""
        run = Run(self, run_id)
        _ = run.status
        return run

    def has_ended(self, run_id: str) -> bool:
        """Whether nothing more is to come of a run. Raises ``UnknownRun``."""
        try:
            return self.durable.ended(run_id)
        except UnknownRun:
            return self.run_of(run_id).ended

    def script_of(self, run_id: str) -> JSON:
        """The answers of a run's model in the format of ``scripted:FILE``, to edit and to run. Raises ``UnknownRun``."""
        return script_of(self.recorded(run_id))

    def recorded(self, run_id: str) -> list[RecordedCall]:
        """Every call of a model or tool in a run, with what went in and what came out. Raises ``UnknownRun``."""
        return recording.calls_of(self.store, self.run_of(run_id).run_id)

    def compare(self, a: str, b: str) -> Comparison:
        """Two runs, by their ids, call by call, with the first difference marked. Raises ``UnknownRun``."""
        payloads = [recording.payloads_of(self.store, run_id) for run_id in (a, b)]
        return compare(self.run_of(a).spans, self.run_of(b).spans, *payloads)

    def score(
        self,
        of: Run | str | Mapping[str, Any],
        name: str,
        value: float | None = None,
        *,
        label: str | None = None,
        text: str = "",
        source: Source = "code",
        author: str | None = None,
        span_id: str | None = None,
    ) -> Note:
        """Say what is thought of a run (or its id), or of a span (a row of ``run.spans``, or ``span_id`` beside the run).

        A number, a label, a comment, or all of them; ``source`` is ``code``, ``person`` or ``model``, ``author`` a name, by
        default that of the system's user. A newer score of the same name by the same author counts instead. Raises
        ``UnknownRun``, ``ScoreInvalid``.
        """
        if isinstance(of, Mapping):
            run_id, span_id = str(of["run_id"]), str(of["span_id"])
        else:
            run_id = of if isinstance(of, str) else of.run_id
        run = self.run_of(run_id)
        if span_id and not recording.span_of(self.store, run.run_id, span_id):
            raise ScoreInvalid(
                f"The run {run.run_id} has no span '{span_id}'.", hint="lab.run_of(RUN).spans lists them."
            )
        trace_id = run.run_id if run.foreign else trace_id_of(run.run_id)
        note = score(
            run.run_id, trace_id, name, value, label=label, text=text, span_id=span_id, source=source, author=author
        )
        self.store.note(note)
        return note

    @cached_property
    def scores(self) -> Table:
        """What counts of what is thought of runs and spans: the newest of each name, source and author."""
        return Table("scores", self.sql, newest="recorded_at")

    def scores_of(self, run_id: str) -> list[JSON]:
        """The scores of a run and of its spans, oldest first, as rows of the view ``scores``. Raises ``UnknownRun``."""
        return recording.scores_of(self.store, self.run_of(run_id).run_id)

    def asked_in(self, run_id: str) -> tuple[str, Plan | JSON | None]:
        """Goal of a run, and the plan of its own if it had one. Raises ``UnknownRun``."""
        try:
            spec = self.durable.spec(run_id)
        except UnknownRun:
            goal = self.run_of(run_id).goal
            return goal, recording.asked_of(self.store, run_id).get("plan")
        return spec.goal, spec.plan

    def waterfall(self, run_id: str) -> JSON:
        """The trace of a run to draw: ``{columns, rows}``, without attributes. Raises ``UnknownRun``."""
        table = Run(self, run_id).waterfall()
        if not table["rows"]:
            self.run_of(run_id)
        return table

    def detail(self, run_id: str, span_id: str, *, limit: int = 0) -> JSON:
        """One span whole, as ``Run.detail`` gives it. Raises ``UnknownRun``."""
        found = Run(self, run_id).detail(span_id, limit=limit)
        if not found["span"]:
            self.run_of(run_id)
        return found

    def payloads(self, run_id: str, span_id: str) -> dict[str, Any]:
        """What went into one span and what came out, whole: ``{"input": …, "output": …}``. Raises ``UnknownRun``."""
        return recording.payloads_of(self.store, self.run_of(run_id).run_id, span_id).get(span_id, {})
