"""Fakes for tests, ours and those of plugin authors: each keeps what it was given and does what it was told."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from agentlab.agent.journal import MemoryJournal
from agentlab.errors import ModelError
from agentlab.models.pieces import tell
from agentlab.types import (
    JSON,
    Event,
    ModelRequest,
    ModelResponse,
    OnDelta,
    Scope,
    Span,
    Tool,
    ToolContext,
    ToolError,
    ToolResult,
    ToolSpec,
)

__all__ = ["FakeModel", "FakeTool", "FakeTools", "MemoryJournal", "MemoryRecorder"]


class MemoryRecorder:
    """Keeps events in a list."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def record(self, event: Event) -> None:
        """Keep ``event`` as it is now; its span may go on changing."""
        span = event.span
        kept = replace(span, attributes=dict(span.attributes), payloads=dict(span.payloads), notes=list(span.notes))
        self.events.append(Event(phase=event.phase, span=kept))

    @property
    def ended(self) -> list[Span]:
        """The spans that have ended, in the order of their ends."""
        return [event.span for event in self.events if event.phase == "end"]


class FakeModel:
    """Answers from lists, one for each purpose; a dict is a structured answer, a text is a text."""

    name = "fake"

    def __init__(self, answers: Mapping[str, Sequence[Any]] | None = None) -> None:
        self._answers = {purpose: list(given) for purpose, given in dict(answers or {}).items()}
        self.asked: list[ModelRequest] = []

    async def answer(self, request: ModelRequest, scope: Scope, on_delta: OnDelta | None = None) -> ModelResponse:
        """The next answer for the purpose of ``request``; raises ``ModelError`` where none is left."""
        self.asked.append(request)
        left = self._answers.get(request.purpose)
        if not left:
            raise ModelError(f"The fake model has no answer left for '{request.purpose}'.")
        given = left.pop(0)
        text = given if isinstance(given, str) else ""
        tell(text, on_delta)
        return ModelResponse(text=text, output=None if text else given, model=self.name, cost_usd=Decimal(0), credits=0)


class FakeTool:
    """A tool made of a plain function of its arguments; the function may be async and may return a ``ToolResult``.

    ``face`` are further fields of its ``ToolSpec``: ``changes_world=True``, ``asks=True``, …
    """

    def __init__(
        self,
        name: str,
        does: Callable[[JSON], Any],
        *,
        credits: int = 0,
        undoes: Callable[[JSON], Any] | None = None,
        **face: Any,
    ) -> None:
        self.spec = ToolSpec(
            name=name,
            category="fake",
            description=name,
            input_schema={"type": "object"},
            credits=credits,
            reversible=undoes is not None,
            **face,
        )
        self._does = does
        self._undoes = undoes
        self.contexts: list[ToolContext] = []
        """One for each call."""

    def validate(self, args: JSON, *, later: frozenset[str] = frozenset()) -> list[str]:
        """Everything fits a fake."""
        return []

    async def execute(self, args: JSON, context: ToolContext) -> ToolResult:
        """Call the function."""
        self.contexts.append(context)
        found = self._does(args)
        if inspect.isawaitable(found):
            found = await found
        return found if isinstance(found, ToolResult) else ToolResult(data=found, credits=self.spec.credits)

    async def undo(self, undo: JSON, context: ToolContext) -> ToolResult:
        """Call the function that undoes; an ``irreversible`` failure where there is none."""
        if self._undoes is None:
            return ToolResult(
                error=ToolError(kind="irreversible", message="It cannot be taken back.", options=("ask",))
            )
        found = self._undoes(undo)
        return found if isinstance(found, ToolResult) else ToolResult(data=found)


class FakeTools:
    """A registry of the tools given."""

    def __init__(self, tools: Iterable[Tool] = ()) -> None:
        self._tools = {tool.spec.name: tool for tool in tools}

    def get(self, name: str) -> Tool | None:
        """The tool of that name, or None."""
        return self._tools.get(name)

    def specs(self) -> tuple[ToolSpec, ...]:
        """The faces of all tools."""
        return tuple(tool.spec for tool in self._tools.values())

    async def release(self, run_id: str) -> None:
        """Fakes have nothing open."""
