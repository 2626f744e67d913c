"""Compare, replay and score on the pages; traces of other programs; traces too large to be sent along."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from app_reading import EVIL, parts, words

import agentlab
from agentlab.trace import utc_now
from agentlab.types import Event, Span

TRACE = "e" * 32


@pytest.fixture(scope="module")
def traced(tmp_path_factory):
    """A lab that holds nothing but a trace of another program, of more spans than a page is sent."""
    path, begun = tmp_path_factory.mktemp("traced"), utc_now() - timedelta(minutes=1)
    with agentlab.open(str(path)) as lab:
        for number in range(1_200):
            parent = f"{0:016x}" if number else None
            span = Span(
                trace_id=TRACE, run_id=TRACE, span_id=f"{number:016x}", parent_span_id=parent, name=f"call {number}",
                kind="tool" if number else "agent", started_at=begun + timedelta(milliseconds=number), duration_ms=1.0,
                status="ok",
            )  # fmt: skip
            lab.store.record(Event(phase="end", span=span))
    return SimpleNamespace(path=path)


def test_a_run_can_be_replayed_from_its_page(visit, worked) -> None:
    from ui.bench import the_lab

    app = visit(worked, "run", run=worked.good)
    app.button(key="replay").click().run()

    (waiting,) = the_lab().durable.queued()
    the_lab().cancel(waiting.run_id)
    assert (waiting.model, waiting.tools) == (f"replay:{worked.good}", "recorded")
    assert waiting.plan.steps[0].tool == "drive.list"
    assert app.query_params["run"] == waiting.run_id


def test_compare_leads_to_its_page_with_the_run_chosen(visit, worked) -> None:
    app = visit(worked, "run", run=worked.good)
    app.button(key="compare").click().run()

    assert app.selectbox(key="compare-a").value == worked.good
    assert "Choose two runs" in words(app)


def test_an_address_names_both_runs_and_the_page_shows_where_they_part(visit, worked) -> None:
    app = visit(worked, "compare", a=worked.good, b=worked.bad)

    assert "First difference: Goal." in words(app)
    assert {"verdict", "sides", "pairs"} <= parts(app).keys()
    assert EVIL in words(app)
    assert not app.exception


def test_a_run_is_the_same_as_itself(visit, worked) -> None:
    assert "The runs are the same" in words(visit(worked, "compare", a=worked.good, b=worked.good))


def test_an_unknown_run_is_named_on_the_compare_page(visit, worked) -> None:
    app = visit(worked, "compare", a=worked.good, b="run_nobody")

    assert "There is no run 'run_nobody'." in words(app)
    assert not app.exception


def test_choosing_a_run_puts_it_into_the_address(visit, worked) -> None:
    app = visit(worked, "compare")
    app.selectbox(key="compare-a").set_value(worked.good).run()

    assert app.query_params["a"] == worked.good


def test_a_score_is_added_and_shown_with_its_author(visit, worked) -> None:
    from agentlab.scoring import user

    app = visit(worked, "run", run=worked.good)
    app.text_input(key="score-text").set_value(f"As asked {EVIL}")
    app.segmented_control(key="score-verdict").set_value("Good")
    next(button for button in app.button if button.label == "Add score").click().run()

    shown = words(app)
    assert "helpful" in shown
    assert "good 1" in shown
    assert f"As asked {EVIL}" in shown
    assert f"{user()} (person)" in shown


def test_an_empty_score_is_answered_with_what_to_do(visit, worked) -> None:
    app = visit(worked, "run", run=worked.bad)
    next(button for button in app.button if button.label == "Add score").click().run()

    assert "says nothing" in words(app)


def test_a_trace_of_another_program_opens_and_a_large_one_is_fetched_by_the_browser(visit, traced) -> None:
    app = visit(traced, "run", run=TRACE)

    trace = parts(app)["trace"]
    assert "call 0" in words(app)
    assert "1,200" in words(app)
    assert (trace["rows"], trace["spans"], trace["table"]) == ([], 1_200, f"/api/runs/{TRACE}/waterfall")
    assert [button.label for button in app.button] == ["Compare", "Add score"]
