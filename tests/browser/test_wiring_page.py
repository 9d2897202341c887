"""What if cells are wired together? In a real Chromium."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.actions import FIGURE, TOP, assert_fits, open_page, settle

pytestmark = pytest.mark.browser


def rows(page):
    return page.evaluate(
        "() => document.querySelector('.live-figure')._fullData.find((trace) => trace.uid === 'map').z.length"
    )


def test_map_sliders_and_verdict_fit_a_projector_and_layers_follow_the_keyboard(page, address):
    open_page(page, address, "length=40&hidden_size=4", "wiring")
    assert_fits(page, ".live-verdict", ".live-controls", FIGURE, within=TOP)
    expect(page.locator(f"{TOP} .live-badge")).to_contain_text("✓")
    assert rows(page) == 4
    page.locator(".live-control input[name=wired_layers]").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile("wired_layers=4"))
    settle(page)
    assert rows(page) == 5


def test_a_lower_figure_asks_once_it_is_near_also_where_the_address_says_nothing(page, address):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}/wiring")
    gap = page.locator(".live-lower").nth(1)
    gap.wait_for(state="attached")
    assert not any("/live/gap" in url for url in asked)
    with page.expect_request("**/live/gap?*"):
        gap.scroll_into_view_if_needed()


def test_a_lower_figure_waits_until_it_is_near_and_then_plays(page, address):
    open_page(page, address, "length=40&hidden_size=4&gap_distance=0", "wiring")
    gap = page.locator(".live-lower").nth(1)
    assert gap.locator(".live-figure[data-frames]").count() == 0
    gap.scroll_into_view_if_needed()
    gap.locator(".live-figure[data-frames]").wait_for()
    gap.locator(".player-stop input").fill("50")
    gap.locator(".player-toggle").click()
    page.wait_for_url(re.compile("gap_updates=50"))
    expect(gap.locator(".live-headline")).to_contain_text("After 50 updates")


def test_a_figure_that_was_never_asked_for_follows_its_slider_with_the_updates_of_the_address(page, address):
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "/live/gap?" in request.url else None)
    open_page(page, address, "gap_updates=25", "wiring")
    page.locator(".live-control input[name=gap_distance]").evaluate(
        "slider => { slider.stepUp(); slider.dispatchEvent(new Event('input', { bubbles: true })); }"
    )  # before it has come near
    page.wait_for_timeout(1000)
    assert asked
    assert all("gap_updates=25" in request for request in asked)
