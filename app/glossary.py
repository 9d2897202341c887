"""Every symbol and term on the screen: what it means in a sentence, where it is seen, where to read on."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from app.language import _, in_each_language, language


class Term(NamedTuple):
    """A word of the laboratory.

    Attributes:
        key: its name in the address, the same in every language.
        name: what stands in the list.
        written: how it is written where it stands on the screen, besides its name.
        means: one sentence.
        example: a figure that shows it and what it is set to, as "figure?query".
        look: what to look at there.
        read: a reference; empty where the term is common.
    """

    key: str
    name: str
    written: tuple[str, ...]
    means: str
    example: str
    look: str
    read: str = ""


def found_in(texts: Iterable[str]) -> list[Term]:
    """The terms that stand in some texts; a single letter is not looked for, since words are made of them."""
    return _found(" ".join(texts), language())


@lru_cache(maxsize=64)  # a page asks at every rerun, and mostly of the same text
def _found(text: str, language: str) -> list[Term]:
    return [term for term in terms().values() if any(_stands_in(text, written) for written in term.written)]


def _stands_in(text: str, written: str) -> bool:
    if written.isascii() and len(written) == 1:
        return False
    return re.search(rf"(?<!\w){re.escape(written)}(?!\w)", text) is not None


HOCHREITER = "Hochreiter and Schmidhuber, Long short-term memory, 1997"
PASCANU = "Pascanu, Mikolov and Bengio, On the difficulty of training recurrent neural networks, 2013"
WILLIAMS = "Williams and Peng, An efficient gradient-based algorithm for on-line training, 1990"
GOODFELLOW = "Goodfellow, Bengio and Courville, Deep learning, chapter 10, 2016"
SAXE = "Saxe, McClelland and Ganguli, Exact solutions to the nonlinear dynamics of learning, 2014"
TALLEC = "Tallec and Ollivier, Can recurrent neural networks warp time?, 2018"
ENGELKEN = "Engelken, Wolf and Abbott, Lyapunov spectra of chaotic recurrent neural networks, 2023"
ZUCCHET = "Zucchet and Orvieto, Vanishing and exploding gradients are not the end of the story, 2024"
ARJOVSKY = "Arjovsky, Shah and Bengio, Unitary evolution recurrent neural networks, 2016"


@in_each_language
def terms() -> dict[str, Term]:
    """Every term by its key, in the order of a course, in the language of this session."""
    found = [
        Term("state", _("hidden state h"), ("h", "hₜ", "h₀"),
             _("What a cell hands from one step to the next: a list of numbers, one for each unit."),
             "gates?hidden_size=8&length=60&overlay=rnn",
             _("the wire that enters from the left and leaves to the right"), GOODFELLOW),
        Term("cell_state", _("cell state c"), ("c",),
             _("The LSTM's second state, which the forget gate keeps and the input gate adds to."),
             "gates?cell=lstm&hidden_size=8&length=60&overlay=lstm",
             _("the wire along the top"), HOCHREITER),
        Term("loss", _("loss L"), ("L", "1·h / √H", "loss"),
             _("The number that a gradient is of; here 1·h / √H on the last step, the sum of the units over the root of"
               " their count, unless you choose other steps."),
             "gradient?hidden_size=8&length=60&overlay=rnn",
             _("the right end of the curve, where the loss is"), GOODFELLOW),
        Term("gradient", _("gradient dL/dh"), ("dL/dh", "dL/dc", "dL/dsₜ", "gradient", "‖gradient‖"),
             _("How strongly a small change of the state at a step would move the loss, and in which direction."),
             "gradient?hidden_size=8&length=60&overlay=rnn",
             _("how the curve falls from right to left"), GOODFELLOW),
        Term("norm", _("norm ‖·‖"), ("norm", "length of dL/dh"),
             _("The length of a list of numbers: the root of the sum of their squares."),
             "gradient?hidden_size=8&length=60&overlay=rnn",
             _("one number a step in place of one for each unit")),
        Term("log10", _("log₁₀, a decade"), ("log₁₀", "decade", "decades"),
             _("How many factors of ten, called decades: −3 is a thousandth, +2 a hundred times."),
             "gradient?hidden_size=1&length=60&activation=identity&gain=0.9&input=zero&W_hh=1&overlay=rnn",
             _("the straight line: the same factor at every step")),
        Term("vanishing", _("vanishing"), ("vanishes", "vanishing", "Vanishing"),
             _("The gradient becomes smaller by a factor at every step back, so that early steps hardly count."),
             "gradient?hidden_size=8&length=60&gain=0.5&overlay=rnn",
             _("the slope of the curve"), PASCANU),
        Term("exploding", _("exploding"), ("explodes", "exploding", "Exploding"),
             _("The gradient becomes larger by a factor at every step back, so that early steps count for everything."),
             "gradient?hidden_size=8&length=60&activation=identity&gain=1.2&overlay=rnn",
             _("the curve that rises to the left"),
             PASCANU),
        Term("carried", _("carried"), ("carried",),
             _("The gradient arrives at step 1 about as large as it was at the loss."),
             "gradient?hidden_size=8&length=60&activation=identity&overlay=rnn",
             _("the level curve"), ARJOVSKY),
        Term("half_life", _("half-life"), ("half", "halves", "half-life"),
             _("The number of steps in which half is gone: ln 2 over minus the logarithm of the factor a step."),
             "gradient?cell=lstm&hidden_size=8&length=60&overlay=lstm",
             _("the sentence above the figure")),
        Term("activation", _("activation φ"), ("φ", "activation"),
             _("The function that each unit applies to its sum: tanh, the sigmoid, ReLU and others."),
             "neuron",
             _("the curve that the cobweb climbs"), GOODFELLOW),
        Term("slope", _("slope φ′"), ("φ′", "max|φ′|", "slope", "slopes"),
             _("How much the activation's output moves when its input moves: at most 1 for tanh, 1/4 for the sigmoid."),
             "neuron?neuron_w=2",
             _("the factors: each is w times the slope")),
        Term("sigmoid", _("sigmoid σ"), ("σ", "sigmoid"),
             _("The activation 1/(1 + e⁻ˣ), which goes from 0 to 1; gates use it."),
             "neuron?activation=sigmoid",
             _("the flat curve"), GOODFELLOW),
        Term("saturation", _("saturation"), ("saturated", "saturation", "saturates"),
             _("A unit so far out that its activation is flat, so that it passes hardly any gradient."),
             "neuron?neuron_w=5&neuron_start=0.5",
             _("the factors close to 0"),
             "Glorot and Bengio, Understanding the difficulty of training deep feedforward networks, 2010"),
        Term("pre_activation", _("pre-activation a"), ("a", "pre-activation"),
             _("The sum that goes into an activation: weighted inputs, weighted state and bias."),
             "neuron",
             _("where on φ each dot stands")),
        Term("weights", _("recurrent weights W_hh"), ("W_hh", "W", "W_ih", "Q"),
             _("The matrix that multiplies the state at every step; W_ih multiplies the input."),
             "spectra?hidden_size=8&length=60&overlay=rnn",
             _("its eigenvalues, on the left"), GOODFELLOW),
        Term("gain", _("gain"), ("gain",),
             _("A number that W_hh is multiplied by after it has been drawn."),
             "gradient?hidden_size=8&length=60&gain=2&overlay=rnn",
             _("how the curve changes with the slider")),
        Term("jacobian", _("Jacobian dsₜ/dsₖ"), ("dsₜ/dsₖ", "Jacobian", "dhₜ/dh₀"),
             _("The matrix that says how every number of the state at step t moves with every one at step k."),
             "survival?hidden_size=8&length=60&overlay=rnn",
             _("one point of the map for each pair of steps"), PASCANU),
        Term("singular", _("singular value σ₁"), ("σ₁", "singular value", "singular values"),
             _("The largest factor by which a matrix stretches any direction."),
             "spectra?hidden_size=8&length=60&initializer=gaussian&overlay=rnn",
             _("the bound that no curve can cross"), SAXE),
        Term("radius", _("spectral radius ρ"), ("ρ", "ρ(W)", "ρⁿ", "spectral radius"),
             _("The largest size of an eigenvalue: the factor a step of a linear network, in the long run."),
             "spectra?hidden_size=8&length=60&initializer=gaussian&overlay=rnn",
             _("how far the outermost eigenvalue lies"),
             PASCANU),
        Term("eigenvalue", _("eigenvalue λ"), ("λ", "eigenvalue", "eigenvalues"),
             _("A factor by which a matrix stretches a direction that it leaves where it is."),
             "spectra?hidden_size=8&length=60&initializer=gaussian&overlay=rnn",
             _("the dots, against the circle of size 1")),
        Term("lyapunov", _("Lyapunov exponent"), ("Lyapunov exponent", "Lyapunov exponents"),
             _("How fast small changes of the state grow or fade along its own orbit, as a logarithm a step."),
             "spectra?hidden_size=8&length=60&overlay=rnn",
             _("the exponents, largest first"), ENGELKEN),
        Term("sensitivity", _("sensitivity dh/dλ"), ("dh/dλ", "sensitivity"),
             _("How far the state moves when the eigenvalue λ does: it adds up over the steps that are remembered."),
             "price?price_memory=1000",
             _("the dotted curve, which rises as the gradient falls"), ZUCCHET),
        Term("white", _("white input"), ("white",),
             _("An input of which no step tells anything about another; its neighbours have the correlation 0."),
             "price_correlated?price_correlation=0",
             _("solid lines on the dashed ones"), ZUCCHET),
        Term("parameterisation", _("parameters ν, ω of λ"), ("ν", "ω", "e^ν"),
             _("Numbers that are trained in place of λ: λ = exp(−e^ν), as in the LRU, or λ = tanh ω."),
             "price?price_memory=1000",
             _("the level curves"), ZUCCHET),
        Term("theta", _("parameter θ"), ("θ", "dL/dθ"),
             _("Any parameter that is trained; of the LRU it is the logarithm of its eigenvalue’s angle."),
             "price_cells",
             _("which curves rise with the half-life"), ZUCCHET),
        Term("nat", _("nat"), ("nat", "nats"),
             _("A unit of logarithms: 1 nat is a factor of e = 2.718, as a decade is a factor of 10."),
             "spectra?hidden_size=8&length=60&overlay=rnn",
             _("the axis of the exponents")),
        Term("orthogonal", _("orthogonal weights"), ("orthogonal",),
             _("A matrix that turns and mirrors but keeps every length: all its singular values are 1."),
             "spectra?hidden_size=8&length=60&overlay=rnn",
             _("all eigenvalues on the circle"), SAXE),
        Term("gate", _("gate"), ("gate", "gates"),
             _("A number between 0 and 1 for each unit, computed at each step, that something is multiplied by."),
             "gates?cell=lstm&hidden_size=8&length=60&overlay=lstm",
             _("the boxes, filled as far as the gate is open"), HOCHREITER),
        Term("forget_bias", _("forget bias"), ("forget bias", "Forget bias"),
             _("A number added inside the forget gate: the larger it is, the longer c is kept; half is left after"
               " ln 2 / −ln f steps of a gate f."),
             "gradient?cell=lstm&hidden_size=8&length=60&forget_bias=4&overlay=lstm",
             _("how flat the curve becomes"),
             "Gers, Schmidhuber and Cummins, Learning to forget, 2000"),
        Term("update_gate", _("update gate z"), ("z", "update bias"),
             _("The GRU's gate: z near 1 keeps the old state, as in PyTorch and Keras; some papers turn it round."),
             "gates?cell=gru&hidden_size=8&length=60&overlay=gru",
             _("the wire past the candidate"),
             "Cho and others, Learning phrase representations using RNN encoder-decoder, 2014"),
        Term("direct", _("direct path"), ("direct path",),
             _("The way from state to state that meets only a gate, no weights and no activation."),
             "gates?cell=lstm&hidden_size=8&length=60&overlay=lstm",
             _("its part of the whole gradient"), HOCHREITER),
        Term("chrono", _("chrono initialisation"), ("chrono", "Chrono"),
             _("Gate biases drawn so that the units keep for times spread from 1 step to a chosen number of steps."),
             "gradient?cell=lstm&hidden_size=8&length=60&chrono=60&overlay=lstm",
             _("how much arrives at step 1"),
             TALLEC),
        Term("bptt", _("backpropagation through time"), ("∂⁺sₜ/∂W", "dL/dW⁽ᵗ⁾"),
             _("The chain rule on the unrolled network: each step uses the same weights, and its share dL/dW⁽ᵗ⁾ is"
               " added."),
             "parts?hidden_size=8&length=60&overlay=rnn",
             _("one bar a step, and their sum"),
             "Werbos, Backpropagation through time: what it does and how to do it, 1990"),
        Term("truncated", _("truncation"), ("truncation", "Truncation", "truncated"),
             _("Backpropagation that stops after some steps: what came before gets exactly nothing."),
             "parts?hidden_size=8&length=60&overlay=rnn",
             _("the dotted line"), WILLIAMS),
        Term("clipping", _("clipping"), ("clipping", "Clipping", "clip"),
             _("Cutting a gradient that is too large: by norm it keeps its direction, by value it turns."),
             "training?hidden_size=8&length=60&remedies=clip_norm",
             _("the length of the update"), PASCANU),
        Term("omega", _("penalty Ω"), ("Ω",),
             _("A penalty on every step whose Jacobian changes the gradient's length."),
             "training?hidden_size=8&length=60&remedies=omega",
             _("the factor a step after the updates"),
             PASCANU),
        Term("residual", _("residual β, κ"), ("β", "κ", "residual", "Residual"),
             _("A connection that adds κ times the old state to β times the new one: the Jacobian is κ I + β J."),
             "fixes?hidden_size=8&length=60",
             _("before and after"),
             "He and others, Deep residual learning for image recognition, 2016"),
        Term("cosine", _("cosine"), ("cosine",),
             _("Whether two gradients point the same way: 1 the same, 0 at right angles, −1 opposite."),
             "parts?hidden_size=8&length=60&overlay=rnn",
             _("the curve below the bars")),
        Term("float32", _("float32, float16"), ("float32", "float16", "bfloat16", "Bands"),
             _("Number formats; below their smallest number, 10⁻³⁸ to 10⁻⁴⁵ for float32, a gradient is 0."),
             "gradient?hidden_size=8&length=100&gain=0.5&overlay=rnn&axis=floats",
             _("the bands"),
             "IEEE 754, 2019"),
        Term("seed", _("seed"), ("seed", "seeds"),
             _("The number that decides which random weights and noise are drawn: the same seed, the same picture."),
             "gradient?hidden_size=8&length=60&overlay=rnn&spread=true",
             _("the pale band of five seeds")),
    ]  # fmt: skip
    return {term.key: term for term in found}
