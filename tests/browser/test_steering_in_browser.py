"""A run that asks, in a real browser: launched, asked about, changed, answered, watched, paused, and taken back."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

expect.set_options(timeout=20_000)

LOOKS = ["light", "dark", "phone"]
SUMMARY = "Summarise samples/ocean-report.md and save the summary as a document"


def resting(site: Any, plan: dict[str, Any]) -> str:
    """A run of ``plan`` that waits; its id."""
    run_id: str = site.finished(str(plan["goal"]), plan)
    assert site.ask(f"/runs/{run_id}")["status"] == "waiting"
    return run_id


def asks(title: str) -> dict[str, Any]:
    """A plan whose only step wants a yes."""
    args = {"title": title, "content": "We agreed."}
    step = {"id": "note", "tool": "drive.createDoc", "args": args, "ask": True, "description": "Save the note"}
    return {"goal": f"Save {title} once somebody agrees", "steps": [step]}


def status(page: Page, word: str) -> None:
    """Wait until the page says so of its run, by itself."""
    expect(page.locator(".head .badge")).to_contain_text(word)


@pytest.mark.parametrize("look", LOOKS)
def test_a_run_asks_about_its_plan_goes_on_after_yes_and_is_taken_back(tab, site, pictures, look) -> None:
    it = tab(look)
    page = it.open("/launch")
    page.get_by_role("textbox", name="Goal").fill(f"{SUMMARY} called Ocean {look}")
    page.get_by_role("textbox", name="Goal").press("Tab")
    page.get_by_role("button", name="Show plan").click()
    expect(page.locator(".worth")).to_contain_text("Score")
    page.get_by_text("How it runs").click()
    page.get_by_text("the plan is made").click()
    it.settle()
    page.screenshot(path=pictures / f"launch-asks-{look}.png", full_page=True)
    assert (it.overflow() <= 0, it.violations()) == (True, [])
    page.get_by_role("button", name="Run", exact=True).click()

    expect(page.get_by_role("heading", name="May this plan run?")).to_be_visible()  # no reload: the stream said so
    status(page, "Waiting")
    it.settle()
    page.screenshot(path=pictures / f"question-plan-{look}.png", full_page=True)
    assert (it.overflow() <= 0, it.violations()) == (True, [])

    page.get_by_role("button", name="Yes, run it").click()
    status(page, "Succeeded")
    expect(page.locator(".cites")).to_contain_text("Rests on")
    page.get_by_role("button", name="Take back").click()
    expect(page.locator(".effects")).to_contain_text("taken back")
    it.settle()
    page.screenshot(path=pictures / f"taken-back-{look}.png", full_page=True)
    assert (it.overflow() <= 0, it.violations()) == (True, [])
    assert it.troubles == []


def test_a_plan_is_changed_in_its_table_before_yes(tab, site) -> None:
    run_id = site.ask("/runs", {"goal": SUMMARY, "approve": ["plan"]})["run_id"]
    it = tab()
    page = it.open(f"/run?run={run_id}")
    expect(page.get_by_role("heading", name="May this plan run?")).to_be_visible()
    page.get_by_text("Change the plan").click()
    table = page.get_by_test_id("stDataFrame")
    expect(table).to_be_visible()
    it.settle()
    box = table.bounding_box()
    assert box
    page.mouse.click(box["x"] + 12, box["y"] + 84)  # marks the second row
    page.keyboard.press("Delete")
    expect(page.locator(".titled", has_text="The plan")).to_contain_text("1 step")
    page.get_by_role("button", name="Yes, run it").click()

    status(page, "Succeeded")
    assert [step["tool"] for step in site.ask(f"/runs/{run_id}")["steps"]] == ["ai.summarize"]


@pytest.mark.parametrize("look", LOOKS)
def test_a_step_is_answered_with_other_arguments_by_keyboard_alone(tab, site, pictures, look) -> None:
    run_id = resting(site, asks(f"Keys {look}"))
    it = tab(look)
    page = it.open("/")
    expect(page.locator(".asking")).to_contain_text(f"Save Keys {look}")
    page.goto(f"{site.url}/run?run={run_id}")
    field = page.get_by_role("textbox", name="Arguments of drive.createDoc")
    expect(field).to_be_visible()
    it.settle()
    page.screenshot(path=pictures / f"question-step-{look}.png", full_page=True)
    assert (it.overflow() <= 0, it.violations()) == (True, [])
    field.focus()
    page.keyboard.press("Control+A")
    page.keyboard.type(f'{{"title": "Typed {look}", "content": "By keyboard"}}')
    page.keyboard.press("Control+Enter")
    it.settle()
    page.get_by_role("button", name="Yes, go on").focus()
    page.keyboard.press("Enter")

    status(page, "Succeeded")
    assert (site.home / "drive" / f"Typed {look}.md").exists()
    assert it.troubles == []


def test_a_paused_run_is_watched_live_again_when_it_goes_on(tab, site, patient_page) -> None:
    url = f"http://{patient_page.address}/paused"
    steps = [
        {"id": "fetch", "tool": "http.get", "args": {"url": url}, "description": "Fetch the patient page"},
        {"id": "look", "tool": "drive.list", "args": {}, "depends_on": ["fetch"], "description": "Look at the drive"},
    ]
    patient_page.answer.clear()
    run_id = site.ask("/runs", {"goal": "Fetch, then look", "plan": {"goal": "Fetch, then look", "steps": steps}})[
        "run_id"
    ]
    it = tab()
    page = it.open(f"/run?run={run_id}")
    expect(page.locator(".sentence")).to_contain_text("Fetch the patient page")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Pausing")).to_be_disabled()
    patient_page.answer.set()
    status(page, "Paused")

    page.get_by_role("button", name="Go on").click()

    status(page, "Succeeded")
    expect(page.get_by_role("treeitem", name=re.compile("Look at the drive"))).to_be_visible()
    assert it.troubles == []


def test_runs_below_a_run_are_seen_while_they_work(tab, site, patient_page) -> None:
    patient_page.answer.clear()
    goal = f"Fetch http://{patient_page.address}/below and summarise it"
    run_id = site.ask("/teams", {"members": {"reader": goal}})["run_id"]
    it = tab()
    page = it.open(f"/run?run={run_id}")
    try:
        expect(page.get_by_role("treeitem", name=re.compile(r"^http\.get"))).to_be_visible()
        expect(page.locator(".sentence")).to_contain_text("Step 1 of 1")
    finally:
        patient_page.answer.set()
    status(page, "Succeeded")
    assert it.troubles == []
