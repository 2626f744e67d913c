"""The waterfall and the run as HTML: nothing in a trace may become markup, nothing may be loaded."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from insight_traces import a_span, a_trace

from agentlab.insight.html import MOST_ROWS, run_html, waterfall_html
from agentlab.insight.waterfall import rows_of

EVIL = '<img src="http://evil.example/x.png" onerror="alert(1)">'
RUN = {
    "run_id": "run_1", "status": "failed", "goal": EVIL, "model": "offline", "answer": "", "error": f"No: {EVIL}",
    "steps": [{"status": "succeeded"}, {"status": "failed"}], "credits": 0.5, "cost_usd": None, "duration_s": 1.5,
}  # fmt: skip


class Tags(HTMLParser):
    """Collects the tags and the attributes of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.open.append(tag)
        self.attributes += [name for name, _ in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_one_line_for_every_span_with_its_name_and_time() -> None:
    page = waterfall_html(rows_of(a_trace()))

    assert page.count("alw-bar") - page.count(".alw-bar") == 7
    assert "Fetch the second" in page
    assert "timeout" in page
    assert "700 ms" in page


def test_nothing_of_a_trace_becomes_markup_or_a_request() -> None:
    spans = [a_span("run", kind="run"), a_span("t", "run", name=EVIL, status="error", error_type=EVIL)]

    page = run_html(RUN, spans)

    found = Tags(page)
    assert set(found.tags) == {"style", "div", "span", "b", "i"}
    assert set(found.attributes) <= {"class", "style", "role", "aria-label"}
    assert found.open == []
    assert not re.search(r"url\(|@import|src=(?!&quot;)", page)


def test_a_run_shows_its_figures_and_says_unknown_where_it_is() -> None:
    page = run_html(RUN, a_trace())

    for text in ("run_1", "1 of 2 steps", "0.5 credits", "—", "1.50 s", "failed"):
        assert text in page


def test_a_very_long_trace_says_what_it_leaves_out() -> None:
    spans = [a_span(f"s{n}", at_ms=n) for n in range(MOST_ROWS + 3)]

    assert "and 3 more" in waterfall_html(rows_of(spans))


def test_a_run_without_spans_is_still_a_run() -> None:
    assert "run_1" in run_html(RUN, [])
