"""What a step of a lesson says."""

import math

from tests.said.register import says

STEP = "step?lesson=tour&lesson_step=2"
LEGEND = (
    "**Every step** asks first. Predict, then look; a prediction is for yourself and stays in your browser.",
    "**The truth** is computed when you look, by the figure that you see.",
    "**Off by a decade** means ten times too much or too little.",
)


@says(STEP, *LEGEND)
def test_the_legend(said):
    assert said.settings.lesson_step == 2
    assert said.drawn["data"]


def without_end(told):
    measures = dict(told.measures) | {"log10_ratio": math.inf, "factor": math.inf, "before.factor": math.nan}
    return told._replace(measures=measures)


@says(STEP, "for ever", "more than any number", "no number", altered=without_end)
def test_what_has_no_number_is_said_in_words(said):
    assert "more than any number" in said.verdict.sentence
    assert "for ever" in said.verdict.asides
