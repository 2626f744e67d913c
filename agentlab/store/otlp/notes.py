"""Notes are events of a span in OTLP. Ours come back as they were; those of others become notes of the kind ``event``."""

from __future__ import annotations

import json
from datetime import datetime
from hashlib import blake2b
from typing import Any, get_args

from agentlab.store.otlp import names
from agentlab.store.otlp.messages import dumps
from agentlab.store.otlp.origin import expressible
from agentlab.store.otlp.values import at, ns_of, real_of, text_of
from agentlab.store.otlp.wire import Malformed, WireEvent
from agentlab.types import Note, NoteKind, Source, Span
from agentlab.types.ids import id_at

OWN = "agentlab.note."
"""Before the name of each field of a note that an event has no place for."""
_ID, _AT, _REST, _DROPPED = OWN + "note_id", OWN + "at", OWN + "attributes", "otel.dropped_attributes_count"
_SHARED = ("run_id", "trace_id", "span_id", "project")
"""Fields that are the span's, where they are not written."""
_USUAL = {"kind": "event", "value": None, "label": None, "text": None, "source": "code", "author": None}
"""Fields that are not written where they have this value."""
_KINDS, _SOURCES = get_args(NoteKind), get_args(Source)


def event_of(note: Note, span: Span) -> WireEvent:
    """The note as an event of ``span``; a score as OpenTelemetry writes one."""
    attributes: dict[str, Any] = {_ID: note.note_id}
    score = names.EVALUATION if note.kind == "score" else {}
    for field in _SHARED:
        if (value := getattr(note, field)) != getattr(span, field):
            attributes[OWN + field] = value
    for field, usual in _USUAL.items():
        if (value := getattr(note, field)) != usual:
            attributes[score.get(field, OWN + field)] = value
    if score:
        attributes[score["name"]] = note.name
    time_ns = ns_of(note.recorded_at)
    if time_ns is None:
        attributes[_AT] = note.recorded_at.isoformat()
    taken = {*attributes, *score.values()}
    kept = {}
    for name, value in note.attributes.items():
        if name in taken or name == _DROPPED or name.startswith(OWN) or not expressible(value):
            kept[name] = value
        else:
            attributes[name] = value
    if kept:
        attributes[_REST] = dumps(kept)
    return WireEvent(names.EVALUATION_EVENT if score else note.name, time_ns or 1_000, attributes)


def note_of(event: WireEvent, span: Span, number: int) -> Note:
    """The event as a note about ``span``, of which it is the event of that number."""
    return _own(event, span) if _ID in event.attributes else _foreign(event, span, number)


def _own(event: WireEvent, span: Span) -> Note:
    attributes = event.attributes
    kind = attributes.get(OWN + "kind", "event")
    score = names.EVALUATION if kind == "score" else {}
    found = {field: attributes.pop(OWN + field, getattr(span, field)) for field in _SHARED}
    found |= {field: attributes.pop(score.get(field, OWN + field), usual) for field, usual in _USUAL.items()}
    found["name"] = attributes.pop(score["name"], None) if score else event.name
    found["note_id"] = attributes.pop(_ID)
    moment = datetime.fromisoformat(attributes.pop(_AT)) if _AT in attributes else at(event.time_ns)
    if not _is_note(found) or moment.tzinfo:
        raise Malformed(f"an event bears the mark {_ID}, and is no note")
    kept = json.loads(attributes.pop(_REST, "{}"))
    return Note(recorded_at=moment, attributes=attributes | kept, **found)


def _is_note(fields: dict[str, Any]) -> bool:
    """Whether each field holds what it should."""
    texts = all(isinstance(value, str | None) for name, value in fields.items() if name != "value")
    number = fields["value"] is None or real_of(fields["value"]) is not None
    needed = fields["note_id"] is not None and fields["name"] is not None
    return texts and number and needed and fields["kind"] in _KINDS and fields["source"] in _SOURCES


def _foreign(event: WireEvent, span: Span, number: int) -> Note:
    """Its id follows from the span and its place there, so that a span that is sent twice tells the same."""
    tail = blake2b(f"{span.trace_id}{span.span_id}{number}".encode(), digest_size=10).digest()
    note = Note(
        note_id=id_at("note", event.time_ns // 1_000_000, tail),
        kind="event",
        recorded_at=at(event.time_ns) if event.time_ns else span.started_at,
        run_id=span.run_id,
        trace_id=span.trace_id,
        span_id=span.span_id,
        project=span.project,
        name=event.name,
        attributes=event.attributes,
    )
    if event.dropped:
        note.attributes[_DROPPED] = event.dropped
    if event.name == names.EVALUATION_EVENT:
        _fill_score(note)
    return note


def _fill_score(note: Note) -> None:
    attributes, found = note.attributes, names.EVALUATION
    if text_of(attributes.get(found["name"])) is not None:
        note.kind, note.name = "score", attributes.pop(found["name"])
        note.value = real_of(attributes.pop(found["value"], None))
        note.label = text_of(attributes.pop(found["label"], None))
        note.text = text_of(attributes.pop(found["text"], None))
