"""Everything that runs is a Plan: the planner's, a workflow skill's, a learned pattern's, or one of your own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

JSON = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One call of one tool inside a plan.

    ``args`` may name earlier results: ``{{steps.fetch.data.title}}``. A value that is nothing but
    one such reference keeps the type it points at; inside a longer text it is written out.
    """

    id: str
    """Unique in the plan; letters, digits, ``-`` and ``_``."""
    tool: str
    """Name in the tool registry, such as ``http.get``."""
    args: JSON = field(default_factory=dict)
    depends_on: tuple[str, ...] = ()
    """Ids of steps that must have succeeded before this one starts; those that ``args`` name count as well."""
    join: Literal["all", "any"] = "all"
    """Whether it waits for all that it depends on, or for any one of them. What ``args`` name it always waits for."""
    ask: bool = False
    """True where a person must say yes before it starts."""
    description: str = ""
    """What the step is for, in the reader's words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A goal and the steps that reach it, as a directed graph without circles."""

    goal: str
    steps: tuple[Step, ...] = ()
    origin: Literal["model", "file"] = "model"
    """Who made it: a model's answer, or a plan file that runs with no model at all."""
    rationale: str = ""
    """Why these steps, in one or two sentences."""
    answer: str = ""
    """The answer, where the goal needs no step at all; else empty."""
    refusal: str = ""
    """Why the goal cannot be reached with these tools, and what can; else empty. Such a run ends as failed."""
