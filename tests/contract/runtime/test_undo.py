"""What a run did is taken back when it fails, when it is cancelled, and when somebody asks; once, whoever does it."""

from __future__ import annotations

import time

from agentlab.testing import FakeTool
from agentlab.types import Effect, Step, ToolError, ToolResult

PUTS = tuple(Step(id=f"p{n}", tool="put", args={"n": n}, depends_on=(f"p{n - 1}",) if n else ()) for n in range(3))


def failing() -> FakeTool:
    return FakeTool("fail", lambda _args: ToolResult(error=ToolError(kind="gone", message="Gone.")))


def test_a_run_that_fails_is_taken_back_the_last_thing_first(house) -> None:
    house.tools.append(failing())
    spec = house.start(*PUTS, Step(id="f", tool="fail", depends_on=("p2",)))

    result = house.runs.wait(spec.run_id)

    assert (result.status, house.undone) == ("failed", ["2", "1", "0"])
    assert {effect.state for effect in result.effects} == {"undone"}


def test_a_run_that_need_not_be_taken_back_is_not_until_somebody_asks(house) -> None:
    house.tools.append(failing())
    spec = house.start(*PUTS, Step(id="f", tool="fail", depends_on=("p2",)), undo=False)
    house.runs.wait(spec.run_id)
    assert house.undone == []

    house.runs.begin_undo(spec.run_id)
    house.runs.wait_undone(spec.run_id)
    house.runs.begin_undo(spec.run_id)
    house.runs.wait_undone(spec.run_id)

    assert house.undone == ["2", "1", "0"]


def test_what_a_child_did_is_taken_back_with_its_parent_and_once(house) -> None:
    house.tools.append(failing())
    house.model.plans["below"] = [{"id": "x", "tool": "put", "args": {"n": "x"}}]
    spec = house.start(
        PUTS[0],
        Step(id="c", tool="agent.run", args={"goal": "below"}, depends_on=("p0",)),
        Step(id="f", tool="fail", depends_on=("c",)),
    )

    result = house.runs.wait(spec.run_id)

    assert (result.status, house.undone) == ("failed", ["x", "0"])


def test_a_child_that_failed_and_its_parent_take_it_back_once_together(house) -> None:
    house.tools.append(failing())
    house.model.plans["below"] = [
        *({"id": f"x{n}", "tool": "put", "args": {"n": f"x{n}"}} for n in range(4)),
        {"id": "f", "tool": "fail", "args": {}, "depends_on": [f"x{n}" for n in range(4)]},
    ]
    spec = house.start(PUTS[0], Step(id="c", tool="agent.run", args={"goal": "below"}, depends_on=("p0",)))

    result = house.runs.wait(spec.run_id)
    house.until(lambda: len(house.undone) >= 5)
    house.runs.wait_undone(f"{spec.run_id}.c")
    time.sleep(0.2)

    assert result.status == "failed"
    assert sorted(house.undone) == ["0", "x0", "x1", "x2", "x3"]


def test_effects_of_another_run_with_a_name_that_begins_alike_stay(house) -> None:
    import asyncio

    write = house.runs.effect_journal.write
    for run_id in ("run_1", "run_12", "run_1.c", "runx1.c"):
        asyncio.run(write(Effect(run_id=run_id, key=f"{run_id}:a", step="a", tool="put")))

    assert [effect.run_id for effect in house.runs.effect_journal.list("run_1")] == ["run_1", "run_1.c"]
