"""Run: one run, live while it works and stored when it has ended; without one, the list of runs."""

from __future__ import annotations

import streamlit as st

import agentlab
from agentlab.insight import summary
from agentlab.insight.waterfall import rows_of
from agentlab.trace import utc_now
from agentlab.types import FINISHED, RESTING
from ui import nodes, scoring, states, steering
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


def facts(run: agentlab.Run) -> list[nodes.Node]:
    """Its model, what its plan was worth, and the runs that it belongs to."""
    found: list[nodes.Node] = [run.model]
    if run.result.score is not None:
        found.append(f"plan {run.result.score:.1f} of 10")
    if run.foreign:
        return found
    spec = lab.durable.spec(run.run_id)
    if spec.thread:
        found.append(f"conversation {spec.thread}")
    others = (("forked from", spec.forked_from), ("begun by", spec.parent.run_id if spec.parent else ""))
    return found + [nodes.el("a", f"{word} {other}", href=f"/run?run={other}") for word, other in others if other]


def show_head(run: agentlab.Run, status: str) -> None:
    """Title, status, facts and the actions that fit."""
    show(nodes.head(run.goal, status=status, run_id=run.run_id, facts=facts(run)), key="head")
    with st.container(horizontal=True):
        if run.foreign or status in FINISHED:
            show_actions(run)
        else:
            show_brakes(run, status)


def show_brakes(run: agentlab.Run, status: str) -> None:
    """Pause or go on, and cancel."""
    if status == "paused":
        if st.button("Go on", icon=":material/play_arrow:", type="primary", key="resume"):
            lab.resume(run.run_id)
            st.rerun()
    elif (rest := lab.durable.desks.rest(run.run_id)) and rest.pausing:
        st.button(
            "Pausing", icon=":material/pause:", disabled=True, key="pausing", help="The call under way ends first."
        )
    elif status != "waiting" and st.button(
        "Pause", icon=":material/pause:", key="pause", help="Before its next step, for as long as you like."
    ):
        lab.pause(run.run_id)
        st.rerun()
    if st.button("Cancel", icon=":material/stop_circle:", key="cancel", help="What it did is taken back."):
        lab.cancel(run.run_id)
        st.rerun()


def show_actions(run: agentlab.Run) -> None:
    """Run the same once more, replay it, or compare it with another."""
    if not run.foreign:
        if st.button("Run again", icon=":material/refresh:", type="primary", key="again"):
            go_to(lab.submit(run.goal, plan=lab.asked_in(run.run_id)[1], model=run.model))
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
            show(prose(run.answer), *nodes.rests_on(run.result.cites), key="answer")
    if not run.foreign:
        show_follow_up(run)
    totals = run.totals
    show(nodes.tiles(summary.figures(run.result, totals)), key="figures")
    steering.effects(run)
    show_trace(run, totals.spans)
    steering.fork(run)
    st.subheader("Scores", anchor=False)
    scoring.scores(run.run_id)


def show_follow_up(run: agentlab.Run) -> None:
    """A line for what comes next: a new run that sees what this one has found."""
    with st.form("follow-up", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        goal = st.text_input(
            "Go on", key="next", placeholder="And what about …?", help="A new run that sees what this one has found."
        )
        asked = st.form_submit_button("Ask", icon=":material/forum:")
    if asked:
        with states.caught("next-error"):
            go_to(lab.go_on(run.run_id, goal))


def show_trace(run: agentlab.Run, spans: int) -> None:
    """The waterfall of what has happened so far."""
    st.subheader("Trace", anchor=False)
    if spans > MANY:
        large_trace(run.run_id, spans, key="trace")
    else:
        stored_trace(run.run_id, rows_of(run.spans), key="trace")


def show_resting(run: agentlab.Run, status: str) -> None:
    """What the run asks, or that it is paused, and its trace so far."""
    steering.questions(run)
    if status == "paused":
        text = "It rests before its next step and takes nobody's place. Go on lets it work again, in days too."
        show(nodes.notice("The run is paused", text, state="paused"), key="paused")
    steering.effects(run)
    show_trace(run, run.totals.spans)


run_id = st.query_params.get("run")
if not run_id:
    show_list()
else:
    run = lab.run_of(run_id)
    status = run.status  # one look, so that all parts of the page tell of the same moment
    show_head(run, status)
    if run.foreign or status in FINISHED:
        show_ended(run)
    elif status in RESTING:
        show_resting(run, status)
    else:
        steering.questions_meanwhile(run)
        live_trace(run_id, run.plan.steps if run.plan else (), key="live")
