"""Words and numbers in language."""

import re
import struct
from pathlib import Path

import numpy as np
import pytest

from app import language, phrases
from app.figure import Check
from app.numbers import Compared, Flow
from cells.analyses.growth import growth
from cells.experiment import Experiment

ROOT = Path(__file__).parents[2]


def flow(curve, *, overflow=0, error=1e-9):
    return Flow({}, curve, len(curve), growth(curve, last=len(curve), overflow=overflow), (), Compared(1, error))


def halving(steps, per_step):
    return np.arange(steps - 1, -1, -1.0) * np.log10(per_step)


@pytest.mark.parametrize(
    ("log10", "text"),
    [(0, "1"), (-18.2, "6×10⁻¹⁹"), (-19.999, "10⁻²⁰"), (3.7, "5012"), (-602.3, "5×10⁻⁶⁰³"), (-1, "0.1"), (40, "10⁴⁰")],
)
def test_a_power_of_ten_is_readable(log10, text):
    assert language.power_of_ten(log10) == text


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("{0:.3g}", [3.23e18], "3.23×10¹⁸"),
        ("{0:.3g}", [1e18], "10¹⁸"),
        ("{0:.3g}", [-1e-9], "−10⁻⁹"),
        ("{0:.2g}", [-7.1e-06], "−7.1×10⁻⁶"),
        ("cosine {0:.3f}", [-0.022], "cosine −0.022"),
        ("{0:+.3f} {1}", [-1.5, -3], "−1.500 −3"),
        ("{0:.0%}, {0:g}", [0.25], "25%, 0.25"),
        ("{name} - {word}", [], "self-made - e-mail"),
    ],
)
def test_a_text_writes_numbers_as_people_do_and_leaves_words(text, values, expected):
    assert language._(text).format(*values, name="self-made", word="e-mail") == expected


def test_no_text_formats_a_number_by_itself():
    """Whatever a page says goes through `_`, whose `format` is the one place that writes numbers, or `number`."""
    raw = re.compile(r"f\"[^\"]*\{[^}]*:[+.\d]*[ge]\}")
    found = [
        f"{path.name}: {line.strip()}"
        for path in sorted((ROOT / "app" / "views").glob("*/verdict.py"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if raw.search(line) and "written(" not in line
    ]
    assert not found, "\n".join(found)


def test_vanishing_gives_factor_half_life_and_what_arrives():
    # 0.5 per step over 10 steps back: 2^-10 = 9.8e-4
    assert phrases.sentence(flow(halving(11, 0.5))) == (
        "×0.5 a step, half gone or more at an average step; step 1 receives 10⁻³ of what step 11 receives."
    )


def test_exploding_says_times():
    assert phrases.headline(flow(halving(11, 2.0))) == "Exploding"
    assert phrases.sentence(flow(halving(11, 2.0))) == (
        "×2 a step, doubled or more at an average step; step 1 receives 1024 times what step 11 receives."
    )


def test_carried_names_no_half_life():
    assert phrases.sentence(flow(halving(5, 1.0))) == "×1 a step; step 1 receives as much as step 5."


def test_an_exact_zero_is_a_sentence():
    assert "steps 1 to 2 receive exactly 0" in phrases.sentence(flow(np.array([-np.inf, -np.inf, -1, 0])))


def test_overflow_names_its_step():
    assert "at step 3" in phrases.sentence(flow(halving(5, 1.0), overflow=3))


def test_one_step_has_no_way_back():
    assert phrases.headline(flow(halving(1, 1.0))) == "One step"


def test_a_swelling_on_the_way_is_said():
    assert "On the way it swells to 1000 times, at step 2." in phrases.sentence(flow(np.array([-5.0, 3, 1, 0])))


def test_comparison_says_what_changed_and_by_what_factor():
    before = Experiment(cell="lstm", gain=1.0)
    after = before.replace(gain=0.5, hyperparameters={"forget_bias": 3.0, "update_bias": 3.0})
    said = phrases.comparison(1, before, flow(halving(5, 0.1)), after, flow(halving(5, 0.01)))
    assert said == "Against pin 1 (gain 1 → 0.5, forget bias 1 → 3): step 1 receives 10000 times less."


def test_a_failed_check_is_marked():
    assert phrases.checked(flow(halving(3, 0.5), error=0.2)) == Check(
        "autodiff ✗ finite difference: relative difference 0.2 at step\u00a01", False
    )


def test_a_second_language_is_a_file(tmp_path, monkeypatch):
    folder = tmp_path / "xx" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "unrolled.mo").write_bytes(
        catalogue({"": "Content-Type: text/plain; charset=UTF-8\n", "Vanishing": "Weg!"})
    )
    monkeypatch.setattr(language, "LOCALE", tmp_path)
    language.spoken.cache_clear()
    language.speak("xx-YY")
    try:
        assert phrases.headline(flow(halving(11, 0.5))) == "Weg!"
        assert language._("Exploding") == "Exploding"
    finally:
        language.speak("en")
        language.spoken.cache_clear()
        language._translations.cache_clear()


def test_a_language_that_is_not_there_leaves_nothing_behind():
    for number in range(1000):
        language.speak(f"x{number}-{number}")
        assert language.language() == "en"
        assert language._("Vanishing") == "Vanishing"
    assert language._translations.cache_info().currsize <= len(language.spoken())


def catalogue(messages: dict[str, str]) -> bytes:
    """A compiled gettext catalogue (GNU MO format): header, two tables of lengths and offsets, the strings."""
    pairs = sorted((key.encode(), value.encode()) for key, value in messages.items())
    count, table = len(pairs), 28
    offset, tables, body = table + 16 * count, [], b""
    for column in (0, 1):
        for pair in pairs:
            tables.append(struct.pack("<II", len(pair[column]), offset + len(body)))
            body += pair[column] + b"\0"
    return struct.pack("<7I", 0x950412DE, 0, count, table, table + 8 * count, 0, 0) + b"".join(tables) + body


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0.85862, 4, "0.8586"),
        (-0.3943, 4, "−0.3943"),
        (-7.1e-06, 2, "−7.1×10⁻⁶"),
        (1e-5, 4, "10⁻⁵"),
        (12346.0, 4, "1.235×10⁴"),
        (-0.0, 4, "0"),
        (0.0, 3, "0"),
    ],
)
def test_a_number_has_a_minus_sign_and_no_e(value, digits, text):
    assert language.number(value, digits) == text
