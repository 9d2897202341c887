"""What the page of one's own model has of its own: files to drop, menus filled from them, the diagnosis."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from app import notice, sidebar
from app import widgets as page
from app.background.answer import together
from app.language import _
from app.settings import Settings, fields
from app.views.mine import kept, numbers, report, verdict
from cells.inputs import InputError
from cells.weights import Layer, WeightsError

MEGABYTES, SERIES_MEGABYTES = 64, 2
"""Largest weight file, and largest table."""
LONGEST = 100_000
"""Characters of pasted numbers."""
EVERY = 1.0
"""Seconds after which an unfinished diagnosis is asked after."""
ANSWERS = ("gates", "activation", "reset")
FRESH = {"model_layer": 1, "model_gates": "", "model_activation": "", "model_reset": ""} | {
    "model_gain": 1.0,
    "model_bias": 0.0,
    "model_series": "",
}
"""What another file begins with."""


def choose(settings: Settings) -> None:
    """Which file, which of its layers, what it leaves open, and what the layer reads."""
    if st.session_state.get("mine_problem"):
        notice.problem(st.session_state.mine_problem)
    row = st.container(horizontal=True, gap="small", vertical_alignment="bottom")
    _file(row, settings)
    if kept.model(settings.model) is None:
        return
    layers = kept.model(settings.model).layers[: fields()["model_layer"].high]
    st.session_state.mine_layer = min(settings.model_layer, len(layers))
    row.selectbox(
        _("layer and direction"),
        range(1, len(layers) + 1),
        key="mine_layer",
        format_func=lambda place: named(layers[place - 1]),
        width=220,
        label_visibility="collapsed",
        on_change=lambda: sidebar.take({"model_layer": st.session_state.mine_layer}),
    )
    layer = layers[st.session_state.mine_layer - 1]
    for subject in ANSWERS:
        _answer(row, layer, subject)
    with row.popover(_("What it reads …"), icon=":material/input:"):
        _reads(settings)


def named(layer: Layer) -> str:
    """A layer in a menu."""
    text = _("{name} ({cell}, {units} units, backward)") if layer.backward else _("{name} ({cell}, {units} units)")
    return text.format(name=report.shown(layer.name), cell=layer.cell_class.label, units=layer.hidden_size)


def sliders(settings: Settings) -> tuple[str, ...]:
    """Those that mean something for this layer."""
    keeper = ("model_bias",) if numbers.has_keeper(numbers.layer_of(settings)) else ()
    return ("model_gain", *keeper, "model_length")


def ends(settings: Settings) -> dict[str, int]:
    """Where the length ends with the sequence that was given."""
    rows = numbers.rows(settings)
    return {"model_length": rows} if rows else {}


def diagnosis(settings: Settings) -> None:
    """Everything that was found, and a report to keep; while it is computed the reader sees how far it is."""
    if settings.hides("below"):
        return
    page.section(
        _("What is the matter, and what would help?"),
        _("Of the network as it is in the file, in the order of what matters. Every number is measured on it."),
    )
    answer = together([numbers.mine(settings), numbers.diagnosed(numbers.asked_of(settings))])
    waiting = answer.ask() is not None

    @st.fragment(run_every=EVERY if waiting else None)
    def shown() -> None:
        share = answer.ask()
        if share is not None:
            st.progress(share, _("Computing …"))
            return
        if waiting:
            st.rerun()
        mine, found = answer.value()
        told = report.sections(settings, numbers.file_of(settings.model), numbers.layer_of(settings), found)
        st.html(f'<div class="diagnosis">{report.body(told)}</div>{STYLE}')
        st.download_button(
            _("Save as a report (HTML)"),
            report.document(told, verdict.mine(settings, mine), mine),
            "diagnosis.html",
            "text/html",
            icon=":material/download:",
            on_click="ignore",
        )

    shown()


STYLE = """<style>
.diagnosis { columns: 2 26rem; column-gap: 2.5rem; }
.diagnosis h3 { font-size: 1rem; margin: 0.8rem 0 0.2rem; padding: 0; break-after: avoid; }
.diagnosis h3:first-child { margin-top: 0; }
.diagnosis ul { margin: 0; padding-left: 1.1rem; }
.diagnosis li { overflow-wrap: anywhere; margin: 0.1rem 0; font-size: 0.9375rem; }
</style>"""


def _file(row: DeltaGenerator, settings: Settings) -> None:
    place = st.session_state.setdefault("mine_files", 0)
    row.file_uploader(
        _("Drop a weight file"),
        key=f"mine_file_{place}",
        max_upload_size=MEGABYTES,
        on_change=_read_file,
        args=(f"mine_file_{place}",),
        width=360,
        help=_(
            "safetensors, PyTorch, NumPy, Keras, ONNX or flax. Nothing in it is run and nothing is written to a disk. "
            "It stays in this server's memory for an hour at most without being looked at, or until others need the "
            "room."
        ),
    )
    if settings.model:
        row.button(_("Example"), on_click=sidebar.take, args=({"model": ""} | FRESH,))


def _read_file(key: str) -> None:
    file = st.session_state[key]
    if file is None:
        return
    st.session_state.mine_files += 1
    try:
        fingerprint = kept.keep_model(_taken(file), file.name)
    except WeightsError as error:
        st.session_state.mine_problem = str(error)
        return
    st.session_state.mine_problem = ""
    sidebar.take({"model": fingerprint} | FRESH)


def _taken(file: UploadedFile) -> bytes:
    """The bytes of a file, which Streamlit then keeps no longer."""
    data, context = file.getvalue(), get_script_run_ctx()
    if context is not None:
        context.uploaded_file_mgr.remove_file(context.session_id, file.file_id)
    return data


def _answer(row: DeltaGenerator, layer: Layer, subject: str) -> None:
    """A menu of what the file leaves open; none where it says so itself."""
    fact, key = layer.facts.get(subject), f"model_{subject}"
    if fact is None or not fact.choices:
        return
    options = ["", *fact.choices]
    if st.session_state[key] not in options:
        st.session_state[key] = ""
    usual = _("choose …") if fact.value is None else _("{value} (inferred)").format(value=fact.value)
    row.selectbox(
        _(fields()[key].label), options, key=key, format_func=lambda option: option or usual, width=190, help=fact.why
    )


def _reads(settings: Settings) -> None:
    st.text_area(_("numbers: a row a step, a column a channel"), key="mine_pasted", height=120, max_chars=LONGEST)
    st.button(_("Read these"), on_click=_read_pasted, width="stretch")
    place = st.session_state.setdefault("mine_tables", 0)
    st.file_uploader(
        _("or a table (CSV, TSV)"),
        type=["csv", "tsv", "txt"],
        key=f"mine_table_{place}",
        max_upload_size=SERIES_MEGABYTES,
        on_change=_read_table,
        args=(f"mine_table_{place}",),
    )
    variants = kept.series.get(settings.model_series) if settings.model_series else None
    if variants:
        for sentence in next(iter(variants.values())).remarks:
            st.text(sentence)
        if "" not in variants:
            labels = fields()["model_missing"].choices()
            st.selectbox(_(fields()["model_missing"].label), list(labels), key="model_missing", format_func=labels.get)
        st.toggle(_(fields()["model_standardise"].label), key="model_standardise")
    if settings.model_series:
        st.button(_("Back to white noise"), on_click=sidebar.take, args=({"model_series": ""},), width="stretch")
    else:
        st.number_input(_(fields()["model_seed"].label), 0, 999, key="model_seed", step=1)


def _read_pasted() -> None:
    _read_series(st.session_state.mine_pasted.encode())


def _read_table(key: str) -> None:
    file = st.session_state[key]
    if file is not None:
        st.session_state.mine_tables += 1
        _read_series(_taken(file))


def _read_series(data: bytes) -> None:
    try:
        fingerprint = kept.keep_series(data)
    except InputError as error:
        st.session_state.mine_problem = str(error)
        return
    st.session_state.mine_problem = ""
    sidebar.take({"model_series": fingerprint})
