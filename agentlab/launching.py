"""The part of ``Lab`` that begins runs: here or with a worker, from a goal, a plan, or the middle of another run."""

from __future__ import annotations

import math
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Unpack

from agentlab.agent.plan import problems_of, read_plan
from agentlab.agent.score import PlanScore, score
from agentlab.errors import BudgetInvalid, EmptyGoal, PlanInvalid
from agentlab.insight.success import SuccessRates
from agentlab.memory.clean import thread_name
from agentlab.models import Gateway, replayed
from agentlab.notify_settings import checked_events
from agentlab.run import Run
from agentlab.settings import Settings
from agentlab.team import Members, team_plan
from agentlab.tools import Registry
from agentlab.types import (
    JSON,
    Limits,
    Plan,
    RunOptions,
    RunSpec,
    Tools,
    to_micro,
)
from agentlab.types.ids import new_id

if TYPE_CHECKING:
    from agentlab.agent.bench import Bench
    from agentlab.models.replay import Recorded
    from agentlab.runtime.runs import Runs


class Launching(ABC):
    """Needs ``settings``, ``gateway``, the durable runs and the tools of a run."""

    settings: Settings
    gateway: Gateway
    tools: Registry
    _success: SuccessRates

    def run(self, goal: str, **options: Unpack[RunOptions]) -> Run:
        """Run a goal in this process and wait until it has ended, or waits for somebody. Options as in ``RunOptions``.

        A run that fails is returned like any other; raises ``CallerError`` where it cannot even start.
        """
        return self.start(goal, **options).wait()

    def start(self, goal: str, **options: Unpack[RunOptions]) -> Run:
        """Run a goal in this process and return at once; ``follow`` or ``wait`` on what is returned."""
        return self._begin(self._spec(goal, **options))

    def submit(self, goal: str, **options: Unpack[RunOptions]) -> Run:
        """Queue a goal for a worker and return at once."""
        return self._queue(self._spec(goal, **options))

    def preview(self, goal: str, **options: Unpack[RunOptions]) -> Plan:
        """The plan a run of ``goal`` would start with; nothing of it is run. Raises ``PlanInvalid``, ``ModelError``.

        Change it as you like (``dataclasses.replace``) and give it to ``run`` or ``submit`` as ``plan``.
        """
        from agentlab.preview import preview

        return preview(self._bench(self._spec(goal, **options)))

    def weigh(self, plan: Plan) -> PlanScore:
        """What a plan is worth before it runs: efficiency, reliability and cost-effectiveness, 0 to 10 each."""
        return score(plan, self.tools, self._limits(None), self._success())

    def team(
        self,
        members: Members,
        *,
        goal: str = "",
        answer: bool = True,
        here: bool = True,
        **options: Unpack[RunOptions],
    ) -> Run:
        """Run several goals that depend on each other, as one run with one trace.

        ``members`` are goals by name, or ``{"goal": …, "after": [names], "join": "all" | "any", "model": …, "budget": …}``;
        who comes after others is given their answers. With ``answer`` the model writes one answer out of all; else it is
        the last member's. ``here`` waits for the end in this process, else a worker does it. Raises ``PlanInvalid``.
        """
        plan = team_plan(goal or "; ".join(map(_goal_of, members.values())), members, answer=answer)
        spec = self._spec(plan.goal, **(options | RunOptions(plan=plan)))
        return self._begin(spec).wait() if here else self._queue(spec)

    def _spec(self, goal: str, **options: Unpack[RunOptions]) -> RunSpec:
        """What a run is asked to do, checked."""
        name, plan = options.get("model") or self.settings.model, options.get("plan")
        if past := replayed(name):
            asked, its_plan = self.asked_in(past)
            if plan is None and " ".join(goal.split()) in ("", asked):
                goal, plan = asked, its_plan
        own = read_plan(plan, origin="file", goal=goal) if isinstance(plan, dict) else plan
        goal = " ".join((goal or (own.goal if own else "")).split())
        if not goal:
            raise EmptyGoal
        limits = self._limits(options.get("budget"))
        if own and (problems := problems_of(own, self._tools_of(past, self.recorded), limits)):
            raise PlanInvalid(problems)
        self.gateway.open(name)
        settings, approve = self.settings, options.get("approve")
        return RunSpec(
            run_id=new_id("run"),
            goal=goal,
            model=name,
            plan=own,
            tools="recorded" if past else "live",
            domains=tuple(options.get("domains") or ()),
            limits=limits,
            user=options.get("user") or settings.user,
            thread=thread_name(thread) if (thread := options.get("thread")) else "",
            memory=options.get("memory", True) and not past,
            approve=() if past else tuple(settings.approve if approve is None else approve),
            reason=self._reasons(name, past, options.get("reason")),
            check=_chosen(options.get("check"), settings.check),
            undo=_chosen(options.get("undo"), settings.undo),
            notify=None if (notify := options.get("notify")) is None else checked_events(notify),
            submitted_at=time.time(),
        )

    def _limits(self, budget: float | None) -> Limits:
        return Limits(
            budget=to_micro(_checked(self.settings.budget_credits if budget is None else budget)),
            step_budget=to_micro(self.settings.step_credits),
            result_chars=self.settings.result_chars,
        )

    def _reasons(self, model: str, past: str, chosen: bool | None) -> bool:
        """Whether a model reasons before each step: as asked, as in the run that is replayed, as the settings say."""
        if chosen is not None:
            return chosen
        if past:
            return self._past_reasons(past)
        if self.settings.reason == "auto":
            return not model.startswith(("offline", "scripted:"))
        return self.settings.reason == "on"

    @property
    @abstractmethod
    def durable(self) -> Runs:
        """The durable runs of the lab."""

    @abstractmethod
    def asked_in(self, run_id: str) -> tuple[str, Plan | JSON | None]:
        """Goal of a run, and the plan of its own if it had one."""

    @abstractmethod
    def recorded(self, run_id: str) -> list[Any]:
        """Every call of a model or tool in a run."""

    @abstractmethod
    def _past_reasons(self, run_id: str) -> bool: ...

    @abstractmethod
    def _bench(self, spec: RunSpec) -> Bench: ...

    @abstractmethod
    def _tools_of(self, past: str, recorded: Recorded) -> Tools: ...

    @abstractmethod
    def _begin(self, spec: RunSpec) -> Run: ...

    @abstractmethod
    def _queue(self, spec: RunSpec) -> Run: ...


def _goal_of(member: Any) -> str:
    return str(member.get("goal", "") if isinstance(member, Mapping) else member)


def _chosen(wanted: bool | None, usual: bool) -> bool:
    return usual if wanted is None else wanted


def _checked(budget: float) -> float:
    if not math.isfinite(budget) or budget <= 0:
        raise BudgetInvalid(
            f"A budget of {budget:g} credits lets nothing run.",
            hint="Give a positive number of credits, for example --budget 100 (1 credit = 0.001 US dollars).",
        )
    return budget
