"""What a run did is taken back: the last thing first, each at most once, and what stays is named."""

from __future__ import annotations

import asyncio

import pytest

from agentlab.agent.alone import EffectsInMind
from agentlab.agent.journal import MemoryJournal
from agentlab.agent.loop import run_goal
from agentlab.agent.rollback import roll_back, told
from agentlab.testing import FakeTool
from agentlab.types import Effect, Plan, Scope, Step, ToolError, ToolResult


@pytest.fixture(autouse=True)
def no_pause(monkeypatch) -> None:
    monkeypatch.setattr("agentlab.agent.step.BACKOFF_S", 0)
    monkeypatch.setattr("agentlab.agent.rollback.PAUSE_S", 0)


@pytest.fixture
def undone() -> list:
    return []


@pytest.fixture
def put(undone) -> FakeTool:
    def make(args):
        return ToolResult(data=args, undo={"name": args["name"]})

    return FakeTool("put", make, undoes=lambda undo: undone.append(undo["name"]), changes_world=True)


SEND = FakeTool("send", lambda args: args, changes_world=True)


def own(*steps: Step) -> Plan:
    return Plan(goal="g", steps=steps, origin="file")


def back(bench, journal=None):
    return asyncio.run(roll_back(bench, journal or MemoryJournal(), Scope.of_run("run_1")))


def test_effects_are_written_down_and_taken_back_the_last_first(bench, put, undone) -> None:
    plan = own(
        Step(id="a", tool="put", args={"name": "a"}),
        Step(id="s", tool="send", depends_on=("a",)),
        Step(id="b", tool="put", args={"name": "b"}, depends_on=("s",)),
    )
    made = bench(tools=(put, SEND), plan=plan)
    asyncio.run(run_goal(made, MemoryJournal()))

    effects = back(made)

    assert undone == ["b", "a"]
    assert [(effect.step, effect.state) for effect in effects] == [("a", "undone"), ("s", "stays"), ("b", "undone")]
    assert told(effects) == "Taken back: a, b. 's' (send) stays: It cannot be taken back."


def test_what_is_taken_back_is_not_taken_back_again(bench, put, undone) -> None:
    made = bench(tools=(put,), plan=own(Step(id="a", tool="put", args={"name": "a"})))
    asyncio.run(run_goal(made, MemoryJournal()))

    back(made)
    back(made)

    assert undone == ["a"]


def test_a_call_that_failed_left_nothing_behind(bench, undone) -> None:
    failing = FakeTool(
        "put",
        lambda _args: ToolResult(error=ToolError(kind="taken", message="Taken.")),
        undoes=lambda undo: undone.append(undo),
        changes_world=True,
    )
    made = bench(tools=(failing,), plan=own(Step(id="a", tool="put")))
    asyncio.run(run_goal(made, MemoryJournal()))

    (effect,) = back(made)

    assert (effect.state, effect.note, undone) == ("failed", "Taken.", [])


def test_what_may_have_happened_is_made_sure_of_and_then_taken_back(bench, put, undone) -> None:
    effects = EffectsInMind()
    begun = Effect(run_id="run_1", key="run_1:a", step="a", tool="put", args={"name": "a"})
    asyncio.run(effects.write(begun))

    (effect,) = back(bench(tools=(put,), ports={"effects": effects}))

    assert (effect.state, undone) == ("undone", ["a"])
    assert [context.idempotency_key for context in put.contexts] == ["run_1:a"]


def test_what_may_have_happened_and_cannot_be_taken_back_says_so(bench) -> None:
    effects = EffectsInMind()
    asyncio.run(effects.write(Effect(run_id="run_1", key="k", step="s", tool="send")))

    (effect,) = back(bench(tools=(SEND,), ports={"effects": effects}))

    assert (effect.state, effect.note) == ("stays", "It may have happened, and cannot be taken back.")


def test_taking_back_is_insisted_on_where_that_may_help(bench) -> None:
    busy = ToolResult(error=ToolError(kind="busy", message="Busy.", retryable=True))
    answers = [busy, busy, ToolResult()]
    put = FakeTool(
        "put", lambda args: ToolResult(data=args, undo={"x": 1}), undoes=lambda _: answers.pop(0), changes_world=True
    )
    made = bench(tools=(put,), plan=own(Step(id="a", tool="put")))
    asyncio.run(run_goal(made, MemoryJournal()))

    assert back(made)[0].state == "undone"


def test_what_could_not_be_taken_back_keeps_its_reason(bench) -> None:
    gone = ToolResult(error=ToolError(kind="changed", message="Somebody has changed it since."))
    put = FakeTool("put", lambda args: ToolResult(data=args, undo={"x": 1}), undoes=lambda _: gone, changes_world=True)
    made = bench(tools=(put,), plan=own(Step(id="a", tool="put")))
    asyncio.run(run_goal(made, MemoryJournal()))

    (effect,) = back(made)

    assert (effect.state, effect.note) == ("done", "It could not be taken back: Somebody has changed it since.")


def test_a_rollback_that_was_cut_off_goes_on_where_it_was(bench, put, undone) -> None:
    plan = own(Step(id="a", tool="put", args={"name": "a"}), Step(id="b", tool="put", args={"name": "b"}))
    made = bench(tools=(put,), plan=plan)
    asyncio.run(run_goal(made, MemoryJournal()))
    journal = MemoryJournal()
    back(made, journal)
    del journal.done["undo-run_1:a"]  # cut off before this one was known to be done

    back(made, journal)

    assert undone == ["b", "a"]


def test_what_another_rollback_is_taking_back_is_left_to_that(bench, put, undone) -> None:
    made = bench(tools=(put,), plan=own(Step(id="a", tool="put", args={"name": "a"})))
    asyncio.run(run_goal(made, MemoryJournal()))
    asyncio.run(made.effects.claim("run_1:a", "another"))

    (effect,) = back(made)

    assert (effect.state, undone) == ("done", [])
    assert asyncio.run(made.effects.claim("run_1:a", "another")) is not None
