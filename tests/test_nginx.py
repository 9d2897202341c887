"""Whom the README's balancer asks: nginx itself, before two servers that say nothing but who they are."""

import threading
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx2
import pytest

from tests import nginx
from tests.browser.conftest import free_port

pytestmark = pytest.mark.skipif(not nginx.installed(), reason="there is no nginx; `make bench` installs it")


class Name(BaseHTTPRequestHandler):
    """Answers the server's port."""

    def do_GET(self):
        name = str(self.server.server_port).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(name)))
        self.end_headers()
        self.wfile.write(name)

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def balancer(tmp_path_factory):
    with ExitStack() as stack:
        servers = [stack.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), Name)) for _ in range(2)]
        for server in servers:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            stack.callback(server.shutdown)
        ports = [server.server_port for server in servers]
        address = stack.enter_context(nginx.before(ports, free_port(), tmp_path_factory.mktemp("nginx")))
        yield stack.enter_context(httpx2.Client(base_url=address))


def asked(balancer, path, visitor):
    """The process that answers."""
    balancer.cookies.clear()
    return balancer.get(path, headers={"Cookie": f"replica={visitor}"}).text


def test_everybody_in_a_room_is_led_to_the_same_process(balancer):
    codes = [f"{letter}CDFG" for letter in "BCDFGHJKMNPRSTWXZ"]
    led = [
        {asked(balancer, f"/live/room/{code}{path}", visitor) for visitor in "abcde" for path in ("", "/predictions")}
        for code in codes
    ]
    assert all(len(found) == 1 for found in led)
    assert len(set.union(*led)) == 2  # not all rooms to one


def test_a_browser_stays_on_its_process_for_everything_else(balancer):
    led = [{asked(balancer, path, visitor) for path in ("/", "/live/gradient", "/gates")} for visitor in "abcdefgh"]
    assert all(len(found) == 1 for found in led)
    assert len(set.union(*led)) == 2, led
