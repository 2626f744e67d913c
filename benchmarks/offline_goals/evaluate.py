"""Every goal through the real loop, each in the same world as it was at first; then what came of it."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from agentlab.agent.bench import Bench
from agentlab.agent.guards import Budget
from agentlab.agent.loop import run_goal
from agentlab.agent.plan import problems_of, read_plan
from agentlab.models.offline import OfflineModel
from agentlab.testing import MemoryJournal, MemoryRecorder
from agentlab.tools import Registry
from agentlab.types import JSON, Limits, ModelRequest, ModelResponse, RunResult, RunSpec, Scope
from agentlab.types.model import OnDelta
from offline_goals.judge import plan_problem, world_problem
from offline_goals.site import served
from offline_goals.toolset import all_tools
from offline_goals.world import NOW, World

HERE = Path(__file__).parent
GOALS = HERE / "goals.json"
FIGURE = HERE / "figure.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one goal."""

    id: str
    category: str
    goal: str
    held_out: bool
    to_decline: bool
    """Whether the goal must be declined."""
    planned: bool = False
    completed: bool = False
    declined: bool = False
    reason: str = ""
    """Why it is not right, in one line."""

    @property
    def right(self) -> bool:
        """Whether all that was to be done was done."""
        return self.declined if self.to_decline else self.planned and self.completed


class Clocked:
    """The offline model at the fixed time of the world; keeps its plan."""

    name = "offline"

    def __init__(self) -> None:
        self._model = OfflineModel()
        self.plan: JSON = {}

    async def answer(self, request: ModelRequest, scope: Scope, on_delta: OnDelta | None = None) -> ModelResponse:
        """What the offline model answers, with ``now`` among its inputs."""
        response = await self._model.answer(replace(request, inputs=request.inputs | {"now": NOW}), scope, on_delta)
        if request.purpose == "plan":
            self.plan = response.output
        return response


def evaluate() -> list[Outcome]:
    """What came of every goal of the set, in its order."""
    with served() as site, tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder), site)
        tools = all_tools(world)
        return [_try(entry, world, tools) for entry in read_goals(site.address)]


def read_goals(site: str = "{site}") -> list[JSON]:
    """The goals as they stand in the file, the web site's address put in."""
    goals: list[JSON] = json.loads(GOALS.read_text(encoding="utf-8").replace("{site}", site))
    return goals


def shares(outcomes: Iterable[Outcome]) -> JSON:
    """How many goals there are, and how many of them were planned, completed and declined rightly."""
    told = list(outcomes)
    feasible = [outcome for outcome in told if not outcome.to_decline]
    return {
        "goals": len(told),
        "right": sum(outcome.right for outcome in told),
        "feasible": len(feasible),
        "planned": sum(outcome.planned for outcome in feasible),
        "completed": sum(outcome.completed for outcome in feasible),
        "to_decline": len(told) - len(feasible),
        "declined": sum(outcome.declined for outcome in told),
    }


def figure(outcomes: list[Outcome]) -> JSON:
    """The figure that is committed: the shares of the tuned goals, of those held out, and of all."""
    return {
        "tuned": shares(outcome for outcome in outcomes if not outcome.held_out),
        "held_out": shares(outcome for outcome in outcomes if outcome.held_out),
        "all": shares(outcomes),
    }


def _try(entry: JSON, world: World, tools: Registry) -> Outcome:
    world.begin()
    model = Clocked()
    result = asyncio.run(run_goal(_bench(entry, tools, model), MemoryJournal()))
    return _judge(entry, world, tools, model.plan, result)


def _bench(entry: JSON, tools: Registry, model: Clocked) -> Bench:
    spec = RunSpec(
        run_id=f"run_{entry['id']}",
        goal=entry["goal"],
        limits=Limits(max_attempts=1),
        approve=(),  # the world is made up, so nobody need be asked
    )
    recorder = MemoryRecorder()
    return Bench(spec=spec, model=model, tools=tools, recorder=recorder, budget=Budget(spec.limits))


def _judge(entry: JSON, world: World, tools: Registry, made: JSON, result: RunResult) -> Outcome:
    outcome = Outcome(
        id=entry["id"],
        category=entry["category"],
        goal=entry["goal"],
        held_out=bool(entry.get("held_out")),
        to_decline="declined" in entry,
    )
    plan = read_plan(made, origin="model")
    if outcome.to_decline:
        return _judge_refusal(outcome, entry["declined"], plan.refusal, world, result)
    problem = f"declined: {plan.refusal.splitlines()[0][:110]}" if plan.refusal else ""
    problem = problem or " ".join(problems_of(plan, tools, Limits()))
    problem = problem or plan_problem(plan, entry["steps"])
    failure = result.error.splitlines()[0][:160] if result.error else ""
    failure = failure or world_problem(world, result.answer, entry.get("world", {}))
    return replace(outcome, planned=not problem, completed=not failure, reason=problem or failure)


def _judge_refusal(outcome: Outcome, said: list[str], refusal: str, world: World, result: RunResult) -> Outcome:
    if not refusal or result.steps or result.status != "failed":
        done = " ".join(step.tool for step in result.steps)
        return replace(outcome, reason=f"not declined: {done or result.answer[:80]}")
    missing = [words for words in said if words.lower() not in refusal.split(".\n")[0].lower()]
    if missing:
        return replace(outcome, reason=f"declined without a word about {missing[0]!r}: {refusal[:90]}")
    return replace(outcome, declined=not world.changes())
