"""A run in four figures, the same in the app and in a notebook."""

from __future__ import annotations

from agentlab.insight import written
from agentlab.insight.recording import Totals
from agentlab.types import RunResult, to_credits

Figure = tuple[str, str, str]
"""Label, value and a remark."""


def figures(run: RunResult, trace: Totals) -> list[Figure]:
    """Duration, credits, cost and steps of a run that has ended, with what explains them in its trace."""
    return [
        ("Duration", written.duration(run.duration_s * 1_000), _slowest(trace)),
        ("Credits", written.credits(to_credits(run.credits)), _calls(trace)),
        ("Cost", written.dollars(run.cost_usd), _price(run)),
        _steps(run, trace),
    ]


def _slowest(trace: Totals) -> str:
    return f"longest: {trace.longest}, {written.duration(trace.longest_ms)}" if trace.longest else ""


def _calls(trace: Totals) -> str:
    tools, models = (f"{trace.tool_calls:,}", "tool call"), (f"{trace.model_calls:,}", "model call")
    return ", ".join(written.counted(*it) for it in (tools, models))


def _price(run: RunResult) -> str:
    if run.cost_usd is None:
        return "a price is unknown"
    return "nothing was charged" if run.cost_usd == 0 else "price of the model calls"


def _steps(run: RunResult, trace: Totals) -> Figure:
    """A trace that knows of no steps, such as another framework's, has its spans counted."""
    if not run.steps and trace.spans and not trace.longest:
        return ("Spans", f"{trace.spans:,}", written.counted(f"{trace.failed:,}", "failure"))
    done = sum(step.status == "succeeded" for step in run.steps)
    return ("Steps", f"{done} of {len(run.steps)}" if run.steps else "none", _retries(run))


def _retries(run: RunResult) -> str:
    again = sum(max(step.attempts - 1, 0) for step in run.steps)
    skipped = sum(step.status == "skipped" for step in run.steps)
    said = ["no retries" if again == 0 else f"{again} {'retry' if again == 1 else 'retries'}"]
    return ", ".join([*said, f"{skipped} skipped"] if skipped else said)
