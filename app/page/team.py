"""Team: several goals that depend on each other and share what they find, run as one."""

from __future__ import annotations

import streamlit as st

from ui import nodes, states
from ui import team as drawn
from ui.bench import the_lab
from ui.components import show

lab = the_lab()

show(
    nodes.head(
        "Launch a team",
        lead="Each member is a run of its own. Who comes after others is given their answers; all share one trace and one budget.",
    ),
    key="head",
)
members = drawn.members(key="members")
left, right = st.columns(2)
with left:
    goal = st.text_input("What all of it is for", key="goal", placeholder="Optional; the answer is written to it")
    answer = st.toggle("Write one answer out of all", value=True, key="answer", help="Else the last member's is taken.")
with right:
    model = st.text_input("Model", lab.settings.model, key="model", help="Of those members that name none.")
    budget = st.number_input(
        "Budget in credits",
        min_value=0.0,
        value=float(lab.settings.budget_credits),
        step=100.0,
        format="%g",
        key="budget",
    )
if st.button("Run", type="primary", icon=":material/play_arrow:", key="run"):
    with states.caught("team-error"):
        run = lab.team(drawn.as_members(members), goal=goal, answer=answer, here=False, model=model, budget=budget)
        st.switch_page("page/run.py", query_params={"run": run.run_id})
