"""Spans of others: what their attributes mean in our columns. What has no column stays in ``attributes`` as it came."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from agentlab.store.otlp import messages, names
from agentlab.store.otlp.notes import note_of
from agentlab.store.otlp.origin import attributes_of_origin, attributes_of_span
from agentlab.store.otlp.values import KINDS, at, real_of, text_of, typed
from agentlab.store.otlp.wire import ERROR, WireEvent, WireSpan
from agentlab.types import Span, Usage
from agentlab.types.span import Kind


class Price(Protocol):
    """What a call cost, and by which price list."""

    @property
    def usd(self) -> Decimal: ...
    @property
    def version(self) -> str: ...


PriceOf = Callable[[str | None, str, Usage, datetime], Price | None]
"""The price of a call from its provider, its model, its tokens and its time (UTC); None where it is unknown."""


def span_of(wire: WireSpan, price_of: PriceOf | None = None) -> Span:
    """The span as a row of ours, with its payloads and notes."""
    attributes = wire.attributes
    kind, operation = kind_of(attributes)
    span = Span(
        trace_id=wire.trace_id,
        span_id=wire.span_id,
        parent_span_id=wire.parent_span_id or None,
        run_id=wire.trace_id,
        name=wire.name,
        kind=kind,
        operation=operation,
        started_at=at(wire.start_ns),
        duration_ms=(wire.end_ns - wire.start_ns) / 1e6 if wire.end_ns >= wire.start_ns else None,
        status="error" if wire.status == ERROR else "ok",
        attributes=attributes,
    )
    _fill_columns(span)
    _fill_origin(span, wire)
    _fill_models(span)
    span.payloads = messages.take(attributes, kind)
    if wire.status == ERROR:
        _fill_error(span, wire)
    if wire.events:
        _fill_events(span, wire.events, wire.start_ns)
    if kind == "llm":
        _fill_cost(span, price_of)
    elif kind == "tool" and span.tool is None:
        span.tool = text_of(attributes.get(names.TRACELOOP_NAME)) or span.name or None
    elif kind == "agent" and span.agent is None:
        span.agent = text_of(attributes.get(names.TRACELOOP_NAME))
    attributes |= attributes_of_span(wire, kind, span.status) | attributes_of_origin(wire.origin)
    return span


def kind_of(attributes: dict[str, Any]) -> tuple[Kind, str | None]:
    """Kind and operation, by whichever of the conventions the attributes follow."""
    operation = text_of(attributes.get("gen_ai.operation.name"))
    kind = attributes.get(names.COLUMN_NAMES["kind"])
    if isinstance(kind, str) and kind in KINDS:
        del attributes[names.COLUMN_NAMES["kind"]]
        return KINDS[kind], operation
    for name, table in (
        (names.OPENINFERENCE_KIND, names.OPENINFERENCE_KINDS),
        (names.TRACELOOP_KIND, names.TRACELOOP_KINDS),
        (names.REQUEST_TYPE, names.REQUEST_TYPES),
    ):
        value = attributes.get(name)
        if isinstance(value, str) and (known := table.get(value) or table.get(value.upper())):
            return known[0], operation or known[1]
    if operation is not None:
        return names.OPERATION_KINDS.get(operation, "other"), operation
    if "gen_ai.request.model" in attributes and "gen_ai.usage.input_tokens" in attributes:
        return "llm", "chat"
    return "other", None


def _fill_columns(span: Span) -> None:
    """Move what has a name of its own into its column, and copy what is known under another name."""
    attributes, llm = span.attributes, span.kind == "llm"
    for column, name in _OWN_NAMES:
        if name in attributes and (llm or column not in names.TOKEN_COLUMNS):
            value = typed(column, attributes[name])
            if value is not None:
                setattr(span, column, value)
                del attributes[name]
    for name in sorted(attributes.keys() & _OTHER_NAMES.keys(), key=_RANK.__getitem__):
        column = _OTHER_NAMES[name]
        if getattr(span, column) is None and (llm or column not in _OF_CALLS):
            value = typed(column, attributes[name])
            setattr(span, column, value.lower() if column == "provider" and value else value)
    if (seconds := real_of(attributes.get(names.TIME_TO_FIRST_CHUNK))) is not None and span.ttft_ms is None:
        span.ttft_ms = seconds * 1_000
        del attributes[names.TIME_TO_FIRST_CHUNK]


def _fill_origin(span: Span, wire: WireSpan) -> None:
    resource = wire.origin.resource
    span.service = text_of(resource.get(names.SERVICE)) or "unknown_service"
    span.host = text_of(resource.get(names.HOST))
    span.pid = typed("pid", resource.get(names.PID))
    if span.project is None:
        named = "" if span.service.startswith("unknown_service") else span.service
        span.project = text_of(resource.get(names.PROJECT)) or named or None


def _fill_models(span: Span) -> None:
    """OpenInference names one model: the one that answered where the parameters name another, else the one asked for."""
    attributes = span.attributes
    for name in names.INVOCATION_PARAMETERS:
        if span.model is None and name in attributes:
            parameters = messages.loads(attributes[name])
            span.model = text_of(parameters.get("model")) if isinstance(parameters, dict) else None
    if (model := text_of(attributes.get(names.MODEL_NAME))) is not None:
        if span.model is None:
            span.model = model
        elif span.response_model is None:
            span.response_model = model


def _fill_error(span: Span, wire: WireSpan) -> None:
    span.error_message = wire.status_message or None
    for event in wire.events:
        if event.name == "exception":
            span.error_type = span.error_type or text_of(event.attributes.get("exception.type"))
            span.error_message = span.error_message or text_of(event.attributes.get("exception.message"))


def _fill_events(span: Span, events: list[WireEvent], start_ns: int) -> None:
    span.notes = [note_of(event, span, number) for number, event in enumerate(events)]
    if span.kind == "llm" and span.ttft_ms is None:
        first = next((event.time_ns for event in events if event.name in names.FIRST_TOKEN_EVENTS), None)
        span.ttft_ms = None if first is None else max(0, first - start_ns) / 1e6


def _fill_cost(span: Span, price_of: PriceOf | None) -> None:
    """Tokens first: where the cached ones are more than all of the prompt, the sender left them out of it."""
    cached = (span.cache_read_tokens or 0) + (span.cache_write_tokens or 0)
    if span.input_tokens is not None and cached > span.input_tokens:
        span.attributes["agentlab.input_tokens_as_sent"] = span.input_tokens
        span.input_tokens += cached
    model = span.response_model or span.model
    if span.cost_usd is not None or price_of is None or model is None or span.input_tokens is None:
        return
    usage = Usage(
        input_tokens=span.input_tokens,
        output_tokens=span.output_tokens,
        cache_read_tokens=span.cache_read_tokens,
        cache_write_tokens=span.cache_write_tokens,
        reasoning_tokens=span.reasoning_tokens,
    )
    price = price_of(span.provider, model, usage, span.started_at)
    if price is None and span.response_model and span.model:
        price = price_of(span.provider, span.model, usage, span.started_at)
    if price is not None:
        span.cost_usd, span.price_version = float(price.usd), price.version


_OF_CALLS = frozenset({*names.TOKEN_COLUMNS, "cost_usd", "finish_reason"})
"""Columns that only the call itself fills: above it, others write sums."""
_OWN_NAMES = tuple((column, name) for column, name in names.COLUMN_NAMES.items() if column != "kind")
_OTHER_NAMES = {name: column for column, others in names.ALSO_READ.items() for name in others}
_RANK = {name: rank for rank, name in enumerate(_OTHER_NAMES)}
