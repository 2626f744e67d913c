"""Run: one run, live while it works and stored when it has ended; without one, the list of runs."""

from __future__ import annotations

import streamlit as st

import agentlab
from agentlab.insight import summary
from agentlab.insight.waterfall import rows_of
from agentlab.trace import utc_now
from ui import nodes, scoring, states
from ui.bench import recent_runs, the_lab
from ui.components import large_trace, live_trace, show, stored_trace
from ui.prose import prose

MANY = 1_000  # spans from which on the browser fetches the trace by itself

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
    """Title, status, facts and the actions that fit."""
    show(nodes.head(run.goal, status=run.status, run_id=run.run_id, facts=[run.model]), key="head")
    with st.container(horizontal=True):
        if run.ended:
            show_actions(run)
        elif st.button("Cancel", icon=":material/stop_circle:", key="cancel"):
            lab.cancel(run.run_id)
            st.rerun()


def show_actions(run: agentlab.Run) -> None:
    """Run the same once more, replay it, or compare it with another."""
    if not run.foreign:
        if st.button("Run again", icon=":material/refresh:", type="primary", key="again"):
            go_to(lab.submit(run.goal, plan=run.plan, model=run.model))
        if st.button(
            "Replay", icon=":material/replay:", key="replay", help="With the recorded answers: free, offline."
        ):
            with states.caught("replay-error"):
                go_to(lab.submit(run.goal, plan=run.plan, model=f"replay:{run.run_id}"))
    if st.button("Compare", icon=":material/difference:", key="compare"):
        st.switch_page("page/compare.py", query_params={"a": run.run_id})


def go_to(run: agentlab.Run) -> None:
    """Show the page of ``run``."""
    st.switch_page("page/run.py", query_params={"run": run.run_id})


def show_ended(run: agentlab.Run) -> None:
    """Why it failed, what it found, what it took, its trace, and what is thought of it."""
    if run.error:
        show(nodes.notice("The run did not succeed", run.error), key="failure")
    if run.answer:
        with st.container(border=True):
            show(prose(run.answer), key="answer")
    totals = run.totals
    show(nodes.tiles(summary.figures(run.result, totals)), key="figures")
    st.subheader("Trace", anchor=False)
    if totals.spans > MANY:
        large_trace(run.run_id, totals.spans, key="trace")
    else:
        stored_trace(run.run_id, rows_of(run.spans), key="trace")
    st.subheader("Scores", anchor=False)
    scoring.scores(run.run_id)


run_id = st.query_params.get("run")
if not run_id:
    show_list()
else:
    run = lab.run_of(run_id)
    show_head(run)
    if run.ended:
        show_ended(run)
    else:
        live_trace(run_id, run.plan.steps if run.plan else (), key="live")
