"""Numbers as people read them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some
from insight_traces import NOON

from agentlab.insight import written


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (None, "—"), (0, "0 ms"), (4.26, "4.3 ms"), (420.4, "420 ms"), (999.6, "1.00 s"), (3_000, "3.00 s"),
        (21_840, "21.8 s"), (59_960, "1 min 00 s"), (245_000, "4 min 05 s"), (7_800_000, "2 h 10 min"),
    ],
)  # fmt: skip
def test_durations(ms, text) -> None:
    assert written.duration(ms) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [(None, "—"), (0, "0"), (0.0004, "<0.001"), (0.041, "0.041"), (1.5, "1.5"), (2.0, "2"), (12_345.6, "12,346")],
)
def test_credits(amount, text) -> None:
    assert written.credits(amount) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [(None, "—"), (0, "$0"), (0.00001, "<$0.0001"), (0.0112, "$0.0112"), (1.5, "$1.50"), (1_204, "$1,204.00")],
)
def test_dollars(amount, text) -> None:
    assert written.dollars(amount) == text


@pytest.mark.parametrize(
    ("before", "text"),
    [
        (timedelta(seconds=3), "just now"), (timedelta(seconds=50), "1 min ago"), (timedelta(minutes=59), "59 min ago"),
        (timedelta(hours=5), "5 h ago"), (timedelta(days=3), "3 d ago"), (timedelta(days=60), "31 Dec 2025"),
        (timedelta(seconds=-5), "just now"),
    ],
)  # fmt: skip
def test_ago(before, text) -> None:
    assert written.ago(NOON - before, NOON) == text


@pytest.mark.parametrize(("amount", "text"), [(0, "0 steps"), (1, "1 step"), ("1", "1 step"), ("1.5", "1.5 steps")])
def test_nouns_follow_their_amount(amount, text) -> None:
    assert written.counted(amount, "step") == text


def test_shares_of_nothing_are_unknown() -> None:
    assert written.share(0, 0) == "—"
    assert written.share(10, 11) == "91 %"


@given(some.floats(0, 1e9, allow_nan=False))
def test_every_duration_has_a_unit_and_stays_short(ms) -> None:
    text = written.duration(ms)

    assert len(text) <= 16
    assert text.split()[-1] in {"ms", "s", "min"}
