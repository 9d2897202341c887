"""A page as a reader finds it, without a browser."""

import base64
import html
import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx2
import numpy as np
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from app.figure import Verdict
from app.live.routes import ROUTES
from app.page import figures, pages
from app.settings import Settings
from tests.asked import some

SCRIPT = Path(__file__).parents[2] / "app" / "navigation.py"


def open_page(name: str, settings: Settings) -> AppTest:
    """A page opened by a link."""
    page = AppTest.from_file(SCRIPT, default_timeout=300)
    if name != next(iter(pages())):
        page.run()
        page.switch_page(f"views/{name}/page.py")
    for field, values in parse_qs(settings.to_query(), keep_blank_values=True).items():
        page.query_params[field] = values
    return page.run()


def problems_on(page: AppTest) -> list[str]:
    """What the page says could not be used."""
    found = [re.search('<p class="problem" role="alert">(.*)</p>', body, re.DOTALL) for body in html_on(page)]
    return [html.unescape(sentence[1]) for sentence in found if sentence]


def verdicts_on(page: AppTest) -> str:
    """What plain figures say."""
    return html.unescape(" ".join(body for body in html_on(page) if 'class="verdict"' in body))


def html_on(page: AppTest) -> list[str]:
    """What is shown as it is."""
    return [element.proto.body for element in page.get("html")]


def numbers_of(figure: str, settings: Settings) -> Any:
    """The numbers of a figure; waits for them."""
    return figures()[figure].compute(settings).value()


def say(figure: str, settings: Settings) -> Verdict:
    """What a figure says."""
    return figures()[figure].say(settings, numbers_of(figure, settings))


def draw(figure: str, settings: Settings, mode: str = "light") -> dict[str, Any]:
    """What a figure draws."""
    return figures()[figure].draw(settings, numbers_of(figure, settings), mode)


def extra(figure: str, settings: Settings, mode: str = "light") -> dict[str, Any]:
    """What a figure's own script reads."""
    return figures()[figure].extra(settings, numbers_of(figure, settings), mode)


def reseeded(settings: Settings, seed: int) -> Settings:
    """The same settings with other weights and noise."""
    return settings.replace(experiment=settings.experiment.replace(seed=seed))


def assert_over_seeds(settings: Settings, holds: Callable[[Settings], bool]) -> None:
    """What a link claims holds at the seed it opens with, and at nine of ten others; `make test` asks two of them."""
    own = settings.experiment.seed
    assert holds(settings), own
    others = some([seed for seed in range(11) if seed != own][:10], 2)
    failed = [seed for seed in others if not holds(reseeded(settings, seed))]
    assert len(failed) <= 1, failed


def drawn_on(page: AppTest) -> list[dict[str, Any]]:
    """The plain charts of a page, as Plotly reads them."""
    return [json.loads(chart.proto.spec) for chart in page.get("plotly_chart")]


def ask(client: TestClient, address: str) -> httpx2.Response:
    """The answer to a request, once the server has computed it."""
    while (response := client.get(address)).status_code == 200 and "progress" in response.json():
        time.sleep(0.05)
    return response


def connect() -> TestClient:
    """A plain HTTP client of the stateless routes."""
    return TestClient(Starlette(routes=ROUTES), base_url="http://127.0.0.1")


def unpack(response: httpx2.Response) -> tuple[dict, dict[str, dict[str, np.ndarray]]]:
    """A frame as the browser reads it: the answer, and the arrays by trace and attribute."""
    answer = response.json()
    found = {}
    for trace in answer["figure"]["data"]:
        attributes = {**trace, **{f"marker.{name}": value for name, value in trace.get("marker", {}).items()}}
        found[trace["uid"]] = {
            path: np.frombuffer(base64.b64decode(content["bdata"]), np.float32)
            for path, content in attributes.items()
            if isinstance(content, dict) and "bdata" in content
        }
    return answer, found
