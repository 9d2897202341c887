"""Scenes of the remedies: what each one does, and what it does not."""

from app.language import _
from app.settings import Picture
from app.views.gradient.claims import Scene
from cells.experiment import Experiment


def scenes() -> list[Scene]:
    """The gallery, in order."""
    rnn = Experiment()
    loud = rnn.replace(gain=5.0, initializer="gaussian", hidden_size=32)
    return [
        Scene(
            "layer_norm_explodes",
            _("Layer norm against exploding: gain 5 no longer explodes"),
            Picture(experiment=loud, remedies=("layer_norm",), axis="floats"),
        ),
        Scene(
            "layer_norm_vanishes",
            _("Layer norm against vanishing: at gain 0.1 it vanishes as before"),
            Picture(experiment=rnn.replace(gain=0.1, hidden_size=32), remedies=("layer_norm",), axis="far"),
        ),
        Scene(
            "residual",
            _("Residual h + aF carries what the plain network loses"),
            Picture(experiment=rnn, remedies=("residual",), residual_scale=0.03),
        ),
        Scene(
            "false_residual",
            _("φ(Wh + x + h) looks like a residual and still vanishes"),
            Picture(experiment=rnn.replace(length=400), remedies=("false_residual",)),
        ),
        Scene(
            "clip",
            _("Clipping makes the update small and leaves the explosion where it was"),
            Picture(experiment=loud, remedies=("clip_norm",), axis="floats"),
        ),
        Scene(
            "penalty",
            _("L2 makes a vanishing network vanish faster"),
            Picture(experiment=rnn, remedies=("l2",)),
        ),
        Scene(
            "omega",
            _("Ω teaches a plain network to carry"),
            Picture(experiment=rnn, remedies=("omega",)),
        ),
        Scene(
            "stack",
            _("Gates alone, or gates with chrono: the biases do most of the work"),
            Picture(experiment=rnn, remedies=("gates", "chrono")),
        ),
    ]
