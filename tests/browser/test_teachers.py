"""Links that show less, and what a page is on paper, in a real Chromium."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.actions import FIGURE, box, open_page, settle

pytestmark = pytest.mark.browser

SMALL = "hidden_size=8&length=60"


def test_a_teachers_link_shows_less_until_the_reader_wants_everything(page: Page, address: str):
    open_page(page, address, f"{SMALL}&hide=sidebar,verdict,below&fix=gain", "bptt")
    expect(page.locator(".stSidebar")).to_be_hidden()
    expect(page.get_by_test_id("stExpandSidebarButton")).to_be_hidden()
    expect(page.get_by_text("Who carries the sum?")).to_be_hidden()
    expect(page.locator(".live-lower")).to_have_count(0)
    expect(page.locator(".live-headline").first).to_be_empty()
    expect(page.locator("input[name=gain]").first).to_be_disabled()
    expect(page.get_by_text("What would you like to see?")).to_be_visible()

    page.locator("input[name=window]").first.press("ArrowRight")
    page.wait_for_function("() => new URLSearchParams(location.search).get('window') === '11'")
    page.locator(".links a").first.click()  # a claim keeps what is hidden
    page.wait_for_function("() => new URLSearchParams(location.search).has('input_scale')")
    settle(page)
    assert "hide=" in page.url
    expect(page.locator(".stSidebar")).to_be_hidden()

    page.get_by_role("button", name="Show everything").click()
    page.wait_for_function("() => !new URLSearchParams(location.search).has('hide')")
    expect(page.locator(".stSidebar")).to_be_visible()
    expect(page.get_by_text("Who carries the sum?")).to_be_visible()
    expect(page.locator(".live-headline").first).not_to_be_empty()
    expect(page.locator("input[name=gain]").first).to_be_enabled()


def test_on_paper_there_is_no_sidebar_and_the_figure_is_whole(page: Page, address: str):
    open_page(page, address, f"{SMALL}&overlay=rnn")
    before = box(page, FIGURE)
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(page.locator(".stSidebar")).to_be_hidden()
    expect(page.get_by_text("For teachers")).to_be_hidden()
    page.wait_for_function(
        "() => document.querySelector('.live-figure .main-svg').getBoundingClientRect().width === 680"
    )
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.wait_for_function(
        "width => Math.abs(document.querySelector('.live-figure .main-svg').getBoundingClientRect().width - width) < 2",
        arg=before["width"],
    )
