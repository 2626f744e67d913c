"""Credits to the last micro-credit: of a run, of one that another one is forked from, of a replay, and of the user."""

from __future__ import annotations

import json

import pytest

import agentlab
from agentlab.testing import FakeTool
from agentlab.types import ToolResult

ANSWER = {"purpose": "answer", "text": "done [a]", "credits": 2.5, "cost_usd": 0.0025}
STEPS = [
    {"id": "a", "tool": "note.take", "args": {"n": 1}},
    {"id": "b", "tool": "note.take", "args": {"n": "{{steps.a.data.n}}", "more": 2}},
    {"id": "c", "tool": "note.take", "args": {"n": 3}},
]
PLAN = {"purpose": "plan", "output": {"steps": STEPS}, "credits": 1.25, "cost_usd": 0.00125}


@pytest.fixture
def calls() -> list:
    return []


@pytest.fixture
def lab(tmp_path, calls):
    def take(args):
        calls.append(args)
        return ToolResult(data=args, credits=500_000)

    with agentlab.open(str(tmp_path / "home"), balance_credits=100) as opened:
        opened.tools.add(FakeTool("note.take", take, credits=500_000))
        yield opened


@pytest.fixture
def script(tmp_path) -> str:
    path = tmp_path / "script.json"
    path.write_text(json.dumps({"answers": [PLAN, ANSWER]}))
    return f"scripted:{path}"


def test_a_run_costs_what_its_parts_cost_and_its_user_is_charged_so(lab, script) -> None:
    run = lab.run("note it", model=script)

    assert run.status == "succeeded", run.error
    assert run.credits == 1.25 + 3 * 0.5 + 2.5
    balance = lab.balance()
    assert (balance.spent, balance.held, balance.granted) == (5_250_000, 0, 100_000_000)
    (row,) = lab.sql(f"select credits from runs where run_id = '{run.run_id}'").fetchall()
    assert row == (5.25,)


def test_a_fork_takes_over_what_is_done_and_pays_for_the_rest_alone(lab, script, calls) -> None:
    first = lab.run("note it", model=script)
    calls.clear()

    fork = lab.fork(first.run_id, "b", args={"n": 7}, here=True).wait()

    assert fork.status == "succeeded", fork.error
    assert calls == [{"n": 7}]
    assert [step.result for step in lab.durable.result(fork.run_id).steps] == [{"n": 1}, {"n": 7}, {"n": 3}]
    assert fork.credits == 0.5 + 2.5
    assert lab.balance().spent == 5_250_000 + 3_000_000


def test_a_fork_with_another_model_does_the_step_and_what_builds_on_it_anew(lab, script, calls, tmp_path) -> None:
    first = lab.run("note it", model=script)
    other = tmp_path / "other.json"
    other.write_text(json.dumps({"answers": [ANSWER | {"text": "other", "credits": 9}]}))
    calls.clear()

    fork = lab.fork(first.run_id, "a", model=f"scripted:{other}", here=True).wait()

    assert (fork.status, fork.answer, fork.credits) == ("succeeded", "other", 2 * 0.5 + 9)
    assert calls == [{"n": 1}, {"n": 1, "more": 2}]


def test_a_replay_is_free_and_calls_nothing(lab, script, calls) -> None:
    first = lab.run("note it", model=script)
    calls.clear()
    spent = lab.balance().spent

    again = lab.replay(first.run_id)

    assert (again.status, again.answer) == ("succeeded", first.answer)
    assert calls == []
    assert again.credits == 0
    assert lab.balance().spent == spent


def test_a_user_whose_balance_is_used_up_runs_nothing_more(lab, script, calls) -> None:
    lab.grant(None)
    lab.grant(0.6)
    plan = {
        "goal": "g",
        "steps": [step | {"depends_on": STEPS[n - 1 : n] and [STEPS[n - 1]["id"]]} for n, step in enumerate(STEPS)],
    }

    run = lab.run("", plan=plan)

    assert run.status == "failed"
    assert len(calls) <= 1
    balance = lab.balance()
    assert (balance.spent, balance.held, balance.left) == (len(calls) * 500_000, 0, 600_000 - len(calls) * 500_000)
