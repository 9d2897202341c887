"""Are the notes right? In a real browser: cards are searched, filtered, linked to, and lead to what they rest on."""

import pytest
from playwright.sync_api import expect

from tests.asked import some
from tests.browser.actions import FIGURE, TOP, open_page, settle

pytestmark = [pytest.mark.browser, pytest.mark.alone]
QUERY = "notes_size=8&notes_length=40"


def test_cards_are_searched_and_filtered_and_each_has_an_address(page, address):
    page.set_default_timeout(180_000)  # every program of the page is compiled here
    page.goto(f"{address}/notes?{QUERY}&notes_card=relu")
    page.wait_for_selector(f"{TOP} {FIGURE}")
    settle(page)
    cards = page.locator(".notes-card")
    every = cards.count()
    expect(page.locator(".notes-card[data-name=relu]")).to_be_focused()
    expect(page.locator(".notes-card[data-name=relu]")).to_be_in_viewport()
    expect(page.locator(".notes-card[data-name=near]")).to_have_attribute("data-verdict", "false")  # it has come by now
    page.get_by_label("Verdict").select_option("false")
    wrong = page.locator(".notes-card:visible")
    assert 0 < wrong.count() < every
    expect(wrong).to_have_count(page.locator(".notes-card[data-verdict=false]").count())
    page.get_by_label("Verdict").select_option("")
    page.get_by_label("Search").fill("turing")
    expect(page.locator(".notes-card:visible")).to_have_count(1)
    page.get_by_label("Search").fill("no such sentence")
    expect(page.get_by_text("No card fits.")).to_be_visible()
    page.get_by_label("Search").fill("")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator(".notes-card[data-name=tanh] .notes-link").click()
    expect(page.locator(f"{TOP} .live-share")).to_have_text("Link copied")
    assert "notes_card=tanh" in page.evaluate("navigator.clipboard.readText()")


def test_one_card_is_tried_by_itself_from_the_keyboard_and_its_link_shows_the_same(page, address):
    page.set_default_timeout(180_000)
    open_page(page, address, QUERY, "notes")
    card = page.locator(".notes-card[data-name=near]")
    card.get_by_text("Try to break it").press("Enter")
    card.get_by_label("first seed").fill("77")
    card.get_by_label("first seed").press("Enter")
    result = card.locator(".notes-result")
    expect(result).to_contain_text("Seeds 77 to 81, 8 units, 40 steps: false")
    expect(result).to_contain_text("With the numbers of the page: false")
    expect(card.get_by_label("first seed")).to_be_focused()
    expect(page.locator(".notes-card .notes-result:visible")).to_have_count(1)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    card.locator(".notes-link").click()
    expect(page.locator(f"{TOP} .live-share")).to_have_text("Link copied")
    page.goto(page.evaluate("navigator.clipboard.readText()"))
    expect(result).to_contain_text("Seeds 77 to 81, 8 units, 40 steps: false")
    expect(card.get_by_label("first seed")).to_have_value("77")
    card.get_by_role("button", name="as the page").click()
    expect(result).to_be_hidden()


@pytest.mark.parametrize(("name", "path"), some([("layer_norm", "/fixes"), ("tanh", "/")], 1))
def test_a_case_leads_to_the_page_that_shows_it(page, address, name, path):
    page.set_default_timeout(180_000)
    open_page(page, address, QUERY, "notes")
    page.locator(f".notes-card[data-name={name}] a").first.click()
    page.wait_for_selector(f".live:not(.notes) {FIGURE}")
    settle(page)  # that the page is found is seen by the console, which must be without complaint
    assert page.evaluate("location.pathname") == path
    assert "length=40" in page.url


def test_a_word_under_a_legend_is_explained_where_it_has_the_focus_and_leads_to_the_glossary(page, address):
    open_page(page, address, QUERY, "notes")
    term = page.locator(".term", has_text="log₁₀, a decade")
    term.focus()
    assert "factors of ten" in term.evaluate("link => getComputedStyle(link, '::after').content")
    term.press("Enter")
    page.wait_for_selector(f"{TOP}:not(.notes) {FIGURE}")
    expect(page.locator(".live-headline").first).to_have_text("log₁₀, a decade:")
