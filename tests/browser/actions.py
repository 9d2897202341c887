"""What a reader does with a page."""

from playwright.sync_api import Page

FIGURE = ".live-figure[data-frames]"
TOP = ".live:not(.live-lower)"
"""The figure at the top of a page, with all that stands around it."""


def open_page(page: Page, address: str, query: str = "", path: str = "") -> None:
    """Open a link: from nothing, or in a page that is kept, as a link inside of the laboratory that is open there."""
    link = f"{address}/{path}?{query}"
    if getattr(page, "is_kept", False) and page.url.startswith(f"{address}/"):
        page.evaluate(FOLLOW, link)
        page.wait_for_function(SHOWN, arg=TOP)
    else:
        page.goto(link)
        page.wait_for_selector(f"{TOP} {FIGURE}")
    settle(page)


FOLLOW = """(link) => {
    const sorted = (search) => [...new URLSearchParams(search)].sort().join("&");
    const { pathname, search } = new URL(link);
    if (pathname !== location.pathname || sorted(search) !== sorted(location.search))
        for (const figure of document.querySelectorAll(".live-figure")) delete figure.dataset.query;
    document.querySelector("[data-testid=stMain]").scrollTo(0, 0);
    document.activeElement?.blur();
    history.pushState(null, "", link);
    dispatchEvent(new PopStateEvent("popstate"));
}"""
"""Follows a link, and forgets what was drawn of another."""
SHOWN = """(top) => {
    const said = (query) => new URLSearchParams(query).toString();
    const drawn = document.querySelector(`${top} .live-figure`)?.dataset.query;
    return drawn !== undefined && said(drawn) === said(location.search);
}"""
"""Whether the figure at the top is of the address."""


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
