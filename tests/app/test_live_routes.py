"""The stateless route, asked by a plain HTTP client."""

import base64
import random
from urllib.parse import quote, urlencode

import httpx2
import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

import cells
from app.live.routes import FRAMES, ROUTES
from app.picture import Picture, view_specs
from cells.experiment import Experiment
from tests.app.pages import ask


@pytest.fixture(scope="module")
def client() -> TestClient:
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


def test_a_frame_is_what_the_cells_say(client):
    experiment = Experiment(cell="lstm", gain=0.8, length=50, hyperparameters={"forget_bias": 2.0})
    answer, found = unpack(ask(client, f"/live/gradient?{experiment.to_query()}"))
    setup = experiment.build()
    adjoint = cells.backprop(setup.cell, setup.xs, setup.loss, length=setup.length)
    for state in ("h", "c"):
        expected = np.asarray(adjoint.log10_norm[state])[:50]
        assert np.allclose(found[f"lstm.{state}"]["y"], expected, atol=1e-5)  # float32 on the way
    assert answer["figure"]["layout"]["xaxis"]["range"] == [0.5, 50.5]
    assert Picture.repaired(answer["query"])[0].experiment == experiment


def test_a_frame_takes_some_kilobytes(client):
    assert len(ask(client, "/live/gradient").content) < 24_000


def test_a_refusal_says_what_was_expected_and_what_came(client):
    response = client.get("/live/gradient?gain=1e400")
    assert response.status_code == 422
    assert response.json()["problem"] == "gain: expected a number from 0.05 to 20; got '1e400'."


@pytest.mark.parametrize("headers", [{"origin": "http://elsewhere.example"}, {"sec-fetch-site": "cross-site"}])
def test_other_sites_pages_are_refused(client, headers):
    assert client.get("/live/gradient", headers=headers).status_code == 403


def test_own_page_is_answered(client):
    headers = {"origin": "http://127.0.0.1", "sec-fetch-site": "same-origin"}
    assert client.get("/live/gradient", headers=headers).status_code == 200


def test_a_query_too_long_is_refused(client):
    assert client.get(f"/live/gradient?text={'a' * 50_000}").status_code == 414


def test_plotly_comes_from_the_installed_package(client):
    response = client.get("/live/plotly.min.js")
    assert response.headers["content-type"].startswith("text/javascript")
    assert b"plotly.js v" in response.content[:200]


HOSTILE = ["", "nan", "inf", "-1", "0", "1", "2", "128", "2048", "1e400", "9" * 5000, "true", "lstm", "relu", "zero"]
HOSTILE += ["text", "numbers", "step", "'; DROP", "<script>", "\0", "😀", "１２", "1,2,3,4", "0x10", "1_0", "a" * 2000]
SLOW = ("scoreboard", "training")
"""Frames that take seconds; the page's own tests walk over their controls."""
SMALL = {"overlay": "rnn", "updates": 50, "read_updates": 20, "mode_updates": 20}
"""What is asked of all but the first page's frame where no hostile value takes its place: one cell, trained shortly."""


@pytest.mark.parametrize("name", [name for name in FRAMES if name not in SLOW])
def test_hostile_queries_get_a_frame_or_a_sentence_and_never_a_number_that_is_none(client, name):
    draw = random.Random(0)
    names = [*Experiment.__dataclass_fields__, "forget_bias", "update_bias", "chrono", "reset_before"]
    names += ["overlay", "pin", "unknown", *view_specs()]
    # A new size compiles, and hours of training are allowed: both have tests of their own.
    names = [name for name in names if not name.endswith(("hidden_size", "layers", "updates", "generations"))]
    queries, asked = (300, {}) if name == "gradient" else (3, SMALL)
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
        assert "nan" not in said.lower().split()
        assert "inf" not in said.lower().split()
        for attributes in found.values():
            for path, values in attributes.items():
                assert not np.isinf(values).any(), (query, path)
                assert path in ("x", "y", "z", "customdata") or np.isfinite(values).all(), (query, path)  # NaN is a gap


def test_an_unknown_figure_is_refused_by_name(client):
    response = client.get("/live/unknown")
    assert response.status_code == 404
    assert "expected one of gradient" in response.json()["problem"]


def test_overflow_is_said_by_step_and_never_drawn(client):
    query = "activation=identity&gain=20&length=600&overlay=rnn"
    answer, found = unpack(ask(client, f"/live/gradient?{query}"))
    assert answer["words"]["kind"] == "overflow"
    assert "leaves the finite numbers at step" in answer["words"]["sentence"]
    assert np.isnan(found["rnn.h"]["y"]).all()


def test_the_dark_theme_has_the_same_numbers_in_other_colours(client):
    light, dark = (ask(client, f"/live/gradient?mode={mode}").json()["figure"] for mode in ("light", "dark"))
    assert light["data"][0]["y"] == dark["data"][0]["y"]
    assert light["data"][0]["line"]["color"] != dark["data"][0]["line"]["color"]
    assert light["layout"]["font"]["color"] != dark["layout"]["font"]["color"]
