"""How sending a mail may fail, and what helps."""

from __future__ import annotations

from agentlab.types import Failure

WRITING = (
    Failure(kind="invalid_address", when="an address is none", options=("change_arguments", "ask")),
    Failure(kind="invalid_header", when="a subject or name holds line breaks or control characters"),
    Failure(
        kind="too_many_recipients",
        when="more addresses than AGENTLAB_MAIL_MAX_RECIPIENTS",
        options=("change_arguments", "ask"),
    ),
    Failure(
        kind="too_large",
        when="the mail is larger than AGENTLAB_MAIL_MAX_BYTES or than the server takes",
        options=("change_arguments", "ask"),
    ),
    Failure(kind="not_found", when="an attachment is not in the drive", options=("change_arguments", "skip")),
    Failure(kind="outside", when="the path of an attachment leaves the drive"),
)
"""Of every mail."""
ATTACHING = ("not_found", "outside")
"""Kinds of mails with attachments only."""
OUTBOX = (
    *WRITING,
    Failure(kind="changed", when="a mail that is to be taken back was changed since", options=("ask",)),
)
SMTP = (
    *WRITING,
    Failure(kind="connect", when="the mail server does not answer", retryable=True, options=("retry", "ask")),
    Failure(kind="tls", when="the server's certificate or TLS is not in order", options=("ask",)),
    Failure(kind="auth", when="the server refuses user or password", options=("ask",)),
    Failure(kind="greylisted", when="the server puts the mail off (4xx)", retryable=True, options=("retry", "ask")),
    Failure(kind="quota", when="the server has no room now (452)", retryable=True, options=("retry", "ask")),
    Failure(kind="rate_limited", when="the server takes no more now (421)", retryable=True, options=("retry", "ask")),
    Failure(
        kind="rejected_recipient",
        when="the server does not take an address",
        options=("change_arguments", "skip", "ask"),
    ),
    Failure(kind="rejected", when="the server refuses sender or text", options=("change_arguments", "ask")),
    Failure(kind="timeout", when="the server is too slow", retryable=True, options=("retry", "ask")),
    Failure(kind="busy", when="the same mail is being sent elsewhere", retryable=True, options=("retry",)),
    Failure(
        kind="unconfirmed",
        when="the server got the whole mail and did not say whether it took it",
        options=("ask", "skip"),
    ),
)
