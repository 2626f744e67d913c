"""Replay, compare and score by clicking; whole payloads beside the waterfall; a trace of 50,000 spans in the browser."""

from __future__ import annotations

import re
import time
from datetime import timedelta

import pytest
from playwright.sync_api import expect

import agentlab
from agentlab.trace import utc_now
from agentlab.types import Event, Span

expect.set_options(timeout=20_000)

LONG = "A long line of text. " * 3_000
WRITE = {"steps": [{"id": "note", "tool": "drive.createDoc", "args": {"title": "Long", "content": LONG}}]}
MANY, TRACE = 50_000, "d" * 32


@pytest.fixture(scope="session")
def long_run(site) -> str:
    """A run whose argument is longer than what is sent at once."""
    return site.finished("Write a long note", WRITE)


@pytest.fixture(scope="session")
def large(site) -> str:
    """A trace of 50,000 spans that another program has sent."""
    begun = utc_now() - timedelta(hours=1)
    with agentlab.open(str(site.home)) as lab:
        for number in range(MANY):
            turn = (number - 1) // 100 * 100 + 1
            parent = None if number == 0 else 0 if number == turn else turn
            span = Span(
                trace_id=TRACE, run_id=TRACE, span_id=f"{number:016x}",
                parent_span_id=None if parent is None else f"{parent:016x}",
                name=f"span {number}", kind="agent" if parent in {None, 0} else "tool", status="ok",
                started_at=begun + timedelta(milliseconds=number), duration_ms=1.0 if number else 50_000.0,
                payloads={"input": {"number": number}},
            )  # fmt: skip
            lab.store.record(Event(phase="end", span=span))
    return TRACE


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
@pytest.mark.parametrize("name", ["compare", "nothing chosen", "large", "long"])
def test_every_page_is_quiet_accessible_and_fits(tab, pictures, long_run, large, site, name, look) -> None:
    other = site.finished(
        "Write a long note", {"steps": [WRITE["steps"][0] | {"args": {"title": "Short", "content": "x"}}]}
    )
    path = {
        "compare": f"/compare?a={long_run}&b={other}", "nothing chosen": "/compare", "large": f"/run?run={large}",
    }.get(name, f"/run?run={long_run}")  # fmt: skip
    it = tab(look)
    page = it.open(path)
    if name in {"large", "long"}:
        page.locator(".trace[data-ready=stored] .row").first.wait_for()
    it.settle()

    page.screenshot(path=pictures / f"{name}-{look}.png".replace(" ", "-"))

    assert it.troubles == []
    assert it.overflow() <= 0
    assert it.violations() == []


def test_the_selected_span_shows_its_whole_payload_on_demand(tab, long_run) -> None:
    it = tab()
    page = it.open(f"/run?run={long_run}")
    page.locator(".trace .row").nth(2).click()

    arguments = page.locator(".detail section", has_text="Arguments").first
    expect(arguments.locator("pre")).to_contain_text("A long line of text.")
    before = len(arguments.locator("pre").inner_text())
    arguments.get_by_role("button", name=re.compile("Show all")).click()
    expect(arguments.get_by_role("button", name=re.compile("Show all"))).to_have_count(0)

    assert before < 25_000 < len(LONG) < len(arguments.locator("pre").inner_text())
    assert it.troubles == []


def test_a_replay_by_click_ends_like_its_run_and_is_the_same(tab, long_run) -> None:
    it = tab()
    page = it.open(f"/run?run={long_run}")
    page.get_by_role("button", name="Replay").click()
    page.wait_for_url(lambda url: "run=run_" in url and long_run not in url)
    page.locator(".trace[data-ready=stored]").wait_for()
    replay = page.url.split("run=")[1]
    expect(page.locator(".badge")).to_have_text("Succeeded")
    it.settle()

    it.open(f"/compare?a={long_run}&b={replay}")

    expect(page.locator(".notice")).to_contain_text("The runs are the same")
    assert it.troubles == []


def test_launch_takes_a_replay_for_a_model_and_its_goal_with_it(tab, long_run) -> None:
    it = tab()
    page = it.open("/launch")

    page.get_by_role("combobox", name="Model").fill(f"replay:{long_run}")
    page.keyboard.press("Enter")
    page.get_by_text("Gives the answers of a recorded run again").wait_for()
    page.get_by_role("button", name="Run", exact=True).click()
    page.wait_for_url(re.compile(r"/run\?run=run_"))

    expect(page.locator(".head h1")).to_have_text("Write a long note")
    expect(page.locator(".badge")).to_have_text("Succeeded")
    assert it.troubles == []


def test_a_score_given_by_click_is_listed_with_its_author(tab, long_run) -> None:
    it = tab()
    page = it.open(f"/run?run={long_run}")

    page.get_by_label("Comment").fill("Too long")
    page.get_by_role("radio", name="Bad").click()
    page.get_by_role("button", name="Add score").click()

    row = page.locator(".scores .score")
    expect(row).to_contain_text("Too long")
    expect(row).to_contain_text("bad 0")
    expect(row).to_contain_text("(person)")
    assert it.troubles == []


def test_two_runs_are_chosen_by_their_names(tab, long_run) -> None:
    it = tab()
    page = it.open(f"/run?run={long_run}")
    page.get_by_role("button", name="Compare").click()
    page.wait_for_url(re.compile("compare"))

    page.get_by_label("Run B").click()
    page.get_by_role("option").first.click()

    page.locator(".pairs .pair").first.wait_for()
    expect(page).to_have_url(re.compile(f"a={long_run}.*b=run_"))
    assert it.troubles == []


def test_a_large_trace_is_there_soon_and_stays_quick(tab, large) -> None:
    it = tab()
    page = it.open("/run")
    began = time.monotonic()
    it.open(f"/run?run={large}")
    page.locator(".trace[data-ready=stored] .row").first.wait_for()
    ready = time.monotonic() - began
    tree, title = page.locator(".tree"), page.locator(".detail h3")

    assert ready < 8, "on a machine that is not busy with other tests it is about two seconds"
    assert page.locator(".trace .row").count() < 200
    tree.press("End")
    expect(title).to_have_text(f"span {MANY - 1}")
    expect(page.locator(".row[aria-selected=true] .name b")).to_have_text(f"span {MANY - 1}")
    tree.press("PageUp")
    expect(title).not_to_have_text(f"span {MANY - 1}")
    tree.evaluate("tree => { tree.scrollTop = 31 * 25000 }")
    expect(page.locator(".row[data-place='25003']")).to_be_visible()
    page.locator(".row[data-place='25003']").click()
    expect(title).to_have_text("span 25003")
    expect(page.locator(".detail section").first).to_contain_text("25003")
    tree.press("Home")
    tree.press("ArrowLeft")
    expect(page.get_by_role("treeitem")).to_have_count(1)
    tree.press("ArrowRight")
    tree.press("j")
    expect(title).to_have_text("span 1")
    assert it.troubles == []
