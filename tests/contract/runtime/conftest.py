"""Durable runs on both databases, with tools that wait at gates and a model that answers by purpose and step."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from agentlab.agent.bench import Bench
from agentlab.agent.guards import Budget
from agentlab.runtime.here import Hooks
from agentlab.runtime.runs import Runs
from agentlab.testing import FakeTool, FakeTools, MemoryRecorder
from agentlab.tools.agent import AgentTool
from agentlab.types import ModelResponse, Plan, RunSpec, Step, ToolResult
from agentlab.types.ids import new_id

numbers = count()


class Answers:
    """A model: ``plans`` by goal, else nothing to do; everything else is ``done``."""

    name = "answers"

    def __init__(self) -> None:
        self.plans: dict[str, list[dict]] = {}
        self.asked: list[str] = []

    async def answer(self, request, scope, on_delta=None):
        self.asked.append(request.purpose)
        output: Any = None
        if request.purpose == "plan":
            output = {"steps": self.plans[request.inputs["goal"]]}
        text = "" if output else "done"
        return ModelResponse(text=text, output=output, cost_usd=Decimal(0), credits=1_000)


class House:
    """One lab's runs, which may be closed and opened again, and what their tools have done."""

    def __init__(self, url: str, folder) -> None:
        self.url, self.folder = url, folder
        self.recorder, self.model = MemoryRecorder(), Answers()
        self.done: list[str] = []
        self.undone: list[str] = []
        self.gate = threading.Event()
        self.granted: int | None = None
        self.tools = [
            FakeTool("put", self._put, undoes=self._undo, credits=2_000, changes_world=True),
            FakeTool("echo", lambda args: args, credits=2_000),
            FakeTool("wait", self._wait, credits=2_000),
            AgentTool(),
        ]
        self.runs = self._open()

    def reopen(self) -> Runs:
        """As another process would: the first one leaves, the next one comes."""
        self.runs.close()
        self.runs = self._open()
        return self.runs

    def start(self, *steps: Step, goal: str = "g", work: bool = False, **options: Any) -> RunSpec:
        """Begin a run of a plan of one's own; of a model's where no steps are given."""
        plan = Plan(goal=goal, steps=steps, origin="file") if steps else None
        spec = RunSpec(run_id=new_id("run"), goal=goal, model="answers", plan=plan, **options)
        self.runs.submit(spec) if work else self.runs.start(spec)
        return spec

    def until(self, condition: Callable[[], Any], seconds: float = 20) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "waited too long"
            time.sleep(0.01)

    def _open(self) -> Runs:
        return Runs(self.url, self.folder, Hooks(bench_of=self.bench), granted=self.granted)

    def bench(self, spec: RunSpec, budget: Budget) -> Bench:
        return Bench(spec=spec, model=self.model, tools=FakeTools(self.tools), recorder=self.recorder, budget=budget)

    def _put(self, args):
        name = str(args.get("n"))
        self.done.append(name)
        return ToolResult(data=args, credits=2_000, undo={"n": name})

    def _undo(self, undo) -> None:
        self.undone.append(undo["n"])

    async def _wait(self, args):
        self.done.append("waiting")
        while not self.gate.is_set():
            await asyncio.sleep(0.01)
        return {"waited": True}


@pytest.fixture(params=["SQLite", "Postgres"])
def database(request, tmp_path) -> str:
    """An empty database of runs."""
    if request.param == "SQLite":
        return f"sqlite:///{tmp_path / 'runs.sqlite'}"
    url = request.getfixturevalue("postgres").database(f"runs_{next(numbers)}")
    return url.replace("://", "+psycopg://")


@pytest.fixture
def house(database, tmp_path) -> Iterator[House]:
    opened = House(database, tmp_path)
    yield opened
    opened.gate.set()
    opened.runs.close()
