"""Rows of a waterfall: the order of a tree, whatever the order and the gaps of the spans."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as some
from insight_traces import NOON, a_span, a_trace

from agentlab.insight.waterfall import LONGEST_TEXT, rows_of, total_ms


def test_parents_come_before_children_and_siblings_in_order_of_their_start() -> None:
    spans = a_trace()
    random.Random(1).shuffle(spans)

    rows = rows_of(spans)

    assert [(row.id, row.depth) for row in rows] == [
        ("run", 0), ("plan", 1), ("a", 1), ("a1", 2), ("b", 1), ("b1", 2), ("b2", 2),
    ]  # fmt: skip


def test_times_count_from_the_first_start() -> None:
    rows = rows_of([a_span("run", kind="run", at_ms=500, duration_ms=30.0), a_span("t", "run", at_ms=510)])

    assert [row.start_ms for row in rows] == [0, 10]
    assert total_ms(rows) == 30


def test_colour_follows_the_category_of_the_tool_then_the_kind() -> None:
    spans = [
        a_span("r", kind="run"),
        a_span("p", "r", kind="plan", at_ms=1),
        a_span("h", "r", tool_category="http", at_ms=2),
        a_span("c", "r", tool_category="calendar", at_ms=3),
    ]

    assert [row.kind for row in rows_of(spans)] == ["group", "llm", "http", "other"]


def test_a_running_span_has_no_duration_and_micro_credits_become_credits() -> None:
    (row,) = rows_of([a_span("t", status="running", duration_ms=None, credits=1_500_000)])

    assert (row.duration_ms, row.status, row.credits) == (None, "running", 1.5)


def test_unknown_cost_stays_unknown() -> None:
    (row,) = rows_of([a_span("t", cost_usd=None)])

    assert row.cost_usd is None
    assert row.credits is None


def test_times_and_attributes_may_come_as_text() -> None:
    (row,) = rows_of([a_span("t") | {"started_at": NOON.isoformat(), "attributes": '{"a": 1}'}])

    assert row.attributes == {"a": 1}


def test_long_texts_are_cut_with_a_note() -> None:
    (row,) = rows_of([a_span("t", attributes={"text": "x" * (LONGEST_TEXT + 1_234)})])

    assert row.attributes["text"].endswith("(1,234 more characters)")
    assert len(row.attributes["text"]) < LONGEST_TEXT + 50


@pytest.mark.parametrize("spans", [[], ()])
def test_no_spans_make_no_rows_and_a_total_that_divides(spans) -> None:
    assert rows_of(spans) == []
    assert total_ms([]) == 1


ids = some.sampled_from("abcdefgh")


@given(some.lists(some.tuples(ids, some.none() | ids, some.integers(0, 1_000)), max_size=12), some.randoms())
def test_every_span_has_one_row_even_where_parents_are_missing_or_go_in_circles(parts, chance) -> None:
    spans = [a_span(name, parent, at_ms=at) for name, parent, at in {part[0]: part for part in parts}.values()]

    rows = rows_of(spans)
    shuffled = list(spans)
    chance.shuffle(shuffled)

    by_id = {row.id: row for row in rows}
    assert sorted(row.id for row in rows) == sorted(span["span_id"] for span in spans)
    for place, row in enumerate(rows):
        assert row.depth == (by_id[row.parent].depth + 1 if row.parent else 0)
        assert row.parent is None or row.parent in {above.id for above in rows[:place]}
    assert rows_of(shuffled) == rows
