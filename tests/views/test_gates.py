"""What does each gate do? Its figures and numbers, what is held and blocked, its claims."""

import base64
import math
import re
from urllib.parse import quote

import numpy as np
import pytest
from starlette.testclient import TestClient

import cells
from app.background import answer
from app.figure import Verdict
from app.page import figures
from app.settings import AXES, Settings
from app.views.gates import panels
from app.views.gates.claims import claims
from app.views.gates.numbers import NOTHING, Inside, inside
from app.views.gates.settings import Hold, operations
from cells import Surgery, all_cells
from cells.experiment import Experiment
from cells.remedies.stacked import MAX_LAYERS
from cells.running import build
from tests.app.pages import (
    ask,
    assert_over_seeds,
    connect,
    draw,
    drawn_on,
    extra,
    numbers_of,
    open_page,
    problems_on,
    reseeded,
    say,
)
from tests.cells.examples import CLASSIC


@pytest.fixture(scope="module")
def client() -> TestClient:
    return connect()


def frame(client: TestClient, query: str) -> dict:
    response = ask(client, f"/live/gates?{query}")
    assert response.status_code == 200, response.text
    return response.json()


def unpacked(packed: dict) -> np.ndarray:
    array = np.frombuffer(base64.b64decode(packed["bdata"]), np.float32)
    return array.reshape([int(size) for size in packed["shape"].split(",")]) if "shape" in packed else array


def series(cell: dict, name: str) -> np.ndarray:
    """(T, wires) of a frame."""
    return unpacked(cell[name]).reshape(cell["length"], cell["shape"]["wires"])


def wire(cell: dict, name: str) -> int:
    return next(node["wire"] for node in cell["nodes"] if node["name"] == name and node["kind"] != "output")


def said(query: str) -> Verdict:
    settings, problems = Settings.repaired(query)
    assert not problems
    return say("gates", settings)


@pytest.mark.parametrize("cell", [*CLASSIC, "minlstm"])
def test_every_cell_has_its_figures_without_the_live_component(cell):
    page = open_page("gates", Settings(experiment=Experiment(cell=cell), plain=True))
    assert not page.exception
    names = [{trace["name"] for trace in chart["data"]} for chart in drawn_on(page)]
    cell_class = all_cells()[cell]
    assert {f"∇{name}" for name in cell_class.intermediates()} <= names[0]
    assert names[1] == set(cell_class.intermediates())
    assert {"units and steps", "the nonlinearity", "its slope"} == names[2]
    drawn = {"direct path: ∏ " + (f"({way})" if " " in way else way) for way in cell_class.direct.values()}
    assert [names[3] & drawn == drawn] == [True] if drawn else len(names) == 3


def test_a_frame_is_what_the_cells_say(client):
    query = "cell=lstm&length=50&forget_bias=2&hold=f_0.5_10_20&blocked=o&unit=3"
    cell = frame(client, query)["cell"]
    settings, _ = Settings.repaired(query)
    setup = build(settings.experiment)
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
    found = frame(client, "cell=lstm&hold=f_1_20_80")
    uids = [trace["uid"] for trace in found["figure"]["data"]]
    assert "ghost.f" in uids
    assert "f held at 1, steps 20 to 80" in found["words"]["asides"]
    assert "times more" in found["words"]["comparisons"][0]
    assert not any(trace["uid"].startswith("ghost") for trace in frame(client, "cell=lstm")["figure"]["data"])


def test_a_page_without_operations_computes_its_cell_once(monkeypatch):
    asked = []
    computed = inside.function
    monkeypatch.setattr(inside, "function", lambda *given: asked.append(given) or computed(*given))
    answer.forget()
    settings = Settings(experiment=Experiment(cell="gru", length=20))
    found = numbers_of("gates", settings)
    assert found.now is found.before
    assert asked == [(settings.experiment, NOTHING)]
    assert inside(settings.experiment) is inside(settings.experiment, NOTHING)
    numbers_of("gates", settings.replace(hold="z_1_5_9"))
    assert len(asked) == 2  # only the one with what is held


def test_saturation_counts_units_and_steps(client):
    figure = frame(client, "cell=lstm&gain=10&length=60")["figures"]["saturation"]
    found = inside.now(Experiment(cell="lstm", gain=10, length=60))
    f = found.values[:, found.diagram.named("f").wire]
    note = next(note["text"] for note in figure["layout"]["annotations"] if "<b>f</b>" in note["text"])
    assert f"{(f < 0.1).mean():.0%} below 0.1, {(f > 0.9).mean():.0%} above 0.9" in note
    bars = next(trace for trace in figure["data"] if trace["uid"] == "saturation.f")
    assert unpacked(bars["customdata"]).sum() == pytest.approx(100, abs=1e-3)


def test_saturation_draws_the_curve_that_the_gate_passes(client):
    figure = frame(client, "cell=lstm&activation=softsign")["figures"]["saturation"]
    traces = {trace["uid"]: trace for trace in figure["data"]}
    x = unpacked(traces["curve.g"]["x"])
    np.testing.assert_allclose(unpacked(traces["curve.g"]["y"]), x / (1 + np.abs(x)), atol=1e-6)
    np.testing.assert_allclose(unpacked(traces["curve.f"]["y"]), 1 / (1 + np.exp(-x)), atol=1e-6)


@pytest.mark.parametrize("name", all_cells())
def test_every_gate_has_the_slope_of_whatever_it_passes(name):
    # The curves are read from the step, so a nonlinearity that no table knows has its own; see the tests of `cells`.
    settings = Settings(experiment=Experiment(cell=name, length=20, hidden_size=4))
    found = numbers_of("gates", settings)
    drawn = panels.saturation(settings, found, "light")
    for note in drawn["layout"]["annotations"]:
        assert re.search(r"mean slope \d+\.\d\d$", note["text"]), note["text"]
    gates = {gate.symbol for gate in all_cells()[name].gates}
    assert {trace["uid"] for trace in drawn["data"]} == {
        f"{kind}.{symbol}"
        for kind in ("saturation", "curve", "slope")
        for symbol in found.now.nonlinearities
        if symbol in (gates or {"h"})
    }


def test_ordered_rows_are_the_same_rows(client):
    plain, ordered = (frame(client, f"cell=gru&ordered={way}")["figures"]["maps"] for way in ("false", "true"))
    one, other = (unpacked(figure["data"][-1]["z"]) for figure in (plain, ordered))
    assert not np.array_equal(one, other)
    np.testing.assert_array_equal(np.sort(one, axis=0), np.sort(other, axis=0))

    def unlikeness(rows):
        return np.linalg.norm(np.diff(rows, axis=0), axis=1).sum()

    assert unlikeness(other) < unlikeness(one)


def test_maps_are_on_fixed_scales_and_thinned(client, monkeypatch):
    monkeypatch.setattr(panels, "MAP_CELLS", 1024)
    figure = frame(client, "cell=lstm&length=128")["figures"]["maps"]
    ranges = {trace["name"]: (trace["zmin"], trace["zmax"]) for trace in figure["data"]}
    assert ranges == {"i": (0, 1), "f": (0, 1), "o": (0, 1), "g": (-1, 1), "h": (-1, 1), "c": (-1, 1)}
    assert unpacked(figure["data"][0]["z"]).size == 1024
    assert figure["data"][0]["dx"] == 2


def test_verdict_says_which_path_dominates():
    assert "The gradient is not ∏ f" in said("cell=lstm").sentence
    assert "textbooks' picture holds" in said("cell=lstm&gain=0.05&forget_bias=6").sentence
    assert said("cell=rnn").headline == "RNN · No direct path"
    assert "leaves the finite numbers" in said("activation=identity&gain=20&length=600").sentence


def test_verdict_speaks_of_the_gradient_that_the_blocked_names_let_through():
    alone = said("cell=gru&length=100&blocked=r~z~n")
    assert alone.headline == "GRU · the direct path alone"
    assert "nothing is left of it but the direct path ∏ z" in alone.sentence
    for query in ("cell=lstm&blocked=i~f~g~o", "cell=mgu&blocked=f~n"):
        assert "the direct path alone" in said(query).headline
    some = said("cell=gru&length=100&blocked=r")
    assert some.sentence.endswith("That is what the blocked names let through.")
    assert "textbooks" not in some.sentence
    assert said("cell=lstm&blocked=c").headline == "LSTM · Nothing comes back to c₁"


def test_no_direct_path_is_praised_where_the_loss_sends_nothing_back():
    shut = said("cell=lstm&length=40&hold=o_0_1_40")
    assert (shut.headline, shut.kind) == ("LSTM · Nothing comes back to c₁", "zero")
    assert shut.sentence == "dL/dc₁ is exactly 0: no path leads from the loss back to c₁."


def test_a_direct_path_that_carries_everything_has_size_one():
    found = inside.now(Experiment(cell="lstm", length=30, hidden_size=8), operations_of("hold=f_1_1_30&blocked=i~g~o"))
    np.testing.assert_allclose(found.highways["c"].direct, 0, atol=1e-6)
    np.testing.assert_allclose(found.highways["c"].total, 0, atol=1e-6)


def operations_of(query: str):
    return operations(Settings.repaired(f"cell=lstm&{query}")[0])


def test_operations_on_names_the_cell_lacks_do_nothing():
    settings, problems = Settings.repaired("cell=gru&hold=f_1_5_9~z_0.5_3_4&blocked=o~n")
    assert not problems
    assert operations(settings) == ((Hold("z", 0.5, 3, 4),), ("n",))
    assert Settings.repaired(settings.to_query())[0] == settings


@pytest.mark.parametrize("cell", all_cells())
def test_every_name_of_the_largest_cell_can_be_held_and_blocked(cell):
    experiment = Experiment(cell=cell, layers=MAX_LAYERS, length=128)
    names = experiment.cell_class.intermediates()
    settings = Settings(
        experiment=experiment, hold="~".join(f"{name}_-0.55_100_128" for name in names), blocked="~".join(names)
    )
    assert Settings.repaired(settings.to_query()) == (settings, [])
    assert operations(settings).blocked == names
    assert operations(settings).holds == tuple(Hold(name, -0.55, 100, 128) for name in names)


def test_a_stack_with_every_path_cut_has_its_page_and_its_link():
    experiment = Experiment(cell="lstm", layers=2, length=10, hidden_size=4)
    names = experiment.cell_class.intermediates()
    settings = Settings(experiment=experiment, blocked="~".join(names))
    page = open_page("gates", settings)
    assert not page.exception
    assert not problems_on(page)
    assert extra("gates", settings)["cell"]["blocked"] == list(names)
    tall = experiment.replace(layers=MAX_LAYERS)
    whole = Settings(experiment=tall, blocked="~".join(tall.cell_class.intermediates()))
    assert Settings.repaired(whole.to_query()) == (whole, [])


HOSTILE = ["", "f", "f_1", "f_1_2_3", "f_1_9_2", "f_nan_1_2", "f_1_2_3~", "~", "f_99_1_9999", "o~f", "f_-1.5_0_0"]
HOSTILE += ["f~f~f", "１_1_1_1", "\0", "<script>", "9" * 999, "true", "lstm"]


@pytest.mark.parametrize("name", ["hold", "blocked"])
def test_hostile_operations_get_a_frame_or_a_sentence(client, name):
    for value in HOSTILE:
        response = ask(client, f"/live/gates?cell=lstm&length=20&{name}={quote(value)}")
        assert response.status_code in (200, 422), value
        if response.status_code == 422:
            assert "expected" in response.json()["problem"]


def test_no_operation_compiles_anything(compilations):
    settings = Settings(experiment=Experiment(cell="lstm", length=30, hidden_size=8))
    numbers_of("gates", settings)
    before = len(compilations)
    for number, hold in enumerate(["f_1_3_9", "i_0_1_128~o_1_5_5", ""]):
        for blocked in ("", "f", "i~g~o"):
            numbers_of("gates", reseeded(settings, number).replace(hold=hold, blocked=blocked, at=number + 1))
    assert len(compilations) == before


# --- claims ---


def gradient(found: Inside, name: str, step: int) -> float:
    return float(found.log10_norm[step - 1, found.diagram.named(name).wire])


def stuck(found: Inside) -> float:
    """Share of gate values in the lowest or highest tenth."""
    values = np.stack([found.values[:, found.diagram.named(name).wire] for name in "ifo"])
    return float(((values < 0.1) | (values > 0.9)).mean())


CLAIMS = {
    # name: (inside with the operations, inside without) -> bool
    "wormhole": lambda now, before: (
        gradient(now, "g", 5) > -3 and gradient(now, "g", 6) < gradient(now, "g", 5) - 10 and gradient(now, "c", 5) > -1
    ),
    "closed": lambda now, before: np.isneginf(gradient(now, "c", 5)) and gradient(before, "c", 5) > -20,
    "textbook": lambda now, before: now.highways["c"].direct[0] < now.highways["c"].total[0] - 4,
    "highway": lambda now, before: now.highways["c"].direct[0] > now.highways["c"].total[0] - 0.3,
    "shut": lambda now, before: (
        np.isneginf(now.highways["c"].direct[0]) and gradient(now, "c", 1) > gradient(before, "c", 1) - 2
    ),
    "alone": lambda now, before: (
        # ∏ z is diagonal: its root mean square is what the loss 1·h / √H takes of it.
        abs(gradient(now, "h", 1) - now.highways["h"].direct[0]) < 1e-5
        and np.isneginf(now.highways["h"].remainder[0])
        and 1 < gradient(before, "h", 1) - gradient(now, "h", 1)
    ),
    "saturated": lambda now, before: stuck(now) > 0.5,
}


@pytest.mark.parametrize("bias", [0, 1, 5])
def test_a_forget_gate_remembers_one_and_e_to_its_bias(bias):
    """f = 1 / (1 + e^-b), so that 1 / (1 - f) = 1 + e^b; after log(1/2) / log(f) steps half is left."""
    told = measured(f"cell=lstm&hidden_size=1&W_hh=0,0,0,0&input=impulse&length=100&forget_bias={bias}")
    opening = 1 / (1 + math.exp(-bias))
    assert told["kept"] == pytest.approx(opening, rel=1e-6)
    assert told["memory"] == pytest.approx(1 + math.exp(bias), rel=1e-5)
    assert told["half"] == pytest.approx(math.log(0.5) / math.log(opening), rel=1e-5)
    assert told["log10_direct"] == pytest.approx(99 * math.log10(opening), rel=1e-6)
    assert told["log10_rest"] == -math.inf


def test_a_bit_that_is_read_has_the_gradient_of_its_last_step():
    """Only h = tanh(c) stands between c and the loss, and c is kept as it is."""
    claim = next(claim for claim in claims() if claim.name == "wormhole")
    told = measured(claim.settings.to_query())
    assert told["c.log10_gradient"] == pytest.approx(told["c.log10_last"], abs=1e-6)
    assert told["c.log10_last"] == pytest.approx(math.log10(1 - math.tanh(told["c.size"]) ** 2), abs=1e-4)
    assert told["o.mean"] == pytest.approx(0.01, abs=1e-6)


def test_what_has_no_direct_path_is_measured_without_one():
    told = measured("cell=rnn&length=30")
    assert told.keys() == {"h.size", "h.log10_gradient", "h.log10_last"}
    assert draw("highway", read("cell=rnn&length=30"))["data"] == []


def measured(query):
    settings = read(query)
    return figures()["gates"].measures(settings, numbers_of("gates", settings))


def read(query):
    settings, problems = Settings.repaired(query)
    assert not problems
    return settings


def test_every_claim_is_tested():
    assert [claim.name for claim in claims()] == list(CLAIMS)


@pytest.mark.parametrize("claim", claims(), ids=lambda claim: claim.name)
def test_the_claim_holds(claim):
    def holds(settings):
        found = numbers_of("gates", settings)
        return CLAIMS[claim.name](found.now, found.before)

    assert_over_seeds(claim.settings, holds)


def test_headlines_say_what_the_claims_say():
    headlines = {claim.name: say("gates", claim.settings).headline for claim in claims()}
    assert headlines["closed"] == "LSTM · Nothing comes back to c₁"
    assert headlines["alone"] == "GRU · the direct path alone"
    assert headlines["textbook"] == headlines["shut"] == "LSTM · the other paths dominate"


@pytest.mark.parametrize("claim", claims(), ids=lambda claim: claim.name)
def test_the_curves_of_a_claim_stay_on_its_axis(claim):
    low, high = AXES[claim.settings.axis]
    found = inside.now(claim.settings.experiment, operations(claim.settings))
    norms = gradient(found, "h", 1)
    assert np.isneginf(norms) or low <= norms <= high
