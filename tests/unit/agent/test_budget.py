"""The purse of a run: its limits, its warnings, and the account behind it."""

from __future__ import annotations

import asyncio

from agentlab.agent.guards import Budget
from agentlab.agent.journal import MemoryJournal
from agentlab.agent.loop import run_goal
from agentlab.testing import FakeTool
from agentlab.types import MICRO, Limits, Plan, Step, ToolResult


class Account:
    """So many micro-credits, and what was drawn of them."""

    def __init__(self, granted: int) -> None:
        self.granted, self.drawn = granted, 0

    def available(self, used: int) -> int:
        return self.granted - used

    def draw(self, total: int) -> bool:
        if total > self.granted:
            return False
        self.drawn = max(self.drawn, total)
        return True

    def close(self, spent: int) -> None: ...


def chain(count: int) -> Plan:
    steps = tuple(Step(id=f"s{n}", tool="pay", depends_on=(f"s{n - 1}",) if n else ()) for n in range(count))
    return Plan(goal="g", steps=steps, origin="file")


def pay(price: int) -> FakeTool:
    return FakeTool("pay", lambda _args: ToolResult(data="x", credits=price), credits=price)


def test_what_is_reserved_cannot_be_reserved_again() -> None:
    budget = Budget(Limits(budget=10, step_budget=10))

    assert budget.reserve(6) is None
    assert budget.reserve(6).kind == "budget"
    budget.release(6)
    assert budget.reserve(6) is None


def test_what_the_account_does_not_have_is_refused() -> None:
    budget = Budget(Limits(), Account(5 * MICRO))

    assert budget.reserve(5 * MICRO) is None
    refused = budget.reserve(1)

    assert refused.kind == "balance"
    assert "agentlab credits --add" in refused.message


def test_one_call_may_use_no_more_than_the_account_has() -> None:
    assert Budget(Limits(), Account(7)).left == 7


def test_passing_80_and_95_percent_is_told_once_each(bench, recorder) -> None:
    made = bench(tools=(pay(1 * MICRO),), plan=chain(10), limits=Limits(budget=10 * MICRO))

    asyncio.run(run_goal(made, MemoryJournal()))

    told = [span for span in recorder.ended if span.operation == "budget_warning"]
    assert [span.attributes["agentlab.percent"] for span in told] == [80, 95]
    assert [span.step for span in told] == ["s7", "s9"]


def test_a_plan_that_the_balance_cannot_pay_runs_nothing(bench) -> None:
    tool = pay(1 * MICRO)
    made = bench(tools=(tool,), plan=chain(3))
    object.__setattr__(made, "budget", Budget(made.spec.limits, Account(2 * MICRO)))

    result = asyncio.run(run_goal(made, MemoryJournal()))

    assert "the balance of local has less" in result.error
    assert tool.contexts == []
