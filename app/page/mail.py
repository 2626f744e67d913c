"""Mail: what lies in the outbox, and one mail of it. The address names the mail."""

from __future__ import annotations

import streamlit as st

from agentlab.tools.failure import ToolFailed
from agentlab.tools.mail.outbox import Outbox
from ui import mails as drawn
from ui import nodes, states
from ui.bench import the_lab
from ui.components import show

lab = the_lab()
outbox = Outbox(lab.settings.outbox)


def show_mail(name: str) -> None:
    """One mail, and the file for a mail program."""
    try:
        mail = outbox.mail(name)
    except ToolFailed as failed:
        show(nodes.notice("This mail cannot be shown", failed.error.message), key="missing")
        return
    show(nodes.head(mail["subject"] or "(no subject)", facts=[mail["name"]]), key="head")
    show(*drawn.mail_view(mail), key="mail")
    content = (lab.settings.outbox / mail["name"]).read_bytes()
    st.download_button(
        "Save the file", content, file_name=mail["name"], mime="message/rfc822", icon=":material/download:"
    )


def show_outbox() -> None:
    """All mails, newest first."""
    sends = bool(lab.settings.smtp_url.get_secret_value())
    lead = "A mail server is set: mails leave at once, and here lie those from before." if sends else (
        "No mail server is set, so mails stay here as files and can be taken back."
    )  # fmt: skip
    show(nodes.head("Mail", lead=lead), key="head")
    found = outbox.mails()
    if found:
        show(drawn.mail_list(found), key="mails")
    else:
        states.empty(
            "No mail in the outbox", "A goal such as: Email ann@example.org a summary of samples/faq.md", key="none"
        )


if chosen := st.query_params.get("mail"):
    show_mail(chosen)
    if st.button("All mails", icon=":material/arrow_back:"):
        st.query_params.clear()
        st.rerun()
else:
    show_outbox()
