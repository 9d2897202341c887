"""What a browser is told not to allow."""

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from app.live.component import static_home
from app.live.headers import OURS, Headers, policy_of_pages
from app.live.routes import ROUTES


@pytest.fixture(scope="module")
def client():
    page = Route("/{page}", lambda request: PlainTextResponse("a page"))
    return TestClient(Starlette(routes=[*ROUTES, page], middleware=[Middleware(Headers)]), base_url="http://127.0.0.1")


@pytest.mark.parametrize("address", ["health", "gradient", "gradient?gain=nan", "unknown"])
def test_what_our_routes_answer_may_do_nothing_in_a_browser(client, address):
    headers = client.get(f"/live/{address}").headers
    assert headers["content-security-policy"] == OURS
    assert "default-src 'none'" in OURS
    assert "unsafe" not in OURS
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"


def test_scripts_are_sent_with_them_too(client):
    headers = client.get(f"{static_home()}live/live.js").headers
    assert headers["content-security-policy"] == OURS
    assert headers["x-content-type-options"] == "nosniff"


def test_pages_may_load_nothing_from_elsewhere(client):
    policy = client.get("/gates").headers["content-security-policy"]
    assert policy == policy_of_pages(False)
    sources = {name: set(allowed) for name, *allowed in (part.split() for part in policy.split("; "))}
    assert sources["default-src"] == {"'none'"}
    (inline,) = sources["script-src"] - {"'self'", "blob:"}
    assert inline.startswith("'sha256-")
    assert set().union(*sources.values()) <= {"'none'", "'self'", "'unsafe-inline'", "blob:", "data:", inline}
    assert [name for name, allowed in sources.items() if "'unsafe-inline'" in allowed] == ["style-src"]


def test_only_an_address_that_asks_for_it_may_stand_in_a_frame(client):
    for query, ancestors in (("", "'self'"), ("?embed=true&gain=0.7", "* file:"), ("?embed=truer", "'self'")):
        policy = client.get(f"/gates{query}").headers["content-security-policy"]
        assert f"frame-ancestors {ancestors};" in policy, query
