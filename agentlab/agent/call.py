"""One guarded call of a tool, in the fixed order: cache, breaker and rate, credits, the call, its effect written down."""

from __future__ import annotations

from dataclasses import replace

from agentlab.agent.bench import Bench
from agentlab.agent.references import ReferenceUnresolved, fill
from agentlab.agent.repair import HOPELESS, UNSURE, Call, is_unsure
from agentlab.errors import near
from agentlab.failpoints import reach
from agentlab.types import JSON, Effect, Recalls, Scope, Step, Tool, ToolContext, ToolError, ToolResult


def key_of(run_id: str, step: Step, call: Call) -> str:
    """The idempotency key of a call: the same for its repetitions, another one for another call."""
    return f"{run_id}:{step.id}" + (f":{call.number}" if call.number > 1 else "")


def failed(kind: str, message: str) -> ToolResult:
    """A failure that came before the call."""
    return ToolResult(error=ToolError(kind=kind, message=message))


def filled(call: Call, known: JSON, bench: Bench) -> tuple[Tool, JSON] | ToolResult:
    """The tool of ``call`` and its arguments with what they name; the failure where it cannot be made."""
    tool = bench.tools.get(call.tool)
    if tool is None:
        names = [spec.name for spec in bench.tools.specs()]
        return failed("unknown_tool", f"There is no tool '{call.tool}'. {near(call.tool, names)}")
    try:
        args: JSON = fill(call.args, known)
    except ReferenceUnresolved as error:
        return failed("reference", str(error))
    if problems := tool.validate(args):
        return failed("invalid_arguments", " ".join(problems))
    return tool, args


async def make_call(
    tool: Tool, args: JSON, key: str, attempt: int, bench: Bench, scope: Scope, *, used: int = 0
) -> ToolResult:
    """The result of one call; failure is a result. ``args`` fit the tool; its step has ``used`` so many micro-credits."""
    context = ToolContext(
        scope=scope, model=bench.model, attempt=attempt, domains=bench.spec.domains, idempotency_key=key
    )
    doubtful = tool.spec.changes_world and await _may_have_happened(key, bench)
    return _doubted(await _guarded(tool, args, context, bench, doubtful, used), doubtful)


async def _guarded(tool: Tool, args: JSON, context: ToolContext, bench: Bench, doubtful: bool, used: int) -> ToolResult:
    spec, execute = tool.spec, tool.execute
    if isinstance(tool, Recalls):
        if kept := await tool.kept(args, context):
            return kept
        execute = tool.fresh
    if refused := await bench.guard.admit(spec, args, bench.spec.user):
        return ToolResult(error=refused)
    if refused := bench.budget.reserve(spec.credits, used):
        return ToolResult(error=refused)
    try:
        if spec.changes_world:
            return await _with_effect(tool, args, context, bench, doubtful)
        result = await execute(args, context)
    finally:
        bench.budget.release(spec.credits)
    await bench.guard.told(spec, args, result)
    return result


async def _may_have_happened(key: str, bench: Bench) -> bool:
    """Whether the same call was begun before, and it is not known that nothing came of it."""
    effect = await bench.effects.find(key)
    return effect is not None and effect.state != "failed"


def _doubted(result: ToolResult, doubtful: bool) -> ToolResult:
    """``result``; that of a repetition which failed says nothing about the call before it, which may have happened."""
    error = result.error
    if not doubtful or error is None or error.kind in HOPELESS | UNSURE:
        return result
    message = f"It may have happened before this repetition failed: {error.message}"
    return replace(result, error=replace(error, kind="unconfirmed", message=message))


async def _with_effect(tool: Tool, args: JSON, context: ToolContext, bench: Bench, doubtful: bool) -> ToolResult:
    """The call, with its effect written down before it may happen, and again when it is known what came of it."""
    effect = Effect(
        run_id=bench.spec.run_id,
        key=context.idempotency_key,
        step=context.scope.step or "",
        tool=tool.spec.name,
        args=args,
    )
    await bench.effects.write(effect)
    reach("effect.begun")
    result = await tool.execute(args, context)
    reach("effect.happened")
    await bench.effects.write(settled_effect(effect, tool, _doubted(result, doubtful)))
    reach("effect.written")
    await bench.guard.told(tool.spec, args, result)
    return result


def settled_effect(effect: Effect, tool: Tool, result: ToolResult) -> Effect:
    """``effect`` as ``result`` shows it."""
    if result.error and result.error.kind != "wrong_result" and result.undo is None:
        if is_unsure(result.error, changes_world=True):
            return effect
        return replace(effect, state="failed", note=result.error.message)
    if not tool.spec.reversible or result.undo is None:
        return replace(effect, state="stays", note="It cannot be taken back.")
    return replace(effect, state="done", undo=result.undo)
