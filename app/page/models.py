"""Models: who can be asked, which model fills which role, what they cost, whether a key works, what holds calls back."""

from __future__ import annotations

from typing import Any

import streamlit as st

from agentlab.errors import AgentlabError
from agentlab.models.catalogue import ROLES, resolve
from agentlab.models.listing import Provider, providers
from agentlab.models.probe import probe
from ui import models as drawn
from ui import nodes
from ui.bench import the_lab
from ui.components import show

lab = the_lab()


def show_provider(provider: Provider) -> None:
    """One provider with its state, its test, and what the last test brought."""
    with st.container(border=True, height="stretch", key=f"provider-{provider.name}"):
        show(drawn.provider_card(provider), key=f"card-{provider.name}")
        st.space("stretch")
        lists = provider.server and not provider.in_use
        label, icon = ("List models", ":material/list:") if lists else ("Test", ":material/network_check:")
        lacks = bool(provider.key_setting) and not provider.configured
        if st.button(label, icon=icon, key=f"test-{provider.name}", disabled=lacks):
            with st.spinner(f"Asking {provider.title}"):
                st.session_state[f"probed-{provider.name}"] = tested(provider.name)
        if found := st.session_state.get(f"probed-{provider.name}"):
            show(drawn.probed(found), key=f"result-{provider.name}")


def tested(name: str) -> Any:
    """What a test brought, or the error that it ended with."""
    try:
        return probe(name, lab.settings, lab.ask)
    except AgentlabError as error:
        return error


rows = lab.models()
by_name = {row["name"]: row for row in rows}
show(
    nodes.head("Models", lead="Who answers when a run asks, and what it costs. Keys come from the environment."),
    key="head",
)

st.subheader("Roles", anchor=False)
show(drawn.role_list({role: resolve(role, lab.settings) for role in ROLES}, by_name), key="roles")

st.subheader("Providers and servers", anchor=False)
with st.grid(3, min_column_width=270):
    for provider in providers(lab.settings):
        show_provider(provider)

st.subheader("Prices", anchor=False)
show(
    nodes.el(
        "p", "US dollars per million tokens, credits per 1,000 tokens; longer prompts may cost more.", kind="soft"
    ),
    drawn.table(row for row in rows if row["provider"] != "agentlab"),
    key="models",
)

st.subheader("Guards", anchor=False)
show(*drawn.guards(lab.guard_states()), key="guards")
