"""Time a piece of work and record it: ``with span(recorder, scope, "http.get", kind="tool") as it: …``."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from agentlab.types import Event, Kind, Recorder, Scope, Span

HOST = socket.gethostname()
_CURRENT: ContextVar[Scope | None] = ContextVar("agentlab_scope", default=None)


def utc_now() -> datetime:
    """The time as the store keeps it: UTC, without zone."""
    return datetime.now(UTC).replace(tzinfo=None)


def begin(scope: Scope, name: str, *, kind: Kind, span_id: str | None = None, **columns: Any) -> Span:
    """A span that starts now. ``span_id`` is given where several processes must agree on it."""
    return Span(
        trace_id=scope.trace_id,
        span_id=span_id or os.urandom(8).hex(),
        parent_span_id=scope.parent_span_id,
        run_id=scope.run_id,
        step=columns.pop("step", scope.step),
        name=name,
        kind=kind,
        started_at=utc_now(),
        pid=os.getpid(),
        host=HOST,
        **columns,
    )


class Abandoned(BaseException):
    """Another process owns this work now, and records its end; this one stops without a word."""


class Parked(Abandoned):
    """The run can do nothing more until somebody has said something: it leaves its process, and comes back then."""


@contextmanager
def span(
    recorder: Recorder, scope: Scope, name: str, *, kind: Kind, span_id: str | None = None, **columns: Any
) -> Iterator[Span]:
    """Record the start, yield the span to be filled in, record the end, whatever happens in between.

    ``columns`` are fields of ``Span``. An exception marks the span as failed and goes on its way;
    only ``Abandoned`` leaves the end to others. A run that is ``Parked`` is told as waiting, and told anew when it comes back.
    """
    it = begin(scope, name, kind=kind, span_id=span_id, **columns)
    recorder.record(Event(phase="start", span=it))
    token = _CURRENT.set(scope.under(it))
    clock = time.perf_counter()
    try:
        yield it
    except Parked as parked:
        if kind == "run":
            _end(recorder, it, clock, parked)
        raise
    except Abandoned:
        raise
    except BaseException as error:
        _end(recorder, it, clock, error)
        raise
    else:
        _end(recorder, it, clock, None)
    finally:
        _CURRENT.reset(token)


def current_scope() -> Scope | None:
    """Where in a run the caller is, so that what it records itself is found there; None outside of runs."""
    return _CURRENT.get()


def _end(recorder: Recorder, it: Span, clock: float, error: BaseException | None) -> None:
    finish(it, (time.perf_counter() - clock) * 1_000, error)
    recorder.record(Event(phase="end", span=it))


def finish(it: Span, duration_ms: float, error: BaseException | None) -> None:
    """Fill in how long a span took, in milliseconds, and how it ended."""
    it.duration_ms = duration_ms
    if isinstance(error, asyncio.CancelledError | KeyboardInterrupt):
        it.status = "cancelled"
    elif isinstance(error, Parked):
        it.status = "waiting"
    elif error is not None:
        it.status = "error"
        it.error_type = it.error_type or type(error).__name__
        it.error_message = it.error_message or str(error)
    elif it.status == "running":
        it.status = "ok"
