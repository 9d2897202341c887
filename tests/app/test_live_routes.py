"""The stateless route, asked by a plain HTTP client."""

from itertools import chain

import numpy as np
import pytest
import streamlit.config
from starlette.testclient import TestClient

import cells
from app.live.routes import FRAMES
from app.settings import Picture
from cells.experiment import Experiment
from tests.app.pages import FIGURES, ask, assert_withstands, connect, unpack


@pytest.fixture(scope="module")
def client() -> TestClient:
    return connect()


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


@pytest.mark.parametrize("name", ["gradient", "survival", "wired"])
@pytest.mark.parametrize("values", ["5 -20 3 0.5", "0.1 -0.2"])
def test_the_input_is_drawn_whole_and_as_it_is(name, values):
    experiment = Experiment(input="numbers", numbers=values, input_scale=1.0, length=4)
    figure = FRAMES[name].figure(Picture(experiment=experiment, overlay=("rnn",)), "light")
    drawn = next(trace for trace in figure["data"] if trace["uid"] == "input")
    expected = [float(value) for value in values.split()]
    assert drawn["y"][: len(expected)].tolist() == pytest.approx(expected)
    low, high = figure["layout"]["yaxis" + drawn["yaxis"][1:]]["range"]
    assert low < drawn["y"].min() < drawn["y"].max() < high


def test_a_frame_takes_some_kilobytes(client):
    assert len(ask(client, "/live/gradient").content) < 24_000


def test_a_refusal_says_what_was_expected_and_what_came(client):
    response = client.get("/live/gradient?gain=1e400")
    assert response.status_code == 422
    assert response.json()["problem"] == "gain: expected a number from 0.05 to 20; got '1e400'."


@pytest.mark.parametrize("headers", [{"origin": "http://elsewhere.example"}, {"sec-fetch-site": "cross-site"}])
def test_other_sites_pages_are_refused(client, headers):
    assert client.get("/live/gradient", headers=headers).status_code == 403


def test_only_the_hosts_that_are_allowed_are_answered(client):
    streamlit.config._set_option("server.allowedHosts", ["lab.example.org"], "a test")
    try:
        refused = client.get("/live/gradient", headers={"host": "rebound.example.com"})
        allowed = client.get("/live/gradient", headers={"host": "lab.example.org:8501"})
    finally:
        streamlit.config._set_option("server.allowedHosts", [], "a test")
    assert refused.status_code == 403
    assert "server.allowedHosts" in refused.json()["problem"]
    assert allowed.status_code == 200


def test_own_page_is_answered(client):
    headers = {"origin": "http://127.0.0.1", "sec-fetch-site": "same-origin"}
    assert client.get("/live/gradient", headers=headers).status_code == 200


def test_a_query_too_long_is_refused(client):
    assert client.get(f"/live/gradient?text={'a' * 50_000}").status_code == 414


def test_plotly_comes_from_the_installed_package(client):
    response = client.get("/live/plotly.min.js")
    assert response.headers["content-type"].startswith("text/javascript")
    assert b"plotly.js v" in response.content[:200]


def test_hostile_queries_get_a_frame_or_a_sentence():
    assert_withstands("gradient", queries=300, asked={})


def test_every_figure_belongs_to_one_page():
    assert sorted(FRAMES) == sorted(chain.from_iterable(FIGURES.values()))


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
