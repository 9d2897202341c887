"""What `python -m cells` does: `diagnose` looks at a recurrent network out of a weight file, on a sequence."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cells import keys
from cells.diagnosis import CLIPPING, TRUNCATION, Diagnosis, Help, InFloat, diagnose
from cells.inputs import MISSING, Table, table
from cells.weights import Found, Layer, WeightsError, read

NOISE_STEPS = 200
"""Steps of white noise where no sequence is given."""
MOST_STEPS = 2048
"""Longest sequence that is looked at."""
AMOUNTS = {CLIPPING: "at {:g}", TRUNCATION: "to {:g} steps"}
KINDS = {
    "carried": "It is carried.",
    "vanishing": "It vanishes.",
    "exploding": "It explodes.",
    "zero": "Nothing of it arrives at the first step.",
    "single": "There is one step, and no way back.",
    "overflow": "The state leaves the finite numbers.",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        arguments: of the command line; those of the process where None.

    Returns:
        0, or 2 where something was wrong, after a sentence to the standard error.
    """
    given = _parser().parse_args(arguments)
    try:
        print(_diagnosed(given))
    except (ValueError, KeyError, OSError) as error:
        print(error.args[0] if isinstance(error, KeyError) else error, file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m cells", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    command = commands.add_parser("diagnose", help="what is the matter with a network on a sequence, and what helps")
    command.add_argument("file", type=Path, help="weights: safetensors, PyTorch, NumPy, Keras, ONNX or flax")
    command.add_argument("--input", type=Path, help="CSV or TSV, a row a step; white noise where none is given")
    command.add_argument("--columns", default="", help="names of its columns, with commas between; all where not given")
    command.add_argument("--missing", default="", choices=tuple(MISSING), help="what becomes of missing values")
    command.add_argument("--standardise", action="store_true", help="every column to mean 0 and deviation 1")
    command.add_argument("--layer", default="", help="name of the layer; the first one where not given")
    command.add_argument(
        "--answer", action="append", default=[], metavar="SUBJECT=VALUE", help="what the file leaves open"
    )
    command.add_argument("--json", action="store_true", help="JSON in place of sentences")
    return parser


def _diagnosed(given: argparse.Namespace) -> str:
    found = read(given.file)
    if not len(found):
        raise WeightsError(
            " ".join(["file: expected a recurrent layer; there is none.", *found.refused, *found.remarks])
        )
    layer = found[given.layer or 0]
    answers = dict(answer.partition("=")[::2] for answer in given.answer)
    series = _series(given, found, layer)
    below = {name: value for name, value in answers.items() if any(name in each.facts for each in found.layers)}
    own = {name: value for name, value in answers.items() if name in layer.facts or name not in below}
    diagnosis = diagnose(layer, found.inputs(layer.name, series.values, **below), **own)
    if not given.json:
        return "\n".join(sentences(found, layer, series, diagnosis))
    return json.dumps(record(found, series, diagnosis), ensure_ascii=False, allow_nan=False, indent=1)


def _series(given: argparse.Namespace, found: Found, layer: Layer) -> Table:
    """What the network reads: the file's columns, or noise."""
    first = layer
    while first.below:
        first = found[first.below[0]]
    width = first.input_size
    if given.input is None:
        noise = keys.normal(keys.key(0), (NOISE_STEPS, width))
        return Table((), noise, (f"No sequence was given: it reads {NOISE_STEPS} steps of white noise.",))
    series = table(given.input.read_bytes(), given.missing, tuple(filter(None, given.columns.split(","))))
    remarks = list(series.remarks)
    if series.values.shape[1] != width:
        raise ValueError(
            f"input: expected {width} columns of numbers, one for each channel that {first.name!r} reads; "
            f"got {len(series.names)}: {', '.join(series.names[:8])}."
        )
    values = series.values
    if len(values) > MOST_STEPS:
        remarks.append(f"It has {len(values)} rows; the last {MOST_STEPS} are read.")
        values = values[-MOST_STEPS:]
    if given.standardise:
        spread = values.std(axis=0)
        values = (values - values.mean(axis=0)) / np.where(spread > 0, spread, 1)
    return Table(series.names, values, tuple(remarks))


def record(found: Found, series: Table, diagnosis: Diagnosis) -> dict[str, Any]:
    """Everything that is known, for JSON."""
    return {
        "file": {
            "name": found.name,
            "format": found.format,
            "layers": [
                {
                    "name": layer.name,
                    "cell": layer.cell_class.label,
                    "input_size": layer.input_size,
                    "hidden_size": layer.hidden_size,
                    "backward": layer.backward,
                    "below": list(layer.below),
                    "facts": {subject: fact._asdict() for subject, fact in layer.facts.items()},
                }
                for layer in found.layers
            ],
            "others": [other._asdict() for other in found.others],
            "refused": list(found.refused),
            "remarks": list(found.remarks),
        },
        "input": {"columns": list(series.names), "steps": len(series.values), "remarks": list(series.remarks)},
        "diagnosis": diagnosis.plain(),
    }


def sentences(found: Found, layer: Layer, series: Table, diagnosis: Diagnosis) -> list[str]:
    """What is to be read: a block of lines for each question."""
    lines = [f"{found.name}: {found.format}."]
    lines += [
        f"  {each.name}: {each.cell_class.label}, {each.input_size} channels, {each.hidden_size} units"
        f"{', backward' if each.backward else ''}."
        for each in found.layers
    ]
    lines += [f"  {len(found.others)} arrays belong to no recurrent layer."] if found.others else []
    lines += [f"  {sentence}" for sentence in (*found.refused, *found.remarks)]
    lines += ["", f"{layer.name} on {diagnosis.steps} steps:"]
    lines += [f"  {sentence}" for sentence in series.remarks]
    lines += [f"  {subject}: {fact.value}. {fact.why}" for subject, fact in layer.inferred.items()]
    lines += ["", "What was it initialised with?"]
    lines += [f"  {trace.what}. {trace.evidence}" for trace in diagnosis.origin] or ["  Nothing tells."]
    lines += ["", "How do its gates stand?"]
    for gate in diagnosis.gates:
        line = f"  {gate.symbol} ({gate.role}): {gate.mean:.2f} on average"
        if gate.low is not None:
            line += f", {gate.low:.0%} in the lowest tenth, {gate.high:.0%} in the highest"
            line += f"; stuck there: {gate.stuck_low} and {gate.stuck_high} of {diagnosis.hidden_size} units"
        lines.append(f"{line}.")
    if diagnosis.spectra:
        lines += ["", "Spectral radius and norm of its recurrent weights:"]
        lines += [
            f"  {block.symbol}: {block.spectral_radius:.3g} and {block.spectral_norm:.3g}."
            for block in diagnosis.spectra
        ]
    lines += ["", "How does the gradient go back?", *_way_back(diagnosis)]
    lines += [f"  {text}" for each in diagnosis.floats if (text := _in_float(each))]
    lines += ["", "What would help?", *(f"  {_help(each, diagnosis.steps)}" for each in diagnosis.help)]
    return lines if diagnosis.help else [*lines, "  Nothing could be measured."]


def _way_back(diagnosis: Diagnosis) -> list[str]:
    way = diagnosis.way_back
    lines = [f"  {KINDS[way.kind]}"]
    if way.overflow:
        return [f"  {KINDS[way.kind]} The first such step is {way.overflow}."]
    if way.factor is not None:
        lines.append(f"  A factor of {way.factor:.4g} a step, {way.log10_ratio:+.1f} decades in all.")
    if way.half_life is not None:
        lines.append(f"  Half of it is lost in {way.half_life:.3g} steps.")
    far = "nowhere on this sequence" if way.one_percent is None else f"from {way.one_percent} steps back on"
    return [*lines, f"  Less than a hundredth of it arrives {far}."]


def _in_float(each: InFloat) -> str:
    if each.overflows_after is not None:
        return f"In {each.dtype} it overflows {each.overflows_after} steps back."
    return f"In {each.dtype} it is 0 from {each.lost_after} steps back on." if each.lost_after is not None else ""


def _help(each: Help, steps: int) -> str:
    before, after = ("none" if value is None else f"{value:.3g}" for value in (each.before, each.after))
    verdict = "It helps." if each.helps else "It does not help here."
    amount = AMOUNTS.get(each.change, "{:+g}").format(each.amount)
    part = "" if each.steps == steps else f" on the last {each.steps} steps"
    return f"{each.change} {amount}: {each.measure} {before} -> {after}{part}. {verdict}"


if __name__ == "__main__":
    sys.exit(main())
