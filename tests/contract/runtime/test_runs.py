"""Durable runs on a real database: the same suite on SQLite here, on others by contract."""

from __future__ import annotations

import asyncio
import time

import pytest

from agentlab.agent.bench import Bench
from agentlab.agent.guards import Budget
from agentlab.errors import UnknownRun
from agentlab.runtime.here import Hooks
from agentlab.runtime.runs import Runs
from agentlab.store.line import encode
from agentlab.testing import FakeModel, FakeTool, FakeTools, MemoryRecorder
from agentlab.types import Plan, RunSpec, Step
from agentlab.types.ids import new_id


@pytest.fixture
def recorder() -> MemoryRecorder:
    return MemoryRecorder()


@pytest.fixture
def tools() -> list[FakeTool]:
    return [FakeTool("echo", lambda args: args)]


@pytest.fixture
def runs(tmp_path, recorder, tools):
    def bench(spec: RunSpec, budget: Budget) -> Bench:
        return Bench(spec=spec, model=FakeModel(), tools=FakeTools(tools), recorder=recorder, budget=budget)

    hooks = Hooks(bench_of=bench)

    class Reopened(Runs):
        """Runs that can be closed and opened again, like two processes one after the other."""

        def reopen(self) -> None:
            self.__init__(f"sqlite:///{tmp_path / 'runs.sqlite'}", tmp_path, hooks)

    opened = Reopened(f"sqlite:///{tmp_path / 'runs.sqlite'}", tmp_path, hooks)
    yield opened
    opened.close()


def spec(*steps: Step) -> RunSpec:
    return RunSpec(run_id=new_id("run"), goal="g", plan=Plan(goal="g", steps=steps, origin="file"))


def chain(count: int, tool: str = "echo") -> tuple[Step, ...]:
    return tuple(
        Step(id=f"s{n}", tool=tool, args={"n": n}, depends_on=(f"s{n - 1}",) if n else ()) for n in range(count)
    )


def test_a_run_in_this_process_ends_with_its_result(runs) -> None:
    asked = spec(*chain(3))
    runs.start(asked)

    result = runs.wait(asked.run_id)

    assert result.status == "succeeded"
    assert [step.result for step in result.steps] == [{"n": 0}, {"n": 1}, {"n": 2}]
    assert runs.spec(asked.run_id) == asked


def test_a_queued_run_waits_for_a_worker_and_is_done_by_it(runs) -> None:
    asked = spec(*chain(1))
    runs.submit(asked)
    assert runs.status(asked.run_id) == "queued"
    assert [waiting.run_id for waiting in runs.queued()] == [asked.run_id]

    runs.work(concurrency=2)

    assert runs.wait(asked.run_id).status == "succeeded"
    assert runs.liveness.workers() == 1


def test_a_queued_run_that_is_cancelled_never_starts(runs, recorder) -> None:
    asked = spec(*chain(1))
    runs.submit(asked)

    assert runs.cancel(asked.run_id) == "cancelled"
    runs.work(concurrency=1)
    time.sleep(0.5)

    assert runs.result(asked.run_id).error == "The run was cancelled."
    assert recorder.events == []


def test_cancelling_a_working_run_stops_it_inside_its_call(runs, tools, recorder) -> None:
    tools.append(FakeTool("slow", lambda _args: asyncio.sleep(30)))
    asked = spec(Step(id="a", tool="slow"), Step(id="b", tool="echo", depends_on=("a",)))
    runs.start(asked)
    while not any(event.span.kind == "tool" for event in recorder.events):
        time.sleep(0.01)

    began = time.monotonic()
    assert runs.cancel(asked.run_id) == "cancelled"
    while not any(span.kind == "run" for span in recorder.ended):
        assert time.monotonic() - began < 5
        time.sleep(0.01)

    assert {span.kind: span.status for span in recorder.ended} == {
        "tool": "cancelled",
        "step": "cancelled",
        "run": "cancelled",
    }
    assert time.monotonic() - began < 3


def test_an_ended_run_stays_as_it_ended(runs) -> None:
    asked = spec(*chain(1))
    runs.start(asked)
    runs.wait(asked.run_id)

    assert runs.cancel(asked.run_id) == "succeeded"


def test_an_unknown_run_is_named_with_what_to_do(runs) -> None:
    with pytest.raises(UnknownRun, match="agentlab runs"):
        runs.status("run_nope")


def test_a_run_whose_process_leaves_goes_on_with_the_next(runs, tools, recorder) -> None:
    gate = []

    async def wait(_args):
        while not gate:
            await asyncio.sleep(0.01)
        return "done"

    tools.append(FakeTool("wait", wait))
    asked = spec(*chain(1), Step(id="w", tool="wait", depends_on=("s0",)))
    runs.start(asked)
    while len(tools[1].contexts) == 0:
        time.sleep(0.01)

    runs.close()
    assert [span.kind for span in recorder.ended] == ["tool", "step"]
    gate.append("open")
    runs.reopen()
    runs.work(concurrency=1)

    assert runs.wait(asked.run_id).status == "succeeded"
    assert len(tools[0].contexts) == 1
    assert [span.status for span in recorder.ended if span.kind == "run"] == ["ok"]


def test_live_events_are_read_in_order_and_from_anywhere(runs, recorder) -> None:
    asked = spec(*chain(2))
    runs.start(asked)
    runs.wait(asked.run_id)
    for event in recorder.events:
        runs.live.record(event.span.run_id, encode(event))
    runs.live.flush()

    events = runs.live.read(asked.run_id)
    later = runs.live.read(asked.run_id, after=events[2][0])

    assert [event["kind"] for _, event in events][:3] == ["run", "step", "tool"]
    assert later == events[3:]
    assert events[0][1]["status"] == "running"


def test_side_by_side_steps_keep_their_own_results_when_read_back(runs, tools) -> None:
    """Steps end in another order than they began, then the run is read back from the database alone."""
    from dbos import DBOS

    async def slower_first(args):
        await asyncio.sleep(0.2 - args["n"] * 0.03)
        return {"mine": args["n"]}

    tools.append(FakeTool("race", slower_first))
    asked = spec(
        *(Step(id=f"s{n}", tool="race", args={"n": n}) for n in range(5)),
        *(Step(id=f"t{n}", tool="echo", args={"n": f"{{{{steps.s{n}.data.mine}}}}"}) for n in range(5)),
    )
    runs.start(asked)
    first = runs.wait(asked.run_id)
    calls = len(tools[1].contexts)

    again = DBOS.fork_workflow(asked.run_id, 10_000).get_result(polling_interval_sec=0.05)

    assert [step["result"] for step in again["steps"]] == [step.result for step in first.steps]
    assert [step.result for step in first.steps[5:]] == [{"n": n} for n in range(5)]
    assert len(tools[1].contexts) == calls
