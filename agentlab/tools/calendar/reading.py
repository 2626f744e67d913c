"""Reads events out of a calendar file: occurrences of some days, and times with their zones."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from agentlab.tools.calendar.lines import Block, CalendarText, unescaped
from agentlab.tools.calendar.moments import Point, When, in_gap, later, passed, written
from agentlab.tools.calendar.port import Seen
from agentlab.tools.failure import ToolFailed

_DAY = re.compile(r"^(DTSTART|DTEND|DURATION|RECURRENCE-ID|RDATE|RRULE)([;:][^\r\n]*)", re.M | re.I)
_UNTIL = re.compile(r"UNTIL=(\d{8})", re.I)
_DATE = re.compile(r":(\d{8})")
_DAYS_OF = re.compile(r"^(DT(?:START|END)[^\r\n]*?:)(\d{8})", re.M | re.I)
_ODD_DAYS = timedelta(days=2)
"""No two zones are further apart."""


def components(blocks: Iterable[Block], text: CalendarText) -> list[Any]:
    """The blocks as components of ``icalendar``, in their order; blocks that it cannot read are left out."""
    return [part for part in _calendar(blocks, text).walk("VEVENT") if part.get("DTSTART") is not None]


def _calendar(blocks: Iterable[Block], text: CalendarText) -> Any:
    from icalendar import Calendar

    inner = "".join([*text.zones.values(), *(block.raw for block in blocks)])
    try:
        return Calendar.from_ical(f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{inner}END:VCALENDAR\r\n")
    except (ValueError, KeyError, IndexError) as error:
        raise ToolFailed("garbled", f"calendar.ics holds an event that cannot be read: {error}. Mend it.") from error


def occurrences(blocks: Sequence[Block], text: CalendarText, first: date, last: date, zone: tzinfo) -> list[Any]:
    """The occurrences, as components, that touch these days of the zone."""
    import recurring_ical_events

    near = [block for block in blocks if _may_touch(block, first, last)]
    series = {block.uid for block in near if block.recurs}
    chosen = {id(block) for block in near}
    near = [block for block in blocks if id(block) in chosen or block.uid in series] if series else near
    if not near:
        return []
    start, end = first - _ODD_DAYS, last + _ODD_DAYS
    try:
        calendar = _calendar([_nearer(block, start) for block in near], text)
        found = recurring_ical_events.of(calendar, skip_bad_series=True).between(start, end)
    except (ValueError, TypeError, OverflowError, KeyError) as error:
        raise ToolFailed("garbled", f"calendar.ics holds an event that cannot be read: {error}. Mend it.") from error
    return [one for one in found if touches(when_of(one), first, last, zone)]


def _may_touch(block: Block, first: date, last: date) -> bool:
    """Whether an event may touch these days, told by its text; true where in doubt."""
    low, high = f"{first - _ODD_DAYS:%Y%m%d}", f"{last + _ODD_DAYS:%Y%m%d}"
    known = {found[1].upper(): found[2] for found in _DAY.finditer(block.raw)}
    day = _DATE.search(known.get("DTSTART", ""))
    if day is None or "RECURRENCE-ID" in known or "RDATE" in known:
        return True
    if day[1] > high:
        return False
    end = _DATE.search(known.get("DTEND", ""))
    if rule := known.get("RRULE"):
        until = _UNTIL.search(rule)
        return not until or until[1] >= low or "DURATION" in known or (end is not None and end[1] != day[1])
    return "DURATION" in known or (end[1] if end else day[1]) >= low


def _nearer(block: Block, first: date) -> Block:
    """The same series as if it had begun some weeks before ``first``, so that nobody counts through years of it.

    Only for rules by day or week without a COUNT, moved by whole periods: their later occurrences stay the same.
    """
    rule = block.value("RRULE").upper()
    frequency = re.search(r"FREQ=(DAILY|WEEKLY)", rule)
    day = re.search(r"^DTSTART[^\r\n]*?:(\d{8})", block.raw, re.M | re.I)
    if not frequency or not day or "COUNT=" in rule or block.value("RDATE") or block.value("EXRULE"):
        return block
    every = re.search(r"INTERVAL=(\d{1,4})", rule)
    period = (7 if frequency[1] == "WEEKLY" else 1) * max(1, int(every[1]) if every else 1)
    try:
        periods = ((first - date.fromisoformat(day[1])).days - 28 - _length(block)) // period
    except ValueError:
        return block
    if periods < 1:
        return block
    shift = timedelta(days=periods * period)
    return Block(_DAYS_OF.sub(lambda found: f"{found[1]}{date.fromisoformat(found[2]) + shift:%Y%m%d}", block.raw))


def _length(block: Block) -> int:
    """About how many days an event lasts, rounded up."""
    start, end = (re.match(r"\d{8}", block.value(name)) for name in ("DTSTART", "DTEND"))
    if block.value("DURATION"):
        return 366
    return (date.fromisoformat(end[0]) - date.fromisoformat(start[0])).days + 1 if start and end else 1


def when_of(component: Any) -> When:
    """From when to when a component goes."""
    start: Point = component["DTSTART"].dt
    end: Point | None = component["DTEND"].dt if component.get("DTEND") is not None else None
    if end is None and component.get("DURATION") is not None:
        length = component["DURATION"].dt
        end = later(start, length) if isinstance(start, datetime) else start + length
    if end is None or isinstance(end, datetime) != isinstance(start, datetime):
        end = start if isinstance(start, datetime) else start + timedelta(days=1)
    name = str(component["DTSTART"].params.get("TZID", "")) if isinstance(start, datetime) else ""
    if isinstance(start, datetime) and start.tzinfo is not None and not name:
        name = "UTC"
    return When(start=start, end=end, zone=name)


def touches(when: When, first: date, last: date, zone: tzinfo) -> bool:
    """Whether it lies on one of these days of the zone, in part at least."""
    local = localised(when, zone)
    if isinstance(local.start, datetime) and isinstance(local.end, datetime):
        begin = datetime.combine(first, time())
        start, end = local.start.replace(tzinfo=None), local.end.replace(tzinfo=None)
        return start < begin + (last - first) + timedelta(days=1) and (end > begin or start >= begin)
    return local.start <= last and local.end > first


def localised(when: When, zone: tzinfo) -> When:
    """The same in another zone; times without a zone are in that one."""
    if not isinstance(when.start, datetime) or not isinstance(when.end, datetime):
        return when
    if when.start.tzinfo is None:
        start = when.start.replace(tzinfo=zone)
        return When(start=start, end=later(start, passed(when.start, when.end)), zone=str(zone))
    start, end = (point.astimezone(UTC).astimezone(zone) for point in (when.start, when.end))
    return When(start=start, end=end, zone=str(zone))


def seen(component: Any, rule: str, zone: tzinfo | None = None) -> Seen:
    """A component as it is listed: in its own zone, or in another."""
    when = when_of(component)
    note = ""
    if isinstance(when.start, datetime) and in_gap(when.start):
        note = f"{written(when.start)[-5:]} does not exist on this day in {when.zone}: the clocks are put forward."
    return Seen(
        id=str(component.get("UID", "")),
        title=str(component.get("SUMMARY", "")),
        when=localised(when, zone) if zone else when,
        location=str(component.get("LOCATION", "")),
        attendees=tuple(_attendees(component.get("ATTENDEE", []))),
        repeats=rule,
        note=note,
    )


def _attendees(found: Any) -> list[str]:
    many = found if isinstance(found, list) else [found]
    return [str(one).removeprefix("mailto:").removeprefix("MAILTO:") for one in many]


def title_of(block: Block) -> str:
    """The title of an event."""
    return unescaped(block.value("SUMMARY"))


def recurrence_of(component: Any) -> Point | None:
    """Which occurrence of its series it is: the start that the rule gave it."""
    found = component.get("RECURRENCE-ID")
    point: Point | None = None if found is None else found.dt
    return point


def same_point(a: Point | None, b: Point | None) -> bool:
    """Whether two days or moments are the same one."""
    if isinstance(a, datetime) and isinstance(b, datetime):
        if (a.tzinfo is None) != (b.tzinfo is None):
            return a.replace(tzinfo=None) == b.replace(tzinfo=None)
        return a == b if a.tzinfo is None else a.astimezone(UTC) == b.astimezone(UTC)
    return a == b and type(a) is type(b)
