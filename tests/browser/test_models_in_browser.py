"""The page Models in light, in dark and on a phone, and a model typed on Launch that cannot be asked."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

expect.set_options(timeout=20_000)


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
def test_models_are_listed_and_a_server_that_is_not_there_says_so(tab, pictures, look) -> None:
    it = tab(look)
    page = it.open("/models")
    page.locator(".models tbody tr").first.wait_for()

    expect(page.locator(".roles .role")).to_have_count(3)
    expect(page.locator(".models")).to_contain_text("anthropic:claude-sonnet-5-5")
    expect(page.locator(".models .tag.warn").first).to_contain_text("retire")

    page.get_by_role("button", name="List models").last.click()
    expect(page.locator(".notice")).to_have_count(1)
    it.settle()
    page.screenshot(path=pictures / f"models-{look}.png")

    assert it.troubles == []
    assert it.overflow() <= 0
    assert it.violations() == []


def test_a_model_that_cannot_be_asked_is_refused_where_it_was_typed(tab, pictures) -> None:
    it = tab("phone")
    page = it.open("/launch")
    page.get_by_label("Goal").fill("List the files in the drive")
    page.get_by_label("Goal").blur()

    box = page.get_by_role("combobox").first
    box.click()
    box.fill("antropic:claude")
    box.press("Enter")

    expect(page.locator(".notice")).to_contain_text("Did you mean anthropic")
    expect(page.get_by_label("Goal")).to_have_value("List the files in the drive")
    it.settle()
    page.screenshot(path=pictures / "model-refused-phone.png")
    assert it.overflow() <= 0
    assert it.violations() == []
