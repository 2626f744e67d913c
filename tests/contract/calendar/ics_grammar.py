"""RFC 5545 read strictly, by hand: line ends, folding, names, parameters, escapes, nesting, and what an event must have."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

_LINE = re.compile(
    r"(?P<name>[A-Z0-9-]+)(?P<params>(?:;[A-Z0-9-]+=(?:\"[^\"\x00-\x08\x0a-\x1f\x7f]*\"|[^\";:,\x00-\x08\x0a-\x1f\x7f]*))*)"
    r":(?P<value>[^\x00-\x08\x0a-\x1f\x7f]*)"
)
_TEXTS = {"SUMMARY", "LOCATION", "DESCRIPTION", "COMMENT"}
_TEXT = re.compile(r"(?:[^\\;,]|\\[\\;,nN])*")
_TIMES = {"DTSTART", "DTEND", "EXDATE", "RDATE", "RECURRENCE-ID", "DTSTAMP", "CREATED", "LAST-MODIFIED"}
_TIME = re.compile(r"\d{8}(?:T\d{6}Z?)?")


def lines_of(raw: bytes) -> list[tuple[str, dict[str, str], str]]:
    """The content lines. Fails where one breaks the grammar."""
    assert raw.endswith(b"\r\n")
    physical = raw.split(b"\r\n")[:-1]
    assert all(b"\r" not in one and b"\n" not in one for one in physical)
    assert all(len(one) <= 75 for one in physical), max(physical, key=len)
    for one in physical:
        one.decode("utf-8")  # no character is cut in two
    unfolded: list[str] = []
    for one in physical:
        text = one.decode("utf-8")
        if text.startswith((" ", "\t")):
            unfolded[-1] += text[1:]
        else:
            unfolded.append(text)
    found = []
    for text in unfolded:
        line = _LINE.fullmatch(text)
        assert line, text[:200]
        params = dict(pair.split("=", 1) for pair in re.findall(r";([A-Z0-9-]+=(?:\"[^\"]*\"|[^;]*))", line["params"]))
        found.append((line["name"], {name: value.strip('"') for name, value in params.items()}, line["value"]))
    return found


def check(raw: bytes) -> list[list[tuple[str, dict[str, str], str]]]:
    """The events as lists of lines. Fails where the calendar breaks a rule."""
    lines = lines_of(raw)
    assert lines[0] == ("BEGIN", {}, "VCALENDAR")
    assert lines[-1] == ("END", {}, "VCALENDAR")
    zones = {value for name, _, value in lines if name == "TZID"}
    assert len(zones) == sum((name, value) == ("BEGIN", "VTIMEZONE") for name, _, value in lines)
    stack: list[str] = []
    events: list[list[tuple[str, dict[str, str], str]]] = []
    for name, params, value in lines:
        if name == "BEGIN":
            stack.append(value)
            if value == "VEVENT":
                assert stack[:-1] == ["VCALENDAR"]
                events.append([])
            continue
        if name == "END":
            assert stack.pop() == value
            continue
        if name in _TEXTS:
            assert _TEXT.fullmatch(value), value[:100]
        if name in _TIMES:
            assert all(_TIME.fullmatch(one) for one in value.split(",")), value
            assert ("TZID" in params) <= (params.get("TZID") in zones), params
            assert not ("TZID" in params and value.endswith("Z"))
            assert (params.get("VALUE") == "DATE") == (len(value.split(",")[0]) == 8)
        if stack[-1] == "VEVENT":
            events[-1].append((name, params, value))
    for event in events:
        names = [name for name, _, _ in event]
        for one in ("UID", "DTSTAMP", "DTSTART"):
            assert names.count(one) == 1, (one, event)
        for one in ("DTEND", "RRULE", "SUMMARY", "LOCATION", "SEQUENCE", "CREATED", "LAST-MODIFIED", "RECURRENCE-ID"):
            assert names.count(one) <= 1, (one, event)
        assert not {"DTEND", "DURATION"} <= set(names)
    return events


def offset_at(raw: bytes, zone: str, utc: datetime) -> timedelta:
    """The offset that the file's own description of the zone has at a moment: the last onset before it decides."""
    from dateutil.rrule import rrulestr

    lines, inside, block, found = lines_of(raw), False, {}, []
    for name, _, value in lines:
        if (name, value) == ("BEGIN", "VTIMEZONE"):
            inside, mine = True, False
        elif name == "TZID" and inside:
            mine = value == zone
        elif name == "BEGIN" and inside:
            block = {"onsets": []}
        elif name == "END" and value in ("STANDARD", "DAYLIGHT") and mine:
            start = datetime.strptime(block["DTSTART"], "%Y%m%dT%H%M%S")  # noqa: DTZ007
            onsets = [start, *(datetime.strptime(one, "%Y%m%dT%H%M%S") for one in block["onsets"])]  # noqa: DTZ007
            if "RRULE" in block:
                onsets = rrulestr(block["RRULE"], dtstart=start).between(start, utc + timedelta(days=2), inc=True)
            before, after = _delta(block["TZOFFSETFROM"]), _delta(block["TZOFFSETTO"])
            found += [(onset - before, after) for onset in onsets]
        elif name == "END" and value == "VTIMEZONE":
            inside = False
        elif inside and name == "RDATE":
            block["onsets"] += value.split(",")
        elif inside:
            block[name] = value
    return max((one for one in found if one[0] <= utc), key=lambda one: one[0])[1]


def _delta(text: str) -> timedelta:
    length = timedelta(hours=int(text[1:3]), minutes=int(text[3:5]))
    return -length if text[0] == "-" else length
