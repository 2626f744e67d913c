"""One OTLP request, whatever its form: what came in as spans and notes of ours, and what goes out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from agentlab.errors import OtlpInvalid
from agentlab.store.otlp import foreign, jsonform, names, own, protobuf
from agentlab.store.otlp.foreign import PriceOf
from agentlab.store.otlp.origin import is_id
from agentlab.store.otlp.wire import Malformed, Origin, WireSpan
from agentlab.types import Note, Span

Form = Literal["protobuf", "json"]


@dataclass(slots=True)
class Received:
    """What a request held."""

    spans: list[Span] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    """Notes about what has no span in the request."""
    refused: list[str] = field(default_factory=list)
    """Why each of the other spans cannot be kept."""


def read(data: bytes, form: Form, price_of: PriceOf | None = None) -> Received:
    """Everything in the request. Raises ``OtlpInvalid`` where it is no request; single bad spans are refused only."""
    try:
        wires, refused = protobuf.parse(data) if form == "protobuf" else jsonform.parse(data)
    except Malformed as error:
        raise OtlpInvalid(
            f"The request cannot be read: {error}.",
            hint="Send an ExportTraceServiceRequest, as every OpenTelemetry exporter for HTTP does; "
            "docs/how-to/log-other-frameworks.md shows how.",
        ) from error
    found = Received(refused=refused)
    for wire in wires:
        try:
            _keep(found, wire, price_of)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            why = error if isinstance(error, Malformed) else f"it cannot be read ({type(error).__name__}: {error})"
            found.refused.append(f"Span {wire.span_id!r}: {why}.")
    return found


def write(spans: Iterable[Span], form: Form) -> bytes:
    """A request that ``read`` reads back exactly; without a line's end in JSON."""
    origins: dict[str, Origin] = {}
    return render((own.wire_of(span, origins) for span in spans), form)


def render(wires: Iterable[WireSpan], form: Form) -> bytes:
    """A request with these spans."""
    return protobuf.render(wires) if form == "protobuf" else jsonform.render(wires)


def _keep(found: Received, wire: WireSpan, price_of: PriceOf | None) -> None:
    if not is_id(wire.trace_id, 32):
        raise Malformed(f"its trace id {wire.trace_id!r} is not 32 hex digits, or all of them are 0")
    if not is_id(wire.span_id, 16):
        raise Malformed("its span id is not 16 hex digits, or all of them are 0")
    if wire.parent_span_id and not is_id(wire.parent_span_id, 16):
        if wire.parent_span_id.strip("0"):
            raise Malformed(f"its parent's id {wire.parent_span_id!r} is not 16 hex digits")
        wire.parent_span_id = ""
    span = own.span_of(wire) if names.FORMAT in wire.attributes else foreign.span_of(wire, price_of)
    if isinstance(span, Span):
        found.spans.append(span)
    else:
        found.notes += span
