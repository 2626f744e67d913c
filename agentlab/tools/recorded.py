"""Tools that do nothing: each call gets the result that the same call had in a recorded run.

So a replay changes nothing in the world, needs no network and finds what the run found. What a call asked its model is
asked again, of the model of the replay, so that the two traces have the same shape.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from typing import Any

from agentlab.errors import ModelError
from agentlab.types import (
    JSON,
    REDACTED,
    Message,
    ModelRequest,
    RecordedCall,
    Tool,
    ToolContext,
    ToolError,
    ToolResult,
    Tools,
    ToolSpec,
)


class RecordedTools:
    """The tools of ``tools`` with results of ``run_id``; tools that are there no more are known by their calls.

    ``calls`` gives the run's recorded calls; it is asked once, when the first one is needed.
    """

    def __init__(self, tools: Tools, run_id: str, calls: Callable[[], Sequence[RecordedCall]]) -> None:
        self._tools = tools
        self._run_id = run_id
        self._read = calls

    @cached_property
    def _calls(self) -> Sequence[RecordedCall]:
        return self._read()

    def get(self, name: str) -> Tool | None:
        """The tool of that name, or None where neither the lab nor the recording knows it."""
        live, calls = self._tools.get(name), [call for call in self._calls if call.tool == name]
        if live is None and not calls:
            return None
        return RecordedTool(live or name, self._run_id, calls, self._asked)

    def specs(self) -> tuple[ToolSpec, ...]:
        """The faces of the lab's tools."""
        return self._tools.specs()

    async def release(self, run_id: str) -> None:
        """Nothing was opened."""

    def _asked(self, call: RecordedCall) -> Iterator[ModelRequest]:
        """What ``call`` asked its model."""
        for inner in self._calls:
            if inner.kind == "llm" and inner.parent == call.span_id and isinstance(inner.input, dict) and inner.purpose:
                yield _request(inner.input)


class RecordedTool:
    """One tool of a recorded run. Implements the port ``Tool``."""

    def __init__(
        self,
        live: Tool | str,
        run_id: str,
        calls: Sequence[RecordedCall],
        asked: Callable[[RecordedCall], Iterator[ModelRequest]],
    ) -> None:
        self._live = None if isinstance(live, str) else live
        self.spec = _gone(live) if isinstance(live, str) else replace(live.spec, credits=0)
        self._run_id = run_id
        self._calls = calls
        self._asked = asked

    def validate(self, args: JSON, *, later: frozenset[str] = frozenset()) -> list[str]:
        """What the tool itself says; nothing where it is there no more."""
        return self._live.validate(args, later=later) if self._live else []

    async def execute(self, args: JSON, context: ToolContext) -> ToolResult:
        """The recorded result, free of charge; an error of the kind ``not_recorded`` where there is none."""
        call = self._same(args, context)
        if call is None:
            return ToolResult(error=self._missing(context))
        if context.model:
            for request in self._asked(call):
                with suppress(ModelError):  # the recorded result tells what became of it
                    await context.model.answer(request, context.scope)
        if call.status == "error":
            return ToolResult(error=_error(call), untrusted=call.untrusted)
        return ToolResult(data=call.output, untrusted=call.untrusted)

    async def undo(self, undo: JSON, context: ToolContext) -> ToolResult:
        """Nothing was done, so there is nothing to take back."""
        return ToolResult()

    def _same(self, args: JSON, context: ToolContext) -> RecordedCall | None:
        """This attempt with these arguments, else another with them, else this one where secrets were taken out."""
        ended = [call for call in self._calls if call.status in {"ok", "error"}]
        mine = [call for call in ended if call.step in (context.scope.step, None)]
        same = [call for call in mine if _written(call.input) == _written(args)]
        now = [call for call in mine if call.attempt in (context.attempt, None)]
        closest = [call for call in same if call in now] or same or [it for it in now if REDACTED in _written(it.input)]
        return closest[0] if closest else None

    def _missing(self, context: ToolContext) -> ToolError:
        where = f" in step '{context.scope.step}'" if context.scope.step else ""
        return ToolError(
            kind="not_recorded",
            message=f"The recorded run {self._run_id} has no call of {self.spec.name}{where} with these arguments. "
            f"Let the tools work for real: agentlab replay {self._run_id} --tools live.",
            options=("ask",),
        )


def _gone(name: str) -> ToolSpec:
    category = name.partition(".")[0] if "." in name else "other"
    return ToolSpec(name=name, category=category, description="Recorded.", input_schema={"type": "object"}, credits=0)


def _request(kept: JSON) -> ModelRequest:
    messages = tuple(Message(role=it["role"], content=it["content"]) for it in kept.get("messages") or ())
    return ModelRequest(
        purpose=kept["purpose"],
        messages=messages,
        inputs=kept.get("inputs") or {},
        output_schema=kept.get("output_schema"),
    )


def _error(call: RecordedCall) -> ToolError:
    kept = call.output.get("error") if isinstance(call.output, dict) else None
    if isinstance(kept, dict) and {"kind", "message"} <= kept.keys():
        return ToolError(
            kind=kept["kind"],
            message=kept["message"],
            retryable=bool(kept.get("retryable")),
            options=tuple(kept.get("options") or ()),
        )
    return ToolError(kind=call.error_type or "error", message=call.error or "The call failed.")


def _written(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)
