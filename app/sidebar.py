"""The sidebar: the only plain widgets that build an Experiment. It follows the reader from page to page.

The URL is the state. A query string that this session did not write itself (a link, a claim, the Back button) fills
the widgets; whatever the widgets then say is validated and written back to the URL.
"""

import time
from collections.abc import Callable
from urllib.parse import parse_qs, quote

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from app import notice
from app.language import _
from app.page import pages
from app.phrases import short_label
from app.settings import Settings, fields
from cells import all_cells, inputs
from cells.experiment import (
    EDITABLE_SIZE,
    Experiment,
    choices_of,
    every_spec,
    hyperparameter_specs,
    idle_settings,
    specs,
)
from cells.fields import FieldError, Spec, written

EXPERIMENT_KEYS = (*specs(), *hyperparameter_specs())
DRAWN = ("activation", "initializer", "input")
EXACT = ("gain", "length", "layers")
INPUT = ("channels", "onset", "period", "text", "numbers")
WEIGHTS = ("spectral_radius", "input_scale", "bias_scale", "W_hh", "b")
LOSS = ("loss", "loss_step")
SIZES = (1, 2, 3, 4, 8, 16, 32, 64, 128)

HEAD_START = 0.07
"""Seconds for which the rest of the page waits: the live figure has read the new address and draws itself first."""


def settle(page) -> None:
    """Bring the URL and the widgets together, and settle on what this run shows.

    The widgets' values are known before they are drawn; so the page is computed and sent first, and the sidebar after.
    """
    _read_url(page)
    _settle()


def show(needs_experiment: bool) -> None:
    """Draw the sidebar; a page in which the experiment has no say keeps it for the next one."""
    if current().hides("sidebar"):
        return
    with st.sidebar:
        st.markdown(f"#### {_('Unrolled')}")
        if needs_experiment:
            _experiment()
        else:
            _switch("plain", fields()["plain"])
        st.button(
            _("Present"),
            icon=":material/present_to_all:",
            on_click=take,
            args=({"present": True},),
            help=_("The figure fills the screen, in large type. Escape leaves it, F is full screen, B blanks it."),
            width="stretch",
        )


def _experiment() -> None:
    """The widgets of the experiment."""
    left, right = st.columns(2)
    with left:
        _widget("cell")
    with right:
        _widget("hidden_size")
    _idle()
    for name in DRAWN:
        _widget(name)
    _seed()
    for key, label, draw in _drawers():
        drawer = st.expander(label, key=key, on_change="rerun")
        if drawer.open:
            with drawer:
                draw()
    st.button(_("Reset, keep the seed"), on_click=_reset, disabled=current().fixes("sidebar"), width="stretch")


def _drawers() -> list[tuple[str, str, Callable[[], None]]]:
    """What lies under the main controls; a closed drawer costs a rerun nothing, and its values are kept."""
    return [
        ("sidebar_exact", _("Exact numbers"), _exact),
        ("sidebar_input", _("Input"), _input),
        ("sidebar_weights", _("Weights and biases"), _weights),
        ("sidebar_display", _("Loss and display"), _display),
    ]


def current() -> Settings:
    """The settings of this run: the last good one, if what the widgets say cannot be."""
    return st.session_state.settings


def take(values: dict[str, object]) -> None:
    """Put values into the widgets, by name; for use in callbacks."""
    st.session_state.update(values)


def take_text(values: dict[str, object]) -> None:
    """The same, of what the browser sent, as far as it can be used; for use in callbacks."""
    known = every_spec() | fields()
    take({name: known[name].read(name, value) for name, value in values.items() if name in known})


def open_link(query: str) -> None:
    """Show other settings, as if their address had been opened; for use in callbacks.

    What a teacher's link hides and fixes stays so, here and on every page to which the reader goes on from it.
    """
    customised = {name: st.session_state[name] for name in ("hide", "fix")}
    _load(query)
    take(customised)
    st.session_state.written = _query()  # the address bar is behind, not ahead


def show_everything() -> None:
    """Show what a teacher's link hides, and free what it fixes; for use in callbacks."""
    take({"hide": [], "fix": []})


def pin() -> None:
    """Keep the present experiment as a ghost."""
    settings = current()
    st.session_state.pins = tuple(dict.fromkeys((*settings.pins, settings.experiment)))


def unpin() -> None:
    """Drop all ghosts."""
    st.session_state.pins = ()


def edit_weights(name: str, values: tuple[float, ...]) -> None:
    """Set W_hh or b by hand."""
    st.session_state[name] = written(values)


def _read_url(page) -> None:
    state, query = st.session_state, _query()
    if "settings" not in state:
        state.brought = {}
        _load(query)
    elif query != state.written:
        # Another page's link carries no parameters: the settings follow the reader there, and their address with them.
        # The browser may keep the bare address too; on the way back through it, it stands for those settings.
        elsewhere = page.title != state.page
        if elsewhere and not query:
            _fill(state.settings)
            state.brought[page.title] = state.settings.to_query()
            state.written = None
        elif elsewhere or get_script_run_ctx().is_history_navigation:
            _load(query or state.brought.pop(page.title, ""))
        else:
            state.written = query  # this run began before the last address reached the browser
    _fill(state.settings, missing_only=True)
    state.page = page.title


def _load(query: str) -> None:
    settings, st.session_state.problems = Settings.repaired(query)
    _fill(settings)
    st.session_state.settings = settings
    st.session_state.arrivals = st.session_state.get("arrivals", -1) + 1
    st.session_state.written = None  # whatever the address bar says now, write it anew


def _query() -> str:
    return "&".join(
        f"{quote(name, safe='')}={quote(value, safe='')}"
        for name in st.query_params
        for value in st.query_params.get_all(name)
    )


def _fill(settings: Settings, *, missing_only: bool = False) -> None:
    """The widgets' values from settings."""
    state = st.session_state
    state.update({name: value for name, value in _values(settings).items() if not (missing_only and name in state)})


def _values(settings: Settings) -> dict[str, object]:
    """What the widgets say where they show settings."""
    experiment = settings.experiment
    values = {name: getattr(experiment, name) for name in specs()}
    values |= {name: written(values[name]) for name, spec in specs().items() if spec.kind == "numbers"}
    values |= {name: experiment.hyperparameter(name) for name in hyperparameter_specs()}
    values |= {name: getattr(settings, name) for name in fields()}
    values |= {name: list(values[name]) for name, spec in fields().items() if spec.kind == "choices"}
    return values | {"overlay": list(settings.overlay), "pins": settings.pins}


def _settle() -> None:
    """Validate what the widgets say; keep the last good value of what cannot be; write the URL."""
    state = st.session_state
    last = _values(state.settings)
    said = {name: state[name] for name in last}
    while True:
        try:
            state.settings = _settings(said)
            state.overlay = list(state.settings.overlay)
            break
        except FieldError as error:
            if _matters(error.field):
                state.problems = [*state.problems, str(error)]
            if error.field not in last or said[error.field] == last[error.field]:
                break  # the last good value is not to blame, but it does not go with the others
            said[error.field] = last[error.field]
    query = state.settings.to_query()
    if query != state.written:
        st.query_params.from_dict(parse_qs(query, keep_blank_values=True))
        state.written = _query()
        if not query:
            state.brought.pop(state.page, None)
        time.sleep(HEAD_START)


def _settings(said: dict[str, object]) -> Settings:
    experiment = Experiment(
        **{name: said[name] for name in specs()},
        hyperparameters={name: said[name] for name in hyperparameter_specs()},
    )
    return Settings(
        experiment=experiment,
        # The chosen cell is always drawn, so its pill is always lit.
        overlay=tuple(name for name in all_cells() if name in {*said["overlay"], experiment.cell}),
        pins=tuple(said["pins"]),
        **{name: said[name] for name in fields()},
    )


def problems() -> list[str]:
    """What had to be dropped in this run, as sentences; asked once."""
    found, st.session_state.problems = st.session_state.problems, []
    return found


def _widget(name: str) -> None:
    spec = every_spec()[name]
    _WIDGETS[spec.kind](name, spec)


def _choice(name: str, spec: Spec) -> None:
    labels = choices_of(name)
    st.selectbox(
        _(spec.label),
        list(labels),
        key=name,
        format_func=labels.get,
        on_change=_ON_CHANGE.get(name),
        disabled=_is_fixed(name),
    )


def _whole(name: str, spec: Spec) -> None:
    if name == "hidden_size":
        sizes = sorted({*SIZES, st.session_state.hidden_size})
        st.selectbox(_(spec.label), sizes, key=name, on_change=_forget_weights, disabled=_is_fixed(name))
    else:
        st.number_input(_(spec.label), spec.low, spec.high, key=name, step=1, help=_help(spec), disabled=_is_idle(name))


def _number(name: str, spec: Spec) -> None:
    step = 0.05 if spec.high <= 20 else 1.0
    st.number_input(
        _(spec.label),
        float(spec.low),
        float(spec.high),
        key=name,
        step=step,
        format="%.4g",
        help=_help(spec),
        disabled=_is_idle(name),
    )


def _switch(name: str, spec: Spec) -> None:
    st.toggle(_(spec.label), key=name, help=_help(spec), disabled=_is_fixed(name))


def _text(name: str, spec: Spec) -> None:
    st.text_area(_(spec.label), key=name, height="content", disabled=_is_idle(name))


def _numbers(name: str, spec: Spec) -> None:
    st.text_input(_(spec.label), key=name, help=_help(spec), disabled=_is_idle(name))


_WIDGETS = {
    "choice": _choice,
    "whole": _whole,
    "number": _number,
    "switch": _switch,
    "text": _text,
    "numbers": _numbers,
}


def _help(spec: Spec) -> str | None:
    return _(spec.help) if spec.help else None


def _is_fixed(name: str) -> bool:
    """Whether the link keeps the reader from changing a control."""
    return current().fixes("sidebar") or current().fixes(name)


def _is_idle(name: str) -> bool:
    return _is_fixed(name) or not _matters(name)


def _matters(name: str) -> bool:
    """Whether a control changes anything as the others stand."""
    state = st.session_state
    if name in INPUT:
        return name in inputs.INPUTS[state.input].uses
    if name == "loss_step":
        return state.loss == "step"
    if name in ("W_hh", "b"):
        return state.hidden_size <= EDITABLE_SIZE
    return True


def _idle() -> None:
    """What leaves the chosen cell as it is."""
    cell = all_cells()[st.session_state.cell]
    names = [short_label(name) for name in idle_settings(cell)]
    if names:
        lacks = [*([] if "W_hh" in cell.weights() else ["W_hh"]), *([] if cell.nonlinear else ["φ"])]
        text = _("No {lacks} in the {cell}: {names} leave it as it is.")
        st.caption(text.format(lacks=_(" and no ").join(lacks), cell=cell.label, names=", ".join(names)))


def _seed() -> None:
    left, right = st.columns([4, 5], vertical_alignment="bottom")
    with left:
        _widget("seed")
    right.button(_("New weights"), on_click=_next_seed, disabled=_is_fixed("seed"), width="stretch")
    if st.session_state.page in {(page.menu or page.title)() for page in pages().values() if page.spreads}:
        _switch("spread", fields()["spread"])


def _exact() -> None:
    for name in (*EXACT, *hyperparameter_specs()):
        _widget(name)


def _weights() -> None:
    for name in WEIGHTS:
        _widget(name)


def _display() -> None:
    for name in LOSS:
        _widget(name)
    _switch("plain", fields()["plain"])


def _input() -> None:
    for name in INPUT:
        _widget(name)
    file = st.file_uploader(
        _("CSV column as numbers"),
        type=["csv", "txt", "tsv"],
        key="sidebar_csv",
        disabled=_is_fixed("numbers"),
        max_upload_size=2,
    )
    if file is None:
        return
    try:
        columns = inputs.csv_columns(file.getvalue())
    except inputs.InputError as error:
        notice.problem(str(error))
        return
    column = st.selectbox(_("column"), list(columns), key="sidebar_column")
    st.button(_("Use this column"), on_click=take, args=({"numbers": columns[column], "input": "numbers"},))


def _next_seed() -> None:
    st.session_state.seed = (current().experiment.seed + 1) % 2**31  # the widget may be behind


def _forget_weights() -> None:
    """Weights given by hand belong to one cell of one size."""
    st.session_state.W_hh = st.session_state.b = ""


def _reset() -> None:
    kept = {name: tuple(st.session_state[name]) for name in ("hide", "fix")}
    _fill(Settings(experiment=Experiment(seed=st.session_state.seed), plain=st.session_state.plain, **kept))


_ON_CHANGE = {"cell": _forget_weights}
