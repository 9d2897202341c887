"""Input sequences: what the cell is fed, as an array (T, INPUT_SIZE).

Every sequence has the same width, so that choosing another compiles nothing: a series occupies channel 0, noise the
first few, a text one channel a character. The rest is zero.
"""

import csv
import io
import re
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from importlib import resources
from itertools import count
from typing import Any, NamedTuple

import numpy as np

from cells import keys

INPUT_SIZE = 32
"""D, the width of every sequence."""
MAX_ITEMS = 1000
"""Longest list of numbers or characters that a link can carry."""
MAX_ROWS = 100_000
"""Longest file that is read as a table."""
MAX_SIZE = 1e9
"""Largest absolute value of a number in a list."""
ALPHABET = " abcdefghijklmnopqrstuvwxyz.,'?"
"""Characters with a channel of their own; all others share the last one."""


class InputError(ValueError):
    """Input that cannot be used; the message says what was expected and what came."""


class Request(NamedTuple):
    """What the user asked for.

    Attributes:
        length: T, in steps.
        channels: channels of the noise, 1 to INPUT_SIZE.
        onset: the step at which an impulse or a step comes, counted from 1.
        period: period of the sine, in steps.
        seed: seed of the noise.
        text: the line of text.
        numbers: the list of numbers, as text.
    """

    length: int
    channels: int
    onset: int
    period: float
    seed: int
    text: str
    numbers: str


class Input(NamedTuple):
    """One row of the table.

    Attributes:
        label: name on the screen.
        uses: names of the fields of `Request` that shape it.
        sequence: Request -> (T, channels in use).
        check: Request -> anything; raises InputError where its text or numbers cannot be used.
    """

    label: str
    uses: tuple[str, ...]
    sequence: Callable[[Request], np.ndarray]
    check: Callable[[Request], Any] = lambda request: None


def parse_numbers(text: str) -> np.ndarray:
    """Numbers separated by commas, semicolons or white space, as a vector.

    Where semicolons separate, a comma is a decimal mark: "1,5; 2" is 1.5 and 2.

    Raises:
        InputError: there are none, too many, one is not a number, not finite, or larger than MAX_SIZE.
    """
    items = (text.replace(",", ".").replace(";", " ") if ";" in text else text.replace(",", " ")).split()
    if not items:
        raise InputError("numbers: expected at least one number, got nothing.")
    if len(items) > MAX_ITEMS:
        raise InputError(f"numbers: expected at most {MAX_ITEMS} numbers, got {len(items)}.")
    values = []
    for place, item in enumerate(items, start=1):
        try:
            value = float(item)
        except ValueError:
            raise InputError(
                f"numbers: expected numbers separated by commas or spaces; item {place} is {_shown(item)}."
            ) from None
        if not abs(value) <= MAX_SIZE:
            raise InputError(f"numbers: expected finite numbers up to ±{MAX_SIZE:g}; item {place} is {_shown(item)}.")
        values.append(value)
    return np.array(values)


def parse_text(text: str) -> np.ndarray:
    """A line of text as one-hot rows (characters, INPUT_SIZE).

    Raises:
        InputError: it is empty, too long, or holds control characters.
    """
    if not text:
        raise InputError("text: expected at least one character, got nothing.")
    if len(text) > MAX_ITEMS:
        raise InputError(f"text: expected at most {MAX_ITEMS} characters, got {len(text)}.")
    strange = next((character for character in text if not character.isprintable()), None)
    if strange is not None:
        raise InputError(f"text: expected one line of printable characters; it holds {strange!r}.")
    channels = [ALPHABET.find(character) % INPUT_SIZE for character in text.lower()]
    return np.eye(INPUT_SIZE)[channels]


def csv_columns(content: bytes) -> dict[str, str]:
    """The numeric columns of a CSV file, each as a list of numbers in text, ready for `parse_numbers`.

    Args:
        content: the file; the first row may hold names; comma, semicolon or tab between fields.

    Returns:
        {column name: numbers}. Columns that are not numeric throughout are left out.

    Raises:
        InputError: it is empty, not text, too long, or has no numeric column.
    """
    names, body = _rows(content, MAX_ITEMS)
    columns, strange = {}, "there are no rows"
    for place, name in enumerate(names):
        column = [row[place] for row in body if place < len(row)]
        odd = next((row for row, field in enumerate(column, start=1) if not _is_number(field)), None)
        if odd:
            strange = f"column {_shown(name)} has {_shown(column[odd - 1])} in row {odd}"
        elif column:
            columns[name] = " ".join(f"{float(field):.6g}" for field in column)
    if not columns:
        raise InputError(f"file: expected at least one column of finite numbers; {strange}.")
    return columns


class Table(NamedTuple):
    """The numeric columns of a file, as a sequence of channels.

    Attributes:
        names: of the columns.
        values: (rows, columns) float64.
        remarks: whole sentences: what was left out, and what became of missing values.
    """

    names: tuple[str, ...]
    values: np.ndarray
    remarks: tuple[str, ...]


def table(content: bytes, missing: str = "", columns: Sequence[str] = ()) -> Table:
    """Every numeric column of a CSV or TSV file; columns of dates or words are left out, which is told.

    Args:
        content: the file, as `csv_columns` takes it, in UTF-8, UTF-16 or Windows-1252.
        missing: what becomes of missing values: "drop" leaves out their rows, "hold" repeats the value before, "zero"
            puts 0; "" refuses them.
        columns: names of those that are wanted, in this order; all where none is named.

    Raises:
        InputError: it cannot be read, a wanted column is not there or not numeric, or values are missing and nothing
            was chosen.
    """
    if missing and missing not in MISSING:
        raise InputError(f"missing: expected one of {', '.join(MISSING)}; got {_shown(missing)}.")
    names, body = _rows(content, MAX_ROWS)
    unknown = next((name for name in columns if name not in names), None)
    if unknown is not None:
        raise InputError(f"columns: expected names among {', '.join(names[:20])}; got {_shown(unknown)}.")
    kept, remarks, first = {}, [], None
    for name in columns or names:
        place = names.index(name)
        column = [row[place] if place < len(row) else "" for row in body]
        gaps = [field.lower() in ABSENT for field in column]
        odd = next((k for k, field in enumerate(column) if not gaps[k] and not _is_number(field)), None)
        if odd is not None or all(gaps):
            why = "it has no numbers" if odd is None else f"row {odd + 1} has {_shown(column[odd])}"
            if columns:
                raise InputError(f"columns: expected numbers in {_shown(name)}; {why}.")
            remarks.append(f"Column {_shown(name)} was left out: {why}.")
            continue
        if first is None and any(gaps):
            first = name, gaps.index(True) + 1
        kept[name] = [np.nan if gap else float(field) for field, gap in zip(column, gaps, strict=True)]
    if not kept:
        raise InputError(f"file: expected at least one column of finite numbers. {' '.join(remarks)}".strip())
    values = np.array(list(kept.values())).T
    if first is not None:
        if not missing:
            raise InputError(
                f"file: expected a choice for missing values, one of {', '.join(MISSING)}; column {_shown(first[0])} "
                f"has one in row {first[1]}."
            )
        count, rows = int(np.isnan(values).sum()), int(np.isnan(values).any(axis=1).sum())
        values = MISSING[missing](values)
        remarks.append(f"{count} values in {rows} rows were missing: {TOLD[missing]}.")
        if not len(values):
            raise InputError("file: expected at least one row without missing values; every row has one.")
    return Table(tuple(kept), values, tuple(remarks))


def _held(values: np.ndarray) -> np.ndarray:
    """Each gap filled with the value before it, at the beginning with the one after it."""
    filled = []
    for column in values.T:
        known = np.flatnonzero(~np.isnan(column))
        before = np.searchsorted(known, np.arange(len(column)), side="right") - 1
        filled.append(column[known[np.maximum(before, 0)]])
    return np.array(filled).T


MISSING: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "drop": lambda values: values[~np.isnan(values).any(axis=1)],
    "hold": _held,
    "zero": np.nan_to_num,
}
"""What may become of missing values, by name."""
TOLD = {
    "drop": "their rows were left out",
    "hold": "each took the value before it, at the beginning the one after it",
    "zero": "each became 0",
}
ABSENT = frozenset({"", "na", "n/a", "#n/a", "nan", "null", "none", "-", "?", "."})
"""How a missing value is written, in small letters."""
DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|\d{1,2}:\d\d")
"""How a date or a time begins: a row of numbers may have one, so it makes no row of names."""
MISTAKEN = {
    b"PK\x03\x04": "an Excel workbook or another zip archive: save it as CSV",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook: save it as CSV",
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"%PDF": "a PDF document",
    b"\x1f\x8b": "a gzip archive: unpack it first",
    b"PAR1": "a Parquet file: save it as CSV",
}
"""How files begin that are often taken for text."""


def _text(content: bytes) -> str:
    """The file as text.

    Raises:
        InputError: it is none.
    """
    for beginning, came in MISTAKEN.items():
        if content.startswith(beginning):
            raise InputError(f"file: expected a text file of comma-separated values; got binary content, {came}.")
    wide = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if all(character in "\t\n\r\f" or ord(character) >= 32 for character in text):
            return text
    raise InputError("file: expected a text file of comma-separated values, got binary content.")


def _rows(content: bytes, most: int) -> tuple[list[str], list[list[str]]]:
    """Names of the columns, no two alike, and the rows below them, with a point as the decimal mark.

    Raises:
        InputError: it is empty, no text or too long.
    """
    lines = [line for line in _text(content).splitlines() if line.strip() and not line.startswith("#")]
    if not lines:
        raise InputError("file: expected at least one row of numbers, got an empty file.")
    separator = _separator(lines[:10])
    try:
        rows = list(csv.reader(io.StringIO("\n".join(lines[: most + 1])), delimiter=separator))
    except csv.Error as error:
        raise InputError(f"file: expected comma-separated values; {error}.") from None
    rows = [[field.strip() for field in row] for row in rows]
    if separator != ",":  # then a comma is a decimal mark, and a point beside one stands between thousands
        rows = [[_with_point(field) for field in row] for row in rows]
    named = any(not _reads(field) and field.lower() not in ABSENT and not DATE.match(field) for field in rows[0])
    if len(lines) - named > most:
        raise InputError(f"file: expected at most {most} rows, got {len(lines) - named}.")
    names = [name or f"column {i}" for i, name in enumerate(rows[0], 1)]
    if not named:
        names = [f"column {i}" for i in range(1, len(rows[0]) + 1)]
    names = [f"{name} (column {i})" if name in names[: i - 1] else name for i, name in enumerate(names, 1)]
    return names, rows[1:] if named else rows


def _separator(lines: list[str]) -> str:
    """What stands between fields: tab or semicolon where every line has as many, for then a comma is a decimal mark."""
    alike = (mark for mark in "\t;" if {line.count(mark) for line in lines} == {lines[0].count(mark) or -1})
    return next(alike, max(",;\t", key=lines[0].count))


def _with_point(field: str) -> str:
    """A number with a point as its decimal mark."""
    plain = (field.replace(".", "") if "," in field else field).replace(",", ".")
    return plain if _reads(plain) else field.replace(",", ".")


def _reads(field: str) -> bool:
    """Whether it is written as a number, finite or not."""
    try:
        float(field)
    except ValueError:
        return False
    return True


def _is_number(field: str) -> bool:
    return _reads(field) and abs(float(field)) <= MAX_SIZE


def _shown(item: str) -> str:
    return repr(item if len(item) <= 20 else item[:20] + "…")


def _times(request: Request) -> np.ndarray:
    return np.arange(1, request.length + 1)


def _column(values: np.ndarray) -> np.ndarray:
    return np.asarray(values, float)[:, None]


def _repeat(rows: np.ndarray, length: int) -> np.ndarray:
    """Rows over again until there are `length` of them."""
    return rows[np.arange(length) % len(rows)]


@cache
def sunspots() -> np.ndarray:
    """Yearly mean sunspot numbers 1700 to 2008, standardised; NOAA, public domain."""
    file = resources.files("cells") / "series" / "sunspots.csv"
    values = parse_numbers(csv_columns(file.read_bytes())["sunspots"])
    return (values - values.mean()) / values.std()


def _noise(request: Request) -> np.ndarray:
    # Drawn in a few sizes, of which another length finds one that is kept: element i of a draw does not depend on how
    # many there are.
    rows = next(128 * 4**power for power in count() if 128 * 4**power >= request.length)
    return _normal(request.seed, rows)[: request.length, : request.channels]


@lru_cache(maxsize=64)
def _normal(seed: int, rows: int) -> np.ndarray:
    return keys.normal(keys.fold_in(keys.key(seed), 1), (rows, INPUT_SIZE))


INPUTS: dict[str, Input] = {
    "noise": Input("white noise", ("channels",), _noise),
    "impulse": Input("impulse", ("onset",), lambda r: _column(_times(r) == r.onset)),
    "step": Input("step", ("onset",), lambda r: _column(_times(r) >= r.onset)),
    "sine": Input("sine", ("period",), lambda r: _column(np.sin(2 * np.pi * _times(r) / r.period))),
    "alternating": Input("alternating ±1", (), lambda r: _column(1 - 2.0 * (_times(r) % 2 == 0))),
    "zero": Input("nothing (zero)", (), lambda r: _column(np.zeros(r.length))),
    "text": Input(
        "a line of text",
        ("text",),
        lambda r: _repeat(parse_text(r.text), r.length),
        lambda r: parse_text(r.text),
    ),
    "numbers": Input(
        "my own numbers",
        ("numbers",),
        lambda r: _repeat(_column(parse_numbers(r.numbers)), r.length),
        lambda r: parse_numbers(r.numbers),
    ),
    "sunspots": Input("sunspots 1700-2008", (), lambda r: _repeat(_column(sunspots()), r.length)),
}
"""Every input by name, in menu order. Sequences shorter than the unroll start over."""


@lru_cache(maxsize=256)
def check(kind: str, request: Request) -> None:
    """See that an input can be used, without drawing it.

    Raises:
        InputError: the kind is unknown, or its text or numbers cannot be used.
    """
    _row(kind).check(request)


@lru_cache(maxsize=32)
def sequence(kind: str, request: Request) -> tuple[np.ndarray, int]:
    """The input by name; kept, since a slider asks for the same one again and again.

    Returns:
        (xs, channels): xs (T, INPUT_SIZE) float64, read-only, and how many leading channels are in use.

    Raises:
        InputError: the kind is unknown, or its text or numbers cannot be used.
    """
    used = _row(kind).sequence(request)
    xs = np.zeros((request.length, INPUT_SIZE))
    xs[:, : used.shape[1]] = used
    xs.setflags(write=False)
    return xs, used.shape[1]


def _row(kind: str) -> Input:
    if kind not in INPUTS:
        raise InputError(f"input: expected one of {', '.join(INPUTS)}; got {kind!r}.")
    return INPUTS[kind]
