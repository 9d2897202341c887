"""What happens under an open page: a server that dies and comes back, one that is asked too much, a tab that sleeps."""

import time
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.asked import one_of_many
from tests.browser.actions import FIGURE, caught_up, curve, drag, open_page, settle
from tests.browser.conftest import free_port, serve

pytestmark = pytest.mark.browser


class Server:
    """A server of its own that can be killed."""

    def __init__(self):
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        self.process = serve(self.port)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.kill()


def gain_in_the_address(page: Page) -> float:
    return float(parse_qs(urlsplit(page.url).query).get("gain", ["1"])[0])


def gain_shown(page: Page) -> float:
    return float(page.locator(".live-control input[name=gain]").get_attribute("aria-valuetext"))


def the_address_follows(page: Page) -> None:
    """Wait until the address says what the slider shows."""
    page.wait_for_function(
        """() => {
            const shown = document.querySelector(".live-control input[name=gain]").getAttribute("aria-valuetext");
            return Number(new URLSearchParams(location.search).get("gain") ?? 1) === Number(shown);
        }"""
    )


def test_after_a_restart_the_same_picture_is_there_and_a_slider_is_written_into_the_address(page, server):
    open_page(page, server.address, "cell=lstm&gain=1.3")
    before = curve(page, "lstm.h")
    server.kill()
    server.start()
    page.wait_for_timeout(100)
    drag(page, "gain", 0.7)  # it may be connected again, or not yet
    page.mouse.up()
    caught_up(page, "gain")
    the_address_follows(page)
    moved = gain_shown(page)
    assert moved != 1.3
    page.wait_for_timeout(4000)  # nothing moves it back
    assert gain_in_the_address(page) == gain_shown(page) == moved
    assert curve(page, "lstm.h") != before
    page.goto(f"{server.address}/?cell=lstm&gain=1.3")
    page.wait_for_selector(FIGURE)
    settle(page)
    assert curve(page, "lstm.h") == before
    page.complaints.clear()  # the browser itself reports the connections that broke


def test_a_slider_moved_while_the_server_is_away_is_written_into_the_address_when_it_is_back(page, server):
    open_page(page, server.address, "cell=lstm&overlay=&gain=1.3")
    server.kill()
    drag(page, "gain", 0.4)
    page.mouse.up()
    expect(page.locator(".live-notice")).to_contain_text("it is asked again")
    moved = gain_shown(page)
    server.start()
    caught_up(page, "gain")
    expect(page.locator(".live-notice")).to_be_hidden()
    the_address_follows(page)
    assert gain_in_the_address(page) == gain_shown(page) == moved
    page.complaints.clear()


@pytest.mark.parametrize("status", [429, 500])
def test_a_request_put_off_is_said_keeps_the_picture_and_is_made_again(page, address, status):
    open_page(page, address, "cell=lstm&overlay=")
    before, asked = curve(page, "lstm.h"), []

    def put_off(route):
        asked.append(time.monotonic())
        route.fulfill(status=status, json={"problem": "Too many figures are waiting."})

    page.route("**/live/gradient?*", put_off)
    drag(page, "gain", 0.3)
    page.mouse.up()
    expect(page.locator(".live-notice")).to_have_text("Too many figures are waiting.")
    page.wait_for_timeout(2500)
    assert curve(page, "lstm.h") == before
    waited = [later - earlier for earlier, later in zip(asked, asked[1:], strict=False)]
    assert 1 <= len(waited) <= 7
    page.unroute("**/live/gradient?*")
    caught_up(page, "gain")
    expect(page.locator(".live-notice")).to_be_hidden()
    the_address_follows(page)
    page.complaints.clear()


@one_of_many
def test_a_tab_that_slept_while_the_server_was_restarted_wakes_up_to_the_same_picture(page, server):
    open_page(page, server.address, "cell=lstm&overlay=&gain=0.8")
    before, session = curve(page, "lstm.h"), page.context.new_cdp_session(page)
    session.send("Page.setWebLifecycleState", {"state": "frozen"})
    server.kill()
    server.start()
    time.sleep(1)
    session.send("Page.setWebLifecycleState", {"state": "active"})
    page.wait_for_selector("[data-test-connection-state=CONNECTED]")
    settle(page)
    assert curve(page, "lstm.h") == before
    drag(page, "gain", 0.6)
    page.mouse.up()
    caught_up(page, "gain")
    the_address_follows(page)
    page.complaints.clear()
