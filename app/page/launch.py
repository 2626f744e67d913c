"""Launch: write a goal, look at the plan and its price, run it."""

from __future__ import annotations

import streamlit as st

from agentlab.agent.plan import least_credits
from agentlab.insight import written
from agentlab.models.listing import described, trouble_with
from agentlab.types import Plan, to_credits
from ui import models as drawn
from ui import nodes, states
from ui.bench import the_lab
from ui.components import show

lab = the_lab()
models = [model["name"] for model in lab.models() if model["configured"] or model["name"] == "roles"]


def show_plan(plan: Plan) -> None:
    """The plan as a list, with what it costs at least."""
    least = written.counted(written.credits(to_credits(least_credits(plan, lab.tools))), "credit")
    top = nodes.titled("The plan", f"{written.counted(len(plan.steps), 'step')}, from {least}")
    reason = nodes.el("p", plan.rationale or plan.answer, kind="soft")
    show(top, reason, nodes.plan_list(plan, lab.tools.specs()), key="plan")


show(nodes.head("Launch a run", lead="Nothing runs before you press Run; Show plan costs no step."), key="head")
left, right = st.columns([1, 1.15], gap="large")
with left:
    goal = st.text_area(
        "Goal",
        key="goal",
        height=132,
        placeholder="Summarise a file of the drive and save the summary as a document",
        persist_state="session",
    )
    offered = models if lab.settings.model in models else [lab.settings.model, *models]
    model = st.selectbox(
        "Model", offered, index=offered.index(lab.settings.model), key="launch_model", accept_new_options=True
    )
    with states.caught("model-error"):
        show(drawn.chosen(described(model or "", lab.settings)), key="about")
    told = st.container()
    budget = st.number_input(
        "Budget in credits",
        min_value=0.0,
        value=float(lab.settings.budget_credits),
        step=100.0,
        format="%g",
        key="budget",
        help="The run stops before it passes this.",
    )
    with st.container(horizontal=True):
        run_now = st.button("Run", type="primary", icon=":material/play_arrow:", key="run")
        plan_now = st.button("Show plan", icon=":material/checklist:", key="preview")
    trouble = trouble_with(model or "", lab.settings)
    if trouble and not (run_now or plan_now):
        with told:
            states.error(trouble, key="model-trouble")
    if run_now:
        with states.caught("run-error"):
            st.switch_page("page/run.py", query_params={"run": lab.submit(goal, model=model, budget=budget).run_id})
with right:
    if plan_now:
        with states.caught("plan-error"), st.spinner("Planning"):
            st.session_state["planned"] = (goal, model, lab.preview(goal, model=model))
    planned = st.session_state.get("planned")
    if planned and planned[:2] == (goal, model):
        show_plan(planned[2])
    else:
        show(
            nodes.empty("No plan yet", "Show plan lists the steps, what each waits for, and its price."), key="no-plan"
        )
