"""Experiments written as scripts."""

import dataclasses
import importlib
import io
import pkgutil
import textwrap
from functools import cache
from string import Template
from typing import NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np

from cells.code import frameworks
from cells.code.framework import Framework, Part
from cells.experiment import Experiment
from cells.running import drawn

MOST_WRITTEN = 2_000
"""Numbers that are written into a script; more lie in a file beside it."""
WIDTH = 100
ELSEWHERE = "The script for cells itself runs every experiment."
HEAD = '''"""$title

The same numbers as the picture of
$query
Needs: pip install $packages
Prints for every step the norm of h and log10 of the norm of dL/dh, for the loss $loss.
$range
"""

'''
FLOATS = "A gradient below 1e-308 is 0 in float64, and its logarithm -inf."
SCALED = "A gradient below 1e-308 is right too: it carries its own exponent."
LOADED = """
# Weights have the gate axis first: W_ih (gates, units, channels), W_hh (gates, units, units), b (gates, units); an RNN
# has no such axis. The input is xs (steps, channels).
weights = load_file(Path(__file__).with_suffix(".safetensors"))
xs = weights.pop("xs")
"""


class CodeError(ValueError):
    """A script that cannot be; the message says what was expected and what came."""


class Script(NamedTuple):
    """A script.

    Attributes:
        stem: name of its files without their endings.
        text: the program.
        numbers: a safetensors file that lies beside it, as `stem`.safetensors; empty where the text has them all.
    """

    stem: str
    text: str
    numbers: bytes

    def zipped(self) -> bytes:
        """Both files."""
        packed = io.BytesIO()
        with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
            archive.writestr(f"{self.stem}.py", self.text)
            archive.writestr(f"{self.stem}.safetensors", self.numbers)
        return packed.getvalue()


@cache
def all_frameworks() -> dict[str, Framework]:
    """Every framework by the name of its file, in menu order.

    Raises:
        ImportError: a file of the folder does not import; nothing is hidden.
    """
    names = [module.name for module in pkgutil.iter_modules(frameworks.__path__)]
    found = {name: importlib.import_module(f"{frameworks.__name__}.{name}").FRAMEWORK for name in names}
    return dict(sorted(found.items(), key=lambda item: (item[1].order, item[0])))


def refusal(name: str, experiment: Experiment) -> str:
    """Why a framework does not do an experiment, in a sentence; empty where it does.

    Raises:
        CodeError: there is no such framework.
    """
    framework = _known(name)
    cell, label, parts = experiment.cell_class, framework.label, framework.parts
    if not parts:
        return ""
    if experiment.layers > 1:
        return f"{label}: expected one layer; got {experiment.layers}. {ELSEWHERE}"
    own = [part for part in parts if part.cell is cell]
    if not own:
        known = ", ".join(dict.fromkeys(part.cell.label for part in parts))
        return f"{label}: expected one of {known}; got {cell.label}. {ELSEWHERE}"
    switches = _switches(experiment)
    fitting = [part for part in own if part.switches == switches]
    if not fitting:
        got = ", ".join(spec.label for spec in cell.hyperparameters if spec.name in switches)
        return f"{label}: expected its own {cell.label}; got one with: {got}. {ELSEWHERE}"
    activations = fitting[0].activations
    if experiment.activation not in activations:
        known = ", ".join(activations)
        return f"{label}: expected an activation among {known}; got {experiment.activation}. {ELSEWHERE}"
    return ""


def script(name: str, experiment: Experiment) -> Script:
    """An experiment as a script.

    Args:
        name: a key of `all_frameworks()`.
        experiment: what it runs.

    Raises:
        CodeError: there is no such framework, or it does not do such an experiment.
    """
    reason = refusal(name, experiment)
    if reason:
        raise CodeError(reason)
    framework = all_frameworks()[name]
    stem = f"unrolled-{experiment.cell}-{name}"
    part = _part(framework, experiment)
    arrays = _arrays(experiment) if part else {}
    written = sum(array.size for array in arrays.values()) <= MOST_WRITTEN
    head = {
        "title": f"{experiment.cell_class.label} of {experiment.hidden_size} units over {experiment.length} steps, "
        f"in {framework.label}.",
        "query": experiment.to_query() or "cell=rnn",
        "packages": framework.packages if written else f"{framework.packages} safetensors",
        "range": FLOATS if part else SCALED,
        "loss": f"1·h / sqrt({experiment.hidden_size}) on {_said(experiment)}",
    }
    places = {"where": _where(experiment), "query": repr(experiment.to_query())}
    sections = [Template(HEAD).substitute(head) + _imports(framework, written)]
    if part:
        places |= {"start": part.start, "step": textwrap.indent(part.step.strip(), 8 * " ")}
        made = Template(part.make.strip()).substitute(activation=part.activations[experiment.activation])
        sections += [made, _literals(arrays) if written else LOADED.strip()]
    sections.append(Template(framework.program.strip()).substitute(places))
    return Script(stem, "\n\n\n".join(sections) + "\n", b"" if written else _packed(arrays))


def _packed(arrays: dict[str, np.ndarray]) -> bytes:
    from safetensors.numpy import save  # only where the numbers do not stand in the script

    return save(arrays)


def _known(name: str) -> Framework:
    if name not in all_frameworks():
        raise CodeError(f"framework: expected one of {', '.join(all_frameworks())}; got {name[:40]!r}.")
    return all_frameworks()[name]


def _switches(experiment: Experiment) -> tuple[str, ...]:
    """Hyperparameters that are switched on, of those its cell declares."""
    settings = experiment.settings_of(experiment.cell_class)
    return tuple(name for name, value in settings.items() if value is True)


def _part(framework: Framework, experiment: Experiment) -> Part | None:
    kind = experiment.cell_class, _switches(experiment)
    return next((part for part in framework.parts if (part.cell, part.switches) == kind), None)


def _arrays(experiment: Experiment) -> dict[str, np.ndarray]:
    """The input, and the weights without the channels that are always 0."""
    cell = drawn(experiment)
    named = {field.name: getattr(cell, field.name) for field in dataclasses.fields(cell)}
    weights = {name: np.asarray(value) for name, value in named.items() if getattr(value, "ndim", 0) > 0}
    weights["W_ih"] = weights["W_ih"][..., : experiment.channels_in_use]
    arrays = {"xs": experiment.sequence()} | weights
    return {name: np.ascontiguousarray(array, float) for name, array in arrays.items()}


def _imports(framework: Framework, written: bool) -> str:
    """The framework's imports, and those that load the file beside the script."""
    if written:
        return framework.imports.strip()
    return f"from pathlib import Path\n\n{framework.imports.strip()}\nfrom safetensors.numpy import load_file"


def _literals(arrays: dict[str, np.ndarray]) -> str:
    xs, *weights = (_literal(name, array) for name, array in arrays.items())
    gates = "gates, " if arrays["W_ih"].ndim > 2 else ""
    shapes = f"# W_ih ({gates}units, channels), W_hh ({gates}units, units), b ({gates}units)"
    named = ", ".join(f'"{name}": {name}' for name in list(arrays)[1:])
    return "\n".join(
        [
            "# (steps, channels)",
            xs,
            shapes,
            *weights,
            f"weights = {{{named}}}",
        ]
    )


def _literal(name: str, array: np.ndarray) -> str:
    numbers = textwrap.fill(", ".join(map(repr, array.ravel().tolist())), WIDTH, break_on_hyphens=False)
    shape = ", ".join(map(str, array.shape))
    return f"{name} = np.array([\n{textwrap.indent(numbers, '    ')}\n]).reshape({shape})"


def _where(experiment: Experiment) -> str:
    """The steps with a loss, as an index."""
    if experiment.loss == "every":
        return ":"
    return "-1" if experiment.last_loss_step == experiment.length else str(experiment.last_loss_step - 1)


def _said(experiment: Experiment) -> str:
    if experiment.loss == "every":
        return "every step"
    return "the last step" if experiment.last_loss_step == experiment.length else f"step {experiment.last_loss_step}"
