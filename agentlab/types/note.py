"""A Note is something said about a run or a span at one moment: an event inside it, a score, a record, a forecast.

The fields of ``Note`` are the columns of the view ``notes``, in this order, under these names. Notes are never changed:
a newer one about the same thing by the same author counts instead.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

NoteKind = Literal["event", "score", "record", "forecast", "plan_score", "pattern", "loss"]
Source = Literal["person", "code", "model"]


@dataclass(slots=True, kw_only=True)
class Note:
    """One thing said, by whom and when."""

    note_id: str
    """Unique; ids made later sort after those made before."""
    kind: NoteKind
    recorded_at: datetime
    """UTC, without zone, to the microsecond."""
    run_id: str | None = None
    trace_id: str | None = None
    span_id: str | None = None
    """The span it is about; None where it is about the whole run, or about none."""
    project: str | None = None
    name: str = ""
    """What is said something about: ``helpful``, ``faithfulness``, the name of an event."""
    value: float | None = None
    """A number, where one is said."""
    label: str | None = None
    """A word, where one is said, such as ``good``."""
    text: str | None = None
    """The reasons, in words."""
    source: Source = "code"
    author: str | None = None
    """Who says so: a person's name, a function, a model."""
    attributes: dict[str, Any] = field(default_factory=dict)
    """Everything else, as JSON."""


@dataclass(slots=True, kw_only=True)
class Payload:
    """One large text of a span. The fields are the columns of the view ``payloads``."""

    span_id: str
    trace_id: str | None = None
    run_id: str | None = None
    project: str | None = None
    role: str
    """What it is to the span: ``input``, ``output``, …"""
    recorded_at: datetime
    """UTC, without zone: the start of the span."""
    bytes: int
    """Length of the content as JSON, in bytes, after redaction."""
    sha256: str | None = None
    """Where the content lies apart as a blob: its hash, 64 hex digits."""
    content: Any = None
    """The content as JSON; None where it lies apart."""
