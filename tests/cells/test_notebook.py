"""The public face: every cell and analysis in the form a notebook asks for, and a sentence for what cannot be."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import cells
from cells.analyses.adjoint import named_loss
from cells.analyses.contributions import contributions as padded_contributions
from cells.analyses.jacobians import orbit
from cells.analyses.survival import survival as survival_of
from cells.remedies import all_remedies
from cells.taps import identity
from cells.unroll import unroll as plain_unroll
from tests.cells.examples import D, H, T, drawn, noise

LSTM, XS = drawn(cells.LSTM), noise()


def test_every_cell_is_public_by_the_name_of_its_class():
    for cell in cells.all_cells().values():
        assert getattr(cells, cell.__name__) is cell
        assert cell.__name__ in cells.__all__
        assert cell.__name__ in dir(cells)


def test_all_public_names_exist():
    assert len(set(cells.__all__)) == len(cells.__all__)
    for name in cells.__all__:
        assert getattr(cells, name).__doc__


@pytest.mark.parametrize("length", [1, 7, 100])
def test_survival_of_a_raw_sequence_is_that_of_the_padded_one(length):
    xs = noise(steps=length)
    found = cells.survival(LSTM, xs)
    padded = survival_of(orbit(LSTM, jnp.concatenate([xs, jnp.zeros((128 - length, D))]), length=length))
    np.testing.assert_array_equal(found.steps, padded.steps)
    for name, gain in padded.log10_gain.items():
        np.testing.assert_allclose(found.log10_gain[name], gain, rtol=0, atol=1e-11)


def test_jacobian_of_a_step_is_the_derivative_of_the_step():
    states = cells.unroll(LSTM, XS).states
    before = type(states)(*(field[3] for field in states))
    by_field = jax.jacrev(lambda state: LSTM.step(state, XS[4], identity))(before)
    expected = np.block([[np.asarray(column) for column in row] for row in by_field])
    np.testing.assert_allclose(cells.jacobian(LSTM, XS, 5), expected, rtol=0, atol=1e-13)


def test_jacobian_between_two_steps_is_the_product_of_those_between():
    product = np.eye(2 * H)
    for step in range(4, 9):
        product = np.asarray(cells.jacobian(LSTM, XS, step)) @ product
    np.testing.assert_allclose(cells.jacobian(LSTM, XS, 8, 3), product, rtol=0, atol=1e-13)
    scaled = cells.jacobian(LSTM, XS, 8, 3, scaled=True)
    np.testing.assert_allclose(scaled.value * 2.0**scaled.exponent, product, rtol=0, atol=1e-13)
    np.testing.assert_array_equal(cells.jacobian(LSTM, XS, 8, 8), np.eye(2 * H))


def test_lyapunov_exponents_add_up_to_the_mean_logarithm_of_the_determinants():
    found = cells.lyapunov_spectrum(LSTM, XS)
    logs = [np.linalg.slogdet(cells.jacobian(LSTM, XS, step))[1] for step in range(1, T + 1)]
    np.testing.assert_allclose(found.sum(), np.mean(logs), rtol=1e-10)
    assert (np.diff(found) <= 0).all()


@pytest.mark.parametrize("loss", ["last", "every", 5])
def test_contributions_take_the_losses_that_backprop_takes(loss):
    found = cells.contributions(LSTM, XS, loss)
    expected = jax.jit(padded_contributions)(LSTM, XS, named_loss(LSTM, T, loss), T)
    jax.tree.map(partial(np.testing.assert_allclose, rtol=1e-12, atol=1e-13), found, expected)
    assert found.relative_error < 1e-12


def test_contributions_take_a_function_of_the_last_state():
    found = cells.contributions(LSTM, XS, lambda state: jnp.sum(state.h) * H**-0.5)
    for one, other in zip(found.log10_norm.values(), cells.contributions(LSTM, XS).log10_norm.values(), strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-12)


def test_spectrum_of_a_cell_is_that_of_its_recurrent_matrices():
    found, of_matrix = cells.spectrum(LSTM), cells.spectrum(np.asarray(LSTM.W_hh))
    np.testing.assert_array_equal(found.spectral_norm, of_matrix.spectral_norm)
    assert found.eigenvalues.shape == (4, H)
    assert cells.spectrum(np.eye(3)).spectral_radius == [1.0]


def test_remedies_are_cells_around_cells():
    assert list(cells.remedies()) == [name for name, remedy in all_remedies().items() if remedy.acts == "step"]
    for name, remedy in cells.remedies().items():
        treated = remedy.wrap(LSTM)
        assert isinstance(treated, cells.AbstractCell), name
        assert np.isfinite(cells.backprop(treated, XS).log10_norm["h"][-5:]).all(), name
    halved = cells.remedies()["leaky"].wrap(drawn(cells.RNN, gain=0.05, input_scale=0.0), leak=0.5)
    slope = np.diff(cells.backprop(halved, XS).log10_norm["h"][:10])
    np.testing.assert_allclose(slope, np.log10(2), atol=0.1)


def test_arrays_of_numpy_and_lists_are_taken_and_float32_is_widened_to_the_cell():
    expected = cells.backprop(LSTM, XS).log10_state_norm
    for xs in (np.asarray(XS), np.asarray(XS).tolist()):
        np.testing.assert_array_equal(cells.backprop(LSTM, xs).log10_state_norm, expected)
    found = cells.backprop(LSTM, np.asarray(XS, np.float32))
    np.testing.assert_allclose(found.log10_state_norm, expected, atol=1e-4)


def test_public_functions_work_inside_jit_vmap_and_grad():
    loss = jax.jit(lambda cell, xs: cells.unroll(cell, xs).states.h.sum())
    np.testing.assert_allclose(loss(LSTM, XS), cells.unroll(LSTM, XS).states.h.sum(), rtol=1e-12)
    many = jnp.stack([XS, noise(1)])
    assert jax.vmap(lambda xs: cells.backprop(LSTM, xs).log10_state_norm)(many).shape == (2, T)
    assert jax.grad(loss, argnums=1)(LSTM, XS).shape == XS.shape
    np.testing.assert_allclose(
        jax.jit(lambda n: cells.unroll(LSTM, XS, length=n).states.h)(5), plain_unroll(LSTM, XS, length=5).states.h
    )


# --- a sentence for what cannot be ---

ANALYSES = {
    "unroll": cells.unroll,
    "backprop": cells.backprop,
    "contributions": cells.contributions,
    "survival": cells.survival,
    "lyapunov_spectrum": cells.lyapunov_spectrum,
    "jacobian": lambda cell, xs: cells.jacobian(cell, xs, 1),
}
NAN = XS.at[2, 1].set(jnp.nan)


@pytest.mark.parametrize("analysis", ANALYSES.values(), ids=ANALYSES)
@pytest.mark.parametrize(
    ("cell", "xs", "message"),
    [
        (LSTM, XS[:, :2], f"xs: expected shape (T, {D}) with T at least 1, got ({T}, 2)."),
        (LSTM, XS[0], f"xs: expected shape (T, {D}) with T at least 1, got ({D},)."),
        (LSTM, XS[:0], f"xs: expected shape (T, {D}) with T at least 1, got (0, {D})."),
        (LSTM, XS[None], f"xs: expected shape (T, {D}) with T at least 1, got (1, {T}, {D})."),
        (LSTM, jnp.ones((T, D), int), "xs: expected floating-point numbers, got int64."),
        (LSTM, jnp.ones((T, D), bool), "xs: expected floating-point numbers, got bool."),
        (LSTM, XS + 1j, "xs: expected floating-point numbers, got complex128."),
        (LSTM, "hello", "xs: expected floating-point numbers, got <U5."),
        (LSTM, None, "xs: expected floating-point numbers, got object."),
        (LSTM, [[1.0], [1.0, 2.0]], "xs: expected rows of one length; got rows of several."),
        (LSTM, NAN, "xs: expected finite numbers; got nan at [2, 1]."),
        (LSTM, XS.at[0, 0].set(-jnp.inf), "xs: expected finite numbers; got -inf at [0, 0]."),
        (
            LSTM.with_weights(W_hh=jnp.asarray(LSTM.W_hh).at[1, 2, 0].set(jnp.nan)),
            XS,
            "W_hh: expected finite numbers; got nan at [1, 2, 0].",
        ),
        (
            LSTM.with_weights(b=jnp.asarray(LSTM.b).at[0, 0].set(jnp.inf)),
            XS,
            "b: expected finite numbers; got inf at [0, 0].",
        ),
        (cells.LSTM, XS, "cell: expected a cell with weights, as `init` draws it; got the class LSTM."),
        ("lstm", XS, "cell: expected a cell with weights, as `init` draws it; got 'lstm'."),
    ],
)
def test_what_cannot_be_is_refused_with_what_was_expected_and_what_came(analysis, cell, xs, message):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the message is compared as a whole
        analysis(cell, xs)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: cells.unroll(LSTM, XS, length=0), f"length: expected a step from 1 to {T}; got 0."),
        (lambda: cells.unroll(LSTM, XS, length=T + 1), f"length: expected a step from 1 to {T}; got {T + 1}."),
        (lambda: cells.unroll(LSTM, XS, length=2.5), f"length: expected a step from 1 to {T}; got 2.5."),
        (lambda: cells.jacobian(LSTM, XS, 0), f"later: expected a step from 1 to {T}; got 0."),
        (lambda: cells.jacobian(LSTM, XS, 3, 4), "earlier: expected a step from 0 to 3; got 4."),
        (lambda: cells.jacobian(LSTM, XS, True), f"later: expected a step from 1 to {T}; got True."),
        (
            lambda: cells.unroll(LSTM, XS, initial_state=jnp.zeros(H)),
            "initial_state: expected the fields h, c; got Array([0., ",
        ),
        (
            lambda: cells.unroll(LSTM, XS, initial_state=LSTM.initial_state()._replace(c=jnp.zeros(H + 1))),
            f"initial_state: expected c of shape ({H},), got ({H + 1},).",
        ),
        (
            lambda: cells.unroll(LSTM, XS, initial_state=LSTM.initial_state()._replace(c=jnp.full(H, jnp.nan))),
            "initial_state.c: expected finite numbers; got nan at [0].",
        ),
        (
            lambda: cells.contributions(LSTM, XS, "first"),
            f"loss: expected 'last', 'every' or a step from 1 to {T}; got",
        ),
        (lambda: cells.backprop(LSTM, XS, T + 1), f"loss: expected 'last', 'every' or a step from 1 to {T}; got"),
        (lambda: cells.contributions(LSTM, XS, 1.5), "loss: expected 'last', 'every', a step, a function or a Loss;"),
        (lambda: cells.spectrum(np.ones((2, 3))), "matrix: expected shape (N, N) or (blocks, N, N), got (2, 3)."),
        (lambda: cells.spectrum(np.full((2, 2), np.nan)), "matrix: expected finite numbers; got nan at [0, 0]."),
        (lambda: cells.spectrum(drawn(cells.MinGRU)), "cell: expected one with a recurrent matrix; got minGRU, whose"),
        (
            lambda: cells.RNN(W_ih=np.ones((3, 2)) * 1j, W_hh=np.eye(3), b=np.zeros(3)),
            "W_ih: expected real numbers, got complex128.",
        ),
        (lambda: cells.RNN(W_ih="ab", W_hh=np.eye(3), b=np.zeros(3)), "W_ih: expected real numbers, got <U2."),
        (
            lambda: cells.RNN(W_ih=np.ones((3, 2)), W_hh=np.eye(2), b=np.zeros(3)),
            "W_hh: expected shape (3, 3), got (2, 2).",
        ),
    ],
)
def test_other_arguments_are_refused_in_the_same_way(ask, message):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the message is compared as a whole
        ask()
    assert str(caught.value).startswith(message)
