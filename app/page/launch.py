"""Launch: write a goal, look at the plan and its price, run it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from agentlab.models.listing import described, trouble_with
from agentlab.types import to_credits
from ui import models as drawn
from ui import nodes, plans, states
from ui.bench import the_lab
from ui.components import show

lab = the_lab()
models = [model["name"] for model in lab.models() if model["configured"] or model["name"] == "roles"]


# When a person may be asked, in the words of the page.
WHEN = {
    "plan": "the plan is made",
    "changes": "a step would change something outside",
    "untrusted": "text from outside had a hand in what is sent, shared, deleted or spent",
    "failure": "a step has failed and I may know more",
}


def options() -> dict[str, Any]:
    """How the run is to be started, besides its goal, model and budget."""
    with st.expander("How it runs", icon=":material/tune:"):
        st.markdown("Ask me when")
        usual = lab.settings.approve
        approve = [word for word, text in WHEN.items() if st.toggle(text, word in usual, key=f"approve-{word}")]
        thread = st.text_input(
            "Conversation",
            key="thread",
            placeholder="Any name",
            help="Runs under one name see what the earlier ones found.",
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
    left_over = lab.balance().left
    balance = "" if left_over is None else f" {to_credits(left_over):,.0f} of your credits are left."
    budget = st.number_input(
        "Budget in credits",
        min_value=0.0,
        value=float(lab.settings.budget_credits),
        step=100.0,
        format="%g",
        key="budget",
        help=f"The run stops before it passes this.{balance}",
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
            plan = plans.offered(planned[2], key="plan")
    else:
        show(
            nodes.empty("No plan yet", "Show plan lists the steps, what each waits for, and its price."), key="no-plan"
        )
if run_now:
    with left, states.caught("run-error"):
        shown = plan if plan and plan.steps else None
        run = lab.submit(goal, plan=shown, model=model, budget=budget, **how)
        st.switch_page("page/run.py", query_params={"run": run.run_id})
