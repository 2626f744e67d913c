"""Our records as plain JSON and back, for the database of durable runs."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")


_adapters: dict[Any, TypeAdapter[Any]] = {}


def _adapter(kind: Any) -> TypeAdapter[Any]:
    if kind not in _adapters:
        _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]


def encode(value: Any) -> Any:
    """``value``, a record or a plain value, as JSON-able data."""
    return _adapter(type(value)).dump_python(value, mode="json")


def decode(kind: type[T], data: Any) -> T:
    """The record of type ``kind`` that ``encode`` made ``data`` from."""
    record: T = _adapter(kind).validate_python(data)
    return record
