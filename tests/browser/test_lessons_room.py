"""A lesson in a room, in two real browsers: the lecturer leads and sees what is predicted, the student follows."""

import numpy as np
import pytest
from playwright.sync_api import expect

from app.live.component import static_home
from app.views.lessons.lesson import packed, read
from tests.browser.actions import FIGURE, TOP
from tests.browser.lessons import ESTIMATE_AND_DRAW

pytestmark = [pytest.mark.browser, pytest.mark.alone]
TELEPHONE = {"width": 390, "height": 844}
LESSON = f"""
title = "Two steps"
{ESTIMATE_AND_DRAW}"""


@pytest.fixture
def student(browser):
    context = browser.new_context(viewport=TELEPHONE, has_touch=True, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(60_000)
    yield page
    context.close()


def test_a_student_follows_predicts_and_looks_when_the_lecturer_does(page, student, address):
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"{address}/lessons?lesson=own&lesson_data={packed(read(LESSON))}")
    page.wait_for_selector(f"{TOP} {FIGURE}")
    page.get_by_role("button", name="Open a room").click()
    expect(page.locator(".room-picture")).to_be_visible()
    code = page.locator(".room-letters").inner_text()

    student.goto(f"{address}/lessons?room={code}")  # as the picture says; which lesson it is, the room knows
    expect(student.locator(".lesson-title")).to_have_text("Estimate")
    estimate = student.locator(".lesson-number input")
    look = student.locator(".lesson-look")
    expect(look).to_have_text("The lecturer still holds it back")
    expect(page.locator(".room-door output")).to_have_text("1 present")
    estimate.fill("50")
    expect(student.locator(".room-said")).to_contain_text("Sent, without a name")
    expect(look).to_be_disabled()
    page.get_by_role("button", name="Begin").click()
    expect(page.locator(".room-count")).to_have_text("1 of 1 answered")
    expect(page.locator(".room-scale")).to_have_count(0)  # nobody sees it before the lecturer asks for it
    page.get_by_role("button", name="Show the predictions").click()
    expect(page.locator(".room-median")).to_contain_text("Median of the predictions: 10⁻⁹")  # a quarter from -12 to 0

    page.get_by_role("button", name="Look", exact=True).click()
    expect(look).to_be_enabled()
    look.click()
    expect(student.locator(".lesson-truth")).to_be_visible()
    expect(page.locator(".room-truth")).to_contain_text("Measured:")

    page.get_by_role("button", name="Next →").click()
    expect(student.locator(".lesson-place")).to_contain_text("Step 2 of 2")
    expect(look).to_be_disabled()
    page.get_by_role("button", name="Close the room").click()
    expect(student.locator(".room-problem")).to_have_text("The room has been closed.")


@pytest.fixture
def bare(student, address):
    """A page of the server with nothing in it, for the scripts alone."""
    student.goto(f"{address}/_stcore/health")
    return student


def test_medians_are_those_of_numpy(bare):
    rng = np.random.default_rng(0)
    curves = [[[int(step), float(value)] for step, value in enumerate(rng.normal(size=40), 1)] for _ in range(6)]
    curves.append([[11, -2.0], [31, 6.0]])  # straight from one to the other, and nothing beyond
    whole = [None, *rng.normal(size=300).tolist(), None]
    found, odd, even, thin = bare.evaluate(
        """async ([home, curves, whole]) => {
            const { median, medianCurve, thinned } = await import(`${home}views/lessons/room.js`);
            return [medianCurve(curves), median([3, 1, 2]), median([4, 1, 2, 3]), thinned(whole)];
        }""",
        [static_home(), curves, whole],
    )
    steps = np.arange(1, 41)
    drawn = np.array([[value for _, value in curve] for curve in curves[:-1]])
    short = np.where((steps >= 11) & (steps <= 31), np.interp(steps, [11, 31], [-2.0, 6.0]), np.nan)
    assert np.allclose(found, np.stack([steps, np.nanmedian(np.vstack([drawn, short]), axis=0)], axis=1))
    assert (odd, even) == (2, 2.5)
    assert len(thin) <= 64
    assert thin[0] == [2, whole[1]]
    assert thin[-1] == [301, whole[300]]
    assert all(whole[step - 1] == value for step, value in thin)


def test_what_is_predicted_while_the_server_is_away_arrives_when_it_is_back(bare):
    away = "**/live/room/*/predictions"
    bare.route(away, lambda route: route.abort())
    bare.evaluate(
        """async (home) => {
            const { Board } = await import(`${home}views/lessons/board.js`);
            const made = () => new Board({ home: "/live/", texts: { offline: "away" }, onState: () => {} });
            Object.assign(window, { lecturer: made(), participant: made() });
            lecturer.open("lesson=tour", 3, true);
            participant.join(lecturer.state.code.toLowerCase());
            participant.send(3, "choice", 0);
            participant.send(3, "choice", 2);
        }""",
        static_home(),
    )
    bare.wait_for_function("() => participant.state.problem === 'away'")
    bare.unroute(away)
    bare.wait_for_function("() => lecturer.state.answered === 1")
    assert bare.evaluate("lecturer.predictions(3)") == {"choice": [2]}
    bare.evaluate("lecturer.close()")
    bare.wait_for_function("() => participant.state.isOver && !participant.isIn")
