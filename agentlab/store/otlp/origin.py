"""What OTLP says of a span outside of its attributes: kept among our attributes, under OpenTelemetry's names, and put back.

``resource.<name>`` are attributes of the resource, ``otel.<name>`` are fields of the span and of its scope. A field that
has the value it would have anyway is not written down.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from agentlab.store.otlp import names
from agentlab.store.otlp.values import text_of, whole_of
from agentlab.store.otlp.wire import CLIENT, DEEPEST, ERROR, INTERNAL, OK, UNSET, Origin, WireSpan

OURS = "agentlab"
"""Name of our scope, and the service of what this lab recorded."""
RESOURCE = "resource."
RESOURCE_COLUMNS = (names.SERVICE, names.HOST, names.PID, names.PROJECT)
KIND_NAMES = ("UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER")
_DROPPED = ("otel.dropped_attributes_count", "otel.dropped_events_count", "otel.dropped_links_count")
_SHALLOW = 12
"""Levels of nesting that every reader of protobuf takes."""


def usual_kind(kind: str) -> int:
    """The OpenTelemetry kind of a span that says nothing else."""
    return CLIENT if kind == "llm" else INTERNAL


def attributes_of_origin(origin: Origin) -> dict[str, Any]:
    """The resource and the scope, but for what has a column."""
    if origin.told is None:
        resource = {
            RESOURCE + name: value
            for name, value in origin.resource.items()
            if name not in RESOURCE_COLUMNS or (whole_of if name == names.PID else text_of)(value) is None
        }
        fields = {
            "otel.scope.name": "" if origin.scope_name == OURS else origin.scope_name,
            "otel.scope.version": origin.scope_version,
            "otel.scope.attributes": origin.scope_attributes,
            "otel.scope.schema_url": origin.scope_schema,
            "otel.scope.dropped_attributes_count": origin.scope_dropped,
            "otel.resource.schema_url": origin.resource_schema,
            "otel.resource.dropped_attributes_count": origin.resource_dropped,
        }
        origin.told = resource | {name: value for name, value in fields.items() if value}
    return origin.told


def attributes_of_span(wire: WireSpan, kind: str, status: str) -> dict[str, Any]:
    """The fields of a span that have no column."""
    found: dict[str, Any] = {}
    if wire.kind != usual_kind(kind) and 0 <= wire.kind < len(KIND_NAMES):
        found["otel.span_kind"] = KIND_NAMES[wire.kind]
    if wire.status == UNSET and status == "ok":
        found["otel.status_code"] = "UNSET"
    if wire.status_message and wire.status != ERROR:
        found["otel.status_description"] = wire.status_message
    if wire.trace_state:
        found["otel.trace_state"] = wire.trace_state
    if wire.flags:
        found["otel.flags"] = wire.flags
    if wire.links:
        found["otel.links"] = wire.links
    if any(wire.dropped):
        found |= {name: count for name, count in zip(_DROPPED, wire.dropped, strict=True) if count}
    return found


def put_back(wire: WireSpan, attributes: dict[str, Any], kind: str, status: str) -> None:
    """Move out of ``attributes`` what belongs into other fields of ``wire``, as far as it would be found there again."""

    def take(name: str, fits: Callable[[Any], bool]) -> Any:
        return attributes.pop(name) if name in attributes and fits(attributes[name]) else None

    usual = KIND_NAMES[usual_kind(kind)]
    said = take("otel.span_kind", lambda value: value in KIND_NAMES and value != usual)
    wire.kind = KIND_NAMES.index(said or usual)
    if status == "ok":
        wire.status = UNSET if take("otel.status_code", lambda value: value == "UNSET") else OK
    if wire.status != ERROR:
        wire.status_message = take("otel.status_description", _is_text) or ""
    wire.trace_state = take("otel.trace_state", _is_text) or ""
    wire.flags = take("otel.flags", _is_count) or 0
    wire.links = take("otel.links", _are_links) or []
    attributes_, events, links = (take(name, _is_count) or 0 for name in _DROPPED)
    wire.dropped = (attributes_, events, links)


def origin_of(attributes: dict[str, Any], columns: dict[str, Any]) -> Origin:
    """The origin that ``attributes`` tell of, moved out of them. ``columns`` are attributes of the resource besides."""

    def take(name: str, fits: Callable[[Any], bool], other: Any) -> Any:
        return attributes.pop(name) if name in attributes and fits(attributes[name]) else other

    resource = [name for name in attributes if name.startswith(RESOURCE) and _is_foreign(name, attributes[name])]
    return Origin(
        resource=columns | {name[len(RESOURCE) :]: attributes.pop(name) for name in resource},
        scope_name=take("otel.scope.name", lambda value: _is_text(value) and value != OURS, OURS),
        scope_version=take("otel.scope.version", _is_text, ""),
        scope_attributes=take("otel.scope.attributes", _is_object, {}),
        scope_schema=take("otel.scope.schema_url", _is_text, ""),
        scope_dropped=take("otel.scope.dropped_attributes_count", _is_count, 0),
        resource_schema=take("otel.resource.schema_url", _is_text, ""),
        resource_dropped=take("otel.resource.dropped_attributes_count", _is_count, 0),
    )


def expressible(value: Any, depth: int = 0) -> bool:
    """Whether OTLP can carry the value as it is."""
    if value is None or isinstance(value, str | bool | float):
        return True
    if isinstance(value, int):
        return -(2**63) <= value < 2**63
    if depth >= _SHALLOW:
        return False
    if isinstance(value, dict):
        return all(isinstance(key, str) and expressible(item, depth + 1) for key, item in value.items())
    return isinstance(value, list) and _all_expressible(value, depth + 1)


def _all_expressible(items: Iterable[Any], depth: int) -> bool:
    return all(expressible(item, depth) for item in items)


def _is_foreign(name: str, value: Any) -> bool:
    return name[len(RESOURCE) :] not in (*RESOURCE_COLUMNS, "") and expressible(value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 < value < 2**32


def _is_object(value: Any) -> bool:
    return isinstance(value, dict) and bool(value) and expressible(value)


def _are_links(links: Any) -> bool:
    return isinstance(links, list) and bool(links) and all(isinstance(link, dict) and _is_link(link) for link in links)


def _is_link(link: dict[str, Any]) -> bool:
    checks = {"trace_state": _is_text, "flags": _is_count, "attributes": _is_object, "dropped": _is_count}
    return (
        is_id(link.get("trace_id"), 32)
        and is_id(link.get("span_id"), 16)
        and all(name in ("trace_id", "span_id") or (name in checks and checks[name](link[name])) for name in link)
    )


def is_id(text: Any, digits: int) -> bool:
    """Whether it is an id of that many hex digits, in small letters, and not all zeros."""
    return (
        isinstance(text, str) and len(text) == digits and not text.strip("0123456789abcdef") and text.strip("0") != ""
    )


assert DEEPEST > _SHALLOW  # noqa: S101 - what we write, we read
