"""A time zone as a calendar file describes it (VTIMEZONE), from the zones of Python.

Our own, because the one of icalendar 7.3 gives onsets in the time after the change where RFC 5545 wants the time before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_LAST = 2037
"""Changes are looked up until this year; those that go on by one rule are written as a rule without an end."""
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True, slots=True)
class _Change:
    """One change of the clocks; ``onset`` is local time before it."""

    onset: datetime
    before: timedelta
    after: timedelta
    name: str
    daylight: bool


def vtimezone(name: str, year: int) -> list[str]:
    """The lines that describe the zone from the year before ``year`` on."""
    zone = ZoneInfo(name)
    start = datetime(year - 1, 1, 1, tzinfo=UTC)
    changes = _changes(zone, start, datetime(max(_LAST, year + 10), 12, 31, tzinfo=UTC))
    first = start.astimezone(zone)
    offset = first.utcoffset() or timedelta()
    kind = "DAYLIGHT" if first.dst() else "STANDARD"
    lines = ["BEGIN:VTIMEZONE", f"TZID:{name}"]
    lines += _observance(kind, datetime.combine(date(1970, 1, 1), time()), offset, offset, first.tzname() or name, [])
    groups: dict[tuple[timedelta, timedelta, str, bool], list[_Change]] = {}
    for change in changes:
        groups.setdefault((change.before, change.after, change.name, change.daylight), []).append(change)
    for (before, after, tzname, daylight), group in groups.items():
        rule = _rule([change.onset for change in group], max(_LAST, year + 10))
        more = [f"RRULE:{rule}"] if rule else [f"RDATE:{change.onset:%Y%m%dT%H%M%S}" for change in group[1:]]
        lines += _observance("DAYLIGHT" if daylight else "STANDARD", group[0].onset, before, after, tzname, more)
    return [*lines, "END:VTIMEZONE"]


def _observance(
    kind: str, onset: datetime, before: timedelta, after: timedelta, name: str, more: list[str]
) -> list[str]:
    return [
        f"BEGIN:{kind}",
        f"DTSTART:{onset:%Y%m%dT%H%M%S}",
        *more,
        f"TZOFFSETFROM:{_offset(before)}",
        f"TZOFFSETTO:{_offset(after)}",
        f"TZNAME:{name}",
        f"END:{kind}",
    ]


def _changes(zone: ZoneInfo, start: datetime, end: datetime) -> list[_Change]:
    found, low = [], start
    while low < end:
        high = min(low + timedelta(days=7), end)
        if _state(zone, low) != _state(zone, high):
            found.append(_change(zone, low, high))
        low = high
    return found


def _state(zone: ZoneInfo, moment: datetime) -> tuple[timedelta | None, str | None, bool]:
    local = moment.astimezone(zone)
    return local.utcoffset(), local.tzname(), bool(local.dst())


def _change(zone: ZoneInfo, low: datetime, high: datetime) -> _Change:
    before = _state(zone, low)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=int((high - low).total_seconds()) // 2)
        low, high = (middle, high) if _state(zone, middle) == before else (low, middle)
    local = high.astimezone(zone)
    old = before[0] or timedelta()
    return _Change(
        (high + old).replace(tzinfo=None),
        old,
        local.utcoffset() or timedelta(),
        local.tzname() or "",
        bool(local.dst()),
    )


def _rule(onsets: list[datetime], last: int) -> str:
    """One yearly rule for all onsets until ``last``, or nothing."""
    years = [onset.year for onset in onsets]
    if years != list(range(years[0], last + 1)) or len(years) < 3:
        return ""
    if len({(onset.month, onset.weekday(), onset.time()) for onset in onsets}) > 1:
        return ""
    first = onsets[0]
    weeks = {(onset.day - 1) // 7 + 1 for onset in onsets}
    lasts = all((onset + timedelta(days=7)).month != onset.month for onset in onsets)
    if not lasts and len(weeks) > 1:
        return ""
    place = -1 if lasts else weeks.pop()
    return f"FREQ=YEARLY;BYMONTH={first.month};BYDAY={place}{_DAYS[first.weekday()]}"


def _offset(offset: timedelta) -> str:
    seconds = int(offset.total_seconds())
    sign, seconds = ("-", -seconds) if seconds < 0 else ("+", seconds)
    text = f"{sign}{seconds // 3600:02}{seconds // 60 % 60:02}"
    return text + (f"{seconds % 60:02}" if seconds % 60 else "")
