"""The app's frame: name, navigation, and the one place that shows errors a page does not handle itself."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from agentlab.errors import AgentlabError
from front import PAGES
from ui import nodes, states
from ui.bench import the_lab
from ui.components import show

STATIC = Path(__file__).resolve().parent / "static"

st.set_page_config(page_title="agentlab", page_icon=str(STATIC / "mark.png"), layout="wide")
st.logo(str(STATIC / "logo.svg"), icon_image=str(STATIC / "mark.svg"), size="large")
page = st.navigation([st.Page(f"page/{name}.py", title=title, icon=icon) for name, (title, icon) in PAGES.items()])
if trouble := the_lab().store.trouble():
    show(nodes.notice("Traces are in trouble", trouble.message, trouble.hint), key="trouble")
try:
    page.run()
except AgentlabError as error:
    states.error(error)
