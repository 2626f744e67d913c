"""The tools a plan may use: by deed where they are built in, by their words where they are not."""

from __future__ import annotations

from dataclasses import dataclass

from agentlab.models.offline.fitting import ROLES, Ground, best_tool, fit
from agentlab.types import JSON


class Declined(Exception):
    """No honest plan can be made; the message says why."""


@dataclass(frozen=True, slots=True)
class Call:
    """A tool and its arguments. ``builtin`` where the shape of its data is known."""

    tool: str
    args: JSON
    builtin: bool


ANOTHER_AGENT = "agent.run"
"""It takes any goal, so it would seem to fit all that no tool does; the agent that it asks has these rules too."""


class Toolbox:
    """Finds the tool for a deed and fills its arguments; never with something that has no ground."""

    def __init__(self, tools: list[JSON]) -> None:
        self._tools = {str(tool["name"]): tool for tool in tools}

    def has(self, role: str) -> bool:
        """Whether the built-in tool for a deed is there."""
        return ROLES[role][0] in self._tools

    def call(self, role: str, args: JSON, ground: Ground) -> Call:
        """The call that does ``role``; ``args`` are those of the built-in tool. Raises ``Declined``."""
        builtin, hints, said = ROLES[role]
        if builtin not in self._tools:
            return self.other(hints, said, ground)
        if _fits(self._tools[builtin], args):
            return Call(builtin, args, True)
        return self._filled(self._tools[builtin], ground)

    def other(self, wanted: str, said: str, ground: Ground) -> Call:
        """The call of a tool that is about ``wanted``. Raises ``Declined`` where none is, or where it lacks something."""
        builtin = {role[0] for role in ROLES.values()} | {ANOTHER_AGENT}
        tool = best_tool({name: tool for name, tool in self._tools.items() if name not in builtin}, wanted)
        if tool is None:
            raise Declined(f"No tool here can {said}.")
        return self._filled(tool, ground)

    def _filled(self, tool: JSON, ground: Ground) -> Call:
        args, missing = fit(tool, ground)
        if missing:
            raise Declined(f"{tool['name']} would fit, but the goal does not say its {' and '.join(missing)}.")
        return Call(str(tool["name"]), args, False)

    def offer(self) -> str:
        """A sentence or two about what can be asked for here."""
        able = [said for name, _, said in ROLES.values() if name in self._tools]
        others = sorted(set(self._tools) - {name for name, _, _ in ROLES.values()})
        can = able + [f"use {name}" for name in others[:8]]
        if not can:
            return "There are no tools here at all."
        example = " For example: Summarise samples/ocean-report.md and save the summary as a document."
        return f"What the tools here can do: {', '.join(can)}.{example if self.has('summarize') else ''}"


def _fits(tool: JSON, args: JSON) -> bool:
    """Whether a tool of a built-in's name takes the arguments that the built-in one takes."""
    schema = tool.get("input_schema") or {}
    known = schema.get("properties")
    return known is None or (set(args) <= set(known) and set(schema.get("required") or ()) <= set(args))
