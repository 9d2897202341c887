"""What the page says: how many numbers are drawn, and what becomes of them."""

from app import phrases
from app.figure import Verdict
from app.language import _
from app.settings import Settings
from app.views.model.numbers import Model
from cells.experiment import LOSSES
from cells.inputs import INPUTS


def model(settings: Settings, found: Model) -> Verdict:
    """What is drawn, what is read, what is asked."""
    experiment = settings.experiment
    text = _("{count} numbers drawn with seed {seed}, then {steps} steps of {input}; the loss is 1·h / √H on {where}.")
    asides = [
        _("Numbers of each name: {listed}.").format(
            listed=", ".join(f"{name} {values.size}" for name, values in found.weights.items())
        ),
        _("{headline}: {sentence}").format(
            headline=phrases.headline(found.flow), sentence=phrases.sentence(found.flow)
        ),
        phrases.off_axis(found.flow.log10_state_norm, settings.axis),
    ]
    return Verdict(
        experiment.cell_class.label,
        text.format(
            count=sum(values.size for values in found.weights.values()),
            seed=experiment.seed,
            steps=experiment.length,
            input=_(INPUTS[experiment.input].label),
            where=_(LOSSES[experiment.loss]),
        ),
        "carried",
        "\n".join(filter(None, asides)),
        check=phrases.checked(found.flow),
    )


def legend(settings: Settings) -> list[str]:
    """What every mark means."""
    return [
        _(
            "**On the left** are all numbers of the cell as they are drawn, smallest first: half of those of a name "
            "lie below the middle of its curve. A level piece is a number that many weights share, as a bias does."
        ),
        _("**On the right** is the input, its first channel, and below it log₁₀ of the gradient of every state."),
        _("Everything below can be quoted: each paragraph has a link of its own, which its heading shows."),
    ]
