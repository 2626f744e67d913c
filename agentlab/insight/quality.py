"""How good were the plans? Measured on what became of them, run by run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agentlab.insight.telemetry import Filters, Reader

if TYPE_CHECKING:
    import plotly.graph_objects as go
    import polars as pl

_QUALITY = """
with drafts as (
  select run_id, count(*) as drafts from spans where kind = 'plan' group by run_id
), attempts as (
  select run_id, count(*) as attempts from spans where kind = 'tool' group by run_id
), steps as (
  select run_id,
         count(*) as steps,
         count(*) filter (status = 'ok') as succeeded,
         sum(duration_ms) as work_ms,
         date_diff('microsecond', min(started_at), max(started_at + to_microseconds((duration_ms * 1000)::bigint))) / 1000.0
           as elapsed_ms
  from spans where kind = 'step' group by run_id
)
select runs.run_id, runs.goal, runs.model, runs.status, runs.started_at,
       coalesce(drafts, 0) as drafts,
       steps.steps,
       steps.succeeded / steps.steps as success_share,
       coalesce(attempts, 0) - steps.steps as retries,
       work_ms / greatest(elapsed_ms, 0.001) as parallel_gain,
       runs.credits / steps.steps as credits_per_step
from runs join steps using (run_id) left join drafts using (run_id) left join attempts using (run_id)
where {condition}
order by runs.started_at
"""


def plan_quality(read: Reader, filters: Filters) -> pl.DataFrame:
    """One row for each run that started at least one step.

    ``drafts`` plans the model made (0 for a plan of one's own), ``success_share`` of its steps (0 to 1), ``retries``
    calls beyond the first of each step, ``parallel_gain`` work time over elapsed time (1 = one after the other),
    ``credits_per_step`` credits.
    """
    conditions = ["runs.status not in ('running', 'queued')"]
    if filters.since:
        conditions.append(f"runs.started_at >= timestamp '{filters.since.isoformat(sep=' ')}'")
    if filters.model:
        conditions.append("runs.model = '" + filters.model.replace("'", "''") + "'")
    rows: pl.DataFrame = read(_QUALITY.format(condition=" and ".join(conditions))).pl()
    return rows


def summary(rows: pl.DataFrame) -> dict[str, Any]:
    """The figures of a whole table of ``plan_quality``; None where there is no run to speak of."""
    if rows.is_empty():
        return {"runs": 0, "succeeded": None, "first_draft": None, "success_share": None, "parallel_gain": None}
    return {
        "runs": rows.height,
        "succeeded": (rows["status"] == "succeeded").mean(),
        "first_draft": (rows["drafts"] <= 1).mean(),
        "success_share": rows["success_share"].mean(),
        "parallel_gain": rows["parallel_gain"].mean(),
    }


def quality_figure(rows: pl.DataFrame) -> go.Figure:
    """Each run as a point: how much its steps gained by standing side by side, against how many it had."""
    import plotly.graph_objects as go

    from agentlab.insight.figures import template
    from agentlab.insight.palette import TOKENS

    token = {"succeeded": "green", "failed": "red"}
    figure = go.Figure(layout={"template": template("light"), "height": 320})
    for status in rows["status"].unique(maintain_order=True):
        part = rows.filter(rows["status"] == status)
        figure.add_scatter(
            x=part["steps"].to_list(),
            y=part["parallel_gain"].to_list(),
            text=part["goal"].to_list(),
            mode="markers",
            name=status,
            marker={"size": 9, "color": TOKENS["light"][token.get(status, "gray")]},
        )
    figure.update_xaxes(title="steps in the plan", dtick=1)
    figure.update_yaxes(title="work time / elapsed time", rangemode="tozero")
    return figure
