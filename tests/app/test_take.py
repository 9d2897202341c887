"""What is taken along of a figure: tables of its numbers, and its experiment as a script."""

import csv
import io
import re
from types import SimpleNamespace
from zipfile import ZipFile

import numpy as np
import pytest
from starlette.testclient import TestClient

from app.live.tables import table, to_csv, to_json, written
from app.page import figures
from app.settings import Settings
from cells import code
from cells.experiment import Experiment
from tests.app.pages import ask, connect, draw, unpack

ROW = {"uid": "a", "name": "A", "xaxis": "x", "yaxis": "y"}


@pytest.fixture(scope="module")
def client() -> TestClient:
    return connect()


def rows(text: str) -> tuple[list[str], list[dict[str, str]]]:
    """The comments of a table, and its rows."""
    lines = text.splitlines()
    said = [line for line in lines if line.startswith("# ")]
    return said, list(csv.DictReader(io.StringIO("\n".join(lines[len(said) :]))))


def test_a_table_has_every_point_that_is_drawn(client):
    query = "cell=lstm&length=50&overlay=lstm"
    while (response := client.get(f"/live/gradient.csv?{query}")).status_code == 202:
        continue
    said, found = rows(response.text)
    _answer, drawn = unpack(ask(client, f"/live/gradient?{query}"))
    for uid, arrays in drawn.items():
        mine = [row for row in found if row["trace"] == uid]
        for axis in {"x", "y"} & arrays.keys():
            values = [float(row[axis] or "nan") for row in mine]
            np.testing.assert_allclose(values, arrays[axis], rtol=1e-6)  # a frame has float32
    assert said[0] == f"# http://127.0.0.1/?{query}"
    assert response.headers["content-disposition"] == 'attachment; filename="unrolled-gradient-lstm.csv"'
    assert response.headers["content-type"].startswith("text/csv")


def test_a_table_says_its_link_its_verdict_and_its_units():
    settings = Settings(experiment=Experiment(length=20), overlay=("rnn",))
    said, found = rows(to_csv(table(draw("gradient", settings), "http://lab/?length=20", "Vanishing: it\nfades.")))
    assert said[:2] == ["# http://lab/?length=20", "# Vanishing: it fades."]
    assert "# rnn.h: RNN · h; x = step t; y = log₁₀ ‖gradient‖" in said
    curve = [float(row["y"]) for row in found if row["trace"] == "rnn.h"]
    exact = next(trace for trace in draw("gradient", settings)["data"] if trace["uid"] == "rnn.h")["y"]
    assert exact.dtype == float
    assert curve == exact.tolist()  # to the last digit


def test_a_gap_is_an_empty_cell_and_null():
    figure = {"data": [ROW | {"x": np.array([1.0, 2.0]), "y": np.array([np.nan, 0.1])}], "layout": {}}
    found = table(figure, "link", "")
    assert rows(to_csv(found))[1][0] == {"trace": "a", "name": "A", "x": "1", "y": ""}
    assert '"y": [null, 0.1]' in to_json(found)


def test_a_map_is_told_row_by_row_at_the_middle_of_its_cells():
    z = np.array([[1, 2, 3], [4, 5, 6]], np.float32)
    figure = {"data": [ROW | {"z": z, "x": np.array([0.5, 1.5, 2.5, 3.5])}], "layout": {}}
    found = rows(to_csv(table(figure, "", "")))[1]
    assert [(row["x"], row["y"], row["z"]) for row in found[2:4]] == [("3", "0", "3"), ("1", "1", "4")]


def test_numbers_are_as_short_as_they_read_back():
    assert written(np.array([0.1, 1e-300, 3, -np.inf])) == ["0.1", "1e-300", "3", ""]
    assert written(np.array([0.1], np.float32)) == ["0.1"]


def test_names_on_an_axis_and_bars_on_a_base_are_told():
    bars = {"x": ["a", "b"], "y": np.array([1.0, 2.0]), "base": -3.0}
    figure = {"data": [ROW | bars], "layout": {"yaxis": {"title": {"text": "h<sub>t</sub>"}}}}
    said, found = rows(to_csv(table(figure, "", "")))
    assert said == ["# a: A; y = h t"]
    assert [tuple(row.values()) for row in found] == [("a", "A", "a", "1", "-3"), ("a", "A", "b", "2", "-3")]
    assert '"base": [-3.0, -3.0]' in to_json(table(figure, "", ""))


def test_a_table_waits_for_all_updates_and_says_so(client, monkeypatch):
    asked = []

    def compute(settings):
        asked.append(settings.plain)
        return SimpleNamespace(ask=lambda: 0.25)

    monkeypatch.setitem(figures(), "gradient", figures()["gradient"]._replace(compute=compute))
    response = client.get("/live/gradient.json")
    assert response.status_code == 202
    assert response.json()["progress"] == 0.25
    assert asked == [True]


def test_what_cannot_be_taken_gets_a_sentence(client):
    for address, status, sentence in [
        ("/live/gradient.xlsx", 404, "table: expected one of csv, json."),
        ("/live/unknown.csv", 404, "figure: expected one of"),
        ("/live/gradient.csv?gain=nan", 422, "gain: expected a number"),
        ("/live/script/caffe", 404, "framework: expected one of ours, torch"),
        ("/live/script/torch?cell=mgu", 422, "PyTorch: expected one of RNN, GRU, LSTM; got MGU."),
        ("/live/script/torch?gain=nan", 422, "gain: expected a number"),
    ]:
        response = client.get(address)
        assert response.status_code == status, address
        assert response.json()["problem"].startswith(sentence)
    assert client.get("/live/script/torch", headers={"origin": "http://elsewhere.example"}).status_code == 403


def test_a_script_is_a_file_of_text_or_both_files(client):
    response = client.get("/live/script/torch?cell=lstm&hidden_size=3&length=9&axis=far")
    assert response.text == code.script("torch", Experiment(cell="lstm", hidden_size=3, length=9)).text
    assert response.headers["content-disposition"] == 'attachment; filename="unrolled-lstm-torch.py"'
    assert response.headers["content-type"].startswith("text/x-python")
    packed = client.get("/live/script/flax?cell=lstm&hidden_size=32")
    assert packed.headers["content-disposition"] == 'attachment; filename="unrolled-lstm-flax.zip"'
    with ZipFile(io.BytesIO(packed.content)) as archive:
        assert all(re.fullmatch(r"unrolled-lstm-flax\.(py|safetensors)", name) for name in archive.namelist())


def test_code_goes_with_figures_of_one_experiment_as_it_is():
    held = Settings(experiment=Experiment(cell="lstm"), hold="f_0.5_1_10")
    assert figures()["gradient"].in_code(held) == held.experiment
    assert figures()["gates"].in_code(held.replace(hold="")) == held.experiment
    assert figures()["gates"].in_code(held) is None
    assert figures()["fixes"].in_code(held) is None
