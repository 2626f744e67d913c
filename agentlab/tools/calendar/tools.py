"""The tools of the calendar."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from agentlab.tools.calendar.failures import CREATE, DELETE, LIST, UPDATE
from agentlab.tools.calendar.file import CalendarFile
from agentlab.tools.calendar.ics import IcsCalendar
from agentlab.tools.calendar.moments import local_zone, read_day, read_when, read_zone
from agentlab.tools.calendar.port import Calendar, Changes, Draft, Outcome, Seen
from agentlab.tools.calendar.repeat import read_repeat
from agentlab.tools.calendar.results import Agenda, Deleted, Event, Updated
from agentlab.tools.data import Data
from agentlab.tools.failure import ToolFailed
from agentlab.tools.failures import all_of, without
from agentlab.tools.function import FunctionTool, tool
from agentlab.tools.mail.address import read_addresses
from agentlab.types import JSON, Failure, ToolContext, ToolResult

if TYPE_CHECKING:
    from agentlab.settings import Settings

Maker = Callable[..., Callable[[Callable[..., Any]], FunctionTool]]
LONGEST_DAYS = 1_100
MOST_EVENTS = 1_000

Moment = Annotated[str, Field(description="Local time such as 2026-03-10T15:00, or a day such as 2026-03-10.")]
Named = Annotated[str, Field(description="The event: its id, or its title where one event has it.", min_length=1)]
OnDay = Annotated[
    str | None, Field(description="Day of the event (2026-03-10), where several have its title or it repeats.")
]
Attendees = Annotated[list[str] | None, Field(description="E-mail addresses of those to invite.")]


def calendar_tools(settings: Settings, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> list[FunctionTool]:
    """The tools of the calendar as ``settings`` say: on Google's, or on the file in the home."""
    zone = settings.timezone or local_zone()
    if settings.calendar == "google":
        from agentlab.tools.calendar.google import GoogleCalendar
        from agentlab.tools.calendar.google_api import GoogleApi, google_calendar

        api = GoogleApi(settings.google_calendar, google_calendar(settings.google_credentials))
        return tools_of(GoogleCalendar(api=api, notes=settings.home, zone=zone, now=now), zone, now)
    return tools_of(IcsCalendar(file=CalendarFile(settings.calendar_file), zone=zone, now=now), zone, now)


def tools_of(calendar: Calendar, zone: str, now: Callable[[], datetime]) -> list[FunctionTool]:
    """The tools on one calendar, in one zone."""

    async def take_back(undo: JSON, context: ToolContext) -> JSON:
        return await asyncio.to_thread(calendar.take_back, undo)

    def calendar_tool(
        name: str, returns: type[Data], failures: tuple[Failure, ...], changes: bool = True, **more: Any
    ) -> Callable[[Callable[..., Any]], FunctionTool]:
        return tool(
            name=name,
            changes_world=changes,
            undo=take_back if changes else None,
            reaches="the calendar",
            backend=calendar.backend,
            failures=all_of(failures, calendar.failures if changes else without(calendar.failures, "busy")),
            returns=returns,
            per_minute=60,
            **more,
        )

    list_ = calendar_tool("calendar.list", Agenda, LIST, changes=False)(_list_function(calendar, zone, now))
    create = calendar_tool("calendar.create", Event, CREATE)(_create_function(calendar, zone))
    return [create, list_, *_changing_tools(calendar, calendar_tool)]


def _create_function(calendar: Calendar, zone: str) -> Callable[..., Any]:
    async def create(
        title: Annotated[str, Field(description="Title of the event.", min_length=1)],
        start: Moment,
        end: Annotated[str | None, Field(description="Local time or last day; else one hour, or the day.")] = None,
        location: Annotated[str | None, Field(description="Room, place or link.")] = None,
        attendees: Attendees = None,
        timezone: Annotated[
            str | None, Field(description="IANA name such as Europe/Berlin; else the local zone.")
        ] = None,
        repeat: Annotated[
            str | None,
            Field(
                description="daily, weekly on monday, monthly, yearly, with 'until 2026-12-31' or '10 times'; or an RRULE."
            ),
        ] = None,
        *,
        context: ToolContext,
    ) -> ToolResult:
        """Put an event into the calendar."""
        when = read_when(start, end, timezone or zone)
        draft = Draft(
            title=title,
            when=when,
            location=location or "",
            attendees=read_addresses(attendees or []),
            repeat=read_repeat(repeat, when) if repeat else "",
        )
        return _result(await asyncio.to_thread(calendar.create, draft, context.idempotency_key))

    return create


def _changing_tools(calendar: Calendar, calendar_tool: Maker) -> list[FunctionTool]:
    # Which event, when and who is invited is for people to say; a title is read, and does nothing. A place may be a link.
    @calendar_tool("calendar.update", Updated, UPDATE, asks=True, open_args=("title",))
    async def update(
        event: Named,
        on: OnDay = None,
        title: Annotated[str | None, Field(description="New title.", min_length=1)] = None,
        start: Annotated[
            str | None,
            Field(description="New start: 2026-03-10T15:00; a day alone keeps the time, a time alone (15:00) the day."),
        ] = None,
        end: Annotated[
            str | None, Field(description="New end, written alike; else the event keeps its length.")
        ] = None,
        location: Annotated[str | None, Field(description="New room, place or link.")] = None,
        attendees: Annotated[list[str] | None, Field(description="E-mail addresses to invite as well.")] = None,
        *,
        context: ToolContext,
    ) -> ToolResult:
        """Move or change an event of the calendar; what is not given stays."""
        invited = read_addresses(attendees or [])
        changes = Changes(title=title, start=start, end=end, location=location, attendees=invited)
        day = read_day(on) if on else None
        return _result(await asyncio.to_thread(calendar.update, event, day, changes, context.idempotency_key))

    @calendar_tool("calendar.delete", Deleted, DELETE, asks=True)
    async def delete(event: Named, on: OnDay = None, *, context: ToolContext) -> ToolResult:
        """Take an event out of the calendar."""
        day = read_day(on) if on else None
        return _result(await asyncio.to_thread(calendar.delete, event, day, context.idempotency_key))

    return [update, delete]


def _list_function(calendar: Calendar, zone: str, now: Callable[[], datetime]) -> Callable[..., Any]:
    async def list_(
        from_: Annotated[str | None, Field(description="First day, such as 2026-03-10; else today.")] = None,
        to: Annotated[str | None, Field(description="Last day, included; else six days after the first.")] = None,
        *,
        context: ToolContext,
    ) -> ToolResult:
        """List the events of the calendar between two days."""
        first = read_day(from_) if from_ else now().astimezone(read_zone(zone)).date()
        last = read_day(to) if to else first + timedelta(days=6)
        if not timedelta() <= last - first <= timedelta(days=LONGEST_DAYS):
            raise ToolFailed("invalid_time", f"From {first} to {last} is no stretch of 1 to {LONGEST_DAYS + 1:,} days.")
        return _listed(await asyncio.to_thread(calendar.between, first, last, zone), first, last, zone)

    return list_


def _listed(found: list[Seen], first: date, last: date, zone: str) -> ToolResult:
    events = found[:MOST_EVENTS]
    rows = [[one.title, *(str(one.when.shown[name]) for name in ("start", "end")), one.location] for one in events]
    data: JSON = {
        "from": str(first),
        "to": str(last),
        "timezone": zone,
        "events": [one.data for one in events],
        "more": len(found) - len(events),
        "columns": ["title", "start", "end", "location"],
        "rows": rows,
        "text": "\n".join(_line(one) for one in events) or "No events.",
    }
    return ToolResult(data=data, untrusted=True)


def _line(one: Seen) -> str:
    """``- 2026-03-10 15:00 to 16:00: Title``, as short as the days allow."""
    start, end = str(one.when.shown["start"]).replace("T", " "), str(one.when.shown["end"]).replace("T", " ")
    same_day = start[:10] == end[:10]
    until = "" if start == end else f" to {end[11:] if same_day and len(end) > 10 else end}"
    return f"- {start}{until}: {' '.join(one.title.split())}" + (f" ({one.note})" if one.note else "")


def _result(outcome: Outcome) -> ToolResult:
    return ToolResult(data=outcome.data, undo=outcome.undo)
