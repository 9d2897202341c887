"""A page as a reader finds it, without a browser."""

import base64
import json
import random
import re
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import parse_qs, quote, urlencode

import httpx2
import numpy as np
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from app.figure import Frame
from app.live.routes import ROUTES
from app.settings import Picture, view_specs
from app.views.neuron import verdict as neuron
from app.views.wiring import learned
from app.views.wiring import verdict as wiring
from cells.experiment import Experiment

SCRIPT = Path(__file__).parents[2] / "app" / "navigation.py"
FIGURES = {
    "gradient": ("gradient",),
    "gates": ("gates",),
    "past": ("survival", "pair", "spectra"),
    "neuron": tuple(neuron.FRAMES),
    "bptt": ("parts", "shares", "walks"),
    "fixes": ("fixes", "scoreboard", "training"),
    "learning": ("learning", "gradient_norms", "learned_gates", "tried", "search"),
    "reading": ("greeting", "reading", "units", "modes"),
    "wiring": (*wiring.FRAMES, *learned.FRAMES),
}
"""The live figures of each page."""


def open_page(view: str, picture: Picture) -> AppTest:
    """A page other than the first, opened by a link to a picture."""
    page = AppTest.from_file(SCRIPT, default_timeout=300)
    page.run()
    page.switch_page(f"views/{view}/page.py")
    for name, values in parse_qs(picture.to_query(), keep_blank_values=True).items():
        page.query_params[name] = values
    return page.run()


def reseeded(picture: Picture, seed: int) -> Picture:
    """The same picture of other weights and noise."""
    return picture.replace(experiment=picture.experiment.replace(seed=seed))


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


HOSTILE = ["", "nan", "inf", "-1", "0", "1", "2", "128", "2048", "1e400", "9" * 5000, "true", "lstm", "relu", "zero"]
HOSTILE += ["text", "numbers", "step", "'; DROP", "<script>", "\0", "😀", "１２", "1,2,3,4", "0x10", "1_0", "a" * 2000]
SMALL = {"overlay": "rnn", "updates": 50, "read_updates": 20, "mode_updates": 20}
"""What a figure is asked for where no hostile value takes its place: one cell, trained shortly."""


def assert_withstands(name: str, queries: int = 3, asked: Mapping[str, object] = SMALL) -> None:
    """Hostile queries get a frame or a sentence, and never a number that is none."""
    client, draw = connect(), random.Random(0)
    names = [*Experiment.__dataclass_fields__, "forget_bias", "update_bias", "chrono", "reset_before"]
    names += ["overlay", "pin", "unknown", *view_specs()]
    # A new size compiles, and hours of training are allowed: both have tests of their own.
    names = [name for name in names if not name.endswith(("hidden_size", "layers", "updates", "generations"))]
    for _ in range(queries):
        hostile = [(draw.choice(names), draw.choice(HOSTILE)) for _ in range(draw.randint(1, 6))]
        query = urlencode([*asked.items(), *hostile], quote_via=quote)
        response = ask(client, f"/live/{name}?{query}")
        if response.status_code == 422:
            assert "expected" in response.json()["problem"]
            query = Picture.repaired(query)[0].to_query()
            response = ask(client, f"/live/{name}?{query}")
        assert response.status_code == 200, query
        answer, found = unpack(response)
        said = " ".join(str(part) for part in answer["words"].values())
        assert not re.search(r"\b(nan|inf)\b", said.lower()), (query, said)
        for attributes in found.values():
            for path, values in attributes.items():
                assert not np.isinf(values).any(), (query, path)
                assert path in ("x", "y", "z", "customdata") or np.isfinite(values).all(), (query, path)  # NaN is a gap
