"""What the page of training says, against what its runs measured, and against NumPy where they begin."""

from urllib.parse import quote

import jax
import numpy as np
import pytest

from app.language import power_of_ten
from app.views.learning import numbers
from app.views.learning.claims import claims
from app.views.learning.search import Generation
from cells.training import loop, search
from cells.training.search import Genes
from tests.compiling import compiled
from tests.said.by_numpy import sigmoid
from tests.said.derivatives import part, slopes, start, step
from tests.said.register import open_link, says

RNN = "plain=true&hidden_size=8&overlay=rnn"


def kept(*runs):
    """Runs of an RNN of 8 units with settings of their own, as a link keeps them."""
    return "&kept=" + "~".join(quote(f"hidden_size=8&{run}", safe="") for run in runs)


DIVERGES = "train_rate=1&train_clip=1000&optimiser=sgd&gain=20"
FOUR = f"{RNN}&task_length=10&updates=50&train_rate=0.001" + kept(DIVERGES, "train_rate=0.0001", "truncate=2")
ECHO = f"{RNN}&task=echo&lag=20&task_length=10&updates=75" + kept("train_rate=0.02", "train_rate=0.001")


class Run:
    """A run as it was measured, and its beginning in NumPy."""

    def __init__(self, said, place=0):
        seen = said.numbers.watched.runs[place]
        self.lesson, (self.first, *self.chunks) = seen.plan.settings, seen.records
        self.learner, self.seed = self.lesson.learner(), np.uint32(said.experiment.seed)
        self.params = loop.start_weights(self.learner, said.experiment.seed).params
        self.losses = [float(one.loss) for one in (self.first, *(chunk.measured for chunk in self.chunks))]
        self.at = 25 * np.arange(len(self.losses))

    def along(self, name):
        """What was measured at every update."""
        return np.concatenate([np.asarray(getattr(chunk, name), float) for chunk in self.chunks])

    def solved(self, below):
        """The update at which the held-out loss was first below."""
        return int(self.at[np.flatnonzero(np.array(self.losses) < below)[0]])

    def held_out(self, count=256):
        """Sequences that no update sees."""
        return self._drawn(loop.held_out_key(self.seed), count)

    def batch(self, update):
        """What an update learns from."""
        return self._drawn(jax.random.fold_in(jax.random.key(self.seed), update), 32)

    def weights(self):
        """Every trained array of an RNN, by name."""
        cell = self.params.cell
        found = {"W_ih": cell.W_ih, "W_hh": cell.W_hh, "b": cell.b, "W_out": self.params.W_out[0]}
        found = {name: np.squeeze(np.asarray(leaf, float)) for name, leaf in found.items()}
        return found | {"b_out": np.asarray(self.params.b_out, float)}

    def errors(self, examples, moved=0.0, window=0, **changed):
        """(sequences,) loss of each; `moved` (steps, H) is added to its states, whose slope is cut every `window`."""
        weights, h, found = self.weights() | changed, np.zeros((len(examples.xs), 8)), []
        steps = examples.xs.shape[1]
        moved = np.broadcast_to(moved, (steps, 8))
        for t in range(steps):
            a = examples.xs[:, t] @ weights["W_ih"].T.reshape(-1, 8) + h @ weights["W_hh"].T + weights["b"]
            h = np.tanh(a) + moved[t]
            found.append(h @ weights["W_out"] + weights["b_out"][0])
            if window and (steps - 1 - t) % window == 0:
                h = part(h, 0)
        return np.sum(examples.weight * (np.stack(found, axis=1) - examples.target) ** 2, axis=1)

    def to_states(self, examples):
        """(steps,) log10 of the root mean square over sequences of the norm of dL/dh_t."""
        steps = examples.xs.shape[1]
        found = slopes(lambda moved: self.errors(examples, moved), np.zeros((steps, 8)))
        return np.log10(np.sqrt(np.mean(np.sum(found**2, axis=1), axis=1)))

    def to_weights(self, examples, window=0):
        """log10 norm of the whole gradient of a batch."""
        squares = 0.0
        for name, value in self.weights().items():
            found = slopes(lambda w, name=name: self.errors(examples, window=window, **{name: w}).mean(), value)
            squares += np.sum(found**2)
        return np.log10(squares) / 2

    def _drawn(self, key, count):
        steps = self.lesson.length
        examples = jax.tree.map(np.asarray, self.learner.draw(key, count))
        return jax.tree.map(lambda leaf: leaf[:, :steps].astype(float), examples)


def runs(said):
    return [Run(said, place) for place in range(len(said.numbers.watched.runs))]


def without_memory(examples):
    """Mean squared error of the best guess at the sum from the last value, and whether it is marked."""
    target, (value, marked) = examples.target[:, -1], examples.xs[:, -1].T
    return np.mean((target - np.where(marked, value + 0.5, 1.0)) ** 2)


@says(f"learning?{RNN}&task_length=10&updates=0", "Before the first update", "nothing has been learned yet: play.")
def test_before_the_first_update(said):
    (run,) = runs(said)
    assert not run.chunks
    assert said.settings.updates == 0


@says(
    f"learning?{RNN}&task_length=10&updates=25",
    "each cell's training is compiled once, then the curves begin.",
    altered=lambda found: found._replace(curves=[None]),
)
def test_before_there_is_a_curve(said):
    assert not [trace for trace in said.drawn["data"] if trace["uid"].startswith("run")]
    for length in (12, 14):  # while the first is opened, runs of other tests may still be compiling beside it
        with compiled() as events:
            other = open_link(f"learning?{RNN}&task_length={length}&updates=25&train_rate=0.02")
        assert "Before the first update" not in other.spoken
    assert events == []


@says(
    f"learning?{FOUR}",
    "{solved} of {runs} solved it",
    "{run} left the finite numbers at update {update}",
    "{run}: the loss or a weight left the finite numbers at update {update}; the weights before it are kept.",
    "{run} at {last:.3g}, above the baseline {baseline:.3g}",
    "{run} still at the baseline {baseline:.3g}",
)
def test_broken_above_and_at_the_baseline(said):
    broken, above, cut, slow = runs(said)
    assert said.values("{solved} of {runs} solved it") == {
        "solved": sum(min(run.losses) < 0.01 for run in (broken, above, cut, slow)),
        "runs": 4,
    }
    update = int(np.flatnonzero(np.isnan(broken.along("loss")))[0]) + 1
    for template in (
        "{run} left the finite numbers at update {update}",
        "{run}: the loss or a weight left the finite numbers at update {update}; the weights before it are kept.",
    ):
        assert said.values(template) == {"run": "RNN, gain 20, rate 1, no clipping, plain SGD", "update": update}
    baseline = pytest.approx(1 / 5 / 12 + 4 / 5 / 6)  # 12 is one over a uniform number's variance; 1 of 5 steps is seen
    assert without_memory(slow.held_out(4096)) == pytest.approx(1 / 5 / 12 + 4 / 5 / 6, rel=0.05)
    floor = without_memory(slow.held_out())
    assert said.values("{run} at {last:.3g}, above the baseline {baseline:.3g}") == {
        "run": "RNN, rate 0.0001",
        "last": pytest.approx(above.losses[-1]),
        "baseline": baseline,
    }
    assert min(above.losses[1:]) > floor
    assert above.losses[-1] > 1.5 * floor
    still = said.spoken["{run} still at the baseline {baseline:.3g}"]
    names = ("RNN, rate 0.01, cut every 2", "RNN, rate 0.001")
    assert still == [{"run": name, "baseline": baseline} for name in names]
    assert all(0.8 * floor < min(run.losses) and run.losses[-1] < 1.5 * floor for run in (cut, slow))


@says(f"learning?{RNN}&task_length=10&updates=300&train_rate=0.03", "{run} at {last:.3g}, best {best:.3g}")
def test_on_its_way(said):
    (run,) = runs(said)
    values = said.values("{run} at {last:.3g}, best {best:.3g}")
    last, best = pytest.approx(run.losses[-1]), pytest.approx(min(run.losses))
    assert values == {"run": "RNN", "last": last, "best": best}
    assert 0.01 < min(run.losses) < 0.8 * without_memory(run.held_out())


@says(
    f"learning?{ECHO}",
    "{task} T={length}",
    "{task} lag={lag}, T={length}",
    "{run} solved {task} after {updates} updates",
    "{run} after {updates}",
    "Right answers: {shares}.",
)
def test_solved_one_after_the_other(said):
    """Asked for what came 20 steps ago, ten steps can only echo what came 9 ago."""
    found = runs(said)
    examples = found[0].held_out()
    assert np.array_equal(examples.target[:, 9], examples.xs[:, 0, 0])
    assert not examples.weight[:, :9].any()
    assert said.values("{task} lag={lag}, T={length}") == {"task": "echo", "lag": 9, "length": 10}
    assert np.mean(examples.target[:, 9] ** 2) == 1  # what always saying 0 gets
    solved = [run for run in found if min(run.losses) < 0.1]
    names = {0.02: "RNN, rate 0.02", 0.001: "RNN, rate 0.001", 0.01: "RNN, rate 0.01"}
    order = sorted(solved, key=lambda run: run.solved(0.1))
    assert [run.solved(0.1) for run in order] == [50, 50]
    first, second = ({"run": names[run.lesson.terms.train_rate], "updates": run.solved(0.1)} for run in order)
    assert said.values("{run} solved {task} after {updates} updates") == first | {"task": "echo lag=9, T=10"}
    assert {name: said.values("{run} after {updates}")[name] for name in second} == second
    assert said.values("{solved} of {runs} solved it") == {"solved": 2, "runs": 3}
    shares = [float(run.chunks[-1].measured.accuracy) for run in found]
    said_shares = said.values("Right answers: {shares}.")["shares"].rsplit("%", 1)[0].split("%, ")
    expected = [f"{names[run.lesson.terms.train_rate]} {share:.0%}" for run, share in zip(found, shares, strict=True)]
    assert [f"{share}%" for share in said_shares] == expected
    drawn = {trace["uid"]: trace for trace in said.drawn["data"]}
    assert drawn["run1.accuracy"]["y"][0] == pytest.approx(np.mean(sign_is_right(found[1])), abs=1e-6)


def sign_is_right(run):
    """Whether the sign of what is said at the last step, before training, is the target's."""
    examples = run.held_out()
    errors = run.errors(examples)  # of the last step alone: (y - target)^2 with target ±1
    outputs = np.sqrt(errors)
    weights, h = run.weights(), np.zeros((256, 8))
    for t in range(10):
        h = np.tanh(examples.xs[:, t] * weights["W_ih"] + h @ weights["W_hh"].T + weights["b"])
    y = h @ weights["W_out"] + weights["b_out"]
    assert np.allclose(outputs, np.abs(y - examples.target[:, 9]))
    return np.sign(y) == examples.target[:, 9]


def relapse(found):
    """The same, as if the first run's last measurement had been 0.9."""
    first, *others = found.watched.runs
    *before, last = first.records
    records = [*before, last._replace(measured=last.measured._replace(loss=np.float32(0.9)))]
    changed = [first._replace(records=records), *others]
    return found._replace(watched=found.watched._replace(runs=changed), curves=[numbers.curves(run) for run in changed])


@says(f"learning?{ECHO}", " (now {loss:.3g})", altered=relapse)
def test_solved_and_lost_again(said):
    first, *_others = runs(said)
    assert first.solved(0.1) == 50
    assert said.spoken[" (now {loss:.3g})"] == [{"loss": pytest.approx(first.losses[-1])}]
    assert " (now {loss:.3g})" not in open_link(f"learning?{ECHO}").spoken


@says(
    f"learning?{RNN}&task=sine&lag=25&task_length=10&updates=25",
    "Nothing to remember",
    "{run} at {last:.3g}",
    "At this lag the present value is the answer, so no memory is put to the test.",
)
def test_a_sine_a_whole_period_later(said):
    (run,) = runs(said)
    examples = run.held_out()
    assert np.allclose(examples.target[:, 1:], examples.xs[:, 1:, 0], atol=1e-5)
    assert said.values("{run} at {last:.3g}") == {"run": "RNN", "last": pytest.approx(run.losses[-1])}
    assert "Nothing to remember" not in open_link(f"learning?{RNN}&task=sine&lag=6&task_length=10&updates=25").spoken


@says(
    f"learning?{RNN}&task_length=10&updates=0"
    + kept("train_rate=0.02", "train_rate=0.2&gain=2", "train_rate=0.5", "truncate=5"),
    "Four runs fit; not drawn: {names}.",
)
def test_a_fifth_run(said):
    assert len(said.numbers.watched.runs) == 4
    assert said.values("Four runs fit; not drawn: {names}.") == {"names": "RNN, hidden size 8"}
    assert said.experiment.hidden_size == 8


@says(f"learning?{FOUR}", "rate {rate:g}", "clip {clip:g}", "no clipping", "cut every {k}", "not cut")
def test_how_each_run_is_trained(said):
    broken, above, cut, slow = runs(said)
    optimisers = [run.lesson.optimiser() for run in (broken, above, cut, slow)]
    assert {values["rate"] for values in said.spoken["rate {rate:g}"]} == {float(each.rate) for each in optimisers}
    finite = np.isfinite(broken.along("log10_norm"))
    assert np.array_equal(broken.along("log10_norm")[finite], broken.along("log10_clipped")[finite])
    assert broken.along("log10_norm")[finite].max() > 3
    assert {values["clip"] for values in said.spoken["clip {clip:g}"]} == {1.0}
    assert above.along("log10_clipped").max() == pytest.approx(np.log10(1), abs=1e-6)
    assert said.values("cut every {k}") == {"k": 2}
    assert cut.first.loss == slow.first.loss
    assert cut.along("log10_norm")[0] == pytest.approx(cut.to_weights(cut.batch(1), window=2), abs=1e-5)
    assert slow.along("log10_norm")[0] == pytest.approx(slow.to_weights(slow.batch(1)), abs=1e-5)


@says(
    f"gradient_norms?{FOUR}",
    "Norm of the whole gradient",
    "{run}: up to {largest}, clipped in {share:.0%} of the updates",
)
def test_how_often_clipping_has_something_to_do(said):
    found = said.spoken["{run}: up to {largest}, clipped in {share:.0%} of the updates"]
    assert len(found) == 4
    for run, values in zip(runs(said), found, strict=True):
        norms = run.along("log10_norm")
        norms = norms[np.isfinite(norms)]
        clip = np.log10(run.lesson.terms.train_clip) if run.lesson.terms.train_clip < 1000 else np.inf
        assert values["largest"] == power_of_ten(norms.max())
        assert values["share"] == pytest.approx(np.mean(norms > clip))
    drawn = {trace["uid"]: trace["y"] for trace in said.drawn["data"]}
    assert np.allclose(drawn["run3.before"][:10], norms[:10])
    assert np.all(drawn["run3.after"] <= drawn["run3.before"])


@says(f"gradient_norms?{RNN}&task_length=10&updates=0", "no update has been done yet.")
def test_norms_before_the_first_update(said):
    assert not runs(said)[0].chunks


HIGHWAY = "{run}: the best unit's ∏ {gate} went from {first} to {last}"


@says(
    f"learned_gates?{RNN},lstm&task_length=10&updates=50",
    "The highway",
    HIGHWAY,
    "**A gate's product** over all steps is what the direct path alone carries from the first step to the last, the "
    "mean of the logarithm over 32 sequences; every other path adds to it.",
)
def test_the_highway_of_an_lstm(said):
    _rnn, lstm = runs(said)
    cell, logarithms = lstm.params.cell, []
    for xs in lstm.held_out(256).xs[:32]:
        state, logarithm = start("lstm", 8), np.zeros(8)
        for x in xs:
            logarithm += np.log10(sigmoid(cell.W_ih[1] @ x + cell.W_hh[1] @ state[0] + cell.b[1]))
            state = step("lstm", cell, state, x)
        logarithms.append(logarithm)
    product_at_first = np.mean(logarithms, axis=0)
    after = lstm.chunks[-1].measured.log10_direct[0]
    assert said.values(HIGHWAY) == {
        "run": "LSTM",
        "gate": "f",
        "first": power_of_ten(product_at_first.max()),
        "last": power_of_ten(float(after.max())),
    }
    drawn = {trace["uid"]: trace for trace in said.drawn["data"]}
    assert drawn["run1.product"]["y"][0] == pytest.approx(product_at_first.max(), abs=1e-5)
    assert drawn["run1.middle"]["y"][0] == pytest.approx(np.median(product_at_first), abs=1e-5)


@says(f"learned_gates?{RNN}&task_length=10&updates=0", "No gates", "none of these runs has a gated direct path.")
def test_no_gates(said):
    """An RNN's next state is a function of W_ih x + W_hh h + b: nothing of h goes on by itself."""
    (run,) = runs(said)
    x, h = np.array([0.3, 1.0]), (np.full(8, 0.5),)
    without = run.params.cell.with_weights(W_hh=np.zeros_like(run.params.cell.W_hh))
    assert np.array_equal(step("rnn", without, h, x)[0], step("rnn", without, start("rnn", 8), x)[0])


ANYONE = "Runs of this task and length by anyone since this server started; the larger marks are those above."


@says(
    f"tried?{RNN}&task_length=11&updates=25",
    "Runs so far: {count}",
    "no run of this task has come far enough yet; every run that does is drawn here.",
)
def test_nothing_tried_yet(said):
    (run,) = runs(said)
    assert min(run.losses) > 0.01
    assert len(run.chunks) == 1
    assert said.values("Runs so far: {count}") == {"count": 0}


@says(
    f"tried?{RNN}&task=echo&lag=1&task_length=12&updates=75" + kept("gain=0.3"),
    "Runs so far: {count}",
    "{count} solved, at {ratios}",
    "none failed",
    "{low} to {high}",
    ANYONE,
)
def test_tried_and_solved(said):
    found = runs(said)
    assert all(min(run.losses) < 0.1 for run in found)
    gradients = [run.to_states(run.held_out(256)._replace(**first_32(run))) for run in found]
    ratios = sorted(gradient[0] - gradient[-1] for gradient in gradients)
    low, high = map(power_of_ten, ratios)
    assert said.values("{low} to {high}") == {"low": low, "high": high}
    assert said.values("{count} solved, at {ratios}") == {"count": 2, "ratios": f"{low} to {high}"}
    elsewhere = f"tried?{RNN}&task=echo&lag=1&task_length=12&updates=75&gain=0.7"
    said = open_link(elsewhere)
    assert said.values("Runs so far: {count}") == {"count": 3}
    sizes = {size for trace in said.drawn["data"] for size in np.ravel(trace["marker"]["size"])}
    assert len(sizes) == 2
    largest = [list(np.ravel(trace["marker"]["size"])).count(max(sizes)) for trace in said.drawn["data"]]
    assert sum(largest) == 1


def first_32(run):
    """The held-out sequences whose gradient is measured."""
    return {name: leaf[:32] for name, leaf in run.held_out(256)._asdict().items()}


@says(f"tried?{RNN}&task_length=13&updates=50" + kept(DIVERGES), "none solved", "{count} not, at {ratios}", ANYONE)
def test_tried_and_failed(said):
    """The run that broke will not go on; the other has not come far enough to say."""
    broken, young = runs(said)
    assert np.isnan(broken.along("loss")).any()
    assert np.isfinite(young.along("loss")).all()
    assert min(*broken.losses[:1], *young.losses) > 0.01
    gradient = broken.to_states(broken.held_out(256)._replace(**first_32(broken)))
    ratio = power_of_ten(gradient[0] - gradient[-1])
    assert said.values("{count} not, at {ratios}") == {"count": 1, "ratios": ratio}


INDIVIDUALS = "{count} individuals a generation, {updates} updates each, on {task} with T={length}."


@says(
    "search?plain=true&cell=lstm&task_length=10",
    "Search for a good {cell}",
    "nothing has been tried yet: play.",
    INDIVIDUALS,
)
def test_before_the_search(said):
    assert said.settings.generations == 0
    assert said.numbers.generations == []
    assert said.values("Search for a good {cell}") == {"cell": "LSTM"}
    first = search.first(0)
    masked = search.Masked(None, None)
    assert said.values(INDIVIDUALS) == {"count": len(first), "updates": masked.chunk, "task": "adding", "length": 10}


POOR = Genes(rate=-1.0, clip=2.0, bias=0.0, size=0, initializer=0)
GOOD = Genes(rate=-2.0, clip=0.0, bias=3.21, size=2, initializer=1)


def generations(*losses):
    """As if so many generations had been judged, the second individual always the better one."""

    def altered(found):
        born = [Generation([GOOD, POOR], np.array([good, 0.2])) for good in losses]
        return found._replace(generations=born)

    return altered


ONE = "after 1 generation the best has loss {loss:.3g} ({baseline:.3g} without memory): {genes}."
SEVERAL = "after {count} generations the best has loss {loss:.3g} ({baseline:.3g} without memory): {genes}."


@says(
    "search?plain=true&cell=lstm&task_length=10",
    "Best {cell} so far",
    ONE,
    "rate {rate:.2g}",
    "{size} units",
    "clip {clip}",
    altered=generations(0.1),
)
def test_after_one_generation(said):
    bred = search.bred(said.experiment, GOOD)
    genes = "rate 0.01, 32 units, clip 1, Gaussian, std 1/√H, forget bias 3.2"
    baseline = pytest.approx(1 / 5 / 12 + 4 / 5 / 6)
    assert said.values(ONE) == {"count": 1, "loss": 0.1, "baseline": baseline, "genes": genes}
    assert said.values("rate {rate:.2g}")["rate"] == pytest.approx(10**-2)
    assert said.values("clip {clip}") == {"clip": "1"}
    assert said.values("{size} units") == {"size": bred.hidden_size}
    assert (bred.initializer, bred.hyperparameter("forget_bias")) == ("gaussian", pytest.approx(3.21))
    assert said.values("Best {cell} so far") == {"cell": "LSTM"}


@says("search?plain=true&cell=lstm&task_length=10", SEVERAL, altered=generations(0.1, 0.05, 0.07))
def test_after_three_generations(said):
    values = said.values(SEVERAL)
    assert (values["count"], values["loss"]) == (3, min(0.1, 0.05, 0.07))
    best = {trace["uid"]: trace for trace in said.drawn["data"]}["best"]
    assert np.allclose(best["y"], [0.1, 0.05, 0.05])


@says(
    f"learning?{FOUR}",
    "**The thick line** is the loss on 256 sequences that no update sees, after every 25 updates; the pale one is what "
    "the updates themselves saw, 32 new sequences each. All runs see the same data, and start from the same seed.",
    "**The dashed line** is the best possible loss without a memory of what matters, in closed form; the dotted one is "
    "where the task counts as solved. A diamond marks where a run first got below it.",
    "**A map** is log₁₀ of the length of dL/dsₜ, s the whole state, the root mean square over 32 held-out sequences: "
    "steps from the bottom up, updates to the right, on an absolute scale. It is measured in float64, without "
    "truncation; training itself is in float32.",
    "**A run ends** where its loss, gradient or weights leave the finite numbers. Its last finite weights are kept and "
    "the others go on.",
)
def test_legend_of_lines_and_maps(said):
    broken, above, cut, slow = runs(said)
    drawn = {trace["uid"]: trace for trace in said.drawn["data"]}
    thick, pale = drawn["run3.held_out"], drawn["run3.seen"]
    assert thick["line"]["width"] > pale["line"]["width"]
    assert pale["opacity"] < 1
    assert np.allclose(thick["x"], [1, 25, 50])  # on a log axis the beginning stands at 1
    assert np.allclose(thick["y"], slow.losses)
    assert slow.losses[0] == pytest.approx(slow.errors(slow.held_out(256)).mean(), rel=1e-5)
    assert pale["y"][0] == pytest.approx(slow.errors(slow.batch(1)).mean(), rel=1e-5)
    assert not np.isin(slow.batch(1).xs[..., 0], slow.held_out(256).xs[..., 0]).all(axis=1).any()
    assert not np.array_equal(slow.batch(1).xs, slow.batch(2).xs)
    assert above.along("loss")[0] == cut.along("loss")[0] == slow.along("loss")[0]
    levels = {shape["line"]["dash"]: shape["y0"] for shape in said.drawn["layout"]["shapes"]}
    assert levels == {"dash": pytest.approx(without_memory(slow.held_out(4096)), rel=0.05), "dot": 0.01}
    assert drawn["solved"]["marker"]["symbol"] == "diamond"
    assert len(drawn["solved"]["x"]) == 0
    for place, run in enumerate((broken, above, cut, slow)):
        shown = drawn[f"run{place}map"]
        expected = run.to_states(run.held_out(256)._replace(**first_32(run)))
        assert np.allclose(np.array(shown["z"])[:, 0], expected, atol=1e-4)
        assert np.allclose(shown["y"], np.arange(1, 11))
    assert (drawn["run0map"]["zmin"], drawn["run0map"]["zmax"]) == (drawn["run3map"]["zmin"], drawn["run3map"]["zmax"])
    axis = said.drawn["layout"]["yaxis3"]["range"]
    assert axis[0] < axis[1]
    assert {leaf.dtype for leaf in jax.tree.leaves(slow.params) if leaf.size > 1} == {np.dtype(np.float32)}
    assert len(broken.chunks) == 1
    assert len(slow.chunks) == 2
    update = int(np.flatnonzero(np.isnan(broken.along("loss")))[0]) + 1
    assert drawn["broken"]["x"].tolist() == [update]
    assert np.isnan(broken.along("loss")[update - 1 :]).all()
    assert np.isfinite(broken.along("loss")[: update - 1]).all()


@says(
    f"learning?{ECHO}",
    "One seed at a time: the counts on the cards are over several.",
)
def test_a_diamond_where_it_is_solved(said):
    drawn = {trace["uid"]: trace for trace in said.drawn["data"]}
    solved = [run.solved(0.1) for run in runs(said) if min(run.losses) < 0.1]
    assert drawn["solved"]["x"].tolist() == solved
    assert {shape["line"]["dash"]: shape["y0"] for shape in said.drawn["layout"]["shapes"]} == {"dash": 1.0, "dot": 0.1}
    assert {run.lesson.seed for run in runs(said)} == {said.experiment.seed}
    assert all("eeds" in claim.counts for claim in claims())


def adam(gradients):
    """Its steps, with the constants of its paper."""
    mean = square = 0.0
    steps = []
    for number, gradient in enumerate(gradients, 1):
        mean, square = 0.9 * mean + 0.1 * gradient, 0.999 * square + 0.001 * gradient**2
        steps.append(mean / (1 - 0.9**number) / (np.sqrt(square / (1 - 0.999**number)) + 1e-8))
    return np.array(steps)


@says(
    f"gradient_norms?{FOUR}",
    "**Clipping** scales the whole gradient down to a norm, keeping its direction. Adam divides by the gradient's own "
    "size afterwards, so clipping hardly changes its steps unless the norm jumps.",
)
def test_clipping(said):
    _broken, above, _cut, _slow = runs(said)
    assert np.allclose(above.along("log10_clipped"), np.minimum(above.along("log10_norm"), 0), atol=1e-6)
    gradient = np.array([3.0, -4.0, 12.0], np.float32)
    assert np.allclose(loop.clip(gradient, 1.0), gradient / 13)
    assert np.array_equal(loop.clip(gradient, 14.0), gradient)
    steady = np.random.default_rng(0).normal(1, 0.1, (50, 3)) * 100
    clipped = np.array([each / max(np.linalg.norm(each), 1) for each in steady])
    assert np.abs(adam(steady) - adam(clipped)).max() < 0.05
    steady[25] *= 1000
    clipped[25] = steady[25] / np.linalg.norm(steady[25])
    assert np.abs(adam(steady) - adam(clipped)).max() > 0.5


@says(
    f"learning?{FOUR}",
    "**Truncation** cuts the gradient through the state every so many steps, counted back from the last. Where only "
    "the last step has a loss, nothing further back is credited; the forward pass is whole.",
)
def test_truncation(said):
    _broken, _above, cut, slow = runs(said)
    examples = cut.batch(1)
    assert cut.along("loss")[0] == slow.along("loss")[0]
    whole, last_two = cut.to_weights(examples), cut.to_weights(examples, window=2)
    assert cut.along("log10_norm")[0] == pytest.approx(last_two, abs=1e-5)
    assert abs(whole - last_two) > 0.01
    moved = slopes(lambda moved: cut.errors(examples, moved, window=2).mean(), np.zeros((10, 8)))
    assert np.flatnonzero(moved.any(axis=1)).tolist() == [8, 9]
