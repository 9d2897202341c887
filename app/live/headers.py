"""Headers that tell a browser what it need not allow."""

import base64
import hashlib
import re
from functools import cache
from pathlib import Path

import streamlit
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.live.component import home

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
OURS = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
"""Of frames and scripts: none is a page."""


@cache
def policy_of_pages(is_embedded: bool) -> str:
    """Of Streamlit's pages: scripts of this server, of the installed page and of components, nothing from elsewhere.

    Only an address that asks to be embedded may stand in a frame of another page.

    What somebody writes into a page, such as the text of a link, is never run as a script. Streamlit gives every
    component its script as a blob, and writes styles into elements.
    """
    installed = (Path(streamlit.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    inline = re.findall(r"<script>(.*?)</script>", installed, re.DOTALL)
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in inline]
    scripts = " ".join(f"'sha256-{found}'" for found in hashes)
    ancestors = "* file:" if is_embedded else "'self'"
    return (
        f"default-src 'none'; script-src 'self' {scripts} blob:; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' blob:; worker-src 'self' blob:; "
        f"connect-src 'self'; manifest-src 'self'; frame-src 'self'; frame-ancestors {ancestors}; form-action 'self'; "
        "base-uri 'self'"
    )


class Headers:
    """Adds them to every answer, unless it has them."""

    def __init__(self, app: ASGIApp):
        """Around another application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        policy = OURS if scope["path"].startswith(f"{home()}/") else policy_of_pages(_is_embedded(scope))

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in {**ALWAYS, "Content-Security-Policy": policy}.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _is_embedded(scope: Scope) -> bool:
    return b"embed=true" in scope["query_string"].split(b"&")
