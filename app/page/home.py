"""Home: what this is, goals to try with one click, and what ran lately."""

from __future__ import annotations

from typing import Any

import streamlit as st

from agentlab.trace import utc_now
from ui import nodes, states, steering
from ui import schedules as drawn
from ui.bench import recent_runs, the_lab
from ui.components import show

SENTENCE = (
    "A lab bench for LLM agents on your own machine: say what you want done, see the plan and what it costs, "
    "watch every step, and query every run."
)


def run_it(goal: str) -> None:
    """Submit a goal and go to its page."""
    st.switch_page("page/run.py", query_params={"run": the_lab().submit(goal).run_id})


def suggest(number: int, suggestion: dict[str, Any]) -> None:
    """One suggested goal with its button."""
    with st.container(border=True, height="stretch", key=f"card-{number}"):
        show(nodes.card(suggestion["title"], suggestion["goal"], suggestion["why"]), key=f"suggestion-{number}")
        st.space("stretch")
        if st.button("Run", icon=":material/play_arrow:", key=f"run-{number}"):
            with states.caught(f"error-{number}"):
                run_it(suggestion["goal"])


def invite() -> None:
    """The way to a goal of one's own."""
    with st.container(border=True, height="stretch", key="card-own"):
        text = "Write it, look at the plan and its price, then run it."
        show(nodes.card("A goal of your own", text), key="suggestion-own")
        st.space("stretch")
        if st.button("Write a goal", icon=":material/edit:", type="primary", key="own"):
            st.switch_page("page/launch.py")


unread = the_lab().unread()
show(nodes.head("What should be done?", lead=SENTENCE), *([drawn.bell(unread)] if unread else []), key="head")
if asking := the_lab().questions():
    st.subheader("Waits for you", anchor=False)
    show(steering.open_questions(asking), key="asking")
with st.grid(3, min_column_width=270):
    for number, suggestion in enumerate(the_lab().suggestions, 1):
        suggest(number, suggestion)
    invite()

st.subheader("Recent runs", anchor=False)
recent = recent_runs(limit=8)
if recent:
    show(nodes.run_list(recent, utc_now()), key="recent")
else:
    states.empty("Nothing has run yet", "Press Run on a goal above: it works without any key.", key="empty")
