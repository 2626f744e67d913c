"""``agent.run``: another run as a tool. Its face only; the loop begins such runs itself, so that they are durable too."""

from __future__ import annotations

from typing import Any

from agentlab.tools.arguments import Arguments
from agentlab.types import JSON, Failure, ToolContext, ToolError, ToolResult, ToolSpec


def _run(goal: str, model: str = "", budget: float = 0.0, share: dict[str, Any] | None = None) -> None:
    """What a call takes: a goal in words, a model and a budget in credits of its own, and results that it is given."""


_ARGUMENTS = Arguments(_run)
_FOUND: JSON = {
    "type": "object",
    "properties": {
        "answer": {"type": "string", "description": "The answer of that run."},
        "run_id": {"type": "string"},
        "steps": {"type": "object", "description": "What its steps found, by id."},
        "credits": {"type": "number", "description": "Credits that it used."},
    },
    "required": ["answer", "run_id", "steps", "credits"],
}


class AgentTool:
    """Implements the port ``Tool``; called by itself it says where it works."""

    spec = ToolSpec(
        name="agent.run",
        category="agent",
        description="Give a part of the work, as a goal in words, to another agent, which plans and runs it by itself.",
        input_schema=_ARGUMENTS.schema,
        output_schema=_FOUND,
        credits=0,
        timeout_s=0.0,
        reaches="whatever the other run's tools reach",
        failures=(
            Failure(
                kind="run_failed",
                when="the other run has failed or was cancelled",
                options=("change_arguments", "replan"),
            ),
            Failure(kind="too_deep", when="runs lie in runs too deep already", options=("alternative", "replan")),
        ),
    )

    def validate(self, args: JSON, *, later: frozenset[str] = frozenset()) -> list[str]:
        """What is wrong with the arguments."""
        return _ARGUMENTS.problems(args, later)

    async def execute(self, args: JSON, context: ToolContext) -> ToolResult:
        """A failure: only the loop of a run can begin another."""
        return ToolResult(
            error=ToolError(
                kind="too_deep",
                message="agent.run works as a step of a run; by hand, run the goal itself: lab.run(goal).",
            )
        )

    async def undo(self, undo: JSON, context: ToolContext) -> ToolResult:
        """A failure: what another run did is taken back effect by effect."""
        return ToolResult(error=ToolError(kind="irreversible", message="Take back the effects of that run instead."))
