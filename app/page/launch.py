"""Launch: write a goal, look at the plan and its price, run it."""

from __future__ import annotations

import streamlit as st
from ui import nodes, states
from ui.bench import the_lab
from ui.components import show

from agentlab.agent.plan import least_credits
from agentlab.insight import written
from agentlab.types import Plan, to_credits

lab = the_lab()
names = [model["name"] for model in lab.models()]
about = {model["name"]: model["description"] for model in lab.models()}


def show_plan(plan: Plan) -> None:
    """The plan as a list, with what it costs at least."""
    least = written.credits(to_credits(least_credits(plan, lab.tools)))
    count = f"{len(plan.steps)} step{'' if len(plan.steps) == 1 else 's'}"
    parts = [nodes.titled("The plan", f"{count}, from {least} credits"), nodes.plan_list(plan, lab.tools.specs())]
    if reason := plan.rationale or plan.answer:
        parts.insert(1, nodes.el("p", reason, kind="soft"))
    show(*parts, key="plan")


show(nodes.head("Launch a run", lead="Nothing runs before you press Run; Show plan costs no step."), key="head")
left, right = st.columns([1, 1.15], gap="large")
with left:
    goal = st.text_area(
        "Goal",
        key="goal",
        height=132,
        placeholder="Fetch a page, summarise it and save the summary",
        persist_state="session",
    )
    model = st.selectbox(
        "Model", names, index=names.index(lab.settings.model) if lab.settings.model in names else 0, key="launch_model"
    )
    st.caption(about.get(model, ""))
    budget = st.number_input(
        "Budget in credits",
        min_value=0.0,
        value=float(lab.settings.budget_credits),
        step=100.0,
        format="%g",
        key="budget",
        help="A run stops before it passes this.",
    )
    with st.container(horizontal=True):
        run_now = st.button("Run", type="primary", icon=":material/play_arrow:", key="run")
        plan_now = st.button("Show plan", icon=":material/checklist:", key="preview")
    if run_now:
        with states.caught("run-error"):
            st.switch_page("page/run.py", query_params={"run": lab.submit(goal, model=model, budget=budget).run_id})
with right:
    if plan_now:
        with states.caught("plan-error"), st.spinner("Planning"):
            st.session_state["plan"] = lab.preview(goal, model=model)
    if plan := st.session_state.get("plan"):
        show_plan(plan)
    else:
        show(
            nodes.empty("No plan yet", "Show plan lists the steps, what each waits for, and what they cost."),
            key="no-plan",
        )
