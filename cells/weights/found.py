"""Recurrent layers as a file has them, and the cells they are."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from cells.base import AbstractCell
from cells.hard_gates import hard_gated
from cells.remedies.stacked import stacked
from cells.weights.contents import Budget, WeightsError, shown
from cells.zoo.cifg import CIFG
from cells.zoo.gru import GRU
from cells.zoo.lstm import LSTM
from cells.zoo.peephole import Peephole
from cells.zoo.rnn import RNN

BY_BLOCKS: dict[int, type[AbstractCell]] = {1: RNN, 3: GRU, 4: LSTM}
"""The cell that has so many blocks of weights in every format."""
GATES = {"logistic": 0.0, "hard 1/5": 0.2, "hard 1/6": 1 / 6}
"""Nonlinearities of gates by name: the slope of clip(slope x + 1/2, 0, 1), or 0 for the logistic function."""
RESETS = {"after": False, "before": True}
"""Where a reset gate multiplies: after the matrix product, or before it."""
DTYPES = {"float16", "bfloat16", "float32", "float64", "float8_e4m3fn", "float8_e5m2"}
"""Types that weights are read from; every number of them is one of float64."""


class Fact(NamedTuple):
    """Something that decides what a layer computes.

    Attributes:
        value: what it is; None where the file does not say and it must be asked.
        how: "known" where the file says so, "inferred" where something in it tells, "asked" where nothing does.
        why: what it is known or inferred from, or what the question is; a whole sentence.
        choices: values that may be answered; empty where nothing may.
    """

    value: str | None
    how: str
    why: str
    choices: tuple[str, ...] = ()

    @classmethod
    def known(cls, value: str, why: str) -> "Fact":
        """The file says so."""
        return cls(value, "known", why)

    @classmethod
    def inferred(cls, value: str, why: str, choices: tuple[str, ...] = ()) -> "Fact":
        """Something in the file tells."""
        return cls(value, "inferred", why, choices)

    @classmethod
    def asked(cls, why: str, choices: tuple[str, ...]) -> "Fact":
        """Nothing in the file tells."""
        return cls(None, "asked", why, choices)


@dataclass(frozen=True, eq=False)
class Layer:
    """One recurrent layer in one direction.

    The blocks of all arrays stand in the order of the cell's gates, in the file's own precision.

    Attributes:
        name: as the file names it.
        cell_class: the cell of the zoo that it is.
        W_ih: (blocks, H, D).
        W_hh: (blocks, H, H).
        b_ih: (blocks, H) the bias beside W_ih, or the only one; None where the file has none.
        b_hh: (blocks, H) the second bias, where the file has two.
        p: (3, H) peepholes i f o; None where the file has none.
        order: the blocks as they stand in the file.
        facts: what decides what it computes, by subject: "gates", "activation", "reset" and others.
        backward: whether it reads the sequence from its end.
        below: names of the layers whose h it reads, one after the other; empty where it reads the input.
        sources: names of the file's arrays that it is made of.
    """

    name: str
    cell_class: type[AbstractCell]
    W_ih: np.ndarray
    W_hh: np.ndarray
    b_ih: np.ndarray | None = None
    b_hh: np.ndarray | None = None
    p: np.ndarray | None = None
    order: str = ""
    facts: Mapping[str, Fact] = field(default_factory=dict)
    backward: bool = False
    below: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    @property
    def input_size(self) -> int:
        """D, channels of the input."""
        return self.W_ih.shape[-1]

    @property
    def hidden_size(self) -> int:
        """H, the number of units."""
        return self.W_ih.shape[-2]

    @property
    def nbytes(self) -> int:
        """Bytes of its arrays."""
        arrays = (self.W_ih, self.W_hh, self.b_ih, self.b_hh, self.p)
        return sum(array.nbytes for array in arrays if array is not None)

    def fingerprint(self) -> bytes:
        """The same for layers with the very same numbers, and for no others."""
        found = hashlib.blake2b()
        for array in (self.W_ih, self.W_hh, self.b_ih, self.b_hh, self.p):
            found.update(repr(None if array is None else (array.shape, array.dtype.name)).encode())
            found.update(b"" if array is None else np.ascontiguousarray(array).reshape(-1).view(np.uint8))
        return found.digest()

    @property
    def known(self) -> dict[str, Fact]:
        """What the file says."""
        return self._that_are("known")

    @property
    def inferred(self) -> dict[str, Fact]:
        """What something in the file tells; an answer may say otherwise."""
        return self._that_are("inferred")

    @property
    def asked(self) -> dict[str, Fact]:
        """What must be answered before it is a cell."""
        return self._that_are("asked")

    def _that_are(self, how: str) -> dict[str, Fact]:
        return {subject: fact for subject, fact in self.facts.items() if fact.how == how}

    def settled(self, **answers: str) -> dict[str, str]:
        """The value of every fact, given the answers.

        Raises:
            WeightsError: an answer is missing, is none of the choices, or contradicts what the file says.
        """
        for subject, answer in answers.items():
            fact = self.facts.get(subject)
            if fact is None:
                names = ", ".join(name for name, each in self.facts.items() if each.choices) or "none"
                raise WeightsError(f"answers: expected {names} for {shown(self.name)}; got {shown(subject)}.")
            if fact.choices and answer not in fact.choices:
                raise WeightsError(f"{subject}: expected one of {', '.join(fact.choices)}; got {shown(answer)}.")
            if not fact.choices and answer != fact.value:
                raise WeightsError(f"{subject}: expected {fact.value}, as the file says; got {shown(answer)}.")
        settled = {subject: answers.get(subject, fact.value) for subject, fact in self.facts.items()}
        missing = next((subject for subject, value in settled.items() if value is None), None)
        if missing is not None:
            fact = self.facts[missing]
            raise WeightsError(
                f"{missing}: expected an answer, one of {', '.join(fact.choices)}, for {shown(self.name)}. {fact.why}"
            )
        return settled

    def cell(self, **answers: str) -> AbstractCell:
        """The layer as a cell of the zoo, in float64: every number of the file is one exactly.

        Where a file has two biases that only ever act together, the cell has their sum.

        Args:
            answers: what the file leaves open, by subject; what is only inferred may be answered too.

        Raises:
            WeightsError: an answer is missing or wrong, or a weight is not finite.
        """
        settled = self.settled(**answers)
        for name in ("W_ih", "W_hh", "b_ih", "b_hh", "p"):
            value = getattr(self, name)
            if value is not None and not np.isfinite(value).all():
                place = [int(index) for index in np.argwhere(~np.isfinite(value))[0]]
                raise WeightsError(
                    f"{name}: expected finite numbers in {shown(self.name)}; got {value[tuple(place)]} at {place}."
                )
        W_ih, W_hh = (np.asarray(W, np.float64) for W in (self.W_ih, self.W_hh))
        nothing = np.zeros(W_ih.shape[:-1])
        b_ih, b_hh = (nothing if b is None else np.asarray(b, np.float64) for b in (self.b_ih, self.b_hh))
        weights = ASSEMBLED[self.cell_class](W_ih, W_hh, b_ih, b_hh, self.p, settled)
        return _gated(self.cell_class, settled)(**weights, activation=settled.get("activation", "tanh"))


def _gated(cell_class: type[AbstractCell], settled: Mapping[str, str]) -> type[AbstractCell]:
    gates = settled.get("gates", "logistic")
    slope = GATES[gates] if gates in GATES else float(gates.removeprefix("hard "))
    return hard_gated(cell_class, slope) if slope else cell_class


def _summed(W_ih, W_hh, b_ih, b_hh, p, settled):
    return {"W_ih": W_ih, "W_hh": W_hh, "b": b_ih + b_hh}


def _with_forget_bias(W_ih, W_hh, b_ih, b_hh, p, settled):
    added = np.array([0.0, float(settled.get("forget_bias", 0)), 0.0, 0.0])
    return _summed(W_ih, W_hh, b_ih, b_hh, p, settled) | {"b": b_ih + b_hh + added[:, None]}


def _without_gates(W_ih, W_hh, b_ih, b_hh, p, settled):
    return {"W_ih": W_ih[0], "W_hh": W_hh[0], "b": (b_ih + b_hh)[0]}


def _with_reset(W_ih, W_hh, b_ih, b_hh, p, settled):
    outside = np.concatenate([b_hh[:2], np.zeros_like(b_hh[2:])])
    return {
        "W_ih": W_ih,
        "W_hh": W_hh,
        "b": b_ih + outside,
        "b_hn": b_hh[2],
        "reset_before": RESETS[settled["reset"]],
    }


def _with_peepholes(W_ih, W_hh, b_ih, b_hh, p, settled):
    return {"W_ih": W_ih, "W_hh": W_hh, "p": np.asarray(p, np.float64), "b": b_ih + b_hh}


ASSEMBLED: dict[type[AbstractCell], Callable[..., dict[str, Any]]] = {
    RNN: _without_gates,
    GRU: _with_reset,
    LSTM: _with_forget_bias,
    CIFG: _summed,
    Peephole: _with_peepholes,
}
"""What each cell is made of, of two matrices and two biases."""


class Other(NamedTuple):
    """An array of the file that no recurrent layer is made of.

    Attributes:
        name: its name.
        shape: its shape.
        dtype: its type.
        role: "optimiser", "initial state" or "other".
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    role: str


@dataclass(frozen=True, eq=False)
class Found(Mapping[str, Layer]):
    """All that a file holds: recurrent layers by name, and everything else by name and shape.

    Attributes:
        name: the file's name.
        format: what the file is.
        layers: in the file's order, each direction by itself.
        others: every array that is in none of them.
        refused: sentences, one for each recurrent layer that is another cell than the zoo has.
        remarks: sentences on what else is in the file.
    """

    name: str
    format: str
    layers: tuple[Layer, ...]
    others: tuple[Other, ...] = ()
    refused: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    def __getitem__(self, name: str | int) -> Layer:
        """A layer by its name, or by its place.

        Raises:
            KeyError: there is none; the message lists those that are.
        """
        if isinstance(name, int) and 0 <= name < len(self.layers):
            return self.layers[name]
        found = next((layer for layer in self.layers if layer.name == name), None)
        if found is None:
            names = ", ".join(layer.name for layer in self.layers) or "none"
            raise KeyError(f"layer: expected one of {names}; got {name!r}.")
        return found

    def __iter__(self) -> Iterator[str]:
        return (layer.name for layer in self.layers)

    def __len__(self) -> int:
        return len(self.layers)

    def inputs(self, name: str | int, xs: np.ndarray, **answers: str) -> np.ndarray:
        """What a layer reads when the file's network reads a sequence: the h of the layers below.

        Dropout between layers and whatever else may stand there is in no file of weights and is left out. A layer that
        reads the sequence from its end gets it in that order.

        Args:
            name: of the layer, or its place.
            xs: (T, D) what the first layer reads.
            answers: as `Layer.cell` takes them; for all layers alike.

        Returns:
            (T, D of the layer), in the order in which the layer reads.
        """
        from cells.unroll import unroll

        ran: dict[str, np.ndarray] = {}

        def read(layer: Layer) -> np.ndarray:
            """What a layer reads, in the order of the sequence."""
            return np.concatenate([h(self[below]) for below in layer.below], axis=-1) if layer.below else xs

        def h(layer: Layer) -> np.ndarray:
            """What it makes of that, likewise."""
            if layer.name not in ran:
                own = {subject: value for subject, value in answers.items() if subject in layer.facts}
                way = slice(None, None, -1 if layer.backward else 1)
                ran[layer.name] = np.asarray(unroll(layer.cell(**own), np.asarray(read(layer))[way]).states.h)[way]
            return ran[layer.name]

        layer = self[name]
        return np.asarray(read(layer))[:: -1 if layer.backward else 1]

    def stack(self, name: str | int, **answers: str) -> AbstractCell:
        """A layer and all layers below it as one cell, see `cells.stacked`.

        Args:
            name: of the top layer, or its place.
            answers: as `Layer.cell` takes them; for all layers alike.

        Raises:
            WeightsError: a layer reads more than one below it, or they are not of one cell and size.
        """
        layers = [self[name]]
        while layers[0].below:
            if len(layers[0].below) > 1:
                raise WeightsError(
                    f"stack: expected one layer below {shown(layers[0].name)}; it reads both directions."
                )
            layers.insert(0, self[layers[0].below[0]])
        cells = tuple(layer.cell(**answers) for layer in layers)
        if len({(type(cell), cell.hidden_size, cell.activation) for cell in cells}) > 1:
            raise WeightsError(f"stack: expected layers of one cell and size below {shown(layers[-1].name)}.")
        return stacked(type(cells[0]), len(cells))(layers=cells, residual=False)


def blocks(matrix: np.ndarray, count: int, order: tuple[int, ...], *, transposed: bool = False) -> np.ndarray:
    """A matrix of stacked blocks, or a vector of them, with the gate axis first and in another order.

    Args:
        matrix: (count H, N), or (N, count H) where transposed, or (count H,).
        count: blocks.
        order: for each block of the result, its place in the matrix.
        transposed: whether the blocks stand side by side.
    """
    rows = matrix.T if transposed else matrix
    return rows.reshape(count, rows.shape[0] // count, *rows.shape[1:])[list(order)]


class Reading(NamedTuple):
    """What a naming makes of a file's arrays.

    Attributes:
        layers: recurrent layers.
        used: names of the arrays they are made of.
        refused: sentences on layers that are another cell.
    """

    layers: list[Layer]
    used: set[str]
    refused: list[str]

    def made(self, room: Budget, names: Iterable[str], make: Callable[..., Layer], *args: Any) -> Layer | None:
        """A layer out of some arrays, which then are used; None where they make none, and why is said."""
        try:
            layer = make(*args)
            room.take(layer.nbytes, layer.name)
        except WeightsError as error:
            self.refused.append(str(error))
            return None
        self.used.update(names)
        return layer
