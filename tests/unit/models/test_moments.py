"""Days and times as people say them, seen from Wednesday, 4 March 2026, 9:30."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentlab.models.offline.moments import When, find_moments

NOW = datetime(2026, 3, 4, 9, 30)  # noqa: DTZ001 - local, as people mean it


def when(said: str) -> When:
    return When.of(find_moments(said.lower(), NOW))


@pytest.mark.parametrize(
    ("said", "start", "finish"),
    [
        ("today at noon", "2026-03-04T12:00", ""),
        ("tomorrow 10:00-11:30", "2026-03-05T10:00", "2026-03-05T11:30"),
        ("the day after tomorrow", "2026-03-06", ""),
        ("on Friday at 9 am", "2026-03-06T09:00", ""),
        ("Wednesday", "2026-03-11", ""),
        ("next Tuesday at 3pm", "2026-03-10T15:00", ""),
        ("next Friday", "2026-03-13", ""),
        ("in two weeks", "2026-03-18", ""),
        ("on 12 March 2026, 10:00", "2026-03-12T10:00", ""),
        ("March 19th at 1 pm", "2026-03-19T13:00", ""),
        ("1 February", "2027-02-01", ""),
        ("2026-03-16T15:00", "2026-03-16T15:00", ""),
        ("31.12.2026", "2026-12-31", ""),
        ("tomorrow from 2 to 4pm", "2026-03-05T14:00", "2026-03-05T16:00"),
        ("tomorrow from 11 to 1pm", "2026-03-05T11:00", "2026-03-05T13:00"),
        ("tomorrow at 14:30 for 45 minutes", "2026-03-05T14:30", "2026-03-05T15:15"),
        ("a two-hour workshop tomorrow at 9:00", "2026-03-05T09:00", "2026-03-05T11:00"),
        ("from 9 March to 13 March", "2026-03-09", "2026-03-13"),
        ("between 9 and 11 March", "2026-03-09", "2026-03-11"),
        ("next week", "2026-03-09", "2026-03-15"),
        ("this week", "2026-03-04", "2026-03-08"),
        ("to 16:00", "16:00", ""),
    ],
)
def test_what_is_plain_is_read(said, start, finish) -> None:
    assert (when(said).start, when(said).finish, when(said).doubt) == (start, finish, "")


@pytest.mark.parametrize("said", ["tomorrow at 3", "03/04/2026 at 10:00", "30 February 2027", "at 11 o'clock"])
def test_what_can_be_read_in_two_ways_carries_a_doubt(said) -> None:
    assert when(said).doubt


@pytest.mark.parametrize(
    "said", ["in 3 sentences", "room 2.07", "it may rain", "the sun is warm", "by an hour", "version 2.5", "1 to 2"]
)
def test_what_is_no_moment_is_none(said) -> None:
    assert (when(said).start, when(said).doubt) == ("", "")


@given(st.text(alphabet="0123456789:/.-ampt onday next to", max_size=40))
def test_no_text_breaks_the_reading(text) -> None:
    found = find_moments(text, NOW)

    assert all(one.end <= other.start for one, other in pairwise(found))
    assert isinstance(When.of(found).finish, str)
