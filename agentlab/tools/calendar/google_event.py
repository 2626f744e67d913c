"""Events as Google has them, and as the tools of the calendar do."""

from __future__ import annotations

from datetime import date, datetime

from agentlab.tools.calendar.moments import When, read_zone
from agentlab.tools.calendar.port import Seen
from agentlab.tools.mail.address import Address
from agentlab.types import JSON

_FIELDS = (
    "summary",
    "location",
    "start",
    "end",
    "attendees",
    "recurrence",
    "description",
    "colorId",
    "reminders",
    "transparency",
)
EMPTY: JSON = {"summary": "", "location": "", "attendees": []}
"""How a field is emptied."""


def seen(item: JSON, zone: str) -> Seen:
    """An event of Google as it is listed; ``zone`` where it names none."""
    return Seen(
        id=str(item["id"]),
        title=str(item.get("summary", "")),
        when=when_of(item, zone),
        location=str(item.get("location", "")),
        attendees=tuple(str(one.get("email", "")) for one in item.get("attendees", [])),
        repeats=rule_of(item) or ("series" if item.get("recurringEventId") else ""),
    )


def when_of(item: JSON, zone: str) -> When:
    """From when to when an event of Google goes; ``zone`` where it names none."""
    start, end = item["start"], item["end"]
    if "date" in start:
        return When(start=date.fromisoformat(start["date"]), end=date.fromisoformat(end["date"]), zone="")
    name = str(start.get("timeZone") or zone)
    where = read_zone(name)
    begins, ends = (datetime.fromisoformat(point["dateTime"]) for point in (start, end))
    begins, ends = (point if point.tzinfo else point.replace(tzinfo=where) for point in (begins, ends))
    return When(start=begins.astimezone(where), end=ends.astimezone(where), zone=name)


def times(when: When) -> JSON:
    """Start and end as Google wants them."""
    if not isinstance(when.start, datetime):
        return {"start": {"date": str(when.start)}, "end": {"date": str(when.end)}}
    return {
        name: {"dateTime": point.isoformat(timespec="seconds"), "timeZone": when.zone}
        for name, point in (("start", when.start), ("end", when.end))
        if isinstance(point, datetime)
    }


def attendee_of(address: Address) -> JSON:
    """An address as Google wants it."""
    return {"email": address.spec} | ({"displayName": address.name} if address.name else {})


def rule_of(item: JSON) -> str:
    """The rule of a series, without ``RRULE:``; empty where it is none."""
    rules = [str(one) for one in item.get("recurrence", []) if str(one).startswith("RRULE:")]
    return rules[0].removeprefix("RRULE:") if rules else ""


def is_as(item: JSON, fields: JSON) -> bool:
    """Whether an event has these fields."""
    return all(item.get(name, EMPTY.get(name)) == value for name, value in fields.items())


def kept(item: JSON) -> JSON:
    """What is kept of an event to restore it."""
    return {name: item[name] for name in _FIELDS if name in item}
