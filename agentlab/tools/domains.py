"""Which hosts a call may reach at all: those of its run or skill, whatever the guard of addresses says besides."""

from __future__ import annotations

from contextvars import ContextVar

DOMAINS: ContextVar[tuple[str, ...]] = ContextVar("agentlab_domains", default=())
"""Of the call of a tool that this task is part of; empty for all."""


def within(host: str, domains: tuple[str, ...]) -> bool:
    """Whether ``host`` is one of ``domains`` (``example.org``, ``*.example.org``); no domains are all."""
    host = host.lower().rstrip(".")
    return not domains or any(
        host.endswith(domain[1:]) if domain.startswith("*.") else host == domain
        for domain in (domain.lower().rstrip(".") for domain in domains)
    )
