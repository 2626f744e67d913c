"""What a person says to a run: answers to what it asks, pause, fork, take back; and what it did to the world."""

from __future__ import annotations

import json
from collections.abc import Iterable

import streamlit as st

import agentlab
from agentlab.types import Effect, Question
from ui import nodes, plans, states
from ui.bench import the_lab
from ui.components import show
from ui.nodes import Node, el

_STATES = {
    "begun": ("pending", "may have happened"),
    "done": ("ok", "done"),
    "failed": ("error", "did not happen"),
    "undone": ("cancelled", "taken back"),
    "stays": ("ok", "stays"),
}


_WORDS = {
    "plan": ("May this plan run?", "Yes, run it", "No"),
    "step": ("May this step go on?", "Yes, go on", "No"),
    "failure": ("This step has failed. Try it again?", "Try again", "Give up"),
}
"""The question, and the words for yes and no, by what it is about."""
ASK_S = 2
"""Seconds between two looks for questions of a run that works."""


@st.fragment(run_every=ASK_S)
def questions_meanwhile(run: agentlab.Run) -> None:
    """What a run asks while others of its steps still work; once it rests, the page runs again.

    The stream of events says so too, but its word may be lost where it comes while this part is being drawn.
    """
    if run.resting:
        st.rerun()
    questions(run)


def questions(run: agentlab.Run) -> None:
    """Each thing that the run asks, with yes and no, and a place to change what is asked about."""
    for question in run.questions:
        with st.container(border=True, key=f"ask-{question.run_id}-{question.name}"):
            _question(question)


def _question(question: Question) -> None:
    lab, key = the_lab(), f"{question.run_id}-{question.name}"
    title, yes_words, no_words = _WORDS[question.about]
    show(_asked(question, title), key=f"why-{key}")
    changed_plan, changed_args = None, None
    with states.caught(f"wrong-{key}"):
        if question.plan:
            plan = plans.offered(question.plan, key=f"plan-{key}")
            changed_plan = None if plan == question.plan else plan
        else:
            written = st.text_area(
                f"Arguments of {question.tool}",
                json.dumps(question.args, ensure_ascii=False, indent=2),
                key=f"args-{key}",
                help="The arguments, as JSON. Change them, or leave them as they are.",
            )
            args = plans.arguments(written, f"step '{question.step}'")
            changed_args = None if args == question.args else args
        note = st.text_input("Remark", key=f"note-{key}", placeholder="Why, for the record")
        with st.container(horizontal=True):
            yes = st.button(yes_words, type="primary", icon=":material/check:", key=f"yes-{key}")
            no = st.button(no_words, icon=":material/close:", key=f"no-{key}")
        if yes:
            lab.approve(question.run_id, question.name, plan=changed_plan, args=changed_args, note=note)
            st.rerun()
        if no:
            lab.deny(question.run_id, question.name, note=note)
            st.rerun()


def _asked(question: Question, title: str) -> Node:
    """What is asked, why, and about which step of which run."""
    _, _, below = question.run_id.partition(".")
    facts = [f"{name} {value}" for name, value in (("step", question.step), ("run of", below)) if value]
    line = el("p", *(el("span", fact) for fact in facts), kind="facts") if facts else None
    return el("div", nodes.icon("pending"), el("div", el("h2", title), el("p", question.why), line), kind="asked")


def open_questions(found: Iterable[Question]) -> Node:
    """Questions as rows that open their run."""
    rows = (
        el(
            "a",
            nodes.icon("pending"),
            el("span", el("strong", the_lab().run_of(top).goal), el("span", question.why, kind="soft")),
            el("span", question.tool or question.about, kind="quiet"),
            href=f"/run?run={top}",
        )
        for question in found
        for top in [question.run_id.partition(".")[0]]
    )
    return el("div", *rows, kind="told asking")


def effects(run: agentlab.Run) -> None:
    """What the run did to the world, with a way to take it back once it has ended."""
    found = run.effects
    if not found:
        return
    st.subheader("Effects", anchor=False)
    show(effect_list(found), key="effects")
    if run.ended and any(effect.state in ("begun", "done") for effect in found):
        with states.caught("undo-error"):
            if st.button("Take back", icon=":material/undo:", key="undo", help="The last thing first."):
                the_lab().begin_undo(run.run_id)
                with st.spinner("Taking back"):
                    the_lab().durable.wait_undone(run.run_id)
                st.rerun()


def effect_list(found: Iterable[Effect]) -> Node:
    """Effects as rows: which step and tool, what became of it, why it stays."""
    rows = (
        el(
            "div",
            nodes.icon(_STATES[effect.state][0]),
            el("span", el("strong", effect.tool), el("span", _place(effect), kind="quiet"), kind="what"),
            el("span", _STATES[effect.state][1]),
            el("span", effect.note, kind="quiet why") if effect.note else None,
            kind="effect",
        )
        for effect in found
    )
    return el("div", *rows, kind="effects")


def _place(effect: Effect) -> str:
    """The step of an effect, below the one that began its run where another run did."""
    _, _, below = effect.run_id.partition(".")
    return f"{below} · {effect.step}" if below else effect.step


def fork(run: agentlab.Run) -> None:
    """A form that begins a new run from the middle of this one."""
    plan = run.plan
    if not plan or not plan.steps or not run.ended:
        return
    with st.expander("Fork: begin anew from a step", icon=":material/fork_right:"):
        by_id = {step.id: step for step in plan.steps}
        chosen = st.selectbox(
            "From step", list(by_id), key="fork-step", help="It and all that builds on it is done anew."
        )
        step = by_id[chosen]
        written = st.text_area(
            f"Arguments of {step.tool}", json.dumps(step.args, ensure_ascii=False, indent=2), key=f"fork-args-{chosen}"
        )
        model = st.text_input("Model", run.model, key="fork-model")
        if st.button("Begin", icon=":material/fork_right:", key="fork"):
            with states.caught("fork-error"):
                args = plans.arguments(written, f"step '{chosen}'")
                forked = the_lab().fork(run.run_id, chosen, args=None if args == step.args else args, model=model)
                st.switch_page("page/run.py", query_params={"run": forked.run_id})
