"""The page Tools in light, in dark and on a phone: every tool has a face, and its form calls it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

expect.set_options(timeout=20_000)


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
def test_a_tool_is_chosen_and_tried(tab, pictures, look) -> None:
    it = tab(look)
    page = it.open("/tools")
    page.locator(".toolbox a", has_text="drive.list").click()
    expect(page.locator("h2", has_text="drive.list")).to_be_visible()

    page.get_by_role("textbox", name="folder").fill("nowhere")
    page.get_by_role("button", name="Call").click()
    expect(page.locator(".notice")).to_contain_text("What helps")

    page.get_by_role("textbox", name="folder").fill("samples")
    page.get_by_role("button", name="Call").click()
    expect(page.locator(".notice")).to_contain_text("It worked")
    it.settle()
    page.screenshot(path=pictures / f"tools-{look}.png", full_page=True)

    assert it.troubles == []
    assert it.overflow() <= 0
    assert it.violations() == []
