"""Every symbol on the screen has an entry, and every entry an example."""

import re

import pytest

from app.glossary import found_in, terms
from app.page import figures, pages
from app.settings import Settings
from app.views.words.numbers import opened
from cells.activations import ACTIVATIONS
from tests.app.pages import numbers_of, say

SYMBOL = re.compile(r"d[a-zₜ]+/d[a-zₖ₀ₜ]+|‖\w+‖|\bW_[a-z]+\b|[α-ωΑ-Ω]\w?′?|log₁₀|\bnats?\b|\bdecades?\b")
"""What stands for something: derivatives, norms, matrices, Greek letters, and units of logarithms."""
EVERYDAY = {"W_hy"}
"""Written out where they stand."""


def test_every_symbol_of_a_legend_has_an_entry():
    written = {each for term in terms().values() for each in term.written}
    unknown = {}
    for name, page in pages().items():
        for line in page.legend(Settings()):
            for symbol in SYMBOL.findall(line):
                known = symbol in written or any(symbol.startswith(each) for each in written if not each.isascii())
                if not known and symbol not in EVERYDAY:
                    unknown.setdefault(symbol, name)
    assert unknown == {}


def test_entries_are_whole_and_each_is_reached_by_its_key():
    for key, term in terms().items():
        assert re.fullmatch("[a-z0-9_]+", key)
        assert term.name
        assert term.means.endswith("."), key
        assert not term.look.endswith("."), key
        figure, _question_mark, query = term.example.partition("?")
        assert figure in figures(), key
        settings = Settings(term=key)
        assert Settings.repaired(settings.to_query()) == (settings, [])
        example, problems = Settings.repaired(query)
        assert (example.to_query(), problems) == (query, []), key
    assert len({term.name for term in terms().values()}) == len(terms())


def test_terms_are_found_where_they_stand_as_words():
    assert [term.key for term in found_in(["a gate, orthogonal", "log₁₀ of dL/dh"])] == [
        "gradient",
        "log10",
        "orthogonal",
        "gate",
    ]
    assert found_in(["a delegate ate c"]) == []


@pytest.mark.parametrize("key", ["vanishing", "exploding", "carried"])
def test_an_example_shows_what_the_term_says(key):
    term = terms()[key]
    assert say(*opened(term.example)).kind == key
    shown = say("word", Settings(term=key))
    assert (shown.headline, shown.sentence) == (term.name, term.means)


def test_slopes_of_activations_are_at_most_what_the_entry_says():
    assert "at most 1 for tanh, 1/4 for the sigmoid" in terms()["slope"].means
    for name, most in (("tanh", 1.0), ("sigmoid", 0.25)):
        assert float(ACTIVATIONS[name].max_slope) == most


def test_chrono_and_forget_bias_keep_more_than_the_usual():
    usual = numbers_of(*opened(terms()["half_life"].example))
    (flow,) = usual.flows.values()
    for key in ("forget_bias", "chrono"):
        (other,) = numbers_of(*opened(terms()[key].example)).flows.values()
        assert other.growth.log10_ratio > flow.growth.log10_ratio + 1
