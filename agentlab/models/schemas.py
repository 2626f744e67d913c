"""Whether a structured answer fits the JSON Schema that was asked for."""

from __future__ import annotations

import json
import re
from typing import Any

from agentlab.errors import OutputInvalid, RequestRefused
from agentlab.types import JSON

_FENCE = re.compile(r"^```(?:json)?\s*(.*?)\s*```$", re.DOTALL)
_MOST = 5
"""Problems that are told at once."""


def check_schema(schema: JSON) -> None:
    """Raises ``RequestRefused`` where ``schema`` is no JSON Schema of an object."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        raise RequestRefused(
            f"The schema of the answer is no JSON Schema: {error.message}.", hint="Mend output=…."
        ) from error
    if schema.get("type", "object") != "object":
        raise RequestRefused(
            f"The answer is to be an object, and its schema says {schema['type']!r}.",
            hint='Put it into a field: {"type": "object", "properties": {"items": …}}.',
        )


def problems_with(output: Any, schema: JSON) -> list[str]:
    """What does not fit, one sentence each; empty where all does."""
    from jsonschema import Draft202012Validator

    found = sorted(Draft202012Validator(schema).iter_errors(output), key=lambda error: list(map(str, error.path)))
    return [f"{'.'.join(map(str, error.path)) or 'The answer'}: {error.message}." for error in found[:_MOST]]


def checked_output(output: Any, schema: JSON, model: str, finish_reason: str = "stop") -> Any:
    """``output`` itself. Raises ``OutputInvalid`` with what does not fit, also as ``context["problems"]``."""
    problems = problems_with(output, schema)
    if problems:
        cut = finish_reason == "length"
        raise OutputInvalid(
            f"{model}: The structured answer does not fit its schema: {' '.join(problems)}",
            hint="Raise max_tokens: it was cut off." if cut else "Ask again, or loosen the schema.",
            problems=problems,
            output=output,
        )
    return output


def parsed_output(text: str, model: str) -> Any:
    """The JSON in a text, where a model wrote instead of calling; raises ``OutputInvalid``."""
    fenced = _FENCE.match(text.strip())
    try:
        return json.loads(fenced.group(1) if fenced else text)
    except ValueError:
        raise OutputInvalid(
            f"{model}: The answer is a text and no JSON.",
            hint="Ask again, or name another model.",
            problems=["The answer is a text and no JSON."],
            output=text,
        ) from None
