"""The repair ladder: what comes after a call that failed. Pure: it looks at what was tried, and says what is next.

The rungs, in their order: the same call again after a pause, where the tool says that this can help; up to two other calls
that the model proposes, out of what the tool offers; another plan for the rest, which the loop asks for; then the end.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from agentlab.types import JSON, Limits, ToolError, ToolResult, Tools

_MENDING = frozenset({"retry", "change_arguments", "alternative", "replan"})
"""Offers after which another call may be made; a tool that offers none of them leaves the matter to people."""
PROPOSALS = 2
"""Other calls that a model may propose for one step."""
HOPELESS = frozenset({"budget", "balance", "refused"})
"""Kinds that no other call, and no other plan, would be spared."""
UNSURE = frozenset({"timeout", "unconfirmed", "internal"})
"""Kinds after which nobody knows whether the world was changed: only the very same call may follow, under the same key."""

Move = Literal["end", "check", "retry", "repair"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call that a step may make."""

    tool: str
    args: JSON
    """As the plan has them: they may name earlier results."""
    number: int = 1
    """Counts the different calls of a step, from 1."""
    shaped: bool = False
    """True where a model that had seen text from outside chose it."""
    approved: bool = False
    """True where a person wrote these arguments."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A call that was made, and what came of it."""

    call: Call
    result: ToolResult
    checked: bool = False
    """True where a model has looked at the result."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """What may be done about a failure in this run."""

    limits: Limits
    proposes: bool
    """Whether a model may propose other calls."""
    checks: bool
    """Whether a model looks at results."""

    def next_move(self, tried: Sequence[Tried], *, changes_world: bool) -> Move:
        """What comes after the last of ``tried``."""
        last = tried[-1]
        if last.result.error is None:
            return "check" if self.checks and not last.checked else "end"
        error = last.result.error
        if error.kind in HOPELESS:
            return "end"
        same = sum(one.call == last.call for one in tried)
        if error.retryable and same < self.limits.max_attempts:
            return "retry"
        if not self.proposes or last.call.number > PROPOSALS:
            return "end"
        return "repair" if actions_after(error, changes_world=changes_world) else "end"


def is_unsure(error: ToolError, *, changes_world: bool) -> bool:
    """Whether the world may have been changed though the call failed."""
    return changes_world and (error.kind in UNSURE or bool(error.options and not _MENDING & {*error.options}))


def actions_after(error: ToolError, *, changes_world: bool) -> frozenset[str]:
    """What a model may propose after a failure.

    Of a call that only reads, anything; of one that changes the world, what the tool offers, for it knows what may have
    happened already. A tool that offers nothing leaves everything open, unless nobody knows whether it happened.
    """
    everything = frozenset({"change_arguments", "alternative", "skip", "ask", "replan"})
    if not changes_world:
        return everything
    if is_unsure(error, changes_world=True):
        return everything & {*error.options} - {"change_arguments", "alternative"}
    return everything & {*error.options} if error.options else everything


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a model says should be done about a failure."""

    action: Literal["call", "skip", "ask", "replan", "give_up"]
    call: Call | None = None
    why: str = ""


def read_proposal(output: Any, tried: Sequence[Tried], tools: Tools) -> Proposal:
    """What a model's answer to a ``repair`` request means; one that cannot be followed gives up and says why."""
    if not isinstance(output, dict):
        return Proposal("give_up", why="The model proposed nothing that can be read.")
    action, why, last = output.get("action"), str(output.get("why") or ""), tried[-1].call
    if action not in _open_to(tried[-1], tools):
        return Proposal("give_up", why=why)
    if action in ("skip", "ask", "replan"):
        return Proposal(action, why=why)
    name = str(output.get("tool") or last.tool) if action == "alternative" else last.tool
    call = Call(tool=name, args=_args(output), number=last.number + 1, shaped=True)
    problems = _problems(call, tried, tools)
    return Proposal("give_up", why=" ".join(problems)) if problems else Proposal("call", call, why)


def _open_to(last: Tried, tools: Tools) -> frozenset[str]:
    tool, error = tools.get(last.call.tool), last.result.error
    changes_world = tool is not None and tool.spec.changes_world
    return actions_after(error, changes_world=changes_world) if error else frozenset()


def _args(output: JSON) -> JSON:
    args = output.get("args")
    return args if isinstance(args, dict) else {}


def _problems(call: Call, tried: Sequence[Tried], tools: Tools) -> list[str]:
    if any(_same(one.call, call) for one in tried):
        return ["The model proposed what had failed already."]
    tool = tools.get(call.tool)
    if tool is None:
        return [f"The model proposed the unknown tool '{call.tool}'."]
    return [f"The model's proposal does not fit: {problem}" for problem in tool.validate(call.args)]


def _same(one: Call, other: Call) -> bool:
    return one.tool == other.tool and json.dumps(one.args, sort_keys=True, default=str) == json.dumps(
        other.args, sort_keys=True, default=str
    )
