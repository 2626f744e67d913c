"""A handle on one run: what it was asked, where it is, what it found. Shows itself in a notebook."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict
from html import escape
from typing import TYPE_CHECKING, Any

from agentlab.errors import UnknownRun
from agentlab.insight import recording
from agentlab.types import (
    FINISHED,
    RESTING,
    Effect,
    Plan,
    Question,
    RunResult,
    RunStatus,
    StepResult,
    ToolError,
    to_credits,
)

if TYPE_CHECKING:
    from agentlab.review import Review

FOLLOW_S = 0.05
"""Seconds between two looks at a run that is followed."""


class Run:
    """Made by ``lab.run``, ``lab.submit`` and ``lab.run_of``. Properties of an unfinished run read afresh."""

    def __init__(self, lab: Review, run_id: str) -> None:
        self._lab = lab
        self._result: RunResult | None = None
        self.run_id = run_id
        self.foreign = False
        """True once the run is known to be in the trace store only, such as one of another framework."""

    @property
    def result(self) -> RunResult:
        """Everything at once; before the end of the run only goal, model and status are filled in."""
        if self._result is None or self._result.status not in FINISHED:
            self._result = self._read()
        return self._result

    def _read(self) -> RunResult:
        """From the database of runs; of a run that only its trace knows, from there."""
        try:
            return self._lab.durable.result(self.run_id)
        except UnknownRun:
            found = recording.outcome_of(self._lab.store, self.run_id)
            if found is None:
                raise
            self.foreign = True
            return found

    @property
    def status(self) -> RunStatus:
        """queued, running, waiting, paused, succeeded, failed or cancelled."""
        return self.result.status

    @property
    def ended(self) -> bool:
        """Whether nothing more is to come; of traces that only the trace store knows, nothing is waited for."""
        return self.status in FINISHED or self.foreign

    @property
    def resting(self) -> bool:
        """Whether nothing more is to come by itself: it has ended, is paused, or waits for an answer."""
        return self.status in RESTING or self.foreign

    @property
    def goal(self) -> str:
        return self.result.goal

    @property
    def answer(self) -> str:
        return self.result.answer

    @property
    def error(self) -> str:
        """Why the run did not succeed and what to do next; empty on success."""
        return self.result.error

    @property
    def steps(self) -> tuple[StepResult, ...]:
        """What became of each step; of a run that was cut off or still works, as far as its trace shows."""
        return self.result.steps or tuple(_step_of(span) for span in self.spans if span["kind"] == "step")

    @property
    def credits(self) -> float:
        """Credits used."""
        return to_credits(self.result.credits or sum(step.credits for step in self.steps))

    @property
    def cost_usd(self) -> float | None:
        """Price of the model use in US dollars; None where any part of it is unknown."""
        return self.result.cost_usd

    @property
    def duration_s(self) -> float:
        """Seconds from start to end."""
        return self.result.duration_s

    @property
    def model(self) -> str:
        return self.result.model

    @property
    def plan(self) -> Plan | None:
        """The plan as it stood at the end; before that, the one of one's own that the run was started with, else None."""
        if self.foreign:
            return None
        return self.result.plan or self._lab.durable.spec(self.run_id).plan

    @property
    def spans(self) -> list[dict[str, Any]]:
        """The run's rows of the view ``spans``, in order of their start."""
        return recording.spans_of(self._lab.store, self.run_id)

    @property
    def totals(self) -> recording.Totals:
        """How many spans and calls the run has."""
        return recording.totals_of(self._lab.store, self.run_id)

    @property
    def effects(self) -> tuple[Effect, ...]:
        """What it, and the runs it has begun, did to the world, in that order, and what was taken back of it."""
        return self.result.effects

    @property
    def questions(self) -> list[Question]:
        """What it asks and nobody has answered yet."""
        found = self._lab.durable.desks.open()
        return [one for one in found if f"{one.run_id}.".startswith(f"{self.run_id}.")]

    def waterfall(self) -> dict[str, Any]:
        """The trace as the app draws a large one: ``{columns, rows}``, without attributes."""
        from agentlab.insight.waterfall import table_of

        return table_of(recording.light_spans_of(self._lab.store, self.run_id))

    def detail(self, span_id: str, *, limit: int = 0) -> dict[str, Any]:
        """One span whole: its columns, and ``payloads``, each cut to ``limit`` characters where that is not 0."""
        from agentlab.insight.detail import detail_of

        span = recording.span_of(self._lab.store, self.run_id, span_id)
        payloads = recording.payloads_of(self._lab.store, self.run_id, span_id).get(span_id, {})
        return detail_of(span, payloads, limit=limit)

    def wait(self) -> Run:
        """Wait until the run has ended; Ctrl-C cancels it."""
        self._result = self._lab.durable.wait(self.run_id)
        return self

    def follow(self) -> Iterator[dict[str, Any]]:
        """What happens in the run, as it happens: columns of ``Span`` and ``phase`` (start, end, text; the last is done)."""
        after = 0
        while True:
            for number, event in self._lab.events(self.run_id, after):
                after = number
                yield event
                if event["phase"] == "done":
                    return
            time.sleep(FOLLOW_S)

    def as_dict(self) -> dict[str, Any]:
        """The run as ``agentlab run --json`` prints it."""
        return {
            "run_id": self.run_id,
            "status": self.status,
            "goal": self.goal,
            "model": self.model,
            "answer": self.answer,
            "error": self.error,
            "steps": [_step_dict(step) for step in self.steps],
            "cites": list(self.result.cites),
            "effects": [asdict(effect) for effect in self.effects],
            "thread": self.result.thread,
            "score": self.result.score,
            "credits": self.credits,
            "cost_usd": self.cost_usd,
            "duration_s": round(self.duration_s, 3),
        }

    def __repr__(self) -> str:
        return f"Run {self.run_id}: {self.status}\n{self.answer or self.error}".strip()

    def _repr_html_(self) -> str:
        from agentlab.insight.html import waterfall_html
        from agentlab.insight.waterfall import rows_of

        figures = f"{self.status} · {self.duration_s:.2f} s · {self.credits:g} credits · {self.run_id}"
        words = escape(self.answer or self.error)
        head = f"<b>{escape(self.goal)}</b><br><small>{escape(figures)}</small>"
        return f"<p>{head}</p><p style='white-space:pre-wrap'>{words}</p>{waterfall_html(rows_of(self.spans))}"


def _step_dict(step: StepResult) -> dict[str, Any]:
    found = {"id": step.id, "tool": step.tool, "status": step.status, "attempts": step.attempts, "result": step.result}
    if step.error:
        found["error"] = {"kind": step.error.kind, "message": step.error.message}
    return found


def _step_of(span: dict[str, Any]) -> StepResult:
    status = {"ok": "succeeded", "error": "failed", "running": "running"}.get(span["status"], "cancelled")
    error = ToolError(kind=span["error_type"], message=span["error_message"] or "") if span["error_type"] else None
    return StepResult(
        id=span["step"],
        tool=span["tool"],
        status=status,  # type: ignore[arg-type] # one of StepStatus, by the table above
        attempts=span["attributes"].get("agentlab.attempts", 0),
        error=error,
        credits=span["credits"] or 0,
        cost_usd=span["cost_usd"],
    )
