"""kill -9 while runs are taken back: everything is undone once in the end, the last thing first."""

from __future__ import annotations

import time
from collections import Counter

import pytest
from run_crew import World, open_runs

from agentlab.types import Plan, RunSpec, Step

RUNS, PUTS = 8, 5


def specs() -> list[RunSpec]:
    """Runs that do five things one after the other and fail then."""
    puts = [Step(id=f"p{n}", tool="put", args={"n": n}, depends_on=(f"p{n - 1}",) if n else ()) for n in range(PUTS)]
    stays = Step(id="s", tool="send", depends_on=(puts[-1].id,))
    plan = Plan(goal="g", steps=(*puts, stays, Step(id="f", tool="fail", depends_on=("s",))), origin="file")
    return [RunSpec(run_id=f"run_{number:02d}", goal="g", plan=plan) for number in range(RUNS)]


@pytest.mark.parametrize("place", ["undo.begun", "undo.happened", "effect.happened"])
def test_everything_is_undone_once_in_reverse_whoever_dies(tmp_path, crew, place) -> None:
    asked, runs, world = specs(), open_runs(tmp_path), World(tmp_path / "world")
    deaths = 0
    try:
        for spec in asked:
            runs.submit(spec)
        crew.start(tmp_path, f"{place}:0.2")
        until = time.monotonic() + 60
        while len(world.lines("undone")) < RUNS * PUTS or any(not runs.ended(spec.run_id) for spec in asked):
            assert time.monotonic() < until, f"{len(world.lines('undone'))} are undone"
            for _ in crew.died():
                deaths += 1
                crew.start(tmp_path, f"{place}:0.2" if deaths < 4 else "")
            time.sleep(0.05)
        for spec in asked:
            runs.wait_undone(spec.run_id)
        effects = {spec.run_id: runs.effect_journal.list(spec.run_id) for spec in asked}
    finally:
        runs.close()

    undone = world.lines("undone")
    assert deaths >= 2
    assert set(Counter(undone).values()) == {1}
    for spec in asked:
        assert [key for key in undone if key.startswith(f"{spec.run_id}:")] == [
            f"{spec.run_id}:p{n}" for n in reversed(range(PUTS))
        ]
        assert [effect.state for effect in effects[spec.run_id]] == ["undone"] * PUTS + ["stays"]
