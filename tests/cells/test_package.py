"""`cells` is a package of its own: a wheel has all of it, and README's notebook runs on nothing else."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from zipfile import ZipFile

import pytest

import cells

ROOT = Path(__file__).parent.parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The files of the wheel, in a folder of their own. It is built from a copy: building leaves traces."""
    source, built, alone = (tmp_path_factory.mktemp(name) for name in ("source", "built", "alone"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    shutil.copytree(ROOT / "cells", source / "cells", ignore=shutil.ignore_patterns("__pycache__"))
    options = ("--no-deps", "--no-build-isolation", "--no-index", "--quiet", "--disable-pip-version-check")
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, "--wheel-dir", built, source], check=True)
    (file,) = built.iterdir()
    with ZipFile(file) as archive:
        archive.extractall(alone)
    return alone


def test_wheel_has_every_file_of_the_package_and_nothing_else(wheel):
    def files(folder):
        paths = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
        return {str(path) for path in paths if "__pycache__" not in path.parts}

    assert files(wheel / "cells") == files(ROOT / "cells")
    assert {path.name.partition("-")[0] for path in wheel.iterdir()} == {"cells", "unrolled"}


def test_notebook_of_the_readme_runs_from_another_folder_on_the_wheel_alone(wheel, tmp_path):
    notebook = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)[0]
    program = f"{notebook}\nprint(cells.__file__)\ncells.Experiment(input='sunspots').sequence()\n"
    here = os.environ | {"PYTHONPATH": str(wheel), "PYTHONSAFEPATH": "1"}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=here, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.splitlines()[-1]).is_relative_to(wheel)


def test_package_needs_what_the_laboratory_needs_in_the_same_versions():
    assert set(PROJECT["dependencies"]) <= set((ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines())


def test_first_sentence_of_the_package_says_what_importing_it_does_to_jax():
    assert "64-bit" in cells.__doc__.partition(".")[0]
