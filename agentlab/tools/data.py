"""What a tool gives back as ``ToolResult.data``: its JSON Schema from a type, and whether a result keeps to it."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError, to_jsonable_python

from agentlab.types import JSON, ToolResult

_SAYS_NOTHING = (None, type(None), Any, object, ToolResult)
_PLAIN = (dict, list, str, int, float, type(None))
_DEEPEST = 20
"""References inside each other that are written out."""


class Data(BaseModel):
    """An object that a tool gives back: these fields and no others. A trailing underscore (``from_``) is none in JSON.

    A field with a default may be missing in a result.
    """

    model_config = ConfigDict(extra="forbid", alias_generator=lambda name: name.rstrip("_"), protected_namespaces=())


class Link(Data):
    """A link of a page."""

    text: str = Field(description="What it says.")
    url: str = Field(description="Where it leads.")


class DataCheck:
    """What a tool promises about its data, by a type: a ``Data``, or whatever a function's return annotation names.

    Raises ``PydanticUserError`` for a type that has no JSON Schema.
    """

    def __init__(self, promised: Any) -> None:
        self._adapter: TypeAdapter[Any] | None = None
        self.schema: JSON = {}
        """Its JSON Schema; empty where the type says nothing."""
        if not any(promised is nothing for nothing in _SAYS_NOTHING):
            self._adapter = TypeAdapter(promised)
            self.schema = _plain(self._adapter.json_schema(mode="serialization"))

    def read(self, found: Any) -> Any:
        """``found`` as JSON: a pydantic model or dataclass becomes an object. Raises ``ValueError`` with what does not fit."""
        if self._adapter is None:
            return found
        if not isinstance(found, _PLAIN):  # an instance of the type itself, which checks what is in it
            return _as_json(found)
        try:
            # Half characters of a page are no fault of its shape.
            text = json.dumps(found, ensure_ascii=False, default=to_jsonable_python).encode("utf-8", "replace")
            self._adapter.validate_json(text, strict=True)
        except ValidationError as error:
            raise ValueError("; ".join(map(_sentence, error.errors()[:3]))) from None
        except (TypeError, RecursionError, PydanticSerializationError) as error:
            raise ValueError(f"it is no JSON ({error})") from None
        return found


def _as_json(found: Any) -> Any:
    try:
        return to_jsonable_python(found)
    except PydanticSerializationError as error:
        raise ValueError(f"it is no JSON ({error})") from None


def _sentence(detail: Any) -> str:
    place = ".".join(map(str, detail["loc"]))
    return f"{place or 'it'}: {detail['msg'][:1].lower()}{detail['msg'][1:]}"[:200]


def _plain(schema: JSON) -> JSON:
    """Without titles and defaults, and with references written out, so that a path can be looked up by its names."""
    found = _written_out(schema, schema.get("$defs", {}), _DEEPEST)
    # A type that holds itself keeps its references, and what they lead to.
    return found if "$ref" not in str(found) else schema


def _written_out(part: Any, known: JSON, deepest: int) -> Any:
    if isinstance(part, list):
        return [_written_out(item, known, deepest) for item in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part and deepest:
        target = known.get(str(part["$ref"]).rpartition("/")[2], {})
        return _written_out({**target, **{key: it for key, it in part.items() if key != "$ref"}}, known, deepest - 1)
    found = {}
    for key, item in part.items():
        if key == "properties" and isinstance(item, dict):
            found[key] = {name: _written_out(it, known, deepest) for name, it in item.items()}
        elif key not in ("title", "default", "$defs"):
            found[key] = _written_out(item, known, deepest)
    return found
