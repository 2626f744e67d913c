"""The ports: what the agent's loop asks of the world. Adapters live in the folders above; fakes in ``agentlab.testing``.

You may skip this page on a first read; the loop in ``agentlab/agent/loop.py`` reads well without it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol, TypeVar

from agentlab.types.model import ModelRequest, ModelResponse, OnDelta
from agentlab.types.plan import JSON
from agentlab.types.span import Event, Scope
from agentlab.types.tool import ToolContext, ToolError, ToolResult, ToolSpec

T = TypeVar("T")


class Model(Protocol):
    """Answers questions. Raises ``agentlab.errors.ModelError`` when it cannot."""

    @property
    def name(self) -> str: ...

    async def answer(self, request: ModelRequest, scope: Scope, on_delta: OnDelta | None = None) -> ModelResponse:
        """The answer; with ``on_delta`` it is streamed, and each piece is told as it comes."""
        ...


class Purse(Protocol):
    """What a call may use. Reserved before it, given back after it; what was used is settled apart."""

    @property
    def left(self) -> int:
        """Micro-credits that one call may use now."""
        ...

    def reserve(self, amount: int) -> ToolError | None:
        """Set micro-credits aside, or say why not."""
        ...

    def release(self, amount: int) -> None: ...


class Tool(Protocol):
    """Does one thing. Never raises for a failure of the thing itself: that is a ``ToolResult`` with an error."""

    @property
    def spec(self) -> ToolSpec: ...

    def validate(self, args: JSON, *, later: frozenset[str] = frozenset()) -> list[str]:
        """What is wrong with the arguments, one sentence each; empty where they fit the schema.

        ``later`` names arguments whose values are known only when the step runs; they count as present.
        """
        ...

    async def execute(self, args: JSON, context: ToolContext) -> ToolResult: ...

    async def undo(self, undo: JSON, context: ToolContext) -> ToolResult:
        """Take back what a call did; ``undo`` is what its result said. Twice is once.

        Fails with the kind ``irreversible`` where ``spec.reversible`` is false.
        """
        ...


class Tools(Protocol):
    """The tools a run may use."""

    def get(self, name: str) -> Tool | None: ...

    def specs(self) -> tuple[ToolSpec, ...]: ...

    async def release(self, run_id: str) -> None:
        """The run has ended: let go of what its tools have open, such as a page in the browser."""
        ...


class Recorder(Protocol):
    """Where events go. Returns once the event survives the death of this process."""

    def record(self, event: Event) -> None: ...


class Journal(Protocol):
    """Remembers finished work, so that a resumed run repeats none of it."""

    async def once(self, name: str, work: Callable[[], Awaitable[T]], *, returns: type[T]) -> T:
        """Do ``work`` unless this journal already holds its result. Results are JSON inside."""
        ...

    def branches(self, names: Iterable[str]) -> dict[str, Journal]:
        """One journal for each named branch. Branches may work side by side in any order."""
        ...
