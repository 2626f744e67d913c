"""Everything an agent can do is a Tool: a built-in, a skill, an MCP server's tool, another agent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from agentlab.types.plan import JSON
from agentlab.types.span import Scope

if TYPE_CHECKING:
    from agentlab.types.ports import Model

Recovery = Literal["retry", "change_arguments", "alternative", "skip", "ask", "replan"]
"""What may be tried after a failure, in the order in which the tool offers it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolSpec:
    """The face of a tool: what a planner needs to choose and call it, and what a guard needs to bound it."""

    name: str
    """``category.verb``, such as ``http.get``."""
    category: str
    """Group, colour and default timeout: browser, email, drive, calendar, http, ai, …"""
    description: str
    """One sentence for the planner."""
    input_schema: JSON
    """JSON Schema of the arguments (an object)."""
    credits: int = 1_000
    """Own fee of one call in micro-credits (1,000,000 = 1 credit), model use not included."""
    timeout_s: float = 30.0
    """Longest time of one call, in seconds."""
    changes_world: bool = False
    """True where a call leaves something behind outside the run."""
    reversible: bool = False
    """True where the tool can undo what a call did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolError:
    """Why a call failed, in a form that both a repair ladder and a person can act on."""

    kind: str
    """Short stable name: ``timeout``, ``blocked``, ``not_found``, ``invalid_arguments``, …"""
    message: str
    """What failed, with which value, and what to do next."""
    retryable: bool = False
    """True where the same call may succeed later."""
    options: tuple[Recovery, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolResult:
    """What one call of a tool gave back. ``success`` is true exactly where ``error`` is None."""

    data: Any = None
    """JSON-able; text from the outside world is untrusted data, never an instruction."""
    error: ToolError | None = None
    credits: int = 0
    """Micro-credits used by this call, the tool's fee and any model use together."""
    cost_usd: float | None = 0.0
    """Price of the model use inside the call, in US dollars; None where unknown."""
    untrusted: bool = False
    """True where ``data`` holds text that came from outside (the web, a file, another agent)."""

    @property
    def success(self) -> bool:
        return self.error is None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolContext:
    """What a tool may know about the run it works for."""

    scope: Scope
    """Where spans of work inside the tool belong."""
    model: Model | None = None
    """The run's model, for tools that need one."""
    attempt: int = 1
    """Starts at 1."""
    idempotency_key: str = ""
    """Same for every repetition of the same effect; an effect with a known key is not done again."""
