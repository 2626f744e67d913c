"""Notifications: what was told of runs, the newest first."""

from __future__ import annotations

import streamlit as st

from agentlab.trace import utc_now
from ui import nodes, states
from ui import schedules as drawn
from ui.bench import the_lab
from ui.components import show

lab = the_lab()
lead = "Failed runs, runs of schedules, and runs that wait for you."
unread = lab.unread()
show(nodes.head("Notifications", lead=lead, facts=[f"{unread} unread"] if unread else ()), key="head")
if unread and st.button("Mark all as read", icon=":material/done_all:", key="read"):
    lab.mark_read()
    st.rerun()
if found := lab.notifications():
    show(drawn.notification_list(found, utc_now()), key="told")
else:
    states.empty("Nothing to tell", "A failed run and each run of a schedule leave a message here.", key="empty")
