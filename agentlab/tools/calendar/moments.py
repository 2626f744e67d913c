"""Days and times of a calendar. A time that does not exist, or comes twice, is said and never moved in silence."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from agentlab.errors import near
from agentlab.tools.failure import ToolFailed

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_CLOCK = re.compile(r"(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?")
_TIME = re.compile(r"(?P<day>\d{4}-\d{2}-\d{2})[T ](?P<clock>\d{2}:\d{2}(?::\d{2})?)(?P<offset>Z|[+-]\d{2}:?\d{2})?")
Point = date | datetime
"""A day (a plain ``date``), or a moment: a ``datetime`` with its zone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """From when to when. Two days: whole days, and ``end`` is the day after the last; else two moments."""

    start: Point
    end: Point
    zone: str
    """Name of the zone that the moments are in; empty for whole days and for times without a zone."""

    @property
    def all_day(self) -> bool:
        return not isinstance(self.start, datetime)

    @property
    def shown(self) -> dict[str, str | bool]:
        """Start and end as people write them: local times, or the first and the last day."""
        last = self.end if isinstance(self.end, datetime) else self.end - timedelta(days=1)
        return {"start": written(self.start), "end": written(last), "timezone": self.zone, "all_day": self.all_day}


def written(point: Point) -> str:
    """``2026-03-10T15:00``, without the zone, or ``2026-03-10``."""
    if not isinstance(point, datetime):
        return point.isoformat()
    local = point.replace(tzinfo=None)
    return local.isoformat(timespec="seconds" if local.second else "minutes")


def local_zone() -> str:
    """Name of the system's zone; ``UTC`` where it has none."""
    place = os.path.realpath("/etc/localtime")
    for name in (os.environ.get("TZ", "").lstrip(":"), place.partition("zoneinfo/")[2], _etc_timezone()):
        if name and _is_zone(name):
            return name
    return "UTC"


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _etc_timezone() -> str:
    try:
        return Path("/etc/timezone").read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""


def read_zone(name: str) -> ZoneInfo:
    """The zone of that name. Raises ``ToolFailed`` (``invalid_zone``) with the near misses."""
    try:
        return ZoneInfo(name.strip())
    except (ZoneInfoNotFoundError, ValueError, OSError, IsADirectoryError) as error:
        by_city = {zone.rpartition("/")[2].lower(): zone for zone in available_timezones()}
        hint = by_city.get(name.strip().lower().replace(" ", "_"), "")
        hint = f"Did you mean {hint}?" if hint else near(name, sorted(available_timezones()))
        raise ToolFailed(
            "invalid_zone", f"There is no time zone {name!r}; write Europe/Berlin. {hint}".strip()
        ) from error


def read_day(said: str) -> date:
    """The day in ``2026-03-10`` or ``2026-03-10T15:00``. Raises ``ToolFailed`` (``invalid_time``)."""
    try:
        return date.fromisoformat(said.strip()[:10])
    except ValueError as error:
        raise _unreadable(said, "a day such as 2026-03-10") from error


def read_when(start: str, end: str | None, zone: str) -> When:
    """From the arguments of a tool; without ``end`` an hour, or the day. Raises ``ToolFailed``."""
    where = read_zone(zone)
    begins = read_point(start, where, None)
    if end:
        ends = read_point(end, where, begins)
    else:
        ends = later(begins, timedelta(hours=1)) if isinstance(begins, datetime) else begins
    return _ordered(begins, ends if isinstance(ends, datetime) else ends + timedelta(days=1), zone)


def moved(when: When, start: str | None, end: str | None) -> When:
    """``when`` with another start or end; it keeps its length where only the start is given. Raises ``ToolFailed``."""
    zone = when.start.tzinfo if isinstance(when.start, datetime) else None
    begins, ends = when.start, when.end
    if start:
        begins = read_point(start, zone, when.start)
        if isinstance(begins, datetime) != isinstance(when.start, datetime):
            raise _mixed()
        ends = _shifted(when, begins)
    if end:
        said = read_point(end, zone, ends if isinstance(ends, datetime) else ends - timedelta(days=1))
        ends = said if isinstance(said, datetime) else said + timedelta(days=1)
    return _ordered(begins, ends, when.zone)


def _shifted(when: When, begins: Point) -> Point:
    """The end that keeps the length: by the clock for whole days, by the time that passes for moments."""
    if isinstance(begins, datetime) and isinstance(when.end, datetime) and isinstance(when.start, datetime):
        return later(begins, passed(when.start, when.end))
    return begins + timedelta(days=when.end.toordinal() - when.start.toordinal())


def later(moment: datetime, length: timedelta) -> datetime:
    """The moment ``length`` after another, also where the clocks change in between."""
    if moment.tzinfo is None:
        return moment + length
    return (moment.astimezone(UTC) + length).astimezone(moment.tzinfo)


def passed(start: datetime, end: datetime) -> timedelta:
    """How much time passes between two moments."""
    if start.tzinfo is None or end.tzinfo is None:
        return end.replace(tzinfo=None) - start.replace(tzinfo=None)
    return end.astimezone(UTC) - start.astimezone(UTC)


def read_point(said: str, zone: tzinfo | None, before: Point | None) -> Point:
    """A day, a moment, or with ``before`` a time alone (its day) or a day alone (its time). Raises ``ToolFailed``."""
    text = said.strip()
    if before is not None and _CLOCK.fullmatch(text):
        day = before.date() if isinstance(before, datetime) else before
        return placed(datetime.combine(day, time.fromisoformat(text.zfill(5))), zone)
    if _DAY.fullmatch(text):
        day = read_day(text)
        if not isinstance(before, datetime):
            return day
        return placed(datetime.combine(day, before.time()), zone)
    found = _TIME.fullmatch(text)
    try:
        if found is None:
            raise ValueError
        naive = datetime.fromisoformat(f"{found['day']}T{found['clock']}")
        offset = datetime.fromisoformat(text.replace(" ", "T")).tzinfo if found["offset"] else None
    except ValueError as error:
        raise _unreadable(said, "a time such as 2026-03-10T15:00, or a day such as 2026-03-10") from error
    return _with_offset(naive.replace(tzinfo=offset), zone) if offset else placed(naive, zone)


def _with_offset(moment: datetime, zone: tzinfo | None) -> datetime:
    """In the zone; in UTC where the zone's clock shows that time for the second time, which a file cannot say."""
    local = moment.astimezone(zone)
    return moment.astimezone(UTC) if local.fold else local


def placed(naive: datetime, zone: tzinfo | None) -> datetime:
    """A local time in a zone. Raises ``ToolFailed`` (``no_such_time``, ``ambiguous_time``)."""
    if zone is None:
        return naive
    first, second = naive.replace(tzinfo=zone), naive.replace(tzinfo=zone, fold=1)
    if first.utcoffset() == second.utcoffset():
        return first
    if in_gap(first):
        skipped = (second.utcoffset() or timedelta()) - (first.utcoffset() or timedelta())
        after, before = written(naive - skipped), written(naive + skipped)
        raise ToolFailed(
            "no_such_time",
            f"{written(naive)} does not exist in {zone}: the clocks are put forward and skip it. Write {max(before, after)} "
            f"or {min(before, after)}.",
        )
    raise ToolFailed(
        "ambiguous_time",
        f"{written(naive)} comes twice in {zone}: the clocks are put back. Write {written(naive)}{_offset(first)} for the first "
        f"time or {written(naive)}{_offset(second)} for the second.",
    )


def in_gap(moment: datetime) -> bool:
    """Whether the clocks of its zone skip that time."""
    if moment.tzinfo is None:
        return False
    back = moment.astimezone(UTC).astimezone(moment.tzinfo)
    return back.replace(tzinfo=None) != moment.replace(tzinfo=None)


def _offset(moment: datetime) -> str:
    return moment.isoformat()[-6:]


def _ordered(start: Point, end: Point, zone: str) -> When:
    if isinstance(start, datetime) != isinstance(end, datetime):
        raise _mixed()
    if isinstance(start, datetime) and isinstance(end, datetime):
        if passed(start, end) <= timedelta():
            raise ToolFailed("invalid_time", f"The end {written(end)} is not after the start {written(start)}.")
        if UTC in (start.tzinfo, end.tzinfo):
            return When(start=start.astimezone(UTC), end=end.astimezone(UTC), zone="UTC")
        return When(start=start, end=end, zone=zone)
    if end <= start:
        raise ToolFailed("invalid_time", f"The last day {end - timedelta(days=1)} is before the first, {start}.")
    return When(start=start, end=end, zone="")


def _mixed() -> ToolFailed:
    return ToolFailed("invalid_time", "Give a time for both start and end, or a day alone for both.")


def _unreadable(said: str, form: str) -> ToolFailed:
    return ToolFailed("invalid_time", f"{said[:60]!r} is not {form}.")
