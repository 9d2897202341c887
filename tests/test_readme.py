"""The README's examples do what it says of them."""

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

import cells
from app.settings import Settings
from tests import nginx
from tests.app.pages import connect
from tests.app.promises import PROMISES as PROMISES_OF_PAGES
from tests.cells.promises import PROMISES

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
NOTEBOOK, WEIGHTS, CELL = (block for block in BLOCKS if not block.startswith("# app/"))
PAGE = dict(re.fullmatch(r"# (\S+)\n(.*)", block, re.DOTALL).groups() for block in BLOCKS if block.startswith("# app/"))


def test_cell_of_the_readme_keeps_every_promise(tmp_path):
    path = tmp_path / "janet.py"
    path.write_text(CELL, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("janet", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for promise in PROMISES:
        promise(module.JANET)


def test_page_of_the_readme_keeps_every_promise_with_no_other_edit(tmp_path):
    for folder in ("app", "cells", "tests", ".streamlit"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for name, text in PAGE.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "tests/app/test_pages.py", "-k", "size"]
    found = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert found.returncode == 0, found.stdout[-3000:]
    assert found.stdout.startswith("." * (len(PROMISES_OF_PAGES) + 1) + " ")
    asked = "from app.page import pages; print(list(pages())[3], pages()['size'].title())"
    menu = subprocess.run([sys.executable, "-c", asked], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert menu.stdout.strip() == "size How large does the state get?"


def test_notebook_of_the_readme_runs():
    names = {}
    exec(compile(NOTEBOOK, "README.md", "exec"), names)
    assert names["trajectory"].states.c.shape == names["trajectory"].gates["f"].shape == (200, 16)
    assert names["adjoint"].log10_norm["c"].shape == (200,)
    assert names["adjoint"].direction["f"].shape == (200, 16)
    assert f'# "{names["experiment"].to_query()}"' in NOTEBOOK


def test_weight_file_of_the_readme_is_read():
    file = ROOT / "tests" / "cells" / "weights" / "files" / "model.keras"
    reading, _, diagnosing = WEIGHTS.replace("model.keras", str(file)).partition("diagnosis = ")
    names = {"cells": cells}
    exec(compile(reading, "README.md", "exec"), names)
    assert names["cell"].label == "LSTM, hard gates"
    assert set(re.findall(r"diagnosis\.(\w+)", diagnosing)) <= set(cells.Diagnosis._fields)


def test_curl_of_the_readme_shows_the_words_once_they_are_there():
    pattern = r"curl -s 'http://127.0.0.1:8501(/live/\S+)' \| python3 -c '(.*?)'\n```"
    address, program = re.search(pattern, README, re.DOTALL).groups()
    client = connect()
    while not (printed := run_with(program, client.get(address).content)).startswith("{'headline': 'LSTM"):
        assert printed.startswith("{'progress': ")


def run_with(program: str, answer: bytes) -> str:
    found = subprocess.run([sys.executable, "-c", program], input=answer, capture_output=True, check=True)
    return found.stdout.decode()


def test_links_of_the_readme_open_without_a_complaint():
    queries = re.findall(r"[/t]\?(cell=[^`' ]+)", README)
    assert len(queries) >= 2
    for query in queries:
        assert Settings.repaired(query)[1] == []


def test_nginx_of_the_readme_is_what_the_bench_runs(tmp_path):
    block = nginx.block(8000, [8601, 8602])
    assert "server 127.0.0.1:8601;" in block
    assert "server 127.0.0.1:8602;" in block
    assert "listen 127.0.0.1:8000;" in block
    assert "X-Forwarded-For $remote_addr" in block  # what a client says of itself is not passed on
    if path := nginx.installed():
        configuration = tmp_path / "nginx.conf"
        configuration.write_text(nginx.AROUND.format(folder=tmp_path, block=block), encoding="utf-8")
        command = [path, "-t", "-p", tmp_path, "-e", tmp_path / "error.log", "-c", configuration]
        checked = subprocess.run(command, capture_output=True, text=True)
        assert checked.returncode == 0, checked.stderr


def test_files_the_readme_names_exist():
    for name in re.findall(r"`((?:cells|app|tests|\.streamlit)/[\w./]+)`", README):
        assert (ROOT / name).exists() or name == "cells/zoo/janet.py" or name.startswith("app/views/size"), name
