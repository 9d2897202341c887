"""What does backpropagation add up? In a real Chromium."""

import re

import pytest
from playwright.sync_api import expect

from tests.asked import one_of_many
from tests.browser.actions import FIGURE, TOP, assert_fits, box, curve, open_page, settle

pytestmark = pytest.mark.browser


@one_of_many
def test_verdict_sliders_and_bars_fit_a_projector(page, address):
    open_page(page, address, "length=60", "bptt")
    assert_fits(page, ".live-verdict", ".live-controls", FIGURE, within=TOP)
    expect(page.locator(f"{TOP} .live-badge")).to_contain_text("✓")


def test_the_window_moves_from_the_keyboard(page, address):
    open_page(page, address, "length=60", "bptt")
    before = curve(page, "inside")
    page.locator(".live-control input[name=window]").focus()
    page.keyboard.press("PageUp")
    page.wait_for_url(re.compile("window="))
    settle(page)
    assert sum(value == value for value in curve(page, "inside")) > sum(value == value for value in before)


def test_the_lower_sliders_draw_their_own_walk(page, address):
    open_page(page, address, "length=60", "bptt")
    page.wait_for_function("() => document.querySelectorAll('.live-figure[data-frames]').length === 3")
    page.locator(".live-control input[name=learning_rate]").focus()
    page.keyboard.press("End")
    page.wait_for_url(re.compile("learning_rate=100"))
    settle(page)
    expect(page.locator(".live-lower .live-sentence").last).to_contain_text("without clipping")


def test_what_the_pointer_meets_can_all_be_read(page, address):
    open_page(page, address, "", "bptt")
    figure = box(page, f"{TOP} {FIGURE}")
    for share in (0.4, 0.41):
        page.mouse.move(figure["x"] + share * figure["width"], figure["y"] + 0.4 * figure["height"])
    labels = page.locator(".hoverlayer :is(.hovertext, .legend)")
    expect(labels.first).to_be_visible()
    assert len(labels.locator("text").evaluate_all("texts => texts.filter(text => text.textContent)")) >= 4
    boxes = labels.evaluate_all("labels => labels.map(label => label.getBoundingClientRect().toJSON())")
    for place, one in enumerate(boxes):
        for other in boxes[:place]:
            apart = one["right"] <= other["left"] or other["right"] <= one["left"]
            assert apart or one["bottom"] <= other["top"] or other["bottom"] <= one["top"]
