"""Scores of a run on its page: those there are, with author and time, and a small form to add one."""

from __future__ import annotations

import streamlit as st

from agentlab.trace import utc_now
from ui import nodes, states
from ui.bench import the_lab
from ui.components import show

VERDICTS = {"Good": 1.0, "Bad": 0.0}
"""Labels that one click gives, and the numbers they count as."""


def scores(run_id: str) -> None:
    """What is thought of the run, and the way to add to it."""
    found = the_lab().scores_of(run_id)
    if found:
        show(nodes.score_list(found, utc_now()), key="scores")
    with st.form("score", border=True, clear_on_submit=True, enter_to_submit=False):
        first, second, third, fourth = st.columns([1.1, 0.9, 1, 2], vertical_alignment="bottom")
        name = first.text_input("Name", value="helpful", key="score-name", max_chars=80)
        verdict = second.segmented_control("Verdict", list(VERDICTS), key="score-verdict")
        value = third.number_input("Number", value=None, key="score-value", placeholder="0.8", format="%g")
        text = fourth.text_input("Comment", key="score-text", placeholder="Why, in a sentence")
        sent = st.form_submit_button("Add score", icon=":material/add:")
    if sent:
        with states.caught("score-error"):
            add(run_id, name, verdict, value, text)
        st.rerun()


def add(run_id: str, name: str, verdict: str | None, value: float | None, text: str) -> None:
    """Keep what the form says; a verdict without a number counts as 1 or 0."""
    number = VERDICTS[verdict] if verdict and value is None else value
    label = verdict.lower() if verdict else None
    the_lab().score(run_id, name, number, label=label, text=text, source="person")
