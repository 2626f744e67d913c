"""Tools offered in a conversation: the one call that the planner would make of a prompt, if there is exactly one."""

from __future__ import annotations

from datetime import datetime

from agentlab.models.offline.planner import plan
from agentlab.types import JSON, ModelToolCall, ToolSchema


def call_for(prompt: str, tools: tuple[ToolSchema, ...], choice: str, now: datetime | None) -> ModelToolCall | None:
    """The call of the one tool that does what ``prompt`` asks, every required argument taken from it; else None.

    ``choice`` is ``auto``, ``none``, ``required`` or a tool's name. Two tools that fit are as good as none: which one is
    meant would be a guess.
    """
    if choice == "none":
        return None
    offered = [tool for tool in tools if choice in ("auto", "required", tool.name)]
    calls = [call for tool in offered if (call := _call(prompt, tool, now))]
    return calls[0] if len(calls) == 1 else None


def _call(prompt: str, tool: ToolSchema, now: datetime | None) -> ModelToolCall | None:
    """The whole prompt as one call of one tool."""
    schema: JSON = {"name": tool.name, "description": tool.description, "input_schema": tool.input_schema}
    steps = plan(prompt, [schema], now)["steps"]
    if len(steps) != 1 or "{{" in str(steps[0]["args"]):
        return None
    return ModelToolCall(id="call_1", name=tool.name, args=steps[0]["args"])
