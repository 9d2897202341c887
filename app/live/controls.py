"""What the live component's sliders are: of the experiment, of the cells drawn, and of a page's own fields."""

from app.language import _
from app.page import figures, page_of, pages
from app.phrases import short_label
from app.settings import Settings, fields
from cells import all_cells
from cells.experiment import Experiment, every_spec, hyperparameter_specs, idle_settings, specs
from cells.fields import Spec, declarations

NAMED = 2
"""Cells that a slider's label names; more are counted."""
POSITIONS = {"gain": 240, "length": 440}
"""Places of a live slider; chosen so that 1 and the powers of two are among them."""


def of_experiment(settings: Settings, runs: list[Experiment]) -> list[dict[str, object]]:
    """Sliders of gain, length, and the leading hyperparameters of the cells drawn."""
    experiment = settings.experiment
    found = [_control(name, specs()[name], getattr(experiment, name)) for name in POSITIONS]
    for control in found:
        if all(control["name"] in idle_settings(all_cells()[run.cell]) for run in runs):
            control |= {"disabled": True, "help": _("No cell drawn has a W_hh for it to multiply.")}
    for name, spec in hyperparameter_specs().items():
        having = [run for run in runs if spec in all_cells()[run.cell].hyperparameters]
        if not (spec.leading and having):
            continue
        control = _control(name, every_spec()[name], experiment.hyperparameter(name))
        whose = [all_cells()[run.cell].label for run in having]
        named = ", ".join(whose) if len(whose) <= NAMED else _("{count} cells").format(count=len(whose))
        control["label"] += f" ({named})"
        other = hyperparameter_specs().get(spec.replaced_by)
        if other is not None and experiment.hyperparameter(other.name) > other.default:
            control |= {"disabled": True, "help": _("{name} takes its place.").format(name=short_label(other.name))}
        elif all(run.b and run.layers == 1 for run in having):  # beyond the first layer they are drawn
            control |= {"disabled": True, "help": _("The biases set by hand take its place.")}
        found.append(control)
    return found


def of_any(settings: Settings, name: str) -> dict[str, object]:
    """A slider over any number: of the experiment, of a cell, or of a page."""
    if name in fields():
        return of_field(settings, name)
    experiment, spec = settings.experiment, every_spec()[name]
    value = getattr(experiment, name) if name in specs() else experiment.hyperparameter(name)
    return _control(name, spec, value) | ({"positions": _positions(spec)} if name not in POSITIONS else {})


def as_customised(settings: Settings, controls: list[dict[str, object]]) -> list[dict[str, object]]:
    """Sliders without those that the link hides; those that it fixes cannot be moved."""
    shown = [control for control in controls if not settings.hides(str(control["name"]))]
    fixed = {"disabled": True, "help": _("Fixed by whoever made this link.")}
    return [control | fixed if settings.fixes(str(control["name"])) else control for control in shown]


def offered(figure: str, settings: Settings) -> list[dict[str, object]]:
    """Every slider that a figure may have: of the experiment where it has a say, and of its page's own fields."""
    page = pages()[page_of(figure)]
    mine = of_experiment(settings, figures()[figure].runs(settings)) if page.needs_experiment else []
    numbers = [name for name, spec in declarations(page.settings).items() if spec.kind in ("number", "whole")]
    return [*(control for control in mine if not control["disabled"]), *(of_field(settings, name) for name in numbers)]


def of_field(settings: Settings, name: str, end: int | None = None) -> dict[str, object]:
    """A slider over a field of a page; one that counts steps of the sequence ends with it.

    Args:
        settings: what is shown.
        name: the field.
        end: where the slider ends, for whole numbers of which the page has use for fewer than it accepts.
    """
    spec, value = fields()[name], getattr(settings, name)
    if end is None and not counts_steps(name):
        return _control(name, spec, value) | {"positions": _positions(spec)}
    last = end or settings.experiment.length
    control = _control(name, spec, min(value, last))
    return control | {"high": max(last, 2), "positions": max(last, 2) - 1, "disabled": last == 1}


def counts_steps(name: str) -> bool:
    """Whether a field is a step of the experiment's sequence."""
    return fields()[name].unit == "step"


def _positions(spec: Spec) -> int:
    """One for each whole number that a place is worth; else so many that the round numbers are among them."""
    if spec.kind == "whole" and not spec.log:
        return int(spec.high - spec.low)
    span = spec.high - spec.low
    return 240 if spec.log else round(span / (0.05 if span > 5 else 0.01))


def _control(name: str, spec: Spec, value: float) -> dict[str, object]:
    return {
        "name": name,
        "label": _(spec.label),
        "value": value,
        "low": spec.low,
        "high": spec.high,
        "log": spec.log,
        "whole": spec.kind == "whole",
        "positions": POSITIONS.get(name, 200),
        "disabled": False,
        "help": _(spec.help) if spec.help else "",
    }
