"""The page Memory in light, in dark and on a phone: written down, found again, changed, forgotten."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

import agentlab
from agentlab.door import Door
from agentlab.types import RunResult, RunSpec

expect.set_options(timeout=20_000)
LONG = "The northern shelf warmed by 0.8 °C, and the fleet of the institute measured it at 41 stations. " * 6


@pytest.fixture(scope="module", autouse=True)
def conversation(site) -> None:
    """A conversation of two turns, and what its runs left in the memory."""
    door = Door()
    with agentlab.open(str(site.home)) as lab:
        for number, goal in enumerate(("Research Acme Corp", "What was its P/E ratio?"), 1):
            spec = RunSpec(run_id=f"run_memory{number}", goal=goal, thread="acme", submitted_at=1.7e9 + number)
            result = RunResult(run_id=spec.run_id, status="succeeded", answer=f"**28.4** {LONG}")
            door.run(lab.recollection.keep(spec, result))
    door.close()


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
def test_something_is_remembered_found_changed_and_forgotten(tab, pictures, look) -> None:
    it = tab(look)
    page = it.open("/memory")
    page.get_by_text("Remember something").click()
    page.get_by_role("textbox", name="Text").fill(f"In {look} I prefer anvils of bronze")
    page.get_by_role("button", name="Remember", exact=True).click()
    expect(page.locator(".memory", has_text=f"In {look} I prefer anvils")).to_be_visible()
    it.settle()
    page.screenshot(path=pictures / f"memory-{look}.png", full_page=True)
    assert it.overflow() <= 0
    assert it.violations() == []

    page.get_by_role("textbox", name="Search").fill(f"{look} anvils")
    page.get_by_role("textbox", name="Search").press("Enter")
    expect(page.locator(".memory").first).to_contain_text(f"In {look} I prefer anvils")
    page.locator(".memory .said").first.click()
    expect(page.locator("h1")).to_have_text("A memory")
    it.settle()
    page.screenshot(path=pictures / f"memory-one-{look}.png", full_page=True)
    assert it.violations() == []

    page.get_by_role("button", name="Forget it for good").click()
    expect(page.locator(".memory", has_text=f"In {look} I prefer anvils")).to_have_count(0)
    assert it.troubles == []


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
def test_a_conversation_is_read(tab, pictures, look) -> None:
    it = tab(look)
    page = it.open("/memory")
    page.locator(".run", has_text="Research Acme Corp").click()
    expect(page.locator(".turn")).to_have_count(2)
    it.settle()
    page.screenshot(path=pictures / f"thread-{look}.png", full_page=True)

    assert it.troubles == []
    assert it.overflow() <= 0
    assert it.violations() == []
