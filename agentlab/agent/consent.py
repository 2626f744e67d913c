"""When a person is asked before a call: text from outside may be wrong, or may want something."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from agentlab.agent.references import references, step_named
from agentlab.agent.repair import Call
from agentlab.types import RunSpec, Step, ToolSpec


def why_ask(step: Step, call: Call, tool: ToolSpec, spec: RunSpec, tainted: Collection[str]) -> str:
    """One sentence about why a person must say yes to ``call``; empty where nobody need be asked.

    ``tainted`` are the steps whose results hold text from outside. Arguments that a person wrote are asked about no more.
    """
    if call.approved:
        return ""
    if step.ask:
        return "The plan wants a yes before this step."
    if "changes" in spec.approve and tool.changes_world:
        return f"{tool.name} changes something outside of the run."
    if "untrusted" not in spec.approve or not tool.asks:
        return ""
    if call.shaped:
        return f"A model that had read text from outside chose this call of {tool.name}."
    filled = sorted(set(filled_from(call.args, tainted)) - set(tool.open_args))
    if filled:
        return f"Text from outside fills {', '.join(filled)} of {tool.name}."
    return ""


def filled_from(args: dict[str, Any], tainted: Collection[str]) -> Iterator[str]:
    """The arguments that name results of ``tainted`` steps."""
    for name, value in args.items():
        if any(step_named(path) in tainted for path in references(value)):
            yield name
