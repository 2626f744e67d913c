"""What a page shows when there is nothing, when something failed, and which mark belongs to a state."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from agentlab.errors import AgentlabError
from ui import nodes
from ui.components import show


def error(found: AgentlabError, *, key: str = "error") -> None:
    """What failed and what to do next."""
    show(nodes.notice(found.message, hint=found.hint), key=key)


def empty(title: str, text: str, *, action: str = "", page: str = "", key: str) -> None:
    """Nothing here yet: one sentence and one action that changes it."""
    show(nodes.empty(title, text), key=key)
    if action and st.button(action, type="primary", key=f"{key}-action"):
        st.switch_page(page)


@contextmanager
def caught(key: str = "error") -> Iterator[None]:
    """Show an error of ours where it happens and end the page there."""
    try:
        yield
    except AgentlabError as found:
        error(found, key=key)
        st.stop()


def unexpected(found: Exception) -> bool:
    """An error nobody foresaw: said without a stack trace, which the server's log has. Returns True: it is shown."""
    text = f"{type(found).__name__}: the server's log has the details."
    show(
        nodes.notice("This page failed.", text, "Reload it; if that does not help, run: agentlab doctor"),
        key="unexpected",
    )
    return True
