"""A span as OTLP has it, without the clothes of protobuf or JSON. Ids are hex, times nanoseconds since 1970."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

UNSET, OK, ERROR = 0, 1, 2
"""Codes of a status."""
UNSPECIFIED, INTERNAL, SERVER, CLIENT, PRODUCER, CONSUMER = range(6)
"""Kinds of a span."""
DEEPEST = 64
"""Levels of nesting in a value beyond which a span is refused."""


class Malformed(ValueError):
    """Bytes that are no OTLP, or a span that cannot be kept; the message says which part of it and why."""


@dataclass(slots=True)
class Origin:
    """Where spans come from: their resource and their instrumentation scope. Many spans share one."""

    resource: dict[str, Any] = field(default_factory=dict)
    scope_name: str = ""
    scope_version: str = ""
    scope_attributes: dict[str, Any] = field(default_factory=dict)
    resource_schema: str = ""
    scope_schema: str = ""
    resource_dropped: int = 0
    scope_dropped: int = 0
    told: dict[str, Any] | None = None
    """What ``origin.attributes_of_origin`` made of it: once for all its spans."""


@dataclass(slots=True)
class WireEvent:
    """Something that happened inside a span."""

    name: str
    time_ns: int
    attributes: dict[str, Any] = field(default_factory=dict)
    dropped: int = 0
    """Attributes that the sender left out."""


@dataclass(slots=True)
class WireSpan:
    """One span, and where it comes from."""

    trace_id: str
    span_id: str
    name: str
    start_ns: int
    end_ns: int
    origin: Origin
    parent_span_id: str = ""
    kind: int = INTERNAL
    attributes: dict[str, Any] = field(default_factory=dict)
    events: list[WireEvent] = field(default_factory=list)
    links: list[dict[str, Any]] = field(default_factory=list)
    """``trace_id``, ``span_id``, and as far as there: ``trace_state``, ``flags``, ``attributes``, ``dropped``."""
    status: int = UNSET
    status_message: str = ""
    trace_state: str = ""
    flags: int = 0
    dropped: tuple[int, int, int] = (0, 0, 0)
    """Attributes, events and links that the sender left out."""


BYTES = "bytesValue"
"""Key of the one-entry object that stands for bytes, in base64: JSON has none."""


def bytes_of(value: Mapping[str, Any]) -> bytes | None:
    """The bytes that an object stands for; None where it is an object like any other."""
    if len(value) != 1 or not isinstance(text := value.get(BYTES), str):
        return None
    try:
        content = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return content if base64.b64encode(content).decode() == text else None


def finite(number: float) -> float | str:
    """The number; as text where JSON has none for it."""
    return number if math.isfinite(number) else str(number).replace("inf", "Infinity").replace("nan", "NaN")
