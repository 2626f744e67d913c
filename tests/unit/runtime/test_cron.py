"""When a line of cron comes: forms, names, zones, and the two nights on which clocks are changed."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentlab.errors import ScheduleInvalid
from agentlab.runtime.cron import ALIASES, read_cron

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str, zone: ZoneInfo | None = None) -> float:
    """Seconds since the epoch of a time in a zone, in UTC where there is none."""
    return datetime.fromisoformat(text).replace(tzinfo=zone or UTC).timestamp()


def shown(moments: tuple[float, ...], zone: ZoneInfo) -> list[str]:
    return [f"{datetime.fromtimestamp(moment, zone):%m-%d %H:%M %z}" for moment in moments]


def test_names_ranges_and_steps_are_read() -> None:
    monday = at("2026-03-02 00:00")

    assert read_cron("0 7 * * MON-FRI").next(monday, 2) == (at("2026-03-02 07:00"), at("2026-03-03 07:00"))
    assert read_cron("*/20 9-10 * jan sun").next(monday) == (at("2027-01-03 09:00"),)
    assert read_cron("0 0 1 */6 *").next(monday, 2) == (at("2026-07-01 00:00"), at("2027-01-01 00:00"))


@pytest.mark.parametrize("word", ALIASES)
def test_words_stand_for_a_line(word) -> None:
    assert read_cron(word).line == ALIASES[word]


def test_a_time_that_has_just_come_is_the_last_and_not_the_next() -> None:
    cron = read_cron("0 7 * * *")

    assert cron.next(at("2026-03-02 07:00")) == (at("2026-03-03 07:00"),)
    assert cron.last(at("2026-03-02 07:00")) == at("2026-03-02 07:00")
    assert cron.last(at("2026-03-02 06:59")) == at("2026-03-01 07:00")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("", "0 fields"),
        ("0 7 * *", "4 fields"),
        ("* * * * * *", "6 fields"),
        ("@fortnightly", "1 fields"),
        ("61 * * * *", "minute"),
        ("0 25 * * *", "hour"),
        ("0 7 * * FUNDAY", "day-of-week"),
        ("0 0 30 2 *", "day-of-month"),
        ("0 7 * * */0", "day-of-week"),
    ],
)
def test_a_line_that_cannot_be_read_is_refused_with_the_field_and_the_form(line, says) -> None:
    with pytest.raises(ScheduleInvalid, match=says) as refused:
        read_cron(line)

    assert "minute hour" in refused.value.hint


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../../etc/passwd", "/etc/passwd"])
def test_a_zone_that_there_is_not_is_refused(name) -> None:
    with pytest.raises(ScheduleInvalid, match="no time zone"):
        read_cron("@daily", name)


def test_a_local_time_that_the_clocks_skip_comes_once_when_they_go_on() -> None:
    cron = read_cron("30 2 * * *", "Europe/Berlin")

    found = cron.next(at("2026-03-28 12:00", BERLIN), 2)

    assert shown(found, BERLIN) == ["03-29 03:00 +0200", "03-30 02:30 +0200"]
    assert cron.last(at("2026-03-29 03:00", BERLIN)) == found[0]


def test_a_local_time_that_the_clocks_show_twice_comes_once() -> None:
    cron = read_cron("30 2 * * *", "Europe/Berlin")

    found = cron.next(at("2026-10-24 12:00", BERLIN), 2)

    assert shown(found, BERLIN) == ["10-25 02:30 +0200", "10-26 02:30 +0100"]
    again = found[0] + 3_600
    assert cron.last(again) == found[0]
    assert cron.next(found[0] + 60)[0] == found[1]


def test_several_times_inside_the_gap_and_the_doubled_hour_come_once_each() -> None:
    cron = read_cron("*/15 2 * * *", "Europe/Berlin")

    assert shown(cron.next(at("2026-03-29 00:30", BERLIN), 2), BERLIN) == ["03-29 03:00 +0200", "03-30 02:00 +0200"]
    doubled = shown(cron.next(at("2026-10-25 00:30", BERLIN), 5), BERLIN)
    assert doubled == [*(f"10-25 02:{m:02} +0200" for m in (0, 15, 30, 45)), "10-26 02:00 +0100"]


@pytest.mark.parametrize("night", ["2026-03-29 00:00", "2026-10-25 00:00"])
def test_every_quarter_of_an_hour_stays_that_while_clocks_change(night) -> None:
    found = read_cron("*/15 * * * *", "Europe/Berlin").next(at(night, BERLIN), 20)

    assert {later - sooner for sooner, later in itertools.pairwise(found)} == {900}


def test_a_whole_day_that_a_zone_skips_does_not_stop_it() -> None:
    apia = ZoneInfo("Pacific/Apia")

    found = read_cron("0 9 * * *", "Pacific/Apia").next(at("2011-12-29 12:00", apia), 2)

    assert shown(found, apia) == ["12-31 00:00 +1400", "12-31 09:00 +1400"]


LINES = st.sampled_from(
    ["30 2 * * *", "*/7 1-3 * * *", "0 * * * *", "*/15 * * * *", "15 3 1 * MON", "0 0 29 2 *", "59 23 L * *"]
)
ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"]
)
WHEN = st.integers(0, int(timedelta(days=366 * 70).total_seconds()))


@given(LINES, ZONES, WHEN)
def test_the_next_times_rise_and_the_last_one_is_the_one_before_them(line, zone, when) -> None:
    cron = read_cron(line, zone)

    found = cron.next(when, 4)

    assert when < found[0] < found[1] < found[2] < found[3]
    assert cron.last(found[2]) == found[2]
    assert cron.last(found[3] - 1) == found[2]
    assert cron.last(when) <= when
