"""A lesson is made of pictures that were collected, without programming; and it is printed."""

import re
import tomllib

import pytest
from playwright.sync_api import expect

from app.views.lessons.lesson import packed, read, unpacked
from tests.browser.actions import TOP, open_page, settle

pytestmark = pytest.mark.browser

ALONE = "overlay=rnn"
HOSTILE = '<img src=x onerror="window.hacked = true">'
ON_PAPER = """
title = "On paper"
[[steps]]
title = "Half"
question = "What is left?"
shown = "overlay=rnn"
revealed = "overlay=rnn&gain=0.5"
truth = "Step 1 receives {log10_ratio}."
number = { measure = "log10_ratio", low = -60, high = 0 }
[[steps]]
title = "Draw"
question = "What does it look like?"
shown = "overlay=rnn"
truth = "Down it goes."
[steps.curve]
"""
PRINTED = "() => window.handouts === 1"
HARD = {
    "title": 'quotes " and \\ and \u007f and \n a line, \ud83d\ude00, \u2028, ]]> """',
    "minutes": 5,
    "steps": [
        {"title": "=", "question": "#", "shown": "", "revealed": "", "why": "", "sliders": []},
        {"title": "[a]", "question": "a.b", "number": {"measure": "x - y", "low": -1e-7, "high": 1e21}},
        {"title": "t", "question": "q", "holds": [{"measure": "m", "low": 0.5}, {"measure": "n"}], "curve": {}},
    ],
}


@pytest.fixture
def clean(page):
    """Nothing is collected before and after."""
    yield page
    page.evaluate("localStorage.removeItem('unrolled.mine')")
    page.complaints[:] = [each for each in page.complaints if "422" not in each]  # a browser tells of every refusal


def test_pictures_become_a_lesson_that_a_link_and_a_file_carry(clean, address, browser):
    page = clean
    open_page(page, address, ALONE)
    collect = page.locator(f"{TOP} .live-collect")
    collect.click()
    expect(collect).to_have_text("Added: step 1 of my lesson")
    page.locator(".live-control input[name=gain]").press("Home")
    collect.click()  # what was moved is not in the address yet
    expect(collect).to_have_text("Added: step 2 of my lesson")
    page.wait_for_url(re.compile("gain="))  # a page that is left before that may come back
    page.get_by_role("link", name="Lessons").click()
    step = page.locator(".maker-step").first
    step.locator("summary").first.click()
    step.get_by_role("button", name="Reveal the picture added last").click()
    expect(page.locator(".maker-step")).to_have_count(1)
    page.get_by_label("Title of the lesson").fill("Less weight")
    step.get_by_label("Title", exact=True).fill("A twentieth")
    step.get_by_label("Question").fill(HOSTILE)
    step.get_by_label("What is predicted").select_option("choice")
    expect(page.locator(".maker-problem")).to_contain_text("Step 1, choice")
    step.get_by_label("Measure", exact=True).select_option("log10_ratio")
    for place, text in enumerate(("as much", f"less {HOSTILE}")):
        step.get_by_label(f"Answer {place + 1}", exact=True).fill(text)
    step.get_by_role("button", name="Right for this picture").nth(1).click()
    step.get_by_label("The truth").fill("Left is ")
    step.locator(".maker-numbers > summary").click()
    step.get_by_role("button", name=re.compile("^log10_ratio = ")).click()
    expect(step.locator(".maker-reading")).to_contain_text(re.compile("Left is .*10⁻"))
    expect(page.locator(".maker-out")).to_contain_text("Complete: 1 of 1 steps.")
    link = page.get_by_role("link", name="Open in a new window").get_attribute("href")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as a file").click()
    lesson = read(download.value.path().read_text(encoding="utf-8"))
    assert lesson == unpacked(re.search("lesson_data=([^&]+)", link)[1])
    assert lesson.steps[0].revealed.experiment.gain < lesson.steps[0].shown.experiment.gain == 1

    other = browser.new_context(viewport={"width": 1280, "height": 720}).new_page()
    other.goto(link)
    expect(other.locator(".lesson-question")).to_have_text(HOSTILE)
    other.get_by_label(f"less {HOSTILE}").check()
    other.get_by_role("button", name="Look", exact=True).click()
    expect(other.locator(".lesson-score")).to_have_text(f"As you expected: less {HOSTILE}")
    expect(other.locator(".lesson-truth")).to_contain_text("10⁻")
    assert other.evaluate("window.hacked") is None
    other.context.close()
    assert page.evaluate("window.hacked") is None


def test_a_lesson_is_written_as_toml_and_packed_as_it_is_read(clean, address):
    page = clean
    page.goto(f"{address}/lessons")
    page.wait_for_selector(".live.lesson .live-figure[data-frames]")
    text, packed, kept, back = page.evaluate(
        """async (lesson) => {
            const live = [...document.scripts].find(({ src }) => src.endsWith("/plotly.min.js")).src;
            const { finished, packed, toml, unpacked } = await import(new URL("views/lessons/packing.js", live).href);
            const kept = finished(lesson);
            const text = await packed(kept);
            return [toml(kept), text, kept, await unpacked(text)];
        }""",
        HARD,
    )
    assert tomllib.loads(text) == kept == back
    assert kept["steps"][0] == {"title": "=", "question": "#", "shown": "", "revealed": ""}
    assert kept["title"] == HARD["title"].encode("utf-16", "surrogatepass").decode("utf-16")
    assert re.fullmatch(r"[\w-]+", packed, re.ASCII)


def test_a_handout_asks_first_and_answers_on_pages_of_its_own_and_leaves_nothing(clean, address):
    page = clean
    page.goto(f"{address}/lessons?lesson=own&lesson_data={packed(read(ON_PAPER))}")
    page.wait_for_selector(".live.lesson .live-figure[data-frames]")
    settle(page)
    page.evaluate("() => { window.handouts = 0; window.print = () => (window.handouts += 1); }")
    before = page.evaluate("document.querySelectorAll('*').length")
    page.get_by_role("button", name="Print a handout").click()
    page.wait_for_function(PRINTED)
    sheets = page.evaluate("[...document.querySelectorAll('.handout > *')].map(({ textContent }) => textContent)")
    title = next(place for place, text in enumerate(sheets) if text.startswith("Answers: "))
    asked, answers = "".join(sheets[:title]), "".join(sheets[title:])
    assert "Mark your estimate" in asked
    assert "Draw the curve you expect" in asked
    assert "Step 1 receives" not in asked
    assert re.search("Step 1 receives .*10⁻", answers)
    pictures = page.evaluate("[...document.querySelectorAll('.handout img')].map((each) => each.naturalWidth)")
    assert len(pictures) == 4
    assert min(pictures) > 500
    pages = re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4"))
    assert 2 <= len(pages) <= 4
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(page.locator(".handout")).to_have_count(0)
    assert page.evaluate("document.querySelectorAll('*').length") == before
