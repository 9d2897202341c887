"""Cells above one another are a cell: every picture of a cell is a picture of a stack."""

import inspect
import re
from functools import cache
from typing import Any, ClassVar, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from cells import keys
from cells.base import AbstractCell, Hyperparameter, number
from cells.initializers import DEFAULT_INITIALIZATION
from cells.keys import Key
from cells.taps import Tap

MAX_LAYERS = 6
MAX_UNITS = 128
"""Most units of all layers together."""
LAYER_RESIDUAL = Hyperparameter(
    "layer_residual",
    "residual between layers",
    False,
    0.0,
    1.0,
    "Every layer passes on the sum of what it got from the layer below and its own h.",
)


class Stacked(AbstractCell):
    r"""Layers of one kind of cell; each reads what the one below passes on at the same step.

    $$h^{(l)}_t = F_l(s^{(l)}_{t-1}, u^{(l-1)}_t) \qquad u^{(l)}_t = h^{(l)}_t + r u^{(l-1)}_t \qquad u^{(0)}_t = x_t$$

    with r = 0, or 1 for layers above the first where there is a residual between layers. The residual does not join
    the recurrence: a layer remembers its own h alone. What is read is the top layer's u.

    The state has the fields of all layers, from the first one up, each with its layer's number behind its name; those
    of the top layer have none. So have the gates. Weights by name (`W_ih`, `W_hh`, `b`) are those of the first layer,
    which reads the input; all are in `layers`. One layer is the cell itself, number by number.

    Should not be confused with `cells.remedies.shortcuts.Residual`, whose way leads through time.

    Reference:
        Graves (2013), Generating sequences with recurrent neural networks, section 2. The residual: Wu et al. (2016),
        Google's neural machine translation system, section 3.1.
    """

    layers: tuple[AbstractCell, ...]
    residual: Array = eqx.field(converter=number)  # () bool

    names: ClassVar[tuple[dict[str, str], ...]]
    """For each layer, {name within its cell: name here} of everything that passes the tap."""

    @property
    def W_ih(self) -> Array:
        """The first layer's."""
        return self.layers[0].W_ih

    @property
    def W_hh(self) -> Array | None:
        """The first layer's."""
        return self.layers[0].W_hh

    @property
    def b(self) -> Array:
        """The first layer's."""
        return self.layers[0].b

    @property
    def activation(self) -> Array:
        """The first layer's; all have the same."""
        return self.layers[0].activation

    def __getattr__(self, name: str) -> Any:
        """Any other weight by name: the first layer's too."""
        if name.startswith("_") or name in ("layers", "residual"):
            raise AttributeError(name)
        return getattr(self.layers[0], name)

    @property
    def hidden_size(self) -> int:
        """H, the number of units of one layer."""
        return self.layers[0].hidden_size

    @property
    def input_size(self) -> int:
        """D, the width of one input of the first layer."""
        return self.layers[0].input_size

    def recurrent_matrix(self) -> Array | None:
        """The first layer's."""
        return self.layers[0].recurrent_matrix()

    def bound_growths(self) -> Array:
        """A stack has the bounds of its cell only where it is the cell."""
        return self.layers[0].bound_growths() if self.bounds else jnp.zeros(0)

    def initial_state(self) -> Any:
        """Those of the layers."""
        return self.State(*(field for layer in self.layers for field in layer.initial_state()))

    def readout_direction(self) -> Any:
        """What a sum over the units read is differentiated to: the top layer's h, with a residual every layer's."""
        zeros = jax.tree.map(jnp.zeros_like, self.initial_state())
        fields = [names["h"] for names in self.names]
        top = jnp.ones_like(zeros.h)
        lower = jnp.where(self.residual, top, 0)
        return zeros._replace(**dict.fromkeys(fields[:-1], lower), h=top)

    def step(self, state: Any, x: Array, tap: Tap) -> Any:
        """One time step, from the first layer to the top."""
        below, following = x, []
        for layer, names in zip(self.layers, self.names, strict=True):
            own = layer.State(*(getattr(state, names[field]) for field in layer.State._fields))
            moved = layer.step(own, below, _renamed(tap, names))
            below = moved.h if layer is self.layers[0] else jnp.where(self.residual, moved.h + below, moved.h)
            following += moved
        return self.State(*following)


def _renamed(tap: Tap, names: dict[str, str]) -> Tap:
    return lambda name, value: tap(names[name], value)


@cache
def stacked(inner: type[AbstractCell], layers: int) -> type[Stacked]:
    """The class of a stack of cells; the same pair gives the same class.

    Args:
        inner: the class of every layer.
        layers: how many there are, at least 1.
    """
    suffixes = [*range(1, layers), ""]
    names = tuple({name: f"{name}{suffix}" for name in inner.intermediates()} for suffix in suffixes)

    def init(cls, input_size, hidden_size, *, key, layer_residual=LAYER_RESIDUAL.default, **settings):
        """Draw the weights; the first layer's are those of a single cell."""
        drawn = [
            inner.init(width, hidden_size, key=key_of_layer(key, place), **settings_of_layer(settings, place))
            for place, width in enumerate((input_size, *[hidden_size] * (layers - 1)))
        ]
        return cls(layers=tuple(drawn), residual=number(layer_residual, bool))

    parameters = list(inspect.signature(inner.init.__func__).parameters.values())
    residual = inspect.Parameter(LAYER_RESIDUAL.name, inspect.Parameter.KEYWORD_ONLY, default=LAYER_RESIDUAL.default)
    init.__signature__ = inspect.Signature([*parameters, residual])
    fields = [(names_of[field], Array) for names_of in names for field in inner.State._fields]
    return type(Stacked)(
        f"Stacked{layers}{inner.__name__}",
        (Stacked,),
        {
            "__module__": __name__,
            "__doc__": Stacked.__doc__,
            "__annotations__": {},
            "init": classmethod(init),
            "editable": classmethod(lambda cls, hidden_size: inner.editable(hidden_size)),
            "label": inner.label if layers == 1 else f"{inner.label} × {layers}",
            "State": NamedTuple(f"Stacked{layers}{inner.State.__name__}", fields),
            "names": names,
            "gates": tuple(
                gate._replace(symbol=names_of[gate.symbol], role=_role(gate.role, place, layers))
                for place, names_of in enumerate(names, start=1)
                for gate in inner.gates
            ),
            "equations": inner.equations if layers == 1 else (*inner.equations, r"x^{(l+1)}_t = h^{(l)}_t"),
            "direct": {of[field]: _written(factor, of) for of in names for field, factor in inner.direct.items()},
            "recurrence": inner.recurrence,
            "nonlinear": inner.nonlinear,
            "bounds": inner.bounds if layers == 1 else (),
            "hyperparameters": (*inner.hyperparameters, LAYER_RESIDUAL),
            "order": inner.order,
        },
    )


def _written(factor: str, names: dict[str, str]) -> str:
    """A factor such as "1 − f" in the names of a layer."""
    return re.sub(r"\w+", lambda word: names.get(word[0], word[0]), factor)


def _role(role: str, layer: int, layers: int) -> str:
    return role if layers == 1 else f"{role} of layer {layer}"


def key_of_layer(key: Key, place: int) -> Key:
    """The PRNG key of a layer, counted from 0: the first one has the key itself."""
    return keys.fold_in(key, place + 1) if place else key


def settings_of_layer(settings: dict[str, Any], place: int) -> dict[str, Any]:
    """What a layer's `init` is given: weights by hand and the fan of the input belong to the first layer."""
    if place == 0:
        return settings
    initialization = settings.get("initialization", DEFAULT_INITIALIZATION)
    return settings | {"initialization": initialization._replace(given=None, fan=1.0)}
