"""Are the notes right? Verdicts against numbers from elsewhere, at seeds that the page does not open with."""

import math
import re
import time

import numpy as np
import pytest

from app.background import answer
from app.page import figures
from app.settings import Settings
from app.views.notes import numbers
from app.views.notes.card import TOPICS, VERDICTS, Case, Trial, verdict_of
from app.views.notes.measures import MEASURES, steps, trained, untrained
from app.views.notes.numbers import At, Notes, alone_of, experiment_of, place_of
from app.views.notes.topics import cards
from app.views.notes.verdict import alone, card, expected
from cells.experiment import Experiment
from cells.inputs import sunspots
from cells.running import drawn, run
from tests.app.pages import draw, extra, numbers_of, say
from tests.asked import one_of_many, some
from tests.said import by_numpy
from tests.said.by_numpy import log10_gradient

SETTINGS = Settings(notes_size="8", notes_length=60)
SHOWN = ("activations", "turing", "five", "tanh")
"""Cards that the tests of words and pictures look at; the others stay to be tried."""


def stand(settings, names=SHOWN) -> Notes:
    """What stands once these cards have been tried."""
    for name in names:
        for keys in place_of(settings).keys(cards()[name]):
            for key in keys:
                (numbers.trained_number if key.case.fixed else numbers.number).now(*key)
    return numbers_of("notes", settings)


def values_of(name, place, *at):
    """The numbers of a case at the first of some seeds, and at the others."""
    (keys, *_others) = [keys for keys in At(*at).keys(cards()[name]) if keys[0].place == place]
    return [numbers.number.now(*key) for key in keys]


def case(least=-math.inf, most=math.inf):
    return Case("says", Experiment(), least, most)


def test_a_verdict_is_of_every_case_and_seed():
    right, wrong, mixed = (Trial(case(least=0.0), values) for values in ((1.0, 2.0), (-1.0, -2.0), (1.0, -1.0)))
    assert verdict_of([right, right]) == "holds"
    assert verdict_of([wrong]) == "false"
    assert verdict_of([right, wrong]) == verdict_of([mixed]) == "only_if"
    assert verdict_of([]) == "untested"
    assert not case().holds(math.nan)


def test_cards_are_whole():
    assert list(dict.fromkeys(card.topic for card in cards().values())) == list(TOPICS)
    for name, told in cards().items():
        assert re.fullmatch("[a-z0-9_]+", name)
        for text in (told.claim, told.why, told.better, *(case.says for case in told.cases)):
            assert text.endswith("."), (name, text)
        for each in told.cases:
            assert each.measure in MEASURES
            assert math.isfinite(each.least) or math.isfinite(each.most), name


def test_the_numbers_of_a_case_are_those_that_numpy_finds():
    for name in ("activations", "eigenvalue", "overcomes", "distance"):
        for key, *_others in At(7, 8, 60).keys(cards()[name]):
            curve, _overflow = log10_gradient(experiment_of(key))
            expected = (curve[0] - curve[-1]) / (len(curve) - 1)
            assert numbers.number.now(*key) == pytest.approx(expected, abs=1e-6), key.case.says


def test_weights_are_counted():
    # RNN: H (D + H + 1). An LSTM has four of these blocks, a GRU three and a second bias for the candidate at most.
    assert values_of("four", 0, 3, 8, 60) == [4.0] * numbers.SEEDS
    assert values_of("lighter", 0, 3, 8, 60)[0] == pytest.approx(0.75, abs=0.0375)


def test_the_direct_path_is_the_product_of_the_forget_gates():
    experiment = Experiment(cell="lstm", hidden_size=1, W_hh=(0, 0, 0, 0), b=(0, 2, 0, 0), input="zero", length=40)
    # No recurrent weights: what c passes on is the forget gate alone.
    assert run(experiment, untrained.split) == pytest.approx(0.0, abs=1e-9)
    held = experiment.replace(W_hh=(1, 0, 2, 0))
    assert abs(run(held, untrained.split)) > 0.01


EXPECTED = {
    "holds": "sum copies product units start tanh skips standardised four explodes bias lighter carries mixes deep "
    "attention window_only one_matrix depends wormhole",
    "false": "near norm transposed five long_only explode_all determinant uniform direct sigmoids adds alike dot "
    "parallel reset_one padding latch",
    "only_if": "window diagonal activations large short later orthogonal necessary sufficient eigenvalue norm_above "
    "relu gates_ease small batch_norm relu_explodes default three_gates one_zero distance linear reset_forgets "
    "every_deep cnn slopes steeper",
    "untested": "turing batch_norm_learns expensive genetic programs popular",
}
"""What theory says of sentences that no seed should turn."""
OF_LAYERS = {"both_sides": "only_if", "stacked": "only_if", "shorter": "false"}
TRAINED = {
    "long_lags": "only_if",
    "gates_learn": "holds",
    "solves": "only_if",
    "forget_one": "holds",
    "as_well": "holds",
    "rescues": "only_if",
    "unclipped": "only_if",
    "clip_prevents": "holds",
    "swings": "holds",
    "orthogonal_learns": "holds",
    "tanh_learns": "holds",
    "rate": "false",
    "cut_learns": "only_if",
    "others_do": "only_if",
    "any_length": "false",
    "hello": "holds",
    "only_h": "only_if",
    "missing_word": "holds",
    "fixed_code": "only_if",
    "translates": "only_if",
}
"""What training came to at the seeds it was tried at, from 0, 600 and 700 on."""


@pytest.mark.parametrize("seed", some((200, 300, 400), 1))
def test_verdicts_at_seeds_of_our_own(seed):
    wanted = {name: verdict for verdict, names in EXPECTED.items() for name in names.split()}
    found = stand(SETTINGS.replace(notes_seed=seed), wanted).verdicts()
    assert {name: found[name] for name in wanted} == wanted


@one_of_many
def test_verdicts_of_layers_at_seeds_of_our_own():
    found = stand(SETTINGS.replace(notes_seed=200), OF_LAYERS).verdicts()
    assert {name: found[name] for name in OF_LAYERS} == OF_LAYERS


@pytest.mark.parametrize("name", some(["clip_prevents", *sorted(set(TRAINED) - {"clip_prevents"})], 1))
def test_verdicts_of_trained_networks_at_seeds_of_our_own(name):
    assert stand(Settings(notes_seed=700), [name]).verdicts()[name] == TRAINED[name]


def test_every_card_has_a_verdict_in_some_test_or_is_known_to_turn_with_the_seeds():
    tested = {name for names in EXPECTED.values() for name in names.split()} | set(OF_LAYERS) | set(TRAINED)
    turning = {"xavier", "layer_norm", "residual", "overcomes", "chrono", "long_short", "dropout"}
    turning |= {"five_ways", "features"}
    assert tested | turning == set(cards())


def test_verdicts_come_one_after_the_other_and_asking_computes_none():
    settings = SETTINGS.replace(notes_seed=901)
    standing = numbers.notes(settings)
    assert standing.ask() is None  # the cards are there
    first = standing.value()
    assert verdict_of(first.trials["tanh"]) == "pending"
    assert first.trials["turing"] == []
    assert first.done < first.count
    found = stand(settings, ["tanh"])
    assert found.verdicts()["tanh"] == "holds"
    assert say("notes", settings).headline.startswith(f"{found.done} of {found.count} sentences tried, ")
    told = extra("notes", settings)
    assert (told["done"], told["count"]) == (found.done, found.count)
    waiting = next(each for each in told["cards"] if each["verdict"] == "pending" and each["cases"])
    assert {case["measured"] for case in waiting["cases"]} == {"being tried"}
    assert not any(case["right"] or case["wrong"] or case["seeds"] for case in waiting["cases"])


def test_who_moves_on_leaves_little_to_be_computed():
    settings = SETTINGS.replace(notes_seed=911)
    before = len(answer.kept())
    numbers.notes(settings).ask()
    assert len(answer.kept()) - before <= numbers.AHEAD + numbers.AHEAD_TRAINED


def test_seeds_are_shared_by_those_who_begin_elsewhere():
    own, next_one = (At(seed, 8, 60).keys(cards()["tanh"])[0] for seed in (200, 201))
    assert own[1:] == next_one[:-1]


def test_size_and_length_that_a_case_names_are_its_own():
    (key, *_others) = At(0, 8, 60).keys(cards()["chrono"])[0]
    assert (key.size, key.length) == (8, 0)
    assert experiment_of(key).length == 100
    trained_key = At(0, 8, 60).keys(cards()["rescues"])[0][0]
    assert (trained_key.size, trained_key.length) == (0, 0)
    assert experiment_of(trained_key).hidden_size == 32


def test_one_card_is_tried_by_itself_and_the_others_keep_theirs():
    page = SETTINGS.replace(notes_seed=200)
    own = page.replace(notes_card="tanh", notes_card_seed=300, notes_card_length=40)
    assert alone_of(page) is None
    assert alone_of(page.replace(notes_card="tanh")) is None  # only brought into view
    assert alone_of(page.replace(notes_card="tanh", notes_card_seed=200)) is None  # where the page tries it
    assert alone_of(own).at == At(300, 8, 40)
    stand(page, ["tanh"])
    answer_there = numbers.notes(own)
    until = time.monotonic() + 60
    while answer_there.value().alone.trials is None and time.monotonic() < until:
        answer_there.ask()
        time.sleep(0.02)
    found = answer_there.value()
    told = alone(found.alone)
    assert (told["name"], told["verdict"], told["where"]) == ("tanh", "holds", "Seeds 300 to 304, 8 units, 40 steps")
    assert found.trials["tanh"] == stand(page, ["tanh"]).trials["tanh"]
    assert found.alone.trials != found.trials["tanh"]
    link, problems = Settings.repaired(own.to_query())
    assert (link, problems) == (own, [])
    opened, _problems = Settings.repaired(told["cases"][0]["query"])
    assert opened.experiment == Experiment(hidden_size=8, length=40, seed=300)


@pytest.mark.parametrize("length", [1, 2])
def test_a_card_of_hardly_any_steps_has_numbers_or_none_and_does_not_break_off(length):
    for name in ("activations", "sum", "near"):
        for key, *_others in At(0, 8, length).keys(cards()[name]):
            assert isinstance(numbers.number.now(*key), float)


def test_the_tally_counts_every_card_once_and_the_figure_agrees():
    found, said = stand(SETTINGS), say("notes", SETTINGS)
    verdicts = list(found.verdicts().values())
    assert f"right as they stand: {verdicts.count('holds')}" in said.headline
    assert f"False: {verdicts.count('false')}." in said.sentence
    traces = {trace["uid"]: trace for trace in draw("notes", SETTINGS)["data"]}
    for key in VERDICTS:
        assert np.sum(traces[f"notes.{key}"]["x"]) == verdicts.count(key)
    whole = found._replace(trials={name: found.trials[name] for name in SHOWN})
    assert figures()["notes"].say(SETTINGS, whole).headline == "4 sentences, right as they stand: 1"


def test_a_card_says_what_was_measured_and_links_to_it():
    found = stand(SETTINGS)
    told = {each["name"]: each for each in extra("notes", SETTINGS)["cards"]}
    assert list(told) == list(cards())
    (first, second, _third) = told["activations"]["cases"]
    values = sorted(found.trials["activations"][0].values)
    assert first["measured"].startswith(f"{values[2]:.3g} decades a step".replace("-", "−"))
    assert second["measured"] == "−0.0458 decades a step"  # log10 0.9, at every seed
    assert (first["seeds"], first["right"], second["wrong"]) == ("5 of 5 seeds", True, True)
    page = first["page"]
    opened, problems = Settings.repaired(first["query"])
    assert (page, problems) == ("gradient", [])
    assert opened.experiment == Experiment(hidden_size=8, length=60)
    assert figures()[page].say(opened, numbers_of(page, opened)).kind == "vanishing"


def test_every_case_leads_to_a_page_that_takes_what_it_is_set_to():
    for each in extra("notes", SETTINGS)["cards"]:
        for case, told in zip(cards()[each["name"]].cases, each["cases"], strict=True):
            opened, problems = Settings.repaired(told["query"])
            assert not problems, (each["name"], problems)
            assert all(getattr(opened, name) == value for name, value in case.fields), case.says


def test_a_case_with_a_remedy_links_to_the_page_that_has_it():
    trials = stand(SETTINGS, ["layer_norm"]).trials["layer_norm"]
    cases = {each["name"]: each["cases"] for each in extra("notes", SETTINGS)["cards"]}
    for place, value in enumerate(trials):
        told = cases["layer_norm"][place]
        assert told["page"] == "fixes"
        opened, problems = Settings.repaired(told["query"])
        assert not problems
        assert numbers_of("fixes", opened).after.growth.log10_factor == pytest.approx(value.values[0], abs=1e-6)


def test_bounds_and_numbers_are_said_as_people_write_them():
    assert expected(case(least=-0.01)) == "right from −0.01 on"
    assert expected(case(most=0.5)) == "right up to 0.5"
    assert expected(case(-1.0, 1.0)) == "right from −1 to 1"
    assert card(SETTINGS, "turing", numbers_of("notes", SETTINGS))["cases"] == []


def test_input_weights_are_smaller_the_more_units_there_are():
    # What the card on hidden units says: Glorot's bound is the root of 6 / (inputs + units).
    sizes = [np.abs(drawn(Experiment(hidden_size=size)).W_ih[:, :4]).max() for size in (8, 64)]
    assert sizes[1] < 0.6 * sizes[0]


# --- numbers of the newer cards, found another way ---

RNN, GRU, LSTM = (Experiment(cell=name, hidden_size=8, length=60, seed=7) for name in ("rnn", "gru", "lstm"))


def test_products_of_jacobians_are_numpys():
    found = by_numpy.jacobian(RNN, 40, 60)
    W, states = np.asarray(drawn(RNN).W_hh), by_numpy.orbit(RNN).states["h"]
    product = np.eye(8)
    for t in range(41, 61):
        product = (1 - states[t] ** 2)[:, None] * (W.T @ product)
    error = np.linalg.norm(product - found) / np.linalg.norm(found)
    straight, transposed = run(RNN, steps.products)
    assert straight < 1e-12
    assert transposed == pytest.approx(error, rel=1e-6)


def test_what_is_left_of_c_and_of_h_is_in_numpys_jacobian():
    found = by_numpy.jacobian(LSTM, 1, 60)
    of_h, of_c = (np.log10(np.linalg.norm(found[block, block]) / np.sqrt(8)) for block in (slice(8), slice(8, 16)))
    assert np.array(run(LSTM, steps.survivals)) == pytest.approx([of_h, of_c], abs=1e-6)


def test_a_held_reset_gate_leaves_what_the_formulas_say():
    cell, states = drawn(GRU), by_numpy.orbit(GRU).states["h"]
    place = 30  # h after 30 steps, and the input of the 31st
    h, x = states[place], by_numpy.sequence(GRU)[place]
    W_ih, W_hh, b = (np.asarray(getattr(cell, name), float) for name in ("W_ih", "W_hh", "b"))
    z = by_numpy.sigmoid(W_ih[1] @ x + b[1] + W_hh[1] @ h)
    for held in (0.0, 1.0):
        n = np.tanh(W_ih[2] @ x + b[2] + held * (W_hh[2] @ h + np.asarray(cell.b_hn)))
        dn = held * (1 - n**2)[:, None] * W_hh[2]
        dh = np.diag(z) + ((h - n) * z * (1 - z))[:, None] * W_hh[1] + (1 - z)[:, None] * dn
        norms = [np.linalg.norm(dn), np.linalg.norm(dh)]
        assert np.array(run(GRU, steps.held_reset, held)) == pytest.approx(norms, rel=1e-9), held


def test_the_state_goes_on_through_padding_as_in_a_loop_of_numpy():
    cell, xs = drawn(RNN), by_numpy.sequence(RNN)
    h = [np.zeros(8)]
    for t in range(60):
        h.append(np.tanh(np.asarray(cell.W_ih) @ (xs[t] * (t < 30)) + np.asarray(cell.W_hh) @ h[-1] + cell.b))
    change = np.linalg.norm(h[60] - h[30]) / np.linalg.norm(h[30])
    assert run(RNN, steps.padded) == pytest.approx(change, rel=1e-9)


def test_one_shut_gate_costs_what_it_does_by_hand():
    # One unit without recurrent weights: every way from c goes through the gate, and nothing is left.
    alone = Experiment(cell="lstm", hidden_size=1, W_hh=(0, 0, 0, 0), b=(0, 2, 0, 0), length=60)
    assert run(alone, steps.closed_once) == math.inf
    # In a layer: the sum of h_T as a function of c after step 1, by finite differences in NumPy.
    cell, xs = drawn(LSTM), by_numpy.sequence(LSTM)
    W_ih, W_hh, b = (np.asarray(getattr(cell, name), float) for name in ("W_ih", "W_hh", "b"))

    def read(shift, shut):
        h = c = np.zeros(8)
        for t, x in enumerate(xs[:12], start=1):
            a_i, a_f, a_g, a_o = W_ih @ x + W_hh @ h + b
            c = by_numpy.sigmoid(a_f) * (t != shut) * c + by_numpy.sigmoid(a_i) * np.tanh(a_g)
            c = c + shift * (t == 1)
            h = by_numpy.sigmoid(a_o) * np.tanh(c)
        return h.sum()

    slopes = {
        shut: [(read(1e-5 * unit, shut) - read(-1e-5 * unit, shut)) / 2e-5 for unit in np.eye(8)] for shut in (0, 6)
    }
    lost = np.log10(np.linalg.norm(slopes[0]) / np.linalg.norm(slopes[6]))
    assert run(LSTM.replace(length=12), steps.closed_once) == pytest.approx(lost, abs=1e-4)


def test_an_orthogonal_matrix_adds_nothing_to_the_slopes_and_a_gain_adds_its_log():
    slopes = 1 - by_numpy.orbit(RNN).states["h"] ** 2
    sizes = 0.5 * np.log10(np.mean(slopes**2, axis=1))
    assert run(RNN, steps.mean_slope) == pytest.approx(sizes[2:].mean(), abs=1e-9)  # of steps 2 to 60
    linear = Case("", RNN.replace(activation="identity", gain=0.5))
    assert MEASURES["beyond_slopes"](linear.experiment, linear) == pytest.approx(math.log10(0.5), abs=1e-9)


def test_a_cell_state_that_is_kept_by_hand_is_let_out_by_the_slope_of_tanh():
    # After step 5 c stays; h = o tanh(c) at the end alone. The gradient is o (1 - tanh²(c)) and what o adds by no way.
    changed, opened, shut = run(LSTM, steps.kept_by_hand)
    assert changed == 0
    assert shut == -math.inf
    c = by_numpy.orbit(LSTM).states["c"][steps.WRITTEN]
    most = np.log10(np.linalg.norm(1 - np.tanh(c) ** 2))  # o is below 1
    assert -1 < opened < most


def test_a_latch_has_the_slope_of_its_fixed_point():
    h = 1.0
    for _step in range(200):
        h = math.tanh(2 * h)
    values = values_of("latch", 0, 7, 8, 200)
    assert values[0] == pytest.approx(math.log10(2 * (1 - h**2)), abs=0.02)


def test_tanh_is_four_times_as_steep_as_the_sigmoid_at_0_and_flatter_beyond_1_66():
    assert steps.steeper(0.0) == pytest.approx(4.0)
    assert steps.steeper(5.0) == pytest.approx((1 - math.tanh(5) ** 2) / (1 / (2 + 2 * math.cosh(5))), rel=1e-6)
    assert steps.steeper(1.66) > 1 > steps.steeper(1.67)


def test_units_of_c_are_multiplied_one_by_one():
    assert run(LSTM, steps.between_units) == 0


def test_the_shape_of_the_initialisers_is_that_of_their_distributions():
    # Kurtosis of a uniform distribution is 9/5.
    drawn_by = {name: steps.kurtosis(Experiment(initializer=name, hidden_size=64)) for name in ("pytorch", "he")}
    assert drawn_by["pytorch"] == pytest.approx(1.8, abs=0.1)
    assert drawn_by["he"] > 2.2


def test_what_layers_reach_is_counted():
    at = 7, 8, 60
    assert values_of("every_deep", 0, *at) == pytest.approx([64] * 5)  # a layer a step
    assert values_of("every_deep", 1, *at) == pytest.approx([math.log2(64)] * 5)  # dilations 1, 2, ... 32
    assert values_of("cnn", 0, *at) == [6 * (5 - 1) + 1] * 5  # 6 layers of width 5
    assert values_of("window_only", 0, *at) == [16] * 5


def test_without_memory_nobody_gets_below_half_of_ln_2():
    case = cards()["only_h"].cases[0]
    value = MEASURES["hello_loss"](case.experiment.replace(seed=7), case)
    assert math.log(2) / 2 - 1e-4 <= value < math.log(2) / 2 + 0.02


def test_a_training_is_solved_where_its_own_page_says():
    case = cards()["tanh_learns"].cases[0]
    experiment = case.experiment.replace(seed=7)
    settings = Settings(experiment=experiment, overlay=("rnn",), plain=True, **dict(case.fields) | {"updates": 100})
    (curves,) = numbers_of("learning", settings).curves
    assert curves.solved == trained.solved.now(experiment, case.fields) > 0


def test_saying_that_nothing_changes_has_the_error_of_the_series_differences():
    case = cards()["features"].cases[0]
    given = (("forecast_updates", 0),)
    found = trained.learned.now("forecast", case.experiment, given)
    series = np.asarray(sunspots(), np.float32)
    assert found["same"] == pytest.approx(np.mean((series[239:-1] - series[240:]) ** 2), rel=1e-5)
