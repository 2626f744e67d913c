"""One step of a plan: act, observe, try again where that can help."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import Any

from agentlab import trace
from agentlab.agent.bench import Bench
from agentlab.agent.excerpt import excerpt
from agentlab.agent.references import ReferenceUnresolved, fill
from agentlab.errors import near
from agentlab.types import (
    JSON,
    Event,
    Journal,
    Scope,
    Span,
    Step,
    StepResult,
    Tool,
    ToolContext,
    ToolError,
    ToolResult,
    span_id_of,
    total_usd,
)
from agentlab.types.span import SpanStatus

BACKOFF_S = 0.2
"""Seconds before the second attempt; doubled for each one after it."""


async def run_step(step: Step, known: JSON, bench: Bench, journal: Journal, scope: Scope) -> StepResult:
    """Run ``step`` to its end: attempts until one succeeds, cannot be mended by repetition, or was the last.

    ``known`` is what references may name: ``{"steps": {id: {"data": …}}}``.
    """
    span = _step_span(step, bench, scope)
    attempts: list[ToolResult] = []
    while not attempts or _worth_repeating(attempts, bench):
        if attempts:
            await asyncio.sleep(BACKOFF_S * 2 ** (len(attempts) - 1))
        work = partial(_attempt_and_close, step, known, bench, scope, span, tuple(attempts))
        attempts.append(await journal.once(f"{step.id}-{len(attempts) + 1}", work, returns=ToolResult))
        bench.budget.settle(attempts[-1].credits, attempts[-1].cost_usd)
    return _outcome(step, attempts)


def _worth_repeating(attempts: Sequence[ToolResult], bench: Bench) -> bool:
    error = attempts[-1].error
    return error is not None and error.retryable and len(attempts) < bench.spec.limits.max_attempts


def _outcome(step: Step, attempts: Sequence[ToolResult]) -> StepResult:
    last = attempts[-1]
    return StepResult(
        id=step.id,
        tool=step.tool,
        status="succeeded" if last.success else "failed",
        attempts=len(attempts),
        result=last.data,
        error=last.error,
        credits=sum(attempt.credits for attempt in attempts),
        cost_usd=total_usd(attempt.cost_usd for attempt in attempts),
        untrusted=last.untrusted,
    )


def _step_span(step: Step, bench: Bench, scope: Scope) -> Span:
    tool = bench.tools.get(step.tool)
    return trace.begin(
        scope,
        step.description or step.id,
        kind="step",
        span_id=span_id_of(bench.spec.run_id, "step", step.id),
        step=step.id,
        tool=step.tool,
        tool_category=tool.spec.category if tool else None,
    )


async def _attempt_and_close(
    step: Step, known: JSON, bench: Bench, scope: Scope, span: Span, before: tuple[ToolResult, ...]
) -> ToolResult:
    """One attempt, and the end of the step's span where it was the last.

    Both are recorded before the journal knows of the attempt: a crash in between repeats them, and loses neither.
    """
    if not before:
        bench.recorder.record(Event(phase="start", span=span))
    try:
        result = await _attempt(step, known, bench, scope, span, len(before) + 1)
    except asyncio.CancelledError:
        _close(span, "cancelled", bench)
        raise
    attempts = (*before, result)
    if not _worth_repeating(attempts, bench):
        outcome = _outcome(step, attempts)
        span.credits, span.cost_usd = outcome.credits, outcome.cost_usd
        span.attributes["agentlab.attempts"] = outcome.attempts
        if outcome.error:
            span.error_type, span.error_message = outcome.error.kind, outcome.error.message
        _close(span, "ok" if result.success else "error", bench)
    return result


def _close(span: Span, status: SpanStatus, bench: Bench) -> None:
    span.duration_ms = (trace.utc_now() - span.started_at).total_seconds() * 1_000
    span.status = status
    bench.recorder.record(Event(phase="end", span=span))


async def _attempt(step: Step, known: JSON, bench: Bench, scope: Scope, over: Span, number: int) -> ToolResult:
    """One call of the tool, guarded and recorded. Failure is a result."""
    tool = bench.tools.get(step.tool)
    if tool is None:
        known_tools = [spec.name for spec in bench.tools.specs()]
        return _failed("unknown_tool", f"There is no tool '{step.tool}'. {near(step.tool, known_tools)}")
    with trace.span(
        bench.recorder,
        scope.under(over, step=step.id),
        step.tool,
        kind="tool",
        tool=step.tool,
        tool_category=tool.spec.category,
        operation="execute_tool",
        attempt=number,
    ) as span:
        result = await _call(step, known, bench, tool, span, number)
        _write_down(result, span)
    return replace(result, payloads={})  # the trace has them


def _write_down(result: ToolResult, span: Span) -> None:
    """The whole result as payload, the start of it as attribute."""
    span.credits, span.cost_usd = result.credits, result.cost_usd
    span.cache_hit = result.cache_hit or None
    span.payloads |= result.payloads
    if result.untrusted:
        span.attributes["agentlab.untrusted"] = True
    if result.error:
        span.status, span.error_type, span.error_message = "error", result.error.kind, result.error.message
        span.payloads["output"] = {"error": asdict(result.error)}
    else:
        span.attributes["gen_ai.tool.call.result"] = excerpt(result.data)
        span.payloads["output"] = result.data


async def _call(step: Step, known: JSON, bench: Bench, tool: Tool, span: Span, number: int) -> ToolResult:
    try:
        args: dict[str, Any] = fill(step.args, known)
    except ReferenceUnresolved as error:
        return _failed("reference", str(error))
    span.attributes["gen_ai.tool.call.arguments"] = excerpt(args)
    span.payloads["input"] = args
    if problems := tool.validate(args):
        return _failed("invalid_arguments", " ".join(problems))
    fee = tool.spec.credits
    if refused := bench.budget.reserve(fee):
        return ToolResult(error=refused)
    context = ToolContext(
        scope=Scope(trace_id=span.trace_id, run_id=span.run_id, parent_span_id=span.span_id, step=step.id),
        model=bench.model,
        attempt=number,
        domains=bench.spec.domains,
        idempotency_key=f"{bench.spec.run_id}:{step.id}",
    )
    try:
        return await tool.execute(args, context)
    finally:
        bench.budget.release(fee)


def _failed(kind: str, message: str) -> ToolResult:
    return ToolResult(error=ToolError(kind=kind, message=message))
