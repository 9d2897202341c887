"""How far back can it see? In a real Chromium."""

import re

import pytest
from playwright.sync_api import expect

from tests.asked import one_of_many
from tests.browser.actions import (
    FIGURE,
    TOP,
    assert_arrays_are_known,
    assert_fits,
    box,
    caught_up,
    curve,
    drag,
    open_page,
    settle,
)

pytestmark = pytest.mark.browser


@one_of_many
def test_verdict_sliders_and_map_fit_a_projector(page, address):
    open_page(page, address, "cell=lstm", "past")
    assert_fits(page, ".live-verdict", ".live-controls", FIGURE, within=TOP)
    assert box(page, f"{TOP} {FIGURE}")["height"] > 380
    expect(page.locator(f"{TOP} .live-headline")).to_have_text("LSTM · A small change fades:")


def test_the_curve_follows_the_finger_and_the_lower_figures_the_release(page, address):
    open_page(page, address, "", "past")
    page.wait_for_function("() => document.querySelectorAll('.live-figure[data-frames]').length === 3")
    before = curve(page, "norms")
    drag(page, "gain", 0.3)
    caught_up(page, "gain")
    assert curve(page, "norms")[-1] < before[-1] - 3
    assert "gain" not in page.url
    page.mouse.up()
    page.wait_for_url(re.compile("gain=0"))
    page.wait_for_function(
        """() => [...document.querySelectorAll('.live-figure')]
            .every(figure => new URLSearchParams(figure.dataset.query).has('gain'))"""
    )
    assert_arrays_are_known(page)


def test_the_pointer_reads_the_map_and_nothing_where_there_is_none(page, address):
    open_page(page, address, "", "past")
    place = box(page, f"{TOP} .nsewdrag[data-subplot=xy]")
    for across, down, read in ((0.2, 0.3, 1), (0.8, 0.8, 0)):  # t after k, and before it
        page.mouse.move(place["x"] + across * place["width"], place["y"] + down * place["height"])
        expect(page.locator(f"{TOP} .hovertext", has_text="from step")).to_have_count(read)


def test_a_click_on_the_map_chooses_the_two_steps(page, address):
    open_page(page, address, "", "past")
    place = box(page, f"{TOP} .nsewdrag[data-subplot=xy]")
    page.mouse.click(place["x"] + place["width"] * 0.25, place["y"] + place["height"] * 0.25)
    page.wait_for_url(re.compile(r"earlier=3\d&later=9\d"))
    settle(page)
    slider = page.locator(".live-control input[name=earlier]")
    assert 30 <= int(slider.get_attribute("aria-valuetext")) <= 34
    expect(page.locator(".live-lower .live-headline").first).to_contain_text("From step 3")


def test_the_two_steps_are_chosen_from_the_keyboard(page, address):
    open_page(page, address, "", "past")
    page.locator(".live-control input[name=earlier]").focus()
    for key in ("PageUp", "ArrowRight"):
        page.keyboard.press(key)
    page.wait_for_url(re.compile("earlier="))
    settle(page)
    assert curve(page, "chosen") == [128]


def test_the_step_sliders_end_where_the_sequence_does(page, address):
    open_page(page, address, "length=100", "past")
    length, later = (page.locator(f".live-control input[name={name}]") for name in ("length", "later"))
    expect(later).to_have_attribute("aria-valuetext", "100")
    length.focus()
    page.keyboard.press("PageUp")
    page.wait_for_url(lambda url: "length=100" not in url)
    settle(page)
    last = length.get_attribute("aria-valuetext")
    assert int(last) > 100
    expect(later).to_have_attribute("aria-valuetext", last)
    later.focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(re.compile(f"later={int(last) - 1}"))
    expect(length).not_to_be_focused()


def test_a_scene_brings_the_first_figure_into_view(page, address):
    open_page(page, address, "", "past")
    page.locator(".links a").nth(1).click()
    page.wait_for_url(re.compile("gain="))
    expect(page.locator(f"{TOP} .live-controls")).to_be_in_viewport()
    settle(page)
    expect(page.locator(f"{TOP} .live-controls")).to_be_in_viewport()


def test_a_size_never_seen_shows_progress_and_then_its_picture(page, address):
    page.goto(f"{address}/past?hidden_size=3&overlay=rnn")
    page.wait_for_selector(f"{TOP} .live-progress:not([hidden])")
    expect(page.get_by_role("heading", name="How far back can it see?")).to_be_visible()
    page.wait_for_selector(f"{TOP} {FIGURE}", timeout=90_000)
    assert page.locator(f"{TOP} .live-progress").is_hidden()
