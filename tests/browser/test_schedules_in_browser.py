"""Schedules and notifications in light, in dark and on a phone: added, run, told of, and read."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

import agentlab
from agentlab.types import RunResult, RunSpec

expect.set_options(timeout=20_000)


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
def test_a_schedule_is_added_and_run(tab, site, pictures, look) -> None:
    it = tab(look)
    page = it.open("/schedules")
    page.get_by_role("textbox", name="Goal").fill("List the files in the drive and say which one is the longest")
    page.get_by_text("Every weekday at 7").click()
    expect(page.locator(".notice.ok")).to_contain_text("07:00")
    page.get_by_role("textbox", name="Name").fill(f"morning-{look}")
    page.get_by_role("textbox", name="Name").press("Tab")
    page.get_by_role("button", name="Add schedule").click()
    expect(page.locator("h2", has_text=f"morning-{look}")).to_be_visible()
    it.settle()
    page.screenshot(path=pictures / f"schedules-{look}.png", full_page=True)

    assert it.troubles == []
    assert it.overflow() <= 0
    assert it.violations() == []
    site.ask(f"/schedules/morning-{look}/run", {})


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
def test_what_was_told_is_listed_and_opens_its_run(tab, site, pictures, look) -> None:
    goal = f"Fetch what may not be fetched ({look})"
    with agentlab.open(str(site.home)) as lab:
        result = RunResult(
            run_id=f"run_{look}", status="failed", error="http://127.0.0.1:9 may not be reached.", duration_s=1.5
        )
        lab.notifier.ended(RunSpec(run_id=f"run_{look}", goal=goal), result)
    it = tab(look)
    page = it.open("/")
    expect(page.locator(".bell")).to_contain_text("unread notification")
    it.settle()
    page.screenshot(path=pictures / f"bell-{look}.png")
    page.locator(".bell a").click()
    expect(page.locator(".told a").filter(has_text=goal)).to_have_count(1)
    it.settle()
    page.screenshot(path=pictures / f"notifications-{look}.png", full_page=True)

    assert it.troubles == []
    assert it.overflow() <= 0
    assert it.violations() == []
    page.get_by_role("button", name="Mark all as read").click()
    expect(page.locator(".told .tag")).to_have_count(0)
