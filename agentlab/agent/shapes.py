"""What a result will look like, known before anything runs: paths into results are checked against the tools' own schemas."""

from __future__ import annotations

from collections.abc import Iterator

from agentlab.agent.references import is_path, references, step_named
from agentlab.errors import near
from agentlab.types import JSON, Plan, Step, Tools

_ARTICLE = {"string": "a", "number": "a", "integer": "an", "boolean": "a"}


def wrong_paths(step: Step, plan: Plan, tools: Tools) -> Iterator[str]:
    """One sentence for each path in the arguments of ``step`` that leads to nothing in the result it names."""
    by_id = {one.id: one for one in plan.steps}
    for path in references(step.args):
        source = by_id.get(step_named(path) or "")
        tool = tools.get(source.tool) if source else None
        if source is None or tool is None or not is_path(path):
            continue
        if trouble := _lost(path.split(".")[3:], tool.spec.output_schema):
            yield f"{{{{{path}}}}} leads nowhere: the result of {source.tool} has {trouble}"


def _lost(parts: list[str], schema: JSON) -> str:
    """Why ``parts`` lead nowhere in what ``schema`` describes; empty where they lead somewhere, or where that is open."""
    if not parts:
        return ""
    ways = [way for way in schema.get("anyOf") or schema.get("oneOf") or [schema] if way.get("type") != "null"]
    troubles = [_lost_in(parts, way) for way in ways]
    return troubles[0] if troubles and all(troubles) else ""


def _lost_in(parts: list[str], schema: JSON) -> str:
    part, *rest = parts
    kind = schema.get("type")
    if kind == "object" or "properties" in schema:
        known = schema.get("properties", {})
        if part in known:
            return _lost(rest, known[part])
        if schema.get("additionalProperties") is False:
            return f"no '{part}'. {near(part, sorted(known))}".strip()
        more = schema.get("additionalProperties")
        return _lost(rest, more) if isinstance(more, dict) else ""
    if kind == "array":
        if not part.isdecimal():
            return f"a list there, so a number stands in place of '{part}'."
        return _lost(rest, schema.get("items") or {})
    if kind in _ARTICLE:
        return f"{_ARTICLE[kind]} {kind} there, which has no '{part}'."
    return ""
