"""Our spans in OTLP: under OpenTelemetry's names where it has them, and read back column by column as they were.

A span that we wrote bears the mark ``agentlab.format``. What OTLP has no form for, or what would be taken for a column on
the way back, goes into one attribute as JSON (``agentlab.attributes``).
"""

from __future__ import annotations

import json
from datetime import datetime
from hashlib import sha256
from typing import Any

from agentlab.store.otlp import names
from agentlab.store.otlp.messages import dumps, messages_of, parts_of
from agentlab.store.otlp.notes import event_of, note_of
from agentlab.store.otlp.origin import (
    OURS,
    attributes_of_origin,
    attributes_of_span,
    expressible,
    is_id,
    origin_of,
    put_back,
)
from agentlab.store.otlp.values import KINDS, STATUSES, at, ns_of, text_of, typed
from agentlab.store.otlp.wire import ERROR, UNSET, Malformed, Origin, WireSpan
from agentlab.types import Note, Span

REST = "agentlab.attributes"
STATUS = "agentlab.span.status"
MESSAGE = "agentlab.error_message"
DURATION = "agentlab.duration_ms"
UNENDED = "agentlab.unended"
STARTED = "agentlab.started_at"
SERVICE = "agentlab.service"
CARRIER = "agentlab.carrier"
"""Marks a span that is none, and only carries notes about others."""
IDS = {"trace_id": "agentlab.trace_id", "span_id": "agentlab.span_id", "parent_span_id": "agentlab.parent_span_id"}
_AGGREGATES = {column: f"agentlab.{column}" for column in names.TOKEN_COLUMNS}
_RESERVED = (
    {names.FORMAT, names.PAYLOADS, REST, STATUS, MESSAGE, DURATION, UNENDED, STARTED, SERVICE, CARRIER}
    | set(IDS.values())
    | {name for column, name in names.COLUMN_NAMES.items() if column not in names.TOKEN_COLUMNS}
    | set(_AGGREGATES.values())
)
_TOKEN_NAMES = {names.COLUMN_NAMES[column] for column in names.TOKEN_COLUMNS}
_CODES = {"error": ERROR, "crashed": ERROR}


def wire_of(span: Span, origins: dict[str, Origin] | None = None) -> WireSpan:
    """The span in OTLP's terms. ``origins`` are those met so far, so that neighbours share one."""
    rest, written = dict(span.attributes), _columns(span)
    start_ns = ns_of(span.started_at)
    if start_ns is None:
        written[STARTED], start_ns = span.started_at.isoformat(), 1_000
    length_ns = _length(span, written)
    wire = WireSpan(
        trace_id=_id(span, "trace_id", 32, written),
        span_id=_id(span, "span_id", 16, written),
        parent_span_id=_id(span, "parent_span_id", 16, written) if span.parent_span_id is not None else "",
        name=span.name,
        start_ns=start_ns,
        end_ns=start_ns + length_ns,
        origin=_origin(span, rest, written, {} if origins is None else origins),
        attributes=written,
        status=_CODES.get(span.status, UNSET),
    )
    put_back(wire, rest, span.kind, span.status)
    _write_status(span, wire)
    _write_payloads(span, written)
    taken = _RESERVED | (_TOKEN_NAMES if span.kind == "llm" else set())
    for role in written.get(names.PAYLOADS, ()):
        taken = taken | {table[role] for table in (names.MESSAGES, names.TOOL_CALL, names.VALUE, names.MIME_TYPE)}
    kept = {}
    for name, value in rest.items():
        if name in written or name in taken or name.startswith(names.PAYLOAD) or not expressible(value):
            kept[name] = value
        else:
            written[name] = value
    if kept:
        written[REST] = dumps(kept)
    wire.events = [event_of(note, span) for note in span.notes]
    return wire


def span_of(wire: WireSpan) -> Span | list[Note]:
    """The span that ``wire_of`` wrote, or the notes that it carries. Raises ``Malformed`` where it is none of ours."""
    attributes = wire.attributes
    kind = attributes.pop(names.COLUMN_NAMES["kind"], None)
    status = attributes.pop(STATUS, "error" if wire.status == ERROR else "ok")
    if attributes.pop(names.FORMAT) != names.FORMAT_NUMBER or kind not in KINDS or status not in STATUSES:
        raise Malformed(f"it bears the mark {names.FORMAT}, and is not of the form {names.FORMAT_NUMBER}")
    span = Span(
        trace_id=_needed(attributes, IDS["trace_id"], wire.trace_id),
        span_id=_needed(attributes, IDS["span_id"], wire.span_id),
        parent_span_id=wire.parent_span_id or None,
        name=wire.name,
        kind=kind,
        status=status,
        started_at=_moment(attributes, wire),
        attributes=attributes,
    )
    if IDS["parent_span_id"] in attributes:
        span.parent_span_id = _needed(attributes, IDS["parent_span_id"], "")
    if not attributes.pop(UNENDED, False):
        span.duration_ms = typed("duration_ms", attributes.pop(DURATION, (wire.end_ns - wire.start_ns) / 1e6))
    span.error_message = _text(attributes, MESSAGE) if MESSAGE in attributes else None
    if span.error_message is None and wire.status == ERROR:
        span.error_message = wire.status_message or None
    if attributes.pop(CARRIER, False):
        return [note_of(event, span, number) for number, event in enumerate(wire.events)]
    _read_columns(span, wire)
    span.payloads = _read_payloads(attributes, kind)
    kept = json.loads(attributes.pop(REST, "{}"))
    span.attributes = attributes | attributes_of_span(wire, kind, status) | attributes_of_origin(wire.origin) | kept
    span.notes = [note_of(event, span, number) for number, event in enumerate(wire.events)]
    return span


def carrier_of(notes: list[Note], span: Span, origins: dict[str, Origin]) -> WireSpan:
    """A span that is none, for notes about what has no span here."""
    wire = wire_of(span, origins)
    wire.attributes[CARRIER] = True
    wire.events = [event_of(note, span) for note in notes]
    return wire


def column_name(column: str, kind: str) -> str:
    """The name under which a column is written on a span of that kind."""
    return _AGGREGATES[column] if column in _AGGREGATES and kind != "llm" else names.COLUMN_NAMES[column]


def _columns(span: Span) -> dict[str, Any]:
    written: dict[str, Any] = {names.FORMAT: names.FORMAT_NUMBER}
    for column in names.COLUMN_NAMES:
        if (value := getattr(span, column)) is not None:
            written[column_name(column, span.kind)] = [value] if column == "finish_reason" else value
    if span.ttft_ms is not None:
        written[names.TIME_TO_FIRST_CHUNK] = span.ttft_ms / 1_000
    return written


def _read_columns(span: Span, wire: WireSpan) -> None:
    attributes = span.attributes
    for column in names.COLUMN_NAMES:
        name = column_name(column, span.kind)
        if column != "kind" and name in attributes:
            value = typed(column, attributes.pop(name))
            if value is None:
                raise Malformed(f"{name} does not hold what it should")
            setattr(span, column, value)
    if span.ttft_ms is not None:
        attributes.pop(names.TIME_TO_FIRST_CHUNK, None)
    resource = wire.origin.resource
    service = text_of(resource.get(names.SERVICE))
    span.service = _text(attributes, SERVICE) if SERVICE in attributes else None if service == OURS else service
    span.host = text_of(resource.get(names.HOST))
    span.pid = typed("pid", resource.get(names.PID))


def _length(span: Span, written: dict[str, Any]) -> int:
    """Nanoseconds from start to end; what they cannot tell exactly is written besides."""
    if span.duration_ms is None:
        written[UNENDED] = True
        return 0
    length_ns = round(span.duration_ms * 1e6) if 0 <= span.duration_ms < 1e12 else 0
    if length_ns / 1e6 != span.duration_ms:
        written[DURATION] = span.duration_ms
    return length_ns


def _id(span: Span, field: str, digits: int, written: dict[str, Any]) -> str:
    """The id as OTLP wants it; another one, and the true one besides, where it is not of that form."""
    value: str = getattr(span, field)
    if is_id(value, digits):
        return value
    written[IDS[field]] = value
    return sha256(value.encode()).hexdigest()[:digits]


def _origin(span: Span, rest: dict[str, Any], written: dict[str, Any], met: dict[str, Origin]) -> Origin:
    columns = {names.SERVICE: span.service or OURS, names.HOST: span.host, names.PID: span.pid}
    if span.service in (OURS, ""):
        written[SERVICE] = span.service
    if span.project is not None:
        columns[names.PROJECT] = span.project
    origin = origin_of(rest, {name: value for name, value in columns.items() if value is not None})
    return met.setdefault(repr(origin), origin)


def _write_status(span: Span, wire: WireSpan) -> None:
    if span.status not in ("ok", "error"):
        wire.attributes[STATUS] = span.status
    if wire.status == ERROR and span.error_message:
        wire.status_message = span.error_message
    elif span.error_message is not None:
        wire.attributes[MESSAGE] = span.error_message


def _write_payloads(span: Span, written: dict[str, Any]) -> None:
    standard = []
    for role, content in span.payloads.items():
        if role not in names.VALUE:
            written[names.PAYLOAD + role] = dumps(content)
            continue
        standard.append(role)
        if span.kind == "tool":
            written[names.TOOL_CALL[role]] = dumps(content)
        elif span.kind == "llm" and (parts := parts_of(content)) is not None:
            written[names.MESSAGES[role]] = dumps(parts)
        else:
            is_text = isinstance(content, str)
            written[names.VALUE[role]] = content if is_text else dumps(content)
            written[names.MIME_TYPE[role]] = "text/plain" if is_text else "application/json"
            if span.kind == "llm" and (parts := parts_of(_messages_in(content))) is not None:
                written[names.MESSAGES[role]] = dumps(parts)
    if standard:
        written[names.PAYLOADS] = standard


def _messages_in(content: Any) -> Any:
    """The messages in what our own calls keep of a question or an answer: for collectors, which know these."""
    if isinstance(content, dict) and isinstance(text := content.get("text"), str):
        return [{"role": "assistant", "content": text}]
    return content.get("messages") if isinstance(content, dict) else None


def _read_payloads(attributes: dict[str, Any], kind: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for role in attributes.pop(names.PAYLOADS, ()):
        if kind == "tool":
            found[role] = json.loads(attributes.pop(names.TOOL_CALL[role]))
        elif kind == "llm" and names.VALUE[role] not in attributes:
            found[role] = messages_of(json.loads(attributes.pop(names.MESSAGES[role])))
        else:
            text, mime = attributes.pop(names.VALUE[role]), attributes.pop(names.MIME_TYPE[role])
            attributes.pop(names.MESSAGES[role], None)
            found[role] = text if mime == "text/plain" else json.loads(text)
    for name in [name for name in attributes if name.startswith(names.PAYLOAD)]:
        found[name[len(names.PAYLOAD) :]] = json.loads(attributes.pop(name))
    return found


def _moment(attributes: dict[str, Any], wire: WireSpan) -> datetime:
    moment = datetime.fromisoformat(attributes.pop(STARTED)) if STARTED in attributes else at(wire.start_ns)
    if moment.tzinfo:
        raise Malformed(f"{STARTED} has a zone")
    return moment


def _needed(attributes: dict[str, Any], name: str, other: str) -> str:
    """The text under that name, else the other."""
    if name not in attributes:
        return other
    if (text := text_of(attributes.pop(name))) is None:
        raise Malformed(f"{name} is no text")
    return text


def _text(attributes: dict[str, Any], name: str) -> str | None:
    return text_of(attributes.pop(name, None))
