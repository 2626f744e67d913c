"""From a goal to a plan that may run: asked for, checked, scored, made again where it is poor, shown to a person where wanted."""

from __future__ import annotations

from dataclasses import asdict, replace
from functools import partial
from typing import Any

from agentlab import trace
from agentlab.agent.ask import ask, settled
from agentlab.agent.bench import Bench
from agentlab.agent.excerpt import shortened
from agentlab.agent.plan import least_credits, problems_of, read_plan
from agentlab.agent.progress import Progress
from agentlab.agent.prompts import Past, ask_for_plan
from agentlab.agent.score import BAR, PlanScore, score
from agentlab.errors import AgentlabError, ModelError, PlanInvalid
from agentlab.trace import Parked
from agentlab.types import Journal, Memory, ModelResponse, Plan, Question, Scope, to_credits

DRAFTS = 2
"""Plans a model may make before the run gives up; the problems of one are fed into the next."""


class GoalOutOfReach(AgentlabError):
    """The tools cannot do what the goal asks; nothing was run."""


class BudgetTooSmall(AgentlabError):
    """The plan costs more than the run may use; nothing was run."""


class PlanRefused(AgentlabError):
    """A person did not want the plan; nothing was run."""


async def plan_goal(bench: Bench, journal: Journal, scope: Scope, progress: Progress) -> None:
    """Give ``progress`` the spec's own plan, or the model's, checked.

    Raises ``PlanInvalid``, ``GoalOutOfReach``, ``BudgetTooSmall``, ``PlanRefused`` or ``ModelError``; ``Parked`` where a
    person must look at it first.
    """
    if bench.spec.plan:
        plan, problems = bench.spec.plan, problems_of(bench.spec.plan, bench.tools, bench.spec.limits)
        progress.shaped = bench.spec.untrusted and plan.origin == "model"
    else:
        past = Past(memories=_trusted(progress), turns=progress.turns)
        plan, problems = await _drafted(past, bench, journal, scope, "plan")
        progress.shaped = bench.spec.untrusted or _saw_text_from_outside(progress)
    if problems:
        raise PlanInvalid(problems)
    if plan.refusal:
        raise GoalOutOfReach(plan.refusal)
    progress.plan = plan
    if not bench.spec.plan and plan.steps:
        await _improve(progress, bench, journal, scope)
    if "plan" in bench.spec.approve:
        await _show(progress, bench)
    check_budget(progress.plan, bench, progress.balance)


async def plan_rest(bench: Bench, journal: Journal, scope: Scope, progress: Progress, number: int) -> bool:
    """Replace what has not succeeded by another plan of the model; False where it has none that could run."""
    done = [step for step in progress.steps.values() if step.status == "succeeded"]
    past = Past(done=done, failed=progress.failed(), memories=_trusted(progress), turns=progress.turns)
    try:
        plan, problems = await _drafted(past, bench, journal, scope, f"replan-{number}", progress=progress)
    except ModelError:
        return False
    if problems or plan.refusal or not plan.steps:
        return False
    kept = tuple(step for step in progress.plan.steps if step.id in progress.passed())
    progress.plan = replace(progress.plan, steps=(*kept, *plan.steps), rationale=plan.rationale)
    progress.steps = {name: step for name, step in progress.steps.items() if name in progress.passed()}
    progress.shaped = True  # it has read what went wrong, in the words of whatever was reached
    return True


async def _drafted(
    past: Past, bench: Bench, journal: Journal, scope: Scope, name: str, progress: Progress | None = None
) -> tuple[Plan, list[str]]:
    """The model's plan and what still keeps it from running, after as many drafts as it may make."""
    plan, problems = Plan(goal=bench.spec.goal), list(past.problems)
    for number in range(1, DRAFTS + 1):
        draft = replace(past, problems=problems)
        plan, problems = await _draft(f"{name}-{number}", number, draft, bench, journal, scope, progress)
        if not problems:
            break
    return plan, problems


async def _draft(
    name: str, number: int, past: Past, bench: Bench, journal: Journal, scope: Scope, progress: Progress | None
) -> tuple[Plan, list[str]]:
    request = ask_for_plan(bench.spec.goal, bench.tools.specs(), past, bench.spec.limits.result_chars)

    async def work() -> ModelResponse:
        with trace.span(bench.recorder, scope, "plan", kind="plan", attempt=number) as span:
            response = await ask(bench, request, scope.under(span))
            span.attributes["agentlab.plan"] = shortened(response.output)
            span.payloads["output"] = response.output
            plan, found = _read_draft(response, bench, progress)
            if found:
                span.status, span.error_type, span.error_message = "error", "plan_invalid", " ".join(found)
            elif plan.steps:
                worth = _worth(plan, bench)
                span.attributes["agentlab.plan_score"] = asdict(worth) | {"total": worth.total}
        return response

    response = settled(bench, await journal.once(name, work, returns=ModelResponse))
    return _read_draft(response, bench, progress)


def _read_draft(response: ModelResponse, bench: Bench, progress: Progress | None) -> tuple[Plan, list[str]]:
    output: Any = response.output
    try:
        plan = read_plan(output, origin="model", goal=bench.spec.goal)
    except PlanInvalid as error:
        return Plan(goal=bench.spec.goal), error.context["problems"]
    taken = frozenset(progress.steps) if progress else frozenset()
    known = frozenset(progress.passed()) if progress else frozenset()
    return plan, problems_of(plan, bench.tools, bench.spec.limits, known=known, taken=taken)


async def _improve(progress: Progress, bench: Bench, journal: Journal, scope: Scope) -> None:
    """Where the plan is worth little, have it made again, and keep the better one; the trace has both."""
    first = await journal.once("score", partial(_weighed, progress.plan, bench), returns=PlanScore)
    progress.score = first.total
    if first.total >= BAR:
        return
    past = Past(improvements=first.improvements, memories=_trusted(progress), turns=progress.turns)
    try:
        plan, problems = await _draft("improve", DRAFTS + 1, past, bench, journal, scope, None)
    except ModelError:
        return
    if problems or plan.refusal or not plan.steps:
        return
    second = await journal.once("score-again", partial(_weighed, plan, bench), returns=PlanScore)
    if second.total > first.total:
        progress.plan, progress.score = plan, second.total


async def _show(progress: Progress, bench: Bench) -> None:
    """Let a person look at the plan. Raises ``Parked`` where nobody has yet, ``PlanRefused`` where it is not wanted."""
    question = Question(
        run_id=bench.spec.run_id,
        name="plan",
        about="plan",
        why="The run was started so that a person looks at its plan first.",
        plan=progress.plan,
    )
    said = await bench.desk.decision(question)
    if said is None:
        raise Parked
    if not said.yes:
        raise PlanRefused(f"{said.by} did not want the plan; no step was run. {said.note}".strip())
    if said.plan is not None:
        progress.plan = said.plan
    progress.shaped = False


def check_budget(plan: Plan, bench: Bench, balance: int | None = None) -> None:
    """Raise ``BudgetTooSmall`` where the run cannot pay for ``plan``; ``balance`` is what its user had when it began."""
    least = bench.budget.spent + least_credits(plan, bench.tools)
    if least > bench.spec.limits.budget:
        raise BudgetTooSmall(
            f"The plan needs at least {to_credits(least):g} credits and the budget is "
            f"{to_credits(bench.spec.limits.budget):g}; no step was run.",
            hint="Raise the budget (--budget CREDITS) or ask for less.",
        )
    if balance is not None and least > balance:
        raise BudgetTooSmall(
            f"The plan needs at least {to_credits(least):g} credits, and the balance of {bench.spec.user} has less; "
            "no step was run.",
            hint="agentlab credits shows the balance; agentlab credits --add CREDITS gives more.",
        )


def _worth(plan: Plan, bench: Bench) -> PlanScore:
    return score(plan, bench.tools, bench.spec.limits, bench.success())


async def _weighed(plan: Plan, bench: Bench) -> PlanScore:
    """The same, for the journal: the past that it goes by may be another one when the run is resumed."""
    return _worth(plan, bench)


def _saw_text_from_outside(progress: Progress) -> bool:
    return any(turn.untrusted for turn in progress.turns)


def _trusted(progress: Progress) -> tuple[Memory, ...]:
    """Memories that a planner may read. Those that text from outside had a hand in are for the answer only: whoever plans
    after reading such text must be watched, and an old result is not worth that.
    """
    return tuple(memory for memory in progress.memories if not memory.untrusted)
