"""What a durable step costs: a run of 100 steps whose tool and model take no time, against the bare engine. SQLite.

One tool step is one call of a tool, checked, recorded in the trace and shown live, with its result in the database. One
model step is one question, likewise. Milliseconds each, the best of five runs, because the machine is rarely idle.
"""

from __future__ import annotations

import asyncio
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

from dbos import DBOS

from agentlab.agent.bench import Bench
from agentlab.agent.guards import Budget
from agentlab.runtime.here import Hooks
from agentlab.runtime.journal import DurableJournal
from agentlab.runtime.runs import Runs
from agentlab.store import TraceStore
from agentlab.testing import FakeModel, FakeTool, FakeTools
from agentlab.types import Event, Limits, ModelResponse, Plan, RunSpec, Step
from agentlab.types.ids import new_id

STEPS = 100
ROUNDS = 5


class Both:
    """What a lab records to: the trace store and the live log."""

    def __init__(self, store: TraceStore) -> None:
        self.store = store
        self.runs: Runs | None = None

    def record(self, event: Event) -> None:
        """Write it down without its secrets, and show it."""
        line = self.store.record(event)
        if self.runs and event.span.run_id:
            self.runs.live.record(event.span.run_id, line)


@DBOS.workflow(name="bare")
async def bare(mode: str) -> float:
    """Milliseconds of one step of the engine alone, or of one piece of work in our journal."""
    journal = DurableJournal(lambda: False)
    clock = asyncio.get_running_loop().time

    async def nothing() -> dict[str, int]:
        return {"n": 1}

    async def answer() -> ModelResponse:
        return ModelResponse(text="yes", cost_usd=Decimal(0))

    began = clock()
    for number in range(STEPS):
        if mode == "engine":
            await DBOS.run_step_async({"name": "nothing"}, nothing)
        else:
            await journal.once(f"ask-{number}", answer, returns=ModelResponse)
    return (clock() - began) / STEPS * 1_000


def main() -> None:
    """Print three figures."""
    with tempfile.TemporaryDirectory() as folder:
        both = Both(TraceStore(Path(folder) / "traces"))
        tools = FakeTools([FakeTool("echo", lambda args: args)])

        def bench(spec: RunSpec, budget: Budget) -> Bench:
            return Bench(spec=spec, model=FakeModel(), tools=tools, recorder=both, budget=budget)

        runs = both.runs = Runs(f"sqlite:///{folder}/runs.sqlite", Path(folder), Hooks(bench_of=bench))
        chain = [
            Step(id=f"s{n}", tool="echo", args={"n": n}, depends_on=(f"s{n - 1}",) if n else ()) for n in range(STEPS)
        ]
        plan = Plan(goal="g", steps=tuple(chain), origin="file")

        def one_run() -> float:
            spec = RunSpec(run_id=new_id("run"), goal="g", plan=plan, limits=Limits(max_steps=STEPS))
            runs.start(spec)
            return runs.wait(spec.run_id).duration_s / STEPS * 1_000

        def engine_alone(mode: str) -> float:
            handle: Any = DBOS.start_workflow(bare, mode)
            return float(handle.get_result(polling_interval_sec=0.01))

        tool_step = min(one_run() for _ in range(ROUNDS))
        model_step = min(engine_alone("journal") for _ in range(ROUNDS))
        engine = min(engine_alone("engine") for _ in range(ROUNDS))
        runs.close()
        both.store.close()
    print(f"tool step      {tool_step:5.2f} ms   {tool_step / engine:4.2f} x the bare engine")
    print(f"model step     {model_step:5.2f} ms   {model_step / engine:4.2f} x the bare engine")
    print(f"bare engine    {engine:5.2f} ms")


if __name__ == "__main__":
    main()
