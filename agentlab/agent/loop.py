"""The loop: plan, validate, act, observe, finish. Everything that runs is a plan, and this runs it.

Read it from ``run_goal`` downwards. Whatever costs or changes something goes through ``journal.once``; a run that is
resumed by another process walks the same path, finds that work done, and goes on where it was cut off.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from agentlab import trace
from agentlab.agent.bench import Bench
from agentlab.agent.excerpt import excerpt, shortened
from agentlab.agent.plan import least_credits, problems_of, read_plan
from agentlab.agent.prompts import ask_for_answer, ask_for_plan
from agentlab.agent.schedule import run_graph
from agentlab.agent.step import run_step
from agentlab.errors import AgentlabError, ModelError, PlanInvalid
from agentlab.types import (
    JSON,
    Journal,
    ModelRequest,
    ModelResponse,
    Plan,
    RunResult,
    RunSpec,
    Scope,
    Step,
    StepResult,
    cost_of,
    credits_of,
    span_id_of,
    to_credits,
)

DRAFTS = 2
"""Plans a model may make before the run gives up; the problems of one are fed into the next."""


class GoalOutOfReach(AgentlabError):
    """The tools cannot do what the goal asks; nothing was run."""


class BudgetTooSmall(AgentlabError):
    """The plan costs more than the run may use; nothing was run."""


@dataclass(slots=True)
class Progress:
    """What a run has so far."""

    plan: Plan
    steps: dict[str, StepResult] = field(default_factory=dict)
    """By id, in the order in which they ended."""

    @property
    def known(self) -> JSON:
        """What later steps may refer to."""
        return {"steps": {name: {"data": step.result} for name, step in self.steps.items()}}

    def in_order(self) -> tuple[StepResult, ...]:
        """Every step of the plan, in its order; those never started are skipped."""
        return tuple(
            self.steps.get(step.id) or StepResult(id=step.id, tool=step.tool, status="skipped")
            for step in self.plan.steps
        )


async def run_goal(bench: Bench, journal: Journal) -> RunResult:
    """Run ``bench.spec`` to its end. Failure is a result, not an exception; only a cancellation gets out."""
    spec = bench.spec
    top = Scope.of_run(spec.run_id)
    with trace.span(
        bench.recorder,
        top,
        spec.goal,
        kind="run",
        span_id=span_id_of(spec.run_id),
        model=spec.model,
        operation="invoke_agent",
        payloads={"input": _asked(spec)},
        attributes={"agentlab.goal": spec.goal, "agentlab.submitted_at": spec.submitted_at},
    ) as span:
        started = await journal.once("start", _now, returns=float)
        result = await _outcome(bench, journal, top.under(span))
        result = replace(result, duration_s=max(time.time() - started, 0.0))
        span.credits, span.cost_usd = result.credits, result.cost_usd
        span.attributes |= {"agentlab.status": result.status, "agentlab.answer": excerpt(result.answer)}
        span.payloads["output"] = result.answer
        if result.status != "succeeded":
            span.status, span.error_type, span.error_message = "error", "run_failed", result.error
    return result


def _asked(spec: RunSpec) -> JSON:
    return {"goal": spec.goal} | ({"plan": asdict(spec.plan)} if spec.plan else {})


async def _now() -> float:
    return time.time()


async def _outcome(bench: Bench, journal: Journal, scope: Scope) -> RunResult:
    progress = Progress(Plan(goal=bench.spec.goal))
    try:
        progress.plan = await plan_goal(bench, journal, scope)
        await _act(progress, bench, journal, scope)
        answer = await _answer(progress, bench, journal, scope)
    except AgentlabError as error:
        return _result(bench, progress, error=str(error))
    failed = [step for step in progress.steps.values() if step.status == "failed"]
    return _result(bench, progress, answer=answer, error=" ".join(map(_reason, failed)))


async def plan_goal(bench: Bench, journal: Journal, scope: Scope) -> Plan:
    """The spec's own plan, or the model's, checked.

    Raises ``PlanInvalid``, ``GoalOutOfReach``, ``BudgetTooSmall`` or ``ModelError``.
    """
    if bench.spec.plan:
        plan, problems = bench.spec.plan, problems_of(bench.spec.plan, bench.tools, bench.spec.limits)
    else:
        plan, problems = Plan(goal=bench.spec.goal), []
        for draft in range(1, DRAFTS + 1):
            plan, problems = await _draft(draft, problems, bench, journal, scope)
            if not problems:
                break
    if problems:
        raise PlanInvalid(problems)
    if plan.refusal:
        raise GoalOutOfReach(plan.refusal)
    _check_budget(plan, bench)
    return plan


async def _draft(
    number: int, problems: list[str], bench: Bench, journal: Journal, scope: Scope
) -> tuple[Plan, list[str]]:
    request = ask_for_plan(bench.spec.goal, bench.tools.specs(), problems)

    async def work() -> ModelResponse:
        with trace.span(bench.recorder, scope, "plan", kind="plan", attempt=number) as span:
            response = await _ask_model(bench, request, scope.under(span))
            span.attributes["agentlab.plan"] = shortened(response.output)
            span.payloads["output"] = response.output
            if found := _read_draft(response.output, bench)[1]:
                span.status, span.error_type, span.error_message = "error", "plan_invalid", " ".join(found)
        return response

    response = _settled(bench, await journal.once(f"plan-{number}", work, returns=ModelResponse))
    return _read_draft(response.output, bench)


def _read_draft(output: Any, bench: Bench) -> tuple[Plan, list[str]]:
    try:
        plan = read_plan(output, origin="model", goal=bench.spec.goal)
    except PlanInvalid as error:
        return Plan(goal=bench.spec.goal), error.context["problems"]
    return plan, problems_of(plan, bench.tools, bench.spec.limits)


def _check_budget(plan: Plan, bench: Bench) -> None:
    least = bench.budget.spent + least_credits(plan, bench.tools)
    if least > bench.spec.limits.budget:
        raise BudgetTooSmall(
            f"The plan needs at least {to_credits(least):g} credits and the budget is "
            f"{to_credits(bench.spec.limits.budget):g}; no step was run.",
            hint="Raise the budget (--budget CREDITS) or ask for less.",
        )


async def _act(progress: Progress, bench: Bench, journal: Journal, scope: Scope) -> None:
    """Run the steps as a graph; what depends on a failed step is never started."""
    journals = journal.branches(step.id for step in progress.plan.steps)

    async def act(step: Step) -> bool:
        outcome = await run_step(step, progress.known, bench, journals[step.id], scope)
        progress.steps[step.id] = outcome
        return outcome.status == "succeeded"

    await run_graph(progress.plan, act, at_once=bench.spec.limits.max_parallel)


async def _answer(progress: Progress, bench: Bench, journal: Journal, scope: Scope) -> str:
    """The model's answer; for a plan of one's own, which asks no model, what its last step found."""
    if progress.plan.origin == "file":
        last = progress.in_order()[-1].result
        if last is None:
            return ""
        return last if isinstance(last, str) else json.dumps(last, ensure_ascii=False, indent=2, default=str)
    if not progress.plan.steps:
        return progress.plan.answer
    request = ask_for_answer(bench.spec.goal, progress.in_order(), bench.spec.limits.result_chars)
    response = await journal.once("answer", lambda: _ask_model(bench, request, scope), returns=ModelResponse)
    return _settled(bench, response).text


async def _ask_model(bench: Bench, request: ModelRequest, scope: Scope) -> ModelResponse:
    """The model's response. A failure is a response too, so that the journal can keep it."""
    try:
        return await bench.model.answer(request, scope)
    except ModelError as error:
        cost = cost_of(error.attempts)
        return ModelResponse(
            text=str(error), finish_reason="error", cost_usd=cost, credits=credits_of(cost), attempts=error.attempts
        )


def _settled(bench: Bench, response: ModelResponse) -> ModelResponse:
    bench.budget.settle(response.credits or 0, response.cost_usd)
    if response.finish_reason == "error":
        raise ModelError(response.text)
    return response


def _reason(step: StepResult) -> str:
    return f"Step '{step.id}' failed: {step.error.message if step.error else 'no reason given'}"


def _result(bench: Bench, progress: Progress, *, answer: str = "", error: str = "") -> RunResult:
    return RunResult(
        run_id=bench.spec.run_id,
        status="failed" if error else "succeeded",
        goal=bench.spec.goal,
        answer=answer,
        error=error,
        steps=progress.in_order(),
        credits=bench.budget.spent,
        cost_usd=bench.budget.cost_usd,
        model=bench.spec.model,
    )
