"""The attempts of one step, and its span: each is done through the journal and recorded where it is done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict, replace
from typing import TypeVar

from agentlab import trace
from agentlab.agent.ask import ask, warn
from agentlab.agent.bench import Bench
from agentlab.agent.excerpt import excerpt
from agentlab.agent.repair import Call, Ladder, Move, Tried
from agentlab.agent.subrun import AGENT
from agentlab.types import (
    JSON,
    Event,
    Journal,
    ModelRequest,
    ModelResponse,
    Scope,
    Span,
    Step,
    StepResult,
    ToolResult,
    span_id_of,
    total_usd,
)
from agentlab.types.span import SpanStatus

T = TypeVar("T")
Make = Callable[[Scope], Awaitable[ToolResult]]


class Attempts:
    """What was tried for a step so far, and how it is written down.

    Whatever is recorded is recorded before the journal knows of the work: a crash in between repeats both, and loses
    neither. So the step's span ends inside the piece of work that shows that nothing comes after it.
    """

    def __init__(self, step: Step, bench: Bench, journal: Journal, scope: Scope, ladder: Ladder) -> None:
        self._step = step
        self._bench = bench
        self._journal = journal
        self._ladder = ladder
        self._begun = False
        self._told = False
        self.tried: list[Tried] = []
        self.span = _span_of(step, bench, scope)
        self.scope = scope.under(self.span, step=step.id)
        """Where spans of the step belong."""

    def next_move(self, tried: list[Tried] | None = None) -> Move:
        """What comes after the last attempt; after the last of ``tried`` where they are given."""
        tried = self.tried if tried is None else tried
        tool = self._bench.tools.get(tried[-1].call.tool)
        return self._ladder.next_move(tried, changes_world=tool is not None and tool.spec.changes_world)

    @property
    def credits(self) -> int:
        """Micro-credits of all attempts together."""
        return sum(one.result.credits for one in self.tried)

    def of(self, call: Call) -> int:
        """Times that ``call`` was made."""
        return sum(one.call == call for one in self.tried)

    async def begin(self) -> None:
        """Record that the step has begun, where its first call takes long to come to the trace."""

        async def work() -> bool:
            return True

        await self._once(f"{self._step.id}-begun", work, bool)

    async def make(self, call: Call, make: Make, args: JSON | None = None) -> None:
        """Add one attempt; ``args`` are those of ``call`` with what they name, where they could be filled in."""

        async def work() -> ToolResult:
            result = await self._recorded(call, make, call.args if args is None else args)
            self._bench.budget.use(result.credits)
            warn(self._bench, self.scope, result.credits)
            self.close_if_over([*self.tried, Tried(call, result)])
            return result

        result = await self._once(f"{self._step.id}-{len(self.tried) + 1}", work, ToolResult)
        self._bench.budget.settle(result.credits, result.cost_usd)
        self.tried.append(Tried(call, result))

    async def ask(
        self,
        name: str,
        request: ModelRequest,
        then: Callable[[ModelResponse], None] | None = None,
        *,
        untrusted: bool = False,
    ) -> ModelResponse:
        """What the model says about the step; ``then`` looks at it inside the piece of work. A failure is a response.

        ``untrusted`` where the request holds text from outside; the answer says so, also when the run is resumed.
        """

        async def work() -> ModelResponse:
            answer = replace(await ask(self._bench, request, self.scope), untrusted=untrusted)
            if then:
                then(answer)
            return answer

        answer = await self._once(f"{self._step.id}-{name}", work, ModelResponse)
        self._bench.budget.settle(answer.credits or 0, answer.cost_usd)
        return answer

    def outcome(self, tried: list[Tried] | None = None) -> StepResult:
        """What became of the step, if nothing comes after what was ``tried``."""
        tried = self.tried if tried is None else tried
        last = tried[-1].result
        return StepResult(
            id=self._step.id,
            tool=tried[-1].call.tool,
            status="succeeded" if last.success else "failed",
            attempts=len(tried),
            result=last.data,
            error=last.error,
            credits=sum(one.result.credits for one in tried),
            cost_usd=total_usd(one.result.cost_usd for one in tried),
            untrusted=last.untrusted,
        )

    def close_if_over(self, tried: list[Tried]) -> None:
        """End the span where nothing comes after ``tried``."""
        if self.next_move(tried) == "end":
            self.close(self.outcome(tried))

    def close(self, outcome: StepResult) -> None:
        """End the span with what became of the step."""
        self.span.credits, self.span.cost_usd = outcome.credits, outcome.cost_usd
        self.span.attributes["agentlab.attempts"] = outcome.attempts
        if outcome.note:
            self.span.attributes["agentlab.left_out"] = outcome.note
        if outcome.error:
            self.span.error_type, self.span.error_message = outcome.error.kind, outcome.error.message
        self._end("error" if outcome.error else "ok")

    def cut_off(self) -> None:
        """End the span of a step that was cancelled on its way; one that never began, or has ended, has nothing to say."""
        if self._told and self.span.status == "running":
            self._end("cancelled")

    def _end(self, status: SpanStatus) -> None:
        self.span.duration_ms = (trace.utc_now() - self.span.started_at).total_seconds() * 1_000
        self.span.status = status
        self._bench.recorder.record(Event(phase="end", span=self.span))

    async def _once(self, name: str, work: Callable[[], Awaitable[T]], returns: type[T]) -> T:
        """One piece of work; the first one of the step records that it has begun."""
        first, self._begun = not self._begun, True

        async def recorded() -> T:
            if first:
                self._bench.recorder.record(Event(phase="start", span=self.span))
                self._told = True
            return await work()

        found = await self._journal.once(name, recorded, returns=returns)
        self._told = True
        return found

    async def _recorded(self, call: Call, make: Make, args: JSON) -> ToolResult:
        tool = self._bench.tools.get(call.tool)
        with trace.span(
            self._bench.recorder,
            self.scope,
            call.tool,
            kind="agent" if call.tool == AGENT else "tool",
            tool=call.tool,
            tool_category=tool.spec.category if tool else None,
            operation="execute_tool",
            attempt=len(self.tried) + 1,
        ) as span:
            span.attributes["gen_ai.tool.call.arguments"] = excerpt(args)
            span.payloads["input"] = args
            result = await make(self.scope.under(span))
            _write_down(result, span)
        return replace(result, payloads={})  # the trace has them


def _span_of(step: Step, bench: Bench, scope: Scope) -> Span:
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
