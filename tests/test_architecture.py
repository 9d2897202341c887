"""How the house is arranged: who may import whom, and that no file but a cell's own knows its name."""

import ast
from pathlib import Path

import pytest

from cells import all_cells

ROOT = Path(__file__).parent.parent


def python_files(*folders, beyond=()):
    """Python files under these paths, without those under `beyond`."""
    found = [path for folder in folders for path in ([ROOT / folder, *(ROOT / folder).rglob("*.py")])]
    outside = [ROOT / folder for folder in beyond]
    return [
        path
        for path in found
        if path.suffix == ".py" and path.is_file() and not any(folder in path.parents for folder in outside)
    ]


def imported(path):
    """Top-level names of everything a file imports, at its top or inside its functions."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add(node.module.partition(".")[0])
    return names


def compared_with(node):
    """Strings that a comparison or a match compares something with."""
    if isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
    elif isinstance(node, ast.MatchValue):
        sides = [node.value]
    else:
        return set()
    groups = ast.Tuple | ast.List | ast.Set
    inside = [item for side in sides for item in (side.elts if isinstance(side, groups) else [side])]
    return {item.value for item in inside if isinstance(item, ast.Constant) and isinstance(item.value, str)}


@pytest.mark.parametrize("path", python_files("cells"), ids=lambda path: str(path.relative_to(ROOT)))
def test_cells_never_import_the_screen(path):
    assert not imported(path) & {"streamlit", "plotly", "app", "tests"}


def test_figures_never_import_the_page_or_the_engine():
    for path in python_files("app/figures", "app/figures.py"):
        assert not imported(path) & {"streamlit", "jax"}, path


def test_no_file_outside_the_zoo_compares_with_a_cells_name():
    # Declare, do not branch: what differs from cell to cell is a class attribute of the cell.
    for path in python_files("cells", "app", beyond=["cells/zoo"]):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            assert not compared_with(node) & set(all_cells()), f"{path}:{node.lineno}"


def test_comparisons_with_a_cells_name_are_recognised():
    for code in ('cell == "lstm"', '"gru" != cell', 'cell in ("rnn", "gru")', 'match cell:\n case "lstm":\n  pass'):
        found = set().union(*map(compared_with, ast.walk(ast.parse(code))))
        assert found & {"rnn", "gru", "lstm"}, code
