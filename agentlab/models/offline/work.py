"""What every part of the planner works with: the goal, the tools, and the plan so far."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from agentlab.models.offline.draft import Draft, Outcome, OutcomeKind
from agentlab.models.offline.fitting import Ground
from agentlab.models.offline.goal import Goal
from agentlab.models.offline.toolbox import Toolbox
from agentlab.types import JSON

_KINDS: dict[str, OutcomeKind] = {
    "summarize": "summary",
    "extract": "table",
    "ask": "answer",
    "list": "list",
    "fetch": "page",
    "open": "page",
    "click": "page",
    "pick": "table",
    "shot": "shot",
    "agenda": "agenda",
    "doc": "doc",
    "sheet": "sheet",
    "upload": "file",
}


@dataclass(frozen=True, slots=True)
class Work:
    """One goal on its way to its steps."""

    goal: Goal
    tools: Toolbox
    draft: Draft = field(default_factory=Draft)

    def step(
        self,
        role: str,
        args: JSON,
        description: str,
        *,
        name: str = "",
        after: Iterable[str] = (),
        ground: Ground | None = None,
    ) -> Outcome:
        """Add the step that does ``role``; ``args`` are those of the built-in tool. Raises ``Declined``."""
        call = self.tools.call(role, args, ground or self.ground())
        step = self.draft.add(name or role, call.tool, call.args, description, after)
        return Outcome(_KINDS.get(role, "other") if call.builtin else "other", step, "")

    def ground(self, *, title: str = "", derived: str = "", result: str = "") -> Ground:
        """What the arguments of a tool that nobody told the rules about may be made of."""
        return Ground(
            goal=self.goal.text,
            files=tuple(source.value for source in self.goal.sources if source.kind == "file"),
            quotes=tuple(self.goal.quotes),
            title=title,
            derived=derived,
            result=result,
        )
