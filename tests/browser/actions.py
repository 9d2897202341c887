"""What a reader does with a page."""

from playwright.sync_api import Page

FIGURE = ".live-figure[data-frames]"
TOP = ".live:not(.live-lower)"
"""The figure at the top of a page, with all that stands around it."""


def open_page(page: Page, address: str, query: str = "", path: str = "") -> None:
    page.goto(f"{address}/{path}?{query}")
    page.wait_for_selector(f".live:not(.live-lower) {FIGURE}")
    settle(page)


def settle(page: Page) -> None:
    """Wait until no rerun is under way and no frame is on its way."""
    page.wait_for_function("() => !document.querySelector('[data-test-script-state=running]')")
    page.wait_for_timeout(400)


def curve(page: Page, uid: str) -> list[float]:
    return page.evaluate(
        "uid => Array.from(document.querySelector('.live-figure')._fullData.find(trace => trace.uid === uid).y)", uid
    )


def box(page: Page, selector: str) -> dict[str, float]:
    return page.locator(selector).bounding_box()


def assert_fits(page: Page, *selectors: str, within: str = "") -> None:
    """All of it is seen at once, 720 pixels high."""
    for selector in selectors:
        place = box(page, f"{within} {selector}")
        assert place["y"] >= 0
        assert place["y"] + place["height"] <= 720


def drag(page: Page, name: str, to: float) -> None:
    """Drag a slider to a share of its width, in steps, and let go."""
    place = box(page, f".live-control input[name={name}]")
    y = place["y"] + place["height"] / 2
    page.mouse.move(place["x"] + place["width"] / 2, y)
    page.mouse.down()
    page.mouse.move(place["x"] + place["width"] * to, y, steps=12)


def caught_up(page: Page, name: str) -> None:
    """Wait until the picture is of the value under the finger."""
    page.wait_for_function(
        """name => {
            const shown = document.querySelector(`.live-control input[name=${name}]`).getAttribute("aria-valuetext");
            const drawn = new URLSearchParams(document.querySelector(".live-figure").dataset.query);
            return Number(drawn.get(name)) === Number(shown);
        }""",
        arg=name,
    )


def assert_arrays_are_known(page: Page) -> None:
    """What the script remembers of the traces is what an untouched Plotly finds in them."""
    remembered, found = page.evaluate(
        """async () => {
            const frame = document.body.appendChild(document.createElement("iframe"));
            const script = frame.contentDocument.createElement("script");
            script.src = [...document.scripts].find(({ src }) => src.endsWith("/plotly.min.js")).src;
            const loaded = new Promise((resolve) => script.addEventListener("load", resolve));
            frame.contentDocument.head.append(script);
            await loaded;
            const { PlotSchema } = frame.contentWindow.Plotly;
            const boxes = [...document.querySelectorAll(".live-figure[data-frames]")];
            const traces = boxes.flatMap((box) => box._fullData);
            return [traces.map((trace) => trace._arrayAttrs), traces.map(PlotSchema.findArrayAttributes)];
        }"""
    )
    assert remembered == found
    assert ["x", "y"] in found
