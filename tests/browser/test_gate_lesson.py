"""The drawn cell in a lesson, in a real Chromium."""

import pytest
from playwright.sync_api import expect

from tests.browser.actions import FIGURE, settle

pytestmark = pytest.mark.browser


def test_a_lesson_shows_the_drawn_cell_and_keeps_quiet_until_one_looks(page, address):
    page.goto(f"{address}/lessons?lesson=gates&lesson_step=2")
    page.wait_for_selector(FIGURE)
    expect(page.locator(".lesson .cell-node").first).to_be_visible()
    expect(page.locator(".live-verdict")).to_be_hidden()
    assert "∏" not in page.locator(".live-figure").get_attribute("aria-label")
    page.get_by_role("button", name="Look without a guess").click()
    expect(page.locator(".live-verdict")).to_contain_text("nothing is left of it but the direct path ∏ f")
    expect(page.locator(".cell-node.is-blocked")).to_have_count(4)
    page.locator(".cell-stage").focus()
    page.keyboard.press("Home")
    expect(page.locator(".cell-reading")).to_have_text("t = 1 / 80")
    page.get_by_role("button", name="All steps").click()
    page.get_by_role("button", name="Is 1 enough?").click()
    expect(page.locator(".cell-stage")).to_have_count(0)
    expect(page.locator(".lesson-paper")).to_be_visible()
    settle(page)
