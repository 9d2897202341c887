"""The examples in the docstrings say what they do."""

import doctest
import importlib
import pkgutil

import pytest

import cells

MODULES = ["cells", *(module.name for module in pkgutil.walk_packages(cells.__path__, "cells."))]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_answer_as_written(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0
