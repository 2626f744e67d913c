"""A run in four figures."""

from __future__ import annotations

from insight_traces import a_trace

from agentlab.insight import summary
from agentlab.insight.waterfall import rows_of
from agentlab.types import RunResult, StepResult


def test_the_remarks_explain_the_figures() -> None:
    steps = (
        StepResult(id="a", tool="http.get", status="succeeded", attempts=1),
        StepResult(id="b", tool="http.get", status="failed", attempts=2),
        StepResult(id="c", tool="ai.summarize", status="skipped"),
    )
    run = RunResult(run_id="r", status="failed", steps=steps, credits=2_000_000, cost_usd=None, duration_s=0.9)

    found = {label: (value, remark) for label, value, remark in summary.figures(run, rows_of(a_trace()))}

    assert found == {
        "Duration": ("900 ms", "longest: Fetch the second, 700 ms"),
        "Credits": ("2", "3 tool calls, 0 model calls"),
        "Cost": ("—", "a price is unknown"),
        "Steps": ("1 of 3", "1 retry, 1 skipped"),
    }


def test_a_run_without_steps_or_spans() -> None:
    found = summary.figures(RunResult(run_id="r", status="cancelled"), [])

    assert ("Steps", "none", "no retries") in found
