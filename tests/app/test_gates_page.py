"""The page of gates without a browser: every cell, its figures and numbers, its scenes, bad links."""

import base64
import json
import random
from pathlib import Path
from urllib.parse import parse_qs, quote, urlencode

import numpy as np
import pytest
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

import cells
from app import numbers as compute
from app.settings import AXES, Hold, Picture
from app.views.gates import verdict as gates
from app.views.gates.claims import scenes
from cells import Surgery, all_cells
from cells.experiment import Experiment
from tests.app.pages import ask, assert_withstands, connect
from tests.cells.examples import CLASSIC

VIEW = Path(__file__).parents[2] / "app" / "views" / "gates.py"


def script(path: str) -> None:
    import runpy
    from types import SimpleNamespace

    from app import sidebar

    sidebar.settle(SimpleNamespace(title="gates"))
    runpy.run_path(path)
    sidebar.show()


def open_page(query: str) -> AppTest:
    page = AppTest.from_function(script, default_timeout=120, args=(str(VIEW),))
    for name, values in parse_qs(query, keep_blank_values=True).items():
        page.query_params[name] = values
    return page.run()


@pytest.fixture(scope="module")
def client() -> TestClient:
    return connect()


def frame(client: TestClient, query: str) -> dict:
    response = ask(client, f"/live/gates?{query}")
    assert response.status_code == 200, response.text
    return response.json()


def numbers(packed: dict) -> np.ndarray:
    array = np.frombuffer(base64.b64decode(packed["bdata"]), np.float32)
    return array.reshape([int(size) for size in packed["shape"].split(",")]) if "shape" in packed else array


def series(cell: dict, name: str) -> np.ndarray:
    """(T, wires) of a frame."""
    return numbers(cell[name]).reshape(cell["length"], cell["shape"]["wires"])


def wire(cell: dict, name: str) -> int:
    return next(node["wire"] for node in cell["nodes"] if node["name"] == name and node["kind"] != "output")


@pytest.mark.parametrize("cell", [*CLASSIC, "peephole", "lru"])
def test_every_cell_has_its_page(cell):
    page = open_page(f"cell={cell}")
    assert not page.exception
    assert page.title[0].value == "What does each gate do?"
    assert len(page.latex) == 1


@pytest.mark.parametrize("cell", [*CLASSIC, "minlstm"])
def test_every_cell_has_its_figures_without_the_live_component(cell):
    page = open_page(f"cell={cell}&plain=true")
    assert not page.exception
    charts = [json.loads(chart.proto.spec) for chart in page.get("plotly_chart")]
    names = [{trace["name"] for trace in chart["data"]} for chart in charts]
    cell_class = all_cells()[cell]
    assert {f"∇{name}" for name in cell_class.intermediates()} <= names[0]
    assert names[1] == set(cell_class.intermediates())
    assert {"units and steps", "the nonlinearity", "its slope"} == names[2]
    drawn = {"direct path: ∏ " + (f"({way})" if " " in way else way) for way in cell_class.direct.values()}
    assert [names[3] & drawn == drawn] == [True] if drawn else len(names) == 3


def test_a_frame_is_what_the_cells_say(client):
    query = "cell=lstm&length=50&forget_bias=2&hold=f_0.5_10_20&blocked=o&unit=3"
    cell = frame(client, query)["cell"]
    picture, _ = Picture.repaired(query)
    setup = picture.experiment.build()
    surgery = Surgery.none(setup.cell.intermediates()).hold("f", 0.5, 10, 20).block("o")
    adjoint = cells.backprop(setup.cell, setup.xs, setup.loss, length=setup.length, surgery=surgery)
    values = adjoint.trajectory.gates | adjoint.trajectory.states._asdict()
    for name in setup.cell.intermediates():
        expected = np.asarray(values[name])[:50]
        place = wire(cell, name)
        np.testing.assert_allclose(series(cell, "mean")[:, place], expected.mean(axis=1), atol=1e-6)
        np.testing.assert_allclose(series(cell, "size")[:, place], np.sqrt((expected**2).mean(axis=1)), atol=1e-6)
        np.testing.assert_allclose(series(cell, "one")[:, place], expected[:, 2], atol=1e-6)
        np.testing.assert_allclose(series(cell, "gradient")[:, place], adjoint.log10_norm[name][:50], atol=1e-5)


def test_operations_leave_ghosts_and_a_sentence(client):
    answer = frame(client, "cell=lstm&hold=f_1_20_80")
    uids = [trace["uid"] for trace in answer["figure"]["data"]]
    assert "ghost.f" in uids
    assert "f held at 1, steps 20 to 80" in answer["words"]["asides"]
    assert "times more" in answer["words"]["comparisons"][0]
    assert not any(trace["uid"].startswith("ghost") for trace in frame(client, "cell=lstm")["figure"]["data"])


def test_saturation_counts_units_and_steps(client):
    figure = frame(client, "cell=lstm&gain=10&length=60")["figures"]["saturation"]
    i = compute.inside(Experiment(cell="lstm", gain=10, length=60))
    f = i.values[:, i.diagram.named("f").wire]
    note = next(note["text"] for note in figure["layout"]["annotations"] if "<b>f</b>" in note["text"])
    assert f"{(f < 0.1).mean():.0%} below 0.1, {(f > 0.9).mean():.0%} above 0.9" in note
    bars = next(trace for trace in figure["data"] if trace["uid"] == "saturation.f")
    assert numbers(bars["customdata"]).sum() == pytest.approx(100, abs=1e-3)


def test_saturation_draws_the_curve_that_the_gate_passes(client):
    figure = frame(client, "cell=lstm&activation=softsign")["figures"]["saturation"]
    traces = {trace["uid"]: trace for trace in figure["data"]}
    x = numbers(traces["curve.g"]["x"])
    np.testing.assert_allclose(numbers(traces["curve.g"]["y"]), x / (1 + np.abs(x)), atol=1e-6)
    np.testing.assert_allclose(numbers(traces["curve.f"]["y"]), 1 / (1 + np.exp(-x)), atol=1e-6)


def test_ordered_rows_are_the_same_rows(client):
    plain, ordered = (frame(client, f"cell=gru&ordered={way}")["figures"]["maps"] for way in ("false", "true"))
    one, other = (numbers(figure["data"][-1]["z"]) for figure in (plain, ordered))
    assert not np.array_equal(one, other)
    np.testing.assert_array_equal(np.sort(one, axis=0), np.sort(other, axis=0))

    def unlikeness(rows):
        return np.linalg.norm(np.diff(rows, axis=0), axis=1).sum()

    assert unlikeness(other) < unlikeness(one)


def test_maps_are_on_fixed_scales_and_thinned(client, monkeypatch):
    monkeypatch.setattr(gates, "MAP_CELLS", 1024)
    figure = frame(client, "cell=lstm&length=128")["figures"]["maps"]
    ranges = {trace["name"]: (trace["zmin"], trace["zmax"]) for trace in figure["data"]}
    assert ranges == {"i": (0, 1), "f": (0, 1), "o": (0, 1), "g": (-1, 1), "h": (-1, 1), "c": (-1, 1)}
    assert numbers(figure["data"][0]["z"]).size == 1024
    assert figure["data"][0]["dx"] == 2


def test_verdict_says_which_path_dominates(client):
    assert "The gradient is not ∏ f" in frame(client, "cell=lstm")["words"]["sentence"]
    assert "textbooks' picture holds" in frame(client, "cell=lstm&gain=0.05&forget_bias=6")["words"]["sentence"]
    assert frame(client, "cell=rnn")["words"]["headline"] == "RNN · No direct path"
    assert "leaves the finite numbers" in frame(client, "activation=identity&gain=20&length=600")["words"]["sentence"]


def test_operations_on_names_the_cell_lacks_do_nothing():
    picture, problems = Picture.repaired("cell=gru&hold=f_1_5_9~z_0.5_3_4&blocked=o~n")
    assert not problems
    assert picture.operations == ((Hold("z", 0.5, 3, 4),), ("n",))
    assert Picture.repaired(picture.to_query())[0] == picture


HOSTILE = ["", "f", "f_1", "f_1_2_3", "f_1_9_2", "f_nan_1_2", "f_1_2_3~", "~", "f_99_1_9999", "o~f", "f_-1.5_0_0"]
HOSTILE += ["f~f~f", "１_1_1_1", "\0", "<script>", "9" * 500, "true", "0", "128", "2048", "-1", "lstm", "gru", "rnn"]


def test_hostile_queries_get_a_frame_or_a_sentence():
    assert_withstands("gates")


def test_100_hostile_queries_get_a_frame_or_a_sentence_and_compile_nothing(client, compilations):
    for cell in ("rnn", "gru", "lstm"):
        frame(client, f"cell={cell}")
    draw, before = random.Random(0), len(compilations)
    for _ in range(100):
        names = ["hold", "blocked", "at", "unit", "ordered", "cell", "activation", "gain", "seed", "axis"]
        query = urlencode(
            [(draw.choice(names), draw.choice(HOSTILE)) for _ in range(draw.randint(1, 5))], quote_via=quote
        )
        response = client.get(f"/live/gates?{query}")
        if response.status_code == 422:
            assert "expected" in response.json()["problem"]
            query = Picture.repaired(query)[0].to_query()
        said = " ".join(map(str, frame(client, query)["words"].values())).lower()
        assert "nan" not in said.split()
    assert len(compilations) == before


def test_a_random_walk_over_the_controls_compiles_nothing(client, compilations):
    frame(client, "cell=lstm")
    draw, before = random.Random(1), len(compilations)
    for _ in range(60):
        picture = Picture(
            experiment=Experiment(
                cell="lstm",
                gain=draw.choice([0.5, 1, 3]),
                length=draw.randint(1, 128),
                activation=draw.choice(["tanh", "relu", "gelu", "identity"]),
                seed=draw.randint(0, 5),
                loss=draw.choice(["last", "every", "step"]),
                initializer=draw.choice(["orthogonal", "gaussian", "identity"]),
                input=draw.choice(["noise", "sine", "impulse", "zero"]),
                hyperparameters={"forget_bias": draw.uniform(-3, 5), "chrono": draw.choice([0.0, 100.0])},
            ),
            at=draw.randint(1, 128),
            axis=draw.choice(list(AXES)),
            hold=draw.choice(["", "f_1_3_9", "i_0_1_128~o_1_5_5"]),
            blocked=draw.choice(["", "f", "i~g~o"]),
            unit=draw.randint(1, 16),
            ordered=draw.random() < 0.5,
        )
        frame(client, picture.to_query())
    assert len(compilations) == before


# --- scenes ---


def gradient(inside: compute.Inside, name: str, step: int) -> float:
    return float(inside.log10_norm[step - 1, inside.diagram.named(name).wire])


def stuck(inside: compute.Inside) -> float:
    """Share of gate values in the lowest or highest tenth."""
    values = np.stack([inside.values[:, inside.diagram.named(name).wire] for name in "ifo"])
    return float(((values < 0.1) | (values > 0.9)).mean())


CLAIMS = {
    # name: (inside with the operations, inside without) -> bool
    "wormhole": lambda now, before: (
        gradient(now, "g", 5) > -3 and gradient(now, "g", 6) < gradient(now, "g", 5) - 10 and gradient(now, "c", 5) > -1
    ),
    "closed": lambda now, before: gradient(now, "c", 5) < -12,
    "textbook": lambda now, before: now.highways["c"].direct[0] < now.highways["c"].total[0] - 4,
    "highway": lambda now, before: now.highways["c"].direct[0] > now.highways["c"].total[0] - 0.3,
    "shut": lambda now, before: (
        np.isneginf(now.highways["c"].direct[0]) and gradient(now, "c", 1) > gradient(before, "c", 1) - 2
    ),
    "alone": lambda now, before: (
        abs(gradient(now, "h", 1) - now.highways["h"].direct[0]) < 1 < gradient(before, "h", 1) - gradient(now, "h", 1)
    ),
    "saturated": lambda now, before: stuck(now) > 0.5,
}


def test_every_scene_has_a_claim_that_is_tested():
    assert [scene.name for scene in scenes()] == list(CLAIMS)


@pytest.mark.parametrize("scene", scenes(), ids=lambda scene: scene.name)
def test_the_claim_holds(scene):
    for seed in range(4):
        experiment = scene.picture.experiment.replace(seed=seed)
        assert CLAIMS[scene.name](compute.inside(experiment, scene.picture.operations), compute.inside(experiment)), (
            seed
        )


@pytest.mark.parametrize("scene", scenes(), ids=lambda scene: scene.name)
def test_the_curves_of_a_scene_stay_on_its_axis(scene):
    low, high = AXES[scene.picture.axis]
    inside = compute.inside(scene.picture.experiment, scene.picture.operations)
    norms = inside.log10_norm[0, inside.diagram.named("h").wire]
    assert np.isneginf(norms) or low <= norms <= high


def test_every_scene_opens():
    page = open_page(scenes()[0].picture.to_query())
    assert not page.exception
    assert not page.warning
    assert page.session_state.picture == scenes()[0].picture
