"""OpenTelemetry in this process: its spans, ours and those of instrumented libraries, are kept the moment they end.

The processor is synchronous: ``span.end()`` returns once the span survives the death of the process. A batch processor would
lose what is in its queue. Start lines are written for spans that take long, so that a crash shows what was being done.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any

from opentelemetry import context as otel_context
from opentelemetry import trace as otel
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace import Span as SdkSpan
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON

from agentlab import trace
from agentlab.store.otlp import foreign, names
from agentlab.store.otlp.foreign import PriceOf
from agentlab.store.otlp.own import column_name
from agentlab.store.otlp.wire import Origin, WireEvent, WireSpan
from agentlab.store.schema import COLUMNS
from agentlab.types import Event, Kind, Note, Scope, Span
from agentlab.types.ids import new_id

LONG = frozenset({"run", "plan", "step", "agent", "llm", "tool", "skill"})
"""Kinds whose start is written down as well."""
_GIVEN = frozenset(COLUMNS) - {
    "trace_id",
    "span_id",
    "parent_span_id",
    "started_at",
    "duration_ms",
    "name",
    "kind",
    "attributes",
}
"""Columns that may be set by name."""
_IDS = RandomIdGenerator()
_SAMPLED = otel.TraceFlags(otel.TraceFlags.SAMPLED)
Record = Callable[[Event], object]


class SpoolProcessor(SpanProcessor):
    """Gives every span that begins or ends to ``record``. Ours bring their columns along, others are mapped by their names."""

    def __init__(self, record: Record, price_of: PriceOf | None = None) -> None:
        self._record = record
        self._price_of = price_of
        self.ours: dict[int, Span] = {}
        """Spans of ``OpenSpan`` that have not ended, by span id."""
        self._origins: dict[tuple[int, object], Origin] = {}
        self.only = True
        """False once spans go elsewhere too, so that they must bear OpenTelemetry's attributes."""

    def on_start(self, span: SdkSpan, parent_context: otel_context.Context | None = None) -> None:
        """Write down that a span has begun; ours have said so themselves."""
        if not span.attributes or span.context is None:
            return
        attributes = _attributes(span)
        kind, operation = foreign.kind_of(attributes)
        if kind in LONG:
            begun = Span(
                trace_id=f"{span.context.trace_id:032x}",
                span_id=f"{span.context.span_id:016x}",
                parent_span_id=f"{span.parent.span_id:016x}" if span.parent else None,
                name=span.name,
                kind=kind,
                operation=operation,
                started_at=trace.utc_now(),
            )
            self._record(Event(phase="start", span=self._placed(begun, span)))

    def on_end(self, span: ReadableSpan) -> None:
        """Keep a span; on return it survives the death of this process."""
        ours = self.ours.pop(span.context.span_id, None) if span.context else None
        self._record(Event(phase="end", span=ours or self._foreign(span)))

    def current(self) -> Span | None:
        """The innermost open span of ours around the caller."""
        return self.ours.get(otel.get_current_span().get_span_context().span_id)

    def _foreign(self, span: ReadableSpan) -> Span:
        return self._placed(foreign.span_of(_wire_of(span, self._origin_of(span)), self._price_of), span)

    def _placed(self, found: Span, span: ReadableSpan) -> Span:
        """The row of a span of others, in the run and on the machine it belongs to."""
        if parent := self.ours.get(span.parent.span_id) if span.parent else None:
            found.run_id, found.step, found.project = parent.run_id, parent.step, found.project or parent.project
        found.run_id, found.host, found.pid = found.run_id or found.trace_id, found.host or trace.HOST, os.getpid()
        found.service = None  # it is this program
        return found

    def _origin_of(self, span: ReadableSpan) -> Origin:
        scope = span.instrumentation_scope
        key = (id(span.resource), scope)
        if key not in self._origins:
            name, version = (scope.name, scope.version or "") if scope else ("", "")
            self._origins[key] = Origin(dict(span.resource.attributes), name, version)
        return self._origins[key]


def provider(processor: SpoolProcessor) -> TracerProvider:
    """A tracer provider that keeps all spans, whatever the environment says about sampling."""
    made = _Provider(sampler=ALWAYS_ON, resource=Resource.create(), shutdown_on_exit=False)
    made.add_span_processor(processor)
    made.spool = processor
    return made


class _Provider(TracerProvider):
    spool: SpoolProcessor | None = None

    def add_span_processor(self, span_processor: SpanProcessor) -> None:
        if self.spool:
            self.spool.only = False
        super().add_span_processor(span_processor)


class OpenSpan:
    """A span while it is open: ``with lab.span("rank", kind="tool") as span: …``. On leaving the block it is kept.

    Columns of ``spans`` are set by their names, everything else becomes an attribute. An exception marks the span as failed
    and goes on its way. Without other processors beside ours, a span of this kind needs of OpenTelemetry its ids and its
    place in the context only, not the SDK's record of it, which would cost more than all the rest.
    """

    __slots__ = ("_clock", "_otel", "_processor", "_record", "_token", "_tracer", "span")

    def __init__(
        self,
        tracer: otel.Tracer,
        processor: SpoolProcessor,
        record: Record,
        name: str,
        kind: Kind,
        values: dict[str, Any],
    ) -> None:
        self._tracer = tracer
        self._processor = processor
        self._record = record
        self.span = Span(
            trace_id="", span_id="", name=name, kind=kind, started_at=trace.utc_now(), host=trace.HOST, pid=os.getpid()
        )
        """The row as far as it is known."""
        self.set(**values)

    def set(self, **values: Any) -> OpenSpan:
        """Set columns (``model="…"``, ``output_tokens=12``, ``cost_usd=0.01``) and attributes; ``input`` and ``output`` are
        kept whole, as payloads."""
        for name, value in values.items():
            if name in _GIVEN:
                setattr(self.span, name, value)
            elif name in ("input", "output"):
                self.span.payloads[name] = value
            else:
                self.span.attributes[name] = value
        return self

    def event(self, name: str, text: str | None = None, **attributes: Any) -> None:
        """Note that something happened now."""
        self.span.notes.append(
            Note(
                note_id=new_id("note"),
                kind="event",
                recorded_at=trace.utc_now(),
                name=name,
                text=text,
                attributes=attributes,
            )
        )

    def __enter__(self) -> OpenSpan:
        parent = otel.get_current_span().get_span_context()
        scope = None if parent.is_valid else trace.current_scope()
        if self._processor.only:
            over = (
                parent.trace_id if parent.is_valid else int(scope.trace_id, 16) if scope else _IDS.generate_trace_id()
            )
            self._otel: otel.Span = otel.NonRecordingSpan(
                otel.SpanContext(over, _IDS.generate_span_id(), False, _SAMPLED)
            )
        else:
            at = otel.set_span_in_context(_remote(scope)) if scope else None
            self._otel = self._tracer.start_span(self.span.name, context=at)
        context = self._otel.get_span_context()
        span = self.span
        span.trace_id, span.span_id = f"{context.trace_id:032x}", f"{context.span_id:016x}"
        self._inherit(parent, scope)
        self._processor.ours[context.span_id] = span
        self._token = otel_context.attach(otel.set_span_in_context(self._otel))
        if span.kind in LONG:
            self._record(Event(phase="start", span=span))
        self._clock = time.perf_counter()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        trace.finish(self.span, (time.perf_counter() - self._clock) * 1_000, error)
        otel_context.detach(self._token)
        if isinstance(self._otel, otel.NonRecordingSpan):
            del self._processor.ours[self._otel.get_span_context().span_id]
            self._record(Event(phase="end", span=self.span))
        else:
            self._tell_others(error)
            self._otel.end()

    def _inherit(self, parent: otel.SpanContext, scope: Scope | None) -> None:
        """Whose child it is, and of which run: of a trace that no run began, the trace is the run."""
        span, over = self.span, self._processor.ours.get(parent.span_id) if parent.is_valid else None
        if over:
            span.parent_span_id = over.span_id
            span.run_id, span.step = span.run_id or over.run_id, span.step or over.step
            span.conversation_id, span.project = (
                span.conversation_id or over.conversation_id,
                span.project or over.project,
            )
        elif parent.is_valid:
            span.parent_span_id = f"{parent.span_id:016x}"
        elif scope:
            span.parent_span_id, span.run_id, span.step = scope.parent_span_id, scope.run_id, span.step or scope.step
        span.run_id = span.run_id or span.trace_id

    def _tell_others(self, error: BaseException | None) -> None:
        """What other processors find on the span: OpenTelemetry's names of the columns, and the attributes as they are."""
        span = self.span
        columns = {column_name(column, span.kind): getattr(span, column) for column in names.COLUMN_NAMES}
        told = {name: value for name, value in {**columns, **span.attributes}.items() if value is not None}
        self._otel.set_attributes(told)
        if error is not None:
            self._otel.record_exception(error)
            self._otel.set_status(otel.StatusCode.ERROR, span.error_message)


def _remote(scope: Scope) -> otel.Span:
    """The span of a run of ours, which OpenTelemetry did not make, as a parent."""
    over = int(scope.parent_span_id or "1", 16)
    context = otel.SpanContext(int(scope.trace_id, 16), over, is_remote=False, trace_flags=otel.TraceFlags(1))
    return otel.NonRecordingSpan(context)


def _wire_of(span: ReadableSpan, origin: Origin) -> WireSpan:
    """A span of the SDK in OTLP's terms."""
    context = span.context
    assert context is not None  # noqa: S101 - the SDK makes no span without one
    start = span.start_time or time.time_ns()
    return WireSpan(
        trace_id=f"{context.trace_id:032x}",
        span_id=f"{context.span_id:016x}",
        parent_span_id=f"{span.parent.span_id:016x}" if span.parent else "",
        name=span.name,
        start_ns=start,
        end_ns=span.end_time or start,
        origin=origin,
        kind=span.kind.value + 1,
        attributes=_attributes(span),
        events=[WireEvent(event.name, event.timestamp, _attributes(event)) for event in span.events],
        status=span.status.status_code.value,
        status_message=span.status.description or "",
    )


def _attributes(holder: Any) -> dict[str, Any]:
    """The attributes of a span or event of the SDK; its own way to copy them is ten times as fast as going through them."""
    held = holder.attributes
    found: dict[str, Any] = held.copy() if hasattr(held, "copy") else dict(held or {})
    for name, value in found.items():
        if type(value) is tuple:
            found[name] = list(value)
    return found
