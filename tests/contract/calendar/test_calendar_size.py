"""A calendar of ten thousand events is listed and changed in a moment, counted in time of the processor."""

from __future__ import annotations

import time
from datetime import date, timedelta


def large(count: int) -> str:
    """Ten years of events; every twentieth repeats, half of those for ever."""
    head = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Other//EN\r\n"
    parts = []
    for n in range(count):
        day = date(2018, 1, 1) + timedelta(days=n * 3650 // count)
        rule = (
            ""
            if n % 20
            else "RRULE:FREQ=WEEKLY\r\n"
            if n % 40
            else f"RRULE:FREQ=WEEKLY;UNTIL={day + timedelta(days=99):%Y%m%d}\r\n"
        )
        parts.append(
            f"BEGIN:VEVENT\r\nUID:e{n}@example.org\r\nDTSTAMP:20180101T000000Z\r\n"
            f"DTSTART;TZID=Europe/Berlin:{day:%Y%m%d}T{n % 24:02}3000\r\nDTEND;TZID=Europe/Berlin:{day:%Y%m%d}T{n % 24:02}4500\r\n"
            f"{rule}SUMMARY:Event number {n}\r\nDESCRIPTION:{'text ' * 12}\r\n"
            "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT15M\r\nEND:VALARM\r\nEND:VEVENT\r\n"
        )
    return head + "".join(parts) + "END:VCALENDAR\r\n"


def test_ten_thousand_events_are_listed_within_half_a_second(desk) -> None:
    desk.path.write_text(large(10_000), newline="")
    desk("list", **{"from": "2026-03-10"})  # loads the packages

    took = []
    for _ in range(3):
        began = time.process_time()
        found = desk.days("2026-03-10", "2026-03-16")
        took.append(time.process_time() - began)

    assert len(found) > 100
    assert min(took) < 0.5, took


def test_ten_thousand_events_are_changed_within_a_second(desk) -> None:
    desk.path.write_text(large(10_000), newline="")
    desk("list")

    began = time.process_time()
    result = desk("update", event="Event number 9001", start="10:00")
    took = time.process_time() - began

    assert result.success, result.error
    assert took < 1.5, took
