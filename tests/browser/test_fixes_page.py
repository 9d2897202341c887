"""What fixes it? In a real Chromium."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.actions import FIGURE, TOP, assert_fits, caught_up, drag, open_page, settle

pytestmark = pytest.mark.browser


def test_verdict_switches_and_curves_fit_a_projector(page, address):
    open_page(page, address, "", "fixes")
    assert_fits(page, ".live-verdict", ".live-controls", FIGURE, within=TOP)
    expect(page.get_by_role("button", name="layer norm")).to_be_visible()


def test_a_remedy_is_switched_on_from_the_keyboard_and_its_number_follows_the_finger(page, address):
    open_page(page, address, "", "fixes")
    page.get_by_role("button", name="leaky").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("remedies="))
    page.wait_for_selector(".live-control input[name=leak_rate]")
    settle(page)
    verdict = page.locator(f"{TOP} .live-sentence").inner_text()
    drag(page, "leak_rate", 0.2)
    caught_up(page, "leak_rate")
    page.mouse.up()
    page.wait_for_url(re.compile("leak_rate="))
    expect(page.locator(f"{TOP} .live-sentence")).not_to_have_text(verdict)
