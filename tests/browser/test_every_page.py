"""What every page looks like, in a real Chromium."""

import re

import pytest
from playwright.sync_api import Page, expect

from app.page import pages
from app.settings import fields
from tests.asked import some
from tests.browser.actions import FIGURE, TOP, box, settle

pytestmark = pytest.mark.browser

NARROW = {"width": 390, "height": 844}


def on_top(page: Page, selector: str) -> bool:
    """Whether nothing lies over the middle of what is there, nor over its upper edge."""
    return page.locator(selector).first.evaluate(
        """element => {
            const { x, y, width, height } = element.getBoundingClientRect();
            return [y + 2, y + height / 2].every(at => {
                const met = document.elementFromPoint(x + width / 2, at);
                return element.contains(met) || met.contains(element);
            });
        }"""
    )


def test_titles_and_their_rows_are_seen_without_the_sidebar(page, address):
    page.goto(address)
    page.locator(".stSidebar").hover()  # the button is shown then
    page.get_by_test_id("stSidebarCollapseButton").get_by_role("button").click()
    for name in some(["", *list(pages())[1:]], 5):
        page.goto(f"{address}/{name}")
        expect(page.locator("h1")).to_be_visible()
        page.wait_for_selector("[data-testid=stExpandSidebarButton]")  # the browser remembers
        settle(page)
        header, title = box(page, ".stAppHeader"), box(page, "h1")
        assert title["x"] < 100
        assert header["y"] + header["height"] <= title["y"] + 1, name
        assert on_top(page, "h1"), name
        assert on_top(page, "[data-testid=stExpandSidebarButton]"), name
    page.evaluate("localStorage.clear()")


@pytest.mark.alone
def test_the_sidebar_leaves_a_phone_to_the_picture(page, address):
    page.set_viewport_size(NARROW)
    page.goto(address)
    page.wait_for_selector(".live-figure[data-frames]")
    assert on_top(page, "h1")
    assert on_top(page, ".live-verdict")
    page.get_by_test_id("stExpandSidebarButton").click()
    expect(page.get_by_role("link", name="What does each gate do?")).to_be_in_viewport()


@pytest.mark.alone
def test_the_sidebar_stands_beside_the_picture_on_a_projector(page, address):
    page.goto(address)
    expect(page.get_by_role("link", name="What does each gate do?")).to_be_in_viewport()


def test_a_slider_is_in_the_address_also_where_a_field_has_the_name_of_the_figure(page, address):
    assert "model" in pages()["model"].figures
    assert "model" in fields()
    page.goto(f"{address}/model?length=20&hidden_size=4")
    page.wait_for_selector(f"{TOP} {FIGURE}")
    settle(page)
    page.locator(".live-control input[name=gain]").press("ArrowRight")
    expect(page).to_have_url(re.compile("gain=1.03"))
