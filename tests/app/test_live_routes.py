"""The stateless route, asked by a plain HTTP client."""

import re
from types import SimpleNamespace
from urllib.parse import urljoin

import numpy as np
import pytest
import streamlit.config
from starlette.testclient import TestClient
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

import cells
from app.live import component
from app.live.admission import is_allowed
from app.live.component import scripts, static_home, version
from app.live.routes import FOREVER
from app.page import figures
from app.settings import Settings
from cells.experiment import Experiment
from cells.running import build
from tests.app.pages import ask, connect, draw, unpack
from tests.app.promises import withstands_hostile_queries


@pytest.fixture(scope="module")
def client() -> TestClient:
    return connect()


def test_a_frame_is_what_the_cells_say(client):
    experiment = Experiment(cell="lstm", gain=0.8, length=50, hyperparameters={"forget_bias": 2.0})
    answer, found = unpack(ask(client, f"/live/gradient?{experiment.to_query()}"))
    setup = build(experiment)
    adjoint = cells.backprop(setup.cell, setup.xs, setup.loss, length=setup.length)
    for state in ("h", "c"):
        expected = np.asarray(adjoint.log10_norm[state])[:50]
        assert np.allclose(found[f"lstm.{state}"]["y"], expected, atol=1e-5)  # float32 on the way
    assert answer["figure"]["layout"]["xaxis"]["range"] == [0.5, 50.5]
    assert Settings.repaired(answer["query"])[0].experiment == experiment


@pytest.mark.parametrize("name", ["gradient", "survival", "wired"])
@pytest.mark.parametrize("values", ["5 -20 3 0.5", "0.1 -0.2"])
def test_the_input_is_drawn_whole_and_as_it_is(name, values):
    experiment = Experiment(input="numbers", numbers=values, input_scale=1.0, length=4)
    figure = draw(name, Settings(experiment=experiment, overlay=("rnn",)))
    drawn = next(trace for trace in figure["data"] if trace["uid"] == "input")
    expected = [float(value) for value in values.split()]
    assert drawn["y"][: len(expected)].tolist() == pytest.approx(expected)
    low, high = figure["layout"]["yaxis" + drawn["yaxis"][1:]]["range"]
    assert low < drawn["y"].min() < drawn["y"].max() < high


def test_a_frame_takes_some_kilobytes(client):
    assert len(ask(client, "/live/gradient").content) < 24_000


def test_while_a_figure_is_prepared_it_is_said_what_is_waited_for(client, monkeypatch):
    waiting = SimpleNamespace(ask=lambda: 0.25)
    monkeypatch.setitem(figures(), "gradient", figures()["gradient"]._replace(compute=lambda settings: waiting))
    answer = client.get("/live/gradient?overlay=rnn,lstm").json()
    assert answer == {"progress": 0.25, "preparing": "Preparing RNN, LSTM: what is new is compiled once …"}


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
    response = client.get(f"{static_home()}plotly.min.js")
    assert response.headers["content-type"].startswith("text/javascript")
    assert b"plotly.js v" in response.content[:200]


def test_what_may_be_kept_for_a_year_has_its_version_in_its_address(client):
    for address in ("plotly.min.js", *scripts()):
        assert "immutable" in client.get(f"{static_home()}{address}").headers["cache-control"]
        assert client.get(f"/live/{address}").headers.get("cache-control") != FOREVER["Cache-Control"]
        assert client.get(f"/live/000000000000/{address}").status_code == 404


def test_a_page_s_scripts_are_found_and_import_one_another_from_the_same_version(client):
    assert "views/gates/diagram.js" in scripts()
    for address in scripts():
        source = client.get(f"{static_home()}{address}").text
        for imported in re.findall(r'^import .* from "(.+)";$', source, re.MULTILINE):
            assert client.get(urljoin(f"{static_home()}{address}", imported)).status_code == 200, (address, imported)


def test_the_version_is_another_where_a_script_or_plotly_is(monkeypatch):
    versions = {version.__wrapped__()}
    monkeypatch.setattr(component.metadata, "version", lambda package: "0.0.0")
    versions.add(version.__wrapped__())
    found = scripts()
    monkeypatch.setattr(component, "scripts", lambda: dict(list(found.items())[:-1]))
    versions.add(version.__wrapped__())
    assert len(versions) == 3


def test_hostile_queries_get_a_frame_or_a_sentence():
    withstands_hostile_queries("gradient", queries=300)


@pytest.mark.parametrize(
    ("host", "allowed", "expected"),
    [
        ("anything.example", [], True),
        ("lab.example.org:8501", ["lab.example.org"], True),
        ("LAB.example.org.", ["lab.example.org"], True),
        ("a.lab.example.org", ["lab.example.org"], False),
        ("a.lab.example.org", ["*.lab.example.org"], True),
        ("evil-lab.example.org", ["*.lab.example.org"], False),
        ("anything.example", ["*"], True),
        ("", ["*"], False),
        ("user@lab.example.org", ["lab.example.org"], False),
        ("lab.example.org/path", ["lab.example.org"], False),
        ("lab.example.org:port", ["lab.example.org"], False),
        ("[::1]:8501", ["::1"], True),
        ("[::1", ["::1"], False),
    ],
)
def test_a_host_is_allowed_by_name(host, allowed, expected):
    assert is_allowed(host, allowed) is expected
    # Streamlit's own check of its websocket says the same, so that nobody sees half a page.
    streamlit.config._set_option("server.allowedHosts", allowed, "a test")
    try:
        assert is_host_allowed(host) is expected
    finally:
        streamlit.config._set_option("server.allowedHosts", [], "a test")


def test_a_figure_that_breaks_off_is_told_in_a_sentence_and_can_be_asked_again(client, monkeypatch):
    broken = figures()["gradient"]._replace(say=lambda settings, numbers: 1 / 0)
    monkeypatch.setitem(figures(), "gradient", broken)
    response = ask(client, "/live/gradient")
    assert response.status_code == 500
    assert response.json()["problem"].startswith("The computation broke off: ZeroDivisionError.")
    monkeypatch.undo()
    assert ask(client, "/live/gradient").status_code == 200


def test_refused_strangers_do_not_keep_work_from_being_done_ahead(client, monkeypatch):
    noted = []
    monkeypatch.setattr("app.background.answer.note_request", lambda: noted.append(1))
    client.get("/live/gradient", headers={"origin": "http://elsewhere.example"})
    client.get(f"/live/gradient?text={'a' * 50_000}")
    assert not noted
    ask(client, "/live/gradient")
    assert noted


def test_thousands_of_pins_are_refused_without_being_read(monkeypatch):
    read = []
    monkeypatch.setattr("app.settings._pinned", lambda query: read.append(query) or Experiment())
    _settings, problems = Settings.repaired("&".join(["pin=gain%3D2"] * 3000))
    assert problems == ["pin: expected at most 4 pins; got 3000."]
    assert len(read) == 4


def test_an_experiment_is_parsed_once_a_request(client, monkeypatch):
    ask(client, "/live/gradient")
    parsed, whole = [], Experiment.repaired
    monkeypatch.setattr(Experiment, "repaired", lambda query: parsed.append(query) or whole(query))
    assert ask(client, "/live/gradient?gain=0.7").status_code == 200
    assert len(parsed) == 1


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
