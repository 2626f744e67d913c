"""Whether a JSON Schema that came as an argument can be used to shape an answer: an object, bounded, all of it here."""

from __future__ import annotations

from typing import Any

from agentlab.types import JSON

DEEPEST = 12
"""Objects and lists inside each other."""
MOST = 2_000
"""Parts of a schema, references followed."""
_REFUSED = ("pattern", "patternProperties", "$dynamicRef", "$recursiveRef", "$id", "$anchor", "$schema")
"""Could keep the check busy for ever, or lead elsewhere."""


def why_unusable(schema: JSON) -> str:
    """Why ``schema`` cannot be used, in one sentence that says what to do; empty where it can."""
    if schema.get("type", "object") != "object" or not isinstance(schema.get("properties"), dict):
        return 'write the schema of an object: {"type": "object", "properties": {"total": {"type": "number"}}}.'
    if not schema["properties"]:
        return "name at least one property."
    if why := _walk(schema):
        return why
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        return f"it is no JSON Schema: {error.message:.200}."
    return ""


def _walk(root: JSON) -> str:
    """Over all its parts, references followed; never deeper than allowed."""
    waiting: list[tuple[Any, int, bool]] = [(root, 0, False)]
    seen = 0
    while waiting:
        part, depth, named = waiting.pop()
        seen += 1
        if depth > 3 * DEEPEST or seen > MOST:
            return f"it is too large, too deep or refers to itself; {DEEPEST} levels and {MOST:,} parts are the most."
        if isinstance(part, list):
            waiting += [(item, depth + 1, False) for item in part]
        if not isinstance(part, dict):
            continue
        if not named and (refused := next((key for key in _REFUSED if key in part), None)):
            return f"leave {refused!r} out."
        if not named and "$ref" in part:
            target = _target(root, part["$ref"])
            if target is None:
                return f"{str(part['$ref'])[:100]!r} refers to nothing in it; write #/$defs/NAME."
            waiting.append((target, depth + 1, False))
        # Under "properties" and "$defs" the keys are names that somebody chose, not words of the schema.
        waiting += [(it, depth + 1, not named and key in ("properties", "$defs")) for key, it in part.items()]
    return ""


def _target(root: JSON, reference: Any) -> Any:
    if not isinstance(reference, str) or not reference.startswith("#/"):
        return None
    here: Any = root
    for step in reference[2:].split("/"):
        here = here.get(step) if isinstance(here, dict) else None
    return here if isinstance(here, dict) else None
