"""What the page on reading says, against its networks run and differentiated in NumPy."""

from itertools import pairwise
from string import ascii_letters

import jax
import numpy as np
import pytest

from app.views.reading import numbers
from cells.reading.texts import PARAGRAPH
from cells.training import loop
from tests.said.derivatives import slopes, start, step
from tests.said.register import open_link, says

HELLO = "greeting?plain=true&overlay="
TWO = "plain=true&overlay=rnn,gru&hidden_size=8&read_updates=20"
WIDE = "plain=true&overlay=rnn&hidden_size=65&read_updates=0&read_text=" + ascii_letters
FIVE = "modes?plain=true&overlay=&mode_updates=20&mode_example=3&mode_output=4"
RIGHT = "after update {updates} the right letters have {given} %, loss {loss}."
REMEMBERS = "Below (ln 2)/2 = 0.3466 it must remember: after l comes l, then o. One step back is enough."
NOT_YET = "Not below (ln 2)/2 = 0.3466 yet: so far a network without memory could do the same."
IS_THE_END = "Without W_hh it cannot tell the first l from the second: 0.3466 is the end."
BESIDE = "Below 0.3466 although W_hh = 0: its state goes on beside W_hh, from one step to the next."
FLOOR = np.log(2) / 2


class Reader:
    """One network in NumPy: its cell with a readout, of which so many outputs exist."""

    def __init__(self, kind, network):
        (self.cell,) = network.layers
        self.kind, self.network = kind, network
        if not network.remembers:
            self.cell = self.cell.with_weights(W_hh=np.zeros_like(self.cell.W_hh))

    def units(self, xs):
        """h at every step."""
        state, found = start(self.kind, self.cell.b.shape[-1]), []
        for x in xs:
            state = step(self.kind, self.cell, state, x)
            found.append(state[0])
        return np.array(found)

    def p(self, xs):
        """Probabilities of what comes next."""
        h, used = self.units(xs), int(self.network.used)
        grown = np.exp(h @ self.network.W_hy[:used].astype(float).T + self.network.b_y[:used].astype(float))
        return grown / grown.sum(axis=1, keepdims=True)


def one_of(networks, place):
    """A network of several that are kept side by side."""
    return jax.tree.map(lambda leaf: np.asarray(leaf)[place], networks)


def letters(text, vocabulary, size):
    """One-hot rows."""
    return np.eye(size)[[vocabulary.index(letter) for letter in text]]


def hello(said):
    """(network, its probabilities of h, e, l, o after each letter of "hell")."""
    plan = numbers.hello_plan(said.settings)
    networks = numbers.weights(plan, said.settings.hello_updates).value()
    reader = Reader(said.experiment.cell, one_of(networks, 0))
    return reader, reader.p(letters("hell", "helo", 4))


def of_the_right(p):
    """Probabilities of e, l, l and o."""
    return p[np.arange(4), [1, 2, 2, 3]]


@says(f"{HELLO}&hello_updates=40", "{cell} says “{said}”", RIGHT, REMEMBERS)
def test_hello_learned(said):
    _reader, p = hello(said)
    right, loss = of_the_right(p), -np.log(of_the_right(p)).mean()
    assert said.values("{cell} says “{said}”") == {"cell": "RNN", "said": "".join("helo"[k] for k in p.argmax(axis=1))}
    assert said.values(RIGHT) == {
        "updates": 40,
        "given": ", ".join(f"{100 * each:.0f}" for each in right),
        "loss": f"{loss:.4f}",
    }
    assert loss < FLOOR
    pairs = {("", "h"): "e", ("h", "e"): "l", ("e", "l"): "l", ("l", "l"): "o"}
    assert list(zip(("", *"hel"), "hell", strict=True)) == list(pairs)  # one step back tells every answer


@says(f"{HELLO}&hello_updates=5", NOT_YET)
def test_hello_not_learned_yet(said):
    """The answer of a network without memory is a function of the letter alone; the best one has (ln 2)/2."""
    loss = -np.log(of_the_right(hello(said)[1])).mean()
    assert loss > FLOOR
    assert -np.log([1, 1, 0.5, 0.5]).mean() == pytest.approx(FLOOR)


@says(f"{HELLO}&hello_updates=40&hello_cut=true", IS_THE_END)
def test_hello_without_recurrent_weights(said):
    reader, p = hello(said)
    assert not reader.cell.W_hh.any()
    assert np.array_equal(p[2], p[3])
    share = np.linspace(0.001, 0.999, 999)
    assert -0.25 * np.log(share * (1 - share)).max() == pytest.approx(FLOOR)
    assert FLOOR < -np.log(of_the_right(p)).mean() < FLOOR + 0.05


@says(f"{HELLO}&hello_updates=80&hello_cut=true&cell=lstm", BESIDE)
def test_hello_of_lstm_without_recurrent_weights(said):
    reader, p = hello(said)
    assert not reader.cell.W_hh.any()
    assert -np.log(of_the_right(p)).mean() < FLOOR
    assert np.abs(p[2] - p[3]).max() > 0.5


def test_floor_is_not_the_end_of_a_cell_that_goes_on_beside_W_hh():
    """On its way down it comes near the floor, too."""
    said = open_link(f"{HELLO}&hello_updates=24&hello_cut=true&cell=lstm")
    assert FLOOR < -np.log(of_the_right(hello(said)[1])).mean() < FLOOR + 0.05
    assert NOT_YET in said.spoken
    assert IS_THE_END not in said.spoken


def readers(said):
    """The networks of a text in NumPy, and the stretch that is shown as one-hot rows."""
    text = numbers.text(said.settings)
    plans = numbers.text_plans(said.settings, text.content)
    found = [
        Reader(plan.settings.experiment.cell, jax.device_get(numbers.weights(plan, run.reached).value()))
        for plan, run in zip(plans, (reader.trained for reader in said.numbers.readers), strict=True)
    ]
    return found, np.eye(text.size)[text.ids[np.arange(96) % len(text.content)]]


def weights_of_characters(reader, xs, at, target):
    """(at,) log10 norms of the gradient of log p of a character after step `at`."""
    used = int(reader.network.used)

    def log_p(moved):
        return np.log(reader.p(np.concatenate([moved, np.zeros((at, xs.shape[1] - used))], axis=1))[-1, target])

    return np.log10(np.linalg.norm(slopes(log_p, xs[:at, :used]), axis=1))


def reached(log10_weights):
    """Characters back to the farthest with a hundredth of the largest weight."""
    return len(log10_weights) - 1 - np.flatnonzero(log10_weights >= log10_weights.max() - 2)[0]


def entropy(items):
    """In nats."""
    shares = np.unique(items, return_counts=True)[1] / len(items)
    return -np.sum(shares * np.log(shares))


LOSSES = "loss {losses} nats a character after {updates} updates; without memory {floor:.2f} is the end."
LOOKS = "The framed prediction looks back (down to a hundredth of its largest weight): {reach} characters."


@says(
    f"reading?{TWO}&read_at=12&read_paste=0123456789abcdef&temperature=0.05",
    "{cell} reads best",
    LOSSES,
    LOOKS,
    "{cell} writes on: {text}",
    "autodiff {mark} finite difference: relative difference {error}",
    "text: this link names a long text by its fingerprint, and this server does not have it (any more); paste it "
    "again. Until then the app's own paragraph is read.",
)
def test_two_readers_of_the_paragraph(said):
    assert said.numbers.text.content == PARAGRAPH
    (rnn, gru), xs = readers(said)
    vocabulary = "".join(sorted(set(PARAGRAPH)))
    ids = [vocabulary.index(letter) for letter in PARAGRAPH]
    losses = [run.records[-1].measured.loss for run in said.numbers.watched.runs]
    assert said.values("{cell} reads best") == {"cell": ("RNN", "GRU")[np.argmin(losses)]}
    pairs = list(pairwise([*PARAGRAPH, PARAGRAPH[0]]))
    assert said.values(LOSSES) == {
        "losses": f"RNN {losses[0]:.2f}, GRU {losses[1]:.2f}",
        "updates": 20,
        "floor": pytest.approx(entropy(["".join(pair) for pair in pairs]) - entropy(list(PARAGRAPH))),
    }
    reach = [reached(weights_of_characters(reader, xs, 12, ids[12])) for reader in (rnn, gru)]
    assert said.values(LOOKS) == {"reach": f"RNN {reach[0]}, GRU {reach[1]}"}
    check = said.values("autodiff {mark} finite difference: relative difference {error}")
    hair = np.zeros_like(xs[:12])
    gradient = slopes(lambda x: np.log(rnn.p(np.vstack([xs[:11], x]))[-1, ids[12]]), xs[11])
    hair[11] = 1e-5 * gradient / np.linalg.norm(gradient)
    ahead, behind = (np.log(rnn.p(xs[:12] + move)[-1, ids[12]]) for move in (hair, -hair))
    assert abs((ahead - behind) / 2e-5 / np.linalg.norm(gradient) - 1) < 1e-7
    assert check["mark"] == "✓"
    assert said.verdict.check.passed
    for reader, written in zip((rnn, gru), said.spoken["{cell} writes on: {text}"], strict=True):
        after = written["text"].removeprefix("“").removesuffix("”")
        assert len(after) == 90
        p = reader.p(letters(PARAGRAPH[:12] + after, vocabulary, xs.shape[1]))[11:-1]
        cold = p**20 / np.sum(p**20, axis=1, keepdims=True)
        drawn = cold[np.arange(90), [vocabulary.index(letter) for letter in after]]
        assert drawn.min() > 1e-4
        assert np.mean(drawn) > 0.5


def signed(value):
    """To two digits."""
    return f"{value:z.2f}".replace("-", "−")


MEAN = "{high} at “{first}”, {low} at “{last}”"


@says(f"units?{TWO}&unit=3", "Unit {unit}", "mean over the letters shown: {ends}.", MEAN)
def test_what_a_unit_follows(said):
    vocabulary, shown = "".join(sorted(set(PARAGRAPH))), np.array([*PARAGRAPH[:96]])
    assert said.values("Unit {unit}") == {"unit": 3}
    found, xs = readers(said)
    expected = []
    for reader in found:
        unit = reader.units(xs)[:, 2]
        means = {letter: unit[shown == letter].mean() for letter in vocabulary if (shown == letter).sum() >= 3}
        first, last = max(means, key=means.get), min(means, key=means.get)
        expected.append({"high": signed(means[first]), "first": first, "low": signed(means[last]), "last": last})
    assert said.spoken[MEAN] == expected
    ends = said.values("mean over the letters shown: {ends}.")["ends"]
    assert ends.startswith("RNN ")
    assert "; GRU " in ends


def test_a_hyphen_is_no_minus():
    text = "a-" * 24 + "b"
    said = open_link(f"units?plain=true&overlay=rnn&hidden_size=8&read_updates=0&read_text={text}")
    assert {said.values(MEAN)["first"], said.values(MEAN)["last"]} == {"a", "-"}
    assert "at “-”" in said.verdict.sentence


@says(
    "reading?plain=true&overlay=rnn,gru,ugrnn,mgu,cifg&hidden_size=8&read_updates=0",
    "At most {most} cells are drawn here.",
)
def test_more_cells_than_there_is_room_for(said):
    assert len(said.settings.overlay) == 5
    shown = [trace["name"] for trace in said.drawn["data"] if trace["name"] in ("RNN", "GRU", "UGRNN", "MGU", "CIFG")]
    assert said.values("At most {most} cells are drawn here.") == {"most": len(shown)}
    assert "At most {most} units read here." not in said.spoken


@says(f"reading?{WIDE}", "At most {most} units read here.")
def test_more_units_than_there_is_room_for(said):
    (reader,) = said.numbers.readers
    assert said.values("At most {most} units read here.") == {"most": reader.units.shape[1]}
    assert reader.units.shape[1] < said.experiment.hidden_size
    assert "At most {most} cells are drawn here." not in said.spoken


@says(f"units?{WIDE}", "no letter comes {count} times")
def test_a_text_in_which_no_letter_comes_often(said):
    """96 of 52 letters in a circle: 44 of them come twice."""
    alphabet = said.numbers.text.content
    times = [sum(place % 52 == k for place in range(96)) for k in range(len(alphabet))]
    assert said.values("no letter comes {count} times") == {"count": max(times) + 1}


LEFT = "Update {update} left the finite numbers; the weights are those before it. Lower the learning rate."


@says(
    "reading?plain=true&overlay=rnn,mingru&hidden_size=8&read_updates=20&activation=identity&gain=20&spectral_radius=5",
    "beyond float32",
    LEFT,
)
def test_a_reader_that_leaves_float32_at_once(said):
    """Spectral radius 100: after 64 characters 10^128, while float32 ends at 10^38. minGRU has no W_hh to grow."""
    broken, whole = said.numbers.watched.runs
    assert said.spoken[LEFT] == [{"update": 1}]
    assert not np.isfinite(broken.records[1].measured.loss)
    assert np.isfinite(whole.records[-1].measured.loss)
    before, after = (numbers.weights(broken.plan, updates).value() for updates in (0, 10))
    assert all(map(np.array_equal, jax.tree.leaves(before), jax.tree.leaves(after)))
    loss = f"{whole.records[-1].measured.loss:.2f}"
    values = said.values(LOSSES)
    assert values["losses"] == f"RNN beyond float32, minGRU {loss}"
    assert values["updates"] == (len(whole.records) - 1) * 10 > (len(broken.records) - 1) * 10


SHARES = "after {updates} updates of five networks of {size} units, right answers over all examples: {right}."
TITLES = ("one to one", "one to many", "many to one", "many to many", "many to many, synced")


def five(said):
    """Each of the five small networks in NumPy, with its task."""
    networks = numbers.weights(numbers.modes_plan(said.settings), 20).value()
    return [(Reader("rnn", one_of(networks, place)), one.mode) for place, one in enumerate(said.numbers.listeners)]


def fed(mode, comes):
    """What comes in, as rows: nothing at a step that reads nothing."""
    xs = np.zeros((6, 4))
    for at, symbols in zip(mode.reads, comes, strict=True):
        xs[at - 1, list(symbols)] = 1
    return xs


@says(FIVE, "{cell}, five ways", SHARES, *TITLES)
def test_five_ways_to_listen(said):
    right = []
    for reader, mode in five(said):
        places = [at - 1 for at in mode.writes]
        said_right = [reader.p(fed(mode, comes))[places].argmax(axis=1) == answers for comes, answers in mode.examples]
        right.append(f"{100 * np.mean(said_right):.0f} %")
    assert said.values(SHARES) == {
        "updates": 20,
        "size": five(said)[0][0].cell.b.shape[-1],
        "right": ", ".join(f"{title} {share}" for title, share in zip(TITLES, right, strict=True)),
    }
    assert said.values("{cell}, five ways") == {"cell": "RNN"}
    counts = [(len(mode.reads), len(mode.writes)) for _reader, mode in five(said)]
    assert [("one" if n == 1 else "many") + " to " + ("one" if m == 1 else "many") for n, m in counts] == [
        title.partition(",")[0] for title in TITLES
    ]
    assert five(said)[4][1].reads == five(said)[4][1].writes
    assert max(five(said)[3][1].reads) < min(five(said)[3][1].writes)


@says(
    FIVE,
    "an odd number<br>of lamps lit?",
    "spell the picture",
    "good or bad?<br>¬ turns the next round",
    "read three letters,<br>then write them large",
    "at every step: an odd<br>number of ones so far?",
)
def test_tasks_of_the_five(said):
    lamps, pictures, marks, copies, ones = (mode for _reader, mode in five(said))

    def answers(mode):
        return [
            (["".join(mode.inputs[k] for k in each) for each in comes], [mode.outputs[k] for k in written])
            for comes, written in mode.examples
        ]

    for (lit,), (written,) in lamps.examples:
        assert lamps.outputs[written] == ("yes" if len(lit) % 2 else "no")
    assert {comes[0]: "".join(word) for comes, word in answers(pictures)} == {
        "☂": "rain",
        "★": "star",
        "♣": "tree",
        "⌂": "nest",
    }
    for comes, (written,) in answers(marks):
        text = "".join(comes)
        while "¬¬" in text:
            text = text.replace("¬¬", "")
        text = text.replace("¬+", "m").replace("¬−", "p")
        score = text.count("+") + text.count("p") - text.count("−") - text.count("m")
        assert written == {1: "+", 0: "0", -1: "−"}[np.sign(score)]
    for comes, written in answers(copies):
        assert "".join(written) == "".join(comes).upper()
    for comes, written in answers(ones):
        assert written == ["yes" if "".join(comes[:k]).count("1") % 2 else "no" for k in range(1, 6)]
    assert [len(mode.examples) for mode in (lamps, pictures, marks, copies, ones)] == [8, 4, 81, 27, 32]


@says(
    FIVE,
    "Look at the arrows into a framed output: the way back to an input is as long as the steps between them.",
)
def test_the_way_back_of_an_output(said):
    """Every step back brings a factor W_hh: made a tenth, the gradient of k steps has k tenths."""
    reader, mode = five(said)[4]
    xs, whole = fed(mode, mode.examples[2][0]), reader.cell

    def sizes(share):
        reader.cell = whole.with_weights(W_hh=share * whole.W_hh)
        return np.linalg.norm(slopes(lambda moved: np.log(reader.p(moved)[3, 1]), xs[:4]), axis=1)

    assert np.allclose(np.log10(sizes(1e-6) / sizes(1e-7)), [3, 2, 1, 0], atol=1e-3)


@says(
    f"{HELLO}&hello_updates=40",
    "**The hello network** has three hidden units and no more letters than drawn. Confidences are W_hy h + b before "
    "the softmax, beside the probability; the frame marks the right letter. Adam, all four letters in every update.",
    "**(ln 2)/2**: half of what is read is an l, after which l and o come equally often. Who sees only the present "
    "letter loses ln 2 there and nothing elsewhere. It proves a memory of one step, not a long one.",
)
def test_legend_of_the_hello_network(said):
    reader, p = hello(said)
    assert reader.cell.W_hh.shape[-2:] == (3, 3)
    assert reader.network.W_hy.shape == (4, 3)
    drawn = {trace["uid"]: trace for trace in said.drawn["data"]}
    confidences = reader.units(letters("hell", "helo", 4)) @ reader.network.W_hy.T + reader.network.b_y
    written = np.array(drawn["output"]["text"])[::-1, ::2].T
    assert written.tolist() == [
        [f"{value:z.1f} · {100 * share:.0f} %".replace("-", "−") for value, share in zip(*row, strict=True)]
        for row in zip(confidences, p, strict=True)
    ]
    lowest = np.reshape(drawn["right"]["y"], (4, 6))[:, 0]
    assert (lowest.max() - lowest).tolist() == [0, 1, 1, 2]  # e above l above o
    optimiser = said.numbers.watched.runs[0].plan.settings.optimiser()
    assert optimiser.adam
    assert said.numbers.watched.runs[0].records[-1].measured.loss[0] == pytest.approx(
        -np.log(of_the_right(p)).mean(), rel=1e-5
    )
    answers = {letter: [b for a, b in zip("hell", "ello", strict=True) if a == letter] for letter in "hel"}
    assert answers == {"h": ["e"], "e": ["l"], "l": ["l", "o"]}
    assert drawn["memoryless"]["y"][0] == pytest.approx(sum(len(each) * entropy(each) for each in answers.values()) / 4)


@says(
    f"reading?{TWO}&read_at=12",
    "**The weight of a character** is the norm of the gradient of log p(next character) with respect to its input. "
    "Nothing is divided by its own maximum: 10⁻⁶ is a millionth of a unit change, wherever it stands. Exactly 0 is "
    "drawn as a gap in the curve.",
    "**Without memory** is the entropy of the next character given the present one, of this very text; without "
    "looking, that of the single characters. The text is read in a circle, 16 stretches of 64 characters an update, "
    "each from a state of zero. A short text can be learned by heart: this shows reading, not language.",
    "Weights are trained in float32, as in practice; what is drawn of them is computed in float64.",
    "One text, one seed: other seeds may give other numbers.",
)
def test_legend_of_readers(said):
    (rnn, gru), xs = readers(said)
    vocabulary = "".join(sorted(set(PARAGRAPH)))
    drawn = {trace["uid"]: trace for trace in said.drawn["data"]}
    for reader, name in ((rnn, "RNN"), (gru, "GRU")):
        shown = np.array(drawn[f"curve.{name}"]["y"], float)
        expected = weights_of_characters(reader, xs, 12, vocabulary.index(PARAGRAPH[12]))
        assert np.allclose(shown[:12], expected, atol=1e-5)
        assert np.isnan(shown[12:]).all()
        assert {leaf.dtype for leaf in jax.tree.leaves(reader.cell) if leaf.size > 1} == {np.dtype(np.float32)}
    assert said.numbers.readers[0].p.dtype == np.float64
    assert np.allclose(said.numbers.readers[0].p[:, : len(vocabulary)], rnn.p(xs), rtol=1e-12)
    pairs = ["".join(pair) for pair in pairwise([*PARAGRAPH, PARAGRAPH[0]])]
    assert drawn["memoryless"]["y"][0] == pytest.approx(entropy(pairs) - entropy(list(PARAGRAPH)))
    assert drawn["blind"]["y"][0] == pytest.approx(entropy(list(PARAGRAPH)))
    starts = np.asarray(jax.random.randint(loop.held_out_key(np.uint32(0)), (16, 1), 0, len(PARAGRAPH)))[:, 0]
    losses = []
    for begin in starts:
        stretch = (PARAGRAPH * 2)[begin : begin + 65]
        p = rnn.p(letters(stretch[:-1], vocabulary, xs.shape[1]))
        losses.append(-np.log(p[np.arange(64), [vocabulary.index(letter) for letter in stretch[1:]]]))
    assert drawn["loss.RNN"]["y"][-1] == pytest.approx(np.mean(losses), rel=1e-5)
    other = open_link(f"reading?{TWO}&read_at=12&seed=1")
    assert np.abs(other.numbers.readers[0].p - said.numbers.readers[0].p).max() > 0.01


@says(
    FIVE,
    "**The five ways** are trained on all examples of a small task of their own; the loss is of all of them. An arrow "
    "is the gradient of the framed output's log-odds, log p/(1 − p), for the example shown; grey ones are not on the "
    "way. A number below an input is its log₁₀.",
)
def test_legend_of_the_five(said):
    drawn = {trace["uid"]: trace for trace in said.drawn["data"]}
    on = off = 0
    for reader, mode in five(said):
        losses = []
        for comes, answers in mode.examples:
            p = reader.p(fed(mode, comes))[[at - 1 for at in mode.writes]]
            losses.append(-np.log(p[np.arange(len(answers)), list(answers)]))
        assert drawn[f"loss.{mode.name}"]["y"][-1] == pytest.approx(np.log10(np.mean(losses)), rel=1e-4)
        place = min(4, len(mode.writes)) - 1
        comes, answers = mode.examples[2]
        at, target, used = mode.writes[place] - 1, answers[place], len(mode.inputs)

        def log_odds(moved, reader=reader, at=at, target=target, used=used):
            p = reader.p(np.concatenate([moved, np.zeros((6, 4 - used))], axis=1))[at, target]
            return np.log(p / (1 - p))

        with np.errstate(divide="ignore"):
            sizes = np.log10(np.linalg.norm(slopes(log_odds, fed(mode, comes)[:, :used]), axis=1))
        written = ["0" if np.isneginf(size) else f"{size:.1f}".replace("-", "−") for size in sizes]
        assert drawn[f"{mode.name}.sizes"]["text"] == [written[step - 1] for step in mode.reads]
        at += 1
        off += sum(step > at for step in mode.reads) + mode.steps - at + len(mode.writes) - 1
        on += sum(step <= at for step in mode.reads) + at
    assert (len(drawn["arrows"]["x"]), len(drawn["idle"]["x"])) == (on, off)
