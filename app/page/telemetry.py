"""Telemetry: how runs went, how long tools took, what it cost, what failed. Every chart shows its query."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from agentlab.insight import figures, telemetry
from agentlab.trace import utc_now
from ui import nodes, states
from ui.bench import the_lab
from ui.components import show

PERIODS = {"7 days": 7, "30 days": 30, "All time": None}
EVERY = "All models"

lab = the_lab()
theme: Any = st.context.theme.type or "light"


def show_filters() -> telemetry.Filters:
    """Period and model, kept in the address so that a view can be shared."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        period = st.selectbox("Period", list(PERIODS), index=1, key="period", bind="query-params", width=150)
        model = st.selectbox("Model", [EVERY, *telemetry.models(lab.sql)], key="model", bind="query-params", width=220)
    return telemetry.Filters.last(PERIODS[period], model=None if model == EVERY else model)


def show_chart(title: str, answer: telemetry.Answer, draw: Callable[..., Any], key: str) -> None:
    """One figure with its title and its query."""
    with st.container(border=True, height="stretch"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.subheader(title, anchor=False)
            st.space("stretch")
            with st.popover("SQL", type="tertiary"):
                st.code(answer.sql, language=None)
        if answer.rows.is_empty():
            show(nodes.empty("Nothing to draw", "No run in this period has it."), key=f"{key}-empty")
        else:
            figure = draw(answer.rows, theme)
            st.plotly_chart(figure, theme=None, config={"displayModeBar": False}, alt=figure.layout.meta, key=key)


show(nodes.head("Telemetry", lead="How runs went, how long their tools took, and what they cost."), key="head")
filters = show_filters()
totals = telemetry.totals(lab.sql, filters)
if totals.runs == 0:
    states.empty(
        "No run in this period",
        "Run a goal, or widen the period.",
        action="Go to Home",
        page="page/home.py",
        key="empty",
    )
    st.stop()
show(nodes.tiles(totals.figures()), key="totals")
with st.grid(2, min_column_width=380):
    show_chart("Runs per day", telemetry.runs_per_day(lab.sql, filters), figures.runs_per_day, "runs-per-day")
    show_chart("Credits per day", telemetry.spent_per_day(lab.sql, filters), figures.spent_per_day, "spent-per-day")
show_chart(
    "Duration by tool, median to p95", telemetry.latency_by_tool(lab.sql, filters), figures.latency_by_tool, "latency"
)
st.subheader("Errors", anchor=False)
errors = telemetry.errors(lab.sql, filters).rows
if errors.is_empty():
    show(nodes.notice("No step failed in this period.", state="ok"), key="no-errors")
else:
    show(nodes.error_list(errors.to_dicts(), utc_now()), key="errors")
