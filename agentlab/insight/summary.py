"""A run in four figures, the same in the app and in a notebook."""

from __future__ import annotations

from collections.abc import Sequence

from agentlab.insight import written
from agentlab.insight.waterfall import Row
from agentlab.types import RunResult, to_credits

Figure = tuple[str, str, str]
"""Label, value and a remark."""


def figures(run: RunResult, rows: Sequence[Row]) -> list[Figure]:
    """Duration, credits, cost and steps of a run that has ended, with what explains them in its trace."""
    return [
        ("Duration", written.duration(run.duration_s * 1_000), _slowest(rows)),
        ("Credits", written.credits(to_credits(run.credits)), _calls(rows)),
        ("Cost", written.dollars(run.cost_usd), _price(run)),
        ("Steps", _steps(run), _retries(run)),
    ]


def _slowest(rows: Sequence[Row]) -> str:
    steps = [row for row in rows if row.kind == "group" and row.parent and row.duration_ms]
    if not steps:
        return ""
    longest = max(steps, key=lambda row: row.duration_ms or 0.0)
    return f"longest: {longest.name}, {written.duration(longest.duration_ms)}"


def _calls(rows: Sequence[Row]) -> str:
    models = sum(row.model is not None and row.kind == "llm" for row in rows)
    tools = sum(row.kind not in {"group", "llm"} for row in rows)
    return f"{written.counted(tools, 'tool call')}, {written.counted(models, 'model call')}"


def _price(run: RunResult) -> str:
    if run.cost_usd is None:
        return "a price is unknown"
    return "nothing was charged" if run.cost_usd == 0 else "price of the model calls"


def _steps(run: RunResult) -> str:
    done = sum(step.status == "succeeded" for step in run.steps)
    return f"{done} of {len(run.steps)}" if run.steps else "none"


def _retries(run: RunResult) -> str:
    again = sum(max(step.attempts - 1, 0) for step in run.steps)
    skipped = sum(step.status == "skipped" for step in run.steps)
    said = ["no retries" if again == 0 else f"{again} {'retry' if again == 1 else 'retries'}"]
    return ", ".join([*said, f"{skipped} skipped"] if skipped else said)
