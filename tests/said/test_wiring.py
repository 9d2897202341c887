"""What the page of wirings says, against NumPy networks differentiated by the complex step."""

import jax
import numpy as np
import pytest

from app.language import power_of_ten
from app.settings import AXES
from app.views.wiring.numbers import base
from cells.analyses.paths import Compared
from cells.analyses.untied import Both
from cells.analyses.wired import Wiring
from cells.inputs import sunspots
from cells.running import run_network
from cells.training import loop
from tests.said.by_numpy import sequence
from tests.said.derivatives import part, slopes, start, step
from tests.said.register import open_link, says

FEW = "hidden_size=4&length=24&overlay="
FORECAST = "forecast?hidden_size=33&layers=2&overlay=&plain=true"
TRAINED = "hidden_size=4&overlay=&plain=true"
PHI = {
    "tanh": np.tanh,
    "identity": lambda a: a,
    "relu": lambda a: np.where(np.real(a) > 0, a, 0),
    "hard_tanh": lambda a: np.where(np.abs(np.real(a)) < 1, a, np.sign(np.real(a))),
}
SINGULAR = {"dogs": "dog", "cats": "cat", "cows": "cow", "ducks": "duck"}
SOUNDS = {"dog": "bark", "cat": "meow", "cow": "moo", "duck": "quack"}


def itself(network, xs, length):
    """An analysis that hands back what it is given."""
    return network


def made(experiment, network):
    """The weights of a network that an experiment decides, as NumPy arrays."""
    return jax.device_get(run_network(experiment, network, itself))


def convolved(kernel, b, xs, dilation=1):
    """(T, features) before the nonlinearity: an output sees its own input and those before it."""
    padded = np.concatenate([np.zeros(((len(kernel) - 1) * dilation, xs.shape[1])), xs])
    lags = [padded[(len(kernel) - 1 - j) * dilation :][: len(xs)] for j in range(len(kernel))]
    return b + sum(lagged @ matrix.T for matrix, lagged in zip(kernel, lags, strict=True))


class Wires:
    """The network of a link in NumPy: what it says at the step that is read, and its slopes."""

    def __init__(self, said):
        settings = said.settings
        self.kind, self.phi, self.read = said.experiment.cell, PHI[said.experiment.activation], settings.wired_step
        self.residual, self.xs = settings.wiring == "residual", sequence(said.experiment)
        self.size, self.depth = said.experiment.hidden_size, settings.wired_layers
        features = 8 if settings.wiring == "convolution" else 0
        wiring = Wiring(said.experiment.cell_class, settings.wiring == "both", features)
        self.network = made(base(settings), wiring)

    def layers(self, direction="ahead"):
        """The cells of one direction."""
        own = getattr(self.network, direction)
        return [own.first, *(jax.tree.map(lambda leaf, k=k: leaf[k], own.upper) for k in range(self.depth - 1))]

    def run(self, cell, xs, moved):
        """h at every step, and something added to each."""
        state, found = start(self.kind, self.size), []
        for x, move in zip(xs, moved, strict=True):
            state = step(self.kind, cell, state, x, self.phi)
            state = (state[0] + move, *state[1:])
            found.append(state[0])
        return np.array(found)

    def features(self, xs):
        """What the convolution makes of the input."""
        kernel, b = np.asarray(self.network.convolution.kernel), np.asarray(self.network.convolution.b)
        return self.phi(convolved(kernel, b, xs))

    def says(self, xs, moved=None):
        """1·y / sqrt(H) at the step that is read; `moved` is added to the h of every layer and step."""
        nothing = np.zeros((self.depth, len(xs), self.size))
        moved = nothing if moved is None else moved
        below = xs if self.network.convolution is None else self.features(xs)
        for number, cell in enumerate(self.layers()):
            above = self.run(cell, below, moved[number])
            if self.network.back is not None:
                other = self.run(self.layers("back")[number], below[::-1], nothing[number])[::-1]
                above = np.concatenate([above, other], axis=1)
            below = above + below if self.residual and number else above
        return below[self.read - 1].sum() / np.sqrt(below.shape[1])

    def to_layers(self):
        """(layers, steps up to the one read) log10 norm of the gradient with respect to h."""
        xs = self.xs[: self.read]
        found = slopes(lambda moved: self.says(xs, moved), np.zeros((self.depth, self.read, self.size)))
        with np.errstate(divide="ignore"):
            return np.log10(np.linalg.norm(found, axis=2))

    def to_inputs(self, channels=4):
        """(T,) log10 norm of the gradient with respect to every input."""

        def of(used):
            return self.says(np.concatenate([used, self.xs[:, channels:]], axis=1))

        with np.errstate(divide="ignore"):
            return np.log10(np.linalg.norm(slopes(of, self.xs[:, :channels]), axis=1))


@says(
    f"wired?{FEW}&wired_step=20",
    "Vanishing",
    "×{factor:.3g} a step back in the top layer",
    "×{factor:.3g} a layer down",
    "one layer lets less through than one step",
    "Which way: back. At step 1 layer 1 has {ratio} of what layer {layers} has.",
    "autodiff {mark} finite difference: relative difference {error} at input {step}",
)
def test_one_layer_down_lets_less_through_than_one_step_back(said):
    wires = Wires(said)
    found = wires.to_layers()
    a_step, a_layer = (found[2, 0] - found[2, 19]) / 19, (found[0, 19] - found[2, 19]) / 2
    assert a_layer < a_step < -0.02
    assert said.values("×{factor:.3g} a step back in the top layer")["factor"] == pytest.approx(10**a_step)
    assert said.values("×{factor:.3g} a layer down")["factor"] == pytest.approx(10**a_layer)
    assert said.values("Which way: back. At step 1 layer 1 has {ratio} of what layer {layers} has.") == {
        "ratio": power_of_ten(found[0, 0] - found[2, 0]),
        "layers": 3,
    }
    check = said.values("autodiff {mark} finite difference: relative difference {error} at input {step}")
    norms, at = wires.to_inputs(), check["step"]
    assert at == np.argmin(np.abs(norms + 1)) + 1
    gradient = slopes(lambda x: wires.says(np.vstack([wires.xs[: at - 1], x, wires.xs[at:]])), wires.xs[at - 1])[:4]
    hair = np.zeros_like(wires.xs)
    hair[at - 1, :4] = 1e-6 * gradient / np.linalg.norm(gradient)
    difference = (wires.says(wires.xs + hair) - wires.says(wires.xs - hair)) / 2e-6
    assert check["mark"] == "✓"
    assert abs(difference / np.linalg.norm(gradient) - 1) < 1e-7
    assert said.verdict.check.passed
    assert check["error"].endswith(("⁻⁸", "⁻⁹", "⁻¹⁰"))
    assert "A curve leaves this axis: choose a wider one above." not in said.spoken


@says(
    f"wired?{FEW}&wired_step=20&gain=0.05&axis=near",
    "one step lets less through than one layer",
    "Which way: down. At step 1 layer 1 has {ratio} times what layer {layers} has.",
    "A curve leaves this axis: choose a wider one above.",
)
def test_one_step_back_lets_less_through_than_one_layer_down(said):
    found = Wires(said).to_layers()
    assert (found[2, 0] - found[2, 19]) / 19 < (found[0, 19] - found[2, 19]) / 2 - 0.01
    values = said.values("Which way: down. At step 1 layer 1 has {ratio} times what layer {layers} has.")
    assert values == {"ratio": power_of_ten(found[0, 0] - found[2, 0]), "layers": 3}
    assert found.min() < AXES["near"][0]


def test_a_layer_without_a_curve_leaves_no_axis():
    """Only the lowest layer and the top one are drawn as curves."""

    def faint(layer):
        def altered(found):
            ahead = np.array(found.flow.ahead)
            ahead[layer] = -60.0
            return found._replace(flow=found.flow._replace(ahead=ahead))

        return open_link(f"wired?{FEW}&wired_step=20", altered).spoken

    leaves = "A curve leaves this axis: choose a wider one above."
    assert [leaves in faint(layer) for layer in range(3)] == [True, False, True]


@says(
    f"wired?{FEW}&cell=lstm&wired_step=20&wired_layers=4",
    "Which way: at step 1 layer 1 has about as much as layer {layers}.",
)
def test_layers_of_lstm_that_receive_alike_at_step_1(said):
    found = Wires(said).to_layers()
    assert np.abs(found[0, 0] - found[3, 0]) < np.log10(2)
    assert np.allclose(found, said.numbers.flow.ahead[:4, :20], atol=1e-6)
    assert said.values("Which way: at step 1 layer 1 has about as much as layer {layers}.") == {"layers": 4}


@says(
    f"wired?{FEW}&wired_step=20&wired_layers=1&activation=identity&spectral_radius=0.8",
    "×{factor:.3g} a step back; one layer has no depth to leak through.",
    "Vanishing",
)
def test_four_fifths_of_a_rotation(said):
    """Orthogonal matrices times 0.8 turn the gradient and shorten it to 0.8."""
    values = said.values("×{factor:.3g} a step back; one layer has no depth to leak through.")
    assert values["factor"] == pytest.approx(0.8)


@says(f"wired?{FEW}&wired_step=20&wired_layers=1&activation=identity", "Carried")
def test_a_rotation_carries(said):
    values = said.values("×{factor:.3g} a step back; one layer has no depth to leak through.")
    assert values["factor"] == pytest.approx(1.0, abs=1e-12)
    assert said.verdict.kind == "carried"


@says(f"wired?{FEW}&wired_step=20&wired_layers=1&activation=identity&gain=1.2", "Exploding")
def test_a_rotation_and_more_explodes(said):
    values = said.values("×{factor:.3g} a step back; one layer has no depth to leak through.")
    assert values["factor"] == pytest.approx(1.2)
    assert said.verdict.kind == "exploding"


@says(
    f"wired?{FEW}&wired_step=20&wired_layers=2&activation=identity&gain=0.861",
    "one step and one layer let as much through",
)
def test_one_step_and_one_layer_let_as_much_through(said):
    """One layer down a linear network's gradient meets W_ih of the layer above, and nothing else."""
    upper = np.asarray(Wires(said).layers()[1].W_ih).reshape(4, 4)
    assert np.linalg.norm(upper.T @ np.full(4, 0.5)) == pytest.approx(0.861, rel=0.02)


@says(
    "wired?hidden_size=4&overlay=&length=256&activation=identity&gain=20",
    "Overflow",
    "the forward pass leaves the finite numbers at step {step}; there is no gradient to draw.",
    "nothing to check here",
)
def test_the_forward_pass_overflows(said):
    wires = Wires(said)
    nothing, below, first = np.zeros((256, 4)), wires.xs, []
    with np.errstate(all="ignore"):
        for cell in wires.layers():
            below = wires.run(cell, below, nothing)
            first.append(np.argmin(np.isfinite(below).all(axis=1)) + 1)
    values = said.values("the forward pass leaves the finite numbers at step {step}; there is no gradient to draw.")
    assert values == {"step": min(first)}
    assert min(first) > 200
    assert not said.verdict.check.passed
    assert np.isnan(np.array(said.drawn["data"][0]["z"], float)).all()


@says(
    f"wired?{FEW}&wired_step=20&input_scale=0",
    "nothing of the output at step {read} reaches the first input.",
    "no gradient to check here",
)
def test_without_input_weights_nothing_reaches_the_input(said):
    """Every way to the input goes through W_ih, which is 0."""
    assert all(not np.any(cell.W_ih) for cell in Wires(said).layers())
    assert said.values("nothing of the output at step {read} reaches the first input.") == {"read": 20}
    assert not said.verdict.check.passed


@says(f"wired?{FEW}&wired_step=20&activation=relu&input=zero", "Cut off")
def test_relu_without_input_is_cut_off(said):
    """Without input every ReLU stands at 0, where it has no slope."""
    wires = Wires(said)
    assert not wires.xs.any()
    assert np.isneginf(wires.to_layers()[:, :19]).all()
    assert said.verdict.kind == "zero"


@says(
    "wired?cell=gru&hidden_size=4&overlay=&length=256&wired_step=256&wired_layers=2"
    "&activation=hard_tanh&input=zero&bias_scale=3&seed=12",
    "{back}; at step {read} itself nothing goes down the layers.",
)
def test_at_the_end_nothing_goes_down_but_earlier_it_did(said):
    """A GRU whose candidates stand at ±1 for good has come to them: its gate mixes equals, and has no slope either."""
    wires = Wires(said)
    lower = wires.run(wires.layers()[0], wires.xs, np.zeros((256, 4)))
    upper = wires.run(wires.layers()[1], lower, np.zeros((256, 4)))
    assert set(np.abs(upper[-1])) == {1.0}
    at_the_end = np.zeros((2, 256, 4))

    def of_lower(moved, place):
        everywhere = at_the_end.astype(complex)
        everywhere[0, place] = moved
        return wires.says(wires.xs, everywhere)

    assert not slopes(lambda moved: of_lower(moved, 255), np.zeros(4)).any()
    assert slopes(lambda moved: of_lower(moved, 0), np.zeros(4)).any()
    assert said.values("{back}; at step {read} itself nothing goes down the layers.")["read"] == 256


@says(
    f"wired?{FEW}&wired_step=1",
    "One step",
    "{down}; the output is that of step 1, so there is no way back to measure.",
)
def test_the_output_of_step_1_has_no_way_back(said):
    found = Wires(said).to_layers()
    assert found.shape == (3, 1)
    values = said.values("×{factor:.3g} a layer down")
    assert values["factor"] == pytest.approx(10 ** ((found[0, 0] - found[2, 0]) / 2))
    assert said.verdict.kind == "single"
    assert "×{factor:.3g} a step back in the top layer" not in said.spoken


@says(f"wired?{FEW}&wired_step=1&wired_layers=1", "the output is that of step 1, so there is no way back to measure.")
def test_the_output_of_step_1_of_one_layer(said):
    assert said.settings.wired_step == said.settings.wired_layers == 1


@says(
    f"wired?{FEW}&wiring=both&wired_step=12&wired_layers=2",
    "the output at step {read} rests on inputs before it (the first weighs {first}) and after it (the last weighs "
    "{last}); without the backward layers every input after step {read} would weigh exactly 0.",
)
def test_both_directions_see_both_sides(said):
    wires = Wires(said)
    norms = wires.to_inputs()
    text = next(text for text in said.spoken if text.startswith("the output at step {read} rests on inputs"))
    assert said.values(text) == {"read": 12, "first": power_of_ten(norms[0]), "last": power_of_ten(norms[23])}
    ahead_alone = open_link(f"wired?{FEW}&wired_step=12&wired_layers=2")
    assert np.isneginf(Wires(ahead_alone).to_inputs()[12:]).all()
    assert np.isneginf(ahead_alone.numbers.flow.inputs[12:]).all()


@says(
    f"wired?{FEW}&wiring=both&wired_step=24&wired_layers=2",
    "the output of the last step has nothing after it: the way back from the end is one step long.",
)
def test_both_directions_at_the_last_step(said):
    """The backward twin of the last layer has made one step there: its part does not depend on its own W_hh."""
    whole, forgetful = Wires(said), Wires(said)
    top = forgetful.network.back.upper
    back = forgetful.network.back._replace(upper=top.with_weights(W_hh=0 * top.W_hh))
    forgetful.network = forgetful.network._replace(back=back)
    assert forgetful.says(whole.xs) == whole.says(whole.xs)
    whole.read = forgetful.read = 12
    assert forgetful.says(whole.xs) != whole.says(whole.xs)


@says(
    f"wired?{FEW}&wiring=both&wired_step=1&wired_layers=2",
    "One step",
    "the output of step 1 has nothing before it, and rests on what comes after it (the last input weighs {last}); "
    "without the backward layers every input after step 1 would weigh exactly 0.",
)
def test_both_directions_at_step_1(said):
    text = next(text for text in said.spoken if text.startswith("the output of step 1 has nothing before it"))
    assert said.values(text) == {"last": power_of_ten(Wires(said).to_inputs()[23])}


@says(
    f"wired?{FEW}&wiring=convolution&wired_step=20&wired_layers=2",
    "The convolution hands every input on to {width} steps at once, by {width} ways of one layer.",
)
def test_the_convolution_hands_on(said):
    wires = Wires(said)
    values = said.values("The convolution hands every input on to {width} steps at once, by {width} ways of one layer.")
    moved = slopes(wires.features, wires.xs)
    for k in (0, 7, 19):
        assert np.flatnonzero(moved[k].any(axis=(0, 2))).tolist() == list(range(k, min(k + values["width"], 24)))
    assert np.allclose(wires.to_inputs()[:20], said.numbers.flow.inputs[:20], atol=1e-6)


class Five:
    """The five networks of a link in NumPy, from inputs (64, 4) to the last output; `share` passes through a layer."""

    def __init__(self, said):
        experiment = base(said.settings).replace(length=64, input="noise", channels=4)
        self.phi, self.xs = PHI[experiment.activation], sequence(experiment)[:, :4]
        self.weights = made(experiment, Compared(experiment.cell_class))

    def rnn(self, xs, share=1.0):
        state = start("rnn", self.weights.recurrent.b.size)
        for x in xs:
            state = (part(step("rnn", self.weights.recurrent, state, x, self.phi)[0], share),)
        return state[0]

    def feed_forward(self, xs, share=1.0):
        return part(np.tanh(self.weights.feed_forward @ xs[-16:].ravel()), share)

    def plain(self, xs, share=1.0):
        for layer in self.weights.convolution:
            xs = part(self.phi(convolved(layer.kernel, layer.b, xs)), share)
        return xs[-1]

    def dilated(self, xs, share=1.0):
        for number, layer in enumerate(self.weights.dilated):
            xs = part(self.phi(convolved(layer.kernel, layer.b, xs, 2**number)), share)
        return xs[-1]

    def attention(self, xs, share=1.0):
        query, key, value = self.weights.attention
        scores = np.exp((xs @ key.T) @ (query @ xs[-1]) / np.sqrt(len(query)))
        return part(scores / scores.sum() @ (xs @ value.T), share)

    def norms(self, function, xs, share=1.0):
        """Gradient of 1·y / sqrt(H), a norm for each input."""
        size = self.weights.recurrent.b.size
        return np.linalg.norm(slopes(lambda xs: np.sum(function(xs, share)) / np.sqrt(size), xs), axis=-1)

    def layers(self, function):
        """Layers from the first input on: half of the gradient passes each, and one of so many halvings is left."""

        return float(-np.log2(self.of_first(function, 0.5) / self.of_first(function)))

    def of_first(self, function, share=1.0):
        """The norm for the first input alone."""
        return self.norms(lambda x, share: function(np.vstack([x, self.xs[1:]]), share), self.xs[0], share)


REACHED = (
    "from input 1 to output {last} it is {recurrent} layers through the {cell}, {dilated} through the dilated "
    "convolution, {attention} through attention. The feed-forward network sees the last {window} inputs and the "
    "plain convolution of {layers} layers the last {plain}: beyond, their gradient is exactly 0."
)


@says(
    "reach?hidden_size=4&overlay=",
    "Reach and distance",
    REACHED,
    "What reaches input 1: {cell} {recurrent}, dilated {dilated}, attention {attention}.",
)
def test_how_far_five_networks_see(said):
    five, values = Five(said), said.values(REACHED)
    ways = {"recurrent": five.rnn, "dilated": five.dilated, "attention": five.attention}
    for name, function in ways.items():
        assert five.layers(function) == pytest.approx(float(values[name]), abs=1e-6)
    assert (values["last"], values["layers"]) == (len(five.xs), len(five.weights.convolution))
    for name, function in (("window", five.feed_forward), ("plain", five.plain)):
        norms = five.norms(function, five.xs)
        assert norms[-values[name] :].all()
        assert not norms[: -values[name]].any()
    left = {name: power_of_ten(np.log10(five.of_first(function))) for name, function in ways.items()}
    far = said.values("What reaches input 1: {cell} {recurrent}, dilated {dilated}, attention {attention}.")
    assert far == {"cell": "RNN"} | left


def test_an_input_that_counts_nothing_does_not_shorten_the_reach():
    """A dead ReLU can make the gradient of an input 0 that stands between others."""

    def with_holes(found):
        gain = np.array(found.log10_gain)
        gain[1:3, [-1, -7, -8]] = -np.inf
        return found._replace(log10_gain=gain)

    whole, holes = (open_link("reach?hidden_size=4&overlay=", *altered) for altered in ((), (with_holes,)))
    assert holes.values(REACHED) == whole.values(REACHED)
    assert np.isneginf(holes.numbers.log10_gain[2, : -whole.values(REACHED)["plain"]]).all()


def test_layers_on_a_way_that_little_passes():
    values = open_link("reach?hidden_size=4&overlay=&spectral_radius=0.001").values(REACHED)
    assert values["recurrent"] == "64"


def depths(said):
    """(seeds,) log10 norms of what layer 1 of the recurrent and of the feed-forward networks receives."""
    experiment = said.experiment.only("activation", "gain", "seed")
    weights = made(experiment.replace(hidden_size=4, input="zero"), Both())

    def received(h, matrices):
        slopes_at = []
        for matrix in matrices:
            a = matrix @ h
            if experiment.activation == "relu":
                h, slope = np.maximum(a, 0), (a > 0).astype(float)
            else:
                h, slope = np.tanh(a), 1 / np.cosh(a) ** 2
            slopes_at.append(slope)
        arriving = np.full(4, 0.5)
        for matrix, slope in zip(matrices[:0:-1], slopes_at[:0:-1], strict=True):
            arriving = matrix.T @ (slope * arriving)
        with np.errstate(divide="ignore"):
            return np.log10(np.linalg.norm(arriving))

    pairs = zip(weights.start, weights.tied, weights.untied, strict=True)
    both = [(received(h, [one] * 100), received(h, each)) for h, one, each in pairs]
    return weights, *np.array(both).T


@says(
    "depth?hidden_size=4&overlay=&gain=1.5",
    "{depth} layers, gain {gain:.3g}",
    "over {seeds} seeds what layer 1 receives spreads by {tied:.1f} decades around {tied_mean} with one matrix, by "
    "{untied:.1f} around {untied_mean} with a new one in each layer, of the same variance.",
    "One matrix repeats its own chance at every step; new ones average it out.",
)
def test_depth_with_one_matrix_and_with_many(said):
    weights, tied, untied = depths(said)
    text = next(text for text in said.spoken if text.startswith("over {seeds} seeds"))
    assert said.values(text) == {
        "seeds": len(tied),
        "tied": pytest.approx(tied.std()),
        "tied_mean": power_of_ten(tied.mean()),
        "untied": pytest.approx(untied.std()),
        "untied_mean": power_of_ten(untied.mean()),
    }
    assert said.values("{depth} layers, gain {gain:.3g}") == {"depth": weights.untied.shape[1], "gain": 1.5}
    assert weights.tied.std() == pytest.approx(1.5 / 2, rel=0.15)
    assert weights.untied.std() == pytest.approx(1.5 / 2, rel=0.02)
    assert tied.std() > untied.std()
    swapped = open_link("depth?hidden_size=4&overlay=&gain=1.5", lambda found: found._replace(tied=found.untied))
    assert "One matrix repeats its own chance at every step; new ones average it out." not in swapped.spoken


@says("depth?hidden_size=4&overlay=&activation=relu", "in some network layer 1 receives exactly 0.")
def test_depth_of_dead_relus(said):
    _weights, tied, untied = depths(said)
    assert np.isneginf([*tied, *untied]).any()
    assert said.verdict.kind == "zero"


def trained(said, place=0):
    """(learner, weights as NumPy arrays, key of the data that no update sees) of what a link trains."""
    seen = said.numbers.watched.runs[place]
    params = jax.device_get(said.numbers.histories[place].measured[-1].params)
    return seen.plan.settings.learner(), params, loop.held_out_key(np.uint32(said.experiment.seed))


def softmax(logits):
    shifted = np.exp(logits - np.max(np.real(logits), axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)


def fill(params, reader, words, gap):
    """Logits of one reader (0 forward, 1 backward, 2 both) of a sentence."""
    one = jax.tree.map(lambda leaf: leaf[reader], params)
    rows = np.eye(one.ahead.W_ih.shape[-1])[words]
    states = []
    for cell, xs in ((one.ahead, rows[: gap + 1]), (one.back, rows[: gap - 1 : -1])):
        state = start("rnn", 4)
        for x in xs:
            state = step("rnn", cell, state, x)
        states.append(state[0])
    sees = ((1, 0), (0, 1), (1, 1))[reader]
    return one.W_out @ np.concatenate([sees[0] * states[0], sees[1] * states[1]]) + one.b_out


@says(
    f"gap?{TRAINED}&gap_updates=25&gap_distance=1",
    "forward",
    "backward",
    "both",
    "{reader} {share}",
    "After {updates:.0f} updates",
    "“{sentence}”. Right words: {rights}. Before the gap stands how many, after it which animal.",
    "By guessing what they cannot see, the one-sided readers end at ln 4 = {forward:.2f} and ln 2 = {backward:.2f} "
    "nats; now the three are at {losses}.",
    "The right word is “{word}”.",
    "**A decade** is a factor of ten; **a nat** of loss is a factor of e in the probability of what is right, so that "
    "whoever guesses one of n words has ln n.",
)
def test_three_readers_of_a_gap(said):
    learner, params, key = trained(said)
    sentences = jax.device_get(learner.draw(key, 256))
    right, losses = np.zeros(3), np.zeros(3)
    for words, gap, length, answer in zip(*sentences, strict=True):
        for reader in range(3):
            logits = fill(params, reader, words[:length], gap)
            right[reader] += np.argmax(logits) == answer
            losses[reader] -= np.log(softmax(logits)[answer])
    shares = [f"{100 * share / 256:.0f} %" for share in right]
    assert said.spoken["{reader} {share}"] == [
        {"reader": reader, "share": share}
        for reader, share in zip(("forward", "backward", "both"), shares, strict=True)
    ]
    limits = next(text for text in said.spoken if text.startswith("By guessing"))
    pairs = [(number, noun) for number in ("one", "two") for noun in ("dog", "cat", "cow", "duck")]
    alike = [np.mean([np.log(sum(other[side] == pair[side] for other in pairs)) for pair in pairs]) for side in (0, 1)]
    assert said.values(limits) == {
        "forward": pytest.approx(alike[0]),
        "backward": pytest.approx(alike[1]),
        "losses": ", ".join(f"{loss:.2f}" for loss in losses / 256),
    }
    sentence = next(text for text in said.spoken if text.startswith("“{sentence}”. Right words"))
    first, *_middle, last = said.values(sentence)["sentence"].split(" ")
    word = said.values("The right word is “{word}”.")["word"]
    assert first == ("two" if word in SINGULAR else "one")
    assert last == SOUNDS[SINGULAR.get(word, word)]
    sizes, length = np.asarray(said.numbers.looks[0].size), 5
    assert sizes[0, :3].all()
    assert not sizes[0, 3:length].any()
    assert sizes[1, 2:length].all()
    assert not sizes[1, :2].any()
    assert said.values("After {updates:.0f} updates") == {
        "updates": 25 * (len(said.numbers.watched.runs[0].records) - 1)
    }
    assert said.drawn["data"][0]["name"] == "forward"
    assert said.drawn["data"][0]["x"][-1] == 25


CODED = (
    "held-out loss {loss:.3g} through {count} of {all} numbers; the mean curve has {mean:.3g}, the best linear code of "
    "this size {linear:.3g}."
)


@says(f"code?{TRAINED}&bottleneck=3", CODED, "This curve: {loss:.3g}, where the mean curve has {mean:.3g}.")
def test_a_curve_through_three_numbers(said):
    _learner, params, key = trained(said)
    angle = 2 * np.pi * np.arange(32) / 32
    waves = np.array([wave(k * angle) / k for k in (1, 2, 3, 4) for wave in (np.sin, np.cos)])
    waves /= np.sqrt(np.sum(waves**2) / 32)
    weights = np.asarray(jax.random.normal(key, (256, 8), np.float32), float)

    def rebuilt(curve):
        state, after = start("rnn", 4), []
        for x in curve:
            state = step("rnn", params.encoder, state, np.array([x]))
        code = np.where(np.arange(8) < 3, params.W_code @ state[0] + params.b_code, 0)
        state = start("rnn", 4)
        for _point in curve:
            state = step("rnn", params.decoder, state, code)
            after.append(params.W_out[0] @ state[0] + params.b_out[0])
        return np.array(after)

    curves = weights @ waves
    losses = [np.mean((rebuilt(curve) - curve) ** 2) for curve in curves]
    variances = np.linalg.eigvalsh(waves.T @ waves / 32)[::-1]
    assert said.values(CODED) == {
        "loss": pytest.approx(np.mean(losses), rel=1e-4),
        "count": 3,
        "all": np.linalg.matrix_rank(curves),
        "mean": pytest.approx(np.mean(np.var(curves, axis=0)), rel=1e-4),
        "linear": pytest.approx(variances[3:].sum()),
    }
    own = np.asarray(said.numbers.looks[0].curve, float)
    assert np.allclose(said.drawn["data"][3]["y"], own)
    assert said.values("This curve: {loss:.3g}, where the mean curve has {mean:.3g}.") == {
        "loss": pytest.approx(np.mean((rebuilt(own) - own) ** 2), rel=1e-4),
        "mean": pytest.approx(np.mean(own**2), rel=1e-4),
    }


@says(
    f"code?{TRAINED}&bottleneck=3&activation=identity&gain=20&spectral_radius=5&code_updates=25",
    "Broken at update {update}",
)
def test_a_training_that_leaves_float32_at_once(said):
    """A linear cell whose W_hh has spectral radius 100 makes numbers of 10^64 in 32 steps; float32 ends at 10^38."""
    assert said.values("Broken at update {update}") == {"update": 1}
    assert not np.isfinite(said.numbers.watched.runs[0].records[1].loss).any()
    before, after = (jax.tree.leaves(measured.params) for measured in said.numbers.histories[0].measured)
    assert all(np.array_equal(one, other) for one, other in zip(before, after, strict=True))


class Writer:
    """A network that writes strings backwards, in NumPy."""

    def __init__(self, said, place):
        _learner, self.params, _key = trained(said, place)
        self.attends = place == 0

    def encoded(self, letters, moved):
        """h at every step, and something added to each; the last one is the decoder's state."""
        state, memory = start("rnn", 4), []
        for letter, move in zip(letters, moved, strict=True):
            state = (step("rnn", self.params.encoder, state, np.eye(27)[letter])[0] + move,)
            memory.append(state[0])
        return np.array(memory), state

    def decoded(self, memory, state, read):
        """Logits of the letters, the last as far as it is told what it reads; what it writes is read on."""
        letter, found = 26, []
        for place in range(len(memory)):
            state = step("rnn", self.params.decoder, state, np.eye(27)[letter])
            weights = softmax(memory @ state[0]) if self.attends else np.zeros(len(memory))
            found.append(self.params.W_out @ np.concatenate([state[0], weights @ memory]) + self.params.b_out)
            letter = np.argmax(found[-1].real) if read is None else read[place]
        return np.array(found)

    def written(self, letters):
        """What is written when it reads what it wrote."""
        return np.argmax(self.decoded(*self.encoded(letters, np.zeros((len(letters), 4))), None), axis=1)

    def ways(self, letters, written):
        """Sizes of the gradient of the letter written with respect to every h: short cut, long way round, every way."""
        places, nothing = self.written(letters), np.zeros((len(letters), 4))
        memory, last = self.encoded(letters, nothing)

        def size(function):
            return np.linalg.norm(
                slopes(lambda moved: function(moved)[written - 1, places[written - 1]], nothing), axis=1
            )

        return (
            size(lambda moved: self.decoded(memory + moved, last, places)),
            size(lambda moved: self.decoded(memory, self.encoded(letters, moved)[1], places)),
            size(lambda moved: self.decoded(*self.encoded(letters, moved), places)),
        )


REVERSED = (
    "of {length} letters {with_it} are right with attention and {without} without; whole strings {whole_with} and "
    "{whole_without}."
)


@says(
    f"reverse?{TRAINED}&word=abcd&word_length=2",
    REVERSED,
    "“{word}” backwards: “{with_it}” with attention, “{without}” without.",
    "The string is longer than any that it learns from.",
)
def test_strings_backwards(said):
    learner, _params, key = trained(said)
    letters, lengths = jax.device_get(learner.draw(key, 256))
    assert lengths.max() == 2
    shares, words = [], []
    for writer in (Writer(said, 0), Writer(said, 1)):
        right = np.array([writer.written(row[:2]) == row[1::-1] for row in letters])
        shares.append([f"{100 * share:.0f} %" for share in (right.mean(), right.all(axis=1).mean())])
        words.append("".join("abcdefghijklmnopqrstuvwxyz"[letter] for letter in writer.written([0, 1, 2, 3])))
    assert said.values(REVERSED) == {
        "length": 2,
        "with_it": shares[0][0],
        "without": shares[1][0],
        "whole_with": shares[0][1],
        "whole_without": shares[1][1],
    }
    assert said.values("“{word}” backwards: “{with_it}” with attention, “{without}” without.") == {
        "word": "abcd",
        "with_it": words[0],
        "without": words[1],
    }


@says(
    f"ways?{TRAINED}&word=abcd&written_letter=3",
    "Letter {chosen} written, letter {read} read",
    "the short cut is 1 layer long, and carries {ratio} of what the {steps} steps round carry.",
    "In the network without attention the same letter gets {size}.",
)
def test_the_short_cut_carries_less(said):
    short, long, total = (way[1] for way in Writer(said, 0).ways([0, 1, 2, 3], 3))
    assert short < long
    assert total > 0
    text = "the short cut is 1 layer long, and carries {ratio} of what the {steps} steps round carry."
    on_through_the_encoder, through_the_decoder = 2, 3
    steps = on_through_the_encoder + through_the_decoder
    assert said.values(text) == {"ratio": power_of_ten(np.log10(short / long)), "steps": steps}
    assert said.values("Letter {chosen} written, letter {read} read") == {"chosen": 3, "read": 2}
    alone = Writer(said, 1).ways([0, 1, 2, 3], 3)[2][1]
    size = said.values("In the network without attention the same letter gets {size}.")["size"]
    assert size == power_of_ten(np.log10(alone))
    drawn = {trace["name"]: trace for trace in said.drawn["data"]}
    assert drawn["by every way"]["y"][1] == pytest.approx(np.log10(total), abs=1e-3)


@says(
    f"ways?{TRAINED}&word=abcd&gain=0.1",
    "the short cut is 1 layer long and carries {ratio} times what the {steps} steps round carry.",
)
def test_the_short_cut_carries_more(said):
    short, long, _total = (way[0] for way in Writer(said, 0).ways([0, 1, 2, 3], 4))
    text = "the short cut is 1 layer long and carries {ratio} times what the {steps} steps round carry."
    assert said.values(text) == {"ratio": power_of_ten(np.log10(short / long)), "steps": 3 + 4}
    assert said.values("Letter {chosen} written, letter {read} read") == {"chosen": 4, "read": 1}


@says(
    f"ways?{TRAINED}&word=abcd",
    "one of the ways carries exactly 0.",
    altered=lambda found: found._replace(looks=[written._replace(long=0 * written.long) for written in found.looks]),
)
def test_a_way_that_carries_nothing(said):
    drawn = {trace["name"]: trace for trace in said.drawn["data"]}
    assert not np.isfinite(np.array(drawn["the long way round"]["y"], float)).any()
    assert np.isfinite(np.array(drawn["short cut through the attention"]["y"], float)).all()
    assert said.verdict.kind == "zero"


@says(
    f"ways?{TRAINED}&word=abcd",
    "Nothing to show",
    "it has not begun yet.",
    altered=lambda found: found._replace(
        looks=[], histories=[history._replace(measured=[]) for history in found.histories]
    ),
)
def test_what_has_not_begun(said):
    assert said.verdict.sentence == "it has not begun yet."
    assert said.drawn["data"] == []


@says(
    FORECAST,
    "held-out squared error {loss:.3g}; saying “as last year” has {same:.3g}.",
    "The year 11 years before the last weighs {ratio} times as much as the last one.",
)
def test_sunspots_of_the_next_year(said):
    _learner, params, _key = trained(said)
    kernel, b = params.convolution.kernel.astype(float), params.convolution.b
    series = sunspots()

    def forecast(years):
        state, found = start("rnn", 32), []
        for features in np.tanh(convolved(kernel, b, years[:, None])):
            state = step("rnn", params.cell, state, features)
            found.append(params.W_out[0] @ state[0] + params.b_out[0])
        return np.array(found)

    errors = (forecast(series)[:-1] - series[1:])[239:]
    values = said.values("held-out squared error {loss:.3g}; saying “as last year” has {same:.3g}.")
    assert len(errors) == len(series) - 240
    assert values == {
        "loss": pytest.approx(np.mean(errors**2), rel=1e-4),
        "same": pytest.approx(np.mean(np.diff(series)[239:] ** 2), rel=1e-4),
    }
    last = len(series) - 2  # the last year is the one that is forecast

    def of_last(year):
        return lambda value: forecast(np.concatenate([series[:year], value, series[year + 1 :]]))[last]

    weight = {year: np.abs(slopes(of_last(year), series[[year]])[0]) for year in (last - 11, last)}
    ratio = said.values("The year 11 years before the last weighs {ratio} times as much as the last one.")["ratio"]
    assert ratio == power_of_ten(np.log10(weight[last - 11] / weight[last]))


def of_legend(said, beginning):
    """A sentence of the legend, in full."""
    return next(text for text in said.spoken if text.startswith(beginning))


@says(
    f"wired?{FEW}&wired_step=12&wiring=residual",
    "**The map** is log₁₀ of the length of the gradient of one output, 1·y / √H at the step of the dotted line, with "
    "respect to h of every layer at every step and to every input, on an absolute scale. Blank is exactly 0: what "
    "comes later cannot matter to a layer that reads forward.",
    "**Layers** read what the one below says at the same step. With a residual every layer above the first passes on "
    "the sum of what it got and its own h, and the output is the sum of all h. In both directions every layer has a "
    "twin that reads from the end, and the next layer reads both.",
    "One input, one seed: other seeds may give other numbers.",
)
def test_the_map_of_layers_with_a_residual(said):
    wires = Wires(said)
    drawn = np.array(said.drawn["data"][0]["z"], float)
    assert np.allclose(drawn[0, :12], wires.to_inputs()[:12], atol=1e-5)
    assert np.allclose(drawn[1:, :12], wires.to_layers(), atol=1e-5)
    assert not np.isfinite(drawn[:, 12:]).any()
    assert [shape["x0"] for shape in said.drawn["layout"]["shapes"]] == [12]
    other = np.array(open_link(f"wired?{FEW}&wired_step=12&wiring=residual&seed=1").drawn["data"][0]["z"], float)
    assert not np.allclose(drawn[:, :12], other[:, :12], atol=0.1)


@says(
    "reach?hidden_size=4&overlay=",
    "**Layers on the way** are measured: every layer lets only a small share of the gradient through, and the power "
    "of that share by which the gradient falls is their number on the shortest way.",
)
def test_layers_on_the_way(said):
    """A recurrent cell is one layer a step, the plain convolution as many everywhere that it sees."""
    drawn = {trace["uid"]: np.array(trace["y"], float) for trace in said.drawn["data"]}
    assert np.allclose(drawn["layers0"], np.arange(64, 0, -1), atol=1e-3)
    assert np.allclose(drawn["layers2"][-25:], 6, atol=1e-3)
    assert np.isnan(drawn["layers2"][:-25]).all()
    assert np.allclose(drawn["layers4"], 1, atol=1e-3)


@says(
    FORECAST,
    "**What is trained** here learns with Adam, learning rate 0.01, its gradient clipped at norm 1, in one layer of at "
    "most 32 units. The same address gives the same numbers again.",
    "**Layers elsewhere**: under Exact numbers the sidebar stacks the cell on every other page, too; the page on "
    "remedies and what is trained keep to a single one. Weights set by hand are left aside here.",
)
def test_what_is_trained(said):
    learner, params, _key = trained(said)
    optimiser = said.numbers.watched.runs[0].plan.settings.optimiser()
    assert (optimiser.rate, optimiser.clip, optimiser.adam) == (0.01, 1.0, True)
    assert params.cell.W_hh.shape[-2:] == (32, 32)
    assert said.experiment.hidden_size == 33
    assert type(params.cell) is learner.recipe.cell_class is not said.experiment.cell_class
    again = jax.device_get(loop.start_weights(learner, said.experiment.seed).params)
    assert all(map(np.array_equal, jax.tree.leaves(params), jax.tree.leaves(again)))


def test_weights_by_hand_are_left_aside():
    by_hand = open_link(f"wired?{FEW}&wired_step=20&W_hh={','.join(['0.5'] * 16)}&b=0.1,0.2,0.3,0.4")
    assert by_hand.experiment.W_hh
    drawn = open_link(f"wired?{FEW}&wired_step=20")
    assert by_hand.verdict == drawn.verdict
