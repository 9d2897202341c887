"""What if cells are wired together? Without a browser."""

import time

import numpy as np
import plotly.graph_objects as go
import pytest

from app.background import training as courses
from app.live.routes import FRAMES
from app.settings import Picture
from app.views.wiring import learned
from app.views.wiring import numbers as wire_numbers
from app.views.wiring import verdict as wiring
from app.views.wiring.claims import scenes
from cells.experiment import Experiment
from tests.app.pages import FIGURES, assert_opens, assert_withstands, reseeded

SMALL = Experiment(length=40)
AT_ONCE = tuple(wiring.FRAMES)


def test_the_page_opens_with_every_menu():
    assert_opens("wiring", Picture(experiment=SMALL, wiring="both", curve="numbers", word="abc"))


def drawn(name, picture, mode="light"):
    figure = go.Figure(FRAMES[name].figure(picture, mode))
    assert all(trace.name for trace in figure.data)
    assert len({trace.uid for trace in figure.data}) == len(figure.data)
    return {trace.uid: trace for trace in figure.data}


@pytest.mark.parametrize("name", AT_ONCE)
def test_plotly_accepts_what_is_drawn_at_once(name):
    for mode in ("light", "dark"):
        assert drawn(name, Picture(experiment=SMALL), mode)
    assert FRAMES[name].words(Picture(experiment=SMALL)).sentence


def test_the_map_has_a_row_for_every_layer_and_is_blank_where_nothing_can_matter():
    picture = Picture(experiment=SMALL, wired_layers=4, wired_step=30)
    shown = drawn("wired", picture)
    assert shown["map"].z.shape == (5, 40)
    assert np.isnan(shown["map"].z[:, 30:]).all()
    assert np.isfinite(shown["map"].z[:, :30]).all()
    assert shown["ahead4"].y[29] == pytest.approx(0, abs=1e-6)  # the output itself, of unit direction
    said = wiring.words(picture)
    assert said.badge_ok
    assert "a layer down" in said.sentence


def test_which_way_it_leaks_is_what_the_rows_say():
    for seed in range(5):
        picture = Picture(experiment=SMALL.replace(seed=seed), wired_layers=3, wired_step=40)
        found = wire_numbers.flow_of(picture)
        ratio = float(found.ahead[0, 0] - found.ahead[2, 0])
        way = "Which way: down." if ratio > 0 else "Which way: back."
        assert (way if abs(ratio) > wiring.EVEN else "about as much") in wiring.words(picture).comparisons[0]


def test_the_number_of_layers_and_the_step_read_compile_nothing(compilations):
    picture = Picture(experiment=SMALL, wired_layers=2)
    wire_numbers.flow_of(picture)
    before = len(compilations)
    for layers in range(1, 7):
        wire_numbers.flow_of(picture.replace(wired_layers=layers, wired_step=5 * layers, wiring="residual"))
    assert len(compilations) == before


def test_overflow_is_said_and_nothing_is_drawn(monkeypatch):
    picture = Picture(experiment=SMALL)
    broken = wire_numbers.flow_of(picture)._replace(overflow=7)
    monkeypatch.setattr(wire_numbers, "flow_of", lambda picture: broken)
    assert wiring.words(picture).kind == "overflow"
    assert "at step 7" in wiring.words(picture).sentence
    assert np.isnan(np.asarray(drawn("wired", picture)["map"].z, float)).all()


TRAINED = {"gap": "gap_updates", "code": "code_updates", "reverse": "reverse_updates", "forecast": "forecast_updates"}


@pytest.mark.parametrize("name", TRAINED)
def test_what_is_trained_is_drawn_and_played(name):
    picture = Picture(experiment=SMALL, curve="numbers", word="hello", **{TRAINED[name]: 50})
    before = picture.replace(**{TRAINED[name]: 0})
    frame = FRAMES[name]
    while frame.progress(picture.replace(plain=True)) is not None:
        time.sleep(0.02)
    shown = drawn(name, picture)
    first = next(iter(shown.values()))
    assert list(first.x) == [0, 25, 50]
    assert np.isfinite(np.asarray(first.y, float)).all()
    assert "After 50 updates" in frame.words(picture).headline
    assert "After 0 updates" in frame.words(before).headline  # rewound: the same run, less of it
    assert frame.more(picture, "light")["course"]["reached"] == 50
    assert len(drawn(name, before)) == len(shown)
    if name == "reverse":
        assert set(drawn("ways", picture)) == {"short", "long", "total", "alone"}
        assert "way" in FRAMES["ways"].words(picture).sentence or "round" in FRAMES["ways"].words(picture).sentence
    if name == "code":
        wrong = FRAMES["code"].words(picture.replace(curve_numbers="1 two 3"))
        assert "expected numbers separated by commas or spaces; item 2 is 'two'" in wrong.asides


def test_a_flat_curve_and_too_few_numbers_are_no_accident():
    flat = wire_numbers.curve(Picture(curve="numbers", curve_numbers="5 5 5"))
    np.testing.assert_array_equal(flat, 0)
    with pytest.raises(ValueError, match="expected at least 2 numbers; got 1"):
        wire_numbers.curve(Picture(curve="numbers", curve_numbers="5"))


def test_settings_that_do_not_matter_share_a_course():
    one, other = Picture(experiment=SMALL), Picture(experiment=SMALL.replace(length=77, input="sine", layers=2))
    assert courses.course(wire_numbers.gap_plan(one)) is courses.course(wire_numbers.gap_plan(other))
    assert wire_numbers.gap_plan(one) != wire_numbers.gap_plan(one.replace(gap_distance=5))


def test_a_training_without_a_beginning_says_so():
    assert learned._trouble(wire_numbers.History([], np.zeros(0), 0, "The computation broke off.")).kind == "overflow"


@pytest.mark.parametrize("scene", scenes(), ids=lambda scene: scene.name)
def test_every_scene_is_a_link_that_reads_back(scene):
    assert Picture.repaired(scene.picture.to_query()) == (scene.picture, [])


def test_scenes_of_stacks_claim_what_holds_over_seeds():
    down, residual, both = (
        next(s.picture for s in scenes() if s.name == name) for name in ("down", "residual", "both")
    )
    for seed in range(5):
        plain, added = (wire_numbers.flow_of(reseeded(picture, seed)) for picture in (down, residual))
        assert (
            plain.ahead[:3, 0].min() > plain.ahead[5, 0] + 0.4
        )  # what is left of the far past lies in the lower layers
        assert plain.ahead[0, -1] < -2  # five layers down at the same step
        assert abs(added.ahead[0, -1]) < 0.5
        assert added.ahead[0, 0] < added.ahead[0, -1] - 1  # time leaks as before
    assert both.wired_step < both.experiment.length


@pytest.mark.parametrize("name", FIGURES["wiring"])
def test_hostile_queries_get_a_frame_or_a_sentence(name):
    assert_withstands(name)
