"""Every page that is found keeps every promise of `tests.app.promises`."""

import pytest

from app.page import figures, page_of, pages
from tests.app import promises


@pytest.mark.parametrize("promise", promises.PROMISES, ids=lambda promise: promise.__name__)
@pytest.mark.parametrize("name", pages())
def test_page_keeps_promise(name, promise):
    promise(name)


@pytest.mark.parametrize("name", pages())
def test_page_compiles_nothing_under_its_sliders(name, compilations):
    promises.compiles_nothing_under_its_sliders(name, compilations)


def test_every_figure_belongs_to_the_page_that_declares_it():
    assert all(name in pages()[page_of(name)].figures for name in figures())
