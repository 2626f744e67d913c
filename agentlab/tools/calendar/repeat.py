"""How an event repeats: words or an RRULE as the rule of RFC 5545."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice

from agentlab.tools.calendar.moments import Point, When, read_day, written
from agentlab.tools.failure import ToolFailed

_DAYS = {name: name[:2].upper() for name in "monday tuesday wednesday thursday friday saturday sunday".split()}
_UNITS = {"day": "DAILY", "week": "WEEKLY", "month": "MONTHLY", "year": "YEARLY"}
_WORDS = {"daily": "day", "weekly": "week", "monthly": "month", "yearly": "year", "annually": "year"}
_END = re.compile(r"(?P<rest>.*?),?\s+(?:until (?P<until>\d{4}-\d{2}-\d{2})|(?:for )?(?P<count>\d{1,4}) times)")
_EVERY = re.compile(r"every (?:(?P<n>\d{1,3}|other|second|third) )?(?P<unit>day|week|month|year)s?")
_KEYS = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "WKST"}
_RULE = re.compile(r"(?:RRULE:)?((?:[A-Z]+=[A-Z0-9,+-]+)(?:;[A-Z]+=[A-Z0-9,+-]+)*);?", re.IGNORECASE)
_NUMBERS = {"other": 2, "second": 2, "third": 3}
_LONGEST = timedelta(days=366 * 30)
_FORMS = (
    "daily, weekly on monday and thursday, every 2 weeks, every weekday, monthly, yearly, each with 'until 2026-12-31' or "
    "'10 times' behind it, or an RRULE such as FREQ=MONTHLY;BYDAY=1MO"
)


def read_repeat(said: str, when: When) -> str:
    """The rule, without ``RRULE:``. Raises ``ToolFailed`` (``invalid_repeat``), also where the first day does not fit it."""
    text = " ".join(said.strip().split())
    found = _RULE.fullmatch(text)
    parts = _parts(found[1].upper(), said) if found else _from_words(text.lower(), said)
    if "UNTIL" in parts:
        parts["UNTIL"] = _until(parts["UNTIL"], when, said)
    rule = ";".join(f"{name}={value}" for name, value in parts.items())
    check_first(rule, when.start)
    return rule


def check_first(rule: str, start: Point) -> None:
    """Raise ``ToolFailed`` (``invalid_repeat``) where an event that begins at ``start`` cannot repeat by ``rule``."""
    first = next(iter(occurrences(rule, start)), None)
    naive = _naive(start)
    if first is None:
        raise ToolFailed("invalid_repeat", f"{rule} has no day from {written(start)} on.")
    if first != naive:
        day = start if not isinstance(start, datetime) else start.date()
        raise ToolFailed(
            "invalid_repeat",
            f"The first day, {day:%A} {day}, is none of {rule}; begin on {first:%A} {first:%Y-%m-%d}, or change the rule.",
        )


def occurrences(rule: str, start: Point, limit: int = 2) -> list[datetime]:
    """The first starts by the clock; thirty years ahead at most."""
    from dateutil.rrule import rrulestr

    naive = _naive(start)
    bounded = re.sub(r"UNTIL=(\d{8})(?:T\d{6}Z?)?", r"UNTIL=\1T235959", rule)
    if "UNTIL" not in bounded and "COUNT" not in bounded:
        bounded += f";UNTIL={naive + _LONGEST:%Y%m%dT%H%M%S}"
    try:
        return list(islice(rrulestr(bounded, dtstart=naive), limit))
    except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
        raise _unreadable(rule) from error


def _naive(point: Point) -> datetime:
    return point.replace(tzinfo=None, fold=0) if isinstance(point, datetime) else datetime.combine(point, time())


def _parts(rule: str, said: str) -> dict[str, str]:
    pairs = [part.split("=") for part in rule.split(";")]
    parts = dict(pairs)
    strange = set(parts) - _KEYS
    if (
        strange
        or len(parts) < len(pairs)
        or parts.get("FREQ") not in _UNITS.values()
        or {"COUNT", "UNTIL"} <= set(parts)
    ):
        raise _unreadable(said)
    if any(not parts.get(name, "1").isdecimal() or int(parts.get(name, "1")) < 1 for name in ("COUNT", "INTERVAL")):
        raise _unreadable(said)
    return parts


def _from_words(text: str, said: str) -> dict[str, str]:
    end = _END.fullmatch(text)
    plain = end["rest"] if end else text
    parts = _base(plain.strip(" ,"), said)
    if end and end["until"]:
        parts["UNTIL"] = end["until"].replace("-", "")
    elif end:
        if int(end["count"]) < 1:
            raise _unreadable(said)
        parts["COUNT"] = end["count"]
    return parts


def _base(text: str, said: str) -> dict[str, str]:
    head, _, days = text.partition(" on ")
    if head in ("every weekday", "weekdays", "every working day") and not days:
        return {"FREQ": "WEEKLY", "BYDAY": "MO,TU,WE,TH,FR"}
    if not days and head.startswith("every ") and (named := _named(head.removeprefix("every "))):
        return {"FREQ": "WEEKLY", "BYDAY": named}
    every = _EVERY.fullmatch(f"every {_WORDS[head]}" if head in _WORDS else head)
    named = _named(days) if days else ""
    if not every or bool(days) != bool(named) or (named and every["unit"] != "week"):
        raise _unreadable(said)
    number = _NUMBERS.get(every["n"] or "", 0) or int(every["n"] or 1)
    if number < 1:
        raise _unreadable(said)
    return (
        {"FREQ": _UNITS[every["unit"]]}
        | ({"INTERVAL": str(number)} if number > 1 else {})
        | ({"BYDAY": named} if named else {})
    )


def _named(text: str) -> str:
    words = [word.removesuffix("s") for word in re.split(r",\s*(?:and )?|\s+and\s+|\s+", text.strip())]
    return ",".join(dict.fromkeys(_DAYS[word] for word in words)) if all(word in _DAYS for word in words) else ""


def _until(said: str, when: When, whole: str) -> str:
    """The last day, included, as the rule wants it: a day for whole days, else a moment in UTC."""
    try:
        day: date = read_day(f"{said[:4]}-{said[4:6]}-{said[6:8]}")
    except ToolFailed as error:
        raise _unreadable(whole) from error
    if not isinstance(when.start, datetime):
        return f"{day:%Y%m%d}"
    if re.fullmatch(r"\d{8}T\d{6}Z", said):
        return said
    end = datetime.combine(day, time(23, 59, 59))
    if when.start.tzinfo is None:
        return f"{end:%Y%m%dT%H%M%S}"
    return f"{end.replace(tzinfo=when.start.tzinfo).astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _unreadable(said: str) -> ToolFailed:
    return ToolFailed("invalid_repeat", f"{said[:80]!r} is no repetition that can be read. Write {_FORMS}.")
