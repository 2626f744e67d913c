"""Notifications by mail, to a real mail server: in the clear on this machine, and over TLS with a login."""

from __future__ import annotations

import email
import email.policy
from urllib.parse import quote

import pytest
from mail_server import PASSWORD, Server, certificate, wants

from agentlab.notify.outward import send


def test_a_mail_arrives_with_title_text_and_link() -> None:
    server = Server().start()
    try:
        why = send(
            f"mailto://127.0.0.1:{server.port}?from=lab@example.org&to=ann@example.org&mode=insecure",
            "Failed: Fetch the report — üß",
            "It is not there.\n\nhttp://127.0.0.1:8501/run?run=run_1",
        )
    finally:
        server.stop()

    assert why == ""
    ((recipients, content),) = server.took
    mail = email.message_from_bytes(content, policy=email.policy.default)
    assert recipients == ["ann@example.org"]
    assert mail["subject"] == "Failed: Fetch the report — üß"
    assert "/run?run=run_1" in mail.get_body().get_content()


def test_over_tls_with_a_login(tmp_path, monkeypatch) -> None:
    context, public = certificate(tmp_path)
    server = Server().start(
        tls_context=context, authenticator=wants("lab@example.org", PASSWORD), auth_required=True, require_starttls=True
    )
    monkeypatch.setenv("SSL_CERT_FILE", str(public))
    to = "from=lab@example.org&to=ann@example.org"
    user = quote("lab@example.org", safe="")
    try:
        good = send(f"mailtos://{user}:{quote(PASSWORD, safe='')}@127.0.0.1:{server.port}?{to}&mode=starttls", "t", "b")
        wrong = send(f"mailtos://{user}:wrong-password@127.0.0.1:{server.port}?{to}&mode=starttls", "t", "b")
    finally:
        server.stop()

    assert good == ""
    assert wrong
    assert "wrong-password" not in wrong
    assert len(server.took) == 1


@pytest.mark.parametrize("port", [9])
def test_a_server_that_is_not_there_is_a_reason(port) -> None:
    assert send(f"mailto://127.0.0.1:{port}?from=lab@example.org&to=ann@example.org&mode=insecure", "t", "b")
