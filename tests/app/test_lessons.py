"""Lessons: what a file may say, what every step claims, and what is computed of it."""

import base64
import json
import math
import zlib

import pytest

from app.language import power_of_ten
from app.live import controls
from app.page import figures
from app.settings import Settings
from app.views.lessons import making, steps, verdict
from app.views.lessons.lesson import STEP, Choice, LessonError, Number, packed, read, unpacked, written
from app.views.lessons.library import lessons
from app.views.lessons.numbers import truth_of
from app.views.lessons.settings import LONGEST
from tests.app.pages import ask, connect
from tests.asked import ALL, some

STEPS = [(name, place) for name, lesson in lessons().items() for place in range(len(lesson.steps))]
TRAINED = ("updates", "generations")
SMALL = """
title = "Small"
[[steps]]
title = "One"
question = "What is left?"
shown = "cell=rnn&overlay=rnn&length=20"
revealed = "cell=rnn&overlay=rnn&length=20&gain=0.5"
truth = "{log10_ratio} is left, and it was {before.log10_ratio}."
sliders = ["gain"]
[steps.choice]
measure = "log10_ratio - before.log10_ratio"
options = [{text = "less", high = 0}, {text = "more", low = 0}]
"""


def step_of(name, place):
    return lessons()[name].steps[place]


def is_trained(step):
    return any(field.endswith(TRAINED) for field, _value in step.revealed.own)


def at_seed(step, seed):
    def reseeded(settings):
        return settings.replace(experiment=settings.experiment.replace(seed=settings.experiment.seed + seed))

    return step._replace(shown=reseeded(step.shown), revealed=reseeded(step.revealed))


@pytest.mark.parametrize(("name", "place"), some([each for each in STEPS if not is_trained(step_of(*each))], 18))
def test_what_a_step_says_holds_at_its_seeds(name, place):
    assert_says_what_is_so(step_of(name, place))


@pytest.mark.parametrize(("name", "place"), some([each for each in STEPS if is_trained(step_of(*each))], 1))
def test_what_a_step_says_of_training_holds_at_its_seeds(name, place):
    assert_says_what_is_so(step_of(name, place))


def assert_says_what_is_so(step):
    """Its texts can be filled, what they rest on holds, and the same answer is right at every seed."""
    rights = set()
    for seed in range(step.seeds if ALL else 1):
        told = truth_of(at_seed(step, seed)).value()
        for text in (step.truth, step.why):
            assert "no number" not in verdict.filled(text, told.measures)
        for held in step.holds:
            value = verdict.measured(held.measure, told.measures)
            assert held.low <= value <= held.high, (held, value, seed)
        if isinstance(step.prediction, Choice):
            value = verdict.measured(step.prediction.measure, told.measures)
            rights.add(verdict.right(step.prediction, value))
        if isinstance(step.prediction, Number):
            value = verdict.measured(step.prediction.measure, told.measures)
            on_scale = value if step.prediction.measure.rpartition(".")[2].startswith("log10") else max(value, 0)
            assert step.prediction.low <= on_scale <= step.prediction.high, (value, seed)
    assert -1 not in rights
    assert len(rights) <= 1


@pytest.mark.parametrize("name", lessons())
def test_a_lesson_asks_before_it_shows_and_fits_in_a_link(name):
    lesson = lessons()[name]
    assert lesson.title
    assert lesson.about
    assert sum(step.prediction is not None for step in lesson.steps) >= len(lesson.steps) / 2
    assert len(packed(lesson)) <= LONGEST
    assert unpacked(packed(lesson)).steps == lesson.steps
    assert read(written(lesson)).steps == lesson.steps
    for step in lesson.steps:
        assert len(step.question) <= 420, step.title
        assert not step.moves or step.prediction is not None


def test_a_step_is_measured_before_and_after():
    lesson = read(SMALL)
    told = truth_of(lesson.steps[0]).value()
    alone = figures()["gradient"]
    found = alone.measures(lesson.steps[0].revealed, alone.compute(lesson.steps[0].revealed).value())
    assert told.measures["log10_ratio"] == found["log10_ratio"]
    said = verdict.extra(Settings(), told, "light")
    assert said["right"] == 0
    assert math.isclose(said["value"], told.measures["log10_ratio"] - told.measures["before.log10_ratio"])
    kept, before = (power_of_ten(told.measures[name]) for name in ("log10_ratio", "before.log10_ratio"))
    assert said["truth"] == f"{kept} is left, and it was {before}."


def test_between_two_pictures_only_numbers_move():
    step = read(SMALL).steps[0]
    gains = [settings.experiment.gain for settings in steps.between(step.shown, step.revealed)]
    assert len(gains) == steps.FRAMES - 1
    assert all(first > second for first, second in zip([1.0, *gains], [*gains, 0.5], strict=True))
    other = step.revealed.replace(experiment=step.revealed.experiment.replace(cell="lstm"))
    assert steps.between(step.shown, other) == []


def test_the_route_of_a_lesson_in_a_link():
    data = packed(read(SMALL))
    response = ask(connect(), f"/live/step?lesson=own&lesson_data={data}")
    assert response.status_code == 200
    assert response.json()["right"] == 0
    assert response.json()["words"]["headline"] == "One"


def test_an_author_is_told_what_there_is_to_choose_from():
    lesson = read(SMALL)
    told_author = ask(connect(), f"/live/step?lesson=own&lesson_data={packed(lesson)}").json()["making"]
    measures = {measure["name"]: measure for measure in told_author["measures"]}
    told = truth_of(lesson.steps[0]).value().measures
    assert set(measures) == set(told)
    assert measures["before.log10_ratio"]["value"] == told["before.log10_ratio"]
    assert measures["before.log10_ratio"]["written"] == power_of_ten(told["before.log10_ratio"])
    assert [slider["name"] for slider in told_author["sliders"]] == ["gain", "length"]
    assert told_author["figure"] == "gradient"
    assert Settings.repaired(told_author["revealed"])[0] == lesson.steps[0].revealed
    assert "making" not in verdict.extra(Settings(), truth_of(lesson.steps[0]).value(), "light")


@pytest.mark.parametrize("figure", [name for name in figures() if name != STEP])
def test_every_slider_offered_to_an_author_may_be_in_a_lesson(figure):
    names = json.dumps([slider["name"] for slider in controls.offered(figure, Settings())])
    step = f'[[steps]]\ntitle = "t"\nquestion = "q"\nfigure = "{figure}"\nsliders = {names}'
    assert read(f'title = "t"\n{step}').steps[0].sliders == tuple(json.loads(names))


def test_two_lessons_of_ones_own_are_remembered_apart():
    first, second = (
        Settings(lesson="own", lesson_data=packed(read(text))) for text in (SMALL, SMALL.replace("One", "2"))
    )
    assert making.memory(first) != making.memory(second)
    assert making.memory(Settings()) == Settings().lesson


def test_a_measure_that_no_figure_has_is_said():
    lesson = read(SMALL.replace("log10_ratio -", "unheard -"))
    response = ask(connect(), f"/live/step?lesson=own&lesson_data={packed(lesson)}")
    assert response.status_code == 422
    assert "expected one of" in response.json()["problem"]
    assert "unheard" in response.json()["problem"]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('title = "Small"', 'title = "Small', "TOML"),
        ('title = "Small"', "title = 7", "The lesson, title: expected text; got 7"),
        ('question = "What is left?"', "", "Step 1, question: expected some text"),
        ("gain=0.5", "gain=900", "Step 1, revealed: gain: expected a number from 0.05 to 20"),
        ('"gain"]', '"gain"]\nquiet = 1', "Step 1, quiet: expected true or false; got 1"),
        ('"gain"]', '"cell"]', "Step 1, sliders: expected names among"),
        ("high = 0}", 'high = "x"}', "Step 1, choice, options, high: expected a number"),
        (', {text = "more", low = 0}', "", "Step 1, choice, options: expected 2 to 4 options; got 1"),
        ('truth = "', 'trut = "', "Step 1, trut: expected one of"),
        ('title = "One"', 'title = "One"\nfigure = "step"', "Step 1, figure: expected one of"),
        ("[steps.choice]", "[steps.curve]\n[steps.choice]", "expected one prediction; got 2"),
        ("[[steps]]", "[steps]", "The lesson, steps: expected a list of tables"),
        (SMALL, "", "expected 1 to 40 steps; got 0"),
        (SMALL, 'steps = "' + "x" * 70_000 + '"', "Expected at most 60000 bytes"),
    ],
)
def test_a_broken_lesson_gets_a_sentence(before, after, said):
    assert SMALL == before or SMALL.count(before) == 1
    with pytest.raises(LessonError, match=".") as error:
        read(SMALL.replace(before, after))
    assert said in str(error.value)


@pytest.mark.parametrize("data", ["x", "A" * 400, packed(read(SMALL))[:-9], json.dumps({"title": "x"})])
def test_a_broken_lesson_in_a_link_gets_a_sentence(data):
    settings, problems = Settings.repaired(f"lesson=own&lesson_data={data}")
    assert settings.lesson_data == ""
    assert len(problems) == 1
    assert problems[0].startswith("lesson_data: ")


def test_a_bomb_is_not_unpacked():
    bomb = base64.urlsafe_b64encode(zlib.compress(b'{"title":"' + b"a" * 10_000_000 + b'"}')).decode().rstrip("=")
    with pytest.raises(LessonError):
        unpacked(bomb)


def test_an_address_says_which_figure():
    lesson = read(SMALL.replace('shown = "', 'shown = "http://127.0.0.1:8501/past?').replace("{log10_ratio}", "x"))
    assert lesson.steps[0].figure == "survival"
