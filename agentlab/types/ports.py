"""The ports: what the agent's loop asks of the world. Adapters live in the folders above; fakes in ``agentlab.testing``.

You may skip this page on a first read; the loop in ``agentlab/agent/loop.py`` reads well without it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol, TypeVar, runtime_checkable

from agentlab.types.approval import Decision, Question
from agentlab.types.effect import Effect
from agentlab.types.memory import Memory, Turn
from agentlab.types.model import ModelRequest, ModelResponse, OnDelta
from agentlab.types.plan import JSON
from agentlab.types.run import RunResult, RunSpec
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


@runtime_checkable
class Recalls(Protocol):
    """A tool that may know its answer already. Asked before every guard, for what is not done costs nothing."""

    async def kept(self, args: JSON, context: ToolContext) -> ToolResult | None:
        """The answer that was given before, where it may be given again; else None."""
        ...

    async def fresh(self, args: JSON, context: ToolContext) -> ToolResult:
        """The tool's own answer, as ``execute`` gives it where none is kept."""
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


class Desk(Protocol):
    """Where a run and the people who watch it meet."""

    @property
    def pausing(self) -> bool:
        """Whether somebody wants it to rest before its next step."""
        ...

    async def decision(self, question: Question) -> Decision | None:
        """What was said to ``question``; None where nobody has said anything yet. It stands asked from then on."""
        ...


class Effects(Protocol):
    """What runs did to the world, kept outside of their steps so that a run that is no more can be taken back."""

    async def write(self, effect: Effect) -> None:
        """Keep ``effect``, in the place of the one with the same key."""
        ...

    async def find(self, key: str) -> Effect | None:
        """The effect under an idempotency key; None where no such call was ever begun."""
        ...

    async def claim(self, key: str, by: str) -> Effect | None:
        """The effect as it stands, which only ``by`` may take back until it is written again; None where another may."""
        ...

    async def of(self, run_id: str) -> tuple[Effect, ...]:
        """All of a run and of those it has begun, in the order in which they began."""
        ...


class ToolGuard(Protocol):
    """What stands around every call of a tool: a breaker for what is ill, and a limit of calls a minute."""

    async def admit(self, spec: ToolSpec, args: JSON, user: str) -> ToolError | None:
        """Why the call may not be made now; None where it may. May wait a little for its turn."""
        ...

    async def told(self, spec: ToolSpec, args: JSON, result: ToolResult) -> None:
        """How the call went, for the next one's sake."""
        ...


class Account(Protocol):
    """The credits of a user as one run sees them; all runs of that user share them, whatever process they are in."""

    def available(self, used: int) -> int:
        """Micro-credits beyond the ``used`` ones that the run could draw now."""
        ...

    def draw(self, total: int) -> bool:
        """Set ``total`` micro-credits aside for the run, all that it has used so far included; False where they are not there."""
        ...

    def close(self, spent: int) -> None:
        """Book what the run has spent, and set nothing aside for it any more. Twice is once."""
        ...


class Children(Protocol):
    """Runs that a run begins."""

    async def start(self, spec: RunSpec) -> None:
        """Begin a run in this process; does nothing where it has begun already."""
        ...

    async def result(self, run_id: str) -> RunResult | None:
        """Its result; None while it works. One that rests has a status that says so."""
        ...

    async def cancel(self, run_id: str) -> None: ...


class Remembering(Protocol):
    """A user's memory and conversations, as a run sees them."""

    async def recall(self, spec: RunSpec) -> tuple[Memory, ...]:
        """What fits the goal, best first."""
        ...

    async def turns(self, spec: RunSpec) -> tuple[Turn, ...]:
        """What was said before in the run's conversation, oldest first."""
        ...

    async def keep(self, spec: RunSpec, result: RunResult) -> None:
        """Add what a run has found. Twice is once."""
        ...
