"""The numbers of a figure to take along: as a table in text, one row a point, or as JSON, trace by trace.

Every trace that stands somewhere is in it, with the coordinates it is drawn at: those without an entry in the legend
and those that say nothing under the pointer too. What is only told under the pointer, colours and sizes are not.
Where nothing is drawn, because there is no finite number, a cell of the table is empty and the JSON has null.
"""

import csv
import io
import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any, NamedTuple

import numpy as np

KINDS = {"csv": "text/csv; charset=utf-8", "json": "application/json"}
"""What a table can be asked for as, and its media type."""
COORDINATES = ("x", "y", "z", "base")
"""What places a point; a bar that does not stand on 0 stands on its base, and its length is the other coordinate."""


class Trace(NamedTuple):
    """One trace in numbers.

    Attributes:
        uid: its key, unique in its figure.
        name: what it is.
        titles: {coordinate: what it is, with its unit}, as the axes say it.
        values: {coordinate: numbers or names}: (N,) each; with a z (rows, columns), x is of its columns, y of its rows.
    """

    uid: str
    name: str
    titles: dict[str, str]
    values: dict[str, np.ndarray]

    def points(self) -> Iterator[dict[str, Any]]:
        """Every point, {coordinate: text}; those of a map row by row."""
        texts = {name: written(values) for name, values in self.values.items()}
        if "z" not in texts:
            yield from (dict(zip(texts, point, strict=True)) for point in zip(*texts.values(), strict=True))
            return
        width = len(texts["x"])
        for place, z in enumerate(texts["z"]):
            yield {"x": texts["x"][place % width], "y": texts["y"][place // width], "z": z}


class Table(NamedTuple):
    """What is taken along.

    Attributes:
        link: the address of the picture.
        verdict: what it says; empty where the link hides it.
        traces: its numbers.
    """

    link: str
    verdict: str
    traces: list[Trace]


def table(figure: dict[str, Any], link: str, verdict: str) -> Table:
    """The numbers of a figure as it is drawn, a Plotly dict."""
    return Table(link, verdict, [_trace(trace, figure["layout"]) for trace in figure["data"]])


def to_csv(table: Table) -> str:
    """The table, below lines that begin with # for the link, the verdict, and what the coordinates of a trace are."""
    columns = [name for name in COORDINATES if any(name in trace.values for trace in table.traces)]
    said = [table.link, table.verdict] + [f"{trace.uid}: {_explained(trace)}" for trace in table.traces]
    out = io.StringIO()
    out.writelines(f"# {' '.join(line.split())}\n" for line in said if line)
    writer = csv.DictWriter(out, ["trace", "name", *columns], restval="", lineterminator="\n")
    writer.writeheader()
    for trace in table.traces:
        writer.writerows({"trace": trace.uid, "name": trace.name} | point for point in trace.points())
    return out.getvalue()


def to_json(table: Table) -> str:
    """{"link", "verdict", "traces": [{"trace", "name", "titles", "x", "y", "z"}]}; z has a list for each row."""
    traces = [
        {"trace": trace.uid, "name": trace.name, "titles": trace.titles}
        | {name: _plain(values) for name, values in trace.values.items()}
        for trace in table.traces
    ]
    said = {"link": table.link, "verdict": table.verdict, "traces": traces}
    return json.dumps(said, ensure_ascii=False, allow_nan=False)


def written(values: np.ndarray) -> list[str]:
    """The shortest text of each that reads back to the same number, row by row; "" for one that is not finite."""
    if values.dtype.kind != "f":
        return values.ravel().astype(str).tolist()
    texts = values.ravel().astype(str).tolist()
    finite = np.isfinite(values).ravel()
    return [text.removesuffix(".0") if known else "" for text, known in zip(texts, finite, strict=True)]


def _plain(values: np.ndarray) -> list[Any]:
    if values.ndim == 2:
        return [_plain(row) for row in values]
    if values.dtype.kind != "f":
        return values.tolist()
    return [float(text) if text else None for text in written(values)]


def _explained(trace: Trace) -> str:
    titles = "; ".join(f"{name} = {title}" for name, title in trace.titles.items())
    return f"{trace.name}; {titles}" if titles else trace.name


def _trace(trace: dict[str, Any], layout: dict[str, Any]) -> Trace:
    values = {name: _array(trace[name]) for name in COORDINATES if trace.get(name) is not None}
    if "z" in values:
        for name, size in zip("yx", values["z"].shape, strict=True):
            given = values.get(name, np.arange(size))
            values[name] = given if len(given) == size else (given[:-1] + given[1:]) / 2  # edges of what is filled
    if "base" in values:
        values["base"] = np.broadcast_to(values["base"], values["x"].shape)
    titles = {axis: _title(layout, trace.get(f"{axis}axis") or axis) for axis in "xy"}
    titles["z"] = _words(trace.get("colorbar", {}).get("title"))
    return Trace(
        trace["uid"],
        _words(trace.get("name")),
        {name: title for name, title in titles.items() if name in values and title},
        {name: values[name] for name in COORDINATES if name in values},
    )


def _array(values: Any) -> np.ndarray:
    array = np.asarray(values)
    return array if array.dtype.kind in "fiuU" else np.array([np.nan if each is None else each for each in values])


def _title(layout: dict[str, Any], axis: str) -> str:
    """What an axis counts; one without a title has that of the axis it moves with."""
    found = layout.get(f"{axis[0]}axis{axis[1:]}", {})
    said = _words(found.get("title"))
    return said or (_title(layout, found["matches"]) if found.get("matches") else "")


def _words(title: Any) -> str:
    """A title of Plotly's, without its marks."""
    text = title.get("text", "") if isinstance(title, dict) else title or ""
    return unescape(re.sub(r"<[^>]*>", " ", text)).strip()
