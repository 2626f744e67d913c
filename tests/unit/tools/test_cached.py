"""Answers that are given again: for how long, to whom, and which never."""

from __future__ import annotations

import asyncio
from typing import Any

import agentlab
from agentlab.tools.cached import Cached, Kept, cached
from agentlab.tools.function import tool
from agentlab.types import Scope, ToolContext, ToolResult

HERE = ToolContext(scope=Scope.of_run("run_1"))


def counting(name: str = "my.count", **spec: Any) -> tuple[Any, list[dict[str, Any]]]:
    """A tool that says how often it has been called, and its calls."""
    calls: list[dict[str, Any]] = []

    @tool(name=name, **{"cache_s": 60, **spec})
    async def count(a: int = 0, b: str = "", *, context: ToolContext) -> ToolResult:
        """Count."""
        calls.append({"a": a, "b": b})
        return ToolResult(data={"calls": len(calls)}, untrusted=True)

    return count, calls


def once(around: Any, context: ToolContext = HERE, **args: Any) -> ToolResult:
    return asyncio.run(around.execute(args, context))


def test_the_same_call_is_answered_from_the_cache_for_nothing(store) -> None:
    inner, calls = counting()
    around = cached(inner, lambda: store)

    first, second = once(around, a=1, b="x"), once(around, b="x", a=1)

    assert (first.data, first.cache_hit, first.credits) == ({"calls": 1}, False, inner.spec.credits)
    assert (second.data, second.cache_hit, second.credits, second.cost_usd) == ({"calls": 1}, True, 0, 0.0)
    assert second.untrusted
    assert len(calls) == 1


def test_other_arguments_domains_back_ends_and_versions_ask_again(store) -> None:
    inner, calls = counting()
    around = cached(inner, lambda: store)
    once(around, a=1)

    once(around, a=2)
    once(around, ToolContext(scope=HERE.scope, domains=("example.org",)), a=1)
    once(cached(counting(backend="elsewhere")[0], lambda: store), a=1)
    inner.__dict__["version"] = "written anew"
    once(around, a=1)

    assert len(calls) == 4
    assert len(store.kept) == 5


def test_an_answer_grows_old(store) -> None:
    inner, calls = counting(cache_s=60)
    around = cached(inner, lambda: store)

    once(around)
    store.age(59)
    once(around)
    store.age(2)
    once(around)

    assert len(calls) == 2


def test_failures_and_effects_are_not_kept(store) -> None:
    @tool(name="my.fail", cache_s=60)
    async def fail() -> ToolResult:
        """Fail."""
        raise OSError("no")

    assert not once(cached(fail, lambda: store)).success
    assert cached(counting(changes_world=True)[0], lambda: store).spec.changes_world
    assert not isinstance(cached(counting(changes_world=True)[0], lambda: store), Cached)
    assert not isinstance(cached(counting(cache_s=0)[0], lambda: store), Cached)
    assert store.kept == {}


def test_what_is_no_json_or_too_long_is_not_kept(store) -> None:
    kept = Kept(lambda: store)

    asyncio.run(kept.keep("a", {"data": object()}))
    asyncio.run(kept.keep("b", {"data": "x" * 2_000_001}))

    assert store.kept == {}


def test_an_entry_of_another_program_counts_as_none(store) -> None:
    inner, _ = counting()
    around = cached(inner, lambda: store)
    once(around)
    store.kept = dict.fromkeys(store.kept, '["what is this"]')

    assert once(around).data == {"calls": 2}


def test_a_tool_of_ones_own_is_cached_by_the_lab_and_traced_as_a_hit(tmp_path) -> None:
    with agentlab.open(home=tmp_path) as lab:
        calls: list[int] = []

        @lab.tool(cache_s=60)
        def price_of(article: str) -> int:
            """Look up a price."""
            calls.append(1)
            return 3

        plan = {
            "goal": "g",
            "steps": [
                {"id": "a", "tool": "my.price_of", "args": {"article": "pen"}},
                {"id": "b", "tool": "my.price_of", "args": {"article": "pen"}, "depends_on": ["a"]},
            ],
        }
        run = lab.run("g", plan=plan)
        hits = lab.sql("select cache_hit, credits from spans where kind = 'tool' order by started_at").df()

    assert run.status == "succeeded"
    assert len(calls) == 1
    assert hits["cache_hit"].fillna(False).tolist() == [False, True]
    assert hits["credits"].tolist()[1] == 0
