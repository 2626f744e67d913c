"""Looking back: what a lab can do with runs that are recorded. Replay them, write them out, compare them, score them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from agentlab.errors import UnknownRun
from agentlab.insight import recording
from agentlab.insight.compare import Comparison, compare
from agentlab.models import script_of
from agentlab.models.replay import PREFIX
from agentlab.run import Run
from agentlab.types import JSON, Plan, RecordedCall, RunSpec, ToolSource

if TYPE_CHECKING:
    from duckdb import DuckDBPyRelation

    from agentlab.runtime.runs import Runs


class Review(ABC):
    """The part of ``Lab`` that looks back."""

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

    @abstractmethod
    def _spec(self, goal: str, plan: JSON | Plan | None, model: str | None, budget: float | None) -> RunSpec: ...

    @abstractmethod
    def _begin(self, spec: RunSpec) -> Run: ...

    def run_of(self, run_id: str) -> Run:
        """The run with this id; of traces that no run of this lab began, the id is the trace's. Raises ``UnknownRun``."""
        run = Run(self, run_id)
        _ = run.status
        return run

    def replay(self, run_id: str, *, tools: ToolSource = "recorded", budget: float | None = None) -> Run:
        """Run a recorded run again, with its goal, its plan and its model's answers, and wait for the end.

        ``tools`` get the results they had (``recorded``: nothing is reached and nothing is changed), or work for real
        (``live``). Raises ``UnknownRun``.
        """
        return self.start_replay(run_id, tools=tools, budget=budget).wait()

    def start_replay(self, run_id: str, *, tools: ToolSource = "recorded", budget: float | None = None) -> Run:
        """As ``replay``, and return at once."""
        return self._begin(replace(self._spec("", None, f"{PREFIX}{run_id}", budget), tools=tools))

    def script_of(self, run_id: str) -> JSON:
        """The answers of a run's model in the format of ``scripted:FILE``, to edit and to run. Raises ``UnknownRun``."""
        return script_of(self.recorded(run_id))

    def recorded(self, run_id: str) -> list[RecordedCall]:
        """Every call of a model or tool in a run, with what went in and what came out. Raises ``UnknownRun``."""
        return recording.calls_of(self.sql, self.run_of(run_id).run_id)

    def compare(self, a: str, b: str) -> Comparison:
        """Two runs, by their ids, call by call, with the first difference marked. Raises ``UnknownRun``."""
        payloads = [recording.payloads_of(self.sql, run_id) for run_id in (a, b)]
        return compare(self.run_of(a).spans, self.run_of(b).spans, *payloads)

    def asked_in(self, run_id: str) -> tuple[str, Plan | JSON | None]:
        """Goal of a run, and the plan of its own if it had one. Raises ``UnknownRun``."""
        try:
            spec = self.durable.spec(run_id)
        except UnknownRun:
            goal = self.run_of(run_id).goal
            return goal, recording.asked_of(self.sql, run_id).get("plan")
        return spec.goal, spec.plan

    def payloads(self, run_id: str, span_id: str) -> dict[str, Any]:
        """What went into one span and what came out, whole: ``{"input": …, "output": …}``. Raises ``UnknownRun``."""
        return recording.payloads_of(self.sql, self.run_of(run_id).run_id, span_id).get(span_id, {})
