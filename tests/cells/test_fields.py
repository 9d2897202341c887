"""Declared fields: checked, written and read as text."""

from dataclasses import dataclass

import pytest

from cells import ExperimentError, FieldError
from cells.fields import Spec, declarations, declared, departures, last_values, readable, written


def capital(text):
    if not text.isalpha():
        raise ValueError(f"expected letters; got {text!r}.")
    return text.capitalize()


@dataclass(frozen=True)
class Settings:
    name: str = declared("Ada", "text", "name", 0, 10, check=capital)
    step: int = declared(3, "whole", "step", 1, 9, unit="step")
    shares: tuple[float, ...] = declared((), "numbers", "shares", high=1)
    other: int = 0


SPECS = declarations(Settings)


def test_only_declared_fields_have_a_spec():
    assert list(SPECS) == ["name", "step", "shares"]
    assert [spec.unit for spec in SPECS.values()] == ["", "step", ""]


def test_check_of_a_field_gives_the_value_that_is_kept_or_its_sentence():
    assert SPECS["name"].read("name", "grace") == "Grace"
    with pytest.raises(FieldError, match=r"^name: expected letters; got '4'\.$") as caught:
        SPECS["name"].read("name", "4")
    assert caught.value.field == "name"


def test_departures_read_back_to_the_same_values():
    changed = Settings(name="Grace", shares=(0.5, 1.0))
    texts = dict(departures(changed))
    assert texts == {"name": "Grace", "shares": "0.5,1"}
    assert readable(SPECS, texts) == ({"name": "Grace", "shares": (0.5, 1.0)}, [])


def test_what_cannot_be_read_stands_in_no_others_way():
    fields, problems = readable(SPECS, {"step": "10", "name": "4", "shares": "0.1", "strange": "1"})
    assert fields == {"shares": (0.1,)}
    assert problems == [
        "name: expected letters; got '4'.",
        "step: expected a whole number from 1 to 9; got '10'.",
    ]


def test_last_of_repeated_names_counts_and_an_empty_value_is_one():
    assert last_values("a=1&a=2&b=") == {"a": "2", "b": ""}
    assert last_values({"a": "1"}) == {"a": "1"}


@pytest.mark.parametrize(
    ("value", "text"), [(2.0, "2"), (0.1, "0.1"), (True, "true"), ((1.0, 0.5), "1,0.5"), ("x", "x")]
)
def test_values_are_written_as_short_as_they_read_back(value, text):
    assert written(value) == text


def test_error_of_an_experiment_is_the_error_of_a_field():
    assert issubclass(ExperimentError, FieldError)
    assert Spec("switch", "on").read("on", "true") is True
