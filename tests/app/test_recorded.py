"""Links say today what they said when they were sent: words and names of all marks, over every figure."""

import json
import re
from pathlib import Path

import pytest

from app.background import answer
from app.page import figures
from cells import programs
from tests.app.pages import ask, connect
from tests.asked import one_of_many, some

RECORDED = json.loads(Path(__file__).with_name("recorded.json").read_text(encoding="utf-8"))


@pytest.fixture
def compiled_as_in_the_laboratory(monkeypatch):
    """With its optimisations, not the tests': in chaos, words and numbers depend on rounding."""

    def forget():
        programs.forget()
        answer.forget()

    monkeypatch.setattr(programs, "_chosen_level", lambda: False)
    forget()
    yield
    forget()


def asked_of(record):
    return pytest.param(record, id=record["link"][:60], marks=[one_of_many] if record.get("chaotic") else [])


@pytest.mark.parametrize("record", list(map(asked_of, some(RECORDED, 30))))
def test_an_old_link_says_what_it_said(record, request):
    if record.get("chaotic"):
        request.getfixturevalue("compiled_as_in_the_laboratory")
    said = ask(connect(), f"/live/{record['link']}").json()
    compared = without_numbers if record.get("chaotic") else without_errors
    assert compared(said["words"]) == compared(record["words"])
    assert [trace.get("name") for trace in said["figure"]["data"]] == record["traces"]


def without_errors(words):
    """The same without the size of the badge's error, which is rounding, and the step that it was found at."""
    return words | {"badge": words["badge"].partition("relative difference")[0]}


def without_numbers(words):
    """The same without any number: in chaos they differ from processor to processor."""
    return json.loads(re.sub(r"[×+−]*[\d.⁻⁰¹²³⁴-⁹]+", "#", json.dumps(without_errors(words), ensure_ascii=False)))


def test_every_figure_has_a_recorded_link():
    assert {record["link"].partition("?")[0] for record in RECORDED} <= set(figures())
    assert len(RECORDED) >= 40
