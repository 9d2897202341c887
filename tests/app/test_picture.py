"""A picture and its link."""

from hypothesis import given
from hypothesis import strategies as st

from app.settings import AXES, Picture
from cells import all_cells
from cells.experiment import Experiment

experiments = st.builds(
    Experiment,
    cell=st.sampled_from(list(all_cells())),
    gain=st.floats(0.05, 20),
    seed=st.integers(0, 2**31 - 1),
    length=st.integers(1, 2048),
    text=st.text(st.characters(min_codepoint=32, max_codepoint=1000, categories=["L", "P", "N"]), max_size=30),
    hyperparameters=st.fixed_dictionaries({"forget_bias": st.floats(-10, 10), "reset_before": st.booleans()}),
)
pictures = st.builds(
    Picture,
    experiment=experiments,
    overlay=st.sets(st.sampled_from(list(all_cells()))).map(lambda s: tuple(name for name in all_cells() if name in s)),
    pins=st.lists(experiments, max_size=4).map(tuple),
    axis=st.sampled_from(list(AXES)),
    plain=st.booleans(),
)


@given(pictures)
def test_a_link_reads_back_to_the_same_picture(picture):
    assert Picture.repaired(picture.to_query()) == (picture, [])


@given(st.text())
def test_any_query_gives_a_picture(query):
    picture, problems = Picture.repaired(query)
    assert Picture.repaired(picture.to_query()) == (picture, [])
    assert all("expected" in problem for problem in problems)


def test_the_default_picture_has_an_empty_query():
    assert Picture().to_query() == ""


def test_the_chosen_cell_is_always_drawn():
    assert [run.cell for run in Picture(overlay=()).runs] == ["rnn"]


def test_weights_by_hand_stay_with_their_cell():
    picture = Picture(experiment=Experiment(hidden_size=1, W_hh=(2.0,)), overlay=("lstm",))
    by_hand = {run.cell: run.W_hh for run in picture.runs}
    assert by_hand == {"rnn": (2.0,), "lstm": ()}
