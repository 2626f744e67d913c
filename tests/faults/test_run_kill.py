"""kill -9 at every boundary of the work of runs, and inside of it: they end as if nobody had disturbed them."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter
from dataclasses import replace
from itertools import cycle

import pytest
from run_crew import AT_ONCE, World, bench_of, open_runs

from agentlab.agent.guards import Budget
from agentlab.agent.journal import MemoryJournal
from agentlab.agent.loop import run_goal
from agentlab.types import Plan, RunResult, RunSpec, Step

RUNS, FEWER = 104, 32
WORKERS = 2
USERS = ("ada", "bob", "eve")
POINTS = (
    "step.before",
    "step.after",
    "model.asked",
    "model.inside",
    "model.answered",
    "tool.inside",
    "tool.done",
    "effect.begun",
    "effect.happened",
    "effect.written",
)
SHARE, OFTEN = 0.1, 0.4
"""How often a worker dies at its failpoint: after some ten times that it passed there; where there are few runs, two."""
DEATHS = 2
"""Deaths at each failpoint."""


def step(name: str, tool: str, *after: str, join: str = "all", **args) -> dict:
    return {"id": name, "tool": tool, "args": args, "depends_on": list(after), "join": join}


PLANS = {
    "side by side, any one is enough": [
        step("a", "put", n=1),
        step("b", "put", n=2),
        step("c", "echo", n=3),
        step("any", "send", "a", "b", "c", join="any", n=4),
        step("all", "put", "any", "c", n="{{steps.a.data.n}} and {{steps.b.data.n}}"),
    ],
    "a repair": [
        step("x", "put", n=1),
        step("y", "broken", "x", n=2),
        step("z", "send", found="{{steps.y.data.step}}"),
        step("w", "broken", "x", n=3),
    ],
    "again": [step("x", "busy", n=1), step("y", "busy", n=2), step("z", "put", "x", "y", n="{{steps.x.data.n}}")],
    "it happened, and nobody said so": [step("x", "put", n=1), step("y", "late", "x", n=2), step("z", "send", "y")],
}


def specs(count: int) -> list[RunSpec]:
    """Each plan, as a model's and as one of one's own, for each user in turn."""
    found, users = [], cycle(USERS)
    for number in range(count):
        steps = list(PLANS.values())[number % len(PLANS)]
        own = number % 3 == 0
        made = tuple(Step(**(one | {"depends_on": tuple(one["depends_on"])})) for one in steps)
        found.append(
            RunSpec(
                run_id=f"run_{number:03d}",
                goal=json.dumps({"goal": "g", "steps": steps}),
                model="crew",
                user=next(users),
                plan=Plan(goal="g", steps=made, origin="file") if own else None,
                reason=number % 5 == 1,
                check=number % 7 == 2,
                undo=False,
            )
        )
    return found


def undisturbed(world: World, spec: RunSpec) -> RunResult:
    return asyncio.run(run_goal(bench_of(world, spec, Budget(spec.limits)), MemoryJournal()))


def told(result: RunResult) -> RunResult:
    return replace(result, duration_s=0.0, effects=())


@pytest.mark.parametrize(
    ("runs_url", "count", "times", "share"),
    [("SQLite", RUNS, DEATHS, SHARE), ("Postgres", FEWER, 1, OFTEN)],
    indirect=["runs_url"],
)
def test_runs_end_as_if_nobody_had_been_killed(tmp_path, crew, runs_url, count, times, share) -> None:
    asked, seed = specs(count), random.randrange(10**6)
    calm = World(tmp_path / "calm")
    expected = {spec.run_id: undisturbed(calm, spec) for spec in asked}
    runs, chance = open_runs(tmp_path, runs_url), random.Random(seed)
    world = World(tmp_path / "world")
    try:
        for spec in asked:
            runs.submit(spec)
        turn = iter([f"{point}:{share}" for point in chance.sample(POINTS * times, len(POINTS) * times)])
        for _ in range(WORKERS):
            crew.start(tmp_path, next(turn), runs_url)
        deaths: Counter[str] = Counter()
        until = time.monotonic() + 150
        while not all(runs.ended(spec.run_id) for spec in asked):
            assert time.monotonic() < until, f"seed {seed}: they do not end"
            for point in crew.died():
                deaths[point] += 1
                crew.start(tmp_path, next(turn, ""), runs_url)
            time.sleep(0.05)

        got = {spec.run_id: runs.result(spec.run_id) for spec in asked}
        for run_id, result in got.items():
            assert told(result) == told(expected[run_id]), run_id
        assert Counter(world.lines("done")) == Counter(calm.lines("done")), "nothing happened twice, nothing is lost"
        for run_id in got:
            assert {effect.state for effect in runs.effect_journal.list(run_id)} <= {"done", "stays", "begun"}
        again = Counter(world.lines("calls")) - Counter(calm.lines("calls"))
        assert again.total() <= sum(deaths.values()) * AT_ONCE * 3
        for user in USERS:
            balance = runs.accounts.balance(user)
            assert balance.held == 0
            assert balance.spent == sum(got[spec.run_id].credits for spec in asked if spec.user == user)
        assert len(deaths) == len(POINTS), f"seed {seed}: nobody died at some places: {deaths}"
    finally:
        runs.close()


def test_eight_processes_never_overdraw_a_balance_together_whoever_dies(tmp_path, crew) -> None:
    runs, limit = open_runs(tmp_path), 30_000
    runs.accounts.grant("ada", None)
    runs.accounts.grant("ada", limit)
    puts = tuple(Step(id=f"p{n}", tool="put", depends_on=(f"p{n - 1}",) if n else ()) for n in range(3))
    asked = [
        RunSpec(run_id=f"run_{n}", goal="g", user="ada", plan=Plan(goal="g", steps=puts, origin="file"), undo=False)
        for n in range(40)
    ]
    try:
        for spec in asked:
            runs.submit(spec)
        for point in ["effect.happened:0.1", "step.after:0.1"] + [""] * 6:
            crew.start(tmp_path, point)
        until = time.monotonic() + 60
        while not all(runs.ended(spec.run_id) for spec in asked):
            assert time.monotonic() < until
            crew.died()
            time.sleep(0.1)
        used = sum(runs.result(spec.run_id).credits for spec in asked)
        balance = runs.accounts.balance("ada")
    finally:
        runs.close()
    assert 0 < balance.spent <= limit
    assert (balance.spent, balance.held) == (used, 0)


def test_a_call_that_timed_out_after_it_happened_is_not_made_again(tmp_path, crew) -> None:
    runs, world = open_runs(tmp_path), World(tmp_path / "world")
    plan = Plan(
        goal="g", steps=(Step(id="a", tool="late"), Step(id="b", tool="send", depends_on=("a",))), origin="file"
    )
    spec = RunSpec(run_id="run_late", goal="g", plan=plan, undo=False)
    try:
        crew.start(tmp_path)
        runs.submit(spec)
        result = runs.wait(spec.run_id)
    finally:
        runs.close()
    assert (result.status, world.lines("calls")) == ("failed", ["run_late:a"])
    assert [effect.state for effect in result.effects] == ["begun"]


@pytest.mark.parametrize("place", ["park.before", "park.between", "park.after"])
def test_a_run_whose_worker_dies_while_it_parks_goes_on_once_somebody_answers(
    tmp_path, crew, monkeypatch, place
) -> None:
    from agentlab.runtime import steering
    from agentlab.types import Decision

    monkeypatch.setattr(steering, "PARKING_S", 0.5)
    runs, world = open_runs(tmp_path), World(tmp_path / "world")
    plan = Plan(goal="g", steps=(Step(id="a", tool="put"), Step(id="b", tool="send", ask=True)), origin="file")
    spec = RunSpec(run_id="run_park", goal="g", plan=plan)
    try:
        runs.submit(spec)
        crew.start(tmp_path, place)
        until = time.monotonic() + 20
        while not crew.died():
            assert time.monotonic() < until
            time.sleep(0.02)
        crew.start(tmp_path)
        runs.answer(spec.run_id, Decision(name="b-1", yes=True))
        while not runs.ended(spec.run_id):
            assert time.monotonic() < until + 20, runs.status(spec.run_id)
            time.sleep(0.05)
        result = runs.result(spec.run_id)
    finally:
        runs.close()
    assert result.status == "succeeded", result.error
    assert Counter(world.lines("done")) == Counter(["run_park:a {}", "run_park:b {}"])
