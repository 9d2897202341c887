"""What the menu beside a figure takes along, as files that a browser keeps."""

import csv
import struct
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.actions import TOP, curve, open_page


def taken(page: Page, label: str) -> tuple[str, Path]:
    """The name and the content of a file that the menu at the top gives."""
    menu = page.locator(f"{TOP} .live-take")
    menu.locator("summary").click()
    with page.expect_download() as download:
        menu.get_by_role("button", name=label).click()
    expect(menu).not_to_have_attribute("open", "")
    return download.value.suggested_filename, Path(download.value.path())


def test_a_figure_is_taken_along_as_it_stands(page: Page, address: str):
    open_page(page, address, "cell=lstm&hidden_size=4&length=40")
    verdict = page.locator(f"{TOP} .live-sentence").inner_text()
    box = page.locator(f"{TOP} .live-figure").bounding_box()

    name, file = taken(page, "Picture (PNG)")
    assert name == "unrolled-gradient-lstm.png"
    width, height = struct.unpack(">II", file.read_bytes()[16:24])
    assert width == 2 * round(box["width"])
    assert height > 2 * box["height"] + 60  # the verdict, the legend and the link around it

    name, file = taken(page, "Picture to edit (SVG)")
    drawn = file.read_text(encoding="utf-8")
    assert name == "unrolled-gradient-lstm.svg"
    assert verdict.split("; ")[0] in drawn
    assert "LSTM · h" in drawn
    assert "cell=lstm&amp;hidden_size=4&amp;length=40" in drawn

    name, file = taken(page, "Numbers (CSV)")
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("# ")]
    numbers = [float(row["y"]) for row in csv.DictReader(lines) if row["trace"] == "lstm.h"]
    shown = curve(page, "lstm.h")
    assert max(abs(one - other) for one, other in zip(numbers, shown, strict=True)) < 1e-5  # drawn in float32
    assert name == "unrolled-gradient-lstm.csv"

    name, file = taken(page, "Code: PyTorch")
    assert name == "unrolled-lstm-torch.py"
    assert "torch.nn.LSTMCell" in file.read_text(encoding="utf-8")

    menu = page.locator(f"{TOP} .live-take")
    menu.locator("summary").press("Enter")
    page.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    expect(menu.locator("summary")).to_be_focused()
