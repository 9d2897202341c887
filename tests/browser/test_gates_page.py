"""What does each gate do? In a real Chromium."""

import re

import pytest
from playwright.sync_api import Page, expect

from cells import all_cells
from cells.diagram import diagram
from tests.asked import some
from tests.browser.actions import FIGURE, box, caught_up, drag, open_page, settle
from tests.cells.examples import drawn
from tests.contrast import contrast

pytestmark = pytest.mark.browser


def step(page: Page) -> int:
    return int(page.locator(".live.cell").get_attribute("data-step"))


def written(page: Page) -> list[str]:
    """Every number in the diagram."""
    return page.locator(".cell-diagram .cell-number").all_text_contents()


RUN_THROUGH = """() => {
    const shapes = [...document.querySelectorAll('.cell-node')].filter(node => node.querySelector('rect, circle'));
    return [...document.querySelectorAll('.cell-wire')].flatMap(wire => {
        const points = Array.from({ length: 101 }, (_, place) =>
            wire.getPointAtLength(wire.getTotalLength() * place / 100).matrixTransform(wire.getScreenCTM()));
        return shapes.filter(node => {
            const { x, y, width, height } = node.querySelector('rect, circle').getBoundingClientRect();
            const isInside = point => Math.hypot((point.x - x) / width - 0.5, (point.y - y) / height - 0.5) < 0.5;
            return ![wire.dataset.from, wire.dataset.to].includes(node.dataset.node) && points.some(isInside);
        }).map(node => [wire.dataset.from, wire.dataset.to, node.dataset.node]);
    });
}"""
"""Wires that run through a node that is neither of their ends."""


def cursor(page: Page) -> float:
    return box(page, ".cell-time .cell-cursor")["x"]


def test_hero_fits_a_projector(page, address):
    open_page(page, address, "cell=lstm&hold=f_1_20_80&axis=near", "gates")
    for width, height in ((1280, 720), (1440, 900)):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(300)
        places = [box(page, part) for part in ("h1", ".live-verdict", ".cell-stage", ".cell-scrub", FIGURE)]
        for above, below in zip(places, places[1:], strict=False):
            assert above["y"] + above["height"] <= below["y"] + 1
        assert places[0]["y"] >= 0
        assert places[-1]["y"] + places[-1]["height"] <= height
        assert places[2]["height"] >= 200


@pytest.mark.parametrize("cell", ["gru", "lstm", "minlstm"])
def test_every_node_and_wire_of_the_cell_is_drawn(page, address, cell):
    open_page(page, address, f"cell={cell}", "gates")
    picture = diagram(drawn(all_cells()[cell]))
    assert page.locator(".cell-node").count() == len(picture.nodes)
    assert page.locator(".cell-wire").count() == len(picture.edges)
    ends = page.evaluate("() => [...document.querySelectorAll('.cell-wire')].map(w => [w.dataset.from, w.dataset.to])")
    assert {tuple(pair) for pair in ends} == {(edge.source, edge.target) for edge in picture.edges}
    boxes = page.locator(".cell-node").evaluate_all(
        "nodes => nodes.map(n => n.querySelector('rect, circle, text').getBoundingClientRect().toJSON())"
    )
    for place, one in enumerate(boxes):
        for other in boxes[:place]:
            apart = one["right"] <= other["left"] or other["right"] <= one["left"]
            assert apart or one["bottom"] <= other["top"] or other["bottom"] <= one["top"], "no two nodes overlap"
    assert page.evaluate(RUN_THROUGH) == []


def test_scrubbing_moves_everything_and_asks_the_server_for_nothing(page, address):
    sent = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    open_page(page, address, "cell=lstm", "gates")
    page.on("request", lambda request: sent.append(request.url))
    sent.clear()
    before, there = written(page), cursor(page)
    slider = page.locator(".cell-step")
    slider.fill("40")
    assert step(page) == 40
    assert written(page) != before
    assert cursor(page) < there - 200
    page.locator("[value=backward]").check()
    back = written(page)
    slider.press("ArrowLeft")
    assert step(page) == 39
    assert written(page) != back
    page.wait_for_timeout(600)
    assert not sent
    assert "at=" not in page.url


def test_every_move_of_the_cursor_has_a_key(page, address):
    open_page(page, address, "cell=gru&length=60&at=30", "gates")
    assert step(page) == 30
    page.locator(".cell-stage").focus()
    for key, expected in (("ArrowRight", 31), ("ArrowLeft", 30), ("Home", 1), ("End", 60), ("PageDown", 50)):
        page.keyboard.press(key)
        assert step(page) == expected, key
    page.keyboard.press("Home")
    page.keyboard.press("Space")
    page.wait_for_function("() => Number(document.querySelector('.live.cell').dataset.step) > 3")
    page.keyboard.press("Space")
    still = step(page)
    page.wait_for_timeout(300)
    assert step(page) == still
    page.locator(".cell-back").press("Enter")
    page.wait_for_function("still => Number(document.querySelector('.live.cell').dataset.step) < still", arg=still)
    expect(page.locator("[value=backward]")).to_be_checked()
    expect(page.locator(".cell-back")).to_have_attribute("aria-label", "Pause")
    page.locator(".cell-back").press("Enter")
    expect(page.locator(".cell-back")).not_to_have_attribute("aria-label", "Pause")


def test_play_back_begins_at_the_loss_and_ends_at_step_1(page, address):
    open_page(page, address, "cell=lstm&length=20&loss=step&loss_step=12&at=20", "gates")
    page.locator(".cell-speed").select_option("60")
    page.evaluate("""() => {
        window.seen = [];
        const cell = document.querySelector('.live.cell');
        new MutationObserver(() => window.seen.push(Number(cell.dataset.step)))
            .observe(cell, { attributeFilter: ['data-step'] });
    }""")
    page.locator(".cell-back").click()
    page.wait_for_function("() => document.querySelector('.live.cell').dataset.step === '1'")
    seen = page.evaluate("() => window.seen")
    assert seen[0] == 12
    assert seen == sorted(seen, reverse=True)


def test_a_gate_is_held_from_the_keyboard_and_the_link_says_so(page, address):
    open_page(page, address, "cell=lstm", "gates")
    page.get_by_label("hold f", exact=True).focus()
    page.keyboard.press("Space")
    page.wait_for_url(re.compile("hold=f_1_43_85"))
    settle(page)
    uids = page.evaluate("() => document.querySelector('.live-figure').data.map(trace => trace.uid)")
    assert "ghost.f" in uids
    expect(page.locator(".live-asides")).to_contain_text("f held at 1, steps 43 to 85")
    page.locator(".cell-step").fill("60")
    assert page.locator(".cell-node.is-held").count() == 1
    page.get_by_role("button", name="Direct path only").press("Enter")
    page.wait_for_url(re.compile("blocked=i~f~g~o"))
    settle(page)
    assert page.locator(".cell-node.is-blocked").count() == 4
    page.get_by_role("button", name="Hold nothing").click()
    page.wait_for_url(lambda url: "hold" not in url)


def test_the_numbers_of_a_unit_make_their_equation_true(page, address):
    open_page(page, address, "cell=lstm&at=50&unit=3", "gates")
    page.locator(".cell-panel-arithmetic").scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    page.locator(".cell-step").fill("51")
    lines = page.locator(".cell-plugged > math:not([style*=none])").all_text_contents()
    (c,) = [line for line in lines if line.count("·") == 2]
    f, before, i, g, after = (float(number) for number in re.findall(r"-?\d\.\d+", c.replace("−", "-")))
    assert f * before + i * g == pytest.approx(after, abs=2.5e-3)  # three decimals each


def test_hover_gives_the_numbers(page, address):
    open_page(page, address, "cell=lstm&at=50", "gates")
    page.locator(".cell-node.cell-layer").first.hover()
    expect(page.locator(".cell-tip")).to_contain_text(re.compile(r"i · input gate\nmean 0\.\d{3}\nsize 0\.\d{3}"))
    x, y = page.evaluate("""() => {
        const wire = document.querySelector('.cell-wire[data-from=c]');
        const { x, y } = wire.getPointAtLength(wire.getTotalLength() / 2).matrixTransform(wire.getScreenCTM());
        return [x, y];
    }""")
    page.mouse.move(x, y)
    expect(page.locator(".cell-tip")).to_contain_text("→")
    page.locator("h1").hover()
    expect(page.locator(".cell-tip")).to_be_hidden()


def test_sliders_are_followed_before_release(page, address):
    open_page(page, address, "cell=lstm", "gates")
    before = written(page)
    drag(page, "forget_bias", 0.9)
    caught_up(page, "forget_bias")
    assert written(page) != before
    page.mouse.up()
    page.wait_for_url(re.compile("forget_bias="))


@pytest.mark.parametrize("scheme", some(["light", "dark"], 1))
def test_diagram_and_controls_stand_out_in_both_themes(browser, address, scheme):
    context = browser.new_context(color_scheme=scheme, viewport={"width": 1280, "height": 720})
    page = context.new_page()
    for cell in ("lstm", "gru"):
        open_page(page, address, f"cell={cell}", "gates")
        background, *inks = page.evaluate("""() => {
            const seen = (element, name) => getComputedStyle(element)[name];
            return [seen(document.querySelector('.stApp'), 'backgroundColor'),
                    ...[...document.querySelectorAll('.cell-diagram text')].map(text => seen(text, 'fill')),
                    ...[...document.querySelectorAll('.cell-wire')].map(wire => seen(wire, 'stroke')),
                    seen(document.querySelector('.cell-reading'), 'color'),
                    seen(document.querySelector('.cell-button'), 'color')];
        }""")
        assert all(contrast(ink, background) >= 4.0 for ink in inks), dict.fromkeys(inks)
    context.close()
