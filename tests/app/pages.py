"""A page as a reader finds it, without a browser."""

import json
import time
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import parse_qs

import httpx2
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from app.frame import Frame
from app.picture import Picture

SCRIPT = Path(__file__).parents[2] / "app" / "navigation.py"


def open_page(view: str, picture: Picture) -> AppTest:
    """A page other than the first, opened by a link to a picture."""
    page = AppTest.from_file(SCRIPT, default_timeout=300)
    page.run()
    page.switch_page(f"views/{view}.py")
    for name, values in parse_qs(picture.to_query(), keep_blank_values=True).items():
        page.query_params[name] = values
    return page.run()


def assert_opens(view: str, picture: Picture) -> None:
    page = open_page(view, picture)
    assert not page.exception
    assert not page.warning
    assert page.session_state.picture == picture


def assert_shows(page: AppTest, frames: Iterable[Frame], picture: Picture) -> None:
    """The page's plain charts are these figures, trace by trace."""
    assert not page.exception
    drawn = [json.loads(chart.proto.spec) for chart in page.get("plotly_chart")]
    expected = [frame.figure(picture, "light")["data"] for frame in frames]
    assert [[trace.get("name") for trace in figure["data"]] for figure in drawn] == [
        [trace["name"] for trace in traces] for traces in expected
    ]


def ask(client: TestClient, address: str) -> httpx2.Response:
    """The answer to a request, once the server has computed it."""
    while (response := client.get(address)).status_code == 200 and "progress" in response.json():
        time.sleep(0.05)
    return response
