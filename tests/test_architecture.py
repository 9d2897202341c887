"""How the house is arranged: who may import whom, and that no file but a cell's own knows its name."""

import ast
import graphlib
from pathlib import Path

import pytest

from app.page import pages
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


def rooms():
    """{room of the package: rooms it imports}; a room is a folder of `cells`, or a module that stands in none."""
    found = {}
    for path in python_files("cells"):
        room = path.relative_to(ROOT / "cells").parts[0].removesuffix(".py")
        found.setdefault(room, set())
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            else:
                continue
            found[room] |= {name.split(".")[1] for name in names if name.startswith("cells.")}
    del found["__init__"]  # the face of the package: it imports all rooms, and no room imports it
    return {room: {other for other in others if other in found and other != room} for room, others in found.items()}


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


def test_no_rooms_of_the_cells_import_each_other_in_a_circle():
    graph = rooms()
    assert {"experiment", "analyses", "training", "zoo"} <= set(graph)
    assert "fields" in graph["experiment"]
    tuple(graphlib.TopologicalSorter(graph).static_order())  # raises CycleError, which names the circle


@pytest.mark.parametrize("path", python_files("cells"), ids=lambda path: str(path.relative_to(ROOT)))
def test_cells_never_import_the_screen(path):
    assert not imported(path) & {"streamlit", "plotly", "app", "tests"}


def modules_imported(path):
    """Full names of the modules and of what is taken from them."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add("." * node.level)
    return names


@pytest.mark.parametrize("name", pages())
def test_a_page_imports_no_other_page(name):
    for path in python_files(f"app/views/{name}"):
        others = {each for each in modules_imported(path) if each.startswith("app.views.")}
        assert all(each.split(".")[2] == name for each in others), path


@pytest.mark.parametrize("name", pages())
def test_what_a_page_says_and_draws_knows_neither_streamlit_nor_jax(name):
    folder = ROOT / "app" / "views" / name
    for path in [folder / "verdict.py", folder / "figure.py", *(folder / "figures").glob("*.py")]:
        assert not path.is_file() or not imported(path) & {"streamlit", "jax"}, path


def test_what_all_pages_share_knows_none_of_them():
    for path in python_files("app", beyond=["app/views"]):
        assert not any(each.startswith("app.views.") for each in modules_imported(path)), path


def test_plots_know_neither_the_engine_nor_the_screen_nor_what_is_plotted():
    for path in python_files("app/plot"):
        assert not imported(path) & {"streamlit", "jax", "cells"}, path


@pytest.mark.parametrize("name", pages())
def test_every_page_has_the_same_names_inside(name):
    names = {path.name for path in (ROOT / "app" / "views" / name).iterdir()}
    assert {"__init__.py", "page.py", "numbers.py", "verdict.py"} <= names
    assert "claims.py" in names or pages()[name].claims is list  # notes are claims themselves
    assert names & {"figure.py", "figures"}


def test_no_file_outside_the_zoo_compares_with_a_cells_name():
    # Declare, do not branch: what differs from cell to cell is a class attribute of the cell.
    for path in python_files("cells", "app", beyond=["cells/zoo"]):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            assert not compared_with(node) & set(all_cells()), f"{path}:{node.lineno}"


def test_comparisons_with_a_cells_name_are_recognised():
    for code in ('cell == "lstm"', '"gru" != cell', 'cell in ("rnn", "gru")', 'match cell:\n case "lstm":\n  pass'):
        found = set().union(*map(compared_with, ast.walk(ast.parse(code))))
        assert found & {"rnn", "gru", "lstm"}, code
