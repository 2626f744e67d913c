"""A plan in the making: steps with ids of their own, and what each of them will have given."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from agentlab.types import JSON

OutcomeKind = Literal["page", "summary", "table", "answer", "list", "agenda", "doc", "sheet", "shot", "file", "other"]
FILES = ("doc", "sheet", "shot", "file")
"""Outcomes that are files of the drive; ``path`` names them."""
_TEXT_FIELD = {
    "page": "text",
    "summary": "summary",
    "table": "text",
    "answer": "answer",
    "list": "text",
    "agenda": "text",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step will have given, and how later steps name it."""

    kind: OutcomeKind
    step: str
    label: str
    """What it is about: a file's name, or a reference to a page's title."""
    topic: str = ""
    """For a table: what was looked for."""
    origin: str = ""
    """Where it was read: a path or a web address."""
    wide: bool = False
    """For a table: its columns are those of the source."""

    @property
    def text(self) -> str:
        """A reference to the outcome as text to read."""
        return self.part(_TEXT_FIELD[self.kind]) if self.kind in _TEXT_FIELD else self.part()

    def part(self, *path: str) -> str:
        """A reference to a part of the step's data."""
        return "{{" + ".".join(("steps", self.step, "data", *path)) + "}}"


class Draft:
    """Steps in the order in which they were added."""

    def __init__(self) -> None:
        self.steps: list[JSON] = []

    def add(self, name: str, tool: str, args: JSON, description: str, after: Iterable[str] = ()) -> str:
        """Add a step and return its id, made of ``name``."""
        taken = {step["id"] for step in self.steps}
        plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:40] or "step"
        number = next(n for n in range(1, len(taken) + 2) if _numbered(plain, n) not in taken)
        step_id = _numbered(plain, number)
        waits = list(dict.fromkeys(after))
        step = {
            "id": step_id,
            "tool": tool,
            "args": args,
            "depends_on": waits,
            "description": " ".join(description.split())[:200],
        }
        self.steps.append(step)
        return step_id


def literal(value: Any) -> Any:
    """``value`` from the goal, with nothing in it that could be taken for a reference."""
    if isinstance(value, str):
        return value.replace("{{", "{ {").replace("}}", "} }")
    if isinstance(value, list):
        return [literal(item) for item in value]
    if isinstance(value, dict):
        return {literal(key): literal(item) for key, item in value.items()}
    return value


def _numbered(name: str, number: int) -> str:
    return name if number == 1 else f"{name}_{number}"
