"""Remedies that are another experiment: another nonlinearity, other weights, another cell."""

from typing import Any, ClassVar

from cells import activations, initializers
from cells.fields import labels
from cells.remedies.declaring import Change, Number
from cells.zoo import all_cells


def gated() -> dict[str, str]:
    """{name: label} of the cells with a gate that is no candidate."""
    return {name: cell.label for name, cell in all_cells().items() if any(not gate.candidate for gate in cell.gates)}


class Activation(Change):
    """Another state nonlinearity: a slope of 1 where it is open neither shrinks nor stretches."""

    name: ClassVar[str] = "activation"
    switch: ClassVar[str] = "activation"
    place: ClassVar[int] = 10
    numbers: ClassVar[tuple[Number, ...]] = (
        Number(
            "activation",
            "activation as a remedy",
            "relu",
            field="fix_activation",
            choices=labels(lambda: activations.ACTIVATIONS),
        ),
    )

    @classmethod
    def change(cls, experiment: Any, *, activation: str) -> Any:
        """The experiment with it."""
        return experiment.replace(activation=activation)


class Initialisation(Change):
    """Other recurrent weights to begin with."""

    name: ClassVar[str] = "initialisation"
    switch: ClassVar[str] = "initialisation"
    recurrent: ClassVar[bool] = True
    place: ClassVar[int] = 20
    numbers: ClassVar[tuple[Number, ...]] = (
        Number(
            "initializer",
            "initialisation as a remedy",
            "identity",
            field="fix_initializer",
            choices=labels(lambda: initializers.INITIALIZERS),
        ),
    )

    @classmethod
    def change(cls, experiment: Any, *, initializer: str) -> Any:
        """The experiment with it; recurrent weights by hand are left behind."""
        return experiment.replace(initializer=initializer, W_hh=())


class Gates(Change):
    """A cell whose state has a way of its own past the nonlinearity."""

    name: ClassVar[str] = "gates"
    switch: ClassVar[str] = "gated cell"
    gives_memory: ClassVar[bool] = True
    place: ClassVar[int] = 30
    numbers: ClassVar[tuple[Number, ...]] = (Number("cell", "gated cell", "lstm", field="fix_cell", choices=gated),)

    @classmethod
    def change(cls, experiment: Any, *, cell: str) -> Any:
        """The experiment on it."""
        return experiment.for_cell(cell)


class GateBias(Change):
    """The bias of the gate that keeps the state: large at first, so that the gate begins open."""

    name: ClassVar[str] = "gate_bias"
    switch: ClassVar[str] = "forget bias"
    place: ClassVar[int] = 40
    needs_memory: ClassVar[bool] = True
    numbers: ClassVar[tuple[Number, ...]] = (Number("bias", "gate bias", 4.0, -10.0, 10.0, field="gate_bias"),)

    @classmethod
    def change(cls, experiment: Any, *, bias: float) -> Any:
        """The experiment with it; a cell without such a gate stays as it is."""
        return _with(experiment, {spec.name: bias for spec in memory(experiment)})


class Chrono(Change):
    """Biases of that gate drawn for time constants up to the sequence's length.

    Reference:
        Tallec and Ollivier (2018), Can recurrent neural networks warp time?
    """

    name: ClassVar[str] = "chrono"
    switch: ClassVar[str] = "chrono"
    place: ClassVar[int] = 50
    needs_memory: ClassVar[bool] = True

    @classmethod
    def change(cls, experiment: Any) -> Any:
        """The experiment with it; a cell without such a gate stays as it is."""
        return _with(experiment, {spec.replaced_by: float(experiment.length) for spec in memory(experiment)})


def memory(experiment: Any) -> list[Any]:
    """Hyperparameters of the experiment's cell that are the bias of a gate which sets its memory."""
    return [spec for spec in all_cells()[experiment.cell].hyperparameters if spec.replaced_by]


def _with(experiment: Any, hyperparameters: dict[str, float]) -> Any:
    return experiment.replace(hyperparameters=dict(experiment.hyperparameters) | hyperparameters)
