"""Memory: what is remembered, searched and by itself; one memory to edit or forget; conversations and their turns.

The address names the memory or the conversation.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, get_args

import streamlit as st

from agentlab.types import Memory, MemoryKind
from ui import memory as drawn
from ui import nodes, states
from ui.bench import the_lab
from ui.components import show

KINDS = get_args(MemoryKind)
SHOWN = 200  # memories that are listed at most
lab = the_lab()
now = datetime.now(UTC).replace(tzinfo=None)


def form(key: str, button: str, memory: Memory | None = None) -> dict[str, Any] | None:
    """The fields of a memory, filled in with those of ``memory``; what was written once it was sent, else None."""
    with st.form(key, border=True, clear_on_submit=memory is None):
        text = st.text_area("Text", value=memory.text if memory else "", max_chars=2_000, height=100)
        left, right = st.columns(2)
        kind = left.selectbox("Kind", KINDS, index=KINDS.index(memory.kind) if memory else 0)
        importance = right.number_input("Importance, 0 to 1", 0.0, 1.0, memory.importance if memory else 0.5, 0.1)
        sent = st.form_submit_button(button, type="primary")
    return {"text": text, "kind": kind, "importance": importance} if sent else None


def back() -> None:
    """Return to the list."""
    st.query_params.clear()
    st.rerun()


def show_memory(memory_id: str) -> None:
    """One memory, to be changed or forgotten."""
    found = lab.memory(memory_id)
    written = f"written {drawn.moment(found.at):%Y-%m-%d %H:%M} UTC"
    show(nodes.head("A memory", facts=[found.kind, written], run_id=found.id), key="head")
    show(nodes.el("p", drawn.source(found.source), kind="soft"), key="source")
    changed = form("edit", "Save", found)
    if changed:
        with states.caught("edit-error"):
            lab.edit_memory(memory_id, **changed)
        back()
    if st.button("Forget it for good", icon=":material/delete:", key="forget"):
        lab.forget(memory_id)
        back()


def show_thread(thread: str) -> None:
    """One conversation, oldest turn first."""
    turns = lab.thread(thread)
    listed = {row["thread"]: row["title"] for row in lab.threads(limit=10_000)}
    show(nodes.head(listed.get(thread, thread), facts=[f"{len(turns)} turns"], run_id=thread), key="head")
    show(*(drawn.turn_view(turn, now) for turn in turns), key="turns")
    with st.form("rename", border=True):
        title = st.text_input("Title", value=listed.get(thread, ""), max_chars=120)
        renamed = st.form_submit_button("Rename")
    if renamed:
        with states.caught("rename-error"):
            lab.rename_thread(thread, title)
        st.rerun()
    if st.button("Delete this conversation", icon=":material/delete:", key="delete"):
        lab.delete_thread(thread)
        back()


def show_all() -> None:
    """Everything that is remembered, or what fits a search."""
    lead = "What runs are shown before they plan. Yours to change."
    if lab.settings.memory == "off":
        lead = "Memory is off (AGENTLAB_MEMORY): runs read none of this, and add nothing."
    show(nodes.head("Memory", lead=lead), key="head")
    query = st.text_input("Search", key="query", placeholder="Words, such as: invoices in March")
    with states.caught("search-error"):
        found = lab.memories(query, limit=SHOWN)
    if found:
        show(drawn.memory_list(found, now), key="memories")
    elif query.strip():
        show(nodes.empty("Nothing fits", "Try fewer or other words."), key="nothing")
    else:
        show(
            nodes.empty("Nothing is remembered yet", "Runs add what they found; or write something down yourself."),
            key="nothing",
        )
    with st.expander("Remember something", icon=":material/add:", expanded=not found and not query.strip()):
        new = form("add", "Remember")
    if new:
        with states.caught("add-error"):
            lab.remember(new["text"], kind=new["kind"], importance=new["importance"])
        st.rerun()
    if threads := lab.threads():
        show(nodes.titled("Conversations", "Each run of one sees what the earlier ones found."), key="threads-title")
        show(drawn.thread_list(threads, now), key="threads")


memory_id, thread = st.query_params.get("memory"), st.query_params.get("thread")
if memory_id or thread:
    if st.button("All of the memory", icon=":material/arrow_back:", key="back"):
        back()
    with states.caught("missing"):
        if memory_id:
            show_memory(memory_id)
        else:
            show_thread(thread or "")
else:
    show_all()
