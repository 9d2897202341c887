"""What wired cells learn: bounds that hold, losses that fall, and ways of the gradient that add up."""

import jax
import jax.numpy as jnp
import numpy as np

from cells.analyses.paths import NETWORKS, PLAIN_LAYERS, STEPS, WINDOW, Compared, paths
from cells.analyses.untied import DEPTH, Both, depths
from cells.analyses.wired import WIDTH
from cells.experiment import Experiment
from cells.running import run_network
from cells.training import loop
from cells.training.learners import autoencoder, gap, reversal
from cells.training.learners.forecast import FEATURES, ForecastLearner

DEFAULT = Experiment()  # the size of the page's own, whose programs are compiled anyway


def trained(learner, seed, chunks):
    """What is measured before the first update and after some chunks."""
    run = begun = loop.start(learner, loop.Optimiser(1e-2, 1.0), seed)
    for _ in range(chunks):
        run, _chunk = loop.advance(run)
    return begun.measured, run.measured


def test_the_gap_is_filled_by_both_sides_and_by_one_side_only_as_far_as_it_can_know():
    learner = gap.GapLearner.of(DEFAULT, distance=1)
    _before, after = trained(learner, 0, 8)
    ahead, back, both = after.loss
    assert both < 0.1
    # Whoever knows its side and guesses the rest ends at ln 4 and ln 2, measured on 256 sentences.
    assert abs(ahead - gap.possible("forward")) < 0.1
    assert abs(back - gap.possible("backward")) < 0.1
    assert after.right[2] > 0.98
    sentence = learner.sentence(jax.random.key(3))
    found = jax.jit(lambda params: learner.fill(params, sentence))(after.params)
    here = int(sentence.gap)
    length = int(sentence.length)
    assert (found.size[0, here + 1 : length] == 0).all()  # the forward reader never gets there
    assert (found.size[1, :here] == 0).all()
    assert (found.size[2, [0, length - 1]] > 0).all()
    words = gap.spelled(sentence)
    assert gap.ANSWERS[int(sentence.answer)] == (
        gap.NOUNS if words[0] == "one" else gap.PLURALS
    )[gap.SOUNDS.index(words[-1])]  # fmt: skip


def test_the_autoencoder_falls_below_the_mean_curve():
    for seed in range(2):
        before, after = trained(autoencoder.AutoencoderLearner.of(DEFAULT, bottleneck=2), seed, 20)
        assert before.loss > 0.9 * before.mean
        assert after.loss < 0.7 * after.mean
    assert abs(after.mean - 1) < 0.15  # the curves have variance 1


def test_only_the_bottleneck_passes_and_its_gradient_is_that_of_a_finite_difference():
    learner = autoencoder.AutoencoderLearner.of(DEFAULT, bottleneck=3)
    params = jax.tree.map(
        lambda leaf: leaf.astype(float) if jnp.issubdtype(leaf.dtype, jnp.floating) else leaf,
        loop.start_weights(learner, 1).params,
    )
    curve = jnp.sin(jnp.arange(autoencoder.POINTS))
    show = jax.jit(lambda params, curve: learner.show(params, curve))
    found = show(params, curve)
    assert (found.code[3:] == 0).all()
    assert (found.code[:3] != 0).all()
    nudged = [show(params, curve.at[20].add(move)).code for move in (1e-6, -1e-6)]
    slope = jnp.linalg.norm(nudged[0] - nudged[1]) / 2e-6
    np.testing.assert_allclose(found.log10_gradient[20], jnp.log10(slope), rtol=0, atol=1e-6)


def test_the_best_linear_code_is_what_principal_components_leave():
    curves = np.asarray(autoencoder.draw(jax.random.key(0), 4000), float)
    variances = np.linalg.eigvalsh(np.cov(curves.T, bias=True))[::-1] / autoencoder.POINTS
    for size in range(autoencoder.WIDEST + 1):
        assert abs(autoencoder.best_linear(size) - variances[size:].sum()) < 0.03
    assert autoencoder.best_linear(autoencoder.WIDEST) < 1e-12


def test_attention_reverses_where_the_same_cells_without_it_do_not():
    # Strings of up to 12 letters, half of the updates that solve them: over 5 seeds at least 0.79 against at most 0.3.
    _, attended = trained(_reversing(True), 0, 24)
    _, alone = trained(_reversing(False), 0, 24)
    assert attended.letters > 0.65
    assert alone.letters < 0.4
    assert attended.loss < 0.6 * alone.loss


def test_ways_of_the_gradient_are_the_short_cut_and_the_long_way_round():
    letters = np.array([*range(6), *[0] * 6])
    write = jax.jit(lambda learner, params: learner.write(params, letters, jnp.asarray(6)))
    params = loop.start_weights(_reversing(True), 2).params
    attended, alone = (write(_reversing(given), params) for given in (True, False))
    used = np.arange(reversal.LONGEST) < 6
    np.testing.assert_allclose(attended.attention.sum(axis=1), 1, rtol=0, atol=1e-6)
    assert (attended.attention[:, ~used] == 0).all()
    assert (alone.attention == 0).all()
    assert (alone.short == 0).all()
    np.testing.assert_allclose(alone.long, alone.total, rtol=1e-5, atol=1e-9)
    assert (alone.long[:6, :6] > 0).all()
    # Triangle inequality: what the two ways leave unsaid are the mixed ones.
    assert (attended.short[:6, :6] > 0).all()
    # From the last letter there is no mixed way: no later letter remembers it.
    both = attended.short + attended.long
    assert (attended.total[:6, 5] <= both[:6, 5] * (1 + 1e-4)).all()
    assert (attended.total[:6, 5] >= np.abs(attended.short - attended.long)[:6, 5] * (1 - 1e-4)).all()


def _reversing(attention):
    return reversal.ReversalLearner.of(DEFAULT, length=reversal.LONGEST, attention=attention)


def test_backwards_turns_the_string_and_leaves_the_rest():
    letters = jnp.arange(reversal.LONGEST)
    assert reversal.backwards(letters, jnp.asarray(4))[:4].tolist() == [3, 2, 1, 0]


def test_the_forecast_beats_last_year_and_looks_at_no_later_year():
    learner = ForecastLearner.of(DEFAULT)
    before, after = trained(learner, 0, 6)
    assert after.loss < 0.75 * after.same < before.loss
    found = jax.jit(lambda params: learner.look(params))(after.params)
    assert np.isneginf(found.log10_gradient[-1])  # the last year is what is forecast
    assert np.isfinite(found.log10_gradient[-30:-1]).all()
    assert found.kernel.shape == (FEATURES, WIDTH)
    # The responses are the filters over the years up to each.
    window = np.asarray(found.series[100 - WIDTH + 1 : 101], float)
    expected = np.tanh(np.asarray(found.kernel, float) @ window + np.asarray(after.params.convolution.b))
    np.testing.assert_allclose(found.features[100], expected, rtol=0, atol=1e-5)


def test_layers_on_the_way_are_what_each_network_is_built_of():
    found = run_network(DEFAULT.replace(length=STEPS), Compared(DEFAULT.cell_class), paths)
    lags = STEPS - np.arange(1, STEPS + 1)
    expected = {
        "recurrent": lags + 1,
        "feed_forward": np.where(lags < WINDOW, 1, np.nan),
        "convolution": np.where(lags <= PLAIN_LAYERS * (WIDTH - 1), PLAIN_LAYERS, np.nan),
        "dilated": np.full(STEPS, PLAIN_LAYERS),  # 2^6 = 64 steps
        "attention": np.ones(STEPS),
    }
    for name, layers, gain in zip(NETWORKS, found.layers, found.log10_gain, strict=True):
        # The share is small but not 0: longer ways of the same network would shift it by less than a hundredth.
        np.testing.assert_allclose(layers, expected[name], rtol=0, atol=0.02, err_msg=name)
        assert (np.isfinite(gain) == np.isfinite(expected[name])).all()


def test_new_weights_in_every_layer_average_out_what_one_matrix_repeats():
    for gain in (0.7, 1.0, 1.3):
        found = run_network(DEFAULT.replace(gain=gain), Both(), depths)
        assert found.tied[:, 0].std() > 2 * found.untied[:, 0].std()
    linear = run_network(DEFAULT.replace(activation="identity", gain=0.5), Both(), depths)
    # Independent Gaussian matrices of a linear network: mean log of a chi-square with H degrees, per layer.
    per_layer = np.log10(0.5) + 0.5 * (np.log(2) + _digamma(8.0) - np.log(16)) / np.log(10)
    assert abs(linear.untied[:, 0].mean() / (DEPTH - 1) - per_layer) < 0.01


def _digamma(x):
    return float(jax.scipy.special.digamma(x))
