"""Lessons in a real browser: predicted with mouse and keys, looked at, presented, followed by a second window."""

import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import expect

from app.views.lessons.lesson import packed, read
from tests.browser.actions import FIGURE, TOP, settle
from tests.browser.lessons import ESTIMATE_AND_DRAW, SHOWN

pytestmark = [pytest.mark.browser, pytest.mark.alone]
LESSON = f"""
title = "<b>Three</b> steps"
[[steps]]
title = "Choose"
question = "Half the gain: <img src=x onerror=alert(1)>?"
shown = "{SHOWN}"
revealed = "{SHOWN}&gain=0.5"
truth = "It becomes {{log10_ratio}}."
sliders = ["gain"]
[steps.choice]
measure = "log10_ratio - before.log10_ratio"
options = [{{text = "less", high = 0}}, {{text = "more", low = 0}}]
{ESTIMATE_AND_DRAW}"""
POINTS = """() => {
    const figure = document.querySelector(".live-figure");
    const { xaxis, yaxis } = figure._fullLayout;
    const corner = figure.getBoundingClientRect();
    const { y } = figure._fullData.find(({ uid }) => uid === "rnn.h");
    return Array.from(y, (value, place) => [
        corner.x + xaxis._offset + xaxis.c2p(place + 1), corner.y + yaxis._offset + yaxis.c2p(value)
    ]);
}"""


@pytest.fixture(scope="module")
def lesson():
    return f"lesson=own&lesson_data={packed(read(LESSON))}"


def open_lesson(page, address, query):
    page.set_default_timeout(60_000)
    page.goto(f"{address}/lessons?{query}")
    page.wait_for_selector(f"{TOP} {FIGURE}")
    settle(page)


def look(page):
    page.get_by_role("button", name="Look", exact=True).click()
    expect(page.locator(".lesson-truth")).to_be_visible(timeout=30_000)


def test_a_lesson_from_its_first_question_to_its_last_answer(page, address, lesson):
    open_lesson(page, address, lesson)
    expect(page.locator(".lesson-question")).to_have_text("Half the gain: <img src=x onerror=alert(1)>?")
    expect(page.get_by_role("button", name="Look", exact=True)).to_be_disabled()
    page.get_by_text("less", exact=True).click()
    look(page)
    expect(page.locator(".lesson-score")).to_have_text("As you expected: less")
    expect(page.locator(".live-control output")).to_have_text("0.5")
    page.locator(".live-control input[name=gain]").press("ArrowRight")
    expect(page.get_by_role("link", name=re.compile("Open in the laboratory"))).to_have_attribute(
        "href", re.compile(r"gain=0\.5\d")
    )
    page.get_by_role("button", name="Next").click()
    expect(page.locator(".live-sentence")).to_be_hidden()  # it would say what is asked
    assert page.locator(FIGURE).evaluate("figure => figure._fullLayout.hovermode") is False  # so would a mark
    page.locator(".lesson-number input").press("ArrowRight")
    look(page)
    expect(page.locator(".lesson-score")).to_contain_text("off by")
    page.get_by_role("button", name="Next").click()
    expect(page.locator(".lesson-title")).to_have_text("Draw")
    page.wait_for_function("() => document.querySelector('.live-figure').dataset.query.includes('gain=0.7')")
    points = page.evaluate(POINTS)
    page.mouse.move(*points[-1])
    page.mouse.down()
    for point in reversed(points):
        page.mouse.move(*point)
    page.mouse.up()
    look(page)
    off = float(re.search(r"off by ([\d.]+) decades", page.locator(".lesson-score").inner_text())[1])
    assert off < 0.3
    expect(page).to_have_url(re.compile("lesson_step=3"))
    page.reload()
    page.wait_for_selector(f"{TOP} {FIGURE}")
    look(page)  # what was drawn is still there
    assert f"{off:.1f}" in page.locator(".lesson-score").inner_text()


def test_a_curve_is_drawn_with_keys_alone(page, address, lesson):
    open_lesson(page, address, f"{lesson}&lesson_step=3")
    paper = page.locator(".lesson-paper")
    paper.focus()
    for key in ["ArrowLeft", "ArrowDown", "ArrowDown", "ArrowLeft", *["ArrowDown"] * 4]:
        paper.press(key)
    look(page)
    expect(page.locator(".lesson-score")).to_contain_text("off by")


def test_a_lesson_is_presented_and_a_second_window_follows(page, address, lesson):
    open_lesson(page, address, f"{lesson}&lesson_step=2&present=1")
    expect(page.locator("[data-testid=stSidebar]")).to_be_hidden()
    small = page.evaluate(
        """() => [...document.querySelectorAll("body *")].filter((element) =>
            element.checkVisibility() && element.getBoundingClientRect().width > 0 &&
            [...element.childNodes].some(({ nodeType, textContent }) => nodeType === 3 && textContent.trim()) &&
            parseFloat(getComputedStyle(element).fontSize) < 16).map(({ textContent }) => textContent)"""
    )
    assert small == []
    page.keyboard.press("PageDown")
    expect(page.locator(".lesson-truth")).to_be_visible(timeout=30_000)
    with page.expect_popup() as opened:
        page.keyboard.press("n")
    speaker = opened.value
    expect(speaker.locator("h1")).to_have_text("Estimate")
    page.keyboard.press("PageDown")
    expect(speaker.locator("h1")).to_have_text("Draw")
    expect(speaker.locator(".notes")).to_have_text("Give them a minute.")
    speaker.get_by_role("button", name="Back").click()
    expect(page.locator(".lesson-title")).to_have_text("Estimate")
    page.keyboard.press("b")
    expect(page.locator(".present-curtain")).to_be_visible()
    page.keyboard.press("PageDown")
    expect(page.locator(".present-curtain")).to_have_count(0)
    expect(page.locator(".lesson-title")).to_have_text("Estimate")  # in the dark a key only brings the picture back
    page.keyboard.press("g")
    expect(page.get_by_role("button", name="Draw")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator("[data-testid=stSidebar]")).to_be_visible()
    expect(page).not_to_have_url(re.compile("present"))


@pytest.fixture
def course(address):
    """The address of a page of another origin, with a figure in a frame."""
    body = f"""<iframe src="{address}/?embed=true&length=40" width="800" height="600"></iframe>
        <script>addEventListener("message", ({{ data }}) => (window.told = data))</script>"""

    class Course(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body.encode() if self.path == "/" else b"")

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Course)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_a_figure_stands_in_the_frame_of_a_course_page(page, course):
    page.set_default_timeout(60_000)
    page.goto(course)
    frame = page.frame_locator("iframe")
    expect(frame.locator(f"{TOP} {FIGURE}")).to_be_visible()
    expect(frame.locator("[data-testid=stSidebar]")).to_be_hidden()
    page.wait_for_function("() => window.told?.type === 'unrolled:size' && window.told.height >= 400")
    assert page.evaluate("window.told.width") <= 800
