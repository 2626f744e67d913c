"""What a person sees: a click on a suggested goal until its trace, and every page in light, in dark and on a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

expect.set_options(timeout=20_000)

EVIL = '![](http://evil.example/x.png) <img src="http://evil.example/y.png" onerror="fetch(`http://evil.example`)">'
GOOD = {
    "steps": [
        {"id": "note", "tool": "drive.createDoc", "args": {"title": "Note", "content": EVIL}, "description": EVIL}
    ]
}
BAD = {
    "steps": [
        {"id": "look", "tool": "drive.list", "args": {}},
        {"id": "fetch", "tool": "http.get", "args": {"url": "http://127.0.0.1:9/private"}, "depends_on": ["look"]},
    ]
}


@pytest.fixture(scope="session")
def good(site) -> str:
    """A run that succeeded, full of text that would like to be markup."""
    return site.finished(f"Write a note {EVIL}", GOOD)


@pytest.fixture(scope="session")
def bad(site) -> str:
    """A run that failed."""
    return site.finished("Fetch what may not be fetched", BAD)


def test_from_a_click_on_home_to_the_stored_trace(tab, pictures) -> None:
    it = tab()
    page = it.open("/")
    before = page.locator(".runs .run").count()

    page.get_by_role("button", name="Run", exact=True).first.click()
    page.wait_for_url(re.compile(r"/run\?run=run_"))
    page.locator(".trace .row").first.wait_for()
    page.locator(".trace[data-ready=stored]").wait_for()

    expect(page.locator(".badge")).to_have_text("Succeeded")
    assert page.locator(".tiles .value").all_inner_texts()[3].split(" of ")[0] != "0"
    assert len(page.locator(".prose").inner_text()) > 20
    assert page.locator(".trace .row").count() >= 4
    page.screenshot(path=pictures / "walk.png")
    page.get_by_role("link", name="Home").click()
    expect(page.locator(".runs .run")).to_have_count(before + 1)
    assert it.troubles == []


def test_steps_arrive_while_the_run_works(tab, site, patient_page, pictures) -> None:
    steps = [
        {
            "id": "fetch",
            "tool": "http.get",
            "args": {"url": f"http://{patient_page.address}/"},
            "description": "Fetch the page",
        },
        {"id": "list", "tool": "drive.list", "args": {}, "description": "List the drive", "depends_on": ["fetch"]},
    ]
    run_id = site.ask("/runs", {"goal": "Fetch, then list", "plan": {"steps": steps}})["run_id"]
    it = tab()
    page = it.open(f"/run?run={run_id}")

    expect(page.locator(".row.running .name b")).to_have_text(["Run", "Fetch the page", "http.get"])
    expect(page.locator(".row.pending .name b")).to_have_text(["List the drive"])
    expect(page.locator(".live [role=status]")).to_have_text("Step 1 of 2: Fetch the page")
    page.screenshot(path=pictures / "live.png")
    patient_page.answer.set()
    page.locator(".trace[data-ready=stored]").wait_for()

    names = page.locator(".trace .row .name b").all_inner_texts()
    assert names == ["Run", "Fetch the page", "http.get", "List the drive", "drive.list"]
    expect(page.locator(".badge")).to_have_text("Succeeded")
    assert it.troubles == []


PAGES = ("home", "launch", "runs", "good", "bad", "telemetry")


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_quiet_accessible_and_fits(tab, pictures, good, bad, name, look) -> None:
    path = {"home": "/", "runs": "/run", "good": f"/run?run={good}", "bad": f"/run?run={bad}"}.get(name, f"/{name}")
    it = tab(look)
    page = it.open(path)
    if name in {"good", "bad"}:
        page.locator(".trace[data-ready=stored] .row").first.wait_for()
    if name == "telemetry":
        page.locator(".main-svg").first.wait_for()
    it.settle()

    page.screenshot(path=pictures / f"{name}-{look}.png")

    assert it.troubles == []
    assert it.overflow() <= 0
    assert it.violations() == []


def test_a_plan_is_shown_before_it_runs(tab, pictures) -> None:
    it = tab()
    page = it.open("/launch")

    page.get_by_label("Goal").fill("List the files in the drive")
    page.get_by_label("Goal").blur()
    page.get_by_role("button", name="Show plan").click()
    page.locator(".plan li").first.wait_for()
    it.settle()
    page.screenshot(path=pictures / "plan.png")

    expect(page.locator(".plan li").first).to_contain_text("drive.list")
    assert it.violations() == []
    assert it.troubles == []


def test_the_trace_is_read_with_the_keyboard(tab, bad) -> None:
    page = tab().open(f"/run?run={bad}")
    tree = page.get_by_role("tree", name="Trace")
    tree.wait_for()
    title = page.locator(".detail h3")
    expect(title).to_have_text("http.get")
    expect(page.locator(".detail .failure")).to_be_visible()

    tree.focus()
    tree.press("Home")
    expect(title).to_have_text("Run")
    tree.press("j")
    tree.press("ArrowDown")
    expect(title).to_have_text("drive.list")
    tree.press("k")
    tree.press("ArrowLeft")

    expect(page.locator(".row[aria-expanded=false]")).to_have_count(1)
    expect(page.get_by_role("treeitem")).to_have_count(4)
    tree.press("ArrowRight")
    expect(page.get_by_role("treeitem")).to_have_count(5)


def test_an_answer_cannot_make_the_browser_ask_anyone(tab, good) -> None:
    it = tab()
    page = it.open(f"/run?run={good}")
    page.locator(".trace .row").nth(2).click()
    expect(page.locator(".detail")).to_contain_text("evil.example")
    it.settle()

    assert page.locator("[data-testid=stMain] img").count() == 0
    assert page.locator("a[href*='evil']").count() == 0
    assert it.troubles == []


def test_a_run_is_opened_from_the_list_without_a_reload(tab, good) -> None:
    page = tab().open("/run")
    page.evaluate("() => { window.stillHere = true }")

    page.locator(f".runs a[href='/run?run={good}']").click()
    page.locator(".trace .row").first.wait_for()

    assert page.evaluate("() => window.stillHere")
    assert good in page.url
