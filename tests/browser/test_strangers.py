"""Links that strangers make, opened in a real browser: nothing is asked of another host, nothing they wrote is run.

UNROLLED_HOSTILE_PAGES=300 opens more than the few that are opened otherwise.
"""

import os
from itertools import cycle, islice

import httpx2
import pytest

from app.page import pages
from tests.app import hostile
from tests.asked import ALL
from tests.browser.actions import settle

pytestmark = pytest.mark.browser

OPENED = int(os.environ.get("UNROLLED_HOSTILE_PAGES", 24 if ALL else 6))


@pytest.mark.alone
def test_hostile_links_show_a_page_and_ask_nothing_of_any_other_host(page, address):
    asked, dialogs = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    links = zip(cycle(pages()), hostile.queries(5, refused=False), strict=False)
    for name, query in islice(links, OPENED):
        query = f"length=20&hidden_size=8&overlay=&{query[:6000]}"
        page.goto(f"{address}/{name if name != next(iter(pages())) else ''}?{query}", wait_until="commit")
        page.wait_for_selector("h1")
        settle(page)
        assert page.get_by_test_id("stException").count() == 0, (name, query)
        assert page.evaluate("window.hacked") is None, (name, query)
        assert not page.complaints, (name, query, page.complaints)
        page.complaints.clear()
    assert not dialogs
    assert len(asked) > OPENED
    assert not [url for url in asked if hostile.ELSEWHERE in url.split("?")[0]]


@pytest.mark.alone
def test_pages_come_with_a_policy_that_runs_no_script_written_into_them(page, address):
    headers = httpx2.get(address).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    page.goto(address)
    page.wait_for_selector(".live-figure[data-frames]")
    page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "window.hacked = true";
            document.body.append(script);
            const image = document.body.appendChild(document.createElement("img"));
            image.setAttribute("onerror", "window.hacked = true");
            image.src = "data:,";
        }"""
    )
    page.wait_for_timeout(300)
    assert page.evaluate("window.hacked") is None
    assert len(page.complaints) == 2
    assert all("Content Security Policy" in complaint for complaint in page.complaints)
    page.complaints.clear()
