"""What about my model? In a real browser: a file is dropped, and its fingerprint and its picture are there."""

import pytest
from playwright.sync_api import expect

from app.views.mine.kept import fingerprint_of
from app.views.mine.make_example import EXAMPLE
from tests.browser.actions import curve, open_page

pytestmark = pytest.mark.browser


def test_a_dropped_file_is_drawn_and_its_report_can_be_saved(page, address):
    page.set_default_timeout(180_000)  # its programs are compiled here
    open_page(page, address, "model_gain=0.5", "mine")
    before = curve(page, "mine.h")
    page.locator("input[type=file]").first.set_input_files(EXAMPLE)
    page.wait_for_url(f"**model={fingerprint_of(EXAMPLE.read_bytes())}*")
    expect(page.locator(".live-headline")).to_contain_text("your model")
    assert curve(page, "mine.h") != before  # another file begins with a gain of 1
    expect(page.get_by_text("LSTM with 24 units, which reads 6 channels.")).to_be_visible(timeout=180_000)
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save as a report").click()
    assert "spectral radius" in saved.value.path().read_text(encoding="utf-8")
