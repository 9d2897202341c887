"""One's own model: files that are dropped, what is kept of them and for whom, and the report."""

import itertools
import re
from pathlib import Path

import numpy as np
import pytest
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

import cells
from app.page import claims_of, pages
from app.settings import Settings
from app.views.mine import kept, numbers, report, verdict
from app.views.mine.make_example import EXAMPLE
from cells import keys
from cells.weights import WeightsError
from tests.app.pages import ask, connect, numbers_of, open_page, problems_on

FILES = Path(__file__).parents[1] / "cells" / "weights" / "files"
STRANGE = '<img src=x onerror="alert(1)">**b**'


@pytest.fixture(autouse=True)
def empty():
    """Nothing has been uploaded."""
    before = [(uploads, uploads._store.items()) for uploads in (kept.models, kept.series)]
    for uploads, _entries in before:
        uploads.forget()
    yield
    for uploads, entries in before:
        uploads.forget()
        for fingerprint, entry in entries:
            uploads._store.put(fingerprint, entry)


def lstm(seed=0, name="lstm", units=3):
    """The bytes of a weight file with one LSTM of 2 channels."""
    from safetensors.numpy import save

    draw = np.random.default_rng(seed)
    shapes = {"weight_ih_l0": (4 * units, 2), "weight_hh_l0": (4 * units, units), "bias_ih_l0": (4 * units,)}
    return save({f"{name}.{key}": draw.normal(size=shape).astype(np.float32) for key, shape in shapes.items()})


def drop(page, data, name="secret name.safetensors"):
    next(each for each in page.file_uploader if "weight file" in each.label).upload(name, data)
    return page.run()


def texts_on(page):
    return " ".join(str(element.proto) for element in page.main) + str(page.query_params)


def test_a_dropped_file_is_read_and_its_fingerprint_stands_in_the_address(monkeypatch):
    let_go = []
    monkeypatch.setattr(MemoryUploadedFileManager, "remove_file", lambda manager, session_id, file_id: let_go.append(1))
    page = drop(open_page("mine", Settings(plain=True, model_gain=2.0)), lstm())
    assert not page.exception
    assert page.query_params["model"] == kept.fingerprint_of(lstm())
    assert page.session_state.settings.model_gain == 1.0  # sliders begin anew with another file
    assert len(page.query_params["model"]) == kept.DIGITS
    assert let_go == [1]  # Streamlit holds no copy
    assert page.session_state.mine_files == 1  # an uploader that holds no file any more
    assert kept.models.get(kept.fingerprint_of(lstm())).name == ""


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "expected a file of weights; got an empty one"),
        (b"hello, this is no weight file", "expected safetensors with a header that is in the file"),
        (EXAMPLE.read_bytes()[:4000], "expected"),
        ((FILES / "projection.pt").read_bytes(), "an LSTM with a projection"),
    ],
)
def test_a_file_that_cannot_be_used_gets_a_sentence_and_the_picture_stays(data, sentence):
    page = drop(open_page("mine", Settings(plain=True)), data)
    assert not page.exception
    assert sentence in " ".join(problems_on(page))
    assert page.session_state.settings.model == ""
    assert len(kept.models) == 0


def test_two_visitors_never_see_one_anothers_file():
    first = drop(open_page("mine", Settings(plain=True)), lstm(name="zebra"))
    second = open_page("mine", Settings(plain=True))
    assert "zebra_l0" in texts_on(first)
    assert "zebra" not in texts_on(second)
    assert "model" not in second.query_params
    drop(second, lstm(seed=1, name="quagga"))
    first.run()
    assert "quagga_l0" not in texts_on(first)
    assert "zebra" not in texts_on(second)
    assert "secret name" not in texts_on(first) + texts_on(second)
    assert len(kept.models) == 2


def test_a_link_without_its_model_asks_for_the_file_and_then_shows_it():
    data = lstm(seed=2)
    link = Settings(plain=True, model=kept.fingerprint_of(data), model_bias=1.0)
    page = open_page("mine", link)
    assert not page.exception
    assert "Drop the same file again" in problems_on(page)[0]
    response = connect().get(f"/live/mine?{link.to_query()}")
    assert response.status_code == 422
    assert "Drop the same file again" in response.json()["problem"]
    drop(page, data)
    assert not problems_on(page)
    assert ask(connect(), f"/live/mine?{link.to_query()}").status_code == 200


def test_what_nobody_asks_for_is_forgotten_after_an_hour_and_what_is_asked_for_is_not(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(kept.time, "monotonic", lambda: now[0])
    uploads = kept.Uploads(1000)
    asked, left = uploads.keep(b"one", "one"), uploads.keep(b"two", "two")
    now[0] = kept.HOUR - 1
    assert uploads.get(asked) == "one"
    now[0] = kept.HOUR + 1
    uploads.forget_old()
    assert len(uploads) == 1
    assert uploads.get(left) is None
    now[0] += kept.HOUR
    assert uploads.get(asked) is None
    assert len(uploads) == 0


def test_what_is_kept_is_bounded_in_bytes():
    uploads = kept.Uploads(5000)
    for number in range(20):
        uploads.keep(bytes([number]) * 1000, "x")
        assert uploads._store.bytes <= 5000
    assert 1 < len(uploads) < 5


def test_neither_the_answers_nor_the_address_hold_weights():
    settings = Settings(model=kept.keep_model(lstm(), ""))
    asked = numbers.asked_of(settings)
    assert max(map(len, map(str, asked))) < 60
    assert len(settings.to_query()) < 40


def test_names_out_of_a_file_are_text_and_no_html():
    model = kept.keep_model(lstm(name=STRANGE), "")
    settings = Settings(plain=True, model=model, model_length=20)
    layer, found = numbers.layer_of(settings), numbers.file_of(model)
    diagnosis = cells.diagnose(layer, np.ones((20, 2)))
    told = report.sections(settings, found, layer, diagnosis)
    mine = numbers_of("mine", settings)
    for html in (report.body(told), report.document(told, verdict.mine(settings, mine), mine)):
        assert "<img" not in html
        assert "&lt;img src=x" in html
    document = report.document(told, verdict.mine(settings, mine), mine)
    assert document.startswith("<!DOCTYPE html>")
    assert not re.search("http|<script|<link", document)  # it needs nothing else
    page = open_page("mine", settings)
    assert not page.exception
    assert not any(STRANGE in element.value for element in page.markdown)


def test_the_report_says_what_the_diagnosis_measured():
    settings = Settings(model_length=60)
    asked = numbers.asked_of(settings)
    found = numbers.diagnosed.now(asked)
    own = cells.diagnose(kept.example()[0], keys.normal(keys.fold_in(keys.key(0), 1), (60, 6)))
    assert found.plain() == own.plain()
    told = {
        each.heading: " ".join(each.lines) for each in report.sections(settings, kept.example(), kept.example()[0], own)
    }
    assert list(told) == [
        "What is it?",
        "What was it initialised with?",
        "How do its gates stand?",
        "How far back does it see?",
        "How strong are its recurrent weights?",
        "What would help, and by how much?",
        "Where does this knowledge come from?",
        "What else is in the file?",
    ]
    assert "LSTM with 24 units, which reads 6 channels." in told["What is it?"]
    assert "bias of the forget gate +1" in told["What was it initialised with?"]
    assert f"f (forget gate): {own.gates[1].mean:.2f} on average" in told["How do its gates stand?"]
    assert f"{own.way_back.factor:.4g} a step" in told["How far back does it see?"]
    assert f"f: spectral radius {own.spectra[1].spectral_radius:.3g}" in told["How strong are its recurrent weights?"]
    assert "forget bias +1: half-life in steps" in told["What would help, and by how much?"]
    assert "Known: gates = logistic." in told["Where does this knowledge come from?"]
    assert "readout.weight, 4 × 24, float32: other." in told["What else is in the file?"]


def test_what_the_file_leaves_open_is_asked_and_answered():
    model = kept.keep_model((FILES / "checkpoint.pt").read_bytes(), "checkpoint.pt")
    page = open_page("mine", Settings(plain=True, model=model))
    assert "activation: expected an answer, one of tanh, relu" in problems_on(page)[0]
    page.selectbox(key="model_activation").set_value("relu").run()
    assert not page.exception
    assert not problems_on(page)
    assert not numbers.has_keeper(numbers.layer_of(page.session_state.settings))


def test_a_layer_that_reads_backward_above_others_gets_what_they_make():
    data = (FILES / "state_dict.pt").read_bytes()
    settings = Settings(model=kept.keep_model(data, "state_dict.pt"), model_layer=4, model_length=30)
    found = kept.model(settings.model)
    assert found.layers[3].backward
    assert found.layers[3].below
    xs = keys.normal(keys.fold_in(keys.key(0), 1), (30, found[0].input_size))
    own = cells.backprop(found[3].cell(), found.inputs(3, xs))
    shown = numbers_of("mine", settings)
    np.testing.assert_allclose(shown.as_is.log10_state_norm, own.log10_state_norm, rtol=1e-5, atol=1e-5)


def test_a_layer_or_a_sequence_that_is_too_large_or_of_another_width_gets_a_sentence():
    settings = Settings(model=kept.keep_model(lstm(units=513), ""))
    assert "at most 512 units" in numbers.absent(settings)
    rows = Settings(model_series=kept.keep_series(b"1,2\n3,4\n"))
    assert "expected 6 columns of numbers" in numbers.absent(rows)
    gaps = kept.keep_series(b"a,b,c,d,e,f\n1,2,3,4,5,6\n1,2,3,4,5,\n1,2,3,4,5,7\n")
    assert "expected a choice for missing values" in numbers.absent(Settings(model_series=gaps))
    for missing, steps in (("drop", 2), ("hold", 3), ("zero", 3)):
        assert numbers.asked_of(Settings(model_series=gaps, model_missing=missing)).length == steps
    assert "none with this fingerprint" in numbers.absent(Settings(model_series="A" * 22))


def test_pasted_numbers_are_read():
    page = open_page("mine", Settings(plain=True))
    page.text_area(key="mine_pasted").set_value("1 2\nthree")
    next(button for button in page.button if button.label == "Read these").click().run()
    assert problems_on(page)
    rows = "\n".join(",".join(str(t + d) for d in range(6)) for t in range(12))
    page.text_area(key="mine_pasted").set_value(rows)
    next(button for button in page.button if button.label == "Read these").click().run()
    assert not page.exception
    assert not problems_on(page)
    assert page.session_state.settings.model_series == kept.fingerprint_of(rows.encode())


def test_the_claims_hold_at_every_seed():
    faster = {"forget": 5, "gain": 2}
    for claim, seed in itertools.product(claims_of(pages()["mine"]), range(10)):
        changed, plain = (
            numbers_of("mine", each.replace(model_seed=seed)).changed for each in (claim.settings, claim.without())
        )
        assert faster[claim.name] * changed.growth.halving < plain.growth.halving, (claim.name, seed)


def test_an_empty_file_of_weights_is_refused_with_what_stands_in_it():
    with pytest.raises(WeightsError, match="expected a recurrent layer; there is none"):
        kept.keep_model((FILES / "quantised.pt").read_bytes(), "quantised.pt")


def test_a_new_gain_compiles_nothing(compilations):
    for gain, length in itertools.product((0.5, 1.7), (150, 210)):
        numbers_of("mine", Settings(model_gain=gain, model_length=length))
    seen = len(compilations)
    numbers_of("mine", Settings(model_gain=0.9, model_bias=0.3, model_length=180))
    assert len(compilations) == seen
