"""Launch: write a goal, look at the plan and its price, run it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from agentlab.agent.plan import least_credits
from agentlab.insight import written
from agentlab.models.listing import described, trouble_with
from agentlab.types import Plan, to_credits
from ui import models as drawn
from ui import nodes, plans, states
from ui.bench import the_lab
from ui.components import show

lab = the_lab()
models = [model["name"] for model in lab.models() if model["configured"] or model["name"] == "roles"]


WHEN = {
    "untrusted": "text from outside had a hand in something that sends, shares, deletes or spends",
    "plan": "a plan is made",
    "changes": "a step changes something outside",
    "failure": "a person may know more about a failure",
}


def show_plan(plan: Plan) -> Plan:
    """The plan as a list, with what it is worth and costs at least; as the person has changed it."""
    least = written.counted(written.credits(to_credits(least_credits(plan, lab.tools))), "credit")
    top = nodes.titled("The plan", f"{written.counted(len(plan.steps), 'step')}, from {least}")
    reason = nodes.el("p", plan.rationale or plan.answer, kind="soft")
    worth = plans.worth(lab.weigh(plan)) if plan.steps else None
    show(top, reason, *([worth] if worth else []), nodes.plan_list(plan, lab.tools.specs()), key="plan")
    if plan.steps and st.toggle("Change the plan", key="edit"):
        return plans.edited(plan, lab.tools.specs(), key="steps")
    return plan


def options() -> dict[str, Any]:
    """How the run is to be started, besides its goal, model and budget."""
    with st.expander("How it runs", icon=":material/tune:"):
        approve = st.multiselect(
            "Ask me when", list(WHEN), default=lab.settings.approve, format_func=WHEN.__getitem__, key="approve"
        )
        thread = st.text_input(
            "Conversation", key="thread", help="Runs under one name see what the earlier ones found."
        )
        undo = st.toggle("Take back what it did where it fails or is cancelled", lab.settings.undo, key="undo")
        check = st.toggle("Let a model look at each result", lab.settings.check, key="check")
        memory = st.toggle("Read my memory, and add to it", value=True, key="memory")
    return {"approve": approve, "thread": thread.strip(), "undo": undo, "check": check, "memory": memory}


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
    how = options()
    with st.container(horizontal=True):
        run_now = st.button("Run", type="primary", icon=":material/play_arrow:", key="run")
        plan_now = st.button("Show plan", icon=":material/checklist:", key="preview")
    trouble = trouble_with(model or "", lab.settings)
    if trouble and not (run_now or plan_now):
        with told:
            states.error(trouble, key="model-trouble")
with right:
    if plan_now:
        with states.caught("plan-error"), st.spinner("Planning"):
            st.session_state["planned"] = (goal, model, lab.preview(goal, model=model))
    planned = st.session_state.get("planned")
    plan = None
    if planned and planned[:2] == (goal, model):
        with states.caught("plan-wrong"):
            plan = show_plan(planned[2])
    else:
        show(
            nodes.empty("No plan yet", "Show plan lists the steps, what each waits for, and its price."), key="no-plan"
        )
if run_now:
    with left, states.caught("run-error"):
        shown = plan if plan and plan.steps else None
        run = lab.submit(goal, plan=shown, model=model, budget=budget, **how)
        st.switch_page("page/run.py", query_params={"run": run.run_id})
