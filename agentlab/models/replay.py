"""``replay:RUN``: a model that answers as a recorded run's model did: offline, free, the same every time.

A request gets the recorded answer to the very same question of its purpose and step; where no question is the same (a
result was another one this time), the next answer of that purpose and step. Answers are found by what is asked and
not by how much was asked before, so they stay the same when a replay is resumed in another process.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from agentlab.errors import ModelError
from agentlab.models.pieces import tell
from agentlab.models.question import fingerprint
from agentlab.models.said import last_attempts, said
from agentlab.types import ModelRequest, ModelResponse, ModelToolCall, OnDelta, RecordedCall, Scope, Usage

PREFIX = "replay:"
Recorded = Callable[[str], Sequence[RecordedCall]]
"""The recorded calls of a run, by its id, in the order in which they began. Raises ``UnknownRun``."""


class ReplayModel:
    """Implements the port ``Model`` with the answers of one recorded run, read when the first one is needed."""

    def __init__(self, run_id: str, recorded: Recorded) -> None:
        self.name = f"{PREFIX}{run_id}"
        self._run_id = run_id
        self._recorded = recorded
        self._answers: list[RecordedCall] | None = None
        self._given: dict[str | None, set[str]] = defaultdict(set)
        """Spans whose answers each run has had."""

    async def answer(self, request: ModelRequest, scope: Scope, on_delta: OnDelta | None = None) -> ModelResponse:
        """The recorded answer. Raises ``ModelError`` where there is none, and where the recorded call failed."""
        if self._answers is None:
            self._answers = _answered(await asyncio.to_thread(self._recorded, self._run_id))
        call = self._next(request, scope, self._answers)
        self._given[scope.run_id].add(call.span_id)
        if call.status == "error":
            raise ModelError(call.error or "The model failed.", hint=f"So it did in the recorded run {self._run_id}.")
        text, output, finish_reason = said(call.output, structured=request.output_schema is not None)
        tell(text, on_delta)
        return ModelResponse(
            text=text,
            output=output,
            tool_calls=_called(call.output),
            model=call.model,
            usage=Usage(input_tokens=0, output_tokens=0),
            cost_usd=Decimal(0),
            credits=0,
            finish_reason=finish_reason,
        )

    def _next(self, request: ModelRequest, scope: Scope, answers: Sequence[RecordedCall]) -> RecordedCall:
        fitting = _fitting(answers, request, scope)
        asked, given = fingerprint(request), self._given[scope.run_id]
        same = [call for call in fitting if call.fingerprint == asked]
        left = [call for call in (same or fitting) if call.span_id not in given]
        if left:
            return left[0]
        if same:
            return same[-1]
        raise self._missing(request, scope, len(fitting))

    def _missing(self, request: ModelRequest, scope: Scope, had: int) -> ModelError:
        where = f" in step '{scope.step}'" if scope.step else ""
        had_so_far = f"all {had} that it has were given" if had else "its model was never asked for that"
        if not self._answers:
            had_so_far = "its trace holds no answer of a model at all"
        return ModelError(
            f"The recorded run {self._run_id} has no answer left for the purpose '{request.purpose}'{where}: "
            f"{had_so_far}.",
            hint=f"Replay it with its own goal and plan (agentlab replay {self._run_id}), or write its answers out, add "
            f"the missing one and use them: agentlab script {self._run_id} > answers.json, --model scripted:answers.json.",
        )


def _answered(calls: Sequence[RecordedCall]) -> list[RecordedCall]:
    """Questions that were answered, or refused; those that a crash cut off have no answer."""
    return [call for call in last_attempts(calls) if call.status == "error" or call.output is not None]


def _called(output: Any) -> tuple[ModelToolCall, ...]:
    kept = output.get("tool_calls") if isinstance(output, dict) else None
    called = [call for call in kept or [] if isinstance(call, dict) and isinstance(call.get("args"), dict)]
    return tuple(ModelToolCall(id=str(it.get("id")), name=str(it.get("name")), args=it["args"]) for it in called)


def _fitting(answers: Sequence[RecordedCall], request: ModelRequest, scope: Scope) -> list[RecordedCall]:
    """Answers to this purpose in this very step; else those whose trace knows of no step or no purpose."""
    mine = [call for call in answers if call.purpose in (request.purpose, None)]
    own = [call for call in mine if call.purpose and call.step == scope.step]
    return own or [call for call in mine if call.purpose is None and call.step in (scope.step, None)]
