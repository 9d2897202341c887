"""What the cells are fed: every input, and every bad one refused with a sentence."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cells import inputs
from cells.experiment import specs
from cells.inputs import (
    ALPHABET,
    INPUT_SIZE,
    INPUTS,
    MAX_ITEMS,
    InputError,
    Request,
    csv_columns,
    parse_numbers,
    sequence,
)

ASKED = Request(length=300, channels=4, onset=10, period=20.0, seed=0, text="hello world ", numbers="1, -2.5; 3e-2\n4")
each = pytest.mark.parametrize("kind", INPUTS)


def is_sentence(error):
    """It names the field, says what was expected, and ends as a sentence does."""
    return re.fullmatch(r"(numbers|text|file|input): expected .+\.", str(error), re.DOTALL)


# --- every input ---


@each
def test_sequence_has_one_width_and_leaves_unused_channels_at_zero(kind):
    xs, channels = sequence(kind, ASKED)
    assert xs.shape == (300, INPUT_SIZE)
    assert xs.dtype == np.float64
    assert np.isfinite(xs).all()
    assert 1 <= channels <= INPUT_SIZE
    np.testing.assert_array_equal(xs[:, channels:], 0.0)


@each
def test_shorter_sequence_is_the_beginning_of_a_longer_one(kind):
    longest, _ = sequence(kind, ASKED._replace(length=2048))
    for length in (1, 100, 128, 129, 300, 2000):
        np.testing.assert_array_equal(sequence(kind, ASKED._replace(length=length))[0], longest[:length])


@each
def test_same_request_gives_the_same_numbers(kind):
    np.testing.assert_array_equal(sequence(kind, ASKED)[0], sequence(kind, ASKED)[0])


@each
def test_only_the_fields_it_declares_shape_it(kind):
    plain = sequence(kind, ASKED)[0]
    others = {"channels": 7, "onset": 3, "period": 33.0, "text": "another", "numbers": "9 8 7"}
    for field, value in others.items():
        changed = sequence(kind, ASKED._replace(**{field: value}))[0]
        assert (changed.shape == plain.shape and (changed == plain).all()) == (field not in INPUTS[kind].uses), field


def test_noise_is_standard_normal_in_the_channels_asked_for():
    for seed in range(3):
        xs, channels = sequence("noise", ASKED._replace(seed=seed, length=2000, channels=INPUT_SIZE))
        assert channels == INPUT_SIZE
        # 64,000 draws: within 4 standard errors.
        assert abs(xs.mean()) < 4 / np.sqrt(xs.size)
        assert abs(xs.std() - 1) < 4 / np.sqrt(2 * xs.size)


def test_noise_of_fewer_channels_is_the_same_noise():
    wide, narrow = (sequence("noise", ASKED._replace(channels=channels))[0] for channels in (9, 4))
    np.testing.assert_array_equal(narrow[:, :4], wide[:, :4])


def test_seeds_give_different_noise():
    one, other = (sequence("noise", ASKED._replace(seed=seed))[0] for seed in (0, 2**31 - 1))
    assert abs(np.corrcoef(one[:, 0], other[:, 0])[0, 1]) < 0.25  # 4 standard errors for 300 pairs


def test_noise_is_the_same_on_every_machine():
    # Seed 0, step 1: the counter-based generator fixes the bits; a link must mean the same picture everywhere.
    first = sequence("noise", ASKED)[0][0, :4]
    np.testing.assert_allclose(first, [-1.4008841, 1.432145, 0.6248107, 0.20048727], rtol=0, atol=1e-7)


def test_impulse_comes_once_and_a_step_stays():
    impulse, step = sequence("impulse", ASKED)[0][:, 0], sequence("step", ASKED)[0][:, 0]
    assert (impulse.sum(), impulse[9]) == (1.0, 1.0)  # onset 10 counts from 1
    np.testing.assert_array_equal(step, np.cumsum(impulse))


def test_sine_has_its_period():
    sine = sequence("sine", ASKED)[0][:, 0]
    np.testing.assert_allclose(sine[20:], sine[:-20], rtol=0, atol=1e-12)
    np.testing.assert_allclose(sine[4], 1.0, rtol=1e-12)  # a quarter of the period of 20


def test_alternating_begins_with_one():
    np.testing.assert_array_equal(sequence("alternating", ASKED)[0][:4, 0], [1, -1, 1, -1])


def test_zero_is_nothing():
    np.testing.assert_array_equal(sequence("zero", ASKED)[0], 0.0)


def test_text_has_one_channel_a_character_and_starts_over():
    xs, _ = sequence("text", ASKED._replace(text="Ab?é"))
    np.testing.assert_array_equal(xs.sum(axis=1), 1.0)
    channels = xs.argmax(axis=1)
    np.testing.assert_array_equal(channels[:4], [ALPHABET.index("a"), ALPHABET.index("b"), ALPHABET.index("?"), 31])
    np.testing.assert_array_equal(channels[4:8], channels[:4])


def test_every_character_of_the_alphabet_has_a_channel_of_its_own():
    channels = inputs.parse_text(ALPHABET).argmax(axis=1)
    np.testing.assert_array_equal(channels, np.arange(INPUT_SIZE - 1))


def test_numbers_may_be_separated_by_commas_semicolons_and_space():
    np.testing.assert_array_equal(sequence("numbers", ASKED)[0][:5, 0], [1, -2.5, 0.03, 4, 1])


def test_sunspots_are_standardised_and_complete():
    values = inputs.sunspots()
    assert values.shape == (309,)  # the years 1700 to 2008
    np.testing.assert_allclose([values.mean(), values.std()], [0, 1], atol=1e-12)


# --- every bad input ---


@pytest.mark.parametrize(
    ("numbers", "says"),
    [
        ("", "at least one number"),
        (" ,\n ", "at least one number"),
        ("1, two, 3", "item 2 is 'two'"),
        ("1 2 nan", "item 3 is 'nan'"),
        ("inf", "finite"),
        ("-1e400", "item 1 is '-1e400'"),
        ("1,2\x00", "item 2"),
        ("1 " * (MAX_ITEMS + 1), f"at most {MAX_ITEMS} numbers, got {MAX_ITEMS + 1}"),
        ("7\n" * 1_000_000, "got 1000000"),
        ("x" * 1000, "…"),
        ("\x89PNG\r\n\x1a\n", "item 1"),
        ("0x10", "item 1"),
        ("1,5;3 4 drei", "item 4 is 'drei'"),
    ],
)
def test_bad_numbers_are_refused_with_a_sentence(numbers, says):
    with pytest.raises(InputError) as caught:
        sequence("numbers", ASKED._replace(numbers=numbers))
    assert is_sentence(caught.value)
    assert says in str(caught.value)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "at least one character"),
        ("a\nb", r"'\n'"),
        ("a\tb", r"'\t'"),
        ("\x00", r"'\x00'"),
        ("a\x1b[31m", r"'\x1b'"),
        ("\u202eabc", "202e"),
        ("a" * (MAX_ITEMS + 1), f"at most {MAX_ITEMS} characters, got {MAX_ITEMS + 1}"),
    ],
)
def test_bad_text_is_refused_with_a_sentence(text, says):
    with pytest.raises(InputError) as caught:
        sequence("text", ASKED._replace(text=text))
    assert is_sentence(caught.value)
    assert says in str(caught.value)


def test_unknown_input_is_refused_with_those_that_are_known():
    with pytest.raises(InputError, match=r"^input: expected one of noise, .*; got 'nosie'\.$"):
        sequence("nosie", ASKED)


def answer_or_refusal(read, content):
    try:
        return read(content)
    except InputError as error:
        return error


@given(st.text(max_size=40))
def test_any_numbers_give_a_finite_vector_or_a_sentence(text):
    answer = answer_or_refusal(inputs.parse_numbers, text)
    if isinstance(answer, InputError):
        assert is_sentence(answer)
    else:
        assert answer.ndim == 1
        assert np.isfinite(answer).all()


@given(st.text(max_size=40))
def test_any_text_gives_one_hot_rows_or_a_sentence(text):
    answer = answer_or_refusal(inputs.parse_text, text)
    if isinstance(answer, InputError):
        assert is_sentence(answer)
    else:
        np.testing.assert_array_equal(answer.sum(axis=1), 1.0)
        assert answer.shape[1] == INPUT_SIZE


# --- files ---


@pytest.mark.parametrize(
    ("content", "columns"),
    [
        (b"year,value\n2000,1.5\n2001,-2\n", {"year": "2000 2001", "value": "1.5 -2"}),
        (b"1,2\n3,4\n", {"column 1": "1 3", "column 2": "2 4"}),
        (b"1;2\r\n3;4\r\n", {"column 1": "1 3", "column 2": "2 4"}),
        (b"a\tb\n1\tx\n2\ty\n", {"a": "1 2"}),
        (b"\xef\xbb\xbf# a comment\nv\n\n1\n2\n", {"v": "1 2"}),
        (b'"a, quoted",b\n1,2\n', {"a, quoted": "1", "b": "2"}),
        (b"a,b\n1,2\n3,\n", {"a": "1 3"}),
        (b"v\n1e400\n2\n", None),
        (b"7", {"column 1": "7"}),
        (b"1700000000,0.5\n1700000060,0.6\n", {"column 2": "0.5 0.6"}),  # the first is too large to draw
        (b"1,,3\n4,5,6\n", {"column 1": "1 4", "column 3": "3 6"}),
        (b"x,x\n1,2\n3,4\n", {"x": "1 3", "x (column 2)": "2 4"}),
        (b",x\n1,2\n", {"column 1": "1", "x": "2"}),
        (b"1,5;2,5\n3,5;4,5\n", {"column 1": "1.5 3.5", "column 2": "2.5 4.5"}),
        (b"a;b,c\n1,2\n", {"a;b": "1", "c": "2"}),
        ("1,2\n".encode("utf-16"), {"column 1": "1", "column 2": "2"}),
        (b"2024-01-01;1.234,5\n2024-01-02;-2\n", {"column 2": "1234.5 -2"}),
        ("Température\n21\n".encode("cp1252"), {"Température": "21"}),
    ],
)
def test_numeric_columns_of_a_file_are_found(content, columns):
    if columns is None:
        with pytest.raises(InputError, match="at least one column of finite numbers"):
            csv_columns(content)
    else:
        assert csv_columns(content) == columns
        for numbers in columns.values():
            assert np.isfinite(inputs.parse_numbers(numbers)).all()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"\n\n# only a comment\n", "empty"),
        (b"name,colour\nAda,blue\n", "column 'colour' has 'blue' in row 1"),
        (b"only a header\n", "no rows"),
        (b"a\n1\nnan\n", "column 'a' has 'nan' in row 2"),
        (b"1\n" * 1_000_000, "1000000"),
        (b"v\n" + b"1\n" * (MAX_ITEMS + 1), str(MAX_ITEMS)),
        (b"1\n" * (MAX_ITEMS + 1), str(MAX_ITEMS)),
        (b"\x89PNG\r\n\x1a\n\x00\xff", "binary"),
        (b"1,2\x00\n", "binary"),
        ("1,2".encode("utf-16")[2:], "binary"),
        (b"PK\x03\x04" + bytes(30), "an Excel workbook"),
        (b'"' + b"x" * 200_000 + b'"\n1\n', "field larger"),
    ],
    ids=lambda value: None if isinstance(value, bytes) else value,
)
def test_bad_file_is_refused_with_a_sentence(content, says):
    with pytest.raises(InputError) as caught:
        csv_columns(content)
    assert is_sentence(caught.value)
    assert says in str(caught.value)


@given(st.binary(max_size=60) | st.text(alphabet="0123456789.,;-+eE\n\r\t\"' x", max_size=60).map(str.encode))
def test_any_file_gives_columns_of_numbers_or_a_sentence(content):
    answer = answer_or_refusal(csv_columns, content)
    if isinstance(answer, InputError):
        assert is_sentence(answer)
    else:
        for numbers in answer.values():
            assert np.isfinite(inputs.parse_numbers(numbers)).all()


def test_widest_numbers_of_the_longest_file_fit_the_field_that_carries_them():
    columns = csv_columns(b"-1.23456789e-300\n" * MAX_ITEMS)
    assert len(columns["column 1"]) <= specs()["numbers"].high


def test_comma_is_a_decimal_mark_where_semicolons_separate():
    assert parse_numbers("1,5; 2;-0,25").tolist() == [1.5, 2.0, -0.25]
    assert csv_columns(b"t;v\n1;2,5\n2;-1\n") == {"t": "1 2", "v": "2.5 -1"}


GAPS = b"when,a,b,c\n2024-01-01,1,,x\n2024-01-02,NA,2,y\n2024-01-03,3,4,z\n"


@pytest.mark.parametrize(
    ("missing", "values"),
    [("drop", [[3, 4]]), ("hold", [[1, 2], [1, 2], [3, 4]]), ("zero", [[1, 0], [0, 2], [3, 4]])],
)
def test_missing_values_become_what_is_chosen_and_it_is_told(missing, values):
    found = inputs.table(GAPS, missing)
    assert found.names == ("a", "b")
    np.testing.assert_array_equal(found.values, values)
    assert found.remarks[:2] == (
        "Column 'when' was left out: row 1 has '2024-01-01'.",
        "Column 'c' was left out: row 1 has 'x'.",
    )
    assert found.remarks[2].startswith("2 values in 2 rows were missing: ")


def test_missing_values_are_refused_where_nothing_is_chosen():
    with pytest.raises(
        InputError, match="a choice for missing values, one of drop, hold, zero; column 'a' has one in row 2"
    ):
        inputs.table(GAPS)
    with pytest.raises(InputError, match="missing: expected one of drop, hold, zero; got 'guess'"):
        inputs.table(GAPS, "guess")
    with pytest.raises(InputError, match="every row has one"):
        inputs.table(b"a,b\n1,\n,2\n", "drop")


def test_wanted_columns_come_in_the_order_they_are_named():
    content = "t\tx\ty\n1\t2,5\t3\n4\t5\t6\n".encode("utf-16")
    np.testing.assert_array_equal(inputs.table(content, columns=("y", "x")).values, [[3, 2.5], [6, 5]])
    with pytest.raises(InputError, match="columns: expected names among t, x, y; got 'z'"):
        inputs.table(content, columns=("z",))
    with pytest.raises(InputError, match="columns: expected numbers in 'c'; row 1 has 'x'"):
        inputs.table(GAPS, "drop", columns=("c",))


def test_a_table_and_its_columns_are_the_same_numbers():
    content = b'"a","b"\n"1.5","2"\n-3,1e3\n'
    columns, found = csv_columns(content), inputs.table(content)
    for name, values in zip(found.names, found.values.T, strict=True):
        np.testing.assert_array_equal(inputs.parse_numbers(columns[name]), values)


def test_numbers_too_large_to_draw_are_refused():
    with pytest.raises(InputError, match="up to ±1e[+]09; item 2 is '1e308'"):
        parse_numbers("1, 1e308")
