"""A run in four figures."""

from __future__ import annotations

from agentlab.insight import summary
from agentlab.insight.recording import Totals
from agentlab.types import RunResult, StepResult


def test_the_remarks_explain_the_figures() -> None:
    steps = (
        StepResult(id="a", tool="http.get", status="succeeded", attempts=1),
        StepResult(id="b", tool="http.get", status="failed", attempts=2),
        StepResult(id="c", tool="ai.summarize", status="skipped"),
    )
    run = RunResult(run_id="r", status="failed", steps=steps, credits=2_000_000, cost_usd=None, duration_s=0.9)
    trace = Totals(spans=7, tool_calls=3, model_calls=1, longest="Fetch the second", longest_ms=700)

    found = {label: (value, remark) for label, value, remark in summary.figures(run, trace)}

    assert found == {
        "Duration": ("900 ms", "longest: Fetch the second, 700 ms"),
        "Credits": ("2", "3 tool calls, 1 model call"),
        "Cost": ("—", "a price is unknown"),
        "Steps": ("1 of 3", "1 retry, 1 skipped"),
    }


def test_a_run_without_steps_or_spans() -> None:
    found = summary.figures(RunResult(run_id="r", status="cancelled"), Totals())

    assert ("Steps", "none", "no retries") in found


def test_a_trace_that_knows_of_no_steps_has_its_spans_counted() -> None:
    found = summary.figures(RunResult(run_id="r", status="succeeded"), Totals(spans=50_000, failed=1))

    assert ("Spans", "50,000", "1 failure") in found
