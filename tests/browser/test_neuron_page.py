"""Why does one neuron vanish or explode? In a real Chromium."""

import re

import pytest
from playwright.sync_api import expect

from tests.asked import some
from tests.browser.actions import FIGURE, TOP, assert_fits, box, caught_up, curve, drag, open_page, settle

pytestmark = pytest.mark.browser


def shown(page, name):
    return float(page.locator(f".live-control input[name={name}]").get_attribute("aria-valuetext"))


@pytest.mark.parametrize("scheme", some(["light", "dark"], 1))
def test_verdict_sliders_and_figure_fit_a_projector(page, address, scheme):
    page.emulate_media(color_scheme=scheme)
    open_page(page, address, "pulse=5&neuron_w=0.9", "neuron")
    assert_fits(page, ".live-verdict", ".live-comparisons", ".live-controls", FIGURE, within=TOP)
    assert box(page, f"{TOP} {FIGURE}")["height"] > 380
    expect(page.locator(f"{TOP} .live-headline")).to_have_text("tanh · Vanishing:")
    expect(page.locator(f"{TOP} .live-control")).to_have_count(6)  # its own, and none of the experiment's


def test_everything_follows_the_finger_and_the_lower_figures_the_release(page, address):
    open_page(page, address, "", "neuron")
    page.wait_for_function("() => document.querySelectorAll('.live-figure[data-frames]').length === 7")
    drag(page, "neuron_w", 0.6)
    caught_up(page, "neuron_w")
    w = shown(page, "neuron_w")
    assert w == pytest.approx(1.2, abs=0.2)
    assert curve(page, "factors")[0] == pytest.approx(0.07, abs=0.1)
    expect(page.locator(f"{TOP} .live-asides")).to_contain_text(f"unstable, slope {w:g}")
    assert "neuron_w" not in page.url
    page.mouse.up()
    page.wait_for_url(re.compile("neuron_w="))
    expect(page.locator(".live-lower .live-headline").first).to_have_text(f"w = {w:g}, b = 0:")


def test_the_start_is_dragged_on_the_cobweb(page, address):
    open_page(page, address, "", "neuron")
    place = box(page, f"{TOP} .nsewdrag[data-subplot=xy]")
    middle = place["y"] + place["height"] / 2
    page.mouse.move(place["x"] + place["width"] * 0.6, middle)
    page.mouse.down()
    page.mouse.move(place["x"] + place["width"] * 0.25, middle, steps=8)
    caught_up(page, "neuron_start")
    assert shown(page, "neuron_start") == pytest.approx(-0.8, abs=0.03)  # a quarter of the way from -1.6 to 1.6
    assert curve(page, "states")[-1] == pytest.approx(-0.8586, abs=1e-3)
    assert "neuron_start" not in page.url
    page.mouse.up()
    page.wait_for_url(re.compile("neuron_start=-0"))


def test_weight_and_bias_are_chosen_on_the_plane(page, address):
    open_page(page, address, "", "neuron")
    page.wait_for_function("() => document.querySelectorAll('.live-figure[data-frames]').length === 7")
    plane = page.locator(".nsewdrag[data-subplot=x5y5]").first
    plane.scroll_into_view_if_needed()
    place = plane.bounding_box()
    page.mouse.click(place["x"] + place["width"] * 0.75, place["y"] + place["height"] * 0.25)
    page.wait_for_url(re.compile(r"neuron_w=[23].*neuron_b=[12]|neuron_b=[12].*neuron_w=[23]"))
    settle(page)
    assert shown(page, "neuron_w") == pytest.approx(3, abs=0.1)
    assert shown(page, "neuron_b") == pytest.approx(2, abs=0.1)


def test_descent_starts_where_the_map_is_pressed(page, address):
    open_page(page, address, "", "neuron")
    page.wait_for_function("() => document.querySelectorAll('.live-figure[data-frames]').length === 7")
    lower = page.locator(".live-lower").last
    lower.scroll_into_view_if_needed()
    place = lower.locator(".nsewdrag[data-subplot=xy]").bounding_box()
    page.mouse.click(place["x"] + place["width"] * 0.5, place["y"] + place["height"] * 0.5)
    page.wait_for_url(re.compile("descent_w="))
    expect(lower.locator(".live-headline")).to_contain_text("From w = 5.5, b = −2.")


def test_the_neuron_is_set_from_the_keyboard(page, address):
    open_page(page, address, "", "neuron")
    page.locator(".live-control input[name=neuron_w]").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile("neuron_w=1.55"))
    expect(page.locator(f"{TOP} .live-asides")).to_contain_text("unstable, slope 1.55")
