"""Everything an agent can do is a Tool: a built-in, a skill, an MCP server's tool, another agent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from agentlab.types.plan import JSON
from agentlab.types.span import Scope

if TYPE_CHECKING:
    from agentlab.types.ports import Model

Recovery = Literal["retry", "change_arguments", "alternative", "skip", "ask", "replan"]
"""What may be tried after a failure, in the order in which the tool offers it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One way in which a tool may fail, and what helps."""

    kind: str
    """Short stable name: ``timeout``, ``blocked``, ``not_found``, …"""
    when: str
    """A half sentence for people: when it comes."""
    retryable: bool = False
    """True where the same call may succeed later."""
    options: tuple[Recovery, ...] = ("change_arguments",)
    """What is offered, in order."""


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
    reaches: str = ""
    """What a call may reach: ``the drive``, ``public web addresses``, ``the run's model``; empty for nothing."""
    backend: str = ""
    """What does the work here: ``folder``, ``Google Drive``, ``SMTP mail.example.org``; empty where there is one only."""
    failures: tuple[Failure, ...] = ()
    """Every kind of error that it knows; those of all tools (``invalid_arguments``, ``timeout``, ``internal``) left out."""
    cache_s: float = 0.0
    """Seconds for which the same call may be answered from the cache; 0 for never."""
    output_schema: JSON = field(default_factory=dict)
    """JSON Schema of ``ToolResult.data``, checked after each call; references are checked against it. Empty: anything."""
    per_minute: int = 0
    """Calls that one user may make within a minute; 0 for as many as they like."""
    asks: bool = False
    """True where text from outside may not bring a call about without a person's yes: it sends, shares, deletes or spends."""
    open_args: tuple[str, ...] = ()
    """Arguments that such text may fill without that question, such as the body of a mail."""


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
    undo: JSON | None = None
    """What the tool's ``undo`` needs to take the effect back; None where there is none, or it cannot be taken back."""
    payloads: dict[str, Any] = field(default_factory=dict)
    """Further large things for the trace, by role: ``{"screenshot": "data:image/png;base64,…"}``. Not kept in the run."""
    cache_hit: bool = False
    """Answered from the cache; nothing was asked."""

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
    domains: tuple[str, ...] = ()
    """Hosts that this run or skill may reach, ``example.org`` or ``*.example.org``; empty for all that the guard allows."""
    idempotency_key: str = ""
    """Same for every repetition of the same effect; an effect with a known key is not done again."""
