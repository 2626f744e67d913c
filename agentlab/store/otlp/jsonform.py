"""OTLP in JSON: ids in hex, whole numbers of 64 bits as text, names in camelCase. What is unknown is passed over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

import orjson

from agentlab.store.otlp.wire import BYTES, DEEPEST, Malformed, Origin, WireEvent, WireSpan, bytes_of, finite

_NO_NUMBERS = ("NaN", "Infinity", "-Infinity")
_KINDS = {"stringValue", "boolValue", "intValue", "doubleValue", "arrayValue", "kvlistValue", "bytesValue"}


def parse(data: bytes | str) -> tuple[list[WireSpan], list[str]]:
    """The spans of a request, and why each of the others was refused. Raises ``Malformed`` where it is no request."""
    try:
        request = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"it is no JSON ({error})") from error
    if not isinstance(request, dict) or not isinstance(groups := request.get("resourceSpans", []), list):
        raise Malformed('it is no object with a list "resourceSpans"')
    spans: list[WireSpan] = []
    refused: list[str] = []
    for group in _objects(groups, "resourceSpans"):
        for scope_group in _objects(group.get("scopeSpans", []), "scopeSpans"):
            members = _objects(scope_group.get("spans", []), "spans")
            try:
                origin = _origin(group, scope_group)
            except Malformed as error:
                refused += [f"Span {span.get('spanId')!r}: {error}." for span in members]
                continue
            for span in members:
                try:
                    spans.append(_span(span, origin))
                except Malformed as error:
                    refused.append(f"Span {span.get('spanId')!r}: {error}.")
    return spans, refused


def render(spans: Iterable[WireSpan]) -> bytes:
    """A request with these spans, on one line without its end."""
    return orjson.dumps({"resourceSpans": [_group(list(same)) for _, same in groupby(spans, lambda it: id(it.origin))]})


def _objects(items: Any, name: str) -> list[dict[str, Any]]:
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise Malformed(f'"{name}" is no list of objects')
    return items


def _origin(group: dict[str, Any], scope_group: dict[str, Any]) -> Origin:
    resource, scope = _part(group, "resource"), _part(scope_group, "scope")
    return Origin(
        resource=_attributes(resource),
        scope_name=_text(scope, "name"),
        scope_version=_text(scope, "version"),
        scope_attributes=_attributes(scope),
        resource_schema=_text(group, "schemaUrl"),
        scope_schema=_text(scope_group, "schemaUrl"),
        resource_dropped=_whole(resource, "droppedAttributesCount"),
        scope_dropped=_whole(scope, "droppedAttributesCount"),
    )


def _span(span: dict[str, Any], origin: Origin) -> WireSpan:
    status = _part(span, "status")
    return WireSpan(
        trace_id=_text(span, "traceId").lower(),
        span_id=_text(span, "spanId").lower(),
        name=_text(span, "name"),
        start_ns=_whole(span, "startTimeUnixNano"),
        end_ns=_whole(span, "endTimeUnixNano"),
        origin=origin,
        parent_span_id=_text(span, "parentSpanId").lower(),
        kind=_whole(span, "kind"),
        attributes=_attributes(span),
        events=[
            WireEvent(
                _text(it, "name"), _whole(it, "timeUnixNano"), _attributes(it), _whole(it, "droppedAttributesCount")
            )
            for it in _objects(span.get("events") or [], "events")
        ],
        links=[_link(it) for it in _objects(span.get("links") or [], "links")],
        status=_whole(status, "code"),
        status_message=_text(status, "message"),
        trace_state=_text(span, "traceState"),
        flags=_whole(span, "flags"),
        dropped=(
            _whole(span, "droppedAttributesCount"),
            _whole(span, "droppedEventsCount"),
            _whole(span, "droppedLinksCount"),
        ),
    )


def _link(link: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"trace_id": _text(link, "traceId").lower(), "span_id": _text(link, "spanId").lower()}
    rest = {
        "trace_state": _text(link, "traceState"),
        "flags": _whole(link, "flags"),
        "attributes": _attributes(link),
        "dropped": _whole(link, "droppedAttributesCount"),
    }
    return found | {name: value for name, value in rest.items() if value}


def _part(holder: dict[str, Any], name: str) -> dict[str, Any]:
    part = holder.get(name)
    if part is None:
        return {}
    if not isinstance(part, dict):
        raise Malformed(f'"{name}" is no object')
    return part


def _text(holder: dict[str, Any], name: str) -> str:
    text = holder.get(name)
    if text is None:
        return ""
    if not isinstance(text, str):
        raise Malformed(f'"{name}" is no text')
    return text


def _whole(holder: dict[str, Any], name: str) -> int:
    return _number(holder.get(name) or 0, name)


def _number(number: Any, name: str) -> int:
    try:
        whole = int(number) if isinstance(number, str | int) else None
    except ValueError:
        whole = None
    if whole is None or not -(2**63) <= whole < 2**64:
        raise Malformed(f'"{name}" is no whole number of 64 bits')
    return whole


def _attributes(holder: dict[str, Any]) -> dict[str, Any]:
    return _pairs(holder.get("attributes") or [], 0)


def _pairs(pairs: Any, depth: int) -> dict[str, Any]:
    try:
        found = {pair["key"]: _value(pair.get("value") or {}, depth) for pair in pairs}
    except (TypeError, KeyError, AttributeError) as error:
        raise Malformed('"attributes" is no list of objects with a "key"') from error
    if not all(isinstance(name, str) for name in found):
        raise Malformed('the "key" of an attribute is no text')
    return found


def _value(value: Any, depth: int) -> Any:
    if depth > DEEPEST:
        raise Malformed(f"a value is nested more than {DEEPEST} levels deep")
    if isinstance(value, dict) and isinstance(text := value.get("stringValue"), str):
        return text
    match value:
        case {"boolValue": bool(yes)}:
            return yes
        case {"intValue": number}:
            return _number(number, "intValue")
        case {"doubleValue": str(number)} if number in _NO_NUMBERS:
            return number
        case {"doubleValue": int() | float() as number}:
            return float(number)
        case {"arrayValue": dict(array)}:
            return [_value(item, depth + 1) for item in _objects(array.get("values") or [], "values")]
        case {"kvlistValue": dict(pairs)}:
            return _pairs(pairs.get("values") or [], depth + 1)
        case {"bytesValue": str(content)}:
            return {BYTES: content}
        case dict() if not _KINDS & value.keys():
            return None
    raise Malformed("a value is none of OTLP's kinds")


def _group(spans: list[WireSpan]) -> dict[str, Any]:
    origin = spans[0].origin
    resource = {"attributes": _rendered(origin.resource), "droppedAttributesCount": origin.resource_dropped}
    scope = {
        "name": origin.scope_name,
        "version": origin.scope_version,
        "attributes": _rendered(origin.scope_attributes),
        "droppedAttributesCount": origin.scope_dropped,
    }
    members = {"scope": _some(scope), "spans": [_rendered_span(span) for span in spans]}
    return {
        "resource": _some(resource),
        "scopeSpans": [members | _some({"schemaUrl": origin.scope_schema})],
    } | _some({"schemaUrl": origin.resource_schema})


def _some(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields that say something; the others have their default."""
    return {name: value for name, value in fields.items() if value}


def _rendered_span(span: WireSpan) -> dict[str, Any]:
    attributes, events, links = span.dropped
    return {"traceId": span.trace_id, "spanId": span.span_id} | _some(
        {
            "parentSpanId": span.parent_span_id,
            "traceState": span.trace_state,
            "flags": span.flags,
            "name": span.name,
            "kind": span.kind,
            "startTimeUnixNano": str(span.start_ns),
            "endTimeUnixNano": str(span.end_ns),
            "attributes": _rendered(span.attributes),
            "droppedAttributesCount": attributes,
            "events": [
                {"timeUnixNano": str(it.time_ns), "name": it.name}
                | _some({"attributes": _rendered(it.attributes), "droppedAttributesCount": it.dropped})
                for it in span.events
            ],
            "droppedEventsCount": events,
            "links": [_rendered_link(link) for link in span.links],
            "droppedLinksCount": links,
            "status": _some({"code": span.status, "message": span.status_message}),
        }
    )


def _rendered_link(link: dict[str, Any]) -> dict[str, Any]:
    return {"traceId": link["trace_id"], "spanId": link["span_id"]} | _some(
        {
            "traceState": link.get("trace_state"),
            "flags": link.get("flags"),
            "attributes": _rendered(link.get("attributes", {})),
            "droppedAttributesCount": link.get("dropped"),
        }
    )


def _rendered(attributes: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": _rendered_value(value)} for key, value in attributes.items()]


def _rendered_value(value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        return {"stringValue": value}
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": finite(value)}
    if isinstance(value, Mapping):
        return (
            {"bytesValue": value[BYTES]}
            if bytes_of(value) is not None
            else {"kvlistValue": {"values": _rendered(value)}}
        )
    if isinstance(value, Sequence):
        return {"arrayValue": {"values": [_rendered_value(item) for item in value]}}
    return {}
