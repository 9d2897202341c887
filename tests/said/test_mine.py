"""What the page of one's own model says, against a loop in NumPy over the file's own arrays."""

import math

import numpy as np
import pytest
from safetensors.numpy import load_file
from scipy.special import expit

from app.views.mine import kept
from app.views.mine.make_example import EXAMPLE
from cells import keys
from cells.analyses.growth import growth
from cells.diagnosis import in_floats
from tests.said.register import says

MODEL = kept.keep_model(EXAMPLE.read_bytes(), EXAMPLE.name)
READ = [[(7 * t + 3 * d) % 11 / 5 - 1 for d in range(6)] for t in range(9)]
ROWS = kept.keep_series("\n".join(",".join(f"{x:.1f}" for x in row) for row in READ).encode())
NEW = "A new {cell} of {units} units with the usual initialisation"
BESIDE = "{what}: {kind}, ×{factor} a step, {ratio} at step 1."
LOST = "In {dtype} it is 0 from {steps} steps back on."


def log10_lstm(xs, gain=1.0, bias=0.0):
    """(T,) log10 of the norm of d(1·h_T / √H)/d(h_t, c_t), by the chain rule written out."""
    arrays = {name: array.astype(float) for name, array in load_file(EXAMPLE).items()}
    W_ih, W_hh, b = (arrays[f"lstm.{name}_l0"] for name in ("weight_ih", "weight_hh", "bias_ih"))
    H = W_hh.shape[1]
    W, b = gain * W_hh, b + bias * np.repeat([0, 1, 0, 0], H)
    h, c, steps = np.zeros(H), np.zeros(H), []
    for x in xs:
        a_i, a_f, a_g, a_o = np.split(W_ih @ x + W @ h + b, 4)
        i, f, g, o, before = expit(a_i), expit(a_f), np.tanh(a_g), expit(a_o), c
        c = f * before + i * g
        h = o * np.tanh(c)
        steps.append((i, f, g, o, before, c))
    dh, dc, norms = np.ones(H) / math.sqrt(H), np.zeros(H), []
    for i, f, g, o, before, c in reversed(steps):
        dc = dc + dh * o * (1 - np.tanh(c) ** 2)  # with the path through h of the same step
        norms.append(math.log10(math.hypot(np.linalg.norm(dh), np.linalg.norm(dc - dh * o * (1 - np.tanh(c) ** 2)))))
        slopes = dc * g * i * (1 - i), dc * before * f * (1 - f), dc * i * (1 - g**2), dh * np.tanh(c) * o * (1 - o)
        dh, dc = W.T @ np.concatenate(slopes), dc * f
    return np.array(norms[::-1])


def noise(seed, length):
    return keys.normal(keys.fold_in(keys.key(seed), 1), (length, 6))


def factor(norms):
    return f"{10 ** ((norms[0] - norms[-1]) / (len(norms) - 1)):.3g}"


@says(
    "mine?model_gain=0.5&model_bias=1",
    "the example",
    "As it is in the file",
    NEW,
    BESIDE,
    "W_hh × {gain:.3g}",
    "{bias} {amount:+.3g}",
    "Changed: {changes}.",
)
def test_the_network_as_changed_and_as_it_is(said):
    xs = noise(0, 200)
    changed, as_is = log10_lstm(xs, 0.5, 1.0), log10_lstm(xs)
    np.testing.assert_allclose(said.numbers.changed.log10_state_norm, changed, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(said.numbers.as_is.log10_state_norm, as_is, rtol=1e-5, atol=1e-5)
    assert f"×{factor(changed)} a step" in said.verdict.sentence
    assert said.values(BESIDE)["factor"] == factor(as_is)
    assert said.values(NEW) == {"cell": "LSTM", "units": 24}
    assert said.values("Changed: {changes}.") == {"changes": "W_hh × 0.5, forget bias +1"}
    assert {"mine.h", "mine.c", "file.h", "file.c", "usual.h", "usual.c"} == said.traces.keys()


@says(f"mine?model={MODEL}&model_gain=0.2", "your model", LOST)
def test_where_a_float_loses_it(said):
    norms = log10_lstm(noise(0, 200), 0.2)
    left = norms[::-1] - norms[-1]
    told = {each["dtype"]: each["steps"] for each in said.spoken[LOST]}
    assert told["float16"] == np.flatnonzero(10**left < np.finfo(np.float16).smallest_subnormal)[0]
    assert "float64" not in told


@says(f"mine?model_series={ROWS}", "It is looked at on {steps} steps: there are no more, or it is too large for more.")
def test_a_sequence_of_ones_own(said):
    np.testing.assert_allclose(said.numbers.as_is.log10_state_norm, log10_lstm(np.round(READ, 1)), atol=1e-5)
    assert said.numbers.least == 9


def exploding(found):
    """A gradient that grows tenfold a step, beside one that is cut off."""
    cut = found.usual._replace(growth=growth(np.array([-np.inf, 0.0]), last=2))
    return found._replace(floats=in_floats(np.arange(40.0)[::-1]), usual=cut)


@says("mine", "{what}: {kind}.", "In {dtype} it overflows {steps} steps back.", altered=exploding)
def test_where_a_float_overflows(said):
    told = {each["dtype"]: each["steps"] for each in said.spoken["In {dtype} it overflows {steps} steps back."]}
    assert told == {"float16": math.ceil(math.log10(65504)), "bfloat16": 39, "float32": 39}
    assert said.values("{what}: {kind}.")["kind"] == "cut off"


@says(
    "mine",
    "**A curve** is log₁₀ of the length of dL/ds at every step, for each state s of the layer; solid and "
    "dashed tell its states apart. The loss is 1·h / √H at the last step, not the one that your network was "
    "trained with.",
    "**The thin line** is the network as it is in the file, where a slider has changed it.",
    "**Dotted** is a new cell of the same kind and size, drawn as this laboratory draws them: W_hh orthogonal, "
    "a forget bias of 1 where there is one. It reads the same sequence.",
    "**Gain** multiplies all recurrent weights. **The bias** is added to that of the gate which keeps the "
    "state: forget or update gate.",
    "**Bands** are where a number format has nothing left, for a gradient that begins at 1.",
    "**One sequence, one layer.** Another sequence may give another picture. Dropout, attention and whatever "
    "else stands around the layer is left out.",
    "**Your file** stays in the memory of this server, for an hour at most without being looked at, and is "
    "never written to a disk. The link carries its fingerprint, not its weights: whoever has the link sees "
    "the picture for as long as the file is there.",
)
def test_the_legend(said):
    assert said.traces["usual.h"]["line"]["dash"] == "dot"
    assert "file.h" not in said.traces  # nothing is changed
    assert kept.HOUR == 3600
    assert said.numbers.changed.log10_norm["h"][-1] == pytest.approx(0)
