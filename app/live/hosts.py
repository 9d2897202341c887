"""Who may ask our own routes: Streamlit checks its own, and leaves ours to us."""

from urllib.parse import urlsplit

import streamlit as st
from starlette.requests import Request


def refusal(request: Request) -> str:
    """Why a request is not answered, as a sentence: it is meant for another host, or another site's page sent it."""
    host = request.headers.get("host", "")
    if not is_allowed(host, st.config.get_option("server.allowedHosts")):
        return "host: expected one of the setting server.allowedHosts."
    origin = request.headers.get("origin")
    if origin and _host_of(origin) != host:
        return f"origin: expected this server's own pages, got {origin[:80]!r}."
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return "origin: expected this server's own pages, got another site."
    return ""


def _host_of(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


def is_allowed(host: str, allowed: list[str]) -> bool:
    """Whether a Host header names one of the hosts that are allowed; without a list every name is.

    Args:
        host: the header, a name with or without a port.
        allowed: names; "*.example.org" stands for every name below example.org, "*" for all.
    """
    if not allowed:
        return True
    try:
        parts = urlsplit(f"//{host}")
        name, _port = parts.hostname, parts.port
    except ValueError:
        return False
    if not name or parts.username is not None or parts.path or parts.query or parts.fragment:
        return False
    name = name.rstrip(".")
    patterns = [pattern.strip().lower().rstrip(".") for pattern in allowed]
    return any(
        name.endswith(pattern[1:]) if pattern.startswith("*.") else pattern in ("*", name) for pattern in patterns
    )
