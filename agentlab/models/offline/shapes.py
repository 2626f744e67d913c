"""Facts in the shape that a JSON Schema asks for: found by the names of its properties, and turned into their types.

Nothing is made up to fill a gap: what is missing is null where the schema allows that, else left out, and where it is
required, the answer is refused with the names of what was not found.
"""

from __future__ import annotations

import re
from typing import Any

from agentlab.errors import OutputInvalid
from agentlab.models.offline.extraction import extract
from agentlab.models.offline.patterns import quantities
from agentlab.models.offline.records import as_text
from agentlab.models.offline.tables import number, read_table
from agentlab.types import JSON

_NOTHING = object()
"""Stands for a value that the text does not hold."""
_YES, _NO = re.compile(r"yes|true|on|y", re.IGNORECASE), re.compile(r"no|false|off|n", re.IGNORECASE)


def fit_schema(text: str, schema: JSON) -> Any:
    """What ``text`` says, in the shape of ``schema``. Raises ``OutputInvalid`` where a required field is not found."""
    shape = _Shape(schema, as_text(text))
    found = shape.value(schema, "")
    if shape.missing:
        names = ", ".join(dict.fromkeys(shape.missing))
        raise OutputInvalid(
            f"The text does not say: {names}.",
            hint="Make these fields optional, or let them be null; the offline rules invent nothing.",
            fields=list(dict.fromkeys(shape.missing)),
        )
    if found is _NOTHING:
        raise OutputInvalid("The text holds nothing of the shape that was asked for.", hint="Ask for named fields.")
    return found


class _Shape:
    """One text, and the schema that it is read by."""

    def __init__(self, root: JSON, text: str) -> None:
        self._root = root
        self._text = text
        self.missing: list[str] = []
        """Required fields that the text does not hold."""

    def value(self, schema: JSON, name: str) -> Any:
        """The value of the field ``name``, of the type that ``schema`` names, or ``_NOTHING``."""
        schema = self._resolved(schema)
        if "properties" in schema or _type(schema) == "object":
            return self._object(schema, name)
        if _type(schema) == "array" and "properties" in (items := self._resolved(schema.get("items") or {})):
            return self._rows(items)
        if not name:
            return _NOTHING
        return self._typed(schema, self._found(name))

    def _object(self, schema: JSON, name: str) -> Any:
        made: JSON = {}
        required = schema.get("required") or []
        for field, wanted in (schema.get("properties") or {}).items():
            value = self.value(wanted, field)
            if value is not _NOTHING:
                made[field] = value
            elif _nullable(self._resolved(wanted)):
                made[field] = None
            elif field in required:
                self.missing.append(f"{name}.{field}" if name else field)
        return made

    def _rows(self, schema: JSON) -> Any:
        """A table's rows as objects; a row without what is required is left out."""
        table = read_table(self._text)
        if table is None:
            return _NOTHING
        fields = schema.get("properties") or {}
        columns = {field: extract(self._text, [_spaced(field)])[_spaced(field)] for field in fields}
        rows = []
        for at in range(len(table.rows)):
            cells = {
                field: self._typed(self._resolved(wanted), column[at])
                for field, wanted in fields.items()
                if isinstance(column := columns[field], list) and len(column) == len(table.rows)
            }
            row = {field: cell for field, cell in cells.items() if cell is not _NOTHING}
            if set(schema.get("required") or []) <= set(row):
                rows.append(row)
        return rows or _NOTHING

    def _found(self, name: str) -> Any:
        return extract(self._text, [_spaced(name)])[_spaced(name)]

    def _typed(self, schema: JSON, found: Any) -> Any:
        """``found`` as the type that a schema names; ``_NOTHING`` where it is none."""
        many: list[Any] = found if isinstance(found, list) else [found] if found else []
        kind = _type(schema)
        if not kind and "enum" not in schema:
            return found
        if kind == "array":
            items = self._resolved(schema.get("items") or {})
            typed = [item for one in many if (item := self._typed(items, one)) is not _NOTHING]
            return typed if typed or not schema.get("minItems") else _NOTHING
        if not many:
            return _NOTHING
        first = str(many[0]).strip()
        if choices := schema.get("enum"):
            return next((choice for choice in choices if str(choice).lower() == first.lower()), _NOTHING)
        match kind:
            case "string":
                return first
            case "integer" | "number":
                return _number(first, whole=kind == "integer")
            case "boolean":
                return True if _YES.fullmatch(first) else False if _NO.fullmatch(first) else _NOTHING
        return _NOTHING

    def _resolved(self, schema: JSON) -> JSON:
        """A schema without references, and of several the first that is not null."""
        for _ in range(8):
            if "$ref" in schema:
                here: Any = self._root
                for part in str(schema["$ref"]).removeprefix("#/").split("/"):
                    here = here.get(part, {}) if isinstance(here, dict) else {}
                schema = here
            elif options := schema.get("anyOf") or schema.get("oneOf"):
                kept: JSON = next((option for option in options if option.get("type") != "null"), {})
                null = any(option.get("type") == "null" for option in options)
                schema = {**kept, "nullable": null or kept.get("nullable", False)}
            else:
                break
        return schema


def _type(schema: JSON) -> str:
    kind = schema.get("type")
    return next((one for one in kind if one != "null"), "") if isinstance(kind, list) else str(kind or "")


def _nullable(schema: JSON) -> bool:
    kind = schema.get("type")
    return bool(schema.get("nullable")) or kind == "null" or (isinstance(kind, list) and "null" in kind)


def _number(said: str, *, whole: bool) -> Any:
    figures = quantities(said)
    value = number(said)
    if value is None and len(figures) == 1:
        value = number(figures[0])
    if value is None or (whole and value % 1):
        return _NOTHING
    return int(value) if whole else value


def _spaced(name: str) -> str:
    """``dueDate`` and ``due_date`` as a reader would say them."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[_-]+", " ", name).lower().strip()
