"""Spans without what was said in them: what leaves the machine where prompts and answers are to stay."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from agentlab.store.otlp import names
from agentlab.types import Note, Span

CONTENT = frozenset(
    {names.SYSTEM_INSTRUCTIONS, "gen_ai.tool.definitions", "agentlab.goal", "agentlab.answer", "agentlab.plan"}
    | {"exception.stacktrace", "otel.status_description"}
    | {table[role] for table in (names.MESSAGES, names.TOOL_CALL, names.VALUE) for role in table}
    | set(names.WHOLE)
)
"""Attributes that hold goals, prompts, answers, arguments or results."""
LONGEST = 200
"""Characters of a text beyond which it counts as something that was said, whatever its name."""


def without_content(span: Span) -> Span:
    """A copy without payloads, without the words of goals and steps, and without attributes that hold any of it.

    The message of an error stays: what failed is what a collector is for.
    """
    name = {"run": "run", "step": f"step {span.step}"}.get(span.kind, span.name)
    notes = [_wordless(note) for note in span.notes]
    return replace(span, name=name[:LONGEST], attributes=_short(span.attributes), payloads={}, notes=notes)


def _wordless(note: Note) -> Note:
    return replace(note, text=None, attributes=_short(note.attributes))


def _short(attributes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in attributes.items() if name not in CONTENT and _is_short(value)}


def _is_short(value: Any) -> bool:
    if isinstance(value, list):
        return (
            len(value) <= LONGEST
            and not any(isinstance(item, list | dict) for item in value)
            and all(map(_is_short, value))
        )
    return not isinstance(value, dict) and (not isinstance(value, str) or len(value) <= LONGEST)
