"""OTLP in protobuf: ``ExportTraceServiceRequest`` to spans and back."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1 import trace_pb2

from agentlab.store.otlp.wire import BYTES, DEEPEST, Malformed, Origin, WireEvent, WireSpan, bytes_of, finite


def parse(data: bytes) -> tuple[list[WireSpan], list[str]]:
    """The spans of a request, and why each of the others was refused. Raises ``Malformed`` where it is no request."""
    request = ExportTraceServiceRequest()
    try:
        request.ParseFromString(data)
    except DecodeError as error:
        raise Malformed("it is no ExportTraceServiceRequest in protobuf") from error
    spans: list[WireSpan] = []
    refused: list[str] = []
    for group in request.resource_spans:
        for scope_group in group.scope_spans:
            origin: Origin | Malformed
            try:
                origin = _origin(group, scope_group)
            except Malformed as error:
                refused += [f"Span {span.span_id.hex()!r}: {error}." for span in scope_group.spans]
                continue
            for span in scope_group.spans:
                try:
                    spans.append(_span(span, origin))
                except Malformed as error:
                    refused.append(f"Span {span.span_id.hex()!r}: {error}.")
    return spans, refused


def render(spans: Iterable[WireSpan]) -> bytes:
    """A request with these spans. Neighbours of one origin share its description."""
    data: bytes = request_of(spans).SerializeToString()
    return data


def request_of(spans: Iterable[WireSpan]) -> ExportTraceServiceRequest:
    """The request as a message."""
    request = ExportTraceServiceRequest()
    for _, same in groupby(spans, key=lambda span: id(span.origin)):
        members = list(same)
        origin = members[0].origin
        group = request.resource_spans.add(schema_url=origin.resource_schema)
        group.resource.dropped_attributes_count = origin.resource_dropped
        _fill(group.resource.attributes, origin.resource)
        scope = group.scope_spans.add(schema_url=origin.scope_schema)
        scope.scope.name, scope.scope.version = origin.scope_name, origin.scope_version
        scope.scope.dropped_attributes_count = origin.scope_dropped
        _fill(scope.scope.attributes, origin.scope_attributes)
        for span in members:
            _add(scope.spans, span)
    return request


def _origin(group: trace_pb2.ResourceSpans, scope_group: trace_pb2.ScopeSpans) -> Origin:
    scope = scope_group.scope
    return Origin(
        resource=_attributes(group.resource.attributes),
        scope_name=scope.name,
        scope_version=scope.version,
        scope_attributes=_attributes(scope.attributes),
        resource_schema=group.schema_url,
        scope_schema=scope_group.schema_url,
        resource_dropped=group.resource.dropped_attributes_count,
        scope_dropped=scope.dropped_attributes_count,
    )


def _span(span: trace_pb2.Span, origin: Origin) -> WireSpan:
    found = WireSpan(
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        name=span.name,
        start_ns=span.start_time_unix_nano,
        end_ns=span.end_time_unix_nano,
        origin=origin,
        parent_span_id=span.parent_span_id.hex(),
        kind=span.kind,
        attributes=_attributes(span.attributes),
        trace_state=span.trace_state,
        flags=span.flags,
    )
    if span.HasField("status"):
        found.status, found.status_message = span.status.code, span.status.message
    if span.events:
        found.events = [
            WireEvent(event.name, event.time_unix_nano, _attributes(event.attributes), event.dropped_attributes_count)
            for event in span.events
        ]
    if span.links:
        found.links = [_link(link) for link in span.links]
    dropped = (span.dropped_attributes_count, span.dropped_events_count, span.dropped_links_count)
    if dropped != (0, 0, 0):
        found.dropped = dropped
    return found


def _link(link: trace_pb2.Span.Link) -> dict[str, Any]:
    found: dict[str, Any] = {"trace_id": link.trace_id.hex(), "span_id": link.span_id.hex()}
    rest = {
        "trace_state": link.trace_state,
        "flags": link.flags,
        "attributes": _attributes(link.attributes),
        "dropped": link.dropped_attributes_count,
    }
    return found | {name: value for name, value in rest.items() if value}


def _attributes(pairs: Iterable[KeyValue]) -> dict[str, Any]:
    found = {}
    for pair in pairs:
        value = pair.value
        which = value.WhichOneof("value")
        found[pair.key] = value.string_value if which == "string_value" else _value(value, which, 0)
    return found


def _value(value: AnyValue, which: str | None, depth: int) -> Any:
    if depth > DEEPEST:
        raise Malformed(f"a value is nested more than {DEEPEST} levels deep")
    match which:
        case None:
            return None
        case "array_value":
            return [_value(item, item.WhichOneof("value"), depth + 1) for item in value.array_value.values]
        case "kvlist_value":
            pairs = value.kvlist_value.values
            return {pair.key: _value(pair.value, pair.value.WhichOneof("value"), depth + 1) for pair in pairs}
        case "bytes_value":
            return {BYTES: base64.b64encode(value.bytes_value).decode()}
        case "double_value":
            return finite(value.double_value)
    return getattr(value, which)


def _add(spans: Any, span: WireSpan) -> None:
    attributes, events, links = span.dropped
    added = spans.add(
        trace_id=bytes.fromhex(span.trace_id),
        span_id=bytes.fromhex(span.span_id),
        parent_span_id=bytes.fromhex(span.parent_span_id),
        name=span.name,
        kind=span.kind,
        start_time_unix_nano=span.start_ns,
        end_time_unix_nano=span.end_ns,
        trace_state=span.trace_state,
        flags=span.flags,
        dropped_attributes_count=attributes,
        dropped_events_count=events,
        dropped_links_count=links,
    )
    added.status.code, added.status.message = span.status, span.status_message
    _fill(added.attributes, span.attributes)
    for event in span.events:
        it = added.events.add(name=event.name, time_unix_nano=event.time_ns, dropped_attributes_count=event.dropped)
        _fill(it.attributes, event.attributes)
    for link in span.links:
        it = added.links.add(trace_id=bytes.fromhex(link["trace_id"]), span_id=bytes.fromhex(link["span_id"]))
        it.trace_state, it.flags = link.get("trace_state", ""), link.get("flags", 0)
        it.dropped_attributes_count = link.get("dropped", 0)
        _fill(it.attributes, link.get("attributes", {}))


def _fill(pairs: Any, attributes: Mapping[str, Any]) -> None:
    for key, value in attributes.items():
        _set(pairs.add(key=key).value, value)


def _set(target: AnyValue, value: Any) -> None:
    if isinstance(value, str):
        target.string_value = value
    elif isinstance(value, bool):
        target.bool_value = value
    elif isinstance(value, int):
        target.int_value = value
    elif isinstance(value, float):
        target.double_value = value
    elif isinstance(value, Mapping):
        if (content := bytes_of(value)) is not None:
            target.bytes_value = content
            return
        target.kvlist_value.SetInParent()
        _fill(target.kvlist_value.values, value)
    elif isinstance(value, Sequence):
        target.array_value.SetInParent()
        for item in value:
            _set(target.array_value.values.add(), item)
