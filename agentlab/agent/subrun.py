"""A step that is a run of its own: an agent is a tool of another agent. It inherits the budget, and the depth is limited."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from agentlab.agent.bench import Bench
from agentlab.agent.call import failed, key_of
from agentlab.agent.graph import needed
from agentlab.agent.progress import Progress
from agentlab.agent.repair import Call
from agentlab.agent.schedule import Room
from agentlab.types import (
    FINISHED,
    JSON,
    Children,
    Parent,
    RunResult,
    RunSpec,
    Span,
    Step,
    ToolError,
    ToolResult,
    to_credits,
    to_micro,
)

AGENT = "agent.run"
"""The tool that begins another run."""
DEEPEST = 3
"""Runs below runs below a run."""
LOOK_S = 0.05
"""Seconds between two looks whether a run has ended."""


async def run_child(
    step: Step, args: JSON, call: Call, bench: Bench, progress: Progress, room: Room, over: Span
) -> ToolResult:
    """Begin the run that ``args`` describe, below the span ``over``, and wait for its end.

    While it waits for a person, so does this step, and others may have its place. Its budget is set aside in this run's
    as long as it works.
    """
    depth = bench.spec.parent.depth + 1 if bench.spec.parent else 1
    if bench.children is None or depth > DEEPEST:
        return failed("too_deep", f"A run may begin runs {DEEPEST} deep, and this one lies at that depth.")
    wanted = to_micro(args["budget"]) if args.get("budget") else bench.budget.left
    budget = min(wanted, bench.budget.left)
    if refused := bench.budget.reserve(budget):
        return ToolResult(error=refused)
    try:
        if budget <= 0:
            return failed("budget", "Nothing is left of the budget for another run.")
        spec = _spec_of(step, args, call, bench, progress, over, budget)
        return _told(await _ended(spec, bench.children, room))
    finally:
        bench.budget.release(budget)


def _spec_of(step: Step, args: JSON, call: Call, bench: Bench, progress: Progress, over: Span, budget: int) -> RunSpec:
    spec = bench.spec
    parent = spec.parent
    run_id = f"{spec.run_id}.{key_of('', step, call)[1:].replace(':', '~')}"
    return replace(
        spec,
        run_id=run_id,
        goal=" ".join(args["goal"].split()),
        model=args.get("model") or _model_below(spec, run_id),
        plan=None,
        limits=replace(spec.limits, budget=budget),
        shared=args.get("share") or {},
        thread="",
        memory=False,
        given=(),
        forked_from="",
        parent=Parent(
            run_id=spec.run_id,
            root=parent.root if parent else spec.run_id,
            span_id=over.span_id,
            depth=parent.depth + 1 if parent else 1,
        ),
        untrusted=call.shaped or spec.untrusted or bool(needed(step) & progress.tainted),
    )


def _model_below(spec: RunSpec, run_id: str) -> str:
    """The model of a run below another; below a replay, the replay of the run that was there."""
    if not spec.model.startswith("replay:"):
        return spec.model
    return f"{spec.model}{run_id.removeprefix(spec.run_id)}"


async def _ended(spec: RunSpec, children: Children, room: Room) -> RunResult:
    found: list[RunResult] = []

    async def ended() -> bool:
        result = await children.result(spec.run_id)
        if result and result.status in FINISHED:
            found.append(result)
        return bool(found)

    await children.start(spec)
    while not await ended():
        result = await children.result(spec.run_id)
        if result is not None and result.status not in FINISHED:
            await room.rest_until(ended)
            break
        await asyncio.sleep(LOOK_S)
    return found[-1]


def _told(result: RunResult) -> ToolResult:
    """The end of a run as the result of a call."""
    error = None
    if result.status != "succeeded":
        error = ToolError(
            kind="run_failed",
            message=result.error or f"The run {result.run_id} was {result.status}.",
            options=("change_arguments", "replan"),
        )
    data = {
        "answer": result.answer,
        "run_id": result.run_id,
        "steps": {step.id: step.result for step in result.steps},
        "credits": to_credits(result.credits),
    }
    return ToolResult(
        data=None if error else data,
        error=error,
        credits=result.credits,
        cost_usd=result.cost_usd,
        untrusted=any(step.untrusted for step in result.steps),
    )
