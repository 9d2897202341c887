"""The first page in a real Chromium."""

import re
import time
from urllib.parse import parse_qs, quote, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Route, expect

from tests.asked import some
from tests.browser.actions import (
    FIGURE,
    assert_arrays_are_known,
    assert_fits,
    box,
    caught_up,
    curve,
    drag,
    open_page,
    settle,
)
from tests.contrast import contrast

pytestmark = [pytest.mark.browser, pytest.mark.alone]


def test_hero_sliders_and_verdict_fit_a_projector(page, address):
    open_page(page, address)
    assert_fits(page, ".live-verdict", ".live-controls", FIGURE)
    assert box(page, FIGURE)["height"] > 380
    expect(page.locator(".live-headline")).to_have_text("RNN · Vanishing:")


def test_data_follow_the_finger_before_release_and_the_url_after(page, address):
    open_page(page, address)
    before = curve(page, "rnn.h")
    drag(page, "gain", 0.3)
    caught_up(page, "gain")
    assert int(page.locator(FIGURE).get_attribute("data-frames")) > 3
    during = curve(page, "rnn.h")
    assert during[0] < before[0] - 5
    assert "gain" not in page.url
    page.mouse.up()
    page.wait_for_url(re.compile("gain=0"))
    settle(page)
    assert np.allclose(curve(page, "rnn.h"), during, atol=1e-4)
    gain = float(re.search(r"gain=([\d.]+)", page.url)[1])
    page.get_by_text("Exact numbers").click()
    expect(page.get_by_label(re.compile("^gain"), exact=False).and_(page.locator("[type=number]"))).to_have_value(
        re.compile(f"^{gain:g}")
    )


def test_one_request_at_a_time_is_under_way_and_frames_come_in_order(page, address):
    page.add_init_script(COUNT_REQUESTS)
    open_page(page, address)
    drag(page, "gain", 0.1)
    drag(page, "gain", 0.9)
    caught_up(page, "gain")
    page.mouse.up()
    asked = page.evaluate("asked")
    assert asked["most"] == 1
    assert len(asked["drawn"]) > 5
    gains = iter(asked["gains"])
    assert all(gain in gains for gain in asked["drawn"])
    assert_arrays_are_known(page)


COUNT_REQUESTS = """
    window.asked = { now: 0, most: 0, gains: [], drawn: [] };
    const fetched = window.fetch;
    window.fetch = async (address, ...rest) => {
        if (!String(address).includes("/live/gradient")) return fetched(address, ...rest);
        const { gain } = Object.fromEntries(new URL(address).searchParams);
        asked.most = Math.max(asked.most, ++asked.now);
        if (gain) asked.gains.push(gain);
        try { return await fetched(address, ...rest); } finally { asked.now -= 1; }
    };
    addEventListener("DOMContentLoaded", () => new MutationObserver(([change]) => {
        if (change.attributeName !== "data-query") return;
        const gain = new URLSearchParams(change.target.dataset.query).get("gain");
        if (gain && gain !== asked.drawn.at(-1)) asked.drawn.push(gain);
    }).observe(document, { subtree: true, attributeFilter: ["data-query"] }));
"""


def test_every_slider_works_from_the_keyboard(page, address):
    open_page(page, address, "overlay=rnn,gru,lstm")
    for name, uid in (("gain", "rnn.h"), ("length", "rnn.h"), ("update_bias", "gru.h"), ("forget_bias", "lstm.c")):
        slider = page.locator(f".live-control input[name={name}]")
        before = curve(page, uid)
        said = slider.get_attribute("aria-valuetext")
        slider.focus()
        for key in ("ArrowRight", "PageUp", "ArrowLeft"):
            page.keyboard.press(key)
        page.wait_for_url(re.compile(f"{name}="))
        caught_up(page, name)
        assert slider.get_attribute("aria-valuetext") != said
        assert curve(page, uid) != before
    slider.focus()
    page.keyboard.press("Home")
    expect(slider).to_have_attribute("aria-valuetext", "-10")
    page.wait_for_url(re.compile("forget_bias=-10"))


def test_a_slider_follows_a_finger_on_glass(address, browser):
    context = browser.new_context(has_touch=True, viewport={"width": 1280, "height": 720})
    page = context.new_page()
    open_page(page, address)
    before, place = curve(page, "rnn.h"), box(page, ".live-control input[name=gain]")
    touch = context.new_cdp_session(page)

    def finger(kind: str, *shares: float) -> None:
        points = [{"x": place["x"] + place["width"] * x, "y": place["y"] + place["height"] / 2} for x in shares]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    finger("touchStart", 0.5)
    for share in np.linspace(0.5, 0.2, 12):
        finger("touchMove", float(share))
    caught_up(page, "gain")
    during = curve(page, "rnn.h")
    assert during[0] < before[0] - 5
    assert "gain" not in page.url
    finger("touchEnd")
    page.wait_for_url(re.compile("gain=0"))
    settle(page)
    assert np.allclose(curve(page, "rnn.h"), during, atol=1e-4)
    context.close()


def test_a_link_reproduces_the_picture(page, address, browser):
    query = "cell=gru&gain=0.7&hidden_size=16&length=90&seed=3&overlay=gru,lstm&update_bias=2&pin=gain%3D0.5"
    open_page(page, address, query)
    first = {uid: curve(page, uid) for uid in ("gru.h", "lstm.c", "pin1.h")}
    other = browser.new_page()
    open_page(other, address, page.url.split("?")[1])
    assert {uid: curve(other, uid) for uid in first} == first
    other.close()


def test_a_picture_and_its_address_follow_to_another_page_and_back(page, address):
    query = "cell=gru&hidden_size=2&length=60&gain=0.6&seed=5"
    titles = {"/": "Where does the gradient go?", "/gates": "What does each gate do?"}

    def assert_shown(path: str) -> None:
        expect(page.get_by_role("heading", name=titles[path])).to_be_visible()
        page.wait_for_url(f"{address}{path}?{query}")
        drawn = page.locator(".live:not(.live-lower) .live-figure")
        expect(drawn).to_have_attribute("data-query", query)
        settle(page)

    open_page(page, address, query)
    for path in ("/gates", "/"):
        page.get_by_role("link", name=titles[path]).click()
        assert_shown(path)
    for path in ("/gates", "/"):
        page.go_back()
        assert_shown(path)


SLOW_LINE = """
    const listen = WebSocket.prototype.addEventListener;
    WebSocket.prototype.addEventListener = function (kind, listener, ...rest) {
        let before = Promise.resolve();
        const later = (event) => {
            before = before.then(() => new Promise((resolve) => setTimeout(resolve, 30))).then(() => listener(event));
        };
        return listen.call(this, kind, kind === "message" ? later : listener, ...rest);
    };
"""
"""What the server sends comes piece by piece, so that the browser does not take several pieces for one."""


def test_a_page_of_the_menu_is_one_entry_of_the_history(page, address):
    page.add_init_script(SLOW_LINE)
    open_page(page, address, "cell=gru&hidden_size=2&length=30")
    before = page.evaluate("history.length")
    page.get_by_role("link", name="What does each gate do?").click()
    page.wait_for_url("**/gates?cell=gru&hidden_size=2&length=30")
    assert page.evaluate("history.length") == before + 1
    page.go_back()
    expect(page.get_by_role("heading", name="Where does the gradient go?")).to_be_visible()
    assert "cell=gru" in page.url


def test_one_press_of_back_undoes_a_slider_even_where_the_page_had_nothing_to_write(page, address):
    open_page(page, address)
    page.get_by_role("link", name="What does each gate do?").click()
    page.wait_for_url(f"{address}/gates")
    drawn = page.locator(".live.cell .live-figure")
    expect(drawn).to_have_attribute("data-query", "")
    page.locator(".live-control input[name=gain]").press("ArrowLeft")
    page.wait_for_url(re.compile("gates.gain="))
    settle(page)
    page.go_back()
    page.wait_for_url(f"{address}/gates")
    expect(drawn).to_have_attribute("data-query", "")
    page.go_back()
    expect(page.get_by_role("heading", name="Where does the gradient go?")).to_be_visible()


def test_a_scene_opens_and_back_returns(page, address):
    open_page(page, address)
    page.get_by_role("link", name=re.compile("Spectral radius 0")).click()
    expect(page.locator(".live-headline")).to_have_text("RNN · Exploding:")
    page.wait_for_url(re.compile("W_hh="))
    page.go_back()
    expect(page.locator(".live-headline")).to_have_text("RNN · Vanishing:")


def type_into_the_last_row(page, grid, across, text):
    """Change one number of a matrix: in its last row, at a share of its width."""
    grid.scroll_into_view_if_needed()
    place = grid.bounding_box()
    page.mouse.dblclick(place["x"] + place["width"] * across, place["y"] + place["height"] - 15)
    page.wait_for_timeout(500)  # the grid opens its editor, and takes what is typed, a moment later
    page.keyboard.press("Control+a")
    page.keyboard.type(text, delay=100)
    page.wait_for_timeout(500)
    page.keyboard.press("Enter")


def test_weights_by_hand_are_in_the_url_and_in_the_curve(page, address):
    open_page(page, address, "hidden_size=1&overlay=rnn&input=zero&length=20")
    before = curve(page, "rnn.h")
    type_into_the_last_row(page, page.get_by_test_id("stDataFrame").first, 0.5, "0.5")
    page.wait_for_url(re.compile("W_hh=0.5"))
    settle(page)
    after = curve(page, "rnn.h")
    assert after != before
    assert np.allclose(after, np.log10(0.5) * np.arange(19, -1, -1), atol=1e-5)


def test_a_weight_by_hand_goes_to_its_gate_row_and_column(page, address):
    given = ",".join(str(number) for number in range(1, 17))
    open_page(page, address, f"cell=lstm&hidden_size=2&overlay=lstm&input=zero&length=20&W_hh={given}")
    expect(page.get_by_text("W_{hh}").or_(page.get_by_text("forget gate")).first).to_be_attached()
    type_into_the_last_row(page, page.get_by_test_id("stDataFrame").nth(1), 0.5, "-9")  # f, the second of i f g o
    page.wait_for_url(lambda url: "-9" in url)
    numbers = parse_qs(urlsplit(page.url).query)["W_hh"][0].split(",")
    assert [float(number) for number in numbers] == [1, 2, 3, 4, 5, 6, -9, *range(8, 17)]  # (f, row 2, column 1)
    settle(page)
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Delete")  # a weight is a number; nothing is none
    settle(page)
    assert parse_qs(urlsplit(page.url).query)["W_hh"][0].split(",") == numbers


def test_a_csv_column_becomes_the_input(page, address):
    open_page(page, address)
    page.locator(".stSidebar").get_by_text("Input", exact=True).click()
    page.locator("input[type=file]").set_input_files(
        {"name": "a.csv", "mimeType": "text/csv", "buffer": b"t,v\n1,3.5\n2,-1\n3,2\n"}
    )
    page.get_by_role("button", name="Use this column").click()
    page.wait_for_url(re.compile("input=numbers"))
    settle(page)
    assert curve(page, "input")[:4] == [1, 2, 3, 1]


def test_bad_files_get_a_sentence(page, address):
    open_page(page, address)
    page.locator(".stSidebar").get_by_text("Input", exact=True).click()
    page.locator("input[type=file]").set_input_files(
        {"name": "a.csv", "mimeType": "text/csv", "buffer": bytes(range(256)) * 4}
    )
    expect(page.get_by_text("expected a text file of comma-separated values")).to_be_visible()


IMAGE = "![](http://elsewhere.example/x.png)"


def test_what_a_link_quotes_is_shown_as_text_and_fetches_nothing(page, address):
    for query in some((f"cell={IMAGE}", f"input=numbers&numbers={IMAGE}", f"pin=cell%3D{IMAGE}"), 1):
        page.goto(f"{address}/?{quote(query, safe='=&%')}")
        expect(page.locator(".problem").first).to_contain_text("![](http://elsewhere")
        page.wait_for_selector(FIGURE)
        assert page.locator(".stMain img").count() == 0
    page.goto(f"{address}/reading?plain=true&read_text={quote(IMAGE * 3)}")
    page.wait_for_selector(".stPlotlyChart .main-svg")
    settle(page)
    assert page.locator(".stMain img").count() == 0


def test_without_the_script_plain_widgets_take_over(page, address):
    page.route("**/live/*/live/live.js", lambda route: route.abort())
    page.goto(address)
    page.wait_for_selector(".stPlotlyChart .main-svg")
    expect(page.locator(".stMain")).to_contain_text("RNN · Vanishing:")
    page.complaints.clear()  # the browser itself reports the script that was withheld


def test_plotly_is_asked_for_again_where_it_did_not_arrive(page, address):
    asked = []

    def withheld_once(route: Route) -> None:
        asked.append(route.request.url)
        route.abort() if len(asked) == 1 else route.continue_()

    page.route("**/live/*/plotly.min.js", withheld_once)
    open_page(page, address)
    assert len(asked) == 2
    page.complaints.clear()  # the browser itself reports the script that was withheld


def test_a_change_that_comes_before_plotly_does_is_followed_and_so_is_the_next(page, address):
    held: list[Route] = []
    come = []
    page.route("**/plotly.min.js", lambda route: route.continue_() if come else held.append(route))
    page.goto(address)
    again = page.get_by_role("button", name="New weights").first
    page.wait_for_selector(".live-control")
    for seed in (1, 2, 3):
        settle(page)
        again.click()
        page.wait_for_url(re.compile(f"seed={seed}"))
        if seed == 2:
            come.append(True)
            for route in held:
                route.continue_()
            page.wait_for_selector(FIGURE)
    expect(page.locator(FIGURE)).to_have_attribute("data-query", "seed=3")


def test_the_check_stays_where_a_scene_has_other_sliders(page, address):
    open_page(page, address)
    page.get_by_role("link", name=re.compile("tanh, gain 0.5")).click()
    page.wait_for_url(re.compile("gain=0.5"))
    expect(page.locator(".live-control")).to_have_count(2)
    settle(page)
    expect(page.locator(".live-badge")).to_contain_text("autodiff ✓ finite difference")


def test_sliders_take_the_name_of_the_cells_drawn(page, address):
    open_page(page, address, "overlay=lstm,cifg&cell=cifg")
    slider = page.locator(".live-control", has=page.locator("input[name=forget_bias]"))
    expect(slider).to_contain_text("forget bias (LSTM, CIFG)")
    page.get_by_role("button", name="LSTM, CIFG").click()
    page.get_by_role("button", name="LSTM", exact=True).click()
    expect(slider).to_contain_text("forget bias (CIFG)")


def test_what_a_move_settles_on_is_announced(page, address):
    open_page(page, address)
    page.locator("input[name=gain]").focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(re.compile("gain="))
    verdict = page.locator(".live-verdict").inner_text()
    expect(page.locator(".live-announcer")).to_have_text(verdict)
    assert "×0.723" not in verdict


def test_a_refused_frame_keeps_the_last_good_picture(page, address):
    open_page(page, address)
    before = curve(page, "rnn.h")
    page.route("**/live/gradient*", lambda route: route.fulfill(status=422, json={"problem": "gain: expected less."}))
    drag(page, "gain", 0.3)
    expect(page.locator(".live-notice")).to_have_text("gain: expected less.")
    assert curve(page, "rnn.h") == before
    page.complaints.clear()  # the browser itself reports the refused request


def test_what_is_prepared_is_said_beside_the_axes_it_will_have(page, address):
    said = {"progress": 0.4, "preparing": "The cells are compiled."}
    page.route("**/live/gradient?*", lambda route: route.fulfill(json=said))
    page.goto(address)
    expect(page.locator(".live-progress")).to_have_text("The cells are compiled.")
    figure = page.locator(".live-figure")
    axes = "figure => parseFloat(getComputedStyle(figure, '::before').borderLeftWidth)"
    assert figure.evaluate(axes) == 1
    page.unroute("**/live/gradient?*")
    page.wait_for_selector(FIGURE)
    expect(page.locator(".live-progress")).to_be_hidden()
    assert figure.evaluate(axes) == 0


def test_a_figure_that_is_long_in_coming_says_so(page, address):
    held: list[Route] = []
    page.route("**/live/gradient?*", lambda route: held.append(route))
    page.goto(address)
    expect(page.locator(".live-progress")).to_have_text("Computing …")
    held[0].continue_()
    page.wait_for_selector(FIGURE)
    expect(page.locator(".live-progress")).to_be_hidden()


def test_a_server_that_does_not_answer_is_asked_again(page, address):
    open_page(page, address)
    before = curve(page, "rnn.h")
    asked = []
    page.route("**/live/gradient?*", lambda route: (asked.append(time.monotonic()), route.abort()))
    drag(page, "gain", 0.3)
    page.mouse.up()
    expect(page.locator(".live-notice")).to_contain_text("it is asked again")
    page.wait_for_timeout(3000)
    assert 3 <= len(asked) <= 8
    waited = [later - earlier for earlier, later in zip(asked[-3:], asked[-2:], strict=False)]
    assert waited == sorted(waited)
    page.unroute("**/live/gradient?*")
    caught_up(page, "gain")
    expect(page.locator(".live-notice")).to_be_hidden()
    assert curve(page, "rnn.h") != before
    page.complaints.clear()  # the browser itself reports the requests that failed


@pytest.mark.parametrize("scheme", some(["light", "dark"], 1))
def test_text_stands_out_in_both_themes(browser, address, scheme):
    context = browser.new_context(color_scheme=scheme, viewport={"width": 1440, "height": 900})
    page = context.new_page()
    open_page(page, address)
    background, *inks = page.evaluate("""() => {
        const seen = (element, name) => getComputedStyle(element)[name];
        const svg = document.querySelector('.live-figure');
        return [seen(document.querySelector('.stApp'), 'backgroundColor'),
                seen(document.querySelector('.live-headline'), 'color'),
                seen(document.querySelector('.live-asides'), 'color'),
                seen(svg.querySelector('.xtick text'), 'fill'),
                seen(document.querySelector('.live-legend li'), 'color'),
                ...svg.data.filter(trace => trace.line && !trace.uid.startsWith('input'))
                   .map(trace => trace.line.color)];
    }""")
    assert all(contrast(ink, background) >= 4.0 for ink in inks), dict.fromkeys(inks)
    context.close()


def test_a_first_visit_is_told_what_the_marks_are_and_can_be_again(page, address):
    page.add_init_script("localStorage.removeItem('unrolled.start')")
    open_page(page, address)
    notes = page.locator(".start-note")
    expect(notes).to_have_count(5)
    figure = page.locator(FIGURE).bounding_box()
    for place in range(5):
        note = notes.nth(place).bounding_box()
        assert figure["x"] <= note["x"]
        assert note["x"] + note["width"] <= figure["x"] + figure["width"] + 1
        assert figure["y"] <= note["y"]
        assert note["y"] + note["height"] <= figure["y"] + figure["height"] + 1
    slider = page.locator(".live-control input[name=gain]")
    slider.press("ArrowRight")  # nothing is in the way
    page.get_by_role("button", name="Got it").click()
    expect(notes.first).to_be_hidden()
    assert page.evaluate("localStorage.getItem('unrolled.start')") == "1"
    page.get_by_role("button", name="Start here").click()
    expect(notes.first).to_be_visible()
    page.get_by_text("Explain this picture").click()
    expect(page.locator(".start-explained p").first).to_contain_text("A small change of the RNN's state at step 1")
