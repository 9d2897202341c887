"""A lesson in a room, in two real browsers: the lecturer leads and sees what is predicted, the student follows."""

import pytest
from playwright.sync_api import expect

from tests.browser.actions import FIGURE, TOP

pytestmark = [pytest.mark.browser, pytest.mark.alone]
TELEPHONE = {"width": 390, "height": 844}


@pytest.fixture
def student(browser):
    context = browser.new_context(viewport=TELEPHONE, has_touch=True, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(60_000)
    yield page
    context.close()


def test_a_student_follows_predicts_and_looks_when_the_lecturer_does(page, student, address):
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"{address}/lessons?lesson=tour&lesson_step=2")
    page.wait_for_selector(f"{TOP} {FIGURE}")
    page.get_by_role("button", name="Open a room").click()
    expect(page.locator(".room-picture")).to_be_visible()
    code = page.locator(".room-letters").inner_text()

    student.goto(f"{address}/lessons?room={code}")  # as the picture says; the lesson begins at its first step
    estimate = student.locator(".lesson-number input")
    expect(estimate).to_be_visible()
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
    expect(page.locator(".room-median")).to_contain_text("Median of the predictions: 10⁻⁴⁵")  # a quarter from -60 to 0

    page.get_by_role("button", name="Look", exact=True).click()
    expect(look).to_be_enabled()
    look.click()
    expect(student.locator(".lesson-truth")).to_be_visible()
    expect(page.locator(".room-truth")).to_contain_text("Measured:")

    page.get_by_role("button", name="Next →").click()
    expect(student.locator(".lesson-place")).to_contain_text("Step 3 of")
    expect(look).to_be_disabled()
    page.get_by_role("button", name="Close the room").click()
    expect(student.locator(".room-problem")).to_have_text("The room has been closed.")
