"""The part of ``Lab`` that begins runs from others: once more, from their middle, or after their end."""

from __future__ import annotations

import time
from abc import abstractmethod
from dataclasses import replace
from typing import Unpack

from agentlab.agent.graph import after
from agentlab.agent.plan import problems_of
from agentlab.errors import NotPossible, PlanInvalid, near
from agentlab.launching import Launching
from agentlab.models import replayed
from agentlab.models.replay import PREFIX
from agentlab.run import Run
from agentlab.types import FINISHED, JSON, Plan, RunOptions, RunResult, RunSpec, Step, ToolSource
from agentlab.types.ids import new_id


class Continuing(Launching):
    """Needs what ``Launching`` needs, and the turns of conversations."""

    def go_on(self, run_id: str, goal: str, *, here: bool = False, **options: Unpack[RunOptions]) -> Run:
        """Begin a run that sees what another one has found: in its conversation, or in one that begins with it.

        ``here`` runs it in this process, else a worker does. What is left out is as it was there. Raises ``UnknownRun``,
        ``NotPossible`` for a run that has not ended.
        """
        past, asked = self.durable.result(run_id), self.durable.spec(run_id)
        if past.status not in FINISHED:
            raise NotPossible(
                f"The run {run_id} has not ended.", hint="A conversation goes on once its last run has ended."
            )
        before = asked if asked.thread else replace(asked, thread=run_id)
        self._turn_ended(before, past)
        same: RunOptions = {
            "model": asked.model,
            "domains": asked.domains,
            "approve": asked.approve,
            "user": asked.user,
        }
        spec = self._spec(goal, **(same | options | RunOptions(thread=before.thread)))
        return self._begin(spec) if here else self._queue(spec)

    def fork(
        self,
        run_id: str,
        step: str,
        *,
        args: JSON | None = None,
        model: str | None = None,
        budget: float | None = None,
        here: bool = False,
    ) -> Run:
        """Begin a new run from the middle of another: ``step``, and what builds on it, is done anew; the rest is taken over.

        With ``args`` the step gets other arguments, with ``model`` the new run another model; everything else is as it
        was. ``here`` runs it in this process, else a worker does. Raises ``UnknownRun``, ``NotPossible`` for a run that
        has not ended, ``PlanInvalid``.
        """
        past, asked = self.durable.result(run_id), self.durable.spec(run_id)
        if past.status not in FINISHED or past.plan is None:
            raise NotPossible(
                f"The run {run_id} cannot be forked: it has {'no plan' if past.status in FINISHED else 'not ended'}.",
                hint="A run can be forked from each step of its plan, once it has ended.",
            )
        plan = _with_args(past.plan, step, args)
        again = after(plan, {step})
        spec = replace(
            asked,
            run_id=new_id("run"),
            plan=plan,
            model=model or asked.model,
            limits=asked.limits if budget is None else self._limits(budget),
            given=tuple(one for one in past.steps if one.id not in again and one.status == "succeeded"),
            forked_from=run_id,
            parent=None,
            submitted_at=time.time(),
        )
        if problems := problems_of(plan, self._tools_of(replayed(spec.model), self.recorded), spec.limits):
            raise PlanInvalid(problems)
        self.gateway.open(spec.model)
        return self._begin(spec) if here else self._queue(spec)

    def replay(self, run_id: str, *, tools: ToolSource = "recorded", budget: float | None = None) -> Run:
        """Run a recorded run again, with its goal, its plan and its model's answers, and wait for the end.

        ``tools`` get the results they had (``recorded``: nothing is reached and nothing is changed), or work for real
        (``live``). Raises ``UnknownRun``.
        """
        return self.start_replay(run_id, tools=tools, budget=budget).wait()

    def start_replay(self, run_id: str, *, tools: ToolSource = "recorded", budget: float | None = None) -> Run:
        """As ``replay``, and return at once."""
        return self._begin(replace(self._spec("", model=f"{PREFIX}{run_id}", budget=budget), tools=tools))

    @abstractmethod
    def _turn_ended(self, spec: RunSpec, result: RunResult) -> None:
        """Note what a run has found as a turn of its conversation. Twice is once."""


def _with_args(plan: Plan, name: str, args: JSON | None) -> Plan:
    """``plan`` with other arguments for one step. Raises ``PlanInvalid`` where there is no such step."""
    ids = [step.id for step in plan.steps]
    if name not in ids:
        raise PlanInvalid([f"There is no step '{name}' in it. {near(name, ids)}"])
    if args is None:
        return plan
    changed: list[Step] = [replace(step, args=args) if step.id == name else step for step in plan.steps]
    return replace(plan, steps=tuple(changed))
