"""The calendar in a file: what it writes is valid, what others wrote stays, and what was done is taken back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from icalendar import Calendar
from ics_grammar import check, offset_at

from agentlab.tools.calendar.lines import cleaned

FOREIGN = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Other//EN\r\nX-WR-CALNAME:Mine\r\n"
    "BEGIN:VTIMEZONE\r\nTZID:W. Europe Standard Time\r\n"
    "BEGIN:STANDARD\r\nDTSTART:16011028T030000\r\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\n"
    "TZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\n"
    "BEGIN:DAYLIGHT\r\nDTSTART:16010325T020000\r\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\r\n"
    "TZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n"
    "BEGIN:VEVENT\r\nUID:other-1\r\nDTSTAMP:20260101T000000Z\r\nSUMMARY;LANGUAGE=de:Budget\\, Rund\r\n e 2\r\n"
    'DTSTART;TZID="W. Europe Standard Time":20260310T140000\r\nDURATION:PT1H30M\r\n'
    "X-ODD;X-A=\"b:c\":kept \\, as it is\r\nATTACH:https://example.org/a;b,c\r\nsequence:3\r\n"
    "BEGIN:VALARM\r\nACTION:DISPLAY\r\nSUMMARY:alarm\r\nTRIGGER:-PT15M\r\nEND:VALARM\r\nEND:VEVENT\r\n"
    "BEGIN:VTODO\r\nUID:todo-1\r\nSUMMARY:Budget todo\r\nEND:VTODO\r\n"
    "BEGIN:VEVENT\r\nUID:other-2\r\nDTSTAMP:20260101T000000Z\r\nSUMMARY:Untouched\r\nDTSTART:20260311T100000Z\r\n"
    "END:VEVENT\r\nEND:VCALENDAR\r\n"
)  # fmt: skip


def kind(result) -> str:
    assert result.error is not None, result.data
    assert result.error.options
    return result.error.kind


# --- making and listing -----------------------------------------------------------------------------------------------


def test_an_event_is_written_so_that_a_strict_reader_and_another_parser_understand_it(desk) -> None:
    made = desk(
        "create",
        title="Review; part 1, 2\nand \\n more ☃",
        start="2026-03-10T15:00",
        end="2026-03-10T16:30",
        location="Room 2.07; left",
        attendees=["Ann: Lee <ann@example.org>", "bob@example.org"],
    )

    assert made.success, made.error
    (event,) = check(desk.path.read_bytes())
    assert ("DTSTART", {"TZID": "Europe/Berlin"}, "20260310T150000") in event
    assert [params.get("CN") for name, params, _ in event if name == "ATTENDEE"] == ["Ann: Lee", None]
    (read,) = Calendar.from_ical(desk.path.read_bytes()).walk("VEVENT")
    assert str(read["SUMMARY"]) == "Review; part 1, 2\nand \\n more ☃"
    assert read.start == datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
    assert made.data["attendees"] == ["ann@example.org", "bob@example.org"]
    assert desk.days("2026-03-10", "2026-03-10") == [
        ("Review; part 1, 2\nand \\n more ☃", "2026-03-10T15:00", "2026-03-10T16:30")
    ]


@pytest.mark.parametrize(
    ("args", "start", "end"),
    [
        ({"start": "2026-03-10T15:00"}, "2026-03-10T15:00", "2026-03-10T16:00"),
        ({"start": "2026-03-10T15:00", "end": "17:15"}, "2026-03-10T15:00", "2026-03-10T17:15"),
        ({"start": "2026-03-10 15:00", "end": "2026-03-12T09:00"}, "2026-03-10T15:00", "2026-03-12T09:00"),
        ({"start": "2026-03-10"}, "2026-03-10", "2026-03-10"),
        ({"start": "2026-03-10", "end": "2026-03-12"}, "2026-03-10", "2026-03-12"),
        ({"start": "2026-03-10T15:00Z"}, "2026-03-10T16:00", "2026-03-10T17:00"),
        ({"start": "2026-03-10T15:00", "timezone": "America/New_York"}, "2026-03-10T20:00", "2026-03-10T21:00"),
        ({"start": "2026-03-28T23:30", "end": "2026-03-29T03:30"}, "2026-03-28T23:30", "2026-03-29T03:30"),
    ],
)
def test_times_as_people_write_them(desk, args, start, end) -> None:
    assert desk("create", title="x", **args).success
    check(desk.path.read_bytes())

    assert desk.days("2026-03-09", "2026-03-30") == [("x", start, end)]


def test_an_event_of_several_days_is_listed_on_each_of_them_and_no_other(desk) -> None:
    desk("create", title="Trip", start="2026-03-10", end="2026-03-12")
    desk("create", title="Night", start="2026-03-10T22:00", end="2026-03-11T02:00")

    seen = {day: [one[0] for one in desk.days(day, day)] for day in (f"2026-03-{n:02}" for n in range(9, 14))}

    assert seen == {
        "2026-03-09": [],
        "2026-03-10": ["Trip", "Night"],
        "2026-03-11": ["Trip", "Night"],
        "2026-03-12": ["Trip"],
        "2026-03-13": [],
    }


def test_a_list_is_a_table_and_a_text_and_begins_today(desk) -> None:
    desk("create", title="Lunch\nwith Sam", start="2026-03-06T12:30", location="Café")
    result = desk("list")

    assert (result.data["from"], result.data["to"]) == ("2026-03-05", "2026-03-11")
    assert result.data["rows"] == [["Lunch\nwith Sam", "2026-03-06T12:30", "2026-03-06T13:30", "Café"]]
    assert result.data["text"] == "- 2026-03-06 12:30 to 13:30: Lunch with Sam"
    assert result.untrusted
    assert desk("list", **{"from": "2027-01-01"}).data["text"] == "No events."


@pytest.mark.parametrize(
    ("args", "expected", "word"),
    [
        ({"start": "tomorrow"}, "invalid_time", "2026-03-10T15:00"),
        ({"start": "2026-02-30"}, "invalid_time", "2026-02-30"),
        ({"start": "2026-03-10T15:00", "end": "2026-03-10T14:00"}, "invalid_time", "not after"),
        ({"start": "2026-03-10T15:00", "end": "2026-03-10T15:00"}, "invalid_time", "not after"),
        ({"start": "2026-03-10T15:00", "end": "2026-03-11"}, "", ""),
        ({"start": "2026-03-10", "end": "2026-03-09"}, "invalid_time", "before the first"),
        ({"start": "2026-03-10", "end": "2026-03-10T10:00"}, "invalid_time", "both"),
        ({"start": "2026-03-29T02:30"}, "no_such_time", "2026-03-29T03:30"),
        ({"start": "2026-10-25T02:30"}, "ambiguous_time", "2026-10-25T02:30+01:00"),
        ({"start": "2026-03-10T15:00", "timezone": "Berlin"}, "invalid_zone", "Europe/Berlin"),
        ({"start": "2026-03-10T15:00", "timezone": "../../etc/passwd"}, "invalid_zone", "Europe/Berlin"),
        ({"start": "2026-03-10T15:00", "attendees": ["ann\nX:y"]}, "invalid_address", "line break"),
        ({"start": "2026-03-10T15:00", "repeat": "sometimes"}, "invalid_repeat", "weekly on monday"),
        ({"start": "2026-03-10T15:00", "repeat": "weekly on monday"}, "invalid_repeat", "2026-03-16"),
        ({"start": "2026-03-10T15:00", "repeat": "FREQ=SECONDLY"}, "invalid_repeat", "RRULE"),
        ({"start": "2026-03-10T15:00", "repeat": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"}, "invalid_repeat", "no day"),
    ],
)
def test_what_cannot_be_meant_is_explained_and_nothing_is_written(desk, args, expected, word) -> None:
    result = desk("create", title="x", **args)

    if not expected:
        assert result.success, result.error
        return
    assert kind(result) == expected, result.error
    assert word in result.error.message
    assert not desk.path.exists()


def test_the_offers_for_the_missing_and_the_doubled_hour_work(desk) -> None:
    for start in ("2026-03-29T03:30", "2026-03-29T01:30", "2026-10-25T02:30+02:00", "2026-10-25T02:30+01:00"):
        assert desk("create", title=start, start=start).success, start

    check(desk.path.read_bytes())
    starts = {str(one["SUMMARY"]): one.start.astimezone(UTC) for one in Calendar.from_ical(desk.text).walk("VEVENT")}
    assert starts["2026-10-25T02:30+02:00"] == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert starts["2026-10-25T02:30+01:00"] == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert starts["2026-03-29T03:30"] == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "missing", "doubled"),
    [
        ("Europe/Berlin", "2026-03-29T02:30", "2026-10-25T02:30"),
        ("America/New_York", "2026-03-08T02:30", "2026-11-01T01:30"),
        ("Asia/Kolkata", "", ""),
        ("Pacific/Apia", "2011-12-30T12:00", "2012-04-01T03:30"),
        ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-04-05T01:45"),
    ],
)
def test_zones_around_their_changes(desk_at, zone, missing, doubled) -> None:
    desk, where = desk_at(zone), ZoneInfo(zone)
    if missing:
        assert kind(desk("create", title="x", start=missing)) == "no_such_time"
        assert kind(desk("create", title="x", start=doubled)) == "ambiguous_time"
    day = datetime(2011, 6, 1, 9, 0) if zone == "Pacific/Apia" else datetime(2026, 1, 1, 9, 0)  # noqa: DTZ001
    starts = [day + timedelta(days=13 * n) for n in range(30)]
    for start in starts:
        assert desk("create", title="x", start=start.isoformat()[:16]).success or str(start).startswith("2011-12-30")

    raw = desk.path.read_bytes()
    check(raw)
    written = [one["DTSTART"] for one in Calendar.from_ical(raw).walk("VEVENT")]
    assert len(written) >= 29
    for moment in written:
        assert moment.dt.astimezone(UTC) == moment.dt.replace(tzinfo=where).astimezone(UTC)
        utc = moment.dt.astimezone(UTC).replace(tzinfo=None)
        assert offset_at(raw, zone, utc) == moment.dt.replace(tzinfo=where).utcoffset(), moment.dt


@pytest.mark.parametrize(
    "zone", ["Europe/Berlin", "America/New_York", "Africa/Casablanca", "Australia/Lord_Howe", "UTC"]
)
def test_the_description_of_a_zone_agrees_with_the_zone_for_ten_years(desk_at, zone) -> None:
    desk = desk_at(zone)
    desk("create", title="x", start="2026-01-15T12:00")
    raw = desk.path.read_bytes()
    check(raw)

    for week in range(0, 520, 1):
        utc = datetime(2026, 1, 1, 1, 30) + timedelta(weeks=week)  # noqa: DTZ001
        if zone != "UTC":
            assert offset_at(raw, zone, utc) == utc.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).utcoffset(), utc


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Africa/Casablanca", "Australia/Lord_Howe"])
def test_the_description_of_a_zone_changes_in_the_very_half_hour(desk_at, zone) -> None:
    desk, where = desk_at(zone), ZoneInfo(zone)
    desk("create", title="x", start="2026-01-15T12:00")
    raw = desk.path.read_bytes()

    def real(utc: datetime) -> timedelta | None:
        return utc.replace(tzinfo=UTC).astimezone(where).utcoffset()

    days = [datetime(2026, 1, 1) + timedelta(days=n) for n in range(800)]  # noqa: DTZ001
    changes = [day for day in days if real(day) != real(day + timedelta(days=1))]
    assert len(changes) >= 4
    for day in changes:
        halves = [day + timedelta(minutes=30 * n + 5) for n in range(48)]
        assert [offset_at(raw, zone, utc) for utc in halves] == [real(utc) for utc in halves], day


# --- changing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("args", "start", "end"),
    [
        ({"start": "10:00"}, "2026-03-10T10:00", "2026-03-10T11:30"),
        ({"start": "2026-03-11"}, "2026-03-11T14:00", "2026-03-11T15:30"),
        ({"start": "2026-03-11T09:00"}, "2026-03-11T09:00", "2026-03-11T10:30"),
        ({"end": "18:00"}, "2026-03-10T14:00", "2026-03-10T18:00"),
        ({"start": "13:00", "end": "13:30"}, "2026-03-10T13:00", "2026-03-10T13:30"),
        ({"title": "Budget 2027"}, "2026-03-10T14:00", "2026-03-10T15:30"),
        ({"location": "Hall"}, "2026-03-10T14:00", "2026-03-10T15:30"),
        ({"attendees": ["cy@example.org"]}, "2026-03-10T14:00", "2026-03-10T15:30"),
    ],
)
def test_an_update_changes_what_was_said_and_keeps_every_other_byte(desk, args, start, end) -> None:
    desk.path.write_bytes(FOREIGN.encode())

    result = desk("update", event="budget", **args)

    assert result.success, result.error
    assert (result.data["start"], result.data["end"]) == (start, end)
    own = (
        "DTSTART",
        "DTEND",
        "DURATION",
        "SUMMARY;",
        "SUMMARY:Budget 2027",
        " e 2",
        "LOCATION",
        "ATTENDEE",
        "DTSTAMP",
        "SEQUENCE",
        "sequence",
        "LAST-",
    )
    before = [line for line in FOREIGN.split("\r\n") if not line.startswith(own)]
    after = [line for line in desk.text.split("\r\n") if not line.startswith(own)]
    assert after == before
    assert "SEQUENCE:4" in desk.text
    assert "SUMMARY:alarm" in desk.text
    assert "DTSTART:20260311T100000Z" in desk.text


def test_bytes_that_are_no_text_and_other_line_ends_stay(desk) -> None:
    raw = FOREIGN.replace("\r\n", "\n").encode().replace(b"Untouched", b"Unt\xff\xfeouched")
    desk.path.write_bytes(raw)

    assert desk("update", event="budget", title="B").success
    assert desk("create", title="New", start="2026-03-10T15:00").success

    assert b"Unt\xff\xfeouched" in desk.path.read_bytes()
    assert b"\r\n" not in desk.path.read_bytes()
    assert [one[0] for one in desk.days("2026-03-10", "2026-03-10")] == ["B", "New"]


def test_no_event_and_several_events_are_said_with_what_there_is(desk) -> None:
    for day in (5, 6, 12):
        desk("create", title="Standup", start=f"2026-03-{day:02}T09:30")
    desk("create", title="Team retro", start="2026-03-12T16:00")

    missing = desk("update", event="Team reto", start="10:00")
    several = desk("delete", event="standup")
    wrong_day = desk("delete", event="standup", on="2026-03-07")
    part = desk("update", event="retro", start="17:00")

    assert kind(missing) == "not_found"
    assert "'Team retro'" in missing.error.message
    assert kind(several) == "ambiguous"
    assert several.error.message.count("2026-03-") == 3
    assert "(id " in several.error.message
    assert kind(wrong_day) == "not_found"
    assert part.data["start"] == "2026-03-12T17:00"
    assert desk("delete", event="standup", on="2026-03-06").data["start"] == "2026-03-06T09:30"
    by_id = several.error.message.split("(id ")[1].split(")")[0]
    assert desk("delete", event=by_id).success
    assert len(desk.days("2026-03-01", "2026-03-31")) == 2


def test_a_repeated_call_has_one_effect(desk) -> None:
    made = [desk("create", key="a", title="x", start="2026-03-10T15:00") for _ in range(2)]
    moved = [desk("update", key="b", event="x", title="y", start="16:00") for _ in range(2)]
    assert desk.days("2026-03-10", "2026-03-10") == [("y", "2026-03-10T16:00", "2026-03-10T17:00")]
    gone = [desk("delete", key="c", event="y") for _ in range(2)]

    for first, second in (made, moved, gone):
        assert first.success, first.error
        assert (first.data, first.undo) == (second.data, second.undo)
    assert desk.days("2026-03-10", "2026-03-10") == []
    assert desk("create", key="a", title="x", start="2026-03-10T15:00").success  # known: not made again
    assert desk.days("2026-03-10", "2026-03-10") == []


def test_what_was_done_is_taken_back_to_the_byte_once_and_not_where_it_was_changed_since(desk) -> None:
    desk.path.write_bytes(FOREIGN.encode())
    for name, args in (
        ("update", {"event": "other-1", "start": "10:00", "title": "z"}),
        ("delete", {"event": "other-1"}),
    ):
        result = desk(name, **args)
        assert result.success, result.error
        assert desk.text != FOREIGN
        assert all(desk.undo(name, result).success for _ in range(2))
        assert sorted(desk.text.split("\r\n")) == sorted(FOREIGN.split("\r\n"))

    made = desk("create", title="x", start="2026-03-10T15:00")
    desk("update", event="x", title="y")
    refused = desk.undo("create", made)
    assert kind(refused) == "changed"
    assert [one[0] for one in desk.days("2026-03-10", "2026-03-10")] == ["Budget, Runde 2", "y"]


def test_a_file_that_is_no_calendar_stays_and_is_named(desk) -> None:
    for text in ("not a calendar", FOREIGN[:-20]):
        desk.path.write_bytes(text.encode())
        for result in (desk("create", title="x", start="2026-03-10"), desk("list"), desk("delete", event="x")):
            assert kind(result) == "garbled"
        assert desk.text == text


# --- series -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("repeat", "rule", "days"),
    [
        ("daily", "FREQ=DAILY", [9, 10, 11, 12, 13, 14, 15]),
        ("every 2 days, 3 times", "FREQ=DAILY;INTERVAL=2;COUNT=3", [9, 11, 13]),
        ("weekly until 2026-03-16", "FREQ=WEEKLY;UNTIL=20260316T225959Z", [9, 16]),
        ("weekly on monday and thursday 3 times", "FREQ=WEEKLY;BYDAY=MO,TH;COUNT=3", [9, 12, 16]),
        ("every weekday for 6 times", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;COUNT=6", [9, 10, 11, 12, 13, 16]),
        ("every monday", "FREQ=WEEKLY;BYDAY=MO", [9, 16]),
        ("every other week", "FREQ=WEEKLY;INTERVAL=2", [9]),
        ("monthly", "FREQ=MONTHLY", [9]),
        ("Annually", "FREQ=YEARLY", [9]),
        ("RRULE:FREQ=MONTHLY;BYDAY=2MO;COUNT=2", "FREQ=MONTHLY;BYDAY=2MO;COUNT=2", [9]),
        ("freq=daily;until=20260311", "FREQ=DAILY;UNTIL=20260311T225959Z", [9, 10, 11]),
    ],
)
def test_a_repetition_in_words_is_a_rule(desk, repeat, rule, days) -> None:
    made = desk("create", title="x", start="2026-03-09T23:00", end="23:15", repeat=repeat)

    assert made.success, made.error
    check(desk.path.read_bytes())
    assert made.data["repeats"] == rule
    seen = [int(one[1][8:10]) for one in desk.days("2026-03-09", "2026-03-16")]
    assert seen[: len(days)] == days
    assert len(seen) <= len(days) + 1


def series(desk) -> str:
    made = desk("create", title="Standup", start="2026-03-23T02:30", end="02:45", repeat="daily 10 times")
    return made.data["id"]


def test_an_occurrence_in_the_missing_hour_says_so(desk) -> None:
    series(desk)
    result = desk("list", **{"from": "2026-03-28", "to": "2026-03-30"})

    notes = [one.get("note", "") for one in result.data["events"]]
    assert (notes[0], notes[2]) == ("", "")
    assert "02:30 does not exist" in notes[1]
    assert "does not exist" in result.data["text"]


def test_one_occurrence_is_moved_and_another_taken_out_and_both_taken_back(desk) -> None:
    series(desk)
    before = desk.text

    moved = desk("update", event="standup", on="2026-03-25", start="10:00", title="Late standup")
    gone = desk("delete", event="standup", on="2026-03-26")
    again = desk("update", event="late", on="2026-03-25", start="11:00")

    assert moved.success, moved.error
    assert gone.success, gone.error
    assert again.success, again.error
    check(desk.path.read_bytes())
    assert desk.text.count("BEGIN:VEVENT") == 2
    assert desk.days("2026-03-24", "2026-03-27") == [
        ("Standup", "2026-03-24T02:30", "2026-03-24T02:45"),
        ("Late standup", "2026-03-25T11:00", "2026-03-25T11:15"),
        ("Standup", "2026-03-27T02:30", "2026-03-27T02:45"),
    ]
    for name, result in (("update", again), ("delete", gone), ("update", moved)):
        assert desk.undo(name, result).success
    assert desk.text == before


def test_a_moved_series_takes_its_exceptions_along(desk) -> None:
    series(desk)
    desk("update", event="standup", on="2026-03-25", title="Special")
    desk("delete", event="standup", on="2026-03-26")

    result = desk("update", event="standup", start="09:00")

    assert result.success, result.error
    check(desk.path.read_bytes())
    assert desk.days("2026-03-24", "2026-03-27") == [
        ("Standup", "2026-03-24T09:00", "2026-03-24T09:15"),
        ("Special", "2026-03-25T02:30", "2026-03-25T02:45"),
        ("Standup", "2026-03-27T09:00", "2026-03-27T09:15"),
    ]
    assert len(desk.days("2026-03-20", "2026-04-20")) == 9


def test_a_series_cannot_begin_on_a_day_that_it_does_not_have(desk) -> None:
    desk("create", title="Weekly", start="2026-03-09T10:00", repeat="weekly on monday")
    before = desk.text

    result = desk("update", event="weekly", start="2026-03-10")

    assert kind(result) == "invalid_repeat"
    assert "2026-03-16" in result.error.message
    assert desk.text == before


def test_whole_days_repeat_too_and_the_series_goes_as_one(desk) -> None:
    desk("create", title="Rent", start="2026-03-01", repeat="monthly until 2026-06-30")

    desk("delete", event="rent", on="2026-04-01")
    check(desk.path.read_bytes())
    assert [one[1] for one in desk.days("2026-01-01", "2026-12-31")] == ["2026-03-01", "2026-05-01", "2026-06-01"]
    assert desk("delete", event="rent").success
    assert desk.days("2026-01-01", "2026-12-31") == []
    assert "BEGIN:VEVENT" not in desk.text


def test_a_series_keeps_its_time_when_the_clocks_change(desk) -> None:
    desk("create", title="x", start="2026-03-27T09:00", repeat="daily 5 times")

    assert {one[1][11:] for one in desk.days("2026-03-27", "2026-03-31")} == {"09:00"}


@pytest.mark.parametrize("start", ["2016-01-04T09:00", "2016-01-04"])
@pytest.mark.parametrize(
    "repeat", ["weekly", "every 2 weeks", "weekly on monday and thursday", "every 3 days", "every weekday", "daily"]
)
def test_a_series_that_began_long_ago_has_the_days_that_counting_finds(desk, start, repeat) -> None:
    from dateutil.rrule import rrulestr

    made = desk("create", title="x", start=start, repeat=repeat)
    rule = rrulestr(made.data["repeats"], dtstart=datetime.fromisoformat(start))
    wanted = rule.between(datetime(2026, 3, 1), datetime(2026, 4, 30, 23), inc=True)  # noqa: DTZ001

    assert [one[1][:10] for one in desk.days("2026-03-01", "2026-04-30")] == [f"{day:%Y-%m-%d}" for day in wanted]
    desk("update", event="x", on=f"{wanted[2]:%Y-%m-%d}", title="y")
    desk("delete", event="x", on=f"{wanted[3]:%Y-%m-%d}")
    check(desk.path.read_bytes())
    left = [one[0] for one in desk.days("2026-03-01", "2026-04-30")]
    assert (left.count("x"), left.count("y")) == (len(wanted) - 2, 1)


# --- hostile text -----------------------------------------------------------------------------------------------------

HOSTILE = [
    "x\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:evil",
    "x\nATTENDEE:mailto:eve@example.org",
    "x\\nATTENDEE:mailto:eve@example.org",
    'a;b,c:d"e\\',
    "☃👩‍👩‍👧 " * 40,
    "y" * 10_000,
    "x\u2028BEGIN:VALARM",
    "x\x00\x0b\x0c\x1c\x85",
    " leading and trailing ",
    "=?utf-8?q?x?=",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_titles_stay_titles(desk, text) -> None:
    for place in ("title", "location"):
        args = {"title": "t", "start": "2026-03-10T15:00"} | {place: text}
        assert desk("create", **args).success

    events = check(desk.path.read_bytes())
    assert len(events) == 2
    assert all("ATTENDEE" not in [name for name, _, _ in event] for event in events)
    read = Calendar.from_ical(desk.path.read_bytes()).walk("VEVENT")
    wanted = cleaned(text.replace("\r\n", "\n").replace("\r", "\n"), keep="\n\t")
    assert str(read[0]["SUMMARY"]) == wanted
    assert str(read[1]["LOCATION"]) == wanted


@given(st.text(min_size=1, max_size=200), st.text(max_size=200))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_title_is_found_again_and_renamed(desk, title, other) -> None:
    desk.path.unlink(missing_ok=True)
    made = desk("create", title=title, start="2026-03-10T15:00")
    assert made.success, made.error
    renamed = desk("update", event=made.data["id"], title=f"n{other}", location=other or None)
    assert renamed.success, renamed.error

    (event,) = check(desk.path.read_bytes())
    assert event
    assert desk.days("2026-03-10", "2026-03-10")[0][0].startswith("n")
    assert desk.undo("update", renamed).success
    assert desk("delete", event=made.data["id"]).success
