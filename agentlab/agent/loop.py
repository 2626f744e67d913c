"""The loop: recall, plan, act, observe, repair, finish. Everything that runs is a plan, and this runs it.

Read it from ``run_goal`` downwards. Whatever costs or changes something goes through ``journal.once``; a run that is
resumed by another process walks the same path, finds that work done, and goes on where it was cut off.
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

from agentlab import trace
from agentlab.agent.ask import heard_once
from agentlab.agent.bench import Bench
from agentlab.agent.excerpt import excerpt
from agentlab.agent.planning import check_budget, plan_goal, plan_rest
from agentlab.agent.progress import Progress
from agentlab.agent.prompts import ask_for_answer
from agentlab.agent.repair import HOPELESS, is_unsure
from agentlab.agent.schedule import Room, run_graph
from agentlab.agent.step import run_step
from agentlab.errors import AgentlabError
from agentlab.trace import Parked
from agentlab.types import JSON, Journal, Memory, Plan, RunResult, RunSpec, Scope, Step, StepResult, Turn, span_id_of

REPLANS = 1
"""Times that the rest of a plan may be planned anew."""
_CITED = re.compile(r"\[([A-Za-z0-9_-]{1,64})\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """How things stood when the run began, whoever goes on with it."""

    at: float
    """Seconds since the epoch, UTC."""
    balance: int
    """Micro-credits that its user had."""


async def run_goal(bench: Bench, journal: Journal) -> RunResult:
    """Run ``bench.spec`` to its end. Failure is a result, not an exception.

    Only a cancellation gets out, and ``Parked`` where nothing can go on before a person has said something.
    """
    spec = bench.spec
    with trace.span(
        bench.recorder,
        bench.top,
        spec.goal,
        kind="run",
        span_id=span_id_of(spec.run_id),
        model=spec.model,
        operation="invoke_agent",
        conversation_id=spec.thread or None,
        user_id=spec.user,
        payloads={"input": _asked(spec)},
        attributes={"agentlab.goal": spec.goal, "agentlab.submitted_at": spec.submitted_at},
    ) as span:
        start = await journal.once("start", partial(_begun, bench), returns=Start)
        result = await _outcome(bench, journal, bench.top.under(span), start)
        result = replace(result, duration_s=max(time.time() - start.at, 0.0))
        span.credits, span.cost_usd = result.credits, result.cost_usd
        span.attributes |= {"agentlab.status": result.status, "agentlab.answer": excerpt(result.answer)}
        span.payloads["output"] = result.answer
        if result.status != "succeeded":
            span.status, span.error_type, span.error_message = "error", "run_failed", result.error
    return result


def _asked(spec: RunSpec) -> JSON:
    return {"goal": spec.goal} | ({"plan": asdict(spec.plan)} if spec.plan else {})


async def _begun(bench: Bench) -> Start:
    return Start(at=time.time(), balance=bench.budget.balance)


async def _outcome(bench: Bench, journal: Journal, scope: Scope, start: Start) -> RunResult:
    progress = Progress(Plan(goal=bench.spec.goal), balance=start.balance)
    for step in bench.spec.given:
        progress.add(step)
    try:
        _rest_where_wanted(bench)
        await _recall(progress, bench, journal)
        await plan_goal(bench, journal, scope, progress)
        await _act(progress, bench, journal, scope)
        _rest_where_wanted(bench)
        answer = await _answer(progress, bench, journal, scope)
    except AgentlabError as error:
        return _result(bench, progress, error=str(error))
    return _result(bench, progress, answer=answer, error=" ".join(map(_reason, progress.failed())))


def _rest_where_wanted(bench: Bench) -> None:
    """Raise ``Parked`` where somebody wants the run to pause."""
    if bench.desk.pausing:
        raise Parked


async def _recall(progress: Progress, bench: Bench, journal: Journal) -> None:
    """What the user's memory and the conversation hold. A plan of one's own needs neither."""
    spec = bench.spec
    if spec.plan:
        return
    if spec.memory:
        progress.memories = tuple(await journal.once("recall", lambda: _memories(bench), returns=list[Memory]))
    if spec.thread:
        progress.turns = tuple(await journal.once("turns", lambda: _turns(bench), returns=list[Turn]))
    if spec.shared:
        progress.turns += (_shared(spec),)


def _shared(spec: RunSpec) -> Turn:
    """What others have found for the run, as one turn: "that" is all of it."""
    found = spec.shared.items()
    parts = (
        [f"## {name}\n\n{_written(result)}" for name, result in found]
        if len(found) > 1
        else map(_written, spec.shared.values())
    )
    parent = spec.parent.run_id if spec.parent else ""
    return Turn(run_id=parent, goal=", ".join(spec.shared), answer="\n\n".join(parts), untrusted=spec.untrusted)


async def _memories(bench: Bench) -> list[Memory]:
    return list(await bench.memory.recall(bench.spec))


async def _turns(bench: Bench) -> list[Turn]:
    return list(await bench.memory.turns(bench.spec))


async def _act(progress: Progress, bench: Bench, journal: Journal, scope: Scope) -> None:
    """Run the steps as a graph, and where some fail, another plan for the rest, if there is one."""
    for number in range(REPLANS + 1):
        await _run_steps(progress, bench, journal, scope)
        if number == REPLANS or not _another_way(progress, bench):
            return
        if not await plan_rest(bench, journal, scope, progress, number + 1):
            return
        check_budget(Plan(goal="", steps=_to_do(progress)), bench)


async def _run_steps(progress: Progress, bench: Bench, journal: Journal, scope: Scope) -> None:
    """What depends on a failed step is never started."""
    journals = journal.branches(step.id for step in _to_do(progress))
    room = Room(bench.spec.limits.max_parallel)

    async def act(step: Step) -> bool:
        outcome = await run_step(step, progress, bench, journals[step.id], scope, room)
        progress.add(outcome)
        return outcome.status != "failed"

    await run_graph(progress.plan, act, room, succeeded=progress.passed())


def _to_do(progress: Progress) -> tuple[Step, ...]:
    passed = progress.passed()
    return tuple(step for step in progress.plan.steps if step.id not in passed)


def _another_way(progress: Progress, bench: Bench) -> bool:
    """Whether another plan may be asked for: something failed that another way might be spared."""
    failed = progress.failed()
    if not failed or not progress.planned:
        return False
    return not any(_is_final(step, bench) for step in failed)


def _is_final(step: StepResult, bench: Bench) -> bool:
    tool, error = bench.tools.get(step.tool), step.error
    if error is None:
        return False
    unsure = is_unsure(error, changes_world=tool is not None and tool.spec.changes_world)
    return error.kind in HOPELESS or (unsure and "replan" not in error.options)


async def _answer(progress: Progress, bench: Bench, journal: Journal, scope: Scope) -> str:
    """The model's answer; for a plan of one's own, which asks no model, what its last step found."""
    if not progress.planned:
        last = progress.in_order()[-1].result
        return _written(last)
    if not progress.plan.steps:
        return progress.plan.answer
    request = ask_for_answer(
        bench.spec.goal,
        progress.in_order(),
        bench.spec.limits.result_chars,
        progress.memories,
        progress.turns,
    )
    return (await heard_once("answer", bench, journal, request, scope)).text


def _written(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2, default=str)


def _cites(answer: str, progress: Progress) -> tuple[str, ...]:
    """The steps that the answer names; all that found something where it names none."""
    found = [step.id for step in progress.in_order() if step.status == "succeeded"]
    if not answer or not progress.planned:
        return tuple(found[-1:]) if answer else ()
    named = set(_CITED.findall(answer))
    return tuple(name for name in found if name in named) or tuple(found)


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
        plan=progress.plan,
        score=progress.score,
        cites=_cites(answer, progress),
        thread=bench.spec.thread,
    )
