"""Tools: what runs may use, what each reaches, costs and leaves behind, and a form to try it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from ui import nodes, states
from ui import tools as drawn
from ui.bench import the_lab
from ui.components import show

lab = the_lab()
tools = {tool["name"]: tool for tool in lab.tool_list()}
asked = st.query_params.get("tool", "")
chosen = asked if asked in tools else next(iter(tools))


LEFT = "left_behind"
"""Key of what the last call left behind, as (tool, what its undo needs)."""


def tried(tool: dict[str, Any], args: dict[str, Any]) -> None:
    """Call the tool, and show what came of it."""
    with states.caught("call-error"), st.spinner(f"Calling {tool['name']}"):
        result = lab.call(tool["name"], args)
    st.session_state[LEFT] = (tool["name"], result.undo) if result.undo is not None else None
    show(drawn.called(result), key="called")
    if result.data is not None:
        st.json(result.data, expanded=2)
    picture = result.payloads.get("screenshot")
    if isinstance(picture, str) and picture.startswith("data:image/"):
        st.image(picture)


show(nodes.head("Tools", lead="What runs may use. A call from here is traced like one of a run."), key="head")
left, right = st.columns([1, 2.4], gap="large")
with left:
    show(drawn.listed(tools.values(), chosen), key="list")
with right:
    tool = tools[chosen]
    show(drawn.face(tool), key=f"face-{chosen}")
    st.subheader("Try it", anchor=False)
    if tool["changes_world"]:
        st.caption(
            "It really happens." if tool["reversible"] else "It really happens, and what it leaves behind stays."
        )
    args = drawn.form(tool)
    if args is not None:
        tried(tool, args)
    left_behind = st.session_state.get(LEFT)
    if left_behind and left_behind[0] == chosen and st.button("Take it back", icon=":material/undo:", key="take-back"):
        st.session_state[LEFT] = None
        show(drawn.taken_back(lab.take_back(*left_behind)), key="taken-back")
    if table := drawn.data(tool):
        st.subheader("What it gives back", anchor=False)
        show(table, key=f"data-{chosen}")
    if table := drawn.failures(tool):
        st.subheader("How it fails", anchor=False)
        show(table, key=f"failures-{chosen}")
