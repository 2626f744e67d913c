"""Run: one run, live while it works and stored when it has ended; without one, the list of runs."""

from __future__ import annotations

import streamlit as st

import agentlab
from agentlab.insight import summary
from agentlab.insight.waterfall import rows_of
from agentlab.trace import utc_now
from agentlab.types import FINISHED
from ui import nodes, states
from ui.bench import recent_runs, the_lab
from ui.components import live_trace, show, stored_trace
from ui.prose import prose

lab = the_lab()


def show_list() -> None:
    """All runs, newest first."""
    show(nodes.head("Runs", lead="Every run with its trace. Select one to see its steps."), key="head")
    found = recent_runs(limit=100)
    if not found:
        text = "A suggested goal on Home is one click away."
        states.empty("Nothing has run yet", text, action="Go to Home", page="page/home.py", key="empty")
    else:
        show(nodes.run_list(found, utc_now()), key="runs")


def show_head(run: agentlab.Run) -> None:
    """Title, status, facts and the action that fits."""
    with st.container(horizontal=True, vertical_alignment="top"):
        show(nodes.head(run.goal, status=run.status, run_id=run.run_id, facts=[run.model]), key="head")
        if run.status in FINISHED:
            show_again(run)
        elif st.button("Cancel", icon=":material/stop_circle:", key="cancel"):
            lab.cancel(run.run_id)
            st.rerun()


def show_again(run: agentlab.Run) -> None:
    """The button that runs the same goal, or plan, once more."""
    if st.button("Run again", icon=":material/replay:", type="primary", key="again"):
        again = lab.submit(run.goal, plan=run.plan, model=run.model)
        st.switch_page("page/run.py", query_params={"run": again.run_id})


def show_ended(run: agentlab.Run) -> None:
    """Why it failed, what it found, what it took, and its trace."""
    if run.error:
        show(nodes.notice("The run did not succeed", run.error), key="failure")
    if run.answer:
        with st.container(border=True):
            show(prose(run.answer), key="answer")
    rows = rows_of(run.spans)
    show(nodes.tiles(summary.figures(run.result, rows)), key="figures")
    st.subheader("Trace", anchor=False)
    stored_trace(rows, key="trace")


run_id = st.query_params.get("run")
if not run_id:
    show_list()
else:
    run = lab.run_of(run_id)
    show_head(run)
    if run.status in FINISHED:
        show_ended(run)
    else:
        live_trace(run_id, run.plan.steps if run.plan else (), key="live")
