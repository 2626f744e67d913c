"""What the tools of the calendar give back."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from agentlab.tools.data import Data


class Time(Data):
    """From when to when."""

    start: str = Field(description="Local time such as 2026-03-10T15:00, or the first day.")
    end: str = Field(description="Local time, or the last day, included.")
    timezone: str = Field(description="IANA name of the zone; empty for whole days and times without a zone.")
    all_day: bool = Field(description="True for whole days.")


class Event(Time):
    """An event."""

    id: str = Field(description="calendar.update and calendar.delete take it as 'event'.")
    title: str = Field(description="Its title.")
    location: str = Field(description="Room, place or link; may be empty.")
    attendees: list[str] = Field(description="Mail addresses.")
    repeats: str = Field(description="The RRULE of its series; empty for once.")
    note: str = Field(default="", description="Where something is odd about its time; else left out.")


class Updated(Event):
    """An event as it is now."""

    before: Time = Field(description="When it was before.")


class Deleted(Event):
    """An event that is gone."""

    deleted: bool = Field(description="True.")


class Agenda(Data):
    """The events of some days."""

    from_: str = Field(description="First day.")
    to: str = Field(description="Last day, included.")
    timezone: str = Field(description="IANA name of the zone that the times are in.")
    events: list[Event] = Field(description="By their start, 1,000 at most; series as single occurrences.")
    more: int = Field(description="How many were left out.")
    columns: list[str] = Field(description="Headings of 'rows': title, start, end, location.")
    rows: list[list[Any]] = Field(description="The same as a table.")
    text: str = Field(description="The same in words, one line for each event.")
