"""Which hosts a call may reach at all: those of its run or skill, whatever the guard of addresses says besides."""

from __future__ import annotations

from collections.abc import Sequence
from contextvars import ContextVar

DOMAINS: ContextVar[tuple[str, ...]] = ContextVar("agentlab_domains", default=())
"""Of the call of a tool that this task is part of; empty for all."""


NOWHERE = "nowhere.invalid"
"""A host that nobody can have (RFC 2606): what is left where two lists of domains have nothing in common."""


def narrowed(run: Sequence[str], skill: Sequence[str]) -> tuple[str, ...]:
    """The domains that both a run and a skill in it allow; no domains are all, and ``NOWHERE`` is none."""
    if not run or not skill:
        return tuple(run or skill)
    # A pattern lies within another one as its hosts do: *.a.org ends in .org.
    both = [domain for domain in run if within(domain, tuple(skill))]
    both += [domain for domain in skill if within(domain, tuple(run)) and not (both and within(domain, tuple(both)))]
    return tuple(both) or (NOWHERE,)


def within(host: str, domains: tuple[str, ...]) -> bool:
    """Whether ``host`` is one of ``domains`` (``example.org``, ``*.example.org``); no domains are all."""
    host = host.lower().rstrip(".")
    return not domains or any(
        host.endswith(domain[1:]) if domain.startswith("*.") else host == domain
        for domain in (domain.lower().rstrip(".") for domain in domains)
    )
