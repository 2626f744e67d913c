"""Take back what a run did to the world: the last thing first, each at most once, and say what stays."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from agentlab import trace
from agentlab.agent.bench import Bench
from agentlab.agent.call import settled_effect
from agentlab.failpoints import reach
from agentlab.types import Effect, Journal, Scope, Tool, ToolContext, ToolResult

TRIES = 3
"""Times that taking one thing back is tried."""
PAUSE_S = 0.5
"""Seconds between two tries; doubled for each one after it."""


async def roll_back(bench: Bench, journal: Journal, scope: Scope, by: str = "undo") -> tuple[Effect, ...]:
    """Every effect of the run as it stands afterwards, in the order in which they began.

    ``by`` names this rollback, the same when it is resumed: what another one is just taking back is left to that.

    What is not known to have happened is made sure of first: the call is made again under its key, which has no second
    effect, and is then taken back. Where that is not possible either, the effect says so and stays.
    """
    done: dict[str, Effect] = {}
    effects = await journal.once("effects", lambda: _listed(bench), returns=list[Effect])
    for effect in reversed(effects):
        done[effect.key] = await _taken_back(effect, bench, journal, scope, by)
    return tuple(done[effect.key] for effect in effects)


async def _listed(bench: Bench) -> list[Effect]:
    return list(await bench.effects.of(bench.spec.run_id))


async def _taken_back(effect: Effect, bench: Bench, journal: Journal, scope: Scope, by: str) -> Effect:
    if effect.state not in ("begun", "done"):
        return effect
    tool = bench.tools.get(effect.tool)

    async def work() -> Effect:
        now = await bench.effects.claim(effect.key, by)
        if now is None:
            return effect  # the run below is taking it back itself
        if now.state not in ("begun", "done"):
            return now  # this work was cut off after it was done, or somebody else took it back
        reach("undo.begun")
        after = await _undone(now, tool, bench, scope)
        reach("undo.happened")
        await bench.effects.write(after)
        return after

    return await journal.once(f"undo-{effect.key}", work, returns=Effect)


async def _undone(effect: Effect, tool: Tool | None, bench: Bench, scope: Scope) -> Effect:
    if tool is None or not tool.spec.reversible:
        why = (
            "It may have happened, and cannot be taken back." if effect.state == "begun" else "It cannot be taken back."
        )
        return replace(effect, state="stays", note=why)
    with trace.span(
        bench.recorder,
        replace(scope, step=effect.step),
        f"undo {effect.tool}",
        kind="tool",
        tool=effect.tool,
        tool_category=tool.spec.category,
        operation="undo",
        payloads={"input": effect.undo},
    ) as span:
        context = ToolContext(
            scope=scope.under(span, step=effect.step), domains=bench.spec.domains, idempotency_key=effect.key
        )
        if effect.state == "begun":
            again = await tool.execute(effect.args, context)
            if again.error:
                return replace(effect, note=f"Nobody knows whether it happened: {again.error.message}")
            effect = settled_effect(effect, tool, again)
        if effect.state != "done" or effect.undo is None:
            return effect
        result = await _insisted(tool, effect, context)
        if result.error is None:
            return replace(effect, state="undone")
        span.status, span.error_type, span.error_message = "error", result.error.kind, result.error.message
        return replace(effect, note=f"It could not be taken back: {result.error.message}")


async def _insisted(tool: Tool, effect: Effect, context: ToolContext) -> ToolResult:
    for again in range(1, TRIES):
        result = await tool.undo(effect.undo or {}, context)
        if result.error is None or not result.error.retryable:
            return result
        await asyncio.sleep(PAUSE_S * 2 ** (again - 1))
    return await tool.undo(effect.undo or {}, context)


def told(effects: Sequence[Effect]) -> str:
    """What became of the effects of a run that failed, in words; empty where it had none."""
    undone = [effect.step for effect in effects if effect.state == "undone"]
    stays = [effect for effect in effects if effect.state in ("stays", "begun", "done")]
    parts = [f"Taken back: {', '.join(undone)}."] if undone else []
    parts += [f"'{effect.step}' ({effect.tool}) stays: {effect.note or 'It was not taken back.'}" for effect in stays]
    return " ".join(parts)
