"""What carries a secret is not kept in the cache, and what is one here is one where traces are redacted."""

from __future__ import annotations

import asyncio

import pytest

import agentlab
from agentlab.store.redact import Redaction
from agentlab.tools.cached import cached
from agentlab.tools.secret import holds_secret
from agentlab.types import Scope, ToolContext

SECRETS = [
    {"password": "hush-hush"},
    {"inner": [{"api_key": "0123456789"}]},
    {"headers": {"Authorization": "Basic dXNlcjpwYXNzd29yZA=="}},
    {"headers": {"Cookie": "a=b"}},
    "sk-proj-abcdefghijkl1234567890",
    "AKIAABCDEFGHIJKLMNOP",
    "ghp_abcdefghijklmnopqrstuvwxyz012345",
    "glpat-abcdefghijklmnopqrst",
    "xoxb-1234567890-abcdefgh",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abc",
    "postgres://lab:hush@db.internal/x",
    "https://example.org/?api_key=0123456789",
    "-----BEGIN RSA PRIVATE KEY-----\nabc",
    "client_secret: abcdefgh",
]
PLAIN = [
    {"url": "https://example.org/a?q=tea&page=2", "headers": {"Accept-Language": "de"}},
    {"text": "The key to the door hangs on the wall.", "keys": ["a"], "monkey": "x"},
    "A note about passwords and tokens in general.",
    [1, None, True],
]


@pytest.mark.parametrize("value", SECRETS, ids=str)
def test_a_secret_is_seen_here_as_it_is_in_traces(value) -> None:
    redaction = Redaction()

    assert redaction.value({"it": value}) != {"it": value}
    assert holds_secret(value)


def test_the_value_of_a_header_is_one_by_itself() -> None:
    assert holds_secret(["https://example.org/", {"X-Who": "Bearer abcdefghijklmnop"}])


@pytest.mark.parametrize("value", PLAIN, ids=str)
def test_what_is_none_is_kept(value) -> None:
    assert not holds_secret(value)


@pytest.mark.parametrize(("key", "kept"), [("tea", True), ("sk-proj-abcdefghijkl1234567890", False)])
def test_a_call_with_a_secret_is_answered_by_the_tool_each_time(store, key, kept) -> None:
    asked: list[str] = []

    @agentlab.tool(cache_s=60)
    def look_up(name: str) -> str:
        """Look it up."""
        asked.append(name)
        return "found"

    tool, context = cached(look_up, lambda: store), ToolContext(scope=Scope.of_run("run_1"))
    hits = [asyncio.run(tool.execute({"name": key}, context)).cache_hit for _ in range(2)]

    assert hits == [False, kept]
    assert bool(store.kept) == kept


def test_a_repeated_attempt_asks_anew(store) -> None:
    @agentlab.tool(cache_s=60)
    def look_up(name: str) -> str:
        """Look it up."""
        return "found"

    tool = cached(look_up, lambda: store)
    first, again = (ToolContext(scope=Scope.of_run("run_1"), attempt=number) for number in (1, 2))

    assert not asyncio.run(tool.execute({"name": "tea"}, first)).cache_hit
    assert asyncio.run(tool.execute({"name": "tea"}, first)).cache_hit
    assert not asyncio.run(tool.execute({"name": "tea"}, again)).cache_hit
