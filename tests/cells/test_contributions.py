"""What backpropagation adds up, against plain autodiff, against closed forms, against truncation by definition."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

import cells
from cells import unroll
from cells.analyses.adjoint import named_loss
from cells.analyses.contributions import SAMPLES, contributions
from cells.analyses.descent import UPDATES, descent
from cells.experiment import BUCKETS, Experiment
from cells.running import build, run
from cells.taps import identity
from tests.cells.examples import CLASSIC

each_cell = pytest.mark.parametrize("name", [*CLASSIC, "mingru"])
BUCKET = BUCKETS[0]


def added_up(experiment):
    return run(experiment, contributions)


@jax.jit
def untied(cell, xs, loss):
    """{weight: (T, ...)} gradient of every step's own copy of the weights, by plain autodiff."""
    copies = {name: jnp.stack([getattr(cell, name)] * len(xs)) for name in cell.weights()}

    def value(copies):
        def advance(state, inputs):
            own, x, weight = inputs
            state = cell.with_weights(**own).step(state, x, identity)
            each = sum(field @ towards for field, towards in zip(state, loss.direction, strict=True))
            return state, weight * each

        return lax.scan(advance, cell.initial_state(), (copies, xs, loss.weight[: len(xs)]))[1].sum()

    return jax.grad(value)(copies)


def scalar(w, xs, **settings):
    """Contributions of h_t = w h_{t-1} + x_t, with the loss on the last step."""
    cell = cells.RNN(W_ih=np.ones((1, 1)), W_hh=np.array([[w]]), b=np.zeros(1), activation="identity")
    xs = jnp.asarray(xs, float)[:, None]
    return jax.jit(contributions)(cell, xs, named_loss(cell, len(xs), "last"), len(xs))


@each_cell
@pytest.mark.parametrize("loss", ["last", "every", "step"])
def test_contributions_are_the_gradients_of_untied_copies(name, loss):
    experiment = Experiment(cell=name, length=7, gain=1.3, loss=loss, loss_step=5)
    cell, xs, towards, _ = build(experiment)
    expected, found = untied(cell, xs[:7], towards), added_up(experiment)
    for weight in expected:
        parts = np.asarray(expected[weight]).reshape(7, -1)
        sizes = np.linalg.norm(parts, axis=1)
        np.testing.assert_allclose(10.0 ** found.log10_norm[weight][:7], sizes, rtol=1e-12, atol=1e-300)
        last = 5 if loss == "step" else 7
        for k in range(1, last + 1):
            kept, total = parts[last - k : last].sum(axis=0), parts.sum(axis=0)
            if loss == "step" or loss == "last":
                np.testing.assert_allclose(
                    10.0 ** found.log10_truncated[weight][k - 1], np.linalg.norm(kept), rtol=1e-12, atol=1e-300
                )
                rest = np.linalg.norm(total - kept)
                np.testing.assert_allclose(
                    10.0 ** found.log10_rest[weight][k - 1], rest, rtol=1e-9, atol=1e-14 * np.linalg.norm(total)
                )
        sampled = np.asarray(found.sampled)
        assert len(sampled) == SAMPLES
        for step, sample in zip(sampled, found.samples[weight], strict=True):
            size = sizes[step - 1]
            unit = parts[step - 1] / size if size else parts[step - 1]
            np.testing.assert_allclose(np.ravel(sample), unit, rtol=0, atol=1e-12)


@each_cell
@pytest.mark.parametrize("gain", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("loss", ["last", "every"])
def test_sum_of_the_untied_is_the_tied_gradient(name, gain, loss):
    # Rounding of 60 terms in float64; 4e-16 is usual.
    found = added_up(Experiment(cell=name, length=60, gain=gain, loss=loss))
    assert float(found.relative_error) < 1e-13
    for weight in found.total:
        np.testing.assert_allclose(found.total[weight], found.tied[weight], rtol=0, atol=1e-12)


def test_a_window_as_long_as_the_sequence_drops_nothing():
    found = added_up(Experiment(length=60, gain=1.4))
    for weight in found.total:
        assert float(found.cosine[weight][59]) == pytest.approx(1, abs=1e-12)
        assert float(found.log10_truncated[weight][59]) == pytest.approx(float(found.log10_total[weight]), abs=1e-12)
        assert np.isnan(found.cosine[weight][60:]).all()


@pytest.mark.parametrize(("w", "steps"), [(0.9, 50), (1.1, 40)])
def test_scalar_linear_impulse_has_its_closed_form(w, steps):
    # h_T = w^(T-1) x_1, so dh_T/dw = (T-1) w^(T-2); w = .9, T = 50 gives .311772.
    found = scalar(w, [1.0, *[0.0] * (steps - 1)])
    assert 10 ** float(found.log10_total["W_hh"]) == pytest.approx((steps - 1) * w ** (steps - 2), rel=1e-12)
    # Each step contributes the same: w^(T-2).
    np.testing.assert_allclose(10.0 ** found.log10_norm["W_hh"][1:], w ** (steps - 2), rtol=1e-12)


def test_scalar_sum_with_constant_input_is_that_of_the_first_numbers():
    # w = 1, x = 1: h_t = t, so dh_T/dw = 0 + 1 + ... + (T-1) = T (T-1) / 2 = 1225 for T = 50.
    assert 10 ** float(scalar(1.0, np.ones(50)).log10_total["W_hh"]) == pytest.approx(1225, rel=1e-12)


@pytest.mark.parametrize("k", [5, 10, 22])
def test_truncation_of_a_stationary_scalar_is_a_bias(k):
    # d h_T/d b = sum of .9^j: k terms of it are the share 1 - .9^k of a long sum.
    found = scalar(0.9, np.ones(400))
    ratio = 10 ** float(found.log10_truncated["b"][k - 1] - found.log10_total["b"])
    assert ratio == pytest.approx(1 - 0.9**k, rel=1e-12)


@each_cell
def test_an_input_before_the_window_gives_its_weights_exactly_nothing(name):
    found = added_up(Experiment(cell=name, input="impulse", length=30))
    np.testing.assert_array_equal(found.log10_truncated["W_ih"][:29], -np.inf)
    assert np.isfinite(found.log10_truncated["W_ih"][29])


def test_sums_beyond_float64_keep_their_size():
    # Orthogonal and linear with gain 5 and an impulse: step t contributes 5^(T-2), and they all point alike.
    experiment = Experiment(activation="identity", gain=5.0, length=600, input="impulse")
    cell, xs, loss, length = build(experiment)
    tiny = cell.with_weights(W_ih=cell.W_ih * 1e-250)
    found = jax.jit(contributions)(tiny, xs, loss, length)
    first = np.log10(np.linalg.norm(cell.W_ih[:, 0])) - 250
    np.testing.assert_allclose(found.log10_norm["W_hh"][1:600], first + 598 * np.log10(5), rtol=1e-12)
    assert float(found.log10_norm["b"][0]) == pytest.approx(599 * np.log10(5), rel=1e-12)


def test_nothing_arrives_after_the_loss_and_beyond_the_sequence():
    found = added_up(Experiment(length=40, loss="step", loss_step=25))
    np.testing.assert_array_equal(found.log10_adjoint[25:], -np.inf)
    assert np.isfinite(found.log10_adjoint[:25]).all()


def test_another_gain_length_or_seed_compiles_nothing(compilations):
    added_up(Experiment(length=60))
    before = len(compilations)
    added_up(Experiment(length=100, gain=0.3, seed=4, loss="every"))
    assert len(compilations) == before


# --- gradient descent ---


def walk(experiment, learning_rate, clip):
    cell, xs, _loss, length = build(experiment)
    return descent(cell, xs, length, learning_rate, clip)


@each_cell
def test_first_update_is_that_of_plain_autodiff(name):
    experiment = Experiment(cell=name, length=20)
    cell, xs, _loss, length = build(experiment)

    def value(weights):
        h = unroll(cell.with_weights(**weights), xs, length=length).states.h[-1]
        return 0.5 * h.size * (jnp.mean(h) - 0.5) ** 2

    weights = {name: getattr(cell, name) for name in cell.weights()}
    loss, gradient = jax.value_and_grad(value)(weights)
    size = np.sqrt(sum(np.sum(part**2) for part in gradient.values()))
    for clip in (np.inf, size / 2):
        found = walk(experiment, 0.1, clip)
        assert float(found.loss[0]) == pytest.approx(float(loss), rel=1e-12)
        assert float(found.log10_norm[0]) == pytest.approx(np.log10(size), abs=1e-12)
        # Clipping keeps the direction and brings the length to the clip.
        scale = min(1.0, clip / size)
        moved = {name: weights[name] - 0.1 * scale * gradient[name] for name in weights}
        assert float(found.loss[1]) == pytest.approx(float(value(moved)), rel=1e-9)
        assert len(found.loss) == UPDATES + 1


def test_small_steps_go_down():
    found = walk(Experiment(length=20), 0.01, np.inf)
    assert (np.diff(found.loss) < 0).all()
