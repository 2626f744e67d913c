"""A world made up by a number: a plan, tools that fail in their own ways, a model, a person, and a fate that cuts runs off.

Everything is a function of the seed and of what is asked, never of when: a run that is cut off and taken up again meets
the same answers as one that nobody disturbed.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from agentlab.agent.alone import EffectsInMind
from agentlab.agent.bench import Bench
from agentlab.agent.guards import Budget
from agentlab.agent.journal import MemoryJournal
from agentlab.errors import ModelError
from agentlab.testing import FakeTools, MemoryRecorder
from agentlab.types import (
    Decision,
    Effect,
    Limits,
    ModelResponse,
    Plan,
    RunSpec,
    Step,
    ToolError,
    ToolResult,
    ToolSpec,
)

MODEL_COST = 7
real_sleep = asyncio.sleep


class Crash(BaseException):
    """The process dies here."""


class Fate:
    """Counts the places that a run passes; at the ones chosen it kills the process, or somebody cancels the run."""

    def __init__(self, crash_at: frozenset[int] = frozenset(), cancel_at: int = -1) -> None:
        self.crash_at, self.cancel_at = crash_at, cancel_at
        self.passed = 0
        self.dead = False
        self.task: asyncio.Task[Any] | None = None

    def pass_by(self) -> None:
        """One place. A dead process does nothing any more."""
        if self.dead:
            raise asyncio.CancelledError
        self.passed += 1
        if self.passed in self.crash_at:
            self.dead = True
            raise Crash
        if self.passed == self.cancel_at and self.task:
            self.task.cancel()


class Journal(MemoryJournal):
    """Keeps what was finished over the deaths of the process."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world

    async def once(self, name, work, *, returns):
        async def fated():
            self._world.fate.pass_by()
            found = await work()
            self._world.fate.pass_by()
            return found

        found = await super().once(name, fated, returns=returns)
        self._world.fate.pass_by()
        return found


class Recorder(MemoryRecorder):
    """Hears nothing from a dead process."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world

    def record(self, event) -> None:
        if not self._world.fate.dead:
            super().record(event)


class Effects(EffectsInMind):
    """The journal of effects, which outlives the process."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world

    async def write(self, effect: Effect) -> None:
        self._world.fate.pass_by()
        await super().write(effect)
        self._world.fate.pass_by()

    def all(self) -> dict[str, Effect]:
        return self._by_key


class Account:
    """A user's balance; it never goes below nothing."""

    def __init__(self, granted: int) -> None:
        self.granted, self.held = granted, 0

    def available(self, used: int) -> int:
        return max(self.held - used, 0) + self.granted - self.held

    def draw(self, total: int) -> bool:
        if total > self.granted:
            return False
        self.held = max(self.held, total)
        return True

    def close(self, spent: int) -> None:
        self.held = 0


class Person:
    """Says the same to the same question, but may not be there when it is asked."""

    pausing = False

    def __init__(self, world: World) -> None:
        self._world = world
        self.said: dict[str, Decision] = {}
        self.asked: dict[str, Any] = {}

    async def decision(self, question):
        self.asked.setdefault(question.name, question)
        if self._world.draw("there", question.name).random() < 0.3:
            self.speak(question.name)
        return self.said.get(question.name)

    def speak(self, name: str) -> None:
        chance = self._world.draw("said", name)
        args = {"n": chance.randrange(9)} if chance.random() < 0.3 else None
        self.said[name] = Decision(name=name, yes=chance.random() < 0.7, args=args)


@dataclass
class Kind:
    """How calls of a tool come out: shares of each."""

    fails: float = 0.0
    retryable: float = 0.0
    lost: float = 0.0
    """It happened, and the answer did not come."""
    more: float = 0.0
    """It costs more than its fee."""


KINDS = {
    "echo": Kind(),
    "web": Kind(fails=0.1),
    "flaky": Kind(fails=0.2, retryable=0.6),
    "slow": Kind(lost=0.3, retryable=0.5),
    "dear": Kind(more=0.5),
    "put": Kind(fails=0.1, retryable=0.2, lost=0.15),
    "send": Kind(fails=0.1, retryable=0.1, lost=0.1),
}
FEES = {"dear": 5, "web": 30, "put": 40, "send": 20}


class Tool:
    """One tool of this world."""

    def __init__(self, name: str, world: World) -> None:
        changes = name in ("put", "send")
        self.spec = ToolSpec(
            name=name,
            category="fake",
            description=name,
            input_schema={"type": "object"},
            credits=FEES.get(name, 10),
            changes_world=changes,
            reversible=name == "put",
            asks=name == "send",
        )
        self._world = world

    def validate(self, args, *, later=frozenset()):
        return []

    async def execute(self, args, context):
        world, key = self._world, context.idempotency_key
        world.fate.pass_by()
        world.enter()
        try:
            await asyncio.sleep(0)
            chance, kind = world.draw("call", self.spec.name, key, context.attempt), KINDS[self.spec.name]
            luck = chance.random()
            error = self._error(kind, luck) if context.model else None  # who takes back asks again, and is told
            if error is None or error.kind == "timeout":
                world.happen(self.spec, key, args)
            world.fate.pass_by()
            fee = self.spec.credits * (1 + 3 * (chance.random() < kind.more))
            if error:
                return ToolResult(error=error, credits=fee)
            undo = {"key": key} if self.spec.name == "put" else None
            return ToolResult(data={"n": args.get("n")}, credits=fee, untrusted=self.spec.name == "web", undo=undo)
        finally:
            world.leave()

    async def undo(self, undo, context):
        self._world.fate.pass_by()
        self._world.take_back(undo["key"])
        self._world.fate.pass_by()
        return ToolResult()

    def _error(self, kind: Kind, luck: float) -> ToolError | None:
        for share, name, retryable in (
            (kind.fails, "gone", False),
            (kind.retryable, "busy", True),
            (kind.lost, "timeout", True),
        ):
            if luck < share:
                return ToolError(kind=name, message=name, retryable=retryable)
            luck -= share
        return None


class Model:
    """Answers each question in its own way; pays from the purse before it speaks, as the real ones do."""

    name = "chance"

    def __init__(self, world: World, budget: Budget) -> None:
        self._world, self._budget = world, budget

    async def answer(self, request, scope, on_delta=None):
        world = self._world
        world.fate.pass_by()
        if refused := self._budget.reserve(MODEL_COST):
            raise ModelError(refused.message)
        try:
            await asyncio.sleep(0)
        finally:
            self._budget.release(MODEL_COST)
        output = getattr(self, f"_{request.purpose}")(request, world, scope.step or "")
        world.fate.pass_by()
        text = output if isinstance(output, str) else ""
        return ModelResponse(text=text, output=None if text else output, cost_usd=Decimal(0), credits=MODEL_COST)

    def _plan(self, request, world, step):
        if request.inputs.get("failed"):
            done = [one["id"] for one in request.inputs["done"]]
            return world.plan_of("again", tuple(sorted(done)[:1]))
        return world.plan_of("improved" if request.inputs.get("improvements") else "first")

    def _reason(self, request, world, step):
        chance = world.draw("reason", step)
        return {"args": {"n": chance.randrange(9)}} if chance.random() < 0.4 else {}

    def _check(self, request, world, step):
        return {"ok": world.draw("check", step, request.inputs["args"].get("n")).random() < 0.8}

    def _repair(self, request, world, step):
        chance = world.draw("repair", step, len({str(one["args"]) + one["tool"] for one in request.inputs["tried"]}))
        action = chance.choice(("change_arguments", "alternative", "skip", "replan", "give_up", "ask"))
        return {"action": action, "tool": chance.choice(list(KINDS)), "args": {"n": chance.randrange(100, 10**6)}}

    def _answer(self, request, world, step):
        return "done"


@dataclass
class World:
    """What there is besides the run, and what has happened to it."""

    seed: int
    fate: Fate = field(default_factory=Fate)
    happened: dict[str, str] = field(default_factory=dict)
    """What was done, by key."""
    present: list[str] = field(default_factory=list)
    taken_back: list[str] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)
    inside: int = 0
    most_inside: int = 0

    def __post_init__(self) -> None:
        chance = self.draw("shape")
        tight = chance.random() < 0.3
        self.limits = Limits(
            budget=chance.choice((60, 150, 400)) if tight else 10**6,
            step_budget=chance.choice((45, 100)) if tight else 10**5,
            max_parallel=chance.choice((1, 2, 8)),
            max_attempts=chance.choice((1, 2, 3)),
        )
        self.tight = tight
        self.account = Account(chance.choice((100, 10**6)) if tight else 10**7)
        self.recorder, self.effects, self.person = Recorder(self), Effects(self), Person(self)
        self.tools = FakeTools(Tool(name, self) for name in KINDS)
        own = chance.random() < 0.2
        self.spec = RunSpec(
            run_id=f"run_{self.seed}",
            goal="g",
            plan=self._own_plan() if own else None,
            limits=self.limits,
            reason=chance.random() < 0.3,
            check=chance.random() < 0.3,
            approve=tuple(one for one in ("untrusted", "failure", "changes", "plan") if chance.random() < 0.3),
        )
        self.journal = Journal(self)

    def draw(self, *about: object) -> random.Random:
        """Chance that depends on what it is about, and on nothing else."""
        return random.Random(repr((self.seed, *about)))

    def bench(self) -> Bench:
        """What a process that takes the run up works with."""
        before = sum(getattr(found, "credits", None) or 0 for found in self.journal.done.values())
        budget = Budget(self.limits, self.account, before=before)
        return Bench(
            spec=self.spec,
            model=Model(self, budget),
            tools=self.tools,
            recorder=self.recorder,
            budget=budget,
            desk=self.person,
            effects=self.effects,
        )

    def plan_of(self, name: str, known: tuple[str, ...] = ()) -> dict[str, Any]:
        """A plan as a model writes it: joins, references, questions."""
        chance, steps, ids = self.draw("plan", name), [], [*known]
        for number in range(chance.randrange(1, 7)):
            waits = chance.sample(ids, min(len(ids), chance.randrange(0, 3)))
            args: dict[str, Any] = {"n": chance.randrange(9)}
            if ids and chance.random() < 0.3:
                args["from"] = f"{{{{steps.{chance.choice(ids)}.data.n}}}}"
            join = chance.choice(("all", "any"))
            step = {"id": f"{name[0]}{number}", "tool": chance.choice(list(KINDS)), "args": args, "join": join}
            steps.append(step | {"depends_on": [one for one in waits if one not in known]})
            if chance.random() < 0.1:
                steps[-1]["ask"] = True
            ids.append(step["id"])
        return {"goal": "g", "steps": steps}

    def _own_plan(self) -> Plan:
        raw = self.plan_of("own")["steps"]
        steps = tuple(Step(**(one | {"depends_on": tuple(one["depends_on"])})) for one in raw)
        return Plan(goal="g", steps=steps, origin="file")

    def happen(self, spec: ToolSpec, key: str, args: Any) -> None:
        """Something is done, once for a key."""
        self.calls[key] += 1
        if not spec.changes_world:
            return
        assert self.effects.all()[key].state == "begun", "nothing happens that is not written down before"
        what = f"{spec.name} {args.get('n')}"
        assert self.happened.setdefault(key, what) == what, "one key stands for one thing"
        if key not in self.present and key not in self.taken_back:
            self.present.append(key)

    def take_back(self, key: str) -> None:
        """Something is undone; twice is once."""
        if key in self.present:
            self.present.remove(key)
            self.taken_back.append(key)

    def enter(self) -> None:
        self.inside += 1
        self.most_inside = max(self.most_inside, self.inside)

    def leave(self) -> None:
        self.inside -= 1

    def meet(self, fate: Fate) -> None:
        """Another process, another fate."""
        self.fate, self.inside = fate, 0


def told(result: Any) -> Any:
    """What must be the same however often a run was cut off."""
    return replace(result, duration_s=0.0)
