"""Runs below runs: one budget, one trace, one end; a limited depth; and a parent that rests while its child waits."""

from __future__ import annotations

import time

from agentlab.runtime.here import Brood
from agentlab.types import MICRO, Decision, Limits, Step, trace_id_of


def child(name: str, goal: str, *after: str, **args) -> Step:
    return Step(id=name, tool="agent.run", args={"goal": goal, **args}, depends_on=after)


def put(name: str, **more) -> dict:
    return {"id": name, "tool": "put", "args": {"n": name}, **more}


def test_a_child_uses_the_budget_of_its_parent_and_hangs_in_its_trace(house) -> None:
    house.model.plans["below"] = [put("x")]
    spec = house.start(child("c", "below"), Step(id="e", tool="echo", args={"n": "{{steps.c.data.answer}}"}))

    result = house.runs.wait(spec.run_id)

    below = house.runs.result(f"{spec.run_id}.c")
    assert (result.status, below.status) == ("succeeded", "succeeded")
    assert result.credits == below.credits + 2_000
    assert {event.span.trace_id for event in house.recorder.events} == {trace_id_of(spec.run_id)}
    spans = {event.span.span_id: event.span for event in house.recorder.events}
    top = next(span for span in spans.values() if span.kind == "run" and span.run_id == below.run_id)
    assert spans[top.parent_span_id].step == "c"
    assert [effect.run_id for effect in result.effects] == [below.run_id]


def test_a_child_may_use_what_is_left_and_no_more(house) -> None:
    house.model.plans["below"] = [put(f"x{n}") for n in range(5)]
    limits = Limits(budget=9_000, step_budget=MICRO)
    spec = house.start(child("c", "below"), limits=limits, undo=False)

    result = house.runs.wait(spec.run_id)

    assert result.status == "failed"
    assert house.runs.spec(f"{spec.run_id}.c").limits.budget == 9_000
    assert result.credits <= 9_000
    assert len(house.done) < 5


def test_runs_lie_three_deep_and_no_deeper(house) -> None:
    for depth in range(5):
        house.model.plans[f"g{depth}"] = [{"id": "c", "tool": "agent.run", "args": {"goal": f"g{depth + 1}"}}]
    spec = house.start(goal="g0")

    result = house.runs.wait(spec.run_id)

    assert result.status == "failed"
    assert "3 deep" in result.error
    assert house.runs.status(f"{spec.run_id}.c.c.c") == "failed"
    below = house.runs.reading.list_workflows(workflow_id_prefix=f"{spec.run_id}.c.c.c.")
    assert below == []


def test_children_are_cancelled_with_their_parent_and_what_they_used_is_booked(house) -> None:
    house.runs.accounts.grant("local", 10**9)
    house.model.plans["below"] = [put("x"), {"id": "w", "tool": "wait", "args": {}, "depends_on": ["x"]}]
    spec = house.start(child("c", "below"))
    house.until(lambda: "waiting" in house.done)

    began = time.monotonic()
    assert house.runs.cancel(spec.run_id) == "cancelled"
    assert house.runs.status(f"{spec.run_id}.c") == "cancelled"
    house.until(lambda: sum(span.kind == "run" for span in house.recorder.ended) == 2)
    assert time.monotonic() - began < 2

    house.until(lambda: house.undone == ["x"])
    house.runs.wait_undone(spec.run_id)
    time.sleep(0.3)
    assert house.undone == ["x"]
    balance = house.runs.accounts.balance("local")
    assert (balance.spent, balance.held) == (3_000, 0)  # one plan, one call


def test_a_child_that_begins_while_its_parent_is_cancelled_is_cancelled_too(house, monkeypatch) -> None:
    house.model.plans["below"] = [{"id": "w", "tool": "wait", "args": {}}]
    start = Brood._start

    def late(brood, spec):
        house.runs.cancel(spec.parent.run_id)
        start(brood, spec)

    monkeypatch.setattr(Brood, "_start", late)
    spec = house.start(child("c", "below"))
    house.until(lambda: house.runs.status(spec.run_id) == "cancelled")
    house.until(lambda: _known(house, f"{spec.run_id}.c"))

    house.until(lambda: house.runs.status(f"{spec.run_id}.c") == "cancelled")


def _known(house, run_id: str) -> bool:
    return bool(house.runs.reading.list_workflows(workflow_ids=[run_id]))


def test_a_parent_rests_while_its_child_waits_and_wakes_with_it_after_a_restart(house) -> None:
    house.model.plans["below"] = [put("x", ask=True)]
    spec = house.start(child("c", "below"), Step(id="z", tool="put", args={"n": "z"}, depends_on=("c",)))
    assert house.runs.wait(spec.run_id).status == "waiting"
    house.until(lambda: house.runs.status(f"{spec.run_id}.c") == "waiting")

    runs = house.reopen()
    (question,) = runs.desks.open()
    assert question.run_id == f"{spec.run_id}.c"
    runs.answer(question.run_id, Decision(name=question.name, yes=True))
    house.until(lambda: runs.status(spec.run_id) == "succeeded")

    assert house.done == ["x", "z"]
    assert house.model.asked.count("plan") == 1


def test_a_pause_holds_children_too(house) -> None:
    house.model.plans["below"] = [{"id": "w", "tool": "wait", "args": {}}, put("x", depends_on=["w"])]
    spec = house.start(child("c", "below"))
    house.until(lambda: "waiting" in house.done)
    house.runs.pause(spec.run_id)
    time.sleep(0.3)
    house.gate.set()
    assert house.runs.wait(spec.run_id).status == "paused"
    assert "x" not in house.done

    house.runs.resume(spec.run_id)

    house.until(lambda: house.runs.status(spec.run_id) == "succeeded")
    assert house.done == ["waiting", "x"]
