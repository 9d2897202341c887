"""Settings and their link."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.page import pages
from app.settings import Settings, defaults, fields
from cells import all_cells
from cells.experiment import Experiment
from cells.fields import Spec, declared

experiments = st.builds(
    Experiment,
    cell=st.sampled_from(list(all_cells())),
    gain=st.floats(0.05, 20),
    seed=st.integers(0, 2**31 - 1),
    length=st.integers(1, 2048),
    text=st.text(st.characters(min_codepoint=32, max_codepoint=1000, categories=["L", "P", "N"]), max_size=30),
    hyperparameters=st.fixed_dictionaries({"forget_bias": st.floats(-10, 10), "reset_before": st.booleans()}),
)


def values_of(spec: Spec, default: object) -> st.SearchStrategy:
    """What a field accepts; a text with a pattern or a check of its own is tested beside its page."""
    if spec.kind == "switch":
        return st.booleans()
    if spec.kind == "whole":
        return st.integers(int(spec.low), int(spec.high))
    if spec.kind == "number":
        return st.floats(spec.low, spec.high)
    if spec.kind == "choice":
        return st.sampled_from(list(spec.choices()))
    if spec.kind == "choices":
        return st.sets(st.sampled_from(list(spec.choices()))).map(tuple)
    return st.text(max_size=int(spec.high)) if not (spec.pattern or spec.check) else st.just(default)


many_settings = st.builds(
    Settings,
    experiment=experiments,
    overlay=st.sets(st.sampled_from(list(all_cells()))).map(lambda s: tuple(name for name in all_cells() if name in s)),
    pins=st.lists(experiments, max_size=4).map(tuple),
    **{name: values_of(spec, defaults()[name]) for name, spec in fields().items()},
)


@given(many_settings)
def test_a_link_reads_back_to_the_same_picture(settings):
    assert Settings.repaired(settings.to_query()) == (settings, [])


@given(st.text())
def test_any_query_gives_a_picture(query):
    settings, problems = Settings.repaired(query)
    assert Settings.repaired(settings.to_query()) == (settings, [])
    assert all("expected" in problem for problem in problems)


def test_the_default_picture_has_an_empty_query():
    assert Settings().to_query() == ""


def test_the_chosen_cell_is_always_drawn():
    assert [run.cell for run in Settings(overlay=()).runs] == ["rnn"]


def test_weights_by_hand_stay_with_their_cell():
    settings = Settings(experiment=Experiment(hidden_size=1, W_hh=(2.0,)), overlay=("lstm",))
    by_hand = {run.cell: run.W_hh for run in settings.runs}
    assert by_hand == {"rnn": (2.0,), "lstm": ()}


def test_a_name_that_two_pages_declare_is_an_error_at_start(monkeypatch):
    @dataclass(frozen=True, kw_only=True)
    class Twice:
        neuron_w: float = declared(1.0, "number", "weight", 0.0, 2.0)

    fields.cache_clear()
    monkeypatch.setitem(pages(), "past", pages()["past"]._replace(settings=Twice))
    try:
        with pytest.raises(ValueError, match=r"neuron: expected names of fields that nobody else has; got neuron_w\."):
            fields()
    finally:
        monkeypatch.undo()
        fields.cache_clear()


def test_a_field_that_nobody_declares_is_refused():
    with pytest.raises(TypeError, match="expected fields that a page declares; got unheard_of"):
        Settings(unheard_of=1)
    with pytest.raises(AttributeError):
        _ = Settings().unheard_of
