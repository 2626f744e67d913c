"""Days and times as people say them, read against a clock: ``next Tuesday at 3pm``, ``12 March, 10:00-11:30``.

The week begins on Monday. A bare weekday is the first one after today, ``next`` one lies in the week after this one; a
date without a year is the first such day from today on. What can be read in two ways is not read: it carries a doubt.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?"
)
_WEEKDAY = r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|mon|tues?|wed|thurs?|fri)"
_NUMBERS = dict(
    zip("a an one two three four five six seven eight nine ten".split(), [1, 1, *range(1, 11)], strict=True)
)
_NUMBER = rf"\d{{1,3}}(?:\.5)?|half an|{'|'.join(_NUMBERS)}"
_DAY = rf"""(?<![\w/.:])(?:
  (?P<iso>\d{{4}}-\d{{2}}-\d{{2}})(?=t\d|\b)
 |(?P<a>\d{{1,2}})(?P<mark>[/.])(?P<b>\d{{1,2}})(?P=mark)(?P<numeric>\d{{4}})
 |(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?(?:\ of)?\ (?P<m1>{_MONTH})\b\.?(?:,?\ (?P<y1>20\d{{2}}))?
 |(?P<m2>{_MONTH})\.?\ (?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\b(?!:)(?:,?\ (?P<y2>20\d{{2}}))?
 |(?P<after>the\ day\ after\ tomorrow)|(?P<tomorrow>tomorrow)|(?P<today>today|tonight)
 |in\ (?P<count>{_NUMBER})\ (?P<unit>day|week)s?
 |(?P<which>next|this|coming)?(?:(?<=\w)\ )?(?P<weekday>{_WEEKDAY})
)(?!['’]s\ (?:news|weather))(?:\b|(?=t\d))"""
_FEW_DAYS = (
    rf"(?<![\w/.:-])(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?\s?(?:-|–|to|and|until|till)\s?(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<month>{_MONTH})\b"
    r"(?:,? (?P<year>20\d{2}))?"
)
_SPAN = r"\b(?P<which>this|next)\ (?P<what>week(?:end)?|month)\b"
_CLOCK = r"(?:\d{1,2}(?::\d{2})?(?:\s?[ap]\.?m\b\.?)?|noon|midday|midnight)"
_RANGE = (
    rf"(?<![\w:.-])(?:(?:from|between)\s)?(?P<from>{_CLOCK})\s?(?:-|–|to|until|till|and)\s?(?P<until>{_CLOCK})(?![\w:])"
)
_AT = rf"(?<![\d:.-])(?:(?P<at>\bat\s|@\s?)(?P<bare>\d{{1,2}})(?:\s?o['’]clock)?(?![\w:.%])(?!\s?[ap]\.?m)|(?:(?:\bat|@|\bby)\s)?(?P<clock>{_CLOCK}))(?![\w:])"
_LENGTH = (
    rf"(?P<by>\bby\s)?(?:\bfor\s)?(?<![\w.])(?P<count>{_NUMBER})[\s-]?(?P<unit>hours?|hrs?|h|minutes?|mins?|min)\b"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """A day, a span of days, a time of day, or a length."""

    day: date | None = None
    last: date | None = None
    """Last day of a span."""
    clock: time | None = None
    until: time | None = None
    minutes: int = 0
    """Of a length."""
    vague: bool = False
    """A week or a month, of which a day would have to be chosen."""
    doubt: str = ""
    """Why it could not be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment(_Said):
    """One of them, and where in the goal it is said."""

    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class When(_Said):
    """What several moments say together."""

    @classmethod
    def of(cls, moments: list[Moment]) -> When:
        """The first day, the first time and the first length among ``moments``."""
        days = [moment for moment in moments if moment.day]
        clocks = [moment for moment in moments if moment.clock]
        return cls(
            day=days[0].day if days else None,
            last=(days[0].last or days[-1].day) if days else None,
            clock=clocks[0].clock if clocks else None,
            until=clocks[0].until if clocks else None,
            vague=bool(days) and days[0].vague,
            minutes=next((moment.minutes for moment in moments if moment.minutes), 0),
            doubt=next((moment.doubt for moment in moments if moment.doubt), ""),
        )

    @property
    def start(self) -> str:
        """``2026-03-10T15:00``, a day alone, or a time alone; empty where none is said."""
        if self.day and self.clock:
            return datetime.combine(self.day, self.clock).isoformat(timespec="minutes")
        return self.day.isoformat() if self.day else self.clock.isoformat(timespec="minutes") if self.clock else ""

    @property
    def finish(self) -> str:
        """The end, in the form of ``start``; empty where neither an end nor a length is said."""
        if not self.clock:
            return self.last.isoformat() if self.day and self.last and self.last > self.day else ""
        day = self.day or date.min
        if self.until:
            ends = datetime.combine(day, self.until) + timedelta(days=self.until <= self.clock)
        elif self.minutes:
            ends = datetime.combine(day, self.clock) + timedelta(minutes=self.minutes)
        else:
            return ""
        return ends.isoformat(timespec="minutes") if self.day else ends.time().isoformat(timespec="minutes")


def find_moments(text: str, now: datetime) -> list[Moment]:
    """The moments of ``text`` (in small letters), in its order; none overlaps another."""
    found: list[Moment] = []
    for pattern, read in _READERS:
        for match in re.finditer(pattern, text, re.VERBOSE if pattern is _DAY else 0):
            free = all(match.end() <= other.start or match.start() >= other.end for other in found)
            if free and (moment := read(match, now)):
                found.append(replace(moment, start=match.start(), end=match.end()))
    return sorted(found, key=lambda moment: moment.start)


def _day(match: re.Match[str], now: datetime) -> Moment | None:
    part, today = match.groupdict(), now.date()
    said = match.group().strip()
    try:
        if part["iso"]:
            return Moment(day=date.fromisoformat(part["iso"]))
        if part["numeric"]:
            return _numeric(int(part["a"]), int(part["b"]), int(part["numeric"]), said)
        if month := part["m1"] or part["m2"]:
            year = part["y1"] or part["y2"]
            return Moment(day=_dated(int(part["d1"] or part["d2"]), month, year, today))
        return Moment(day=today + timedelta(days=_ahead(part, today)))
    except ValueError:
        return Moment(doubt=f"{said} is no day of the calendar")


def _ahead(part: dict[str, str | None], today: date) -> int:
    """How many days from today a day is that is named by its distance or its weekday."""
    if part["count"]:
        return int(_amount(part["count"]) * (7 if part["unit"] == "week" else 1))
    if part["weekday"]:
        wanted = next(number for number, name in enumerate(_DAYS) if name.startswith(part["weekday"][:3]))
        if part["which"] == "next":
            return 7 - today.weekday() + wanted
        return (wanted - today.weekday() - 1) % 7 + 1
    return 2 if part["after"] else 1 if part["tomorrow"] else 0


def _dated(day: int, month: str, year: str | None, today: date) -> date:
    number = _MONTHS.index(month[:3]) + 1
    found = date(int(year or today.year), number, day)
    return found if year or found >= today else date(today.year + 1, number, day)


def _numeric(first: int, second: int, year: int, said: str) -> Moment:
    if first <= 12 and second <= 12 and first != second and "/" in said:
        one, other = f"{year}-{first:02}-{second:02}", f"{year}-{second:02}-{first:02}"
        return Moment(doubt=f"{said} can be two days; write it as {one} or {other}")
    day, month = (second, first) if second > 12 else (first, second)
    return Moment(day=date(year, month, day))


def _few_days(match: re.Match[str], now: datetime) -> Moment | None:
    """``9 to 13 March``."""
    try:
        first = _dated(int(match["d1"]), match["month"], match["year"], now.date())
        last = _dated(int(match["d2"]), match["month"], match["year"], now.date())
    except ValueError:
        return Moment(doubt=f"{match.group()} is no span of days")
    return Moment(day=first, last=last) if first <= last else None


def _span(match: re.Match[str], now: datetime) -> Moment:
    today, later = now.date(), match["which"] == "next"
    monday = today - timedelta(days=today.weekday()) + timedelta(days=7 * later)
    if match["what"] == "month":
        first = date(today.year + (today.month == 12), today.month % 12 + 1, 1) if later else today
        last = (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    elif match["what"] == "weekend":
        first, last = monday + timedelta(days=5), monday + timedelta(days=6)
    else:
        first, last = max(monday, today), monday + timedelta(days=6)
    return Moment(day=first, last=last, vague=True)


def _range(match: re.Match[str], _now: datetime) -> Moment | None:
    """Two times. The half of the day that only the second one names is that of the first one too."""
    first, second = match["from"], match["until"]
    plain = [said for said in (first, second) if re.fullmatch(r"\d{1,2}", said)]
    if len(plain) == 2:
        return None
    if first in plain and (half := re.search(r"[ap]\.?m", second)):
        first += half.group()
    begin, end = _time(first), _time(second)
    if begin is None or end is None:
        return None
    if begin > end and first != match["from"]:
        begin = _time(match["from"] + "am") or begin
    return Moment(clock=begin, until=end)


def _at(match: re.Match[str], _now: datetime) -> Moment | None:
    if hour := match["bare"]:
        if 12 < int(hour) < 24:
            return Moment(clock=time(int(hour)))
        return Moment(
            doubt=f"{hour} can be in the morning or in the afternoon; write {hour} am, {hour} pm or a time such as 15:00"
        )
    said = match["clock"]
    clock = None if said.isdigit() else _time(said)
    return Moment(clock=clock) if clock else None


def _length(match: re.Match[str], _now: datetime) -> Moment:
    minutes = int(_amount(match["count"]) * (60 if match["unit"].startswith("h") else 1))
    # "by an hour" moves something; that is no length.
    return Moment(minutes=0 if match["by"] else minutes)


_HANDS = re.compile(r"(\d{1,2})(?::(\d{2}))?\s?([ap])?.*")


def _time(said: str) -> time | None:
    if said in ("noon", "midday", "midnight"):
        return time(0 if said == "midnight" else 12)
    if (match := _HANDS.fullmatch(said)) is None:
        return None
    hour, minute, half = match.groups()
    at = int(hour) % 12 + 12 * (half == "p") if half else int(hour)
    return time(at, int(minute or 0)) if at < 24 and int(minute or 0) < 60 else None


def _amount(said: str) -> float:
    return 0.5 if said == "half an" else _NUMBERS.get(said) or float(said)


_Reader = Callable[[re.Match[str], datetime], "Moment | None"]
_READERS: tuple[tuple[str, _Reader], ...] = (
    (_FEW_DAYS, _few_days),
    (_SPAN, _span),
    (_DAY, _day),
    (_LENGTH, _length),
    (_RANGE, _range),
    (_AT, _at),
)
