"""What is measured of single steps and their Jacobians, and counted in a cell's own declaration."""

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from app.numbers import flow
from app.views.notes.measures.measure import Measure
from cells import unroll
from cells.activations import apply
from cells.analyses.adjoint import Loss
from cells.analyses.jacobians import chain, fields_of, log10_rms_gain, orbit, start
from cells.base import AbstractCell
from cells.experiment import Experiment
from cells.running import build, drawn, run
from cells.taps import Surgery, identity

BY_HAND = 20
"""Steps that are unrolled one by one."""
WRITTEN = 5
"""The step at which a cell state is written."""
SMALL = 1e-5
"""Variance below which a layer is not normalised further."""


def unrolled_error(experiment: Experiment) -> float:
    """Largest difference between the states of a loop and those of so many copies of the cell, one after the other."""
    setup = build(experiment.replace(length=min(experiment.length, BY_HAND)))
    state, copies = setup.cell.initial_state(), []
    for x in setup.xs[: min(experiment.length, BY_HAND)]:
        state = setup.cell.step(state, x, identity)
        copies.append(state.h)
    return float(jnp.max(jnp.abs(unroll(setup.cell, setup.xs[: len(copies)]).states.h - jnp.stack(copies))))


def products(cell: AbstractCell, xs: Array, loss: Loss, length: Array) -> tuple[Array, Array]:
    """Relative difference of dh_T/dh_k of a plain RNN to the product of diag(φ′) W, and to the one with W transposed.

    Over the last `BY_HAND` steps, so that float64 holds the product.
    """
    states = unroll(cell, xs, length=length).states
    before = jnp.concatenate([jnp.zeros_like(states.h[:1]), states.h[:-1]])
    first = jnp.maximum(length - BY_HAND, 0)

    def onwards(h: Array) -> Array:
        def further(step: Array, h: Array) -> Array:
            return jnp.where(
                step < length, cell.step(type(states)(h), xs[jnp.minimum(step, len(xs) - 1)], identity).h, h
            )

        return jax.lax.fori_loop(first, first + BY_HAND, further, h)

    def multiplied(W: Array) -> Array:
        def further(step: Array, product: Array) -> Array:
            place = jnp.minimum(step, len(xs) - 1)
            a = cell.W_ih @ xs[place] + cell.W_hh @ before[place] + cell.b
            slope = jax.jvp(lambda a: apply(cell.activation, a), (a,), (jnp.ones_like(a),))[1]
            return jnp.where(step < length, slope[:, None] * (W @ product), product)

        return jax.lax.fori_loop(first, first + BY_HAND, further, jnp.eye(cell.hidden_size))

    found = jax.jacfwd(onwards)(before[first])
    return tuple(
        jnp.linalg.norm(multiplied(each) - found) / jnp.linalg.norm(found) for each in (cell.W_hh, cell.W_hh.T)
    )


def off_diagonal(cell: AbstractCell, xs: Array, loss: Loss, length: Array) -> tuple[Array, Array]:
    """Largest entry beside the diagonal of the Jacobian of the activation, alone and behind a layer normalisation."""
    a = cell.W_ih @ xs[0]

    def normalised(a: Array) -> Array:
        centred = a - jnp.mean(a)
        return apply(cell.activation, centred / jnp.sqrt(jnp.mean(centred**2) + SMALL))

    def beside(function) -> Array:
        matrix = jax.jacfwd(function)(a)
        return jnp.max(jnp.abs(matrix - jnp.diag(jnp.diag(matrix))))

    return beside(lambda a: apply(cell.activation, a)), beside(normalised)


def held_reset(cell: AbstractCell, xs: Array, loss: Loss, length: Array, value: Array) -> tuple[Array, Array]:
    """Norms of dn/dh and dh'/dh of a GRU in the middle of the sequence, its reset gate held at a value."""
    place = length // 2
    states = unroll(cell, xs, length=length).states

    def step(h: Array) -> tuple[Array, Array]:
        passed = {}

        def tap(name: str, found: Array) -> Array:
            passed[name] = jnp.full_like(found, value) if name == "r" else found
            return passed[name]

        following = cell.step(type(states)(h), xs[place], tap)
        return passed["n"], following.h

    candidate, whole = jax.jacfwd(step)(states.h[place - 1])
    return jnp.linalg.norm(candidate), jnp.linalg.norm(whole)


def mixing_error(cell: AbstractCell, xs: Array, loss: Loss, length: Array) -> tuple[Array, Array]:
    """Largest difference of a GRU's h to z times the old h and 1 - z times the candidate, and the other way round."""
    trajectory = unroll(cell, xs, length=length)
    h, gates = trajectory.states.h, trajectory.gates
    before = jnp.concatenate([jnp.zeros_like(h[:1]), h[:-1]])
    taken = (jnp.arange(len(xs)) < length)[:, None]
    z, n = gates["z"], gates["n"]
    return tuple(
        jnp.max(jnp.where(taken, jnp.abs(mixed - h), 0))
        for mixed in (z * before + (1 - z) * n, (1 - z) * before + z * n)
    )


def between_units(cell: AbstractCell, xs: Array, loss: Loss, length: Array) -> Array:
    """Largest entry of dc_t/dc_{t-1} beside the diagonal, with h held, in the middle of the sequence."""
    place = length // 2
    states = unroll(cell, xs, length=length).states
    before = type(states)(*(field[place - 1] for field in states))
    matrix = jax.jacfwd(lambda c: cell.step(before._replace(c=c), xs[place], identity).c)(before.c)
    return jnp.max(jnp.abs(matrix - jnp.diag(jnp.diag(matrix))))


def survivals(cell: AbstractCell, xs: Array, loss: Loss, length: Array) -> tuple[Array, Array]:
    """log10 of what is left at the last step of a random change of h at step 1, in h; and of one of c, in c."""
    found = orbit(cell, xs, length=length)
    product = chain(found, jnp.asarray(1), length, start(found.before.shape[1]))
    return tuple(log10_rms_gain(product, slice(*fields_of(cell)[name])) for name in ("h", "c"))


def closed_once(cell: AbstractCell, xs: Array, loss: Loss, length: Array) -> Array:
    """Decades of the gradient of c at step 1 that are lost where the forget gates are 0 at one step in the middle."""
    nothing = jnp.zeros((len(xs), cell.hidden_size))

    def log10_gradient(last: Array) -> Array:
        surgery = Surgery.none([*(gate.symbol for gate in cell.gates), *cell.State._fields])
        surgery = surgery.hold("f", 0.0, length // 2, last)

        def read(probe: Array) -> Array:
            return jnp.sum(unroll(cell, xs, length=length, surgery=surgery, probes={"c": probe}).states.h[-1])

        return jnp.log10(jnp.linalg.norm(jax.grad(read)(nothing)[0]))

    return log10_gradient(jnp.asarray(0)) - log10_gradient(length // 2)


def kept_by_hand(cell: AbstractCell, xs: Array, loss: Loss, length: Array) -> tuple[Array, Array, Array]:
    """An LSTM whose gates are held: written until `WRITTEN`, then kept, and its output gate open or shut at the end.

    Returns:
        Largest change of c since it was written; log10 norm of the gradient of the sum of h at the end with respect to
        c when it was written, the output gate open at the last step; and the same with the gate shut.
    """
    nothing = jnp.zeros((len(xs), cell.hidden_size))

    def end(probe: Array, opened: Array) -> tuple[Array, Array]:
        surgery = Surgery.none([*(gate.symbol for gate in cell.gates), *cell.State._fields])
        surgery = surgery.hold("i", 0.0, WRITTEN + 1, len(xs)).hold("f", 1.0, WRITTEN + 1, len(xs))
        surgery = surgery.hold("o", 0.0, WRITTEN + 1, length - opened)
        states = unroll(cell, xs, length=length, surgery=surgery, probes={"c": probe}).states
        return jnp.sum(states.h[length - 1]), jnp.max(jnp.abs(states.c[length - 1] - states.c[WRITTEN - 1]))

    def log10_gradient(opened: int) -> tuple[Array, Array]:
        gradient, changed = jax.grad(end, has_aux=True)(nothing, jnp.asarray(opened))
        return jnp.log10(jnp.linalg.norm(gradient[WRITTEN - 1])), changed

    (opened, changed), (shut, _changed) = log10_gradient(1), log10_gradient(0)
    return changed, opened, shut


def mean_slope(cell: AbstractCell, xs: Array, loss: Loss, length: Array) -> Array:
    """log10 of the root mean square slope of a plain RNN's units, mean over the steps on the way back to step 1."""
    h = unroll(cell, xs, length=length).states.h
    before = jnp.concatenate([jnp.zeros_like(h[:1]), h[:-1]])
    a = xs @ cell.W_ih.T + before @ cell.W_hh.T + cell.b[None]
    slopes = jax.jvp(lambda a: apply(cell.activation, a), (a,), (jnp.ones_like(a),))[1]
    place = jnp.arange(len(xs))
    on_the_way = (place >= 1) & (place < length)
    sizes = 0.5 * jnp.log10(jnp.mean(slopes**2, axis=1))
    return jnp.sum(jnp.where(on_the_way, sizes, 0)) / jnp.sum(on_the_way)


def steeper(place: float) -> float:
    """Slope of tanh over that of the sigmoid, at a place."""
    tanh, sigmoid = (jax.grad(function)(place) for function in (jnp.tanh, jax.nn.sigmoid))
    return float(tanh / sigmoid)


def padded(cell: AbstractCell, xs: Array, loss: Loss, length: Array) -> Array:
    """Change of h over a second half of zeros, as a share of its size at the end of the first half."""
    place, half = jnp.arange(len(xs)), jnp.maximum(length // 2, 1)
    h = unroll(cell, jnp.where((place < half)[:, None], xs, 0), length=length).states.h
    return jnp.linalg.norm(h[length - 1] - h[half - 1]) / jnp.linalg.norm(h[half - 1])


def kurtosis(experiment: Experiment) -> float:
    """Kurtosis of the recurrent weights: 1.8 for a uniform distribution, 3 for a Gaussian one."""
    W = np.ravel(drawn(experiment).W_hh)
    centred = W - W.mean()
    return float(np.mean(centred**4) / np.mean(centred**2) ** 2)


MEASURES: dict[str, Measure] = {
    "unrolled_error": lambda experiment, case: unrolled_error(experiment),
    "product_error": lambda experiment, case: run(experiment, products)[0],
    "transposed_error": lambda experiment, case: run(experiment, products)[1],
    "off_diagonal": lambda experiment, case: run(experiment, off_diagonal)[0],
    "off_diagonal_normalised": lambda experiment, case: run(experiment, off_diagonal)[1],
    "candidate_open": lambda experiment, case: run(experiment, held_reset, 1.0)[0],
    "candidate_shut": lambda experiment, case: run(experiment, held_reset, 0.0)[0],
    "state_shut": lambda experiment, case: run(experiment, held_reset, 0.0)[1],
    "keeps_by_z": lambda experiment, case: run(experiment, mixing_error)[0],
    "writes_by_z": lambda experiment, case: run(experiment, mixing_error)[1],
    "between_units": lambda experiment, case: run(experiment, between_units),
    "c_over_h": lambda experiment, case: float(np.subtract(*run(experiment, survivals)[::-1])),
    "closed_once": lambda experiment, case: run(experiment, closed_once),
    "kept_c": lambda experiment, case: run(experiment, kept_by_hand)[0],
    "let_out": lambda experiment, case: run(experiment, kept_by_hand)[1],
    "shut_in": lambda experiment, case: run(experiment, kept_by_hand)[2],
    "beyond_slopes": lambda experiment, case: flow.now(experiment).growth.log10_factor - run(experiment, mean_slope),
    "steeper_at_0": lambda experiment, case: steeper(0.0),
    "steeper_at_5": lambda experiment, case: steeper(5.0),
    "padded": lambda experiment, case: run(experiment, padded),
    "kurtosis_over_pytorch": lambda experiment, case: (
        kurtosis(experiment) - kurtosis(experiment.replace(initializer="pytorch"))
    ),
    "inside_four": lambda experiment, case: np.mean(np.abs(experiment.sequence()) <= 4),
    "gates": lambda experiment, case: sum(gate.low == 0 for gate in experiment.cell_class.gates),
    "states": lambda experiment, case: len(experiment.cell_class.State._fields),
}
