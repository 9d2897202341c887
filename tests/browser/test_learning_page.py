"""Can it learn to remember? In a real Chromium."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.asked import one_of_many
from tests.browser.actions import FIGURE, TOP, assert_fits, open_page, settle
from tests.browser.conftest import free_port, serve

pytestmark = [pytest.mark.browser, pytest.mark.alone]

RUN = "hidden_size=8&overlay=rnn&task_length=10"
LONG_RUN = "hidden_size=64&overlay=lstm&task_length=60"
"""One that lasts longer than what a test does meanwhile."""


def reached(page: Page, updates: int) -> None:
    """Wait until the hero shows so many updates."""
    page.wait_for_function(
        f"updates => Number(document.querySelector('{TOP}')?.dataset.reached) >= updates", arg=updates
    )


def held_out(page: Page) -> list[float]:
    return page.evaluate(
        f"Array.from(document.querySelector('{TOP} .live-figure')._fullData.find(t => t.uid === 'run0.held_out').y)"
    )


def test_it_is_played_paused_stepped_and_rewound(page, address):
    open_page(page, address, f"{RUN}&updates=0", "learning")
    assert_fits(page, ".live-verdict", ".player", ".live-controls", FIGURE, within=TOP)
    expect(page.locator(f"{TOP} .live-headline")).to_contain_text("Before the first update")
    page.locator(f"{TOP} .player-stop input").fill("10000")
    page.locator(".live-control input[name=train_rate]").focus()
    page.keyboard.press("Space")
    reached(page, 50)
    page.keyboard.press("Space")
    page.wait_for_url(re.compile(r"updates=[1-9]"))
    settle(page)
    updates = int(re.search(r"updates=(\d+)", page.url)[1])
    assert 50 <= updates < 10_000
    seen = held_out(page)
    lower = page.locator(".live-lower .live-figure").first
    lower.scroll_into_view_if_needed()
    expect(lower).to_have_attribute("data-query", re.compile(f"updates={updates}"))
    page.get_by_role("button", name="One chunk further").first.click()
    page.wait_for_url(re.compile(f"updates={updates + 25}"))
    reached(page, updates + 25)
    page.get_by_role("button", name="Back to the same start").first.click()
    page.wait_for_url(re.compile("updates=0"))
    page.wait_for_function(f"document.querySelector('{TOP}').dataset.reached === '0'")
    open_page(page, address, f"{RUN}&updates={updates}", "learning")
    reached(page, updates)
    assert held_out(page) == seen


def test_a_slider_moved_while_it_plays_is_in_the_address_and_in_the_link(page, address):
    open_page(page, address, f"{LONG_RUN}&updates=0", "learning")
    page.evaluate("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
    page.locator(f"{TOP} .player-stop input").fill("10000")
    toggle = page.locator(f"{TOP} .player-toggle")
    toggle.click()
    reached(page, 25)
    rate = page.locator(".live-control input[name=train_rate]")
    rate.press("ArrowRight")
    said = rate.get_attribute("aria-valuetext")
    page.wait_for_url(re.compile(f"train_rate={said}"))
    assert toggle.get_attribute("aria-pressed") == "true"
    reached(page, 50)
    page.locator(f"{TOP} .live-share").click()
    expect(page.locator(f"{TOP} .live-share")).to_have_text("Link copied")
    link = page.evaluate("copied")
    assert f"train_rate={said}" in link
    assert int(re.search(r"updates=(\d+)", link)[1]) >= 50
    rate.press("ArrowRight")
    toggle.click()
    page.wait_for_url(re.compile(f"updates=[1-9].*train_rate={rate.get_attribute('aria-valuetext')}"))


def test_a_run_goes_on_once_the_server_answers_again(page, address):
    open_page(page, address, f"{LONG_RUN}&updates=0", "learning")
    page.locator(f"{TOP} .player-stop input").fill("10000")
    toggle = page.locator(f"{TOP} .player-toggle")
    toggle.click()
    reached(page, 25)
    page.route("**/live/learning?*", lambda route: route.abort())
    notice = page.locator(f"{TOP} .live-notice")
    expect(notice).to_contain_text("it is asked again")
    before = int(page.locator(TOP).get_attribute("data-reached"))
    page.unroute("**/live/learning?*")
    reached(page, before + 50)
    expect(notice).to_be_hidden()
    assert toggle.get_attribute("aria-pressed") == "true"
    page.route("**/live/learning?*", lambda route: route.fulfill(status=422, json={"problem": "lag: expected less."}))
    expect(notice).to_have_text("lag: expected less.")
    expect(toggle).to_have_attribute("aria-pressed", "false")
    page.complaints.clear()  # the browser itself reports the requests that failed


def test_two_visitors_train_at_once(page, browser, address):
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    other = context.new_page()
    for seed, visitor in enumerate((page, other), start=5):
        open_page(visitor, address, f"{RUN}&seed={seed}&updates=0", "learning")
        visitor.locator(f"{TOP} .player-stop input").fill("10000")
    for visitor in (page, other):
        visitor.locator(f"{TOP} .player-toggle").click()
    for updates in (100, 200):
        reached(page, updates)
        reached(other, updates)
        assert page.locator(f"{TOP} .player-toggle").get_attribute("aria-pressed") == "true"
    for visitor in (page, other):
        visitor.locator(f"{TOP} .player-toggle").click()
    assert held_out(page)[:5] != held_out(other)[:5]
    context.close()


@one_of_many
def test_a_killed_server_comes_back_to_the_same_picture_under_any_path(page):
    port = free_port()
    server, query = serve(port, base="/lab"), f"{RUN}&seed=9&updates=3900"  # no more than the curve has points
    address = f"http://127.0.0.1:{port}/lab/learning?{query}"
    page.goto(address)
    reached(page, 50)
    before = held_out(page)
    assert page.locator("#plotly-ahead").get_attribute("src").startswith("/lab/live/")
    server.kill()  # in mid-run
    server.wait()
    server = serve(port, base="/lab")
    page.goto("about:blank")
    page.complaints.clear()  # of the connection that was lost
    page.goto(address)
    reached(page, 25 * (len(before) - 1))
    assert "seed=9" in page.url
    assert held_out(page)[: len(before)] == before
    page.goto("about:blank")
    server.terminate()
    server.wait(10)
    page.complaints.clear()
