"""What does it read? In a real Chromium."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.actions import FIGURE, assert_fits, curve, open_page, settle

pytestmark = pytest.mark.browser

SMALL = "overlay=rnn&read_updates=20&mode_updates=20"


def test_hello_is_trained_while_it_is_watched(page, address):
    open_page(page, address, f"{SMALL}&hello_updates=0", "reading")
    assert_fits(page, ".live-verdict", ".player", ".live-controls", FIGURE, within=".st-key-greeting_live")
    assert len(curve(page, "loss")) == 1
    page.locator(".st-key-greeting_live .player-toggle").click()
    page.wait_for_url(re.compile("hello_updates=100"))
    settle(page)
    assert curve(page, "loss")[-1] < 0.3466 < curve(page, "loss")[0]
    expect(page.locator(".st-key-greeting_live .live-headline")).to_contain_text("says “ello”")
    page.get_by_text("W_hh = 0", exact=True).first.click()
    expect(page.locator(".st-key-greeting_live .live-sentence")).to_contain_text("Without W_hh it cannot tell")


def test_a_click_on_a_letter_chooses_the_prediction_and_a_pasted_text_is_read(page, address):
    open_page(page, address, SMALL, "reading")
    figure = page.locator(".st-key-reading_live .live-figure[data-frames]")
    figure.scroll_into_view_if_needed()
    settle(page)
    place = figure.bounding_box()
    page.mouse.click(place["x"] + place["width"] * 0.3, place["y"] + place["height"] * 0.86)
    page.wait_for_url(re.compile("read_at="))
    page.get_by_text("Another text").click()
    text = page.locator("textarea").last
    text.fill("aaaa")
    page.get_by_role("button", name="Read this").click()
    expect(page.locator(".problem")).to_contain_text("expected at least 2 different characters; got 'aaaa'.")
    text.fill("aab " * 50)
    page.get_by_role("button", name="Read this").click()
    page.wait_for_url(re.compile("read_text="))
    expect(page.locator(".st-key-reading_live .live-sentence")).to_contain_text("without memory 0.35 is the end")
