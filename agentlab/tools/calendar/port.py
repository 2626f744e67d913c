"""What the tools ask of a calendar, whoever keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from agentlab.tools.calendar.moments import When
from agentlab.tools.mail.address import Address
from agentlab.types import JSON, Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An event that is to be made."""

    title: str
    when: When
    location: str = ""
    attendees: Sequence[Address] = ()
    repeat: str = ""
    """A rule of RFC 5545, without ``RRULE:``; empty for once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What an update changes; None for what stays. Start and end are as the caller wrote them."""

    title: str | None = None
    start: str | None = None
    end: str | None = None
    location: str | None = None
    attendees: Sequence[Address] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a change came to, and what taking it back needs."""

    data: JSON
    undo: JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One event, or one occurrence of a series, as it is listed."""

    id: str
    title: str
    when: When
    location: str = ""
    attendees: tuple[str, ...] = ()
    repeats: str = ""
    """The rule of its series; empty for a single event."""
    note: str = ""

    @property
    def data(self) -> JSON:
        """As a tool gives it back."""
        return {
            "id": self.id,
            "title": self.title,
            **self.when.shown,
            "location": self.location,
            "attendees": list(self.attendees),
            "repeats": self.repeats,
        } | ({"note": self.note} if self.note else {})


class Calendar(Protocol):
    """Keeps events. All of it raises ``ToolFailed``."""

    @property
    def failures(self) -> tuple[Failure, ...]: ...

    @property
    def backend(self) -> str: ...

    def create(self, draft: Draft, key: str) -> Outcome:
        """A new event; the same non-empty ``key`` makes it once."""
        ...

    def between(self, first: date, last: date, zone: str) -> list[Seen]:
        """The events that touch these days of the zone, occurrences one by one, by their start."""
        ...

    def update(self, event: str, on: date | None, changes: Changes, key: str) -> Outcome:
        """Change an event, found by id or title; of a series the occurrence ``on`` that day, or all."""
        ...

    def delete(self, event: str, on: date | None, key: str) -> Outcome:
        """Take an event out, found likewise."""
        ...

    def take_back(self, undo: JSON) -> JSON:
        """Take a change back, unless the event was changed since; twice is once."""
        ...
